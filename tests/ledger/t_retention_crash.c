/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hub that puts pictures and erases them is killed in the middle, again and
 * again: what is due is gone after the next run, what is not due opens, and the
 * chain is whole (L14) (L15).
 */
#include "keeping.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "ledger_internal.h"

#define KILLS 40
#define STEP  (20 * INT64_C(60000)) /* of the hub's time for each crossing */
#define TERM  (3 * HOUR)

static struct ex_vault *vault;
static int64_t *shared_now; /* the hub's, for the one who looks after it */

static int64_t
shared_clock(void)
{
	return *shared_now;
}

static struct ex_ledger *
open_ledger(void)
{
	const struct ex_ledger_node n = { "hub-1", "port-1", vault,
		&hub_retention, shared_clock };
	struct ex_ledger *l = sample_open(sample_path("l.db"), EX_LEDGER_WRITE);

	assert_int_equal(ex_ledger_attach(l, &n, NULL), EX_OK);
	return l;
}

/* Until it is killed. */
static _Noreturn void
be_a_hub(void)
{
	struct ex_retention_report r;
	struct ex_ledger *l;

	vault = hub_vault();
	l = open_ledger();
	for (;;) {
		unsigned k =
		    (unsigned)((*shared_now - SAMPLE_START) / STEP) + 1;
		const struct ex_crossing *c = hub_crossing(k, k * STEP);

		*shared_now = c->opened_ms;
		if (hub_put(l, c, 2, NULL) != EX_OK ||
		    ex_retention_run(l, &hub_system, false, &r, NULL) != EX_OK)
			_exit(1);
	}
}

struct looking {
	struct ex_ledger *l;
	char (*ids)[EX_ULID_SIZE];
	size_t n, room, seen, erased;
};

static enum ex_status
take_id(const struct ex_crossing *c, void *arg)
{
	struct looking *k = arg;

	assert_in_range(k->n, 0, k->room - 1);
	memcpy(k->ids[k->n++], c->id, EX_ULID_SIZE);
	return EX_OK;
}

/* Pictures of a crossing: all there and open, or none. */
static size_t
look_at(struct ex_ledger *l, const char *id)
{
	struct ex_picture_info infos[EX_MAX_PICTURES];
	size_t n;

	assert_int_equal(ex_ledger_pictures(l, id, infos, &n, NULL), EX_OK);
	assert_true(n == 0 || n == 2);
	for (size_t i = 0; i < n; i++) {
		assert_true(infos[i].erase_ms > *shared_now);
		assert_int_equal(hub_look(l, id, infos[i].name), EX_OK);
	}
	return n;
}

static enum ex_status
not_due(enum ex_retention_class c, int64_t from_ms, int64_t erase_ms, void *arg)
{
	(void)arg;
	assert_int_equal(c, EX_RETAIN_PICTURE);
	assert_int_equal(erase_ms, from_ms + TERM);
	assert_true(erase_ms > *shared_now);
	return EX_OK;
}

static void
look_after(struct looking *k)
{
	struct ex_ledger *l = open_ledger();
	struct ex_retention_report r;
	struct ex_audit_report audit;
	size_t pictures = 0;

	assert_int_equal(
	    ex_retention_run(l, &hub_system, false, &r, NULL), EX_OK);
	assert_int_equal(ex_retention_due(l, not_due, NULL, NULL), EX_OK);
	k->n = 0;
	assert_int_equal(ex_ledger_each(l, NULL, take_id, k, NULL), EX_OK);
	for (size_t i = k->n > 20 ? k->n - 20 : 0; i < k->n; i++)
		pictures += look_at(l, k->ids[i]);
	k->seen += pictures;
	k->erased = hub_links(l, EX_ACTION_ERASE).n;
	assert_int_equal(
	    ex_audit_verify(l, "hub-1", NULL, NULL, &audit, NULL), EX_OK);
	ex_ledger_close(&l);
}

static void
killed_anywhere_the_next_run_finishes_it(void **state)
{
	(void)state;
	struct looking k = { .room = 1 << 16 };
	struct ex_rng rng;
	int status;

	k.ids = calloc(k.room, sizeof *k.ids);
	assert_non_null(k.ids);
	shared_now = mmap(NULL, sizeof *shared_now, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(shared_now != MAP_FAILED);
	*shared_now = SAMPLE_START;
	hub_retention.of[EX_RETAIN_PICTURE].term_ms = TERM;
	vault = hub_vault();
	ex_rng_init(&rng, 7);
	for (int i = 0; i < KILLS; i++) {
		pid_t pid = fork();

		if (pid == 0)
			be_a_hub();
		nanosleep(&(struct timespec){ 0,
			      20000000 + (long)ex_rng_below(&rng, 40000000) },
		    NULL);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		look_after(&k);
	}
	print_message("# %d kills, %zu crossings, %zu pictures looked at, "
		      "%zu epochs erased\n",
	    KILLS, k.n, k.seen, k.erased);
	assert_true(k.n > 9 && k.seen > KILLS && k.erased > 1);
	munmap(shared_now, sizeof *shared_now);
	ex_vault_close(&vault);
	free(k.ids);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HUB_TEST(killed_anywhere_the_next_run_finishes_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
