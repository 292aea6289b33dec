/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * base: what every room stands on. Statuses and errors, bounded bytes, files,
 * configuration, wiping, time, seeded numbers, threads, cpu flags.
 *
 * Nothing here knows of faces, documents or crossings.
 */
#ifndef EXEUNT_BASE_H
#define EXEUNT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- outcomes ---------------------------------------------------------- */

/**
 * Outcome of a call: 0 done; positive: ask again, the input was fine but the
 * moment was not; negative: give up. The list, with text and exit code, is
 * src/base/include/exeunt/status.inc.
 */
enum ex_status {
#define EX_STATUS(name, value, exit_code, text) name = value,
#include "exeunt/status.inc"
#undef EX_STATUS
};

/** What failed and why, for one line on stderr. Never holds personal data. */
struct ex_error {
	enum ex_status status;
	char what[320]; /**< file, field or option, as the user knows it */
	char why[320];  /**< reason, a sentence without capital or full stop */
};

/** Text of a status; never NULL. */
const char *ex_status_text(enum ex_status status);

/** Exit code of a status by the table of DESIGN: 0, 1, 2, 3, 4, 5, 130. */
int ex_status_exit(enum ex_status status);

/**
 * Fill `err` (may be NULL) and hand `status` back, so that a failure is one
 * line: `return ex_fail(err, EX_ERR_FORMAT, path, "cut short at byte %zu", n);`
 * An empty `why` becomes the status's own text. Overlong texts are cut.
 */
enum ex_status ex_fail(struct ex_error *err, enum ex_status status,
    const char *what, const char *why, ...)
    __attribute__((format(printf, 4, 5)));

/* What clang's analyzer cannot see into: the status comes back. */
#ifdef __clang_analyzer__
#define ex_fail(err, status, ...)                                              \
	((void)ex_fail(err, status, __VA_ARGS__), (status))
#endif

/* ---- bytes from outside ------------------------------------------------ */

/** Bytes somebody else owns; reading moves `data` on and `size` down. */
struct ex_bytes {
	const uint8_t *data;
	size_t size;
};

/** Bytes we own; free with ex_blob_free. */
struct ex_blob {
	uint8_t *data;
	size_t size;
};

/** Take `n` bytes off the front into `out`; false (nothing moved) if short. */
bool ex_bytes_take(struct ex_bytes *in, size_t n, struct ex_bytes *out);
/** Copy `n` bytes off the front to `to`; false (nothing moved) if short. */
bool ex_bytes_copy(struct ex_bytes *in, void *to, size_t n);
bool ex_bytes_u8(struct ex_bytes *in, uint8_t *out);
bool ex_bytes_be16(struct ex_bytes *in, uint16_t *out);
bool ex_bytes_be32(struct ex_bytes *in, uint32_t *out);
bool ex_bytes_le32(struct ex_bytes *in, uint32_t *out);

/** Borrow a blob for reading. */
struct ex_bytes ex_blob_bytes(const struct ex_blob *blob);

/** Release and set to nothing; does not wipe. NULL members are fine. */
void ex_blob_free(struct ex_blob *blob);

/** Overwrite, in a way no compiler removes. NULL with n == 0 is fine. */
void ex_wipe(void *p, size_t n);

/**
 * Length in bytes, 1..4, of the UTF-8 character at the start of a string that
 * ends in NUL; 0 where it is none (RFC 3629, 4: overlong forms, surrogates and
 * what lies past U+10FFFF are none).
 */
size_t ex_utf8_length(const unsigned char *s);

/** The next three bytes, or what is left, as four digits of base 64 (RFC 4648,
 *  4: padded, no line ends); at least one byte is left. */
void ex_base64_group(struct ex_bytes *in, char out[static 4]);
/** All of it as text. Heap, free(); NULL when out of memory. */
char *ex_base64_text(struct ex_bytes in);
/**
 * The reverse, strict: that alphabet, padded, no other character, unused bits
 * zero.
 * @param most bytes that the caller can use
 * @param out  wiped by the caller where it is a secret; ex_blob_free
 * @return EX_OK, EX_ERR_FORMAT, EX_ERR_TOO_LARGE, EX_ERR_NOMEM
 */
enum ex_status ex_base64_bytes(
    struct ex_bytes text, size_t most, struct ex_blob *out);

/* ---- memory ------------------------------------------------------------ */

/**
 * Zeroed array of n x size bytes, 64-byte aligned; NULL when out of memory or
 * when the product overflows. Free with free(). Every allocation of ours goes
 * through here or ex_strdup, so that tests can make the n-th one fail.
 */
void *ex_calloc(size_t n, size_t size);
char *ex_strdup(const char *s);

/** Tests only: let `n` further allocations succeed, then fail; < 0: never. */
void ex_calloc_fail_after(long n);

/**
 * Arena: many small allocations with one end. `limit_bytes` bounds the total;
 * past it alloc gives NULL. Not thread safe.
 */
struct ex_arena;
struct ex_arena *ex_arena_new(size_t limit_bytes);
void *ex_arena_alloc(struct ex_arena *a, size_t n, size_t size);
char *ex_arena_strdup(struct ex_arena *a, const char *s);
void ex_arena_free(struct ex_arena **a);

/* ---- files ------------------------------------------------------------- */

/**
 * Read a whole regular file of at most `max_bytes`.
 *
 * @param path named in errors as given
 * @param out  owned by the caller on EX_OK, empty otherwise
 * @return EX_OK, EX_ERR_NOT_FOUND, EX_ERR_TOO_LARGE, EX_ERR_INPUT (a folder, a
 *         device, a read error), EX_ERR_NOMEM
 */
enum ex_status ex_file_read(const char *path, size_t max_bytes,
    struct ex_blob *out, struct ex_error *err);

/**
 * Write a file whole or not at all: temporary file beside it, fsync, rename.
 * @return EX_OK, EX_ERR_ENVIRONMENT (read-only, full, no such folder)
 */
enum ex_status ex_file_write(
    const char *path, const void *data, size_t size, struct ex_error *err);

/**
 * Make a file of mode 0600, whole and on disk, unless its name is taken: what
 * is there stays as it is, and that too is EX_OK. For keys and databases,
 * which two processes may begin at once.
 * @return EX_OK, EX_ERR_ENVIRONMENT (read-only, full, no such folder)
 */
enum ex_status ex_file_make_private(
    const char *path, const void *data, size_t size, struct ex_error *err);

/** Make a folder and its parents; an existing folder is fine. */
enum ex_status ex_dir_make(const char *path, struct ex_error *err);

/** Is `rel` relative, without `..` and control characters? Opens nothing. */
bool ex_path_plain(const char *rel);

/**
 * Join `root` and the relative `rel` for a path that came from outside.
 * Absolute paths, `..`, control characters and links that lead out of `root`
 * are refused; the file need not exist.
 *
 * @param out heap string, free(); NULL on failure
 * @return EX_OK, EX_ERR_PATH, EX_ERR_NOMEM
 */
enum ex_status ex_path_within(
    const char *root, const char *rel, char **out, struct ex_error *err);

/** "%s/%s" on the heap; NULL when out of memory. Trusted parts only. */
char *ex_path_join(const char *dir, const char *name);

/* ---- comma-separated lines from outside -------------------------------- */

#define EX_CSV_COLUMNS 32

/**
 * A reader of one line at a time: set `path` (for errors) and `in`, zero the
 * rest. Lines of at most 2047 bytes; a quote or a control character is refused
 * rather than guessed at.
 */
struct ex_csv {
	const char *path;
	struct ex_bytes in;
	unsigned line;
	char *column[EX_CSV_COLUMNS]; /**< of this line, into `text` */
	size_t n_columns;
	char text[2048];
};

/** Next line that is not empty. @return EX_OK, EX_NO at the end,
 *  EX_ERR_FORMAT */
enum ex_status ex_csv_next(struct ex_csv *c, struct ex_error *err);
/** Column of that name in the current (first) line. @return EX_OK,
 *  EX_ERR_FORMAT */
enum ex_status ex_csv_column(const struct ex_csv *c, const char *name,
    size_t *out, struct ex_error *err);
/** EX_ERR_FORMAT, naming file, line and column. */
enum ex_status ex_csv_fail(const struct ex_csv *c, struct ex_error *err,
    const char *column, const char *why);
/** A plain decimal number in low..high. @return EX_OK, EX_ERR_FORMAT */
enum ex_status ex_csv_number(const struct ex_csv *c, size_t column,
    const char *name, double low, double high, double *out,
    struct ex_error *err);

/* ---- configuration ----------------------------------------------------- */

/** What a key's value is, and what it becomes in the caller's struct. */
enum ex_ini_kind {
	EX_INI_TEXT,   /**< char[most + 1]: least..most bytes of UTF-8 */
	EX_INI_PATH,   /**< char[most + 1]: likewise, and ex_path_plain */
	EX_INI_HEX,    /**< char[most + 1]: `most` digits, made lower case */
	EX_INI_WORD,   /**< int: index into `words` */
	EX_INI_YES_NO, /**< bool */
	EX_INI_WHOLE,  /**< int64_t, least..most */
	EX_INI_REAL,   /**< double[count]: each least..most; one value in the
			  file stands for all */
};

#define EX_INI_MAX_BYTES (64 * 1024)
#define EX_INI_MAX_KEYS  64 /**< rows of a table */
#define EX_INI_MAX_REALS 8
#define EX_INI_NAME_SIZE 32 /**< of a section's or key's name, with the NUL */

/** A row of the table that says what a file may hold. */
struct ex_ini_key {
	const char *section; /**< "": before the first one */
	const char *key;
	enum ex_ini_kind kind;
	unsigned count; /**< REAL: how many; 0 is 1 */
	size_t at;      /**< where it goes: offsetof in the caller's struct */
	/** As a file would give it; "": leave the struct as it is; NULL: the
	 *  key must be there. */
	const char *standard;
	double least, most;
	const char *words; /**< WORD: "one|another" */
};

/**
 * Read configuration: lines of `[section]`, `key = value`, comment (`#` or `;`
 * first) or nothing; blanks around names and values do not count, and a value
 * goes to the end of its line. Strict: what the table does not list, a key
 * given twice, a value out of range and bytes that are not text are refused,
 * naming file, line, key and what is allowed, and never the value, which may
 * be a secret.
 *
 * @param name  of the file, in errors
 * @param to    zeroed by the caller; on failure it may be filled in part
 * @param lines n of them: where each key stood, 0 for a default; may be NULL
 * @return EX_OK, EX_ERR_FORMAT, EX_ERR_TOO_LARGE (EX_INI_MAX_BYTES)
 */
enum ex_status ex_ini_parse(const char *name, struct ex_bytes text,
    const struct ex_ini_key *keys, size_t n, void *to, unsigned lines[],
    struct ex_error *err);
/** The same of a file; also EX_ERR_NOT_FOUND, EX_ERR_INPUT, EX_ERR_NOMEM. */
enum ex_status ex_ini_read(const char *path, const struct ex_ini_key *keys,
    size_t n, void *to, unsigned lines[], struct ex_error *err);
/** What is wrong with a key for a reason that the table cannot say; its line,
 *  or 0. @return EX_ERR_FORMAT */
enum ex_status ex_ini_fail(struct ex_error *err, const char *name,
    unsigned line, const struct ex_ini_key *k, const char *why);

/* ---- time -------------------------------------------------------------- */

/** Milliseconds since 1970-01-01 UTC, wall clock. */
int64_t ex_clock_wall_ms(void);
/** Nanoseconds, monotonic, from an arbitrary start. */
int64_t ex_clock_mono_ns(void);

#define EX_RFC3339_SIZE 25 /**< "2026-01-05T08:00:00.000Z" and the NUL */

/** RFC 3339, UTC, milliseconds. Years 0001..9999; beyond is clamped. */
void ex_rfc3339_format(int64_t ms, char out[static EX_RFC3339_SIZE]);
/** Parse that same form, fraction of 0..9 digits; false for any other. */
bool ex_rfc3339_parse(const char *text, int64_t *ms);

/* ---- seeded numbers: simulation, bootstrap; never for secrets ---------- */

/** xoshiro256++ (Blackman and Vigna, 2019), seeded by splitmix64. */
struct ex_rng {
	uint64_t s[4];
};
void ex_rng_init(struct ex_rng *r, uint64_t seed);
uint64_t ex_rng_u64(struct ex_rng *r);
/** Uniform in 0..n-1, without bias; n > 0. */
uint32_t ex_rng_below(struct ex_rng *r, uint32_t n);
/** Uniform in [0, 1). */
double ex_rng_unit(struct ex_rng *r);
/** Normal, mean 0, variance 1 (Marsaglia's polar method). */
double ex_rng_normal(struct ex_rng *r);

/* ---- threads ----------------------------------------------------------- */

/** Fixed set of workers for `for each i in 0..n-1`. */
struct ex_pool;

/** Number of processors this process may use, at least 1. */
unsigned ex_cpu_count(void);

/** @param threads 1..64, the caller's own included; 0: ex_cpu_count(). */
enum ex_status ex_pool_new(unsigned threads, struct ex_pool **out);
unsigned ex_pool_threads(const struct ex_pool *p);

/**
 * Call fn(arg, i, worker) once for every i in 0..n-1, in any order, worker in
 * 0..threads-1; no two calls share a worker at one time. Returns when all are
 * done. The caller works too. Not re-entrant.
 */
void ex_pool_run(struct ex_pool *p, size_t n,
    void (*fn)(void *arg, size_t i, unsigned worker), void *arg);
void ex_pool_free(struct ex_pool **p);

/* ---- assignment -------------------------------------------------------- */

/** Bytes of `work` for ex_assign, aligned as malloc does. */
#define EX_ASSIGN_WORK_SIZE(rows, columns)                                     \
	(((columns) + (rows) + 1) * (4 * sizeof(int64_t) + 1) +                \
	    ((rows) + 1) * sizeof(int64_t))

/**
 * Pair rows with columns, one to one, for the largest total gain; who gains
 * nothing may stay unpaired.
 *
 * @param gains  that of row r and column c at r * stride + c; negative: not a
 *               pair. Their sum must stay under 2^50.
 * @param column of each row; -1: unpaired
 * @return the total. Allocates nothing.
 */
int64_t ex_assign(const int64_t *gains, size_t stride, size_t rows,
    size_t columns, void *work, int column[]);

/* ---- cpu --------------------------------------------------------------- */

enum ex_cpu_flag {
	EX_CPU_AVX2 = 1 << 0,   /**< AVX2 with FMA */
	EX_CPU_AVX512 = 1 << 1, /**< AVX-512 F, BW, DQ, VL */
};
/** Flags of this machine, less those that ex_cpu_mask took away. */
unsigned ex_cpu_flags(void);
/** Keep only these flags; from EXEUNT_CPU=none|avx2|avx512 at start too. */
void ex_cpu_mask(unsigned flags);

#endif
