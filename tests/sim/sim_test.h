/* SPDX-License-Identifier: Apache-2.0 */
/* Small scenes in folders that go away. */
#ifndef EXEUNT_TESTS_SIM_TEST_H
#define EXEUNT_TESTS_SIM_TEST_H

#include "test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exeunt/facts.h"
#include "exeunt/sim.h"

#define TRAVELLERS TEST_SOURCE_FILE("data/travellers")

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void
remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A new empty folder; its path is in *state. */
static inline int
folder_setup(void **state)
{
	const char *top = getenv("TMPDIR");
	char *path = malloc(256);

	snprintf(path, 256, "%s/exeunt-sim-XXXXXX", top ? top : "/tmp");
	*state = path;
	return mkdtemp(path) ? 0 : -1;
}

static inline int
folder_teardown(void **state)
{
	remove_tree(*state);
	free(*state);
	return 0;
}

/* A joined path; it lives for the next thousand calls or so. */
static inline const char *
at(const char *dir, const char *name)
{
	static char *kept[1024];
	static unsigned next;
	char **p = &kept[next++ % 1024];
	char *path = malloc(strlen(dir) + strlen(name) + 2);

	assert_non_null(path);
	sprintf(path, "%s/%s", dir, name);
	free(*p);
	return *p = path;
}

static inline bool
exists(const char *dir, const char *name)
{
	struct stat st;

	return stat(at(dir, name), &st) == 0;
}

static inline void
put(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* The smallest pictures and the fewest frames that the options allow. */
static inline struct ex_sim_options
small_options(const char *out, unsigned vehicles)
{
	struct ex_sim_options o;

	ex_sim_defaults(&o);
	o.travellers = TRAVELLERS;
	o.out = out;
	o.vehicles = vehicles;
	o.width = 320;
	o.height = 180;
	o.fps = 2;
	return o;
}

#endif
