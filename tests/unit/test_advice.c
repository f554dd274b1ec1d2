/* Advice: whatever a boot can end with has some, and it is short. */
#include "advice.h"

#include "test.h"

#include <stdio.h>

/* What only other commands, or reading at the start, can end with: nobody sees
 * a failure page for it. */
static const char *const elsewhere[] = {
	"not-found", "unsupported", "uevent-",	   "module-",	"console-",
	"hostfile-", "esl-",	    "pem-",	   "esp-",	"bless-",
	"narrow-",   "netlink-",    "network-",	   "net-which", "net-word",
	"net-twice", "net-value",   "net-address", "net-many",	"net-together",
};

static bool is_elsewhere(const char *slug)
{
	for (size_t i = 0; i < test_count(elsewhere); i++)
		if (!strncmp(slug, elsewhere[i], strlen(elsewhere[i])))
			return true;
	return false;
}

static void every_failure_has_advice_of_its_own(void **state)
{
	unsigned missing = 0;

	(void)state;
	for (int code = OK + 1; code < STATUS_COUNT; code++) {
		const char *slug = status_slug((enum status)code);
		bool is_general =
			advice_for((enum status)code) == advice_general();

		if (is_general == is_elsewhere(slug))
			continue;
		print_error("%s: %s\n", slug,
			    is_general ? "no advice of its own"
				       : "listed as one that has none");
		missing++;
	}
	assert_int_equal(missing, 0);
}

static void advice_is_short_and_ends(void **state)
{
	size_t bytes = 0;
	const struct advice *seen[64];
	size_t count = 0;

	(void)state;
	for (int code = OK + 1; code < STATUS_COUNT; code++) {
		const struct advice *a = advice_for((enum status)code);
		size_t i = 0;

		while (i < count && seen[i] != a)
			i++;
		if (i < count)
			continue;
		assert_true(count < test_count(seen));
		seen[count++] = a;
		bytes += strlen(a->next) + strlen(a->who);
		/* two rows of 80 columns, a sentence */
		assert_true(strlen(a->next) < 120);
		assert_true(a->next[0] >= 'A' && a->next[0] <= 'Z');
		assert_int_equal(a->next[strlen(a->next) - 1], '.');
		assert_true(strlen(a->who) > 3);
	}
	assert_true(count > 30);
	assert_true(bytes < 6000);
}

static void a_group_has_its_exceptions(void **state)
{
	static const struct {
		enum status code;
		const char *word;
	} cases[] = {
		{ E_JUDGE_UNSIGNED, "signed with a key" },
		{ E_JUDGE_UNKNOWN_SIGNER, "certificate built in" },
		{ E_JUDGE_NO_SIGNER_CERT, "certificate built in" },
		{ E_JUDGE_REVOKED_HASH, "newer version" },
		{ E_SBAT_REVOKED, "newer version" },
		{ E_SBAT_COLUMNS, ".sbat" },
		{ E_JUDGE_IMAGE_DIGEST, "not what was signed" },
		{ E_IMAGE_DIGEST_RANGE, "install this image again" },
		{ E_JUDGE_DATES, "clock" },
		{ E_PE_SECTION_PAST_EOF, "install this image again" },
		{ E_IMAGE_GONE, "Plug the disk in" },
		{ E_IMAGE_DEADLINE, "cable" },
		{ E_IMAGE_MEMORY, "smaller entry" },
		{ E_KEXEC_MEMORY, "smaller entry" },
		{ E_KEXEC_LOCKDOWN, "does not allow kexec" },
		{ E_KEXEC_INVALID, "the log" },
		{ E_GRUB_SYNTAX, "correct this one" },
		{ E_ATTEMPT_ONE_SHOT, "by hand" },
		{ E_WRITE_SYNC, "has room" },
		{ E_SAVE_FULL, "another place" },
		{ E_NET_LINK, "cable and the switch" },
		{ E_NET_DHCP_NOTHING, "DHCP server" },
		{ E_FETCH_STATUS, "has the file" },
		{ E_NET_TFTP_MISSING, "has the file" },
		{ E_FETCH_RANDOM, "once more" },
		{ E_TLS_EXPIRED, "certificate" },
		{ E_TLS_ID_KEY, "built anew" },
		{ E_IPXE_COMMAND, "where it came from" },
		{ E_NET_MENU_SHOWN, "Choose what is to boot" },
		{ E_IPMI_STAYS, "at the BMC" },
	};

	(void)state;
	for (size_t i = 0; i < test_count(cases); i++) {
		const char *next = advice_for(cases[i].code)->next;

		if (!strstr(next, cases[i].word))
			fail_msg("%s: %s", status_slug(cases[i].code), next);
	}
}

static void it_is_two_lines(void **state)
{
	char buf[512];
	struct text t = text_over(buf, sizeof(buf));

	(void)state;
	advice_add(&t, OK);
	assert_string_equal(buf, "");
	advice_add(&t, E_JUDGE_UNSIGNED);
	assert_string_equal(buf, "Choose another entry, or have this "
				 "one signed with a key of keys/db.\n"
				 "Who can fix it: whoever made this image (the "
				 "distribution).\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_failure_has_advice_of_its_own),
		cmocka_unit_test(advice_is_short_and_ends),
		cmocka_unit_test(a_group_has_its_exceptions),
		cmocka_unit_test(it_is_two_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
