#include "sys/transfer.h"

#include "base/own.h"
#include "sys/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define TRANSFER_LEN (TRANSFER_SLOTS * TRANSFER_SLOT_LEN)
#define SEALS	     (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static enum status fail_transfer(struct error *err)
{
	int sys = errno;

	return fail_sys(err, E_TRANSFER, sys,
			"unable to share a memory of %zu bytes", TRANSFER_LEN);
}

static enum status map(int fd, int protection, struct transfer *ret,
		       struct error *err)
{
	void *at = mmap(NULL, TRANSFER_LEN, protection, MAP_SHARED, fd, 0);

	if (at == MAP_FAILED)
		return fail_transfer(err);
	*ret = (struct transfer){ .fd = fd, .map = at };
	return OK;
}

enum status transfer_make(struct transfer *ret, struct error *err)
{
	struct blob_writer w;
	_close_ int fd = -1;
	enum status s = blob_begin("transfer", &w, err);

	if (s != OK)
		return s;
	fd = take_fd(&w.fd);
	if (ftruncate(fd, (off_t)TRANSFER_LEN) < 0 ||
	    fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return fail_transfer(err);
	s = map(fd, PROT_READ, ret, err);
	if (s == OK)
		take_fd(&fd);
	return s;
}

enum status transfer_adopt(int fd, struct transfer *ret, struct error *err)
{
	_close_ int own = fd;
	struct stat st;
	enum status s;

	if (fstat(own, &st) < 0)
		return fail_transfer(err);
	if (st.st_size != (off_t)TRANSFER_LEN)
		return fail(err, E_TRANSFER,
			    "a shared memory has %lld bytes, it should have "
			    "%zu",
			    (long long)st.st_size, TRANSFER_LEN);
	s = map(own, PROT_READ | PROT_WRITE, ret, err);
	if (s == OK)
		take_fd(&own);
	return s;
}

uint8_t *transfer_slot(const struct transfer *transfer, uint64_t offset)
{
	return transfer->map +
	       offset / TRANSFER_SLOT_LEN % TRANSFER_SLOTS * TRANSFER_SLOT_LEN;
}

void transfer_drop(struct transfer *transfer)
{
	if (transfer->fd < 0)
		return;
	munmap(transfer->map, TRANSFER_LEN);
	close(transfer->fd);
	*transfer = TRANSFER_NONE;
}
