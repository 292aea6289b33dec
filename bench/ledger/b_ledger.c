/* SPDX-License-Identifier: Apache-2.0 */
/* Crossings a second with two pictures of 20 KB each, in groups, through the
 * ledger and into the bare database: the same bytes, tables, durability and
 * size of group, by turns in one run. */
#include <sys/resource.h>

#include "bare.h"
#include "cluster.h"
#include "sample.h"

#define PICTURE_SIZE (20 * 1024)
#define TURNS        5
#define ASKED        0.6

static const unsigned groups[] = { 8, 32, 64 };
enum { GROUPS = sizeof groups / sizeof *groups };

static double seconds = 1.0; /* of a turn */
static uint8_t picture[PICTURE_SIZE];
static struct ex_vault *vault;

static _Noreturn void
die(const char *what, const char *why)
{
	fprintf(stderr, "b_ledger: %s: %s\n", what, why);
	exit(4);
}

/* ---- the two sides ------------------------------------------------------ */

struct side {
	struct ex_ledger *ledger; /* or */
	struct bare *bare;
	unsigned next; /* crossing */
	double rate[GROUPS][TURNS], cpu_us[GROUPS][TURNS];
};

static void
put_group(struct side *s, unsigned n)
{
	struct ex_picture pictures[2] = {
		{ .name = "o1", .jpeg = { picture, sizeof picture } },
		{ .name = "d2", .jpeg = { picture, sizeof picture } },
	};
	struct ex_error err = { 0 };
	struct ex_crossing c;

	if (ex_ledger_begin(s->ledger, &err) != EX_OK)
		die(err.what, err.why);
	for (unsigned k = s->next; k < s->next + n; k++) {
		sample_crossing(&c, k);
		if (ex_ledger_put_pictures(
			s->ledger, &c, pictures, 2, NULL, &err) != EX_OK)
			die(err.what, err.why);
	}
	if (ex_ledger_commit(s->ledger, &err) != EX_OK)
		die(err.what, err.why);
}

static double
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* What is sealed is 28 bytes more than what is not. */
static void
turn(struct side *s, int group, int at)
{
	static uint8_t sealed[PICTURE_SIZE + EX_SEAL_EXTRA];
	struct ex_bytes bytes = { sealed, sizeof sealed };
	int64_t start = ex_clock_mono_ns();
	double cpu = cpu_us(), passed;
	unsigned n = 0;

	memcpy(sealed, picture, sizeof picture);
	do {
		if (s->ledger)
			put_group(s, groups[group]);
		else if (!bare_group(s->bare, s->next, groups[group], bytes))
			die("bare database", "refuses");
		s->next += groups[group];
		n += groups[group];
		passed = (double)(ex_clock_mono_ns() - start) * 1e-9;
	} while (passed < seconds);
	s->rate[group][at] = n / passed;
	s->cpu_us[group][at] = (cpu_us() - cpu) / n;
}

/* ---- stores ------------------------------------------------------------ */

/* The samples' own day: what is older is not kept. */
static int64_t
now_ms(void)
{
	return SAMPLE_START;
}

static struct ex_ledger *
open_ledger(const char *uri, const char *key)
{
	const struct ex_ledger_node node = {
		.node = "bench",
		.port = "local",
		.vault = vault,
		.now_ms = now_ms,
	};
	struct ex_error err = { 0 };
	struct ex_ledger *l;

	if (ex_ledger_open(uri, key, EX_LEDGER_WRITE, &l, &err) != EX_OK ||
	    ex_ledger_attach(l, &node, &err) != EX_OK)
		die(err.what, err.why);
	return l;
}

static int
rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double v[static TURNS])
{
	qsort(v, TURNS, sizeof *v, rising);
	return v[TURNS / 2];
}

static void
print_rows(const char *store, struct side *ours, struct side *bare, FILE *json)
{
	for (int g = 0; g < GROUPS; g++) {
		double a = median(ours->rate[g]), b = median(bare->rate[g]);
		double cpu_a = median(ours->cpu_us[g]);
		double cpu_b = median(bare->cpu_us[g]);

		printf("%-10s %6u %12.0f %12.0f %7.0f %% %10.0f %10.0f  "
		       ">= %.0f %%: %s\n",
		    store, groups[g], a, b, 100 * a / b, cpu_a, cpu_b,
		    100 * ASKED, a / b >= ASKED ? "reached" : "MISSED");
		fflush(stdout);
		if (json)
			fprintf(json,
			    "%s\n {\"store\": \"%s\", \"group\": %u, \"ours\": "
			    "%.1f, \"bare\": %.1f, \"ratio\": %.3f, "
			    "\"cpu_us\": %.1f, \"bare_cpu_us\": %.1f}",
			    ftell(json) > 16 ? "," : "", store, groups[g], a, b,
			    a / b, cpu_a, cpu_b);
	}
}

/* Was it all put there? */
static void
check_all(struct side *s)
{
	struct ex_picture_info infos[EX_MAX_PICTURES];
	struct ex_error err = { 0 };
	struct ex_crossing c;
	size_t n;

	if (ex_ledger_count(s->ledger, NULL, &n, &err) != EX_OK)
		die(err.what, err.why);
	if (n != s->next - 1)
		die("ledger", "has lost crossings");
	for (unsigned k = 1; k < s->next; k += 97) {
		sample_crossing(&c, k);
		if (ex_ledger_pictures(s->ledger, c.id, infos, &n, &err) !=
		    EX_OK)
			die(err.what, err.why);
		if (n != 2)
			die("ledger", "has lost pictures");
	}
}

/* By turns, so that what else the machine does meets both. */
static void
compare(const char *store, struct ex_ledger *l, struct bare *b, FILE *json)
{
	/* Bare ones are others than the one that made its tables. */
	struct side ours = { .ledger = l, .next = 1 };
	struct side bare = { .bare = b, .next = 1 };

	for (int at = 0; at < TURNS; at++)
		for (int g = 0; g < GROUPS; g++) {
			turn(&ours, g, at);
			turn(&bare, g, at);
		}
	check_all(&ours);
	print_rows(store, &ours, &bare, json);
	ex_ledger_close(&l);
	bare_close(b);
}

/* Tables, and with the first crossing those of its day. */
static void
make_tables(const char *uri, const char *key)
{
	struct ex_ledger *l = open_ledger(uri, key);
	struct ex_error err = { 0 };

	if (sample_put(l, 0, &err) != EX_OK)
		die(err.what, err.why);
	ex_ledger_close(&l);
}

static void
compare_sqlite(FILE *json)
{
	struct bare *b;

	make_tables(sample_path("bare.db"), NULL);
	b = bare_sqlite(sample_path("bare.db"));
	if (!b)
		die("SQLite", "does not take the statements");
	compare("SQLite", open_ledger(sample_path("ours.db"), NULL), b, json);
}

static void
compare_postgres(struct cluster *c, FILE *json)
{
	char uri[160];
	struct bare *b;

	cluster_make(c);
	if (c->why[0]) {
		printf("PostgreSQL: %s\n", c->why);
		return;
	}
	if (!cluster_sql(c, "CREATE DATABASE bare", NULL, 0))
		die("PostgreSQL", "makes no database");
	snprintf(uri, sizeof uri, "postgres://exeunt@/bare?host=%s", c->folder);
	make_tables(uri, sample_path("bare.key"));
	b = bare_postgres(uri);
	if (!b)
		die("PostgreSQL", "does not take the statements");
	compare("PostgreSQL", open_ledger(c->uri, sample_path("ours.key")), b,
	    json);
}

static void
make_vault(void)
{
	struct ex_error err = { 0 };
	struct ex_vault_options o = { .dir = sample_path("vault"),
		.master = sample_path("master"),
		.same_disk = true,
		.make = true };
	struct ex_rng rng;

	if (ex_vault_open(&o, &vault, &err) != EX_OK)
		die(err.what, err.why);
	ex_rng_init(&rng, 1);
	for (size_t i = 0; i < sizeof picture; i++)
		picture[i] = (uint8_t)ex_rng_u64(&rng);
	picture[0] = 0xff; /* as a JPEG begins */
	picture[1] = 0xd8;
	picture[2] = 0xff;
}

int
main(int argc, char **argv)
{
	const char *folder = "/tmp", *path = NULL;
	struct cluster cluster = { 0 };
	FILE *json = NULL;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--json") == 0)
			path = argv[i + 1];
		if (strcmp(argv[i], "--seconds") == 0)
			seconds = atof(argv[i + 1]);
		if (strcmp(argv[i], "--folder") == 0)
			folder = argv[i + 1];
	}
	snprintf(sample_folder, sizeof sample_folder, "%s/exeunt-bench-XXXXXX",
	    folder);
	if (!mkdtemp(sample_folder) || (path && !(json = fopen(path, "w"))))
		die(path ? path : folder, strerror(errno));
	make_vault();
	printf("%-10s %6s %12s %12s %9s %10s %10s\n", "", "group", "ours, 1/s",
	    "bare, 1/s", "", "cpu, us", "bare cpu");
	if (json)
		fprintf(json, "{\"ledger\": [");
	compare_sqlite(json);
	compare_postgres(&cluster, json);
	if (json)
		fprintf(json, "]}\n");
	if (json && fclose(json) != 0)
		die(path, strerror(errno));
	ex_vault_close(&vault);
	cluster_end(&cluster);
	sample_folder_remove(NULL);
	return 0;
}
