/* Where the network is, told by a disk: /loader/keelboot.conf of the first one
 * that has it. Like any text of a disk that changes something it counts if a
 * manifest key has signed it, or where the policy does not care. */
#include "base/log.h"
#include "base/own.h"
#include "menu_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of one file. */
#define NOTES_MAX 8

static enum status fill(const struct scan_bytes *bytes, const char *name,
			struct raw_image *ret, struct error *err)
{
	struct image_filling filling;
	enum status s = image_filling_begin(NULL, bytes->len, &filling, err);

	if (s != OK)
		return s;
	s = image_filling_add(&filling, span_of(bytes->ptr, bytes->len), err);
	if (s != OK) {
		image_filling_abandon(&filling);
		return s;
	}
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	return image_filling_finish(&filling, ret, err);
}

static enum status verify(struct menu *menu, const struct scan_text *text,
			  struct verified_image **ret, struct error *err)
{
	struct raw_image conf = { .blob = BLOB_NONE };
	struct raw_image signature = { .blob = BLOB_NONE };
	struct error missing = { .code = OK };
	enum status s = fill(&text->network, CANDIDATE_NETWORK, &conf, err);

	if (s != OK)
		return s;
	if (text->network_signature.ptr)
		s = fill(&text->network_signature,
			 CANDIDATE_NETWORK CANDIDATE_SIGNATURE_END, &signature,
			 &missing);
	else
		s = fail(&missing, E_VERIFY_UNCOVERED,
			 "nothing vouches for it: " CANDIDATE_NETWORK
				 CANDIDATE_SIGNATURE_END " would");
	return verify_signed_text(&conf, s == OK ? &signature : NULL, &missing,
				  &menu->authority.verify, ret, err);
}

struct notes {
	const char *place;
	unsigned set, others;
};

static void note(void *ctx, const struct config_finding *f)
{
	struct notes *n = ctx;
	char source[96], line[512];
	struct text t = text_over(line, sizeof(line));

	if (f->result == CONFIG_SET) {
		n->set++;
		return;
	}
	if (++n->others > NOTES_MAX)
		return;
	snprintf(source, sizeof(source), "%s: keelboot.conf", n->place);
	config_describe(f, source, &t);
	log_warn("%s", line);
}

/* True if the network is another one now. */
static bool apply(struct menu *menu, const struct scan_text *text,
		  struct span bytes)
{
	_free_ struct config *config = malloc(sizeof(*config));
	struct notes n = { .place = text->place.name };
	struct error err;

	if (!config) {
		log_error("no memory for %s of %s", CANDIDATE_NETWORK, n.place);
		return false;
	}
	*config = menu->config;
	config_parse_disk(config, bytes, note, &n);
	if (n.others > NOTES_MAX)
		log_warn("%s: keelboot.conf: %u more lines do not count",
			 n.place, n.others - NOTES_MAX);
	if (!n.set)
		return false;
	menu_network_change(menu, config);
	if (net_begin_again(&menu->net, &menu->config.network, &err) != OK)
		log_error("the network cannot be used: %s", err.text);
	return true;
}

static void take(struct menu *menu, const struct scan_text *text)
{
	_drop_verified_ struct verified_image *conf = NULL;
	struct error err;

	if (menu->network_of[0]) {
		if (strcmp(menu->network_of, text->place.name) != 0)
			log_info("%s of %s does not count: that of %s does",
				 CANDIDATE_NETWORK, text->place.name,
				 menu->network_of);
		return;
	}
	if (verify(menu, text, &conf, &err) != OK) {
		log_warn("%s of %s does not count: %s", CANDIDATE_NETWORK,
			 text->place.name, err.text);
		return;
	}
	if (verified_warning(conf)[0])
		log_warn("NOT VERIFIED, but verify = warn: %s",
			 verified_warning(conf));
	if (!apply(menu, text, verified_bytes(conf).in))
		return;
	snprintf(menu->network_of, sizeof(menu->network_of), "%s",
		 text->place.name);
	log_info("the network is that of %s on %s%s%s", CANDIDATE_NETWORK,
		 menu->network_of,
		 verified_signer(conf)[0] ? ", signed by " : "",
		 verified_signer(conf));
}

void menu_network_take_disk(struct menu *menu)
{
	const struct scan_text *text;

	if (!scan_texts_has_network(&menu->scan.texts))
		return;
	/* reads from disks, which may go meanwhile, and their texts */
	if (!menu->network_of[0])
		authority_narrow(&menu->authority, &menu->scan);
	while ((text = scan_texts_next_network(&menu->scan.texts)))
		take(menu, text);
}
