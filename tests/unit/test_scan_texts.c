/*
 * What volumes say: kept in the order of their names however they come, parsed
 * once, forgotten with their disk; noise is bounded.
 */
#include "scan_texts.h"

#include "base/log.h"
#include "test.h"

#include <stdio.h>

static struct scan_texts texts;
static struct probe_message message;

static int begin(void **state)
{
	(void)state;
	memset(&texts, 0, sizeof(texts));
	return 0;
}

static int end(void **state)
{
	(void)state;
	scan_texts_drop(&texts);
	return 0;
}

static size_t make(const char *volume, enum found_text_kind kind,
		   struct span text)
{
	memset(&message, 0, sizeof(message));
	message.kind = PROBE_TEXT;
	snprintf(message.place.name, sizeof(message.place.name), "%s", volume);
	message.place.kind = PLACE_ESP;
	message.place.may_write = true;
	message.text.kind = kind;
	message.text.len = (uint32_t)text.len;
	memcpy(message.text.bytes, text.ptr, text.len);
	return offsetof(struct found_text, bytes) + text.len;
}

static void say(uint32_t probe, const char *volume, const char *conf)
{
	size_t len = make(volume, TEXT_LOADER_CONF, span_of_text(conf));

	scan_texts_add(&texts, probe, &message, len);
}

static void keep(uint32_t probe, const char *volume, const struct store *store,
		 bool may_write)
{
	uint8_t bytes[STORE_SIZE] = { 0 };
	struct error err;
	size_t len;

	assert_ok(&err, store_encode(store, bytes, &err));
	len = make(volume, TEXT_STORE, span_of(bytes, sizeof(bytes)));
	message.place.may_write = may_write;
	scan_texts_add(&texts, probe, &message, len);
}

static unsigned log_count(const char *what)
{
	struct span log = log_kept(), line;
	unsigned count = 0;

	while (span_next_line(&log, &line)) {
		struct display d = display_of(line);

		count += strstr(d.text, what) != NULL;
	}
	return count;
}

static void volumes_come_in_the_order_of_names(void **state)
{
	static const char *const names[] = { "nvme0n1p1", "sda2", "sda10",
					     "sdb1", "vda1" };
	static const uint8_t orders[][5] = { { 0, 1, 2, 3, 4 },
					     { 4, 3, 2, 1, 0 },
					     { 2, 4, 0, 3, 1 } };

	(void)state;
	for (size_t i = 0; i < test_count(orders); i++) {
		for (size_t n = 0; n < test_count(names); n++)
			say(orders[i][n], names[orders[i][n]], "default a\n");
		assert_int_equal(texts.count, test_count(names));
		for (size_t n = 0; n < test_count(names); n++)
			assert_string_equal(texts.all[n]->place.name, names[n]);
		scan_texts_drop(&texts);
	}
}

/* Two in one are no two. */
static void a_volume_has_one_place(void **state)
{
	const struct store store = { .sequence = 1,
				     .oneshot = "once.efi",
				     .timeout = "menu-force" };

	(void)state;
	keep(3, "vda1", &store, true);
	say(3, "vda1", "default a\ntimeout 7\n");
	assert_int_equal(texts.count, 1);
	assert_string_equal(texts.all[0]->conf.default_entry, "a");
	assert_int_equal(texts.all[0]->conf.timeout_s, 7);
	assert_true(texts.all[0]->has_store);
	assert_string_equal(texts.all[0]->store.oneshot, "once.efi");
	assert_true(texts.all[0]->store_timeout.timeout_s ==
		    CONFIG_TIMEOUT_FORCE);
	assert_false(texts.all[0]->is_spent);
	assert_ptr_equal(scan_texts_find(&texts, 3, 0), texts.all[0]);
	assert_null(scan_texts_find(&texts, 3, 1));
	assert_null(scan_texts_find(&texts, 2, 0));
	say(4, "vda1", "default b\n"); /* of another disk */
	assert_int_equal(texts.count, 2);
}

static void a_disk_takes_its_texts_along(void **state)
{
	(void)state;
	say(1, "vda1", "default a\n");
	say(2, "vdb1", "default b\n");
	say(1, "vda2", "default c\n");
	scan_texts_remove(&texts, 1);
	assert_int_equal(texts.count, 1);
	assert_string_equal(texts.all[0]->place.name, "vdb1");
	scan_texts_remove(&texts, 2);
	assert_int_equal(texts.count, 0);
}

static void what_makes_no_sense_is_left_out(void **state)
{
	size_t len;

	(void)state;
	len = make("vda1", TEXT_LOADER_CONF, span_of_text("default a\n"));
	scan_texts_add(&texts, 0, &message, len - 1);
	scan_texts_add(&texts, 0, &message, len + 1);
	scan_texts_add(&texts, 0, &message, 3);
	message.text.len = FOUND_TEXT_MAX + 1;
	scan_texts_add(&texts, 0, &message,
		       offsetof(struct found_text, bytes) + FOUND_TEXT_MAX + 1);
	len = make("vda1", TEXT_KIND_COUNT, span_of_text("default a\n"));
	scan_texts_add(&texts, 0, &message, len);
	assert_int_equal(texts.count, 0);
}

static void a_broken_store_says_nothing(void **state)
{
	const struct store store = { .sequence = 1, .oneshot = "once.efi" };
	struct store late = { .sequence = 2, .timeout = "soon" };
	uint8_t bytes[STORE_SIZE] = { 0 };
	size_t len = make("vda1", TEXT_STORE, span_of(bytes, sizeof(bytes)));

	(void)state;
	scan_texts_add(&texts, 0, &message, len);
	assert_int_equal(texts.count, 1);
	assert_false(texts.all[0]->has_store);
	assert_string_equal(texts.all[0]->store.oneshot, "");
	keep(0, "vda1", &store, true);
	assert_true(texts.all[0]->has_store);
	keep(0, "vda1", &late, true);
	assert_false(texts.all[0]->store_timeout.has_timeout);
	assert_string_equal(texts.all[0]->store.oneshot, "");
}

static void a_one_shot_has_to_be_writable(void **state)
{
	const struct store store = { .sequence = 1, .oneshot = "once.efi" };
	struct store after = { .sequence = 2, .last = "last.efi" };

	(void)state;
	keep(0, "vda1", &store, false);
	assert_true(texts.all[0]->is_spent);
	keep(0, "vda1", &store, true);
	assert_false(texts.all[0]->is_spent);
	scan_texts_spend(&texts, 0, 0);
	assert_true(texts.all[0]->is_spent);
	scan_texts_written(&texts, 0, &texts.all[0]->place, &after);
	assert_string_equal(texts.all[0]->store.oneshot, "");
	assert_string_equal(texts.all[0]->store.last, "last.efi");
	scan_texts_spend(&texts, 7, 7); /* a disk that is gone */
}

/* A store that was made by writing it. */
static void what_was_written_is_there(void **state)
{
	const struct place place = { .name = "vdc1", .number = 2 };
	struct store store = { .sequence = 1, .last = "last.efi" };

	(void)state;
	scan_texts_written(&texts, 5, &place, &store);
	assert_int_equal(texts.count, 1);
	assert_string_equal(scan_texts_find(&texts, 5, 2)->store.last,
			    "last.efi");
}

static void a_key_without_effect_is_told_once(void **state)
{
	(void)state;
	say(1, "vda1", "beep on\neditor no\nwhat 1\n");
	say(2, "vdb1", "beep on\neditor no\nwhat 1\nlog-level info\n");
	assert_int_equal(log_count("beep is a systemd-boot key"), 1);
	assert_int_equal(log_count("editor may only be set"), 1);
	assert_int_equal(log_count("log-level is a systemd-boot key"), 1);
	/* what nobody knows stands there once for each disk */
	assert_int_equal(log_count("unknown key what"), 2);
	assert_int_equal(log_count("vda1: loader.conf:3: unknown key what"), 1);
}

static void noise_does_not_fill_the_log(void **state)
{
	char noise[4096];

	(void)state;
	for (size_t i = 0; i + 4 < sizeof(noise); i += 4)
		memcpy(noise + i, "q w\n", 4);
	noise[4092] = '\0';
	say(1, "vda1", noise);
	assert_int_equal(log_count("unknown key q"), 8);
	assert_int_equal(log_count("1015 more lines"), 1);
	memset(noise, 0xff, sizeof(noise) - 1);
	noise[sizeof(noise) - 1] = '\0';
	say(1, "vda1", noise);
	assert_string_equal(texts.all[0]->conf.default_entry, "");
}

/* The last ones in order go, whichever came last. */
static void there_is_room_for_so_many(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 0; i <= SCAN_TEXTS_MAX; i++) {
		snprintf(name, sizeof(name), "sd%u", SCAN_TEXTS_MAX - i);
		say(i, name, "default a\n");
	}
	assert_int_equal(texts.count, SCAN_TEXTS_MAX);
	assert_string_equal(texts.all[0]->place.name, "sd0");
	snprintf(name, sizeof(name), "sd%u", SCAN_TEXTS_MAX - 1);
	assert_string_equal(texts.all[SCAN_TEXTS_MAX - 1]->place.name, name);
	say(1000, "sd9999", "default a\n");
	assert_int_equal(texts.count, SCAN_TEXTS_MAX);
	assert_null(scan_texts_find(&texts, 1000, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

static void tell_network(uint32_t probe, const char *volume, const char *conf,
			 const char *signature)
{
	size_t len;

	if (signature) {
		len = make(volume, TEXT_NETWORK_SIGNATURE,
			   span_of_text(signature));
		scan_texts_add(&texts, probe, &message, len);
	}
	len = make(volume, TEXT_NETWORK, span_of_text(conf));
	scan_texts_add(&texts, probe, &message, len);
}

/* Each is handed out once, the first in order first. */
static void texts_of_the_network_are_kept(void **state)
{
	static char most[SCAN_NETWORK_TEXT_MAX + 2];
	const struct scan_text *t;

	(void)state;
	assert_false(scan_texts_has_network(&texts));
	assert_null(scan_texts_next_network(&texts));
	say(0, "vda1", "timeout 3\n");
	assert_null(scan_texts_next_network(&texts));
	tell_network(1, "vdb1", "ntp b\n", NULL);
	tell_network(0, "vda1", "ntp a\n", "signed");
	assert_true(scan_texts_has_network(&texts));
	t = scan_texts_next_network(&texts);
	assert_string_equal(t->place.name, "vda1");
	assert_memory_equal(t->network.ptr, "ntp a\n", 6);
	assert_int_equal(t->network.len, 6);
	assert_int_equal(t->network_signature.len, 6);
	assert_true(t->conf.has_timeout);
	t = scan_texts_next_network(&texts);
	assert_string_equal(t->place.name, "vdb1");
	assert_null(t->network_signature.ptr);
	assert_null(scan_texts_next_network(&texts));

	/* told again, and more than there is room for */
	tell_network(1, "vdb1", "", "s");
	t = scan_texts_next_network(&texts);
	assert_int_equal(t->network.len, 0);
	memset(most, '#', SCAN_NETWORK_TEXT_MAX);
	tell_network(1, "vdb1", most, NULL);
	assert_int_equal(scan_texts_next_network(&texts)->network.len,
			 SCAN_NETWORK_TEXT_MAX);
	most[SCAN_NETWORK_TEXT_MAX] = '#';
	tell_network(1, "vdb1", most, NULL);
	assert_null(scan_texts_next_network(&texts));
	assert_true(log_count("has 8193 bytes, the most is 8192") == 1);
	tell_network(2, "vdc1", "x y\n", NULL);
	scan_texts_remove(&texts, 2);
	assert_null(scan_texts_next_network(&texts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(volumes_come_in_the_order_of_names),
		TEST(a_volume_has_one_place),
		TEST(a_disk_takes_its_texts_along),
		TEST(what_makes_no_sense_is_left_out),
		TEST(a_broken_store_says_nothing),
		TEST(a_one_shot_has_to_be_writable),
		TEST(what_was_written_is_there),
		TEST(a_key_without_effect_is_told_once),
		TEST(noise_does_not_fill_the_log),
		TEST(there_is_room_for_so_many),
		TEST(texts_of_the_network_are_kept),
	};

	log_to(-1, false, LOG_INFO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
