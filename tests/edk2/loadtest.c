/*
 * A UEFI application that asks the firmware for its verdict: it calls
 * LoadImage() on every file of every folder under \T of the disk it came from
 * and writes "folder/name status" lines to QEMU's debug port. A folder may have
 * the files db and dbx, signed updates of these variables, which are put in
 * force before its other files. Nothing is started. The machine is turned off
 * at the end.
 *
 * Freestanding; the few declarations it needs are those of the UEFI
 * Specification 2.10, chapters 4, 7, 8, 10.3 and 13.
 */
#include <stddef.h>
#include <stdint.h>

#define EFIAPI	  __attribute__((ms_abi))
#define ERROR_BIT 0x8000000000000000ULL

#define DEBUG_PORT 0xe9

typedef uint64_t status_t;
typedef void *handle_t;
typedef uint16_t char16;

struct guid {
	uint32_t a;
	uint16_t b, c;
	uint8_t d[8];
};

struct table_header {
	uint64_t signature;
	uint32_t revision, size, crc, reserved;
};

struct runtime_services {
	struct table_header header;
	void *time[4], *virtual[2];
	void *get_variable, *next_variable;
	status_t(EFIAPI *set_variable)(char16 *name, const struct guid *guid,
				       uint32_t attributes, size_t len,
				       void *data);
	void *monotonic;
	void(EFIAPI *reset)(int kind, status_t status, size_t len, void *data);
};

struct boot_services {
	struct table_header header;
	void *tpl[2], *pages[2], *memory_map;
	status_t(EFIAPI *allocate)(int kind, size_t len, void **ret);
	status_t(EFIAPI *release)(void *memory);
	void *events[6];
	void *protocols[3];
	status_t(EFIAPI *handle_protocol)(handle_t handle,
					  const struct guid *guid, void **ret);
	void *reserved, *notify, *locate[2], *config;
	status_t(EFIAPI *load_image)(uint8_t policy, handle_t parent,
				     void *path, void *bytes, size_t len,
				     handle_t *ret);
	void *start, *exit;
	status_t(EFIAPI *unload_image)(handle_t image);
	void *exit_boot, *count;
	status_t(EFIAPI *stall)(size_t microseconds);
	status_t(EFIAPI *watchdog)(size_t seconds, uint64_t code, size_t len,
				   char16 *data);
};

struct system_table {
	struct table_header header;
	char16 *vendor;
	uint32_t revision;
	handle_t in_handle;
	void *in;
	handle_t out_handle;
	void *out;
	handle_t error_handle;
	void *error;
	struct runtime_services *runtime;
	struct boot_services *boot;
};

struct loaded_image {
	uint32_t revision;
	handle_t parent;
	struct system_table *system;
	handle_t device;
};

struct file {
	uint64_t revision;
	status_t(EFIAPI *open)(struct file *self, struct file **ret,
			       const char16 *name, uint64_t mode,
			       uint64_t attributes);
	status_t(EFIAPI *close)(struct file *self);
	void *remove;
	status_t(EFIAPI *read)(struct file *self, size_t *len, void *bytes);
};

struct file_system {
	uint64_t revision;
	status_t(EFIAPI *open_volume)(struct file_system *self,
				      struct file **ret);
};

struct file_info {
	uint64_t size, file_size, physical_size;
	uint8_t times[48];
	uint64_t attributes;
	char16 name[256];
};

#define FILE_READ      1
#define FILE_DIRECTORY 0x10
#define LOADER_DATA    2
#define RESET_SHUTDOWN 2
#define AUTHENTICATED  0x27

static const struct guid loaded_image_guid = { 0x5b1b31a1,
					       0x9562,
					       0x11d2,
					       { 0x8e, 0x3f, 0x00, 0xa0, 0xc9,
						 0x69, 0x72, 0x3b } };
static const struct guid file_system_guid = { 0x964e5b22,
					      0x6459,
					      0x11d2,
					      { 0x8e, 0x39, 0x00, 0xa0, 0xc9,
						0x69, 0x72, 0x3b } };
static const struct guid device_path_guid = { 0x09576e91,
					      0x6d3f,
					      0x11d2,
					      { 0x8e, 0x39, 0x00, 0xa0, 0xc9,
						0x69, 0x72, 0x3b } };
static const struct guid security_guid = { 0xd719b2cb,
					   0x3d3a,
					   0x4596,
					   { 0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67,
					     0x65, 0x6f } };

struct test {
	struct boot_services *boot;
	struct runtime_services *runtime;
	handle_t self;
	struct loaded_image *loaded;
};

/* What the compiler calls for a structure's zeros. */
void *memset(void *at, int value, size_t len)
{
	uint8_t *byte = at;

	while (len--)
		*byte++ = (uint8_t)value;
	return at;
}

void *memcpy(void *to, const void *from, size_t len)
{
	uint8_t *out = to;
	const uint8_t *in = from;

	while (len--)
		*out++ = *in++;
	return to;
}

static void put(char c)
{
	__asm__ volatile("outb %0, %1" ::"a"(c), "Nd"((uint16_t)DEBUG_PORT));
}

static void put_text(const char *text)
{
	while (*text)
		put(*text++);
}

static void put_name(const char16 *name)
{
	for (; *name; name++)
		put(*name < 0x80 ? (char)*name : '?');
}

static void put_status(status_t status)
{
	put(status & ERROR_BIT ? 'E' : 'S');
	for (int shift = 28; shift >= 0; shift -= 4)
		put("0123456789abcdef"[status >> shift & 15]);
	put('\n');
}

static int name_is(const char16 *name, const char *text)
{
	while (*name && *name == (char16)*text) {
		name++;
		text++;
	}
	return !*name && !*text;
}

static status_t read_file(struct test *t, struct file *folder,
			  const struct file_info *info, void **ret, size_t *len)
{
	struct file *file;
	status_t status;

	*len = info->file_size;
	status = t->boot->allocate(LOADER_DATA, *len + 1, ret);
	if (status)
		return status;
	status = folder->open(folder, &file, info->name, FILE_READ, 0);
	if (status)
		return status;
	status = file->read(file, len, *ret);
	file->close(file);
	return status;
}

/* The device's path with one node for a file: firmware judges by where an image
 * is from. */
static void make_path(struct test *t, const char16 *name, uint8_t *path)
{
	const uint8_t *node;
	size_t len = 0, chars = 0;

	if (t->boot->handle_protocol(t->loaded->device, &device_path_guid,
				     (void **)&node))
		node = (const uint8_t[]){ 0x7f, 0xff, 4, 0 };
	while (node[len] != 0x7f)
		len += node[len + 2] + 256U * node[len + 3];
	memcpy(path, node, len);
	while (name[chars++])
		;
	path[len] = 4;	   /* media */
	path[len + 1] = 4; /* file path */
	path[len + 2] = (uint8_t)(4 + 2 * chars);
	path[len + 3] = (uint8_t)((4 + 2 * chars) >> 8);
	memcpy(path + len + 4, name, 2 * chars);
	memcpy(path + len + 4 + 2 * chars, (uint8_t[]){ 0x7f, 0xff, 4, 0 }, 4);
}

static status_t judge(struct test *t, const char16 *name, void *bytes,
		      size_t len)
{
	static uint8_t path[2048];
	handle_t image = NULL;
	status_t status;

	make_path(t, name, path);
	status = t->boot->load_image(0, t->self, path, bytes, len, &image);
	if (image)
		t->boot->unload_image(image);
	return status;
}

static void test_file(struct test *t, struct file *folder,
		      const char16 *folder_name, const struct file_info *info)
{
	void *bytes = NULL;
	size_t len = 0;
	status_t status = read_file(t, folder, info, &bytes, &len);

	put_name(folder_name);
	put('/');
	put_name(info->name);
	if (status || len != info->file_size) {
		put_text(" unreadable ");
	} else if (name_is(info->name, "db") || name_is(info->name, "dbx")) {
		put_text(" set ");
		status = t->runtime->set_variable((char16 *)info->name,
						  &security_guid, AUTHENTICATED,
						  len, bytes);
	} else {
		put_text(" load ");
		status = judge(t, info->name, bytes, len);
	}
	put_status(status);
	if (bytes)
		t->boot->release(bytes);
}

/* The next entry of a folder that is not . or ..; 0 at the end. */
static int next_entry(struct file *folder, struct file_info *info)
{
	size_t len;

	do {
		len = sizeof(*info);
		if (folder->read(folder, &len, info) || !len)
			return 0;
	} while (info->name[0] == '.');
	return 1;
}

static void test_folder(struct test *t, struct file *parent, char16 *name)
{
	struct file_info info;
	struct file *folder;
	status_t status = parent->open(parent, &folder, name, FILE_READ, 0);

	if (status) {
		put_name(name);
		put_text(" unreadable ");
		put_status(status);
		return;
	}
	while (next_entry(folder, &info))
		test_file(t, folder, name, &info);
	folder->close(folder);
}

static status_t run(struct test *t)
{
	static char16 top[] = { 'T', 0 };
	struct file_system *fs;
	struct file_info info;
	struct file *root, *tests;
	status_t status;

	status = t->boot->handle_protocol(t->self, &loaded_image_guid,
					  (void **)&t->loaded);
	if (!status)
		status = t->boot->handle_protocol(
			t->loaded->device, &file_system_guid, (void **)&fs);
	if (!status)
		status = fs->open_volume(fs, &root);
	if (!status)
		status = root->open(root, &tests, top, FILE_READ, 0);
	if (status)
		return status;
	while (next_entry(tests, &info))
		if (info.attributes & FILE_DIRECTORY)
			test_folder(t, tests, info.name);
	return 0;
}

status_t EFIAPI efi_main(handle_t self, struct system_table *system)
{
	struct test t = { system->boot, system->runtime, self, NULL };
	status_t status;

	system->boot->watchdog(0, 0, 0, NULL);
	put_text("firmware ");
	put_name(system->vendor);
	put('\n');
	status = run(&t);
	put_text("end ");
	put_status(status);
	system->runtime->reset(RESET_SHUTDOWN, 0, 0, NULL);
	return 0;
}
