/*
 * What was found on a disk, as plain records that cross a process boundary:
 * every candidate for a boot, offered or refused, with the files it names, and
 * the texts that choose among them.
 *
 * A probe fills them from hostile bytes and nothing in them is trusted: they
 * fill the menu, and say which open file is asked for when an entry is chosen.
 */
#ifndef KEELBOOT_FOUND_H
#define KEELBOOT_FOUND_H

#include "base/error.h"
#include "base/span.h"
#include "base/text.h"

#define FOUND_PATH_MAX	  288 /* a name of 255 in any of our folders */
#define FOUND_ID_MAX	  320 /* a file name and a profile */
#define FOUND_OPTIONS_MAX 4096
#define FOUND_FILES_MAX	  48
#define FOUND_TEXT_MAX	  16384

/* In the order of the menu. */
enum found_kind {
	FOUND_CONFIGURED,  /* an entry of the built-in configuration */
	FOUND_TYPE1,	   /* Boot Loader Specification, a .conf file */
	FOUND_UKI,	   /* Boot Loader Specification type 2 */
	FOUND_GRUB,	   /* a menuentry of a grub.cfg */
	FOUND_EXTLINUX,	   /* a label of an extlinux.conf */
	FOUND_FALLBACK,	   /* a kernel or UKI as /EFI/BOOT/BOOT*.EFI */
	FOUND_KERNEL,	   /* zboot or bare kernel without an entry */
	FOUND_NETWORK,	   /* its files come from the network (net.h) */
	FOUND_OWN,	   /* keelboot itself */
	FOUND_PLACE,	   /* no entry: a partition or disk that cannot be
			    * looked into, its path is its name */
	FOUND_REVOCATIONS, /* no entry: what the menu is to revoke, its files
			    * are FILE_MANIFEST and its signature */
	FOUND_KIND_COUNT
};

/* What a file is to its entry. The order within a role is that of the boot. */
enum file_role {
	FILE_KERNEL, /* the UKI, or the kernel of a loose entry */
	FILE_INITRD,
	FILE_DEVICETREE,
	FILE_OVERLAY, /* of the device tree */
	FILE_EXTRA,   /* `extra` of a type 1 entry: a companion, by suffix */
	FILE_THIN_KERNEL, /* what .linux and .initrd of a thin UKI name */
	FILE_THIN_INITRD,
	FILE_ADDON_GLOBAL, /* /loader/addons/<name>.addon.efi */
	FILE_ADDON,	   /* <uki>.extra.d/<name>.addon.efi */
	FILE_CREDENTIAL,
	FILE_CREDENTIAL_GLOBAL,
	FILE_SYSEXT,
	FILE_SYSEXT_GLOBAL,
	FILE_CONFEXT,
	FILE_CONFEXT_GLOBAL,
	FILE_MANIFEST, /* what covers a loose entry, and its signature */
	FILE_MANIFEST_SIGNATURE,
	/* The text of a type 1 entry whose files come from the network, and its
	 * signature. Its kernel and initrds are URLs then, for people. */
	FILE_ENTRY,
	FILE_ENTRY_SIGNATURE,
	FILE_ROLE_COUNT
};

/* A file of a volume that the probe keeps open. */
struct found_file {
	enum file_role role;
	uint32_t handle; /* the probe's number for it */
	uint64_t size;
	char path[FOUND_PATH_MAX];
};

/* Whether a file carries a signature; nothing has been said about its worth. */
enum found_signature {
	FOUND_NOT_ASKED = 0, /* a loose entry, or a file that cannot be read */
	FOUND_UNSIGNED,
	FOUND_SIGNED,
};

struct found {
	enum found_kind kind;
	char id[FOUND_ID_MAX]; /* "debian.efi", "debian.efi@rescue" */
	uint32_t file_id_len;  /* bytes of it in front of a profile's "@" */
	struct display title;
	struct display version; /* as it is sorted by */
	struct display release; /* of the kernel, "" if it is not said */
	struct display sort_key;
	struct display machine_id;
	/* The file that makes it an entry: the UKI, the .conf, the grub.cfg.
	 * What an attempt renames if it is counted. */
	char path[FOUND_PATH_MAX];
	uint32_t line; /* in that file, from 1; 0 where there are none */
	uint32_t profile;
	bool is_counted; /* the name has a counter of attempts */
	uint32_t tries_left, tries_done;
	bool is_automatic;    /* may boot without being chosen */
	bool is_file_default; /* what its grub.cfg or extlinux.conf names */
	uint32_t rank;	      /* among the entries of one file */
	/* Equal for two copies of one entry on two disks: hash of the claimed
	 * digest, or of the entry's text. Worth nothing against malice. */
	uint64_t fingerprint;
	enum status why; /* OK if it is offered, else why not */
	char reason[ERROR_TEXT_MAX];
	enum found_signature signature;
	struct display claims; /* the signer it names, "" if unreadable */
	uint32_t configured;   /* index of the configured entry, or of net's */
	/* Companion files that could not be taken along, for display. */
	uint32_t left_out_count;
	struct display left_out;
	bool has_options;
	char options[FOUND_OPTIONS_MAX]; /* of a loose entry, NUL at the end */
	uint32_t file_count;
	struct found_file files[FOUND_FILES_MAX]; /* file_count of them count */
};

/* "kernel", "initrd", … */
const char *found_role_name(enum file_role role);

/* The nth file (from 0) of a role, NULL if there is none. */
const struct found_file *found_file(const struct found *found,
				    enum file_role role, uint32_t nth);
uint32_t found_file_count(const struct found *found, enum file_role role);

/* Whether its files come from the network: an entry of net.h, or one of a disk
 * that names URLs. */
bool found_is_of_network(const struct found *found);

/* Adds a file; false if there is no room for it or for its path. */
bool found_add_file(struct found *found, enum file_role role, uint32_t handle,
		    uint64_t size, const char *path);

/* What tells it from others of the same title: the kernel's release, or the
 * version it is sorted by; "" if the title has it already. */
const char *found_version(const struct found *found);

/* Bytes of the record that count: what is sent. */
size_t found_size(const struct found *found);

/* Whether attempts have used it up: counted, and none left. */
bool found_is_bad(const struct found *found);

/* Makes what a turned probe may have sent safe to use: strings end, text for
 * display is clean, numbers are in range. len is what came. False if the
 * record makes no sense. configured_count bounds `configured`. */
MUST_USE bool found_tame(struct found *found, size_t len,
			 uint32_t configured_count);

/* Where on a disk a volume is. */
enum place_kind {
	PLACE_DIRECTORY = 0, /* on a host: stands for an ESP */
	PLACE_ESP,
	PLACE_XBOOTLDR,
	PLACE_MBR,	  /* MBR partition of type 0xEA or 0xEF */
	PLACE_WHOLE_DISK, /* a FAT without a partition table */
	PLACE_MD_MEMBER,  /* of an MD RAID1, read as itself, never written */
	PLACE_NETWORK,	  /* no disk: net.h */
	PLACE_FOREIGN,	  /* another file system, only when not enforcing */
	PLACE_KIND_COUNT
};

struct place {
	uint32_t number; /* the probe's number for it */
	enum place_kind kind;
	char name[48];	    /* "nvme0n1p1", for display */
	char part_uuid[40]; /* lower case, "" if it has none */
	char fs_type[16];   /* "vfat" */
	char fs_uuid[40];   /* as blkid(8) writes it, "" if unknown */
	char fs_label[72];  /* "" if it has none */
	bool is_removable;
	/* A step of counting or the store may change it; on a host: might, on
	 * the machine that it stands for. */
	bool may_write;
};

void place_tame(struct place *place);

/* A text that chooses among entries, or says where the network is. */
enum found_text_kind {
	TEXT_LOADER_CONF, /* /loader/loader.conf */
	TEXT_STORE,	  /* keelboot's own store, format/store.h */
	/* of /loader/keelboot.conf, told before it */
	TEXT_NETWORK_SIGNATURE,
	TEXT_NETWORK, /* /loader/keelboot.conf */
	TEXT_KIND_COUNT
};

struct found_text {
	enum found_text_kind kind;
	uint32_t len;
	uint8_t bytes[FOUND_TEXT_MAX];
};

#endif
