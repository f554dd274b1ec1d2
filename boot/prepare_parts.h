/*
 * What the steps of prepare.c share. Used by prepare*.c alone.
 */
#ifndef KEELBOOT_PREPARE_PARTS_H
#define KEELBOOT_PREPARE_PARTS_H

#include "prepare.h"

struct preparation {
	struct scan *scan;
	const struct boot_entry *entry;
	const struct config *config;
	const struct verify_context *verify;
	struct load_request *request;
	struct verified_manifest *manifest; /* NULL if there is none */
	/* The entry is an image of its own: its signature says what it is, and
	 * a manifest is only about what stands beside it. */
	bool is_image;
};

/* A file as hostile bytes; told to whoever watches. */
MUST_USE enum status prepare_read(struct preparation *p,
				  const struct found_file *file,
				  enum hash_plan plan, struct raw_image *ret,
				  struct error *err);

/* A file of a loose entry: covered by the manifest, or as the policy has it. */
MUST_USE enum status prepare_part(struct preparation *p,
				  const struct found_file *file,
				  enum manifest_role role,
				  struct verified_image **ret,
				  struct error *err);

/* prepare_record.c: whether an entry has the parts that its kind has, and a
 * configured one those of the image's configuration, by number, order and path:
 * a probe that leaves one out would leave it out of the boot. Errors:
 * E_PROBE_PROTOCOL. */
MUST_USE enum status prepare_check_record(const struct preparation *p,
					  struct error *err);

/* Says in the log if an image is let through by `verify = warn` alone. */
void prepare_tell_warning(const struct verified_image *image);

/* Under `warn` a manifest that does not hold is told and done without. */
MUST_USE enum status prepare_only_warn(const struct preparation *p,
				       enum status s, const struct error *err);

/* prepare_companions.c: `extra` of a loose entry. */
MUST_USE enum status prepare_extras(struct preparation *p, struct error *err);

/* Credentials and extensions beside a UKI. Never fails: what cannot be had or
 * does not count is a note. */
void prepare_companions(struct preparation *p);

/* Drops what the manifest of an image has let in, if the manifest has more than
 * that: a set counts as a whole or not at all. */
void prepare_companions_end(struct preparation *p);

/* Addons, by their own signatures. Never fails, as above. */
void prepare_addons(struct preparation *p);

/* The kernel and initrd that a thin UKI names, by the hashes it has. */
MUST_USE enum status prepare_thin(struct preparation *p, struct error *err);

/* prepare_network_text.c: the number in scan->net of the entry, after its text
 * was read and verified where a disk has it. Errors: E_ENTRY_NETWORK (there is
 * no network), E_ENTRY_TEXT_TOO_LONG, those of scan_read(),
 * verify_signed_text(), net_entry_parse() and net_begin_late(). */
MUST_USE enum status prepare_network_number(struct preparation *p,
					    uint32_t *ret, struct error *err);

/* prepare_network.c: all of an entry whose files come from the network. Errors:
 * E_NET_TEXT (its kernel is a text, which net keeps, or what DHCP tells),
 * E_NET_MENU_KIND (neither kernel nor text: an HTML page), E_NO_MEMORY, those
 * of prepare_network_number(), net.h, template_expand() and the doors of
 * verify.h. */
MUST_USE enum status prepare_network(struct preparation *p, struct error *err);

/* prepare_hand_on.c: the words by which the next system has the same network,
 * as `hand-on` of the configuration asks for. What may not enter a command line
 * is left out with a note. Errors: E_NO_MEMORY. */
MUST_USE enum status prepare_hand_on(struct preparation *p, struct error *err);

/* prepare_options.c: copies the entry's options. Errors: E_NO_MEMORY. */
MUST_USE enum status prepare_options(struct preparation *p, struct error *err);

/* Whether the options may count: with a manifest, or out of the image's own
 * configuration, or where the policy does not care. Options beside a UKI with a
 * command line are dropped with a note, others refuse the entry. Errors:
 * E_VERIFY_UNCOVERED. */
MUST_USE enum status prepare_check_options(struct preparation *p,
					   struct error *err);

/* Reads the firmware's facts, unless a directory stands for the machine, and
 * then takes what they have for the command line. Errors: E_NO_MEMORY. */
MUST_USE enum status prepare_firmware(struct preparation *p, struct error *err);
MUST_USE enum status prepare_firmware_lines(struct preparation *p,
					    struct error *err);

/* What `console` of the configuration makes of the command line as it is so
 * far. Errors: E_NO_MEMORY, those of load_plan_cmdline(). */
MUST_USE enum status prepare_consoles(struct preparation *p, struct error *err);

/* What the booted system is told: of the entry, and the log so far. Errors:
 * E_NO_MEMORY. */
MUST_USE enum status prepare_handover(struct preparation *p, struct error *err);

#endif
