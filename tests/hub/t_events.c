/* SPDX-License-Identifier: Apache-2.0 */
/* The ring of events and the streams along it. */
#include "test.h"

#include "parts.h"

static struct ex_hub hub;

static void
begin(int64_t n)
{
	hub = (struct ex_hub){ .set = { .events = n } };
	assert_int_equal(ex_events_new(&hub, &hub.events), EX_OK);
}

static void
end(void)
{
	ex_events_free(&hub.events);
	assert_null(hub.events);
}

static struct ex_stream *
listen_as(enum ex_role role, const char *name, uint64_t last)
{
	struct ex_principal who = { .role = role };
	struct ex_stream *s;

	snprintf(who.name, sizeof who.name, "%s", name);
	assert_int_equal(ex_stream_new(&hub, &who, last, &s), EX_OK);
	return s;
}

static void
tell(unsigned roles, const char *lane, const char *event, int n)
{
	json_t *data = json_pack("{s:i}", "n", n);

	ex_hub_tell(&hub, roles, lane, event, data);
	json_decref(data);
}

/* The next piece as a string; NULL: the stream is over. */
static const char *
next(struct ex_stream *s)
{
	static char text[4096];
	long n = ex_stream_read(s, text, sizeof text - 1);

	if (n < 0)
		return NULL;
	text[n] = '\0';
	return text;
}

static uint64_t
id_of(const char *text)
{
	const char *id = strstr(text, "id: ");

	return id ? strtoull(id + 4, NULL, 10) : 0;
}

static void
events_come_in_order_to_whom_they_are_for(void **state)
{
	struct ex_stream *officer, *lane;
	uint64_t first;

	(void)state;
	begin(16);
	officer = listen_as(EX_ROLE_OFFICER, "ana", 0);
	lane = listen_as(EX_ROLE_LANE, "demo-1", 0);
	assert_non_null(strstr(next(officer), "hello"));
	assert_non_null(strstr(next(lane), "hello"));
	tell(EX_ROLE_OFFICER | EX_ROLE_LANE, "demo-2", "vehicle", 1);
	tell(EX_ROLE_ADMIN, NULL, "policy", 2);
	tell(EX_ROLE_OFFICER | EX_ROLE_LANE, "demo-1", "vehicle", 3);
	first = id_of(next(officer));
	assert_true(first > 0);
	assert_int_equal(id_of(next(officer)), first + 2);
	assert_string_equal(strstr(next(lane), "event:"),
	    "event: vehicle\ndata: {\"n\":3}\n\n");
	ex_stream_free(&officer);
	ex_stream_free(&lane);
	assert_int_equal((unsigned)hub.count.streams, 0);
	end();
}

static void
a_piece_may_be_smaller_than_an_event(void **state)
{
	struct ex_stream *s;
	char text[256] = "";
	size_t n = 0;

	(void)state;
	begin(16);
	s = listen_as(EX_ROLE_OFFICER, "ana", 0);
	next(s);
	tell(EX_ROLE_OFFICER, NULL, "ruling", 7);
	while (!strstr(text, "\n\n")) {
		long got = ex_stream_read(s, text + n, 3);

		assert_in_range(got, 1, 3);
		n += (size_t)got;
	}
	assert_non_null(strstr(text, "event: ruling\ndata: {\"n\":7}\n\n"));
	ex_stream_free(&s);
	end();
}

static void
a_stream_resumes_or_is_told_to_begin_anew(void **state)
{
	struct ex_stream *s;
	uint64_t id;

	(void)state;
	begin(16);
	s = listen_as(EX_ROLE_OFFICER, "ana", 0);
	next(s);
	for (int i = 0; i < 16; i++)
		tell(EX_ROLE_OFFICER, NULL, "crossing", i);
	id = id_of(next(s));
	ex_stream_free(&s);
	/* All that is behind it is there. */
	s = listen_as(EX_ROLE_OFFICER, "ana", id + 13);
	next(s);
	assert_int_equal(id_of(next(s)), id + 14);
	ex_stream_free(&s);
	/* From the last one before the ring on nothing is lost, either. */
	s = listen_as(EX_ROLE_OFFICER, "ana", id - 1);
	next(s);
	assert_int_equal(id_of(next(s)), id);
	ex_stream_free(&s);
	for (int i = 0; i < 2; i++) {
		s = listen_as(
		    EX_ROLE_OFFICER, "ana", i == 0 ? id - 2 : id + 1000);
		assert_non_null(strstr(next(s), "event: reset"));
		tell(EX_ROLE_OFFICER, NULL, "crossing", 99);
		while (!strstr(next(s), "{\"n\":99}"))
			;
		ex_stream_free(&s);
	}
	end();
}

/* (H3) */
static void
who_falls_behind_is_dropped(void **state)
{
	struct ex_stream *s;

	(void)state;
	begin(16);
	s = listen_as(EX_ROLE_OFFICER, "ana", 0);
	next(s);
	for (int i = 0; i < 17; i++)
		tell(EX_ROLE_OFFICER, NULL, "crossing", i);
	assert_null(next(s));
	assert_int_equal((unsigned)hub.count.dropped, 1);
	ex_stream_free(&s);
	end();
}

/* An event without memory, or too large, is lost, and not without a word. */
static void
a_lost_event_ends_the_stream(void **state)
{
	struct ex_stream *s;
	char large[4000];
	json_t *data;

	(void)state;
	begin(16);
	for (int i = 0; i < 2; i++) {
		s = listen_as(EX_ROLE_OFFICER, "ana", 0);
		next(s);
		if (i == 0) {
			ex_calloc_fail_after(0);
			tell(EX_ROLE_OFFICER, NULL, "crossing", 1);
			ex_calloc_fail_after(-1);
		} else {
			memset(large, 'x', sizeof large);
			data = json_pack("{s:s#}", "x", large, sizeof large);
			ex_hub_tell(
			    &hub, EX_ROLE_OFFICER, NULL, "crossing", data);
			json_decref(data);
		}
		assert_null(next(s));
		ex_stream_free(&s);
	}
	end();
}

static void *
read_to_the_end(void *arg)
{
	struct ex_stream *s = arg;
	char text[256];

	while (ex_stream_read(s, text, sizeof text) > 0)
		;
	ex_stream_free(&s);
	return NULL;
}

static void
the_end_wakes_who_waits(void **state)
{
	int64_t begun = ex_clock_mono_ns();
	pthread_t threads[8];

	(void)state;
	begin(16);
	for (int i = 0; i < 8; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, read_to_the_end,
			listen_as(EX_ROLE_OFFICER, "ana", 0)),
		    0);
	tell(EX_ROLE_OFFICER, NULL, "crossing", 1);
	ex_events_stop(hub.events);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	assert_true(ex_clock_mono_ns() - begun < INT64_C(5000000000));
	end();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_come_in_order_to_whom_they_are_for),
		cmocka_unit_test(a_piece_may_be_smaller_than_an_event),
		cmocka_unit_test(a_stream_resumes_or_is_told_to_begin_anew),
		cmocka_unit_test(who_falls_behind_is_dropped),
		cmocka_unit_test(a_lost_event_ends_the_stream),
		cmocka_unit_test(the_end_wakes_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
