#include "candidate_parts.h"

#include "format/boot_count.h"
#include "format/entry_name.h"
#include "format/pe.h"
#include "format/store.h"
#include "sys/block.h"
#include "sys/proc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* Of the time of a disk, for its grub.cfg files: one of so many. */
#define GRUB_PARTS 4

struct found *candidate_make(const struct candidate_look *look,
			     enum found_kind kind)
{
	struct found *found = calloc(1, sizeof(*found));

	if (!found) {
		look->sink->note(look->sink->ctx, "no memory for an entry");
		return NULL;
	}
	found->kind = kind;
	return found;
}

void candidate_refuse(struct found *found, const struct error *err)
{
	if (found->why != OK)
		return;
	found->why = err->code;
	memcpy(found->reason, err->text, sizeof(found->reason));
	found->is_automatic = false;
}

void candidate_note(const struct candidate_look *look, const char *file,
		    uint32_t line, const struct error *why)
{
	char text[ERROR_TEXT_MAX];

	snprintf(text, sizeof(text), "%.100s:%u: %.250s", file, line,
		 why->text);
	look->sink->note(look->sink->ctx, text);
}

void candidate_emit(const struct candidate_look *look,
		    const struct found *found)
{
	look->sink->found(look->sink->ctx, found);
}

bool candidate_has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name), tail = strlen(suffix);

	return len >= tail && !strcasecmp(name + len - tail, suffix);
}

const char *candidate_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void candidate_name(struct found *found, const char *path, struct span profile)
{
	struct span name = span_of_text(candidate_base_name(path));
	struct boot_count count = boot_count_parse(name);

	snprintf(found->path, sizeof(found->path), "%s", path);
	found->is_counted = count.counted;
	found->tries_left = count.left;
	found->tries_done = count.done;
	if (!entry_id_make(name, span_of_text(""), found->id,
			   sizeof(found->id)))
		found->id[0] = '\0';
	found->file_id_len = (uint32_t)strlen(found->id);
	if (!entry_id_make(name, profile, found->id, sizeof(found->id)))
		snprintf(found->id, sizeof(found->id), "%s", path);
}

uint64_t candidate_hash(uint64_t hash, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ at[i]) * 1099511628211ULL;
	return hash;
}

enum status candidate_keep_sized(const struct candidate_look *look,
				 const struct volume *volume, const char *path,
				 uint64_t size, enum file_role role,
				 struct found *found, struct error *err)
{
	uint32_t handle = 0;

	if (!look->sink->keep(look->sink->ctx, volume, path, size, &handle))
		return fail(err, E_ENTRY_NOT_BOOTABLE,
			    "%s: no room for more files of this disk", path);
	if (!found_add_file(found, role, handle, size, path))
		return fail(err, E_ENTRY_NOT_BOOTABLE,
			    "%s would be file %u of this entry, the most is %d",
			    path, found->file_count + 1, FOUND_FILES_MAX);
	return OK;
}

enum status candidate_keep(const struct candidate_look *look,
			   const struct volume *volume, const char *path,
			   enum file_role role, struct found *found,
			   struct error *err)
{
	uint64_t size;
	int fd;
	enum status s = volume_open(volume, path, &fd, &size, err);

	if (s != OK)
		return s;
	close(fd);
	return candidate_keep_sized(look, volume, path, size, role, found, err);
}

void candidate_keep_manifest(const struct candidate_look *look,
			     struct found *found)
{
	const char *end = strrchr(found->id, '.');
	int len = end && !strcmp(end, ".conf") ? (int)(end - found->id)
					       : (int)strlen(found->id);
	uint32_t before = found->file_count;
	char path[FOUND_PATH_MAX];

	if (!look->has_manifests || strchr(found->id, '/'))
		return;
	if ((size_t)snprintf(path, sizeof(path),
			     CANDIDATE_MANIFESTS "/%.*s" CANDIDATE_MANIFEST_END,
			     len, found->id) >=
	    sizeof(path) - strlen(CANDIDATE_SIGNATURE_END))
		return;
	if (candidate_keep(look, look->volume, path, FILE_MANIFEST, found,
			   NULL) != OK)
		return;
	strncat(path, CANDIDATE_SIGNATURE_END, sizeof(path) - strlen(path) - 1);
	if (candidate_keep(look, look->volume, path, FILE_MANIFEST_SIGNATURE,
			   found, NULL) != OK)
		found->file_count = before;
}

enum status candidate_read_text(const struct volume *volume, const char *path,
				void *buf, size_t cap, struct span *ret,
				struct error *err)
{
	uint64_t size;
	int fd;
	enum status s = volume_open(volume, path, &fd, &size, err);

	*ret = span_of(buf, 0);
	if (s != OK)
		return s;
	if (size > cap)
		s = fail(err, E_ENTRY_TEXT_TOO_LONG,
			 "%s has %llu bytes, the most is %zu", path,
			 (unsigned long long)size, cap);
	else
		s = block_read_at(fd, 0, buf, (size_t)size, err);
	close(fd);
	*ret = span_of(buf, s == OK ? (size_t)size : 0);
	return s;
}

const char *candidate_architecture(void)
{
	switch (pe_machine_native()) {
	case PE_MACHINE_X86_64:
		return "x64";
	case PE_MACHINE_ARM64:
		return "aa64";
	case PE_MACHINE_RISCV64:
		return "riscv64";
	case PE_MACHINE_LOONGARCH64:
		return "loongarch64";
	default:
		return "unknown";
	}
}

bool candidate_is_for_us(const char *architecture)
{
	return !architecture[0] ||
	       !strcasecmp(architecture, candidate_architecture());
}

enum status candidate_check_machine(uint16_t machine, struct error *err)
{
	if (machine == pe_machine_native())
		return OK;
	return fail(err, E_ENTRY_MACHINE, "it is for %s, this machine is %s",
		    pe_machine_name(machine),
		    pe_machine_name(pe_machine_native()));
}

void candidate_each_file(const struct candidate_look *look, const char *folder,
			 const char *prefix, const char *suffix,
			 candidate_file_fn *fn)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	const struct candidate_sink *sink = look->sink;
	char path[FOUND_PATH_MAX];
	struct error err;
	enum status s = volume_list(look->volume, folder, &list, &err);

	if (s != OK) {
		if (s != E_VOLUME_NOT_FOUND && s != E_VOLUME_NOT_FOLDER)
			sink->note(sink->ctx, err.text);
		return;
	}
	for (size_t i = 0; i < list.count && candidate_has_time(look); i++) {
		const struct volume_entry *e = &list.entries[i];

		if (e->type != VOLUME_FILE || e->name[0] == '.' ||
		    strncasecmp(e->name, prefix, strlen(prefix)) != 0 ||
		    !candidate_has_suffix(e->name, suffix))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
				     e->name) < sizeof(path))
			fn(look, path);
	}
	if (list.cut)
		sink->note(sink->ctx, "a folder has too many names; only the "
				      "first were looked at");
}

static void look_at_revocations(const struct candidate_look *look)
{
	static const char list[] = CANDIDATE_REVOCATIONS_PATH;
	static const char signature[] =
		CANDIDATE_REVOCATIONS_PATH CANDIDATE_SIGNATURE_END;
	struct found *found = candidate_make(look, FOUND_REVOCATIONS);

	if (found)
		memcpy(found->path, list, sizeof(list));
	if (found &&
	    candidate_keep(look, look->volume, list, FILE_MANIFEST, found,
			   NULL) == OK &&
	    candidate_keep(look, look->volume, signature,
			   FILE_MANIFEST_SIGNATURE, found, NULL) == OK)
		candidate_emit(look, found);
	free(found);
}

/* A text that is not there says nothing; one that cannot be had is a note. */
static bool look_at_text(const struct candidate_look *look, const char *path,
			 enum found_text_kind kind)
{
	const struct candidate_sink *sink = look->sink;
	char *buf = malloc(FOUND_TEXT_MAX);
	struct span text;
	struct error err;
	enum status s;

	if (!buf) {
		sink->note(sink->ctx, "no memory for a text of choices");
		return false;
	}
	s = candidate_read_text(look->volume, path, buf, FOUND_TEXT_MAX, &text,
				&err);
	if (s == OK)
		sink->text(sink->ctx, kind, text);
	else if (s != E_VOLUME_NOT_FOUND && s != E_VOLUME_NOT_FOLDER)
		sink->note(sink->ctx, err.text);
	free(buf);
	return s == OK;
}

void candidate_tell_timeout(const struct candidate_look *look, int32_t seconds)
{
	char line[32];

	if (look->has_loader_conf || seconds < 0)
		return;
	snprintf(line, sizeof(line), "timeout %d\n", seconds);
	look->sink->text(look->sink->ctx, TEXT_LOADER_CONF, span_of_text(line));
}

/* vmlinuz* in each /EFI/<vendor>/. */
static void look_at_vendors(const struct candidate_look *look)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	char folder[FOUND_PATH_MAX];

	if (volume_list(look->volume, "/EFI", &list, NULL) != OK)
		return;
	for (size_t i = 0; i < list.count && candidate_has_time(look); i++) {
		if (list.entries[i].type != VOLUME_FOLDER)
			continue;
		if ((size_t)snprintf(folder, sizeof(folder), "/EFI/%s",
				     list.entries[i].name) < sizeof(folder))
			candidate_each_file(look, folder, "vmlinuz", "",
					    candidate_look_at_image);
	}
}

/* A name that is not there is looked for in the whole folder, so for thousands
 * of entries it is asked once whether there is any manifest. */
static bool has_manifests(const struct volume *volume)
{
	_drop_volume_list_ struct volume_list list = { 0 };
	bool has = false;

	if (volume_list(volume, CANDIDATE_MANIFESTS, &list, NULL) != OK)
		return false;
	for (size_t i = 0; i < list.count && !has; i++)
		has = candidate_has_suffix(list.entries[i].name,
					   CANDIDATE_MANIFEST_END);
	return has;
}

bool candidate_has_time(const struct candidate_look *look)
{
	return !look->deadline_ms || now_ms() < look->deadline_ms;
}

/* One of so many equal parts of the time until end. */
static void give_time(struct candidate_look *look, uint64_t end, uint32_t parts)
{
	uint64_t now = now_ms();

	if (end)
		look->deadline_ms = now + (end > now ? (end - now) / parts : 0);
}

static void look_at_volume(struct candidate_look *look)
{
	uint64_t end = look->deadline_ms;
	bool is_late;

	/* First, so that nothing of a volume can boot before its list counts.
	 */
	look_at_revocations(look);
	look->has_loader_conf =
		look_at_text(look, "/loader/loader.conf", TEXT_LOADER_CONF);
	look_at_text(look, STORE_PATH, TEXT_STORE);
	look_at_text(look, CANDIDATE_NETWORK CANDIDATE_SIGNATURE_END,
		     TEXT_NETWORK_SIGNATURE);
	look_at_text(look, CANDIDATE_NETWORK, TEXT_NETWORK);
	for (uint32_t i = 0; i < look->rules->configured_count; i++)
		candidate_look_at_configured(look, i);
	/* one kind does not take the time of the next */
	give_time(look, end, 2);
	candidate_look_at_type1(look);
	is_late = !candidate_has_time(look);
	give_time(look, end, 2);
	candidate_each_file(look, "/EFI/Linux", "", ".efi",
			    candidate_look_at_image);
	is_late |= !candidate_has_time(look);
	give_time(look, end, 1);
	candidate_grub_emit(look->grub, look, look->index);
	candidate_look_at_extlinux(look);
	candidate_look_at_fallback(look);
	candidate_each_file(look, "", "vmlinuz", "", candidate_look_at_image);
	look_at_vendors(look);
	if (is_late || !candidate_has_time(look))
		look->sink->note(look->sink->ctx,
				 "there was no time to look at all that is "
				 "here: its folders are too large or too many");
}

void candidate_scan(const struct candidate_volume *volumes, uint32_t count,
		    const struct candidate_rules *rules,
		    const struct candidate_sink *sink)
{
	struct candidate_look look = { .volumes = volumes,
				       .volume_count = count,
				       .rules = rules,
				       .sink = sink };
	uint64_t end = rules->budget_ms ? now_ms() + rules->budget_ms : 0;

	give_time(&look, end, GRUB_PARTS);
	look.grub = candidate_grub_read(&look);
	if (!candidate_has_time(&look))
		sink->note(sink->ctx,
			   "there was no time to read all of its grub.cfg");
	for (look.index = 0; look.index < count; look.index++) {
		look.volume = &volumes[look.index].volume;
		look.place = &volumes[look.index].place;
		look.has_manifests = has_manifests(look.volume);
		sink->at(sink->ctx, look.index);
		give_time(&look, end, count - look.index);
		look_at_volume(&look);
	}
	candidate_grub_drop(look.grub);
}
