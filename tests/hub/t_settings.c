/* SPDX-License-Identifier: Apache-2.0 */
/* hub.conf. */
#include "test.h"

#include "parts.h"

#define NEEDED "ledger = sqlite:hub.db\nvault = vault\n"

static enum ex_status
parse(const char *path, const char *text, struct ex_hub_settings *out,
    struct ex_error *err)
{
	return ex_hub_settings_parse(path,
	    (struct ex_bytes){ (const uint8_t *)text, strlen(text) }, out, err);
}

static void
what_is_not_given_has_its_default(void **state)
{
	struct ex_hub_settings s;
	struct ex_error err;

	(void)state;
	assert_int_equal(parse("hub.conf", "[hub]\n" NEEDED, &s, &err), EX_OK);
	assert_string_equal(s.listen, "127.0.0.1:8080");
	assert_string_equal(s.node, "hub-1");
	assert_string_equal(s.ledger, "sqlite:hub.db");
	assert_false(s.same_disk);
	assert_int_equal(s.connections, 400);
	assert_true(s.fmr == 0.0005);
	assert_int_equal(s.retention.of[EX_RETAIN_CITIZEN_PICTURE].term_ms,
	    INT64_C(12) * 3600 * 1000);
	assert_int_equal(s.retention.of[EX_RETAIN_PICTURE].term_ms,
	    INT64_C(14) * 24 * 3600 * 1000);
	assert_int_equal(s.retention.of[EX_RETAIN_AUDIT].term_ms,
	    INT64_C(4) * 365 * 24 * 3600 * 1000);
	assert_string_equal(s.retention.host, "");
}

static void
paths_start_at_the_file(void **state)
{
	struct ex_hub_settings s;
	struct ex_error err;

	(void)state;
	assert_int_equal(parse("/etc/exeunt/hub.conf",
			     "[hub]\n" NEEDED
			     "master-key = /run/keys/master\nconsole = web\n",
			     &s, &err),
	    EX_OK);
	assert_string_equal(s.ledger, "sqlite:/etc/exeunt/hub.db");
	assert_string_equal(s.vault, "/etc/exeunt/vault");
	assert_string_equal(s.master_key, "/run/keys/master");
	assert_string_equal(s.console, "/etc/exeunt/web");
	assert_string_equal(s.ledger_key, "");
	assert_int_equal(
	    parse("etc/hub.conf",
		"[hub]\nledger = postgres://a@/b?host=/run\nvault = v\n", &s,
		&err),
	    EX_OK);
	assert_string_equal(s.ledger, "postgres://a@/b?host=/run");
	assert_string_equal(s.vault, "etc/v");
}

static void
what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text, *what;
	} bad[] = {
		{ "[hub]\nvault = v\n", "hub.ledger" },
		{ "[hub]\nledger = l\n", "hub.vault" },
		{ "[hub]\n" NEEDED "listen = 0.0.0.0:8080\n", "hub.listen" },
		{ "[hub]\n" NEEDED "listen = [::]:8080\n", "hub.listen" },
		{ "[hub]\n" NEEDED "listen = localhost:80\n", "hub.listen" },
		{ "[hub]\n" NEEDED "listen = 127.0.0.1\n", "hub.listen" },
		{ "[hub]\n" NEEDED "listen = 127.0.0.1:65536\n", "hub.listen" },
		{ "[hub]\n" NEEDED "listen = 127.0.0.1:x\n", "hub.listen" },
		{ "[hub]\n" NEEDED "listen = [127.0.0.1]:80\n", "hub.listen" },
		{ "[hub]\n" NEEDED "node = Hub\n", "hub.node" },
		{ "[hub]\n" NEEDED "port = a_b\n", "hub.port" },
		{ "[hub]\n" NEEDED "[tls]\ncertificate = c\n", "tls.key" },
		{ "[hub]\n" NEEDED "[tls]\nkey = k\n", "tls.certificate" },
		{ "[hub]\n" NEEDED "[tls]\nclient-ca = k\n", "tls.client-ca" },
		{ "[hub]\n" NEEDED "[retention]\nhost = uto\n",
		    "retention.host" },
		{ "[hub]\n" NEEDED "[retention]\npictures = 14\n",
		    "retention.pictures" },
		{ "[hub]\n" NEEDED "[retention]\npictures = -1 h\n",
		    "retention.pictures" },
		{ "[hub]\n" NEEDED "[retention]\npictures = 9 weeks\n",
		    "retention.pictures" },
		{ "[hub]\n" NEEDED "[retention]\npictures = 1000001 h\n",
		    "retention.pictures" },
		{ "[hub]\n" NEEDED "[retention]\naudit = 1 year\n",
		    "retention" },
		{ "[hub]\n" NEEDED "[policy]\nfmr = 0.02\n", "policy.fmr" },
		{ "[hub]\n" NEEDED "[limits]\nqueue = 0\n", "limits.queue" },
		{ "[hub]\n" NEEDED "password = x\n", "password" },
	};
	struct ex_hub_settings s;
	struct ex_error err;
	char said[700];

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		enum ex_status status =
		    parse("hub.conf", bad[i].text, &s, &err);

		if (status != EX_ERR_FORMAT)
			fail_msg("taken: %s", bad[i].text);
		snprintf(said, sizeof said, "%s: %s", err.what, err.why);
		if (!strstr(said, bad[i].what))
			fail_msg("%s: does not name %s", said, bad[i].what);
	}
}

/* (H6) */
static void
plain_http_stays_on_loopback(void **state)
{
	static const struct {
		const char *listen;
		bool loopback;
	} at[] = { { "127.0.0.1:1", true }, { "127.9.8.7:1", true },
		{ "[::1]:1", true }, { "0.0.0.0:1", false },
		{ "192.0.2.1:1", false }, { "[::]:1", false },
		{ "[::ffff:127.0.0.1]:1", false }, { "128.0.0.1:1", false } };
	struct ex_listen out;

	(void)state;
	for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
		assert_true(ex_listen_parse(at[i].listen, &out));
		assert_int_equal(out.loopback, at[i].loopback);
	}
}

static void
a_path_has_room_or_is_refused(void **state)
{
	char path[1200], text[1300];
	struct ex_hub_settings s;
	struct ex_error err;

	(void)state;
	memset(path, 'd', sizeof path);
	memcpy(path + 500, "/hub.conf", 10);
	snprintf(
	    text, sizeof text, "[hub]\nledger = %.490s\nvault = v\n", path);
	assert_int_equal(parse(path, text, &s, &err), EX_OK);
	assert_int_equal(strlen(s.ledger), 501 + 490);
	snprintf(
	    text, sizeof text, "[hub]\nledger = %.500s\nvault = v\n", path);
	assert_int_equal(parse(path, text, &s, &err), EX_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(paths_start_at_the_file),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(plain_http_stays_on_loopback),
		cmocka_unit_test(a_path_has_room_or_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
