/*
 * Volumes with files for the reader of grub.cfg, and what it found on them.
 */
#ifndef KEELBOOT_TESTS_LIB_GRUB_RIG_H
#define KEELBOOT_TESTS_LIB_GRUB_RIG_H

#include "test.h"

#include "format/grubcfg.h"

#define RIG_FILES_MAX	80
#define RIG_VOLUMES_MAX 4

/* A null pointer as text is a folder. */
struct rig_file {
	int volume;
	const char *path;
	struct span text;
	unsigned loads; /* how often it was read */
};

struct rig_volume {
	const char *uuid, *label, *device;
};

struct rig_note {
	enum status code;
	struct display file;
	uint32_t line;
};

struct grub_rig {
	struct rig_file files[RIG_FILES_MAX];
	unsigned file_count;
	struct rig_volume volumes[RIG_VOLUMES_MAX];
	bool ignore_once;

	struct grub_state *state;
	struct grub_result result;
	struct error error;
	struct grub_entry *entries;
	unsigned entry_count;
	struct rig_note notes[GRUB_NOTES_MAX];
	unsigned note_count;
};

/* Frees what a run has kept. */
void rig_drop(struct grub_rig *rig);
#define _drop_rig_ __attribute__((cleanup(rig_drop)))

void rig_add(struct grub_rig *rig, int volume, const char *path,
	     struct span text);
void rig_add_text(struct grub_rig *rig, int volume, const char *path,
		  const char *text);

/* Reads a text as the file /boot/grub/grub.cfg of volume 0, which need not be
 * among the files; its bytes are looked at in a copy of their own. Checks what
 * must hold for every file. Fails the test unless it is read. */
void rig_run(struct grub_rig *rig, struct span text);
void rig_run_text(struct grub_rig *rig, const char *text);

/* Another file of the rig. */
void rig_run_file(struct grub_rig *rig, int volume, const char *path);

/* The entry with that index, "1>0"; fails the test if there is none. */
const struct grub_entry *rig_entry(const struct grub_rig *rig,
				   const char *index);

/* The index of the entry that a text names; "" if it names none. */
const char *rig_named(const struct grub_rig *rig, const char *text);

/* True if that was noted. */
bool rig_has_note(const struct grub_rig *rig, enum status code, uint32_t line);

#endif
