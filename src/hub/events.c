/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live events (WHATWG HTML, 9.2: text/event-stream). All events go once into a
 * ring; each stream walks along it at its own pace. Who falls behind the ring's
 * end is dropped rather than waited for (H3), comes back with Last-Event-ID,
 * and is told by an event `reset` if that is too old.
 */
#include "parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define BEAT_S    15
#define TEXT_MOST 2048 /* bytes of one event */

struct event {
	unsigned roles;
	char lane[EX_USER_SIZE];
	char *text; /* as it is sent */
};

struct ex_events {
	struct ex_hub *h;
	pthread_mutex_t lock;
	pthread_cond_t came;
	uint64_t first, next; /* ids in the ring: first .. next - 1 */
	bool stop;
	size_t n;
	struct event ring[];
};

struct ex_stream {
	struct ex_hub *h;
	struct ex_principal who;
	uint64_t next;
	int64_t looked_ns; /* whether they may still listen */
	bool reset;        /* to be told */
	char text[TEXT_MOST + 64];
	size_t size, sent; /* of text */
};

enum ex_status
ex_events_new(struct ex_hub *h, struct ex_events **out)
{
	size_t n = (size_t)h->set.events;
	struct ex_events *e = ex_calloc(1, sizeof *e + n * sizeof e->ring[0]);
	pthread_condattr_t mono;

	*out = e;
	if (!e)
		return EX_ERR_NOMEM;
	e->h = h;
	e->n = n;
	/* Ids of this run lie behind those of every run before, and are exact
	 * in a browser's numbers. */
	e->first = e->next = (uint64_t)ex_clock_wall_ms() * 1000;
	pthread_mutex_init(&e->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&e->came, &mono);
	pthread_condattr_destroy(&mono);
	return EX_OK;
}

void
ex_events_stop(struct ex_events *e)
{
	pthread_mutex_lock(&e->lock);
	e->stop = true;
	pthread_cond_broadcast(&e->came);
	pthread_mutex_unlock(&e->lock);
}

void
ex_events_free(struct ex_events **events)
{
	struct ex_events *e = *events;

	if (!e)
		return;
	for (size_t i = 0; i < e->n; i++)
		free(e->ring[i].text);
	pthread_cond_destroy(&e->came);
	pthread_mutex_destroy(&e->lock);
	free(e);
	*events = NULL;
}

static char *
format(uint64_t id, const char *event, const char *data)
{
	char *text = ex_calloc(TEXT_MOST, 1);
	int n;

	if (!text)
		return NULL;
	n = snprintf(text, TEXT_MOST, "id: %llu\nevent: %s\ndata: %s\n\n",
	    (unsigned long long)id, event, data);
	if (n > 0 && n < TEXT_MOST)
		return text;
	free(text);
	return NULL;
}

/* Without memory the event is lost, and as an id without text it is known to
 * be: streams then begin anew. */
void
ex_hub_tell(struct ex_hub *h, unsigned roles, const char *lane,
    const char *event, const json_t *data)
{
	struct ex_events *e = h->events;
	char *json = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(15));
	struct event *place;

	pthread_mutex_lock(&e->lock);
	place = &e->ring[e->next % e->n];
	free(place->text);
	*place = (struct event){ .roles = roles };
	snprintf(place->lane, sizeof place->lane, "%s", lane ? lane : "");
	place->text = json ? format(e->next, event, json) : NULL;
	e->next++;
	if (e->next - e->first > e->n)
		e->first = e->next - e->n;
	pthread_cond_broadcast(&e->came);
	pthread_mutex_unlock(&e->lock);
	h->count.events++;
	free(json);
}

/* ---- one who listens ---------------------------------------------------- */

enum ex_status
ex_stream_new(struct ex_hub *h, const struct ex_principal *who, uint64_t last,
    struct ex_stream **out)
{
	struct ex_events *e = h->events;
	struct ex_stream *s = ex_calloc(1, sizeof *s);

	*out = s;
	if (!s)
		return EX_ERR_NOMEM;
	s->h = h;
	s->who = *who;
	s->looked_ns = ex_clock_mono_ns();
	pthread_mutex_lock(&e->lock);
	s->next = e->next;
	if (last >= e->first - 1 && last < e->next)
		s->next = last + 1;
	else
		s->reset = last != 0;
	pthread_mutex_unlock(&e->lock);
	h->count.streams++;
	return EX_OK;
}

void
ex_stream_free(struct ex_stream **stream)
{
	struct ex_stream *s = *stream;

	if (!s)
		return;
	s->h->count.streams--;
	ex_wipe(s, sizeof *s);
	free(s);
	*stream = NULL;
}

static bool
hears(const struct ex_stream *s, const struct event *v)
{
	if (!(v->roles & s->who.role))
		return false;
	return s->who.role != EX_ROLE_LANE || strcmp(v->lane, s->who.name) == 0;
}

enum found { NOTHING, SOMETHING, LOST };

/* The next event that is for it, into its text. Under the ring's lock. */
static enum found
take_next(struct ex_stream *s, const struct ex_events *e)
{
	if (s->next < e->first)
		return LOST;
	while (s->next < e->next) {
		const struct event *v = &e->ring[s->next++ % e->n];

		if (!v->text)
			return LOST;
		if (!hears(s, v))
			continue;
		s->size = strlen(v->text);
		s->sent = 0;
		memcpy(s->text, v->text, s->size);
		return SOMETHING;
	}
	return NOTHING;
}

static void
say(struct ex_stream *s, const char *text)
{
	s->size = strlen(text);
	s->sent = 0;
	memcpy(s->text, text, s->size);
}

/* A screen that nobody touches must not outlive its session, nor a program its
 * token, however much there is to tell. */
static bool
may_listen(struct ex_stream *s)
{
	int64_t now = ex_clock_mono_ns();

	if (now - s->looked_ns < (BEAT_S - 1) * SECOND_NS)
		return true;
	s->looked_ns = now;
	return ex_auth_holds(s->h, &s->who);
}

/* Wait for the next event, up to a heart beat. False: the stream is over. */
static bool
wait_next(struct ex_stream *s)
{
	struct ex_events *e = s->h->events;
	enum found found;
	struct timespec until;
	int timed = 0;
	bool stop;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += BEAT_S;
	pthread_mutex_lock(&e->lock);
	while (!e->stop && (found = take_next(s, e)) == NOTHING &&
	       timed != ETIMEDOUT)
		timed = pthread_cond_timedwait(&e->came, &e->lock, &until);
	stop = e->stop;
	pthread_mutex_unlock(&e->lock);
	if (stop)
		return false;
	if (found == LOST) {
		s->h->count.dropped++;
		return false;
	}
	if (found == NOTHING)
		say(s, ": beat\n\n");
	return may_listen(s);
}

long
ex_stream_read(struct ex_stream *s, char *buffer, size_t room)
{
	size_t n;

	if (s->sent == s->size && s->reset) {
		s->reset = false;
		say(s, "event: reset\ndata: {}\n\n");
	}
	if (s->sent == s->size && s->size == 0)
		say(s, ": hello\nretry: 2000\n\n"); /* the head is out */
	else if (s->sent == s->size && !wait_next(s))
		return -1;
	n = s->size - s->sent;
	if (n > room)
		n = room;
	memcpy(buffer, s->text + s->sent, n);
	s->sent += n;
	return (long)n;
}
