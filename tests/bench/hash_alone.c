/*
 * hash_alone FILE RUNS: how long SHA-256 of bytes that are in memory takes, as
 * milliseconds, one line a run; then the digest. With RUNS 0 the file is only
 * read into its sealed memory file.
 */
#include "sys/blob.h"
#include "sys/hostfile.h"
#include "trust/digest.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
	_drop_blob_ struct blob blob = BLOB_NONE;
	uint8_t digest[DIGEST_MAX];
	struct error err;

	if (argc != 3)
		return 2;
	if (hostfile_read(argv[1], &blob, &err) != OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	if (atoi(argv[2]) == 0)
		return 0;
	digest_of(DIGEST_SHA256, blob.bytes, digest); /* makes the mapping */
	for (int i = atoi(argv[2]); i > 0; i--) {
		double start = now();
		long us;

		digest_of(DIGEST_SHA256, blob.bytes, digest);
		us = (long)((now() - start) * 1000);
		printf("%ld.%03ld\n", us / 1000, us % 1000);
	}
	for (size_t i = 0; i < 32; i++)
		printf("%02x", digest[i]);
	putchar('\n');
	return 0;
}
