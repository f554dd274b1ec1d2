/*
 * Bytes of a disk or partition that whoever parses them cannot hold as a whole.
 * Who gives one has opened the device; a parser asks for as little as it can.
 */
#ifndef KEELBOOT_FORMAT_BYTE_READER_H
#define KEELBOOT_FORMAT_BYTE_READER_H

#include "base/error.h"

struct byte_reader {
	const void *ctx;
	/* Reads exactly len bytes from a byte offset, or fails. */
	enum status (*load)(const void *ctx, uint64_t offset, void *buf,
			    size_t len, struct error *err);
	uint64_t size; /* in bytes; nothing is asked for behind it */
};

#endif
