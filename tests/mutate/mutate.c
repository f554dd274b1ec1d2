/*
 * Break signed images in every way we know, and many at random, and see that
 * not one is taken for signed:
 *
 *	mutate [--count N] [--seed N] [--write DIR] --keyring DIR FILE...
 *
 * Each FILE must be trusted as it is. Then N mutants of it are judged (default
 * 1000): the systematic ones (sweep.h), evenly chosen if there are more than
 * half of N, and random ones. Only those whose hashed bytes or signature differ
 * count to N; of the others those that are trusted are told in a number. The
 * counts by reason of refusal are printed, and the status is 1 if one that
 * counts was trusted; it is kept as mutate-accepted-FILE-NUMBER.
 *
 * --write puts every mutant, whether it counts or not, into DIR, and a line
 * with its verdict into DIR/index.
 */
#include "keyring_dir.h"
#include "sweep.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define STATUS_MAX 1024

struct run {
	struct keyring keyring;
	struct verify_context context;
	struct judgement judgement;
	uint64_t random;
	const char *write_dir;
	FILE *index;
	size_t wanted; /* mutants of each file */
	size_t counted, trusted, trusted_same;
	size_t codes[STATUS_MAX];
};

static uint64_t draw(struct run *r, uint64_t below)
{
	uint64_t x = r->random += 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
	return (x ^ x >> 31) % below;
}

static enum status judge(struct run *r, const uint8_t *bytes, size_t len,
			 struct error *err)
{
	struct raw_image raw = { .name = "mutant" };

	raw.blob = BLOB_NONE;
	raw.blob.bytes = span_of(bytes, len);
	return verify_any_pe(&raw, &r->context, &r->judgement, err);
}

static void write_file(const char *path, const struct mutant *m)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(m->bytes, 1, m->len, file) != m->len ||
	    fclose(file))
		end_with("unable to write %s", path);
}

static void keep(struct run *r, const struct mutant *m, const char *slug,
		 bool counts)
{
	char path[4096];
	size_t number = r->counted + r->trusted_same;

	if (!r->write_dir)
		return;
	for (;; number++) { /* those that do not count make holes */
		FILE *there;

		snprintf(path, sizeof(path), "%s/%06zu.efi", r->write_dir,
			 number);
		there = fopen(path, "rb");
		if (!there)
			break;
		fclose(there);
	}
	write_file(path, m);
	fprintf(r->index, "%06zu %s %s %s\n", number, slug,
		counts ? "counts" : "same", m->what);
}

/* A mutant's verdict. True if it counts. */
static bool try_mutant(struct run *r, const struct mutant *m)
{
	bool counts = !mutant_is_same(m);
	struct error err = { .code = OK };
	enum status s = judge(r, m->bytes, m->len, &err);
	const char *slug = s == OK ? "trusted" : status_slug(s);
	char path[64];

	if (s != OK && !err.text[0])
		end_with("refused without a sentence: %s", m->what);
	keep(r, m, slug, counts);
	if (!counts) {
		r->trusted_same += s == OK;
		return false;
	}
	r->counted++;
	r->codes[s < STATUS_MAX ? s : STATUS_MAX - 1]++;
	if (s != OK)
		return true;
	snprintf(path, sizeof(path), "mutate-accepted-%zu.efi", ++r->trusted);
	write_file(path, m);
	printf("TRUSTED: %s, %s: see %s\n", m->of->name, m->what, path);
	return true;
}

/* --- random mutants ----------------------------------------------------------
 */

static size_t random_place(struct run *r, const struct original *o)
{
	switch (draw(r, 10)) {
	case 0:
	case 1:
	case 2:
		return draw(r, o->headers_end);
	case 3:
	case 4:
	case 5:
	case 6:
		return o->certs_at + draw(r, o->len - o->certs_at);
	default:
		return draw(r, o->len);
	}
}

static void random_put(struct run *r, struct mutant *m)
{
	static const uint32_t values[] = { 0,	      1,	  8,
					   0x80,      0x7fffffff, 0x80000000,
					   0xffffffff };
	size_t at = random_place(r, m->of), len = 1 + draw(r, 8);
	uint8_t octets[8];
	uint64_t noise = draw(r, UINT64_MAX);

	if (at + len > m->len)
		len = m->len - at;
	memcpy(octets, &noise, sizeof(octets));
	switch (draw(r, 4)) {
	case 0: /* one bit */
		octets[0] = (uint8_t)(m->bytes[at] ^ 1U << draw(r, 8));
		len = 1;
		break;
	case 1: /* noise */
		break;
	case 2: /* from elsewhere */
		memcpy(octets, m->bytes + draw(r, m->len - 8), 8);
		break;
	default: /* a number */
		put_u32(octets, values[draw(r, 7)]);
		len = len < 4 ? len : 4;
		break;
	}
	mutant_note(m, "%zu bytes at 0x%zx; ", len, at);
	mutant_put(m, at, octets, len);
}

static void random_splice(struct run *r, struct mutant *m)
{
	size_t at = random_place(r, m->of), len = 1 + draw(r, 64);
	uint8_t octets[64];

	if (at + len > m->len)
		len = m->len - at;
	memcpy(octets, m->bytes + draw(r, m->len - len + 1), len);
	if (draw(r, 2)) {
		mutant_note(m, "%zu bytes more at 0x%zx", len, at);
		mutant_splice(m, at, 0, octets, len);
	} else {
		mutant_note(m, "%zu bytes fewer at 0x%zx", len, at);
		mutant_splice(m, at, len, NULL, 0);
	}
}

/* Changes that keep the length, and then perhaps one that does not. */
static void random_mutant(struct run *r, const struct sweep_input *in,
			  struct mutant *m)
{
	size_t puts = draw(r, 4);

	mutant_begin(m, in->o);
	for (size_t i = 0; i < puts; i++)
		random_put(r, m);
	switch (draw(r, 4)) {
	case 0:
		random_splice(r, m);
		break;
	case 1:
		der_mutate(in->o, draw(r, in->o->node_count), draw(r, DER_OPS),
			   m);
		break;
	case 2:
		layout_make(in, draw(r, layout_count(in)), m);
		break;
	default:
		random_put(r, m);
		break;
	}
}

/* --- a file ------------------------------------------------------------------
 */

static void must_be_trusted(struct run *r, const struct original *o)
{
	struct error err = { .code = OK };

	if (judge(r, o->bytes, o->len, &err) != OK)
		end_with("%s as it is must be trusted, but: %s", o->name,
			 err.text);
}

static void mutate_file(struct run *r, const struct sweep_input *in,
			struct mutant *m)
{
	size_t all = sweep_count(in), before = r->counted;
	size_t some = all > r->wanted / 2 ? r->wanted / 2 : all;

	must_be_trusted(r, in->o);
	for (size_t i = 0; i < some; i++)
		if (sweep_make(in, all * i / some + draw(r, all / some), m))
			try_mutant(r, m);
	while (r->counted - before < r->wanted) {
		random_mutant(r, in, m);
		try_mutant(r, m);
	}
}

static void run_files(struct run *r, char **paths, size_t count)
{
	struct original *two = calloc(2, sizeof(*two));
	struct mutant m = { .of = NULL };

	if (!two)
		end_with("no memory for images");
	for (size_t i = 0; i < count; i++) {
		struct original *o = &two[i % 2], *other = &two[(i + 1) % 2];
		struct sweep_input in = { .o = o };

		free(o->bytes);
		original_load(o, paths[i]);
		/* The signature of the file before; of the last for the
		 * first. */
		if (i == 0)
			original_load(other, paths[count - 1]);
		in.other = count > 1 ? other : NULL;
		mutate_file(r, &in, &m);
	}
	free(two[0].bytes);
	free(two[1].bytes);
	free(two);
	mutant_free(&m);
}

static int report(const struct run *r, double seconds, size_t files)
{
	for (size_t code = 0; code < STATUS_MAX; code++)
		if (r->codes[code])
			printf("%8zu %s\n", r->codes[code],
			       code == OK ? "TRUSTED"
					  : status_slug((enum status)code));
	printf("%zu mutants of %zu images in %.1f s: %zu trusted; %zu others "
	       "with the same bytes and signature were trusted, too\n",
	       r->counted, files, seconds, r->trusted, r->trusted_same);
	return r->trusted ? 1 : 0;
}

static int usage(void)
{
	fputs("usage: mutate [--count N] [--seed N] [--write DIR] --keyring "
	      "DIR FILE...\n",
	      stderr);
	return 2;
}

static void set_up(struct run *r, const char *keyring)
{
	const struct policy policy = { .verify = VERIFY_ENFORCE };
	char path[4096];
	struct error err;

	if (keyring_add_dir(&r->keyring, keyring, &err) != OK)
		end_with("%s", err.text);
	r->context = verify_context_of(&policy, &r->keyring);
	if (!r->write_dir)
		return;
	snprintf(path, sizeof(path), "%s/index", r->write_dir);
	r->index = fopen(path, "w");
	if (!r->index)
		end_with("unable to write %s", path);
}

int main(int argc, char **argv)
{
	static struct run r = { .wanted = 1000, .keyring = { .count = 0 } };
	const char *keyring = NULL;
	struct timespec start, end;
	int i = 1, status;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		if (strcmp(argv[i], "--count") == 0)
			r.wanted = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			r.random = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--write") == 0)
			r.write_dir = argv[i + 1];
		else if (strcmp(argv[i], "--keyring") == 0)
			keyring = argv[i + 1];
		else
			return usage();
	}
	if (!keyring || i >= argc || r.wanted < 2)
		return usage();
	set_up(&r, keyring);
	clock_gettime(CLOCK_MONOTONIC, &start);
	run_files(&r, argv + i, (size_t)(argc - i));
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (r.index)
		fclose(r.index);
	status = report(&r,
			(double)(end.tv_sec - start.tv_sec) +
				(double)(end.tv_nsec - start.tv_nsec) * 1e-9,
			(size_t)(argc - i));
	keyring_drop(&r.keyring);
	return status;
}
