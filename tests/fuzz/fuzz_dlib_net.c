/* SPDX-License-Identifier: Apache-2.0 */
/* A network in dlib's format. The first byte picks the layers it should hold.
 * What is read must be a graph that a plan may trust: layers that only look
 * back, channels that fit, weights that are numbers. */
#include <math.h>
#include <stdlib.h>

#include "exeunt/nn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const kinds[] = { "pcarcM", "scarx1ca2kv&rvfL", "pcM",
	"s1car2kcra+vfL" };

static void
need(bool promise)
{
	if (!promise)
		abort();
}

static int
channels_of(const struct ex_nn_graph *g, int layer)
{
	return layer < 0 ? g->in_channels : g->layers[layer].out_channels;
}

static void
check_layer(const struct ex_nn_graph *g, int i)
{
	const struct ex_nn_layer *l = &g->layers[i];
	size_t n = (size_t)l->in_channels * (size_t)l->out_channels;

	need(l->in >= -1 && l->in < i && l->in2 >= -1 && l->in2 < i);
	need(l->in_channels == channels_of(g, l->in));
	need(l->kernel >= 0 && l->kernel <= 64 && l->pad >= 0 && l->pad < 64);
	need(l->op == EX_NN_ADD || l->op == EX_NN_FULL || l->stride > 0);
	if (l->op != EX_NN_CONV && l->op != EX_NN_FULL)
		return;
	need(l->op == EX_NN_FULL || l->kernel > 0);
	if (l->op == EX_NN_CONV)
		n *= (size_t)l->kernel * (size_t)l->kernel;
	for (size_t k = 0; k < n; k++)
		need(isfinite(l->weights[k]));
	for (int k = 0; l->bias && k < l->out_channels; k++)
		need(isfinite(l->bias[k]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_bytes in = { data, size };
	struct ex_error err = { 0 };
	struct ex_dlib_net net;
	enum ex_status status;
	uint8_t kind;

	if (!ex_bytes_u8(&in, &kind))
		return 0;
	status = ex_dlib_net_read(in,
	    kinds[kind % (sizeof kinds / sizeof *kinds)], &net, "net", &err);
	if (status != EX_OK) {
		need(!net.graph && err.status == status && err.why[0]);
		return 0;
	}
	for (int i = 0; i < net.graph->n_layers; i++)
		check_layer(net.graph, i);
	need(net.n_windows <= EX_DLIB_MAX_WINDOWS);
	ex_dlib_net_free(&net);
	return 0;
}
