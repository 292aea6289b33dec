/* SPDX-License-Identifier: Apache-2.0 */
/* Crossings with pictures, in groups, while writers are killed, the power is
 * cut, the disk is full and the server is killed: none is lost once its commit
 * was answered, none is there twice, none by half, and no group by half
 * (L1, L2, L5, L10). EXEUNT_SOAK=1: 10,000 crossings and 300 kills in all. */
#include "backends.h"
#include "cut.h"

#include <sys/resource.h>

#define PICTURES     2
#define PICTURE_SIZE (20 * 1024)
#define CHILD_FAIL   99

/* Kills of each kind, in a test and in a soak. */
enum kill { KILL_WRITER, KILL_POWER, KILL_CLIENT, KILL_SERVER, KILLS };
static const unsigned kills[2][KILLS] = { { 16, 20, 6, 2 },
	{ 120, 120, 40, 20 } };
static const unsigned crossings[2][2] = { { 300, 100 }, { 7000, 3000 } };
static unsigned killed, recorded;

static bool
soaks(void)
{
	return getenv("EXEUNT_SOAK") != NULL;
}

/* ---- what is written --------------------------------------------------- */

/* Sizes of groups, from 1 to 16, by their first crossing. */
static unsigned
group_at(unsigned first)
{
	return 1 + first * 2654435761u % 16;
}

static struct ex_bytes
picture_bytes(unsigned k, unsigned i, uint64_t out[static PICTURE_SIZE / 8])
{
	struct ex_rng rng;

	ex_rng_init(&rng, (uint64_t)k * PICTURES + i);
	for (size_t n = 0; n < PICTURE_SIZE / 8; n++)
		out[n] = ex_rng_u64(&rng);
	return (struct ex_bytes){ (const uint8_t *)out, PICTURE_SIZE };
}

struct share {
	struct ex_ledger_record record;
	unsigned k;
};

/* An ex_ledger_work: as a hub does, the crossing with its pictures. */
static enum ex_status
add_one(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct share *s = arg;
	uint64_t data[PICTURE_SIZE / 8];
	struct ex_store_picture p = { .retention = EX_RETAIN_PICTURE,
		.key = { (const uint8_t *)"key", 3 } };
	bool fresh;
	enum ex_status status = ex_ledger_add(l, &s->record, &fresh, err);

	memcpy(p.crossing, s->record.c.id, sizeof p.crossing);
	for (unsigned i = 0; status == EX_OK && fresh && i < PICTURES; i++) {
		snprintf(p.name, sizeof p.name, "o%u", i + 1);
		p.sealed = picture_bytes(s->k, i, data);
		status = l->ops->picture_add(l->store, &p, err);
	}
	return status;
}

static enum ex_status
put_group(struct ex_ledger *l, unsigned first, struct ex_error *err)
{
	struct share *s = ex_calloc(1, sizeof *s);
	enum ex_status status = ex_ledger_begin(l, err);

	for (unsigned k = first; status == EX_OK && k < first + group_at(first);
	     k++) {
		struct ex_crossing c;

		s->k = k;
		sample_crossing(&c, k);
		status = ex_ledger_record_make(&l->key, &c, &s->record, err);
		if (status == EX_OK)
			status = ex_ledger_within(l, true, add_one, s, err);
	}
	free(s);
	if (status == EX_OK)
		return ex_ledger_commit(l, err);
	ex_ledger_rollback(l);
	return status;
}

/* Groups for ever; after each the number of crossings that are promised. */
static _Noreturn void
write_until_killed(const struct backend *b, unsigned first, int told)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l;

	if (ex_ledger_open(b->uri, b->key, EX_LEDGER_WRITE, &l, &err) != EX_OK)
		goto out;
	for (;;) {
		if (put_group(l, first, &err) != EX_OK)
			break;
		first += group_at(first);
		if (write(told, &first, sizeof first) != sizeof first)
			break;
	}
out:
	/* Killed with its server it is no failure. */
	_exit(b->ops == &ex_store_postgres ? 0 : CHILD_FAIL);
}

/* ---- what is found ----------------------------------------------------- */

static enum ex_status
is_picture(const struct ex_store_picture *p, void *arg)
{
	unsigned *k = arg;
	uint64_t data[PICTURE_SIZE / 8];
	struct ex_bytes expected = picture_bytes(*k & 0xffffff, *k >> 24, data);

	assert_int_equal(p->sealed.size, expected.size);
	assert_memory_equal(p->sealed.data, expected.data, expected.size);
	*k += 1 << 24; /* the next picture of this crossing */
	return EX_OK;
}

static enum ex_status
is_next(const struct ex_crossing *c, void *arg)
{
	unsigned *k = arg;

	assert_true(sample_is(c, (*k)++));
	return EX_OK;
}

/* Whole, in order, none missing, from the first-th on; how many in all. */
static unsigned
check_from(struct backend *b, unsigned first)
{
	struct ex_ledger *l = backend_open(b);
	struct ex_ledger_filter f = { .from_ms = SAMPLE_START + first };
	unsigned next = first;
	size_t all;

	DO(ex_ledger_each(l, &f, is_next, &next, err));
	DO(ex_ledger_count(l, NULL, &all, err));
	assert_int_equal(all, next);
	DO(l->ops->begin(l->store, false, err));
	for (unsigned k = first; k < next; k++) {
		struct ex_crossing c;
		unsigned at = k;

		sample_crossing(&c, k);
		DO(l->ops->picture_each(
		    l->store, c.id, NULL, is_picture, &at, err));
		assert_int_equal(at >> 24, PICTURES);
	}
	l->ops->rollback(l->store);
	ex_ledger_close(&l);
	return next;
}

/* Promised, or with one group more whose answer came too late. */
static unsigned
check_promise(struct backend *b, unsigned have, unsigned promised)
{
	unsigned now = check_from(b, have);

	if (now != promised)
		assert_int_equal(now, promised + group_at(promised));
	return now;
}

/* ---- kills ------------------------------------------------------------- */

/* Of what kind, when; returns what the child has promised. */
static unsigned
kill_a_writer(
    struct backend *b, enum kill kind, unsigned first, uint32_t chance)
{
	unsigned promised = first, told;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (kind == KILL_POWER)
			cut_install(chance, 1 + chance % 1500);
		write_until_killed(b, first, fds[1]);
	}
	close(fds[1]);
	if (kind != KILL_POWER)
		cluster_pause_ms(chance % (soaks() ? 200 : 120));
	if (kind == KILL_SERVER)
		cluster_stop(&backend_cluster, SIGKILL);
	else if (kind != KILL_POWER)
		assert_int_equal(kill(pid, SIGKILL), 0);
	if (kind == KILL_SERVER)
		assert_true(cluster_start(&backend_cluster, NULL));
	while (read(fds[0], &told, sizeof told) == sizeof told) {
		promised = told;
		/* It goes on with the server that is back: enough. */
		if (kind == KILL_SERVER)
			kill(pid, SIGKILL);
	}
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (kind == KILL_POWER)
		assert_int_equal(WEXITSTATUS(status), CUT_EXIT);
	else if (kind != KILL_SERVER)
		assert_true(WIFSIGNALED(status));
	killed++;
	return promised;
}

static void
kill_writers(struct backend *b, enum kill one, enum kill other)
{
	unsigned n = kills[soaks()][one] + kills[soaks()][other], have = 0;
	struct ex_ledger *l;
	struct ex_rng rng;

	backend_clear(b);
	l = backend_open(b);
	ex_ledger_close(&l);
	ex_rng_init(&rng, 11);
	for (unsigned i = 0; i < n; i++) {
		unsigned others = kills[soaks()][other];
		/* Evenly among each other. */
		enum kill kind =
		    i * others / n < (i + 1) * others / n ? other : one;
		unsigned promised = kill_a_writer(
		    b, kind, have, (uint32_t)ex_rng_u64(&rng) >> 1);

		have = check_promise(b, have, promised);
	}
	/* And the rest undisturbed. */
	l = backend_open(b);
	while (have < crossings[soaks()][b->ops == &ex_store_postgres]) {
		DO(put_group(l, have, err));
		have += group_at(have);
	}
	ex_ledger_close(&l);
	assert_int_equal(check_from(b, 0), have);
	recorded += have;
}

static void
killed_writers_and_cut_power_cost_sqlite_nothing(void **state)
{
	(void)state;
	kill_writers(&backends[1], KILL_WRITER, KILL_POWER);
	assert_sound(backends[1].uri);
}

static void
killed_clients_and_servers_cost_postgres_nothing(void **state)
{
	(void)state;
	kill_writers(&backends[2], KILL_CLIENT, KILL_SERVER);
}

/* ---- a full disk ------------------------------------------------------- */

static void
limit_files(rlim_t bytes)
{
	struct rlimit limit = { bytes, RLIM_INFINITY };

	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Room runs out within each group, at another place, and comes back. */
static _Noreturn void
write_on_a_full_disk(struct backend *b, unsigned groups)
{
	struct ex_ledger *l = backend_open(b);
	struct ex_error said = { 0 };
	unsigned first = 0, fulls = 0;
	char wal[200];
	struct stat st = { 0 };

	signal(SIGXFSZ, SIG_IGN);
	snprintf(wal, sizeof wal, "%s-wal", b->uri);
	for (unsigned i = 0; i < groups; i++) {
		if (stat(wal, &st) != 0)
			_exit(1);
		limit_files((rlim_t)st.st_size + i * 7919 % 400000);
		while (put_group(l, first, &said) != EX_OK) {
			if (ex_status_exit(said.status) != 4 ||
			    !strstr(said.what, b->uri))
				_exit(2);
			fulls++;
			limit_files(RLIM_INFINITY);
		}
		limit_files(RLIM_INFINITY);
		first += group_at(first);
	}
	ex_ledger_close(&l);
	_exit(fulls >= 5 && check_from(b, 0) == first ? 0 : 3);
}

static void
a_full_disk_costs_nothing(void **state) /* (L5) */
{
	(void)state;
	struct backend *b = &backends[1];
	struct ex_ledger *l;
	int status;
	pid_t pid;

	backend_clear(b);
	l = backend_open(b);
	ex_ledger_close(&l);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		write_on_a_full_disk(b, soaks() ? 200 : 40);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_sound(b->uri);
}

static int
say(void **state)
{
	print_message("# %u crossings, %u kills\n", recorded, killed);
	return backends_end(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    killed_writers_and_cut_power_cost_sqlite_nothing),
		cmocka_unit_test(
		    killed_clients_and_servers_cost_postgres_nothing),
		cmocka_unit_test(a_full_disk_costs_nothing),
	};

	return cmocka_run_group_tests(tests, backends_make, say);
}
