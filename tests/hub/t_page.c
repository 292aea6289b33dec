/* SPDX-License-Identifier: Apache-2.0 */
/* The sign and the impact report say what the configuration says. */
#include "test.h"

#include "page.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS  (24 * HOUR_MS)

struct sample {
	struct ex_hub_settings settings;
	struct ex_retention retention;
	struct ex_hub_policy policy;
	struct ex_page_facts facts;
};

static void
sample_make(struct sample *s)
{
	static const int64_t terms[EX_RETAIN_COUNT] = { 12 * HOUR_MS,
		14 * DAY_MS, 3 * 365 * DAY_MS, 4 * 365 * DAY_MS };

	memset(s, 0, sizeof *s);
	strcpy(s->settings.controller, "Border Guard of <Utopia> & Co");
	strcpy(s->settings.contact, "privacy@border.example");
	strcpy(s->settings.opt_out, "Press the red button.");
	strcpy(s->settings.node, "hub-7");
	strcpy(s->settings.port, "port-9");
	strcpy(s->settings.certificate, "hub.pem");
	s->settings.capture_floor = 0.6;
	s->settings.fmr = 0.0005;
	s->settings.vehicle_cap = 0.005;
	s->settings.margin = 0.005;
	strcpy(s->retention.host, "UTO");
	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		s->retention.of[i].term_ms = terms[i];
		snprintf(s->retention.of[i].legal,
		    sizeof s->retention.of[i].legal, "Act %d", i + 1);
	}
	s->policy = ex_policy_of_settings(&s->settings);
	s->facts = (struct ex_page_facts){ &s->settings, &s->retention,
		&s->policy, 3, 1000 * DAY_MS };
}

typedef enum ex_status make_page(const struct ex_page_facts *f,
    enum ex_language language, struct ex_blob *out);

static char *
page(const struct sample *s, make_page *make, enum ex_language language)
{
	struct ex_blob b;
	char *text;

	assert_int_equal(make(&s->facts, language, &b), EX_OK);
	text = calloc(b.size + 1, 1);
	memcpy(text, b.data, b.size);
	assert_int_equal(strlen(text), b.size);
	ex_blob_free(&b);
	return text;
}

static void
says(const char *text, const char *what, bool yes)
{
	if ((strstr(text, what) != NULL) != yes)
		fail_msg(
		    "'%s' is %s in: %s", what, yes ? "not" : "there", text);
}

static void
terms_are_said_in_the_largest_whole_unit(void **state)
{
	(void)state;
	static const struct {
		enum ex_language language;
		int64_t ms;
		const char *text;
	} cases[] = {
		{ EX_LANGUAGE_EN, HOUR_MS, "1 hour" },
		{ EX_LANGUAGE_EN, 12 * HOUR_MS, "12 hours" },
		{ EX_LANGUAGE_EN, DAY_MS, "24 hours" },
		{ EX_LANGUAGE_EN, 36 * HOUR_MS, "36 hours" },
		{ EX_LANGUAGE_ES, 14 * DAY_MS, "14 días" },
		{ EX_LANGUAGE_FR, 3 * 365 * DAY_MS, "3 ans" },
		{ EX_LANGUAGE_ES, 365 * DAY_MS, "1 año" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		ex_page_term(cases[i].language, cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void
the_sign_tells_who_what_how_long_and_how(void **state)
{
	(void)state;
	static const char *const terms[] = { "12 hours", "12 horas",
		"12 heures" };
	struct sample s;

	sample_make(&s);
	for (int i = 0; i < EX_LANGUAGE_COUNT; i++) {
		char *text = page(&s, ex_page_sign, (enum ex_language)i);

		says(text, "Border Guard of <Utopia> & Co", true);
		says(text, "privacy@border.example", true);
		says(text, "Press the red button.", true);
		says(text, terms[i], true);
		says(text, "(UTO)", true);
		for (int k = 0; k < EX_RETAIN_COUNT; k++)
			says(text, s.retention.of[k].legal, true);
		says(text, "{", false);
		says(text, "\n\n\n", false);
		free(text);
	}
}

static void
the_sign_follows_the_policy(void **state)
{
	(void)state;
	static const char earlier[] = "those crossings may be compared";
	struct sample s;
	char *text;

	sample_make(&s);
	text = page(&s, ex_page_sign, EX_LANGUAGE_EN);
	says(text, earlier, false);
	free(text);
	s.retention.earlier = true;
	*s.retention.host = '\0';
	s.retention.of[EX_RETAIN_PICTURE].term_ms = 72 * HOUR_MS;
	text = page(&s, ex_page_sign, EX_LANGUAGE_EN);
	says(text, earlier, true);
	says(text, "citizens", false);
	says(text, "Pictures: 3 days", true);
	free(text);
}

static void
the_report_escapes_what_it_is_given(void **state)
{
	(void)state;
	struct sample s;
	char *text;

	sample_make(&s);
	strcpy(s.settings.opt_out, "<script>\"x\"|{contact}</script>");
	text = page(&s, ex_page_impact, EX_LANGUAGE_EN);
	says(text, "Border Guard of &lt;Utopia&gt; &amp; Co", true);
	says(
	    text, "&lt;script&gt;&quot;x&quot;|{contact}&lt;/script&gt;", true);
	says(text, "<script", false);
	free(text);
}

static unsigned
count(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
the_report_is_whole_in_every_language(void **state)
{
	(void)state;
	static const char *const tags[] = { "h1", "h2", "p", "li", "ul",
		"table", "tr", "td", "th", "main", "body", "html", "title" };
	struct sample s;
	char *text[EX_LANGUAGE_COUNT];

	sample_make(&s);
	for (int i = 0; i < EX_LANGUAGE_COUNT; i++)
		text[i] = page(&s, ex_page_impact, (enum ex_language)i);
	for (size_t k = 0; k < sizeof tags / sizeof *tags; k++) {
		char open[16], attributes[16], close[16];

		snprintf(open, sizeof open, "<%s>", tags[k]);
		snprintf(attributes, sizeof attributes, "<%s ", tags[k]);
		snprintf(close, sizeof close, "</%s>", tags[k]);
		for (int i = 0; i < EX_LANGUAGE_COUNT; i++) {
			assert_int_equal(count(text[i], close),
			    count(text[i], open) + count(text[i], attributes));
			/* The same cells and rows in each language. */
			assert_int_equal(
			    count(text[i], close), count(text[0], close));
			assert_true(count(text[i], close) > 0);
		}
	}
	for (int i = 0; i < EX_LANGUAGE_COUNT; i++)
		free(text[i]);
}

static void
the_report_names_what_is_open(void **state)
{
	(void)state;
	static const char legal[] = "no legal basis is stated";
	static const char disk[] = "who steals that disk can read pictures";
	struct sample s;
	char *text;

	sample_make(&s);
	text = page(&s, ex_page_impact, EX_LANGUAGE_EN);
	says(text, legal, false);
	says(text, disk, false);
	says(text, "Connections are encrypted", true);
	says(text, "once in 2000", true);
	says(text, "0.05 %", true);
	says(text, "no two people have agreed", true);
	free(text);
	*s.settings.certificate = '\0';
	s.settings.same_disk = true;
	strcpy(s.retention.of[EX_RETAIN_AUDIT].legal, "operator to name: x");
	s.policy.version = 4;
	s.policy.fmr = 0.0001;
	strcpy(s.policy.by, "user:ana");
	strcpy(s.policy.approved, "user:bea");
	text = page(&s, ex_page_impact, EX_LANGUAGE_EN);
	says(text, legal, true);
	says(text, "not stated", true);
	says(text, disk, true);
	says(text, "Without TLS", true);
	says(text, "once in 10000", true);
	says(text, "version 4", true);
	says(text, "user:bea", true);
	free(text);
}

static void
every_block_can_be_written(void **state)
{
	(void)state;
	struct sample s;

	/* Each fact both ways: a slip in a table is a failure. */
	for (unsigned bits = 0; bits < 64; bits++)
		for (int i = 0; i < EX_LANGUAGE_COUNT; i++) {
			char *text;

			sample_make(&s);
			s.retention.earlier = bits & 1;
			s.settings.same_disk = bits & 2;
			s.policy.version = bits >> 2 & 1;
			if (bits & 8)
				*s.retention.host = '\0';
			if (bits & 16)
				*s.settings.certificate = '\0';
			if (bits & 32)
				*s.retention.of[0].legal = '\0';
			text = page(&s, ex_page_impact, (enum ex_language)i);
			says(text, "{", false);
			free(text);
			free(page(&s, ex_page_sign, (enum ex_language)i));
		}
}

static void
memory_may_run_out(void **state)
{
	(void)state;
	struct sample s;
	struct ex_blob b;
	enum ex_status status = EX_ERR_NOMEM;
	long n = 0;

	sample_make(&s);
	for (; status != EX_OK; n++) {
		ex_calloc_fail_after(n);
		status = ex_page_impact(&s.facts, EX_LANGUAGE_ES, &b);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || b.data == NULL);
	}
	assert_true(n > 2);
	ex_blob_free(&b);
}

/* ---- the policy -------------------------------------------------------- */

static void
a_policy_is_kept_as_it_was(void **state)
{
	(void)state;
	struct sample s;
	struct ex_hub_policy p;
	json_t *j;
	char *text;

	sample_make(&s);
	s.policy.version = 12;
	s.policy.fmr = 1.0 / 3000;
	s.policy.at_ms = 77 * DAY_MS;
	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		s.policy.term_ms[i] = (i + 1) * HOUR_MS;
	strcpy(s.policy.by, "user:ana");
	strcpy(s.policy.approved, "user:bea");
	j = ex_policy_json(&s.policy);
	text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	assert_int_equal(
	    ex_policy_read(ex_string_bytes(text), "x", &p, NULL), EX_OK);
	assert_memory_equal(&p, &s.policy, sizeof p);
	/* Cut anywhere it is no policy. */
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(
		    ex_policy_read(
			(struct ex_bytes){ (void *)text, n }, "x", &p, NULL),
		    EX_ERR_DATABASE);
	free(text);
}

static void
a_change_says_old_and_new(void **state)
{
	(void)state;
	struct sample s;
	struct ex_hub_policy to;
	char text[EX_DETAIL_SIZE];

	sample_make(&s);
	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		s.policy.term_ms[i] = 876000 * HOUR_MS;
	to = s.policy;
	ex_policy_change_numbers(&s.policy, &to, text);
	assert_string_equal(text, "");
	to.fmr = 0.000123456;
	to.vehicle_cap = 1.23456789e-9;
	to.margin = 0.123456789;
	ex_policy_change_numbers(&s.policy, &to, text);
	assert_string_equal(text,
	    "fmr 0.0005 -> 0.000123456, cap 0.005 -> "
	    "1.23456789e-09, margin 0.005 -> 0.123456789");
	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		to.term_ms[i] = 875999 * HOUR_MS;
	ex_policy_change_terms(&s.policy, &to, text);
	assert_string_equal(text,
	    "citizen-pictures 876000 -> 875999 h, pictures 876000 -> 875999 h, "
	    "crossings 876000 -> 875999 h, audit 876000 -> 875999 h");
}

static void
a_proposal_is_void_after_seven_days(void **state) /* (P2) */
{
	(void)state;
	struct ex_hub_policy p = { .at_ms = 100 * DAY_MS, .by = "user:ana" };

	assert_false(ex_proposal_void(&p, p.at_ms));
	assert_false(ex_proposal_void(&p, p.at_ms + EX_PROPOSAL_MS - 1));
	assert_true(ex_proposal_void(&p, p.at_ms + EX_PROPOSAL_MS));
	assert_false(ex_proposal_other(&p, "user:ana")); /* (P1) */
	assert_true(ex_proposal_other(&p, "user:ana2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_are_said_in_the_largest_whole_unit),
		cmocka_unit_test(the_sign_tells_who_what_how_long_and_how),
		cmocka_unit_test(the_sign_follows_the_policy),
		cmocka_unit_test(the_report_escapes_what_it_is_given),
		cmocka_unit_test(the_report_is_whole_in_every_language),
		cmocka_unit_test(the_report_names_what_is_open),
		cmocka_unit_test(every_block_can_be_written),
		cmocka_unit_test(memory_may_run_out),
		cmocka_unit_test(a_policy_is_kept_as_it_was),
		cmocka_unit_test(a_change_says_old_and_new),
		cmocka_unit_test(a_proposal_is_void_after_seven_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
