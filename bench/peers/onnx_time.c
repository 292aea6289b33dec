/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks as ONNX, for ONNX Runtime and for us.
 *
 *   onnx_time write DIR              dlib's matcher and, with random weights,
 *                                    networks like those in use: NAME.onnx with
 *                                    NAME.in for ort_time.mjs
 *   onnx_time run MODEL INPUT ROUNDS the least time of a run here, in ms
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exeunt/nn.h"
#include "onnx_models.h"

static int
give_up(const struct ex_error *err)
{
	fprintf(stderr, "onnx_time: %s: %s\n", err->what, err->why);
	return 1;
}

static enum ex_status
write_one(const char *dir, const char *name, const struct onnx_model *m,
    const int32_t dims[4], struct ex_error *err)
{
	const int32_t rank = 4;
	struct onnx_bytes in = { 0 };
	enum ex_status status;
	struct ex_rng rng;
	char path[512];

	ex_rng_init(&rng, 1);
	onnx_put(&in, &rank, sizeof rank);
	onnx_put(&in, dims, 4 * sizeof *dims);
	for (int i = 0; i < dims[0] * dims[1] * dims[2] * dims[3]; i++) {
		const float x = (float)(ex_rng_unit(&rng) - 0.5);

		onnx_put(&in, &x, sizeof x);
	}
	snprintf(path, sizeof path, "%s/%s.onnx", dir, name);
	status = ex_file_write(path, m->file.data, m->file.n, err);
	snprintf(path, sizeof path, "%s/%s.in", dir, name);
	if (status == EX_OK)
		status = ex_file_write(path, in.data, in.n, err);
	free(in.data);
	return status;
}

static int
write_all(const char *dir)
{
	struct ex_error err = { 0 };
	enum ex_status status = ex_dir_make(dir, &err);

	for (int i = 0; i < n_onnx_samples && status == EX_OK; i++) {
		const struct onnx_sample *s = &onnx_samples[i];
		const int32_t dims[] = { s->batch, s->channels, s->height,
			s->width };
		struct onnx_model m;

		if (!s->build)
			continue;
		if (onnx_sample_make(s, &m))
			status = write_one(dir, s->name, &m, dims, &err);
		else
			fprintf(stderr, "onnx_time: no %s (npm ci)\n", s->name);
		onnx_free(&m);
	}
	return status == EX_OK ? 0 : give_up(&err);
}

/* Sizes, then as many floats. */
static bool
take_input(struct ex_bytes in, uint32_t dims[5])
{
	for (int i = 0; i < 5; i++)
		if (!ex_bytes_le32(&in, &dims[i]) || dims[i] > 32768)
			return false;
	return dims[0] == 4;
}

static int
run(const char *model, const char *input, int rounds)
{
	struct ex_blob file = { 0 }, in = { 0 };
	struct ex_error err = { .what = "input", .why = "no such tensor" };
	struct ex_onnx_net *net = NULL;
	struct ex_onnx_plan *plan = NULL;
	double least = 1e9;
	uint32_t d[5];
	size_t n;

	if (ex_file_read(model, (size_t)1 << 30, &file, &err) != EX_OK ||
	    ex_file_read(input, 1 << 28, &in, &err) != EX_OK ||
	    !take_input(ex_blob_bytes(&in), d) ||
	    ex_onnx_net_read(ex_blob_bytes(&file), &net, model, &err) !=
		EX_OK ||
	    ex_onnx_plan_new(
		net, (int)d[1], (int)d[3], (int)d[4], &plan, &err) != EX_OK)
		return give_up(&err);
	n = (size_t)d[1] * d[2] * d[3] * d[4] * sizeof(float);
	if (ex_onnx_net_input(net).channels != (int)d[2] || in.size != 20 + n)
		return give_up(&err);
	memcpy(ex_onnx_plan_input(plan), in.data + 20, n);
	for (int i = 0; i < rounds + 2; i++) {
		const int64_t start = ex_clock_mono_ns();

		if (ex_onnx_plan_run(plan) != EX_OK)
			return give_up(&err);
		const double ms = (double)(ex_clock_mono_ns() - start) / 1e6;

		if (i >= 2 && ms < least) /* the first two warm up */
			least = ms;
	}
	printf("%.3f\n", least);
	ex_onnx_plan_free(&plan);
	ex_onnx_net_free(&net);
	ex_blob_free(&file);
	ex_blob_free(&in);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "write") == 0)
		return write_all(argv[2]);
	if (argc == 5 && strcmp(argv[1], "run") == 0 && atoi(argv[4]) > 0)
		return run(argv[2], argv[3], atoi(argv[4]));
	fprintf(stderr, "usage: onnx_time write DIR\n"
			"       onnx_time run MODEL INPUT ROUNDS\n");
	return 2;
}
