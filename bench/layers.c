/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each layer as a graph of its own, at the size it has in the whole. Operations
 * are counted as the convolution is written: kernels that need fewer products
 * pass the peak.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "exeunt/nn.h"

/* A tiled pyramid of 1280 x 720 pixels (see src/face/pyramid.c) and a chip. */
static const struct {
	const char *name, *file, *layers;
	int height, width, rounds;
} networks[] = {
	{ "detector", "mmod_human_face_detector.dat", "pcarcarcarcarcarcarcM",
	    2644, 1302, 5 },
	{ "matcher", "dlib_face_recognition_resnet_model_v1.dat",
	    "scarx1carca+r1carca+r1carca+r1carca2kv&r"
	    "1carca+r1carca+r1carca+r1carca2kv&r1carca+r1carca+r1carca2kv&r"
	    "1carca+r1carca+r1carca2kv&rvfL",
	    150, 150, 50 },
};

struct row {
	char what[64];
	int count;
	double gflop, seconds; /* of all of them */
};

static enum ex_status
read_net(const char *models, int which, struct ex_dlib_net *net)
{
	char *path = ex_path_join(models, networks[which].file);
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_error err;
	struct ex_blob blob = { 0 };

	if (path)
		status = ex_file_read(path, 1 << 26, &blob, &err);
	if (status == EX_OK)
		status = ex_dlib_net_read(ex_blob_bytes(&blob),
		    networks[which].layers, net, path, &err);
	ex_blob_free(&blob);
	free(path);
	return status;
}

/* Least time of a graph of this one layer; 0 when it cannot be made. */
static double
time_layer(const struct ex_nn_layer *layer, struct ex_nn_shape in, int rounds)
{
	static struct ex_nn_graph one;
	struct ex_nn_plan *p;
	double best = 0;

	one = (struct ex_nn_graph){ .in_channels = in.channels, .n_layers = 1 };
	one.layers[0] = *layer;
	one.layers[0].in = -1;
	if (ex_nn_plan_new(&one, 1, in.height, in.width, &p) != EX_OK)
		return 0;
	for (int i = 0; i < rounds; i++) {
		const int64_t start = cpu_ns();

		ex_nn_plan_run(p);
		keep_least(&best, cpu_seconds_since(start));
	}
	ex_nn_plan_free(&p);
	return best;
}

/* Shape of a layer's output: that of the graph cut off behind it. */
static bool
shape_after(struct ex_nn_graph *g, int layer, struct ex_nn_shape in,
    struct ex_nn_shape *out)
{
	const int all = g->n_layers;
	struct ex_nn_plan *p;
	enum ex_status status;

	*out = in;
	if (layer < 0)
		return true;
	g->n_layers = layer + 1;
	status = ex_nn_plan_new(g, 1, in.height, in.width, &p);
	if (status == EX_OK)
		*out = ex_nn_plan_output_shape(p);
	ex_nn_plan_free(&p);
	g->n_layers = all;
	return status == EX_OK;
}

/* Layers of one shape share a row. */
static void
add_row(
    struct row *rows, int *n, const char *what, double gflop, double seconds)
{
	int i = 0;

	while (i < *n && strcmp(rows[i].what, what) != 0)
		i++;
	if (i == *n) {
		rows[(*n)++] = (struct row){ .count = 0 };
		snprintf(rows[i].what, sizeof rows[i].what, "%s", what);
	}
	rows[i].count++;
	rows[i].gflop += gflop;
	rows[i].seconds += seconds;
}

static int
measure(struct ex_dlib_net *net, int which, struct row *rows)
{
	const struct ex_nn_shape input = { 1, networks[which].height,
		networks[which].width, 3 };
	int n = 0;

	for (int i = 0; i < net->graph->n_layers; i++) {
		const struct ex_nn_layer *l = &net->graph->layers[i];
		struct ex_nn_shape in, out;
		char what[64];

		if (l->op != EX_NN_CONV ||
		    !shape_after(net->graph, l->in, input, &in) ||
		    !shape_after(net->graph, i, input, &out))
			continue;
		snprintf(what, sizeof what, "%dx%dx%d to %d, %dx%d/%d",
		    in.width, in.height, in.channels, out.channels, l->kernel,
		    l->kernel, l->stride);
		add_row(rows, &n, what,
		    2e-9 * out.height * out.width * out.channels * in.channels *
			l->kernel * l->kernel,
		    time_layer(l, in, networks[which].rounds));
	}
	return n;
}

static void
print_rows(const struct row *rows, int n, int which, double peak, FILE *json)
{
	double gflop = 0, seconds = 0;

	printf("\n%-38s %5s %9s %9s %7s\n", networks[which].name, "times", "ms",
	    "GFLOP/s", "peak");
	fprintf(json, ",\n \"%s\": [", networks[which].name);
	for (int i = 0; i < n; i++) {
		const double rate = rows[i].gflop / rows[i].seconds;

		printf("  %-36s %5d %9.2f %9.1f %6.0f%%\n", rows[i].what,
		    rows[i].count, rows[i].seconds * 1e3, rate,
		    peak > 0 ? 100 * rate / peak : 0);
		fprintf(json,
		    "%s\n  {\"layer\": \"%s\", \"times\": %d, \"ms\": %.3f, "
		    "\"gflops\": %.1f}",
		    i ? "," : "", rows[i].what, rows[i].count,
		    rows[i].seconds * 1e3, rate);
		gflop += rows[i].gflop;
		seconds += rows[i].seconds;
	}
	fprintf(json, "]");
	printf("  %-36s %5s %9.2f %9.1f %6.0f%%\n", "together", "",
	    seconds * 1e3, gflop / seconds,
	    peak > 0 ? 100 * gflop / seconds / peak : 0);
}

bool
layers_print(const char *models, double peak, FILE *json)
{
	static struct row rows[EX_NN_MAX_LAYERS];

	for (int i = 0; i < (int)(sizeof networks / sizeof *networks); i++) {
		struct ex_dlib_net net;

		if (read_net(models, i, &net) != EX_OK)
			return false;
		print_rows(rows, measure(&net, i, rows), i, peak, json);
		ex_dlib_net_free(&net);
	}
	return true;
}
