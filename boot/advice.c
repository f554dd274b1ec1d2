#include "advice.h"

#include <string.h>

/* Who can mend it. */
#define WHO_IMAGE    "whoever made this image (the distribution)"
#define WHO_ENTRY    "whoever wrote the entry (the system on that disk)"
#define WHO_FIRMWARE "whoever builds this machine's firmware image"
#define WHO_DISK     "whoever administers that disk"
#define WHO_HARDWARE "whoever has the machine in hand"
#define WHO_NETWORK  "whoever looks after this machine's network"
#define WHO_SERVER   "whoever runs that server"
#define WHO_OPERATOR "you, at this screen"
#define WHO_KEELBOOT "keelboot's makers: please report it, with the log"

/* What is to be done; the table is below. */
enum kind {
	GENERAL,
	UNSIGNED,
	UNKNOWN_SIGNER,
	REVOKED,
	CHANGED,
	BAD_SIGNATURE,
	BAD_DATES,
	UNCOVERED,
	BAD_SBAT,
	BAD_MANIFEST,
	BAD_IMAGE,
	BAD_INITRD,
	BAD_DEVICETREE,
	OTHER_MACHINE,
	ADDON,
	MEMORY,
	GONE,
	SLOW,
	FILE_CHANGED,
	BAD_VOLUME,
	BAD_TABLE,
	LEFT_OUT,
	BAD_ENTRY,
	NETWORK_ENTRY,
	BAD_OPTIONS,
	LOCKED,
	PASSWORD,
	KEXEC_FAILED,
	KEXEC_MISSING,
	KEXEC_SIGNED,
	KEXEC_SETTING,
	JUMP,
	ONE_SHOT,
	WRITE_FAILED,
	WRITE_ELSEWHERE,
	VARIABLES,
	NOT_AN_ENTRY,
	REHEARSAL,
	WAIT,
	KEYS,
	TPM,
	WATCHDOG,
	NO_NETWORK,
	NO_DHCP_ANSWER,
	SERVER,
	SERVER_CERTIFICATE,
	NETWORK_TEXT,
	NETWORK_CHOICE,
	BMC,
	BUG,
	KIND_COUNT
};

static const struct advice none = { "", "" };

static const struct advice advices[KIND_COUNT] = {
	[GENERAL] = { "Choose another entry; the log (l) has the details.",
		      WHO_KEELBOOT },
	[UNSIGNED] = { "Choose another entry, or have this one signed with a "
		       "key of keys/db.",
		       WHO_IMAGE },
	[UNKNOWN_SIGNER] = { "Choose another entry, or have the signer's "
			     "certificate built in (keys/db).",
			     WHO_FIRMWARE },
	[REVOKED] = { "Choose a newer version: this one is known to be unsafe.",
		      WHO_IMAGE },
	[CHANGED] = { "Do not trust this file: it is not what was signed. "
		      "Choose another entry, then install it again.",
		      WHO_DISK },
	[BAD_SIGNATURE] = { "Choose another entry, or have this one signed "
			    "anew.",
			    WHO_IMAGE },
	[BAD_DATES] = { "Set the machine's clock, or have it signed with a "
			"certificate of today.",
			WHO_IMAGE },
	[UNCOVERED] = { "Have a signed manifest cover every file, or use a "
			"signed UKI.",
			WHO_ENTRY },
	[BAD_SBAT] = { "Choose another entry; this image needs a sound .sbat "
		       "section.",
		       WHO_IMAGE },
	[BAD_MANIFEST] = { "Have the manifest made and signed anew (keelboot "
			   "manifest).",
			   WHO_ENTRY },
	[BAD_IMAGE] = { "Choose another entry, then install this image again.",
			WHO_IMAGE },
	[BAD_INITRD] = { "Choose another entry, then make its initrd anew.",
			 WHO_ENTRY },
	[BAD_DEVICETREE] = { "Choose an entry with another device tree, or "
			     "none.",
			     WHO_ENTRY },
	[OTHER_MACHINE] = { "Choose an entry made for this kind of processor.",
			    WHO_IMAGE },
	[ADDON] = { "Remove or update the addon: it does not go with this "
		    "image.",
		    WHO_ENTRY },
	[MEMORY] = { "Choose a smaller entry: this machine has not enough "
		     "memory for it.",
		     WHO_HARDWARE },
	[GONE] = { "Plug the disk in again and look for it (r).",
		   WHO_HARDWARE },
	[SLOW] = { "Try it once more; if it stays so, the disk or its cable "
		   "is failing.",
		   WHO_HARDWARE },
	[FILE_CHANGED] = { "Look at the disks again (r): the file has changed "
			   "meanwhile.",
			   WHO_DISK },
	[BAD_VOLUME] = { "Look at the disks again (r), and check the file "
			 "system (fsck).",
			 WHO_DISK },
	[BAD_TABLE] = { "Check the disk's partitions (sgdisk --verify, mdadm).",
			WHO_DISK },
	[LEFT_OUT] = { "Use another disk, or allow this kind in "
		       "keelboot.conf.",
		       WHO_FIRMWARE },
	[BAD_ENTRY] = { "Choose another entry, then correct this one on its "
			"disk.",
			WHO_ENTRY },
	[NETWORK_ENTRY] = { "Choose an entry of a disk.", WHO_FIRMWARE },
	[BAD_OPTIONS] = { "Shorten or correct the command line.", WHO_ENTRY },
	[LOCKED] = { "Boot it as it is: the configuration allows no more.",
		     WHO_FIRMWARE },
	[PASSWORD] = { "Type the password again, or boot what needs none.",
		       WHO_FIRMWARE },
	[KEXEC_FAILED] = { "Choose another entry; the kernel's reason is in "
			   "the log (l).",
			   WHO_FIRMWARE },
	[KEXEC_MISSING] = { "Nothing can start from here: the firmware's "
			    "kernel does not allow kexec.",
			    WHO_FIRMWARE },
	[KEXEC_SIGNED] = { "Choose another entry: the firmware's kernel does "
			   "not know its signer.",
			   WHO_FIRMWARE },
	[KEXEC_SETTING] = { "Choose another entry, or set `kexec` in "
			    "keelboot.conf to the other way.",
			    WHO_FIRMWARE },
	[JUMP] = { "Restart the machine (q) and try again.", WHO_FIRMWARE },
	[ONE_SHOT] = { "Choose an entry by hand, and take the one-shot out "
		       "from the system that runs then.",
		       WHO_DISK },
	[WRITE_FAILED] = { "Check that the disk may be written and has room.",
			   WHO_DISK },
	[WRITE_ELSEWHERE] = { "Choose another place, or plug in a disk with "
			      "FAT.",
			      WHO_OPERATOR },
	[VARIABLES] = { "Restart the machine: its firmware did not do as asked "
			"with a variable.",
			WHO_FIRMWARE },
	[NOT_AN_ENTRY] = { "Choose another entry for this.", WHO_OPERATOR },
	[REHEARSAL] = { "Start it on the machine itself: this was a rehearsal.",
			WHO_OPERATOR },
	[WAIT] = { "Try again in a moment.", WHO_OPERATOR },
	[KEYS] = { "Have the firmware image built anew with sound keys.",
		   WHO_FIRMWARE },
	[TPM] = { "Restart the machine (q): its TPM does not work as it "
		  "should.",
		  WHO_HARDWARE },
	[WATCHDOG] = { "Boot with watchdog = 0, or give the firmware's kernel "
		       "watchdog.stop_on_reboot=0.",
		       WHO_FIRMWARE },
	[NO_NETWORK] = { "Check the cable and the switch's port, then try it "
			 "once more.",
			 WHO_NETWORK },
	[NO_DHCP_ANSWER] = { "Have the DHCP server tell what to boot, or "
			     "choose "
			     "another entry.",
			     WHO_NETWORK },
	[SERVER] = { "Check that the server runs and has the file, then try it "
		     "once more.",
		     WHO_SERVER },
	[SERVER_CERTIFICATE] = { "Check the server's certificate, the CAs of "
				 "this image (keys/tls) and the clock.",
				 WHO_SERVER },
	[NETWORK_TEXT] = { "Choose another entry, then correct this one where "
			   "it came from.",
			   WHO_SERVER },
	[NETWORK_CHOICE] = { "Choose what is to boot.", WHO_OPERATOR },
	[BMC] = { "Choose an entry by hand, and take the boot flags back at "
		  "the BMC.",
		  WHO_OPERATOR },
	[BUG] = { "Try it once more, then choose another entry.",
		  WHO_KEELBOOT },
};

/* Codes that are not like the others of their group. */
static const struct {
	enum status code;
	enum kind kind;
} codes[] = {
	{ E_NO_MEMORY, MEMORY },
	{ E_INTERNAL, BUG },
	{ E_REHEARSED, REHEARSAL },
	{ E_DEADLINE, SLOW },
	{ E_VERIFY_NO_PE, UNSIGNED },
	{ E_VERIFY_NO_SBAT, BAD_SBAT },
	{ E_VERIFY_SBAT_TWICE, BAD_SBAT },
	{ E_VERIFY_DIGEST, CHANGED },
	{ E_VERIFY_NOT_AN_IMAGE, BAD_IMAGE },
	{ E_VERIFY_NOT_AN_ADDON, ADDON },
	{ E_JUDGE_ATTRIBUTES_DIGEST, CHANGED },
	{ E_JUDGE_CONTENT_KIND, BAD_SIGNATURE },
	{ E_JUDGE_NO_SIGNER_CERT, UNKNOWN_SIGNER },
	{ E_JUDGE_DATES, BAD_DATES },
	{ E_SIGNATURE_WRONG, CHANGED },
	{ E_SBAT_REVOKED, REVOKED },
	{ E_LOAD_ADDON_UNAME, ADDON },
	{ E_LOAD_MEMORY, MEMORY },
	{ E_LOAD_MACHINE, OTHER_MACHINE },
	{ E_KIMAGE_MACHINE, OTHER_MACHINE },
	{ E_KEXEC_MACHINE, OTHER_MACHINE },
	{ E_KEXEC_ARCH, OTHER_MACHINE },
	{ E_ENTRY_MACHINE, OTHER_MACHINE },
	{ E_ENTRY_NETWORK, NETWORK_ENTRY },
	{ E_IMAGE_SIZE, FILE_CHANGED },
	{ E_IMAGE_MEMORY, MEMORY },
	{ E_IMAGE_GONE, GONE },
	{ E_IMAGE_DEADLINE, SLOW },
	{ E_UNPACK_MEMORY, MEMORY },
	{ E_BLOB_READ, SLOW },
	{ E_BLOB_SHRUNK, FILE_CHANGED },
	{ E_BLOB_GREW, FILE_CHANGED },
	{ E_BLOB_CREATE, MEMORY },
	{ E_BLOB_WRITE, MEMORY },
	{ E_BLOB_MAP, MEMORY },
	{ E_BLOCK_READ, SLOW },
	{ E_VOLUME_READ, SLOW },
	{ E_KEXEC_MEMORY, MEMORY },
	{ E_KEXEC_NO_ROOM, MEMORY },
	{ E_KEXEC_HALF_RAM, MEMORY },
	{ E_KEXEC_CMDLINE, BAD_OPTIONS },
	{ E_KEXEC_DTB, BAD_DEVICETREE },
	{ E_KEXEC_NONE, KEXEC_MISSING },
	{ E_KEXEC_LOCKDOWN, KEXEC_MISSING },
	{ E_KEXEC_DISABLED, KEXEC_MISSING },
	{ E_KEXEC_PERMISSION, KEXEC_MISSING },
	{ E_KEXEC_NO_FILE, KEXEC_SETTING },
	{ E_KEXEC_NO_LOAD, KEXEC_SETTING },
	{ E_KEXEC_SIGNATURE, KEXEC_SIGNED },
	{ E_KEXEC_JUMP, JUMP },
	{ E_KEXEC_NOT_LOADED, JUMP },
	{ E_SET_LOCKED, LOCKED },
	{ E_SET_PENDING, WAIT },
	{ E_SET_NO_PLACE, WRITE_FAILED },
	{ E_SAVE_DEADLINE, SLOW },
	{ E_SAVE_ENDED, BUG },
	{ E_STORE_VALUE, NOT_AN_ENTRY },
	{ E_FETCH_RANDOM, BUG },
	{ E_NET_LINK, NO_NETWORK },
	{ E_NET_DEADLINE, SERVER },
	{ E_NET_TFTP, SERVER },
	{ E_NET_TFTP_MISSING, SERVER },
	{ E_NET_NO_URL, NETWORK_TEXT },
	{ E_NET_TEXT, NETWORK_TEXT },
	{ E_NET_SLOTS, NETWORK_TEXT },
	{ E_NET_FILE, KEYS },
	{ E_NET_STOPPED, NETWORK_CHOICE },
	{ E_NET_MENU_SHOWN, NETWORK_CHOICE },
	{ E_NET_MENU_EXIT, NETWORK_CHOICE },
	{ E_NET_MENU_END, NETWORK_CHOICE },
	{ E_NET_ENDED, BUG },
	{ E_NET_SILENT, BUG },
	{ E_NET_WORKER, BUG },
};

/* The first that a slug begins with. */
static const struct {
	const char *prefix;
	enum kind kind;
} groups[] = {
	{ "unsigned", UNSIGNED },
	{ "revoked-", REVOKED },
	{ "unknown-signer", UNKNOWN_SIGNER },
	{ "image-digest-differs", CHANGED },
	{ "image-digest-range", BAD_IMAGE },
	{ "authenticode-", BAD_SIGNATURE },
	{ "pkcs7-", BAD_SIGNATURE },
	{ "spc-", BAD_SIGNATURE },
	{ "der-", BAD_SIGNATURE },
	{ "x509-", BAD_SIGNATURE },
	{ "algorithm-", BAD_SIGNATURE },
	{ "signature-", BAD_SIGNATURE },
	{ "chain-", BAD_SIGNATURE },
	{ "verify-", UNCOVERED },
	{ "sbat-", BAD_SBAT },
	{ "manifest-", BAD_MANIFEST },
	{ "pe-", BAD_IMAGE },
	{ "uki-", BAD_IMAGE },
	{ "zboot-", BAD_IMAGE },
	{ "kernel-", BAD_IMAGE },
	{ "load-", BAD_IMAGE },
	{ "unpack-", BAD_IMAGE },
	{ "hwids-", BAD_IMAGE },
	{ "initrd-", BAD_INITRD },
	{ "cpio-", BAD_INITRD },
	{ "fdt-", BAD_DEVICETREE },
	{ "volume-", BAD_VOLUME },
	{ "mount-", BAD_VOLUME },
	{ "fs-", BAD_VOLUME },
	{ "fat-", BAD_VOLUME },
	{ "block-", BAD_TABLE },
	{ "gpt-", BAD_TABLE },
	{ "mbr-", BAD_TABLE },
	{ "md-", BAD_TABLE },
	{ "loop-", BAD_TABLE },
	{ "place-", LEFT_OUT },
	{ "entry-", BAD_ENTRY },
	{ "bls-", BAD_ENTRY },
	{ "grub-", BAD_ENTRY },
	{ "grubenv-", BAD_ENTRY },
	{ "extlinux-", BAD_ENTRY },
	{ "cmdline-", BAD_OPTIONS },
	{ "policy-", LOCKED },
	{ "password-", PASSWORD },
	{ "kexec-", KEXEC_FAILED },
	{ "platform-", KEXEC_FAILED },
	{ "system-", JUMP },
	{ "attempt-", ONE_SHOT },
	{ "write-", WRITE_FAILED },
	{ "store-", WRITE_FAILED },
	{ "save-", WRITE_ELSEWHERE },
	{ "set-", NOT_AN_ENTRY },
	{ "efivar-", VARIABLES },
	{ "utf16-", VARIABLES },
	{ "keyring-", KEYS },
	{ "tpm", TPM },
	{ "watchdog-", WATCHDOG },
	{ "link-", NO_NETWORK },
	{ "dhcp-", NO_NETWORK },
	{ "lease-", NO_NETWORK },
	{ "router-", NO_NETWORK },
	{ "net-dhcp-", NO_DHCP_ANSWER },
	{ "tcp-", SERVER },
	{ "fetch-", SERVER },
	{ "http-", SERVER },
	{ "tls-id-", KEYS },
	{ "tls-", SERVER_CERTIFICATE },
	{ "private-key-", KEYS },
	{ "url-", NETWORK_TEXT },
	{ "template-", NETWORK_TEXT },
	{ "ipxe-", NETWORK_TEXT },
	{ "pxelinux-", NETWORK_TEXT },
	{ "net-entry-", NETWORK_TEXT },
	{ "net-menu-", NETWORK_TEXT },
	{ "ipmi-", BMC },
	{ "blob-", BUG },
	{ "transfer", BUG },
	{ "probe-", BUG },
	{ "proc-", BUG },
	{ "msg-", BUG },
	{ "meminfo-", BUG },
	{ "handover-", BUG },
	{ "smbios-", BUG },
};

const struct advice *advice_general(void)
{
	return &advices[GENERAL];
}

const struct advice *advice_for(enum status code)
{
	const char *slug = status_slug(code);

	if (code == OK)
		return &none;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (codes[i].code == code)
			return &advices[codes[i].kind];
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (!strncmp(slug, groups[i].prefix, strlen(groups[i].prefix)))
			return &advices[groups[i].kind];
	return advice_general();
}

void advice_add(struct text *t, enum status code)
{
	const struct advice *a = advice_for(code);

	if (a->next[0])
		text_addf(t, "%s\nWho can fix it: %s.\n", a->next, a->who);
}
