/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lanes that deliver to a hub, and consoles that look on: what a hub accepts a
 * second, and how long each delivery waits for its 201.
 *
 *   b_hub PORT RECIPIENT TOKENS COUNT RATE READERS [READER-TOKEN]
 *
 * TOKENS holds lines of LANE and TOKEN: each is a connection of its own that
 * delivers in order. RATE is crossings a second over all lanes, 0 as many as
 * go. Waits are counted from when a delivery was due, not from when it was
 * sent: a hub that falls behind cannot hide it. Each of the READERS holds an
 * event stream and lists the newest crossings every other second. Prints one
 * JSON object.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#include "exeunt/ledger.h"

#define MAX_LANES    128
#define PICTURE_SIZE 20000

static int port;
static struct ex_recipient recipient;
static double rate;
static size_t count;
static const char *reader_token;
static int64_t begun_ns;
static atomic_bool over;
static atomic_size_t events, lists, failures;

struct lane {
	char name[64], token[128];
	size_t first, n; /* of all crossings */
	struct ex_blob *envelopes;
	char (*ids)[EX_ULID_SIZE];
	int64_t *waits_ns;
	pthread_t thread;
};
static struct lane lanes[MAX_LANES];
static size_t n_lanes;

/* ---- HTTP, as little as it takes --------------------------------------- */

static int
dial(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const int on = 1;

	/* As libcurl does: a head must not wait for its acknowledgement. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
		bench_die("connect", strerror(errno));
	return fd;
}

static void
send_all(int fd, const void *data, size_t n)
{
	const char *at = data;

	while (n > 0) {
		const ssize_t sent = send(fd, at, n, MSG_NOSIGNAL);

		if (sent <= 0)
			bench_die("send", strerror(errno));
		at += sent;
		n -= (size_t)sent;
	}
}

/* The status of a reply with a Content-Length, read whole. */
static int
reply(int fd)
{
	static _Thread_local char text[1 << 18];
	size_t have = 0, want = sizeof text - 1;

	while (have < want) {
		const ssize_t got =
		    recv(fd, text + have, sizeof text - 1 - have, 0);
		const char *end, *length;

		if (got <= 0)
			bench_die("reply", "the connection ended");
		have += (size_t)got;
		text[have] = '\0';
		end = strstr(text, "\r\n\r\n");
		length = strcasestr(text, "content-length:");
		if (end && length && length < end)
			want = (size_t)(end + 4 - text) +
			       strtoul(length + 15, NULL, 10);
	}
	return atoi(text + strlen("HTTP/1.1 "));
}

/* ---- lanes ------------------------------------------------------------- */

static void
describe(struct ex_crossing *c, const struct lane *l, size_t i)
{
	uint8_t chance[10];

	memset(c, 0, sizeof *c);
	if (ex_random(chance, sizeof chance) != EX_OK)
		bench_die("chance", "none to be had");
	c->opened_ms = ex_clock_wall_ms() - 60000 + (int64_t)i;
	c->closed_ms = c->opened_ms + 3000;
	ex_ulid_make(c->opened_ms, chance, c->id);
	snprintf(c->lane, sizeof c->lane, "%s", l->name);
	snprintf(c->vehicle, sizeof c->vehicle, "v%zu", l->first + i);
	c->n_documents = c->n_occupants = 1;
	c->documents[0] = (struct ex_document){
		.name = "d1",
		.verdict = EX_DOCUMENT_CONFIRMED,
		.mrz_check = EX_CHECK_PASSED,
		.portrait_check = EX_CHECK_PASSED,
		.type = "P",
		.issuer = "UTO",
		.nationality = "UTO",
	};
	snprintf(c->documents[0].number, sizeof c->documents[0].number,
	    "B%08zu", l->first + i);
	c->occupants[0] = (struct ex_occupant){
		.n = 1,
		.seat = EX_SEAT_FRONT_LEFT,
		.verdict = EX_VERDICT_CONFIRMED,
		.similarity = 0.97,
		.fmr = 1e-5,
		.quality = 80,
		.frames_seen = 30,
		.frames_used = 4,
	};
}

/* Sealed before the clock starts: sealing is the lanes' work. */
static void
prepare(struct lane *l)
{
	uint8_t jpeg[PICTURE_SIZE] = { 0xff, 0xd8, 0xff, 0xe0 };
	const struct ex_picture pictures[] = {
		{ .name = "o1", .jpeg = { jpeg, sizeof jpeg } },
		{ .name = "d1", .jpeg = { jpeg, sizeof jpeg } },
	};
	struct ex_crossing *c = ex_calloc(1, sizeof *c);

	l->envelopes = ex_calloc(l->n, sizeof *l->envelopes);
	l->ids = ex_calloc(l->n, sizeof *l->ids);
	l->waits_ns = ex_calloc(l->n, sizeof *l->waits_ns);
	if (!c || !l->envelopes || !l->ids || !l->waits_ns ||
	    ex_random(jpeg + 4, sizeof jpeg - 4) != EX_OK)
		bench_die("memory", "too little");
	for (size_t i = 0; i < l->n; i++) {
		struct ex_error err = { 0 };

		describe(c, l, i);
		memcpy(l->ids[i], c->id, sizeof c->id);
		if (ex_envelope_seal(&recipient, c, pictures, 2, "",
			&l->envelopes[i], &err) != EX_OK)
			bench_die(err.what, err.why);
	}
	free(c);
}

static void
wait_until(int64_t ns)
{
	const int64_t left = ns - ex_clock_mono_ns();
	const struct timespec pause = { left / 1000000000, left % 1000000000 };

	if (left > 0)
		nanosleep(&pause, NULL);
}

/* When the i-th of a lane is due, the lanes taking turns. */
static int64_t
due(const struct lane *l, size_t i)
{
	const double turn = (double)(i * n_lanes + (size_t)(l - lanes));

	return begun_ns + (rate > 0 ? (int64_t)(turn * 1e9 / rate) : 0);
}

static void *
deliver(void *arg)
{
	struct lane *l = arg;
	const int fd = dial();

	for (size_t i = 0; i < l->n; i++) {
		const struct ex_blob *e = &l->envelopes[i];
		int64_t from = due(l, i);
		char head[512];
		int n;

		wait_until(from);
		if (rate <= 0)
			from = ex_clock_mono_ns();
		n = snprintf(head, sizeof head,
		    "POST /v1/crossings HTTP/1.1\r\nHost: localhost:%d\r\n"
		    "Authorization: Bearer %s\r\nIdempotency-Key: %s\r\n"
		    "Content-Type: application/vnd.exeunt.envelope\r\n"
		    "Content-Length: %zu\r\n\r\n",
		    port, l->token, l->ids[i], e->size);
		send_all(fd, head, (size_t)n);
		send_all(fd, e->data, e->size);
		if (reply(fd) != 201)
			failures++;
		l->waits_ns[i] = ex_clock_mono_ns() - from;
	}
	close(fd);
	return NULL;
}

/* ---- consoles ---------------------------------------------------------- */

static void *
stream(void *arg)
{
	const struct timeval patience = { .tv_sec = 1 };
	const int fd = dial();
	char text[8192];
	int n;

	(void)arg;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	n = snprintf(text, sizeof text,
	    "GET /v1/events HTTP/1.1\r\nHost: localhost:%d\r\n"
	    "Authorization: Bearer %s\r\n\r\n",
	    port, reader_token);
	send_all(fd, text, (size_t)n);
	while (!over) {
		const ssize_t got = recv(fd, text, sizeof text - 1, 0);

		if (got == 0 || (got < 0 && errno != EAGAIN))
			break;
		text[got < 0 ? 0 : got] = '\0';
		for (char *at = text; (at = strstr(at, "event:")); at++)
			events++;
	}
	close(fd);
	return NULL;
}

static void *
list(void *arg)
{
	const int fd = dial();
	char text[512];

	(void)arg;
	while (!over) {
		const int n = snprintf(text, sizeof text,
		    "GET /v1/crossings?limit=20 HTTP/1.1\r\n"
		    "Host: localhost:%d\r\nX-Exeunt-Purpose: audit\r\n"
		    "Authorization: Bearer %s\r\n\r\n",
		    port, reader_token);

		send_all(fd, text, (size_t)n);
		if (reply(fd) == 200)
			lists++;
		else
			failures++;
		wait_until(ex_clock_mono_ns() + 2000000000);
	}
	close(fd);
	return NULL;
}

/* ---- the run ----------------------------------------------------------- */

static void
read_lanes(const char *path)
{
	FILE *f = fopen(path, "r");

	while (f && n_lanes < MAX_LANES &&
	       fscanf(f, "%63s %127s", lanes[n_lanes].name,
		   lanes[n_lanes].token) == 2)
		n_lanes++;
	if (!f || n_lanes == 0)
		bench_die(path, "holds no lane and token");
	fclose(f);
}

static int
compare(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static void
print(double wall, double cpu)
{
	int64_t *all = ex_calloc(count, sizeof *all);
	size_t n = 0;

	if (!all)
		bench_die("memory", "too little");
	for (size_t k = 0; k < n_lanes; k++)
		for (size_t i = 0; i < lanes[k].n; i++)
			all[n++] = lanes[k].waits_ns[i];
	qsort(all, n, sizeof *all, compare);
	printf("{\"crossings\":%zu,\"failures\":%zu,\"seconds\":%.3f,"
	       "\"per_second\":%.1f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
	       "\"max_ms\":%.2f,\"clients_cpu_seconds\":%.3f,\"events\":%zu,"
	       "\"lists\":%zu}\n",
	    n, (size_t)failures, wall, (double)n / wall,
	    (double)all[n / 2] * 1e-6, (double)all[n * 99 / 100] * 1e-6,
	    (double)all[n - 1] * 1e-6, cpu, (size_t)events, (size_t)lists);
	free(all);
}

static void
begin(const char *const argv[])
{
	port = atoi(argv[1]);
	if (!ex_hex_parse(ex_string_bytes(argv[2]), recipient.bytes,
		sizeof recipient.bytes))
		bench_die("RECIPIENT", "is not 64 hex digits");
	read_lanes(argv[3]);
	count = strtoul(argv[4], NULL, 10) / n_lanes * n_lanes;
	rate = atof(argv[5]);
	if (count == 0)
		bench_die("COUNT", "is less than one a lane");
	for (size_t k = 0; k < n_lanes; k++) {
		lanes[k].n = count / n_lanes;
		lanes[k].first = k * lanes[k].n;
		prepare(&lanes[k]);
	}
}

int
main(int argc, char *argv[])
{
	const size_t readers = argc > 6 ? strtoul(argv[6], NULL, 10) : 0;
	pthread_t *looking = ex_calloc(2 * readers + 1, sizeof *looking);
	struct rusage before, after;
	double wall;

	if (argc < 7 || (readers > 0 && argc < 8) || !looking) {
		fprintf(stderr, "usage: b_hub PORT RECIPIENT TOKENS COUNT RATE "
				"READERS [READER-TOKEN]\n");
		return 2;
	}
	reader_token = readers > 0 ? argv[7] : "";
	begin((const char *const *)argv);
	for (size_t i = 0; i < readers; i++)
		if (pthread_create(&looking[2 * i], NULL, stream, NULL) != 0 ||
		    pthread_create(&looking[2 * i + 1], NULL, list, NULL) != 0)
			bench_die("thread", "not to be had");
	getrusage(RUSAGE_SELF, &before);
	begun_ns = ex_clock_mono_ns();
	for (size_t k = 0; k < n_lanes; k++)
		if (pthread_create(
			&lanes[k].thread, NULL, deliver, &lanes[k]) != 0)
			bench_die("thread", "not to be had");
	for (size_t k = 0; k < n_lanes; k++)
		pthread_join(lanes[k].thread, NULL);
	wall = (double)(ex_clock_mono_ns() - begun_ns) * 1e-9;
	getrusage(RUSAGE_SELF, &after);
	over = true;
	for (size_t i = 0; i < 2 * readers; i++)
		pthread_join(looking[i], NULL);
	print(wall, seconds(after.ru_utime) - seconds(before.ru_utime) +
			seconds(after.ru_stime) - seconds(before.ru_stime));
	return failures > 0;
}
