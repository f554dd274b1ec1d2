/*
 * The words an operator sees: of the security state, of what an entry claims,
 * of a verdict, of what is locked.
 */
#include "menu_list_words.h"

#include "test.h"

#include <stdio.h>
#include <time.h>

struct bench {
	struct scan scan;
	struct probe_message message;
	struct policy policy;
	struct menu_list_state state;
	struct menu_list list;
};

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct error err;

	assert_non_null(b);
	assert_ok(&err, scan_init(&b->scan, 5, &err));
	b->state = (struct menu_list_state){ .policy = &b->policy,
					     .countdown_s = -1 };
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	menu_list_drop(&b->list);
	scan_end(&b->scan);
	free(b);
	return 0;
}

static struct boot_entry *add(struct bench *b, const char *id,
			      enum found_signature signature,
			      const char *signer)
{
	struct probe_message *m = &b->message;

	memset(m, 0, sizeof(*m));
	m->kind = PROBE_FOUND;
	snprintf(m->place.name, sizeof(m->place.name), "vda1");
	m->found.kind = FOUND_UKI;
	m->found.is_automatic = true;
	m->found.signature = signature;
	snprintf(m->found.claims.text, sizeof(m->found.claims.text), "%s",
		 signer);
	snprintf(m->found.id, sizeof(m->found.id), "%s", id);
	snprintf(m->found.path, sizeof(m->found.path), "/%s", id);
	m->found.title = display_of_text(id);
	scan_take_message(&b->scan, 0, m,
			  offsetof(struct probe_message, found) +
				  found_size(&m->found));
	return scan_match(&b->scan, id);
}

/* The item with that title, with the mark on it. */
static const struct ui_item *item(struct bench *b, const char *title)
{
	menu_list_fill(&b->list, &b->scan, &b->state);
	for (size_t i = 0; i < b->list.model.count; i++) {
		if (strcmp(b->list.items[i].title, title) != 0)
			continue;
		b->state.marked_id = b->list.items[i].id;
		menu_list_fill(&b->list, &b->scan, &b->state);
		return &b->list.items[i];
	}
	fail_msg("there is no item %s", title);
	return NULL;
}

static void the_security_state_is_said(void **state)
{
	static const char *const lines[] = {
		[VERIFY_ENFORCE] = "Enforcing: only images the keyring vouches "
				   "for boot.",
		[VERIFY_WARN] = "WARNING: what the keyring does not vouch for "
				"boots all the same (warn).",
		[VERIFY_OFF] = "Nothing is verified (verify = off).",
	};
	struct bench *b = *state;

	for (size_t i = 0; i < test_count(lines); i++) {
		b->policy.verify = (enum verify_mode)i;
		menu_list_fill(&b->list, &b->scan, &b->state);
		assert_string_equal(b->list.model.security, lines[i]);
		/* it has one row of 80 columns */
		assert_true(strlen(lines[i]) < 80);
	}
}

static void what_is_claimed_is_marked_where_it_counts(void **state)
{
	struct bench *b = *state;

	add(b, "signed", FOUND_SIGNED, "Example CA");
	add(b, "unreadable", FOUND_SIGNED, "");
	add(b, "bare", FOUND_UNSIGNED, "");
	add(b, "loose", FOUND_NOT_ASKED, "");
	for (int mode = VERIFY_ENFORCE; mode <= VERIFY_WARN; mode++) {
		b->policy.verify = (enum verify_mode)mode;
		assert_string_equal(item(b, "signed")->mark,
				    "claims Example CA");
		assert_string_equal(item(b, "unreadable")->mark, "");
		assert_string_equal(item(b, "bare")->mark, "unsigned");
		assert_string_equal(item(b, "loose")->mark, "");
		assert_string_equal(item(b, "signed")->summary,
				    "claims Example CA");
		assert_string_equal(item(b, "unreadable")->summary,
				    "claims a signer that cannot be read");
		assert_string_equal(item(b, "bare")->summary, "unsigned");
		assert_string_equal(item(b, "loose")->summary, "");
	}
	b->policy.verify = VERIFY_OFF;
	assert_string_equal(item(b, "signed")->mark, "");
	assert_string_equal(item(b, "bare")->mark, "");
	assert_string_equal(item(b, "bare")->summary, "");
	/* the details say it in every mode */
	assert_non_null(strstr(item(b, "signed")->about,
			       "signature: claims Example CA\n"));
	assert_non_null(strstr(item(b, "unreadable")->about,
			       "signature: claims a signer that cannot be "
			       "read\n"));
	assert_non_null(strstr(item(b, "bare")->about, "signature: none\n"));
	assert_null(strstr(item(b, "loose")->about, "signature:"));
}

static void a_refusal_keeps_its_place_and_says_why(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e;

	add(b, "a.efi", FOUND_SIGNED, "Example CA");
	e = add(b, "b.efi", FOUND_SIGNED, "Example CA");
	e->failure_code = E_JUDGE_REVOKED_SIGNER;
	snprintf(e->failure, sizeof(e->failure), "its signer is revoked");
	scan_fold(&b->scan);
	b->state.marked_id = e->line;
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(b->list.items[0].title, "b.efi");
	assert_string_equal(b->list.items[0].mark, "refused: revoked");
	assert_true(b->list.items[0].bootable);
	assert_non_null(strstr(b->list.items[0].about,
			       "last attempt: its signer is revoked\n"));
	e->failure_code = E_KEXEC_MEMORY;
	e->verified = display_of_text("signed by Example CA");
	assert_string_equal(item(b, "b.efi")->mark, "failed");
	assert_string_equal(item(b, "b.efi")->summary,
			    "verified: signed by Example CA");
	assert_non_null(strstr(item(b, "b.efi")->about,
			       "verified: signed by Example CA\n"));
	/* the same disk gave other bytes the next time */
	e->failure_code = E_JUDGE_IMAGE_DIGEST;
	assert_string_equal(item(b, "b.efi")->mark, "refused: changed");
	assert_string_equal(item(b, "b.efi")->summary, "claims Example CA");
	assert_null(strstr(item(b, "b.efi")->about, "verified:"));
}

static void every_verdict_has_its_word(void **state)
{
	static const struct {
		enum status code;
		const char *word;
	} cases[] = {
		{ E_JUDGE_UNSIGNED, "unsigned" },
		{ E_JUDGE_REVOKED_HASH, "revoked" },
		{ E_JUDGE_REVOKED_SIGNER, "revoked" },
		{ E_SBAT_REVOKED, "revoked" },
		{ E_JUDGE_UNKNOWN_SIGNER, "unknown signer" },
		{ E_JUDGE_NO_SIGNER_CERT, "unknown signer" },
		{ E_JUDGE_IMAGE_DIGEST, "changed" },
		{ E_VERIFY_DIGEST, "changed" },
		{ E_VERIFY_NOT_COVERED, "not covered" },
		{ E_VERIFY_LEFT_OVER, "not covered" },
		{ E_VERIFY_UNCOVERED, "not covered" },
		{ E_VERIFY_NO_PE, "unsigned" },
		{ E_VERIFY_NO_SBAT, "no SBAT" },
		{ E_VERIFY_SBAT_TWICE, "bad SBAT" },
		{ E_SBAT_COLUMNS, "bad SBAT" },
		{ E_MANIFEST_ROLE, "bad manifest" },
		{ E_JUDGE_DATES, "out of date" },
		{ E_SIGNATURE_WRONG, "bad signature" },
		{ E_JUDGE_ATTRIBUTES_DIGEST, "bad signature" },
		{ E_JUDGE_CONTENT_KIND, "bad signature" },
		{ E_JUDGE_NOT_A_CA, "bad signature" },
		{ E_JUDGE_TRAILING, "bad signature" },
		{ OK, NULL },
		{ E_KEXEC_MEMORY, NULL },
		{ E_IMAGE_GONE, NULL },
		{ E_PE_PREFIX, NULL },
		{ E_KEXEC_SIGNATURE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const char *word = menu_list_refusal(cases[i].code);

		if (!cases[i].word)
			assert_null(word);
		else
			assert_string_equal(word, cases[i].word);
	}
}

static void locks_reach_the_screen(void **state)
{
	struct bench *b = *state;

	b->state.shell_locked = "no shell";
	b->state.editor_locked = "no editor";
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(b->list.model.shell_locked, "no shell");
	assert_string_equal(b->list.model.editor_locked, "no editor");
	assert_string_equal(b->list.model.store_locked, "");
	assert_string_equal(b->list.model.save_locked,
			    "no disk with FAT was found that may be written");
	snprintf(b->scan.root, sizeof(b->scan.root), "/x");
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(b->list.model.save_locked,
			    "a rehearsal writes nothing");
}

/* With one of the two locks there is still something to set. */
static void the_store_is_locked_when_nothing_may_be_set(void **state)
{
	static const struct {
		const char *config, *locked;
	} cases[] = {
		{ "", "" },
		{ "lock = default\n", "" },
		{ "lock = one-shot\n", "" },
		{ "lock = default one-shot\n",
		  "the image does not allow it (lock = default)" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < test_count(cases); i++) {
		struct config *config = calloc(1, sizeof(*config));
		struct menu_choice choice = { .on_machine = true };

		assert_non_null(config);
		config_defaults(config);
		config_parse(config, span_of_text(cases[i].config), NULL, NULL);
		choice.config = config;
		b->state.choice = &choice;
		menu_list_fill(&b->list, &b->scan, &b->state);
		assert_string_equal(b->list.model.store_locked,
				    cases[i].locked);
		choice.on_machine = false;
		menu_list_fill(&b->list, &b->scan, &b->state);
		assert_string_equal(b->list.model.store_locked,
				    "a rehearsal writes nothing");
		free(config);
	}
}

static void the_detail_line_says_version_signer_and_tries(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e = add(b, "a.efi", FOUND_SIGNED, "Example CA");

	e->found.version = display_of_text("12");
	e->found.is_counted = true;
	e->found.tries_left = 1;
	assert_string_equal(item(b, "a.efi 12")->summary,
			    "12, claims Example CA, 1 try left");
	e->found.release = display_of_text("6.1.0-28");
	e->found.tries_left = 3;
	e->verified = display_of_text("signed by Example CA");
	assert_string_equal(item(b, "a.efi 6.1.0-28")->summary,
			    "6.1.0-28, verified: signed by Example CA, 3 tries "
			    "left");
	b->policy.verify = VERIFY_OFF;
	assert_string_equal(item(b, "a.efi 6.1.0-28")->summary,
			    "6.1.0-28, 3 tries left");
}

static void the_marked_entry_alone_has_its_details(void **state)
{
	struct bench *b = *state;
	struct boot_entry *first, *second;

	add(b, "a", FOUND_UNSIGNED, "");
	add(b, "b", FOUND_UNSIGNED, "");
	scan_fold(&b->scan);
	first = b->scan.entries[0];
	second = b->scan.entries[1];
	b->state.default_id = first->line;
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_non_null(b->list.items[0].about);
	assert_null(b->list.items[1].about);
	b->state.marked_id = second->line;
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_null(b->list.items[0].about);
	assert_non_null(strstr(b->list.items[1].about, second->found.id));
}

static void a_default_that_the_image_names_is_locked(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e;

	add(b, "a", FOUND_UNSIGNED, "");
	e = add(b, "b", FOUND_UNSIGNED, "");
	scan_fold(&b->scan);
	b->state.default_id = e->line;
	assert_false(item(b, "b")->is_locked);
	b->state.default_locked = true;
	assert_true(item(b, "b")->is_locked);
	assert_false(item(b, "a")->is_locked);
	b->state.default_id = 0;
	assert_false(item(b, "b")->is_locked);
}

static void a_failure_says_what_was_tried_and_what_to_do(void **state)
{
	struct bench *b = *state;
	struct boot_entry *e = add(b, "a.efi", FOUND_UNSIGNED, "");
	struct ui_model *model = &b->list.model;

	scan_fold(&b->scan);
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(model->failed_what, "");
	assert_string_equal(model->advice, "");
	b->state.failed_id = e->line;
	b->state.failed_code = E_IMAGE_GONE;
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(model->failed_what, "a.efi from vda1 /a.efi");
	assert_non_null(strstr(model->advice, "Plug the disk in again"));
	/* its disk is gone, and the page is still about it */
	b->scan.entry_count = 0;
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(model->failed_what, "a.efi from vda1 /a.efi");
	b->scan.entry_count = 1;
	b->state.failed_id = 0;
	b->state.failed_code = OK;
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(model->failed_what, "");
	assert_string_equal(model->advice, "");
}

static void the_machine_and_the_watchdog_are_in_one_line(void **state)
{
	struct bench *b = *state;
	struct machine *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(b->list.model.facts, "");
	assert_string_equal(b->list.model.host, "");
	b->state.machine = m;
	b->state.watchdog = "watchdog 60 s";
	strcpy(m->host, "host7");
	strcpy(m->tpm, "TPM 2.0");
	menu_list_fill(&b->list, &b->scan, &b->state);
	assert_string_equal(b->list.model.facts, "TPM 2.0; watchdog 60 s");
	assert_string_equal(b->list.model.host, "host7");
	assert_non_null(strstr(b->list.model.network, "Nothing is known"));
	free(m);
}

/* Thousands of copies of one entry used to take a second: each looked through
 * the whole list for the others. */
static void a_full_list_of_copies_is_filled_at_once(void **state)
{
	struct bench *b = *state;
	struct probe_message *m = &b->message;
	struct timespec from, to;
	double ms;

	/* each disk has a share of the list */
	for (uint32_t i = 0; i < SCAN_ENTRIES_MAX; i++) {
		memset(m, 0, sizeof(*m));
		m->kind = PROBE_FOUND;
		m->place.number = i;
		snprintf(m->place.name, sizeof(m->place.name), "disk%u", i);
		m->found.kind = FOUND_UKI;
		strcpy(m->found.id, "same.efi");
		strcpy(m->found.path, "/EFI/Linux/same.efi");
		m->found.title = display_of_text("Debian GNU/Linux 12");
		m->found.signature = FOUND_SIGNED;
		m->found.claims = display_of_text("Example CA");
		/* half of them are lines of their own */
		m->found.fingerprint = i % 2 ? i : 0;
		scan_take_message(&b->scan, i / SCAN_OF_A_DISK_MAX, m,
				  offsetof(struct probe_message, found) +
					  found_size(&m->found));
	}
	assert_int_equal(b->scan.entry_count, SCAN_ENTRIES_MAX);
	scan_fold(&b->scan);
	b->state.default_id = b->scan.entries[0]->line;
	menu_list_fill(&b->list, &b->scan, &b->state);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
	menu_list_fill(&b->list, &b->scan, &b->state);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
	ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
	     (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	print_message("%zu items in %.2f ms\n", b->list.model.count, ms);
	assert_true(b->list.model.count > SCAN_ENTRIES_MAX / 2);
	/* 5 ms is the aim; the sanitizers make it some 10 times slower */
	assert_true(ms < 200);
}

#define LIST_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LIST_TEST(the_security_state_is_said),
		LIST_TEST(what_is_claimed_is_marked_where_it_counts),
		LIST_TEST(a_refusal_keeps_its_place_and_says_why),
		LIST_TEST(every_verdict_has_its_word),
		LIST_TEST(locks_reach_the_screen),
		LIST_TEST(the_store_is_locked_when_nothing_may_be_set),
		LIST_TEST(the_detail_line_says_version_signer_and_tries),
		LIST_TEST(the_marked_entry_alone_has_its_details),
		LIST_TEST(a_default_that_the_image_names_is_locked),
		LIST_TEST(a_failure_says_what_was_tried_and_what_to_do),
		LIST_TEST(the_machine_and_the_watchdog_are_in_one_line),
		LIST_TEST(a_full_list_of_copies_is_filled_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
