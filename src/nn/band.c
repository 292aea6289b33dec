/* SPDX-License-Identifier: Apache-2.0 */
#include "band.h"

#include "onednn.h"

#include <stdlib.h>

#define ROWS       32 /* of the last layer's output in a band */
#define MAX_LAYERS 8

/* The chain of layers at one height: whole bands, and the rest at the end. */
struct chain {
	int rows[MAX_LAYERS + 1]; /* of the input, then of each output */
	struct conv *convs[MAX_LAYERS];
};

struct band {
	int n;
	int strides; /* of all layers together: rows in for a row out */
	struct ex_nn_shape in, out;
	struct chain whole, rest; /* rest.rows[n] may be 0: there is none */
	float *between[2];
	size_t between_size[2]; /* floats */
	size_t scratch_size;
};

int
ex_band_layers(const struct ex_nn_graph *g, struct ex_nn_shape in)
{
	int height = in.height, n = 0;

	for (; n < g->n_layers && n < MAX_LAYERS; n++) {
		const struct ex_nn_layer *l = &g->layers[n];

		if (l->op != EX_NN_CONV || l->in != n - 1 || l->pad != 0 ||
		    height < l->kernel)
			break;
		height = (height - l->kernel) / l->stride + 1;
	}
	/* Somebody further on may want what lies between. */
	for (int i = n; i < g->n_layers; i++)
		if (g->layers[i].in < n - 1 ||
		    (g->layers[i].op == EX_NN_ADD && g->layers[i].in2 < n - 1))
			return 0;
	return in.batch == 1 && n >= 2 && height >= 2 * ROWS ? n : 0;
}

static enum ex_status
make_chain(struct band *b, const struct ex_nn_graph *g,
    const struct ex_nn_shape shapes[], int rows, struct chain *c)
{
	c->rows[b->n] = rows;
	for (int i = b->n; i-- > 0 && rows > 0;)
		c->rows[i] = (c->rows[i + 1] - 1) * g->layers[i].stride +
			     g->layers[i].kernel;
	for (int i = 0; i < b->n && rows > 0; i++) {
		const struct ex_nn_layer *l = &g->layers[i];
		struct ex_nn_shape from = i ? shapes[i - 1] : b->in;
		const struct conv_shape shape = {
			.batch = 1,
			.height = c->rows[i],
			.width = from.width,
			.channels = from.channels,
			.out_height = c->rows[i + 1],
			.out_width = shapes[i].width,
			.out_channels = shapes[i].channels,
			.kernel = l->kernel,
			.stride = l->stride,
			.relu = l->relu,
		};
		enum ex_status status =
		    ex_conv_new(&shape, l->weights, l->bias, &c->convs[i]);

		if (status != EX_OK)
			return status;
		if (b->scratch_size < ex_conv_scratch_size(c->convs[i]))
			b->scratch_size = ex_conv_scratch_size(c->convs[i]);
	}
	return EX_OK;
}

static enum ex_status
make_between(struct band *b, const struct ex_nn_shape shapes[])
{
	for (int i = 0; i + 1 < b->n; i++) {
		size_t need = (size_t)b->whole.rows[i + 1] *
			      (size_t)shapes[i].width *
			      (size_t)shapes[i].channels;

		if (b->between_size[i % 2] < need)
			b->between_size[i % 2] = need;
	}
	for (int i = 0; i < 2; i++) {
		b->between[i] = ex_calloc(b->between_size[i], sizeof(float));
		if (!b->between[i])
			return EX_ERR_NOMEM;
	}
	return EX_OK;
}

enum ex_status
ex_band_new(const struct ex_nn_graph *g, int n, struct ex_nn_shape in,
    const struct ex_nn_shape shapes[], struct band **out)
{
	struct band *b = ex_calloc(1, sizeof *b);
	enum ex_status status;

	*out = NULL;
	if (!b)
		return EX_ERR_NOMEM;
	b->n = n;
	b->in = in;
	b->out = shapes[n - 1];
	b->strides = 1;
	for (int i = 0; i < n; i++)
		b->strides *= g->layers[i].stride;
	status = make_chain(b, g, shapes, ROWS, &b->whole);
	if (status == EX_OK)
		status =
		    make_chain(b, g, shapes, b->out.height % ROWS, &b->rest);
	if (status == EX_OK)
		status = make_between(b, shapes);
	if (status != EX_OK)
		ex_band_free(&b);
	*out = b;
	return status;
}

void
ex_band_wipe(struct band *b)
{
	for (int i = 0; i < 2; i++)
		if (b->between[i])
			ex_wipe(
			    b->between[i], b->between_size[i] * sizeof(float));
}

void
ex_band_free(struct band **band)
{
	struct band *b = *band;

	if (!b)
		return;
	ex_band_wipe(b);
	for (int i = 0; i < b->n; i++) {
		ex_conv_free(&b->whole.convs[i]);
		ex_conv_free(&b->rest.convs[i]);
	}
	free(b->between[0]);
	free(b->between[1]);
	free(b);
	*band = NULL;
}

size_t
ex_band_scratch_size(const struct band *b)
{
	return b->scratch_size;
}

bool
ex_band_run(struct band *b, const float *in, float *out, void *scratch)
{
	const size_t in_row = (size_t)b->in.width * (size_t)b->in.channels;
	const size_t out_row = (size_t)b->out.width * (size_t)b->out.channels;

	for (int y = 0; y < b->out.height; y += ROWS) {
		struct chain *c =
		    y + ROWS <= b->out.height ? &b->whole : &b->rest;
		const float *from =
		    in + (size_t)y * (size_t)b->strides * in_row;

		for (int i = 0; i < b->n; i++) {
			float *to = i + 1 < b->n ? b->between[i % 2]
						 : out + (size_t)y * out_row;

			if (!ex_conv_run(c->convs[i], from, to, scratch))
				return false;
			from = to;
		}
	}
	return true;
}
