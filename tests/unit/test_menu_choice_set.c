/* A default or a one-shot that an operator sets: where it goes, that it counts
 * at once, and what is refused. */
#include "menu_choice_bench.h"

#include <sys/mman.h>
#include <sys/wait.h>

/* A probe that writes one store, or refuses to; what it was asked for is in
 * memory that is shared with it. */
struct writer {
	struct probe_request *asked;
	pid_t pid;
};

static void answer(int socket, struct probe_request *asked, enum status refuse)
{
	static struct probe_message m;
	size_t len = offsetof(struct probe_message, found);
	size_t got;
	int fd;

	if (msg_receive(socket, asked, sizeof(*asked), &got, &fd, NULL) != OK)
		_exit(1);
	m.kind = refuse == OK ? PROBE_WRITTEN : PROBE_WRITE_FAILED;
	m.request = asked->request;
	m.way = 1;
	len += sizeof(m.way);
	if (refuse != OK) {
		fail(&m.error, refuse, "the disk is full");
		len = offsetof(struct probe_message, error) + sizeof(m.error);
	}
	_exit(msg_send(socket, span_of(&m, len), -1, NULL) != OK);
}

static struct writer start_writer(struct bench *b, uint32_t probe,
				  enum status refuse)
{
	struct writer w;
	struct error err;
	int theirs = -1;

	w.asked = mmap(NULL, sizeof(*w.asked), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(w.asked != MAP_FAILED);
	assert_ok(&err, msg_pair(&b->scan.probes[probe].socket, &theirs, &err));
	w.pid = fork();
	assert_true(w.pid >= 0);
	if (w.pid == 0)
		answer(theirs, w.asked, refuse);
	close(theirs);
	return w;
}

static void end_writer(struct bench *b, struct writer *w, uint32_t probe)
{
	int status;

	close(b->scan.probes[probe].socket);
	b->scan.probes[probe].socket = -1;
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	munmap(w->asked, sizeof(*w->asked));
}

static char said[512];

/* Not scan_match(), for which an id is a pattern. */
static struct boot_entry *entry_of(struct bench *b, const char *id)
{
	for (uint32_t i = 0; i < b->scan.entry_count; i++)
		if (!strcmp(b->scan.entries[i]->found.id, id))
			return b->scan.entries[i];
	return NULL;
}

static enum status set(struct bench *b, const char *id, bool is_one_shot,
		       struct error *err)
{
	struct text t = text_over(said, sizeof(said));
	const struct boot_entry *e;

	scan_fold(&b->scan);
	e = entry_of(b, id);
	b->c.on_machine = true;
	return menu_choice_set(&b->c, &b->scan, e ? e->line : 77, is_one_shot,
			       &t, err);
}

/* An entry on a volume of its own. */
static struct boot_entry *add_on(struct bench *b, const char *id,
				 const char *volume, uint32_t probe,
				 bool may_write)
{
	struct probe_message *m = &b->message;
	struct boot_entry *e;

	add(b, id);
	snprintf(m->place.name, sizeof(m->place.name), "%s", volume);
	m->place.may_write = may_write;
	e = entry_of(b, id);
	assert_non_null(e);
	e->probe = probe;
	e->place = m->place;
	e->found.title = display_of_text(id);
	return e;
}

static void a_default_goes_to_the_variable(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct choice choice;
	struct error err;
	struct span got;

	add_on(b, "a", "vda1", 0, true);
	add_on(b, "b", "vda1", 0, true);
	start_reading(b, dir.dir);
	assert_refused(E_SET_PENDING, &err, set(b, "b", false, &err));
	menu_choice_settle(&b->c);
	assert_string_equal(choose(b, &choice), "b");
	assert_ok(&err, set(b, "a", false, &err));
	assert_string_equal(said, "a is the default now, in the EFI variable "
				  "LoaderEntryDefault.");
	got = test_read_file(scratch_path(&dir, FILE_OF("LoaderEntryDefault")));
	assert_span_equal(got, span_of("\7\0\0\0a\0\0\0", 8));
	test_drop(&got);
	assert_string_equal(choose(b, &choice), "a");
	assert_ok(&err, set(b, "b", true, &err));
	assert_string_equal(said, "b boots the next time only, in the EFI "
				  "variable LoaderEntryOneShot.");
	assert_string_equal(choose(b, &choice), "b");
	assert_int_equal(choice.rank, CHOSEN_BY_ONE_SHOT);
	/* a default does not win over that */
	assert_ok(&err, set(b, "a", false, &err));
	assert_string_equal(said, "a is the default now, in the EFI variable "
				  "LoaderEntryDefault. But b boots before it: "
				  "one-shot of the EFI variable "
				  "LoaderEntryOneShot.");
}

static void a_variable_that_cannot_be_written_is_told(void **state)
{
	_drop_scratch_ struct scratch dir = scratch_make();
	struct bench *b = *state;
	struct error err;

	add_on(b, "a", "vda1", 0, true);
	b->c.efivars = scratch_path(&dir, "nothing");
	b->c.has_vars = true;
	assert_refused(E_EFIVAR_WRITE, &err, set(b, "a", false, &err));
	assert_string_equal(b->c.vars.values[LOADER_DEFAULT], "");
}

static void without_variables_it_goes_to_its_own_volume(void **state)
{
	struct bench *b = *state;
	struct choice choice;
	struct writer w;
	struct error err;

	add_on(b, "a", "vda1", 1, true);
	add_on(b, "b", "vdb1", 2, true);
	w = start_writer(b, 1, OK);
	assert_string_equal(choose(b, &choice), "b");
	assert_ok(&err, set(b, "a", false, &err));
	assert_string_equal(said, "a is the default now, in the store on "
				  "vda1.");
	assert_int_equal(w.asked->order, PROBE_WRITE_STORE);
	assert_string_equal(w.asked->store.default_entry, "a");
	assert_string_equal(choose(b, &choice), "a");
	end_writer(b, &w, 1);
	/* one volume's store says so already: the first that does wins */
	w = start_writer(b, 1, OK);
	assert_ok(&err, set(b, "b", false, &err));
	assert_string_equal(said, "b is the default now, in the store on "
				  "vda1.");
	assert_string_equal(choose(b, &choice), "b");
	end_writer(b, &w, 1);
	/* the rest of that store stays */
	w = start_writer(b, 2, OK);
	assert_ok(&err, set(b, "b", true, &err));
	assert_string_equal(said, "b boots the next time only, in the store on "
				  "vdb1.");
	assert_string_equal(w.asked->store.oneshot, "b");
	assert_string_equal(w.asked->store.default_entry, "");
	end_writer(b, &w, 2);
}

static void a_spent_one_shot_counts_when_it_is_set_anew(void **state)
{
	struct bench *b = *state;
	struct store store = { .oneshot = "b" };
	struct place place = { .name = "vda1", .may_write = true };
	struct choice choice;
	struct writer w;
	struct error err;

	add_on(b, "a", "vda1", 1, true);
	add_on(b, "b", "vda1", 1, true);
	scan_texts_written(&b->scan.texts, 1, &place, &store);
	scan_texts_spend(&b->scan.texts, 1, 0);
	w = start_writer(b, 1, OK);
	assert_ok(&err, set(b, "a", true, &err));
	assert_string_equal(choose(b, &choice), "a");
	assert_int_equal(choice.rank, CHOSEN_BY_ONE_SHOT);
	end_writer(b, &w, 1);
}

static void a_read_only_volume_lends_itself_another(void **state)
{
	struct bench *b = *state;
	struct writer w;
	struct error err;

	add_on(b, "a", "vda1", 1, false);
	assert_refused(E_SET_NO_PLACE, &err, set(b, "a", false, &err));
	add_on(b, "b", "vdb1", 2, true);
	w = start_writer(b, 2, OK);
	assert_ok(&err, set(b, "a", false, &err));
	assert_string_equal(said, "a is the default now, in the store on "
				  "vdb1.");
	end_writer(b, &w, 2);
}

static void a_store_that_cannot_be_written_changes_nothing(void **state)
{
	struct bench *b = *state;
	struct choice choice;
	struct writer w;
	struct error err;

	add_on(b, "a", "vda1", 1, true);
	add_on(b, "b", "vda1", 1, true);
	w = start_writer(b, 1, E_WRITE_IO);
	assert_refused(E_WRITE_IO, &err, set(b, "a", false, &err));
	assert_non_null(strstr(err.text, "the default cannot be set: vda1:"));
	assert_string_equal(choose(b, &choice), "b");
	end_writer(b, &w, 1);
	assert_refused(E_IMAGE_GONE, &err, set(b, "a", false, &err));
}

static void what_the_image_locks_is_not_set(void **state)
{
	struct bench *b = *state;
	struct error err;

	add_on(b, "a", "vda1", 1, true);
	config_parse(&b->config, span_of_text("lock = default\n"), NULL, NULL);
	assert_refused(E_SET_LOCKED, &err, set(b, "a", false, &err));
	b->c.on_machine = true;
	assert_string_equal(menu_choice_locked(&b->c, true), "");
	config_defaults(&b->config);
	config_parse(&b->config, span_of_text("lock = one-shot\n"), NULL, NULL);
	assert_refused(E_SET_LOCKED, &err, set(b, "a", true, &err));
	assert_string_equal(menu_choice_locked(&b->c, false), "");
	b->c.on_machine = false;
	assert_string_equal(menu_choice_locked(&b->c, false),
			    "a rehearsal writes nothing");
}

static void what_would_not_boot_by_itself_is_not_set(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e;
	struct error err;
	char long_id[STORE_VALUE_MAX + 2];

	assert_refused(E_SET_ENTRY, &err, set(b, "gone", false, &err));
	e = add_on(b, "a", "vda1", 1, true);
	e->found.why = E_PE_SHORT;
	strcpy(e->found.reason, "the file is short");
	assert_refused(E_SET_ENTRY, &err, set(b, "a", false, &err));
	assert_non_null(strstr(err.text, "the file is short"));
	e->found.why = OK;
	e->found.is_automatic = false;
	assert_refused(E_SET_NEVER, &err, set(b, "a", false, &err));
	e->found.is_automatic = true;
	e->found.is_counted = true;
	assert_refused(E_SET_NEVER, &err, set(b, "a", false, &err));
	assert_non_null(strstr(err.text, "no tries left"));
	e->found.is_counted = false;
	e->failure_code = E_IMAGE_GONE;
	assert_refused(E_SET_NEVER, &err, set(b, "a", true, &err));
	assert_non_null(strstr(err.text, "has failed"));
	e->failure_code = OK;
	/* an id is a pattern where it is kept */
	add_on(b, "[x]", "vda1", 1, true);
	assert_refused(E_SET_NEVER, &err, set(b, "[x]", false, &err));
	add_on(b, "x", "vda1", 1, true);
	assert_refused(E_SET_ID, &err, set(b, "[x]", false, &err));
	memset(long_id, 'l', sizeof(long_id) - 1);
	long_id[sizeof(long_id) - 1] = '\0';
	add_on(b, long_id, "vda1", 1, true);
	assert_refused(E_SET_ID, &err, set(b, long_id, false, &err));
	e->found.id[0] = '\0';
	scan_fold(&b->scan);
	b->c.on_machine = true;
	assert_refused(E_SET_ID, &err,
		       menu_choice_set(&b->c, &b->scan, e->line, false,
				       &(struct text){ 0 }, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_default_goes_to_the_variable),
		TEST(a_variable_that_cannot_be_written_is_told),
		TEST(without_variables_it_goes_to_its_own_volume),
		TEST(a_spent_one_shot_counts_when_it_is_set_anew),
		TEST(a_read_only_volume_lends_itself_another),
		TEST(a_store_that_cannot_be_written_changes_nothing),
		TEST(what_the_image_locks_is_not_set),
		TEST(what_would_not_boot_by_itself_is_not_set),
	};

	log_to(-1, false, LOG_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
