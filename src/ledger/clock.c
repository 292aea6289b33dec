/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which time it is (L16). Three clocks: the wall's, which anybody may set; the
 * machine's own since it was started, which nobody can; and what was given and
 * trusted before, which is kept in the ledger.
 *
 * Trusted time goes on by the machine's own clock, and follows the wall's where
 * that is ahead of it by an hour at most. Further ahead is a jump: trusted time
 * stays behind until somebody confirms it. A wall clock that is set back leaves
 * trusted time where it is, and going.
 */
#include "ledger_internal.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define JUMP_MS INT64_C(3600000)
#define STEP_MS 1000 /* how often it is kept */
#define KIND    "clock"
#define KEY     "now"

#define BOOT_ID_SIZE 37

/* ---- the machine's own clock ------------------------------------------- */

static int64_t
boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t); /* goes on in sleep */
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Of which start it speaks; "" where the system does not say. */
static void
boot_id(char out[static BOOT_ID_SIZE])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? read(fd, out, BOOT_ID_SIZE - 1) : 0;

	out[n > 0 ? n : 0] = '\0';
	out[strspn(out, "0123456789abcdef-")] = '\0';
	if (fd >= 0)
		close(fd);
}

/* ---- what is kept ------------------------------------------------------ */

static bool
take_number(const char **p, int64_t *out)
{
	char *end;

	*out = strtoll(*p, &end, 10);
	if (end == *p || *end != ' ')
		return false;
	*p = end + 1;
	return true;
}

/* "given trusted boot told boot-id" */
static bool
parse(const char *text, struct ex_ledger_clock *k, char id[static BOOT_ID_SIZE])
{
	int64_t told;

	if (!take_number(&text, &k->given_ms) ||
	    !take_number(&text, &k->trusted_ms) ||
	    !take_number(&text, &k->boot_ms) || !take_number(&text, &told) ||
	    strlen(text) >= BOOT_ID_SIZE)
		return false;
	k->told = told != 0;
	k->wall_ms = k->given_ms;
	k->known = true;
	snprintf(id, BOOT_ID_SIZE, "%s", text);
	return true;
}

/* What is kept may be another machine's, whose clock counts nothing here: what
 * this ledger has seen pass itself has passed, whatever both wall clocks say.
 */
static void
count_own(const struct ex_ledger *l, struct ex_ledger_clock *k)
{
	const struct ex_ledger_clock *own = &l->clock;
	int64_t boot = boot_ms(), trusted;

	if (!own->known || !k->known)
		return;
	trusted = own->trusted_ms + boot - own->boot_ms;
	if (trusted <= k->trusted_ms + boot - k->boot_ms)
		return;
	k->trusted_ms = trusted;
	k->boot_ms = boot;
}

static enum ex_status
recall(struct ex_ledger *l, struct ex_ledger_clock *k, struct ex_error *err)
{
	char text[160], then[BOOT_ID_SIZE], now[BOOT_ID_SIZE];
	struct ex_blob value = { 0 };
	bool found;
	enum ex_status status =
	    l->ops->thing_get(l->store, KIND, KEY, &value, &found, err);

	*k = (struct ex_ledger_clock){ 0 };
	if (status != EX_OK || !found)
		return status;
	snprintf(text, sizeof text, "%.*s", (int)value.size,
	    (const char *)value.data);
	if (value.size >= sizeof text || !parse(text, k, then))
		status = ex_fail(
		    err, EX_ERR_DATABASE, l->name, "holds a time that is none");
	ex_blob_free(&value);
	boot_id(now);
	/* Of another start, or another machine, its clock says nothing. */
	if (status == EX_OK && (*now == '\0' || strcmp(now, then) != 0))
		k->boot_ms = boot_ms();
	if (status == EX_OK)
		count_own(l, k);
	return status;
}

static enum ex_status
keep(struct ex_ledger *l, const struct ex_ledger_clock *k, struct ex_error *err)
{
	char id[BOOT_ID_SIZE], text[160];

	boot_id(id);
	snprintf(text, sizeof text, "%" PRId64 " %" PRId64 " %" PRId64 " %d %s",
	    k->given_ms, k->trusted_ms, k->boot_ms, k->told, id);
	return l->ops->thing_put(
	    l->store, KIND, KEY, ex_string_bytes(text), err);
}

/* ---- looking ----------------------------------------------------------- */

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
advance(struct ex_ledger_clock *k, int64_t wall_ms, bool confirm)
{
	int64_t boot = boot_ms();

	if (!k->known)
		k->trusted_ms = wall_ms;
	else if (boot > k->boot_ms)
		k->trusted_ms += boot - k->boot_ms;
	if (confirm || wall_ms - k->trusted_ms <= JUMP_MS)
		k->trusted_ms = later(k->trusted_ms, wall_ms);
	/* A confirmed clock also mends what a wrong one has given; it never
	 * takes trusted time back. */
	k->given_ms = confirm
			  ? k->trusted_ms
			  : later(k->given_ms, later(k->trusted_ms, wall_ms));
	k->wall_ms = wall_ms;
	k->boot_ms = boot;
	k->known = true;
	if (!ex_clock_held(k))
		k->told = false;
}

enum ex_status
ex_ledger_glance(
    struct ex_ledger *l, struct ex_ledger_clock *out, struct ex_error *err)
{
	enum ex_status status = recall(l, out, err);

	if (status == EX_OK)
		advance(out, l->now_ms(), false);
	return status;
}

enum ex_status
ex_ledger_look(struct ex_ledger *l, bool confirm, bool tell,
    struct ex_ledger_clock *out, struct ex_error *err)
{
	enum ex_status status = recall(l, out, err);

	if (status != EX_OK)
		return status;
	advance(out, l->now_ms(), confirm);
	out->told |= tell && ex_clock_held(out);
	out->kept_ms = out->wall_ms;
	status = keep(l, out, err);
	if (status != EX_OK)
		return status;
	l->clock = *out;
	/* Confirmed it is once that is committed, and kept. */
	l->clock.known = !confirm;
	return EX_OK;
}

enum ex_status
ex_ledger_now(struct ex_ledger *l, int64_t *now_ms, struct ex_error *err)
{
	struct ex_ledger_clock *k = &l->clock, seen;
	enum ex_status status = EX_OK;
	int64_t wall_ms = l->now_ms(), since = wall_ms - k->kept_ms;

	/* Within the second nothing is read or written. */
	if (!k->known || since < 0 || since >= STEP_MS)
		status = ex_ledger_look(l, false, false, &seen, err);
	else
		advance(k, wall_ms, false);
	*now_ms = k->given_ms;
	return status;
}

bool
ex_clock_held(const struct ex_ledger_clock *k)
{
	return k->wall_ms - k->trusted_ms > JUMP_MS;
}

/* By what is trusted; or, though nobody confirms it, at twice the term. */
bool
ex_clock_over(const struct ex_ledger_clock *k, int64_t due_ms, int64_t term_ms)
{
	return due_ms <= k->trusted_ms || due_ms + term_ms <= k->wall_ms;
}
