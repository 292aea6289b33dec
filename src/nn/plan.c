/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A graph made ready for one size. All values are NHWC floats. Buffers are
 * shared by layers whose outputs do not live at the same time, planned once:
 *
 * (P1) A run allocates nothing.
 * (P2) No layer writes a buffer that a later layer still has to read.
 * (P3) The input buffer is written by the caller alone.
 */
#include "exeunt/nn.h"

#include "band.h"
#include "flush.h"
#include "onednn.h"
#include "ops.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_VALUES ((int64_t)1 << 31)

struct step {
	struct ex_nn_shape shape; /* of its output */
	int buffer;
	int last_use;              /* index of the last step that reads it */
	struct conv *conv;         /* CONV only */
	struct spread *spread;     /* CONV to few channels: see ops.h */
	struct winograd *winograd; /* CONV of 5 x 5 */
};

struct ex_nn_plan {
	const struct ex_nn_graph *graph;
	struct ex_nn_shape in_shape;
	float *input;
	struct step steps[EX_NN_MAX_LAYERS];
	struct band *band; /* the first layers, or NULL */
	int first;         /* step whose output the band writes; else 0 */
	float *buffers[EX_NN_MAX_LAYERS];
	size_t sizes[EX_NN_MAX_LAYERS]; /* floats */
	int n_buffers;
	void *scratch;
	size_t scratch_size;
};

static struct ex_nn_shape
shape_of(const struct ex_nn_plan *p, int layer)
{
	return layer < 0 ? p->in_shape : p->steps[layer].shape;
}

static float *
data_of(const struct ex_nn_plan *p, int layer)
{
	return layer < 0 ? p->input : p->buffers[p->steps[layer].buffer];
}

static int64_t
values(struct ex_nn_shape s)
{
	return (int64_t)s.batch * s.height * s.width * s.channels;
}

static int
larger(int a, int b)
{
	return a > b ? a : b;
}

static struct ex_nn_shape
output_shape(const struct ex_nn_plan *p, const struct ex_nn_layer *l)
{
	struct ex_nn_shape s = shape_of(p, l->in), t;

	switch (l->op) {
	case EX_NN_CONV:
	case EX_NN_MAX_POOL:
	case EX_NN_AVG_POOL:
		if (l->kernel == 0) { /* the whole picture */
			s.height = s.width = 1;
			break;
		}
		s.height =
		    s.height + 2 * l->pad < l->kernel
			? 0
			: (s.height + 2 * l->pad - l->kernel) / l->stride + 1;
		s.width =
		    s.width + 2 * l->pad < l->kernel
			? 0
			: (s.width + 2 * l->pad - l->kernel) / l->stride + 1;
		break;
	case EX_NN_ADD:
		t = shape_of(p, l->in2);
		s.height = larger(s.height, t.height);
		s.width = larger(s.width, t.width);
		break;
	case EX_NN_FULL:
		s.height = s.width = 1;
		break;
	}
	s.channels = l->out_channels;
	return s;
}

/* The weights of a fully connected layer are for so many inputs. */
static bool
fits(const struct ex_nn_plan *p, const struct ex_nn_layer *l)
{
	struct ex_nn_shape in = shape_of(p, l->in);

	return l->op != EX_NN_FULL ||
	       values(in) == (int64_t)in.batch * l->in_channels;
}

static enum ex_status
infer_shapes(struct ex_nn_plan *p)
{
	if (values(p->in_shape) > MAX_VALUES)
		return EX_ERR_TOO_LARGE;
	for (int i = 0; i < p->graph->n_layers; i++) {
		const struct ex_nn_layer *l = &p->graph->layers[i];
		struct step *s = &p->steps[i];

		assert(l->in < i && l->in2 < i);
		if (!fits(p, l))
			return EX_ERR_TOO_LARGE;
		s->shape = output_shape(p, l);
		if (values(s->shape) < 1 || values(s->shape) > MAX_VALUES)
			return EX_ERR_TOO_LARGE;
		s->last_use = i;
		if (l->in >= 0)
			p->steps[l->in].last_use = i;
		if (l->op == EX_NN_ADD && l->in2 >= 0)
			p->steps[l->in2].last_use = i;
	}
	return EX_OK;
}

/* A buffer whose last reader is before step i is free for it. (P2) */
static bool
is_free(const struct ex_nn_plan *p, int buffer, int i)
{
	for (int j = p->first; j < i; j++)
		if (p->steps[j].buffer == buffer && p->steps[j].last_use >= i)
			return false;
	return true;
}

static enum ex_status
assign_buffers(struct ex_nn_plan *p)
{
	for (int i = p->first; i < p->graph->n_layers; i++) {
		size_t need = (size_t)values(p->steps[i].shape);
		int b = 0;

		while (b < p->n_buffers && !is_free(p, b, i))
			b++;
		if (b == p->n_buffers)
			p->n_buffers++;
		p->steps[i].buffer = b;
		if (p->sizes[b] < need)
			p->sizes[b] = need;
	}
	for (int b = 0; b < p->n_buffers; b++) {
		p->buffers[b] = ex_calloc(p->sizes[b], sizeof(float));
		if (!p->buffers[b])
			return EX_ERR_NOMEM;
	}
	p->input = ex_calloc((size_t)values(p->in_shape), sizeof(float));
	return p->input ? EX_OK : EX_ERR_NOMEM;
}

static enum ex_status
make_kernel(struct ex_nn_plan *p, int i)
{
	const struct ex_nn_layer *l = &p->graph->layers[i];
	struct ex_nn_shape in = shape_of(p, l->in), out = p->steps[i].shape;
	const struct conv_shape shape = {
		.batch = in.batch,
		.height = in.height,
		.width = in.width,
		.channels = in.channels,
		.out_height = out.height,
		.out_width = out.width,
		.out_channels = out.channels,
		.kernel = l->kernel,
		.stride = l->stride,
		.pad = l->pad,
		.relu = l->relu,
	};
	enum ex_status status;
	size_t need = 0;

	assert(in.channels == l->in_channels);
	if (ex_spread_suits(&shape)) {
		status = ex_spread_new(
		    &shape, l->weights, l->bias, &p->steps[i].spread);
		if (status == EX_OK)
			need = ex_spread_scratch_size(p->steps[i].spread);
	} else if (ex_winograd_suits(&shape)) {
		status = ex_winograd_new(
		    &shape, l->weights, l->bias, &p->steps[i].winograd);
		if (status == EX_OK)
			need = ex_winograd_scratch_size(p->steps[i].winograd);
	} else {
		status =
		    ex_conv_new(&shape, l->weights, l->bias, &p->steps[i].conv);
		if (status == EX_OK)
			need = ex_conv_scratch_size(p->steps[i].conv);
	}
	if (status != EX_OK)
		return status;
	if (p->scratch_size < need)
		p->scratch_size = need;
	return EX_OK;
}

static enum ex_status
make_kernels(struct ex_nn_plan *p)
{
	int n = p->band ? p->first + 1 : 0;
	enum ex_status status = EX_OK;

	for (int i = n; i < p->graph->n_layers && status == EX_OK; i++)
		if (p->graph->layers[i].op == EX_NN_CONV)
			status = make_kernel(p, i);
	if (status != EX_OK)
		return status;
	p->scratch = ex_calloc(p->scratch_size, 1);
	return p->scratch ? EX_OK : EX_ERR_NOMEM;
}

/* The first layers in bands, where that is worth it. */
static enum ex_status
make_band(struct ex_nn_plan *p)
{
	struct ex_nn_shape shapes[EX_NN_MAX_LAYERS];
	int n = ex_band_layers(p->graph, p->in_shape);
	enum ex_status status;

	if (n == 0)
		return EX_OK;
	for (int i = 0; i < n; i++)
		shapes[i] = p->steps[i].shape;
	status = ex_band_new(p->graph, n, p->in_shape, shapes, &p->band);
	if (status != EX_OK)
		return status;
	p->first = n - 1;
	p->scratch_size = ex_band_scratch_size(p->band);
	return EX_OK;
}

enum ex_status
ex_nn_plan_new(const struct ex_nn_graph *g, int batch, int height, int width,
    struct ex_nn_plan **out)
{
	struct ex_nn_plan *p;
	enum ex_status status;

	*out = NULL;
	if (batch < 1 || batch > 64 || height < 1 || height > 32768 ||
	    width < 1 || width > 32768)
		return EX_ERR_TOO_LARGE;
	p = ex_calloc(1, sizeof *p);
	if (!p)
		return EX_ERR_NOMEM;
	p->graph = g;
	p->in_shape =
	    (struct ex_nn_shape){ batch, height, width, g->in_channels };
	status = infer_shapes(p);
	if (status == EX_OK)
		status = make_band(p);
	if (status == EX_OK)
		status = assign_buffers(p);
	if (status == EX_OK)
		status = make_kernels(p);
	if (status != EX_OK)
		ex_nn_plan_free(&p);
	*out = p;
	return status;
}

void
ex_nn_plan_wipe(struct ex_nn_plan *p)
{
	if (p->input)
		ex_wipe(p->input, (size_t)values(p->in_shape) * sizeof(float));
	for (int b = 0; b < p->n_buffers; b++)
		if (p->buffers[b])
			ex_wipe(p->buffers[b], p->sizes[b] * sizeof(float));
	if (p->scratch)
		ex_wipe(p->scratch, p->scratch_size);
	if (p->band)
		ex_band_wipe(p->band);
}

void
ex_nn_plan_free(struct ex_nn_plan **plan)
{
	struct ex_nn_plan *p = *plan;

	if (!p)
		return;
	ex_nn_plan_wipe(p);
	for (int i = 0; i < p->graph->n_layers; i++) {
		ex_conv_free(&p->steps[i].conv);
		ex_spread_free(&p->steps[i].spread);
		ex_winograd_free(&p->steps[i].winograd);
	}
	ex_band_free(&p->band);
	for (int b = 0; b < p->n_buffers; b++)
		free(p->buffers[b]);
	free(p->input);
	free(p->scratch);
	free(p);
	*plan = NULL;
}

float *
ex_nn_plan_input(struct ex_nn_plan *p)
{
	return p->input;
}

struct ex_nn_shape
ex_nn_plan_output_shape(const struct ex_nn_plan *p)
{
	return shape_of(p, p->graph->n_layers - 1);
}

static bool
run_conv(const struct step *s, const float *in, float *out, void *scratch)
{
	if (s->spread)
		return ex_spread_run(s->spread, in, out, scratch);
	if (s->winograd)
		return ex_winograd_run(s->winograd, in, out, scratch);
	return ex_conv_run(s->conv, in, out, scratch);
}

static bool
run_step(struct ex_nn_plan *p, int i)
{
	const struct ex_nn_layer *l = &p->graph->layers[i];
	const struct step *s = &p->steps[i];
	const float *in = data_of(p, l->in);
	float *out = p->buffers[s->buffer];
	struct ex_nn_shape in_shape = shape_of(p, l->in);

	switch (l->op) {
	case EX_NN_CONV:
		return run_conv(s, in, out, p->scratch);
	case EX_NN_MAX_POOL:
		ex_nn_max_pool(
		    in, in_shape, l->kernel, l->stride, out, s->shape);
		return true;
	case EX_NN_AVG_POOL:
		ex_nn_mean_pool(
		    in, in_shape, l->kernel, l->stride, out, s->shape);
		return true;
	case EX_NN_ADD:
		ex_nn_add(in, in_shape, data_of(p, l->in2), shape_of(p, l->in2),
		    l->relu, out, s->shape);
		return true;
	case EX_NN_FULL:
		ex_nn_full(in, in_shape, l->weights, out, s->shape);
		return true;
	}
	return false;
}

static bool
run_all(struct ex_nn_plan *p)
{
	int n = 0;

	if (p->band) {
		n = p->first + 1;
		if (!ex_band_run(
			p->band, p->input, data_of(p, p->first), p->scratch))
			return false;
	}
	for (int i = n; i < p->graph->n_layers; i++)
		if (!run_step(p, i))
			return false;
	return true;
}

const float *
ex_nn_plan_run(struct ex_nn_plan *p)
{
	const unsigned held = flush_begin();
	const bool ok = run_all(p);

	flush_end(held);
	return ok ? data_of(p, p->graph->n_layers - 1) : NULL;
}
