/*
 * mkkeyring: the keys of a folder as a table in C, for the build. Reads them
 * with the code that the program itself has.
 *
 *	mkkeyring --config FILE DIR > builtin_keyring.c
 *
 * A file that cannot be honoured ends the build, and so does a keyring that
 * cannot make any image trusted, unless the configuration says `verify = off`.
 * A folder that is not there is an empty keyring.
 */
#include "base/own.h"
#include "config.h"
#include "keyring_dir.h"
#include "sys/hostfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BYTES_A_LINE 16

static int complain(const char *what)
{
	fprintf(stderr, "mkkeyring: %s\n", what);
	return 1;
}

static enum status read_mode(const char *path, enum verify_mode *ret,
			     struct error *err)
{
	_drop_blob_ struct blob blob = BLOB_NONE;
	enum status s = hostfile_read(path, &blob, err);
	static struct config config;

	if (s != OK)
		return s;
	config_defaults(&config);
	config_parse(&config, blob.bytes, NULL, NULL);
	*ret = config.policy.verify;
	return OK;
}

static int print_table(const uint8_t *table, size_t len)
{
	printf("#include \"builtin.h\"\n\nconst uint8_t builtin_keyring[] = {");
	for (size_t i = 0; i < len; i++)
		printf("%s%u,", i % BYTES_A_LINE ? " " : "\n\t", table[i]);
	printf("\n};\n"
	       "const size_t builtin_keyring_len = sizeof(builtin_keyring);\n");
	if (fflush(stdout) || ferror(stdout))
		return complain(strerror(errno));
	return 0;
}

static int refuse_empty(const char *dir, const char *config)
{
	fprintf(stderr,
		"mkkeyring: %s/db has no certificate or hash, so no image "
		"could "
		"ever boot: put the certificate of whoever signs your images "
		"into a folder and run `make KEYS=FOLDER` (keys/README.md "
		"tells "
		"how), or say `verify = off` in %s\n",
		dir, config);
	return 1;
}

static int run(const char *config, const char *dir)
{
	_drop_keyring_ struct keyring keyring = KEYRING_NONE;
	_free_ uint8_t *table = NULL;
	enum verify_mode mode = VERIFY_ENFORCE;
	struct error err;
	size_t len;

	if (read_mode(config, &mode, &err) != OK)
		return complain(err.text);
	if (access(dir, F_OK) == 0 &&
	    keyring_add_dir(&keyring, dir, &err) != OK)
		return complain(err.text);
	if (keyring_has_no_image_keys(&keyring) && mode != VERIFY_OFF)
		return refuse_empty(dir, config);
	if (keyring_write(&keyring, &table, &len, &err) != OK)
		return complain(err.text);
	return print_table(table, len);
}

int main(int argc, char **argv)
{
	if (argc != 4 || strcmp(argv[1], "--config") != 0) {
		fputs("usage: mkkeyring --config FILE DIR\n", stderr);
		return 2;
	}
	return run(argv[2], argv[3]);
}
