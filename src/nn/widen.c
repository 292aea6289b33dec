/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/nn.h"

#include <stdlib.h>
#include <string.h>

#define LANES 16 /* floats of a vector register */

/* Is the next layer a convolution, and the only one that reads this? */
static bool
feeds_next_alone(const struct ex_nn_graph *g, int i)
{
	if (i + 1 >= g->n_layers || g->layers[i + 1].op != EX_NN_CONV ||
	    g->layers[i + 1].in != i)
		return false;
	for (int j = i + 2; j < g->n_layers; j++)
		if (g->layers[j].in == i ||
		    (g->layers[j].op == EX_NN_ADD && g->layers[j].in2 == i))
			return false;
	return true;
}

/* `rows` blocks of `from` values become blocks of `to`, zeros behind. */
static float *
spaced(const float *old, size_t rows, size_t from, size_t to)
{
	float *p = ex_calloc(rows * to, sizeof *p);

	for (size_t i = 0; p && i < rows; i++)
		memcpy(p + i * to, old + i * from, from * sizeof *p);
	return p;
}

static size_t
taps(const struct ex_nn_layer *l)
{
	return (size_t)l->kernel * (size_t)l->kernel;
}

static bool
widen(struct ex_nn_layer *l, struct ex_nn_layer *next, int wide)
{
	const size_t old = (size_t)l->out_channels, now = (size_t)wide;
	const size_t per = (size_t)l->in_channels * taps(l);
	float *weights = spaced(l->weights, 1, old * per, now * per);
	float *bias = spaced(l->bias, 1, old, now);
	float *after = spaced(next->weights, (size_t)next->out_channels,
	    old * taps(next), now * taps(next));

	if (!weights || !bias || !after) {
		free(weights);
		free(bias);
		free(after);
		return false;
	}
	free(l->weights);
	free(l->bias);
	free(next->weights);
	l->weights = weights;
	l->bias = bias;
	next->weights = after;
	l->out_channels = next->in_channels = wide;
	return true;
}

enum ex_status
ex_nn_graph_widen(struct ex_nn_graph *g)
{
	for (int i = 0; i < g->n_layers; i++) {
		struct ex_nn_layer *l = &g->layers[i];
		int wide = (l->out_channels + LANES - 1) / LANES * LANES;

		if (l->op != EX_NN_CONV || wide == l->out_channels ||
		    l->out_channels <= LANES || !feeds_next_alone(g, i))
			continue;
		if (!widen(l, l + 1, wide))
			return EX_ERR_NOMEM;
	}
	return EX_OK;
}
