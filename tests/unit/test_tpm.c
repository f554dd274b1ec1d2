/*
 * Closing what is sealed to a boot: with a real TPM (swtpm) behind a socket,
 * whose PCRs are read afterwards; with one end of a socket that answers as no
 * TPM should; and which TPMs a tree of sysfs has.
 */
#include "tpm_seal.c"

#include "scratch.h"
#include "sys/proc.h"
#include "test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define STARTING_MS 20000
#define EVENT	    "keelboot: rescue shell"

/* --- a real one ----------------------------------------------------------- */

struct real {
	struct scratch dir;
	pid_t pid;
	struct tpm tpm;
};

/* Without the flag startup-clear it waits for TPM2_Startup, as after power
 * on. */
static void run_swtpm(const struct scratch *dir, const char *flags)
{
	char server[600], state[600];

	snprintf(server, sizeof(server), "type=unixio,path=%s/socket",
		 dir->dir);
	snprintf(state, sizeof(state), "dir=%s", dir->dir);
	execlp("swtpm", "swtpm", "socket", "--tpm2", "--server", server,
	       "--tpmstate", state, "--flags", flags, NULL);
	_exit(127);
}

static int connect_to(const char *path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	uint64_t deadline = now_ms() + STARTING_MS;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(strlen(path) < sizeof(to.sun_path));
	strcpy(to.sun_path, path);
	while (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		if (now_ms() > deadline)
			fail_msg("swtpm has not made %s: is it installed?",
				 path);
		usleep(20000);
	}
	return fd;
}

static void start(struct real *real, const char *flags)
{
	real->dir = scratch_make();
	real->pid = fork();
	assert_true(real->pid >= 0);
	if (!real->pid)
		run_swtpm(&real->dir, flags);
	real->tpm.fd = connect_to(scratch_path(&real->dir, "socket"));
	strcpy(real->tpm.name, "tpm0");
}

static void stop(struct real *real)
{
	tpm_close(&real->tpm);
	kill(real->pid, SIGKILL);
	waitpid(real->pid, NULL, 0);
	scratch_drop(&real->dir);
}

/* TPM2_PCR_Read, written out here; the value is at the end of the answer. */
static void read_pcr(const struct tpm *tpm, uint16_t alg, unsigned pcr,
		     uint8_t *value, size_t len)
{
	uint8_t command[20] = {
		0x80, 0x01, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1,
	};
	uint8_t answer[256];
	ssize_t got;

	command[15] = (uint8_t)alg;
	command[16] = 3;
	command[17 + pcr / 8] = (uint8_t)(1u << pcr % 8);
	assert_int_equal(write(tpm->fd, command, sizeof(command)),
			 sizeof(command));
	got = read(tpm->fd, answer, sizeof(answer));
	assert_true(got > (ssize_t)len);
	assert_memory_equal(answer + 6, "\0\0\0\0", 4); /* the code */
	assert_int_equal(answer[(size_t)got - len - 1], len);
	memcpy(value, answer + (size_t)got - len, len);
}

static void hash(uint16_t alg, struct span bytes, uint8_t *ret)
{
	uint8_t out[DIGEST_MAX];

	if (alg == TPM2_SHA1)
		sha1_of(bytes, out);
	else
		digest_of(alg == TPM2_SHA256   ? DIGEST_SHA256
			  : alg == TPM2_SHA384 ? DIGEST_SHA384
					       : DIGEST_SHA512,
			  bytes, out);
	memcpy(ret, out, tpm2_digest_len(alg));
}

/* A PCR that was zero and got the event so many times. */
static void check_pcr(const struct tpm *tpm, uint16_t alg, unsigned pcr,
		      unsigned times)
{
	size_t len = tpm2_digest_len(alg);
	uint8_t both[2 * DIGEST_MAX] = { 0 }, got[DIGEST_MAX];

	hash(alg, span_of_text(EVENT), both + len);
	while (times--)
		hash(alg, span_of(both, 2 * len), both);
	read_pcr(tpm, alg, pcr, got, len);
	assert_memory_equal(got, both, len);
}

static void check_all(const struct tpm *tpm, unsigned times)
{
	static const uint16_t algs[] = { TPM2_SHA1, TPM2_SHA256, TPM2_SHA384,
					 TPM2_SHA512 };

	for (size_t i = 0; i < test_count(algs); i++) {
		check_pcr(tpm, algs[i], 10, 0);
		check_pcr(tpm, algs[i], 11, times);
		check_pcr(tpm, algs[i], 12, times);
		check_pcr(tpm, algs[i], 13, 0);
	}
}

static void every_bank_of_a_tpm_is_extended(void **state)
{
	struct tpm2_banks banks;
	struct real real;
	struct error err;

	(void)state;
	start(&real, "not-need-init,startup-clear");
	assert_ok(&err, tpm_get_banks(&real.tpm, &banks, &err));
	assert_int_equal(banks.count, 4);
	check_all(&real.tpm, 0);
	assert_ok(&err, forget(&real.tpm, span_of_text(EVENT), &err));
	check_all(&real.tpm, 1);
	assert_ok(&err, forget(&real.tpm, span_of_text(EVENT), &err));
	check_all(&real.tpm, 2);
	stop(&real);
}

static void a_tpm_that_waits_is_started(void **state)
{
	struct real real;
	struct error err;

	(void)state;
	start(&real, "not-need-init");
	assert_ok(&err, forget(&real.tpm, span_of_text(EVENT), &err));
	check_all(&real.tpm, 1);
	stop(&real);
}

static void a_tpm_that_dies_is_a_failure(void **state)
{
	struct real real;
	struct error err;

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	start(&real, "not-need-init,startup-clear");
	kill(real.pid, SIGKILL);
	waitpid(real.pid, NULL, 0);
	assert_refused(E_TPM_SEND, &err,
		       forget(&real.tpm, span_of_text(EVENT), &err));
	stop(&real);
}

static void a_tpm_that_stops_is_a_failure(void **state)
{
	uint64_t before = now_ms();
	struct real real;
	struct error err;

	(void)state;
	start(&real, "not-need-init,startup-clear");
	kill(real.pid, SIGSTOP);
	assert_refused(E_TPM_DEADLINE, &err,
		       forget(&real.tpm, span_of_text(EVENT), &err));
	assert_true(now_ms() - before < STARTING_MS);
	stop(&real);
}

/* --- and what no TPM should do -------------------------------------------- */

/* Answers stand ready in the socket, one for each command. */
static enum status ask_broken(const struct span *answers, size_t count,
			      struct error *err)
{
	struct tpm tpm = { .name = "tpm0" };
	int ends[2];
	enum status s;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	tpm.fd = ends[0];
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			send(ends[1], answers[i].ptr, answers[i].len, 0),
			(ssize_t)answers[i].len);
	shutdown(ends[1], SHUT_WR);
	s = forget(&tpm, span_of_text(EVENT), err);
	close(ends[0]);
	close(ends[1]);
	return s;
}

/* A list of one bank: that algorithm, those PCRs. */
#define ONE_BANK(alg, select)                                                  \
	{                                                                      \
		0x80, 0x01, 0, 0, 0, 25, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0,   \
			1, 0, alg, 3, 0xff, select, 0xff                       \
	}

static const uint8_t sha256_bank[] = ONE_BANK(TPM2_SHA256, 0xff);
static const uint8_t sm3_bank[] = ONE_BANK(TPM2_SM3_256, 0xff);
static const uint8_t sm3_11[] = ONE_BANK(TPM2_SM3_256, 0x08);
static const uint8_t sm3_off[] = ONE_BANK(TPM2_SM3_256, 0x00);
static const uint8_t without[] = ONE_BANK(TPM2_SHA256, 0xe7);
static const uint8_t extended[] = {
	0x80, 2, 0, 0, 0, 19, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
};
static const uint8_t waits[] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 1, 0 };
static const uint8_t fails[] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 1, 1 };
static const uint8_t locality[] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 9, 7 };
static const uint8_t started[] = { 0x80, 1, 0, 0, 0, 10, 0, 0, 0, 0 };

#define A(bytes)                                                               \
	{                                                                      \
		.ptr = bytes, .len = sizeof(bytes)                             \
	}

static const struct talk {
	size_t count;
	struct span answers[5];
	enum status want;
} talks[] = {
	{ 3, { A(sha256_bank), A(extended), A(extended) }, OK },
	{ 0, { A(started) }, E_TPM2_SHORT },
	{ 1, { A(fails) }, E_TPM2_CODE },
	{ 1, { A(extended) }, E_TPM2_TAG },
	{ 1, { A(sm3_bank) }, E_TPM_HASH },
	{ 1, { A(sm3_11) }, E_TPM_HASH },
	{ 1, { A(sm3_off) }, E_TPM_NO_BANK },
	{ 1, { A(without) }, E_TPM_NO_BANK },
	/* PCR 11 alone is not enough. */
	{ 2, { A(sha256_bank), A(extended) }, E_TPM2_SHORT },
	{ 3, { A(sha256_bank), A(extended), A(locality) }, E_TPM2_CODE },
	{ 2, { A(sha256_bank), A(fails) }, E_TPM2_CODE },
	{ 2, { A(sha256_bank), A(started) }, E_TPM2_TAG },
	/* It waits for TPM2_Startup, does not start, does not stay started. */
	{ 5,
	  { A(waits), A(started), A(sha256_bank), A(extended), A(extended) },
	  OK },
	{ 2, { A(waits), A(fails) }, E_TPM2_CODE },
	{ 2, { A(waits), A(waits) }, E_TPM2_INITIALIZE },
	{ 3, { A(waits), A(started), A(waits) }, E_TPM2_INITIALIZE },
	{ 4,
	  { A(sha256_bank), A(waits), A(started), A(waits) },
	  E_TPM2_INITIALIZE },
};

static void broken_talks_are_failures(void **state)
{
	struct error err;

	(void)state;
	for (size_t i = 0; i < test_count(talks); i++) {
		const struct talk *t = &talks[i];

		if (t->want == OK)
			assert_ok(&err, ask_broken(t->answers, t->count, &err));
		else
			assert_refused(t->want, &err,
				       ask_broken(t->answers, t->count, &err));
	}
}

/* --- which there are ------------------------------------------------------ */

static const struct tree {
	const char *paths[3];
	const char *text; /* of the first */
	enum status want;
	size_t count;
} trees[] = {
	{ { "kernel/x" }, "", E_TPM_NONE, 0 },
	{ { "class/tpm/" }, NULL, E_TPM_NONE, 0 },
	{ { "class/tpm/tpm0/dev" }, "", OK, 1 },
	{ { "class/tpm/tpm0/dev", "class/tpm/tpm1/dev" }, "", OK, 2 },
	{ { "class/tpm/tpm0/dev", "firmware/acpi/tables/TPM2" }, "", OK, 1 },
	{ { "class/tpm" }, "a file", E_TPM_LIST, 0 },
	{ { "class/tpm/tpm100000/dev" }, "", E_TPM_LIST, 0 },
	{ { "firmware/acpi/tables/TPM2" }, "", E_TPM_NO_DRIVER, 0 },
	{ { "firmware/acpi/tables/TPM2", "class/tpm/" },
	  "",
	  E_TPM_NO_DRIVER,
	  0 },
	{ { "firmware/acpi/tables/TCPA" }, "", E_TPM_NO_DRIVER, 0 },
	{ { "firmware/acpi/tables/SSDT" }, "", E_TPM_NONE, 0 },
	{ { "firmware/devicetree/base/tpm@0/compatible" },
	  "",
	  E_TPM_NO_DRIVER,
	  0 },
	{ { "firmware/devicetree/base/soc/spi@1/tpm@0/compatible" },
	  "",
	  E_TPM_NO_DRIVER,
	  0 },
	{ { "firmware/devicetree/base/platform-bus@c000000/tpm_tis@0/"
	    "compatible" },
	  "",
	  E_TPM_NO_DRIVER,
	  0 },
	{ { "firmware/devicetree/base/tpm@0/status",
	    "firmware/devicetree/base/tpm@0/compatible" },
	  "okay",
	  E_TPM_NO_DRIVER,
	  0 },
	{ { "firmware/devicetree/base/tpm@0/status",
	    "firmware/devicetree/base/tpm@0/compatible" },
	  "disabled",
	  E_TPM_NONE,
	  0 },
	{ { "firmware/devicetree/base/tpm@0/reg" }, "", E_TPM_NONE, 0 },
	{ { "firmware/devicetree/base/cpus/cpu@0/compatible" },
	  "",
	  E_TPM_NONE,
	  0 },
};

static void make_tree(const struct scratch *s, const struct tree *tree)
{
	for (size_t i = 0; i < test_count(tree->paths) && tree->paths[i]; i++) {
		const char *path = tree->paths[i];

		if (path[strlen(path) - 1] == '/')
			scratch_folder(s, path);
		else
			scratch_text(s, path, i ? "" : tree->text);
	}
}

static void tpms_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < test_count(trees); i++) {
		_drop_scratch_ struct scratch s = scratch_make();
		struct tpm_list list = { .count = 99 };
		struct error err;

		make_tree(&s, &trees[i]);
		if (trees[i].want != OK) {
			assert_refused(trees[i].want, &err,
				       tpm_find(s.dir, &list, &err));
			assert_int_equal(list.count, 99);
			continue;
		}
		assert_ok(&err, tpm_find(s.dir, &list, &err));
		assert_int_equal(list.count, trees[i].count);
	}
}

static void more_tpms_than_are_known(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct tpm_list list;
	struct error err;
	char path[64];

	(void)state;
	for (unsigned i = 0; i <= TPMS_MAX; i++) {
		snprintf(path, sizeof(path), "class/tpm/tpm%u/dev", i);
		if (i == TPMS_MAX)
			assert_ok(&err, tpm_find(s.dir, &list, &err));
		scratch_text(&s, path, "");
	}
	assert_refused(E_TPM_LIST, &err, tpm_find(s.dir, &list, &err));
}

/* /dev has what the tree says, and it is no device. */
static void tpms_that_cannot_be_opened(void **state)
{
	_drop_scratch_ struct scratch s = scratch_make();
	struct error err;

	(void)state;
	assert_refused(E_TPM_NONE, &err,
		       tpm_forget_secrets_in(s.dir, s.dir, EVENT, &err));
	scratch_text(&s, "class/tpm/tpm0/tpm_version_major", "1\n");
	assert_refused(E_TPM_VERSION, &err,
		       tpm_forget_secrets_in(s.dir, s.dir, EVENT, &err));
	scratch_text(&s, "class/tpm/tpm0/tpm_version_major", "2\n");
	assert_refused(E_TPM_OPEN, &err,
		       tpm_forget_secrets_in(s.dir, s.dir, EVENT, &err));
	/* A file takes a command, and does not answer. */
	scratch_text(&s, "tpm0", "");
	assert_refused(E_TPM2_SHORT, &err,
		       tpm_forget_secrets_in(s.dir, s.dir, EVENT, &err));
	/* The second one counts as much as the first. */
	scratch_text(&s, "class/tpm/tpm1/tpm_version_major", "1\n");
	assert_true(tpm_forget_secrets_in(s.dir, s.dir, EVENT, &err) != OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bank_of_a_tpm_is_extended),
		cmocka_unit_test(a_tpm_that_waits_is_started),
		cmocka_unit_test(a_tpm_that_dies_is_a_failure),
		cmocka_unit_test(a_tpm_that_stops_is_a_failure),
		cmocka_unit_test(broken_talks_are_failures),
		cmocka_unit_test(tpms_are_found),
		cmocka_unit_test(more_tpms_than_are_known),
		cmocka_unit_test(tpms_that_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
