/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX models through ONNX Runtime and through ours: every output of every
 * model, the largest difference at most 1e-4 of the output's range. ONNX
 * Runtime is npm's package in bench/peers; node runs it once for all models.
 */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "exeunt/nn.h"
#include "onnx_models.h"
#include "test.h"

#define RUNNER EX_TEST_ROOT "/bench/peers/ort_run.mjs"
#define PACKAGE                                                                \
	EX_TEST_ROOT "/bench/peers/node_modules/onnxruntime-node/package.json"
#define MOST 1e-4

static char folder[] = "/tmp/exeunt-onnx-XXXXXX";
static const char *why_not; /* ONNX Runtime did not run */

static char *
file_of(const struct onnx_sample *s, const char *ending)
{
	static char path[256];

	snprintf(path, sizeof path, "%s/%s%s", folder, s->name, ending);
	return path;
}

static size_t
input_size(const struct onnx_sample *s)
{
	return (size_t)s->batch * (size_t)s->channels * (size_t)s->height *
	       (size_t)s->width;
}

static void
fill_input(const struct onnx_sample *s, float *to)
{
	struct ex_rng rng;

	ex_rng_init(&rng, 99);
	for (size_t i = 0; i < input_size(s); i++)
		to[i] = (float)ex_rng_normal(&rng);
}

static void
write_sample(const struct onnx_sample *s)
{
	const int32_t head[] = { 4, s->batch, s->channels, s->height,
		s->width };
	struct onnx_bytes in = { 0 };
	struct onnx_model m;
	float *data = malloc(input_size(s) * sizeof *data);

	assert_non_null(data);
	fill_input(s, data);
	onnx_put(&in, head, sizeof head);
	onnx_put(&in, data, input_size(s) * sizeof *data);
	onnx_sample_make(s, &m);
	assert_int_equal(
	    ex_file_write(file_of(s, ".onnx"), m.file.data, m.file.n, NULL),
	    EX_OK);
	assert_int_equal(
	    ex_file_write(file_of(s, ".in"), in.data, in.n, NULL), EX_OK);
	onnx_free(&m);
	free(in.data);
	free(data);
}

static int
run_peer(void **state)
{
	char command[512];

	(void)state;
	if (system("node --version >/dev/null 2>&1") != 0)
		why_not = "no node";
	else if (access(PACKAGE, R_OK) != 0)
		why_not = "no onnxruntime-node (scripts/setup peers)";
	if (why_not)
		return 0;
	if (!mkdtemp(folder))
		return -1;
	for (int i = 0; i < n_onnx_samples; i++)
		write_sample(&onnx_samples[i]);
	snprintf(command, sizeof command, "node '%s' '%s' >&2", RUNNER, folder);
	return system(command) == 0 ? 0 : -1;
}

static int
remove_all(void **state)
{
	static const char *const endings[] = { ".onnx", ".in", ".out", ".err" };

	(void)state;
	for (int i = 0; !why_not && i < n_onnx_samples; i++)
		for (int k = 0; k < 4; k++)
			unlink(file_of(&onnx_samples[i], endings[k]));
	if (!why_not)
		rmdir(folder);
	return 0;
}

/* One tensor of the peer's file beside ours. */
static void
compare(const struct onnx_sample *s, unsigned i, struct ex_bytes *theirs,
    struct ex_onnx_tensor ours)
{
	float low = INFINITY, high = -INFINITY, worst = 0;
	uint32_t rank, size;
	size_t n = 1;

	assert_true(ex_bytes_le32(theirs, &rank));
	assert_int_equal(rank, ours.rank);
	for (uint32_t k = 0; k < rank; k++) {
		assert_true(ex_bytes_le32(theirs, &size));
		assert_int_equal(size, ours.dims[k]);
		n *= size;
	}
	for (size_t k = 0; k < n; k++) {
		float x;

		assert_true(ex_bytes_copy(theirs, &x, sizeof x));
		low = fminf(low, x);
		high = fmaxf(high, x);
		worst = fmaxf(worst, fabsf(x - ours.data[k]));
		assert_true(isfinite(ours.data[k]));
	}
	print_message("# %s %u: %.1e of range %.3g\n", s->name, i,
	    (double)(worst / (high > low ? high - low : 1)),
	    (double)(high - low));
	assert_true(worst <= MOST * (high > low ? high - low : fabsf(high)));
}

static void
outputs_are_those_of_onnx_runtime(void **state)
{
	const struct onnx_sample *s = *state;
	struct ex_blob file = { 0 };
	struct ex_error err = { 0 };
	struct ex_onnx_net *net;
	struct ex_onnx_plan *plan;
	struct ex_bytes theirs;
	struct onnx_model m;

	if (why_not) {
		print_message("# skipped: %s\n", why_not);
		skip();
	}
	if (!onnx_sample_make(s, &m)) {
		onnx_free(&m);
		print_message("# skipped: no models (npm ci)\n");
		skip();
	}
	if (ex_onnx_net_read(onnx_file(&m), &net, s->name, &err) != EX_OK ||
	    ex_onnx_plan_new(net, s->batch, s->height, s->width, &plan, &err) !=
		EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	onnx_free(&m);
	fill_input(s, ex_onnx_plan_input(plan));
	for (int k = 0; k < 2; k++) /* the second as good as the first */
		assert_int_equal(ex_onnx_plan_run(plan), EX_OK);
	if (ex_file_read(file_of(s, ".out"), 1 << 26, &file, &err) != EX_OK &&
	    ex_file_read(file_of(s, ".err"), 1 << 16, &file, &err) == EX_OK)
		fail_msg("ONNX Runtime: %.*s", (int)file.size,
		    (const char *)file.data);
	theirs = ex_blob_bytes(&file);
	for (unsigned i = 0; i < ex_onnx_net_outputs(net); i++)
		compare(s, i, &theirs, ex_onnx_plan_output(plan, i));
	assert_int_equal(theirs.size, 0);
	ex_blob_free(&file);
	ex_onnx_plan_free(&plan);
	ex_onnx_net_free(&net);
}

/* The same network by both of our roads, on the same picture. */
static void
matcher_as_onnx_is_the_matcher(void **state)
{
	const struct onnx_sample *s = &onnx_samples[0];
	struct ex_dlib_net net;
	struct ex_nn_plan *plan;
	struct ex_onnx_net *onnx;
	struct ex_onnx_plan *other;
	struct onnx_model m;
	const float *a, *b;
	float most = 0;

	(void)state;
	if (!onnx_matcher_read(&net)) {
		print_message("# skipped: no models (npm ci)\n");
		skip();
	}
	assert_true(onnx_sample_make(s, &m));
	assert_int_equal(
	    ex_onnx_net_read(onnx_file(&m), &onnx, s->name, NULL), EX_OK);
	onnx_free(&m);
	assert_int_equal(
	    ex_onnx_plan_new(onnx, 1, s->height, s->width, &other, NULL),
	    EX_OK);
	assert_int_equal(
	    ex_nn_plan_new(net.graph, 1, s->height, s->width, &plan), EX_OK);
	fill_input(s, ex_onnx_plan_input(other));
	for (int c = 0; c < 3; c++) /* NCHW to NHWC */
		for (int i = 0; i < s->height * s->width; i++)
			ex_nn_plan_input(plan)[i * 3 + c] = ex_onnx_plan_input(
			    other)[c * s->height * s->width + i];
	a = ex_nn_plan_run(plan);
	assert_int_equal(ex_onnx_plan_run(other), EX_OK);
	b = ex_onnx_plan_output(other, 0).data;
	assert_non_null(a);
	for (int i = 0; i < 128; i++)
		most = fmaxf(most, fabsf(a[i]));
	for (int i = 0; i < 128; i++)
		assert_true(fabsf(a[i] - b[i]) <= MOST * 2 * most);
	ex_nn_plan_free(&plan);
	ex_onnx_plan_free(&other);
	ex_onnx_net_free(&onnx);
	ex_dlib_net_free(&net);
}

int
main(void)
{
	static struct CMUnitTest tests[128];
	static char names[128][64];

	for (int i = 0; i < n_onnx_samples; i++) {
		snprintf(names[i], sizeof names[i],
		    "%s_is_that_of_onnx_runtime", onnx_samples[i].name);
		tests[i] = (struct CMUnitTest){ names[i],
			outputs_are_those_of_onnx_runtime, NULL, NULL,
			(void *)(uintptr_t)&onnx_samples[i] };
	}
	tests[n_onnx_samples] =
	    (struct CMUnitTest)cmocka_unit_test(matcher_as_onnx_is_the_matcher);
	return _cmocka_run_group_tests(
	    "onnx", tests, (size_t)n_onnx_samples + 1, run_peer, remove_all);
}
