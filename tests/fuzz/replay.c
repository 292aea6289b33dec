/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replays a fuzzer's corpus without a fuzzer: every file whole, cut short at
 * every byte (at PREFIXES places where it is long), and in MUTATIONS seeded
 * disguises. A case holds when the target came back from all of them.
 */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exeunt/base.h"
#include "sanitized.h"

#define PREFIXES   1024
#define MUTATIONS  300
#define FILE_LIMIT (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char where[512]; /* what is running, for the one who reads the log */

static void
say_where(int sig)
{
	if (write(STDERR_FILENO, where, strlen(where)) < 0)
		_exit(1);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* From a buffer of exactly its size, so that the sanitizer sees each step
 * past the end. */
static void
run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	if (!copy && size > 0)
		abort();
	if (size > 0)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

/* Bytes that lengths, counts and signs go wrong at. */
static void
put_extreme(struct ex_rng *r, uint8_t *data, size_t size)
{
	static const uint8_t extreme[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	size_t at = ex_rng_below(r, (uint32_t)size);
	size_t n = 1u << ex_rng_below(r, 3);
	uint8_t value = extreme[ex_rng_below(r, sizeof extreme)];

	for (size_t i = at; i < size && i < at + n; i++)
		data[i] = value;
}

static void
move_piece(struct ex_rng *r, uint8_t *data, size_t size)
{
	size_t from = ex_rng_below(r, (uint32_t)size);
	size_t to = ex_rng_below(r, (uint32_t)size);
	size_t most = size - (from > to ? from : to);

	memmove(data + to, data + from, 1 + ex_rng_below(r, (uint32_t)most));
}

/* Change `data` in place; returns the size it now has, never more. */
static size_t
mutate(struct ex_rng *r, uint8_t *data, size_t size)
{
	uint32_t steps = 1 + ex_rng_below(r, 6);

	for (uint32_t i = 0; i < steps && size > 0; i++) {
		size_t at = ex_rng_below(r, (uint32_t)size);

		switch (ex_rng_below(r, 5)) {
		case 0:
			data[at] ^= (uint8_t)(1u << ex_rng_below(r, 8));
			break;
		case 1:
			data[at] = (uint8_t)ex_rng_u64(r);
			break;
		case 2:
			put_extreme(r, data, size);
			break;
		case 3:
			move_piece(r, data, size);
			break;
		default:
			size = ex_rng_below(r, 16) == 0 ? at : size;
		}
	}
	return size;
}

static void
replay(const char *name, const struct ex_blob *file, uint64_t seed)
{
	size_t step = 1 + file->size / PREFIXES;
	struct ex_rng rng;
	uint8_t *data = malloc(file->size + 1);

	if (!data)
		abort();
	snprintf(where, sizeof where, "# %s, whole\n", name);
	run(file->data, file->size);
	for (size_t n = 0; n < file->size; n += step) {
		snprintf(where, sizeof where, "# %s, cut at %zu\n", name, n);
		run(file->data, n);
	}
	ex_rng_init(&rng, seed);
	for (int i = 0; i < MUTATIONS; i++) {
		snprintf(where, sizeof where, "# %s, mutation %d\n", name, i);
		if (file->size > 0)
			memcpy(data, file->data, file->size);
		run(data, mutate(&rng, data, file->size));
	}
	free(data);
}

static int
is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int
replay_folder(const char *folder, struct dirent **names, int n)
{
	printf("1..%d\n", n);
	for (int i = 0; i < n; i++) {
		struct ex_blob file = { 0 };
		struct ex_error err;
		char *path = ex_path_join(folder, names[i]->d_name);

		if (!path || ex_file_read(path, FILE_LIMIT, &file, &err)) {
			printf("not ok %d - %s cannot be read\n", i + 1,
			    names[i]->d_name);
			return 1;
		}
		replay(names[i]->d_name, &file, (uint64_t)i);
		printf("ok %d - %s\n", i + 1, names[i]->d_name);
		fflush(stdout);
		ex_blob_free(&file);
		free(path);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct dirent **names = NULL;

	if (argc != 2)
		return 2;
	signal(SIGABRT, say_where);
#if !SANITIZED
	signal(SIGSEGV, say_where);
#endif
	int n = scandir(argv[1], &names, is_file, alphasort);
	if (n <= 0) {
		printf("1..1\nnot ok 1 - %s holds no inputs\n", argv[1]);
		return 1;
	}
	int status = replay_folder(argv[1], names, n);

	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return status;
}
