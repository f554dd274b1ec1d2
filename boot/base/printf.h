/*
 * Formatted text as printf(3) makes it, without what this program never uses.
 *
 * The C library's own carries numbers with fractions along: 9 KB on x86_64, and
 * 18 on aarch64, where such numbers take software. printf.c therefore has a
 * vfprintf() of its own for the target. The library's other functions of this
 * family come down to that one, so callers write snprintf() and printf() as
 * ever, and the compiler checks the arguments.
 *
 * Understood are the conversions d i u x X c s p and %, the flags `-` and `0`,
 * width and precision as digits or `*`, and the lengths hh h l ll z j t. Any
 * other conversion is written as it stands and takes no argument.
 */
#ifndef KEELBOOT_BASE_PRINTF_H
#define KEELBOOT_BASE_PRINTF_H

#include "base/span.h"

#include <stdarg.h>

/* Gives the text to put(), piece by piece. */
void printf_format(void (*put)(void *to, struct span piece), void *to,
		   const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));

#endif
