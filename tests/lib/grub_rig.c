#include "grub_rig.h"

void rig_drop(struct grub_rig *rig)
{
	free(rig->state);
	free(rig->entries);
	rig->state = NULL;
	rig->entries = NULL;
	rig->entry_count = rig->note_count = 0;
}

void rig_add(struct grub_rig *rig, int volume, const char *path,
	     struct span text)
{
	assert_true(rig->file_count < RIG_FILES_MAX);
	rig->files[rig->file_count++] =
		(struct rig_file){ volume, path, text, 0 };
}

void rig_add_text(struct grub_rig *rig, int volume, const char *path,
		  const char *text)
{
	rig_add(rig, volume, path, span_of_text(text));
}

static struct rig_file *find(struct grub_rig *rig, int volume, const char *path)
{
	for (unsigned i = 0; i < rig->file_count; i++)
		if (rig->files[i].volume == volume &&
		    !strcmp(rig->files[i].path, path))
			return &rig->files[i];
	return NULL;
}

static void check_path(int volume, const char *path)
{
	assert_in_range(volume, 0, RIG_VOLUMES_MAX - 1);
	assert_true(path[0] == '/' && path[1] != '\0');
	assert_null(strstr(path, "/../"));
	assert_null(strstr(path, "//"));
}

static bool load(void *ctx, int volume, const char *path, struct span *ret)
{
	struct rig_file *file;

	check_path(volume, path);
	file = find(ctx, volume, path);
	if (!file || !file->text.ptr)
		return false;
	file->loads++;
	*ret = file->text;
	return true;
}

static enum grub_file_kind kind(void *ctx, int volume, const char *path)
{
	struct rig_file *file;

	check_path(volume, path);
	file = find(ctx, volume, path);
	if (!file)
		return GRUB_FILE_NONE;
	if (!file->text.ptr)
		return GRUB_FILE_FOLDER;
	return file->text.len ? GRUB_FILE_FULL : GRUB_FILE_EMPTY;
}

static int search(void *ctx, enum grub_search_kind how, const char *what)
{
	struct grub_rig *rig = ctx;

	for (int i = 0; i < RIG_VOLUMES_MAX; i++) {
		const char *name = how == GRUB_SEARCH_UUID
					   ? rig->volumes[i].uuid
					   : rig->volumes[i].label;

		if (how == GRUB_SEARCH_FILE ? find(rig, i, what) != NULL
					    : name && !strcmp(name, what))
			return i;
	}
	return -1;
}

static int device(void *ctx, const char *name)
{
	struct grub_rig *rig = ctx;

	for (int i = 0; i < RIG_VOLUMES_MAX; i++)
		if (rig->volumes[i].device &&
		    !strcmp(rig->volumes[i].device, name))
			return i;
	return -1;
}

static void check_entry(const struct grub_entry *e)
{
	assert_true(e->initrd_count <= GRUB_INITRDS_MAX);
	assert_true(!e->why == !e->reason[0]);
	for (const char *c = e->reason; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
	if (e->why != OK)
		return;
	check_path(e->kernel.volume, e->kernel.path);
	for (uint32_t i = 0; i < e->initrd_count; i++)
		check_path(e->initrds[i].volume, e->initrds[i].path);
	for (const char *c = e->options; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static void keep_entry(void *ctx, const struct grub_entry *entry)
{
	struct grub_rig *rig = ctx;

	check_entry(entry);
	rig->entries = realloc(rig->entries,
			       (rig->entry_count + 1) * sizeof(*rig->entries));
	assert_non_null(rig->entries);
	rig->entries[rig->entry_count++] = *entry;
}

static void keep_note(void *ctx, const char *file, uint32_t line,
		      const struct error *why)
{
	struct grub_rig *rig = ctx;
	struct rig_note *note = &rig->notes[rig->note_count++];

	assert_true(rig->note_count <= GRUB_NOTES_MAX);
	assert_true(why->code != OK && why->text[0]);
	note->code = why->code;
	note->line = line;
	note->file = display_of_text(file);
	for (const char *c = why->text; *c; c++)
		assert_true((unsigned char)*c >= 0x20 && *c != 0x7f);
}

static void run(struct grub_rig *rig, int volume, const char *path,
		struct span text)
{
	const struct grub_ops ops = {
		.ctx = rig,
		.load = load,
		.kind = kind,
		.search = search,
		.device = device,
		.entry = keep_entry,
		.note = keep_note,
	};
	const struct grub_source source = {
		.volume = volume,
		.path = path,
		.text = text,
		.cpu = "x86_64",
		.ignore_once = rig->ignore_once,
	};

	rig_drop(rig);
	rig->state = malloc(grub_state_size());
	assert_non_null(rig->state);
	memset(rig->state, 0xa5, grub_state_size());
	assert_ok(&rig->error, grub_evaluate(rig->state, &source, &ops,
					     &rig->result, &rig->error));
	assert_int_equal(rig->result.entry_count, rig->entry_count);
	assert_true(rig->result.note_count >= rig->note_count);
}

void rig_run(struct grub_rig *rig, struct span text)
{
	_drop_copy_ struct span copy = test_copy(text);

	run(rig, 0, "/boot/grub/grub.cfg", copy);
}

void rig_run_text(struct grub_rig *rig, const char *text)
{
	rig_run(rig, span_of_text(text));
}

void rig_run_file(struct grub_rig *rig, int volume, const char *path)
{
	run(rig, volume, path, find(rig, volume, path)->text);
}

const struct grub_entry *rig_entry(const struct grub_rig *rig,
				   const char *index)
{
	for (unsigned i = 0; i < rig->entry_count; i++)
		if (!strcmp(rig->entries[i].index, index))
			return &rig->entries[i];
	for (unsigned i = 0; i < rig->entry_count; i++)
		print_error("%s: %s: %s\n", rig->entries[i].index,
			    rig->entries[i].titles, rig->entries[i].reason);
	fail_msg("there is no entry %s", index);
	return NULL;
}

const char *rig_named(const struct grub_rig *rig, const char *text)
{
	for (unsigned i = 0; i < rig->entry_count; i++)
		if (grub_entry_is_named(&rig->entries[i], text))
			return rig->entries[i].index;
	return "";
}

bool rig_has_note(const struct grub_rig *rig, enum status code, uint32_t line)
{
	for (unsigned i = 0; i < rig->note_count; i++)
		if (rig->notes[i].code == code && rig->notes[i].line == line)
			return true;
	for (unsigned i = 0; i < rig->note_count; i++)
		print_error("%s:%u: %s\n", rig->notes[i].file.text,
			    rig->notes[i].line,
			    status_slug(rig->notes[i].code));
	return false;
}
