/*
 * The systematic mutants of an image: every header byte, every byte of the
 * certificate table, every field and DER element with everything that is done
 * to it. They are numbered, so that some of them can be taken where all would
 * be too many.
 */
#ifndef TEST_MUTATE_SWEEP_H
#define TEST_MUTATE_SWEEP_H

#include "mutant.h"

/* Another signed image, whose signatures can be put to this one; may be NULL.
 */
struct sweep_input {
	const struct original *o;
	const struct original *other;
};

size_t sweep_count(const struct sweep_input *in);

/* False if this number makes no mutant (the change would change nothing, or is
 * of no use with this image). */
bool sweep_make(const struct sweep_input *in, size_t number, struct mutant *m);

/* One thing done to one element; false as above. */
#define DER_OPS 48
bool der_mutate(const struct original *o, size_t node, size_t op,
		struct mutant *m);

/* Sections and the certificate table moved about. */
size_t layout_count(const struct sweep_input *in);
bool layout_make(const struct sweep_input *in, size_t number, struct mutant *m);

#endif
