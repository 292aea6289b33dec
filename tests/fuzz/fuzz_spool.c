/* SPDX-License-Identifier: Apache-2.0 */
/* A spool whose one file is anything: it is handed out, or set aside; it is
 * never there twice, and the spool's sum is what lies there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/flow/spool.h"

#define ID "01M880CGA09T09XTT5MDFA7H6E"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64], name[EX_ULID_SIZE];

static void
clean(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", dir);
	if (system(command) != 0)
		abort();
}

static int64_t
after_all_terms(void)
{
	int64_t ms;

	ex_ulid_time(name, &ms);
	return ms + INT64_C(100) * 86400000;
}

/* Under the name that it asks for, where it asks for one. */
static void
set_name(struct ex_bytes in)
{
	struct ex_envelope_head head;
	int64_t ms;

	snprintf(name, sizeof name, "%s", ID);
	if (ex_envelope_peek(in, &head, NULL) == EX_OK &&
	    ex_ulid_time(head.crossing, &ms))
		memcpy(name, head.crossing, sizeof name);
}

static void
write_input(const uint8_t *data, size_t size)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s.envelope", dir, name);
	f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size || fclose(f) != 0)
		abort();
}

/* Once with pictures, once after every term. */
static void
look(int64_t (*now)(void))
{
	const struct ex_spool_options o = { .dir = dir, .now_ms = now };
	struct ex_spool *s;
	struct ex_error err;
	struct ex_blob blob;
	char id[EX_ULID_SIZE];
	struct ex_spool_count n;
	enum ex_status status;

	if (ex_spool_open(&o, &s, &err) != EX_OK)
		abort();
	status = ex_spool_next(s, id, &blob, &err);
	n = ex_spool_count(s);
	if (status == EX_OK &&
	    (strcmp(id, name) != 0 || n.waiting != 1 || n.bytes != blob.size))
		abort();
	if (status == EX_NO && (n.waiting != 0 || n.bytes != 0))
		abort();
	if (status == EX_OK && ex_spool_done(s, id, &err) != EX_OK)
		abort();
	ex_blob_free(&blob);
	ex_spool_close(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!dir[0]) {
		snprintf(dir, sizeof dir, "/tmp/exeunt-fuzz-spool-XXXXXX");
		if (!mkdtemp(dir))
			abort();
		atexit(clean);
	}
	set_name((struct ex_bytes){ data, size });
	write_input(data, size);
	look(NULL);
	write_input(data, size);
	look(after_all_terms);
	return 0;
}
