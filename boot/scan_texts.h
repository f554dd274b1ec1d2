/*
 * What volumes say about which entry boots: their loader.conf and keelboot's
 * store, parsed, in the order of the volumes' names, so that the first one that
 * sets a key is the same whichever disk answered first. And, as they stand
 * there, their /loader/keelboot.conf and its signature.
 */
#ifndef KEELBOOT_SCAN_TEXTS_H
#define KEELBOOT_SCAN_TEXTS_H

#include "config.h"
#include "format/store.h"
#include "probe.h"

#define SCAN_TEXTS_MAX	      256  /* the first ones in order are kept */
#define SCAN_NETWORK_TEXT_MAX 8192 /* of a signature, too */

struct scan_bytes {
	uint8_t *ptr; /* from malloc; NULL for none */
	size_t len;
};

/* One volume's. */
struct scan_text {
	uint32_t probe; /* index in scan.probes */
	struct place place;
	struct config_choices conf; /* of loader.conf */
	bool has_store;		    /* a valid one, else it is empty */
	struct store store;
	struct config_choices store_timeout;
	bool is_spent; /* its one-shot does not count */
	struct scan_bytes network, network_signature;
	bool is_network_new; /* nobody has asked for it */
};

struct scan_texts {
	uint32_t count;
	struct scan_text *all[SCAN_TEXTS_MAX];
	uint32_t noted_count; /* keys whose line the log has already */
	struct display noted[32];
};

/* Takes a PROBE_TEXT; len is that of the text. What is not understood is a line
 * in the log, once for each boot where it is a key that has no effect on a
 * disk. */
void scan_texts_add(struct scan_texts *texts, uint32_t probe,
		    const struct probe_message *message, size_t len);

/* Forgets what a probe found. */
void scan_texts_remove(struct scan_texts *texts, uint32_t probe);

/* Whether any volume of a probe said something. */
bool scan_texts_has(const struct scan_texts *texts, uint32_t probe);

/* Of a volume, by the probe's number for it; NULL if it said nothing. */
struct scan_text *scan_texts_find(struct scan_texts *texts, uint32_t probe,
				  uint32_t volume);

/* Whether there is one for the next. */
bool scan_texts_has_network(const struct scan_texts *texts);

/* One whose keelboot.conf is new, and is not from now on; NULL if there is
 * none.
 */
const struct scan_text *scan_texts_next_network(struct scan_texts *texts);

/* A store has been written: that is what the volume says now. */
void scan_texts_written(struct scan_texts *texts, uint32_t probe,
			const struct place *place, const struct store *store);

/* A one-shot that cannot be taken out would boot for ever. */
void scan_texts_spend(struct scan_texts *texts, uint32_t probe,
		      uint32_t volume);

void scan_texts_drop(struct scan_texts *texts);

#endif
