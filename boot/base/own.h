/*
 * Ownership that can be seen: attributes that release at the end of the scope,
 * and the two calls that move something out of it.
 */
#ifndef KEELBOOT_BASE_OWN_H
#define KEELBOOT_BASE_OWN_H

#include <stdlib.h>
#include <unistd.h>

static inline void own_free(void *slot)
{
	free(*(void **)slot);
}

static inline void own_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static inline void *take_ptr_slot(void *slot)
{
	void **place = slot, *taken = *place;

	*place = NULL;
	return taken;
}

#define _free_	    __attribute__((cleanup(own_free)))
#define _close_	    __attribute__((cleanup(own_close)))
#define take_ptr(p) ((__typeof__(p))take_ptr_slot(&(p)))

#endif
