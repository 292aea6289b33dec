/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlib's networks (19.x). A file is the loss, then the layers nested from the
 * last to the first: a version number going in, the layer's own data coming
 * out. So versions are read backwards along the caller's letters and the data
 * forwards. Nothing recurses.
 */
#include "exeunt/nn.h"

#include "dlib_cursor.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct ex_bytes in;
	struct ex_dlib_net *net;
	int last;     /* layer whose output is current; -1: the input */
	int channels; /* of it; 0 until the first convolution says */
	int tag[2];
	int tag_channels[2];
	const char *problem;
	bool out_of_memory;
	bool whole; /* all was read: no lack of bytes is the problem */
};

static bool
refuse(struct reader *r, const char *problem)
{
	if (!r->problem)
		r->problem = problem;
	return false;
}

static struct ex_nn_layer *
add_layer(struct reader *r, enum ex_nn_op op)
{
	struct ex_nn_graph *g = r->net->graph;
	struct ex_nn_layer *l;

	if (g->n_layers == EX_NN_MAX_LAYERS) {
		refuse(r, "too many layers");
		return NULL;
	}
	l = &g->layers[g->n_layers];
	*l = (struct ex_nn_layer){ .op = op, .in = r->last, .in2 = -1 };
	l->in_channels = l->out_channels = r->channels;
	r->last = g->n_layers++;
	return l;
}

static float *
floats(struct reader *r, size_t n)
{
	float *p = ex_calloc(n, sizeof *p);

	r->out_of_memory |= !p;
	return p;
}

/* Sizes of con_, max_pool_, avg_pool_: window, strides, paddings. */
struct window {
	int64_t rows, columns, stride_y, stride_x, pad_y, pad_x;
};

static bool
take_window(struct reader *r, struct window *w)
{
	struct ex_bytes *in = &r->in;

	if (!ex_dlib_int(in, 0, 64, &w->rows) ||
	    !ex_dlib_int(in, 0, 64, &w->columns) ||
	    !ex_dlib_int(in, 1, 64, &w->stride_y) ||
	    !ex_dlib_int(in, 1, 64, &w->stride_x) ||
	    !ex_dlib_int(in, 0, 63, &w->pad_y) ||
	    !ex_dlib_int(in, 0, 63, &w->pad_x))
		return refuse(r, "window of a layer out of range");
	if (w->rows != w->columns || w->stride_y != w->stride_x ||
	    w->pad_y != w->pad_x)
		return refuse(r, "window of a layer is not square");
	return true;
}

static bool
skip_doubles(struct reader *r, int n)
{
	double d;

	while (n-- > 0)
		if (!ex_dlib_double(&r->in, &d))
			return refuse(r, "number expected");
	return true;
}

/* Filters (out x in x rows x columns) and biases out of the layer's tensor. */
static bool
fill_conv(struct reader *r, const struct dlib_tensor *params,
    const struct dlib_tensor *filters, const struct dlib_tensor *biases,
    const struct window *w)
{
	struct ex_nn_layer *l;

	if (filters->n < 1 || filters->n > 4096 || filters->k < 1 ||
	    filters->k > 4096 || w->rows < 1 || filters->rows != w->rows ||
	    filters->columns != w->columns ||
	    (int64_t)biases->count != filters->n ||
	    params->count != filters->count + biases->count)
		return refuse(r, "convolution's sizes do not fit together");
	if (r->channels != 0 && filters->k != r->channels)
		return refuse(r, "convolution does not fit the layer before");
	if (!(l = add_layer(r, EX_NN_CONV)))
		return false;
	if (l->in == -1)
		r->net->graph->in_channels = (int)filters->k;
	l->in_channels = (int)filters->k;
	l->out_channels = r->channels = (int)filters->n;
	l->kernel = (int)w->rows;
	l->stride = (int)w->stride_y;
	l->pad = (int)w->pad_y;
	l->weights = floats(r, filters->count);
	l->bias = floats(r, biases->count);
	if (!l->weights || !l->bias)
		return false;
	if (!ex_dlib_values(params, 0, filters->count, l->weights) ||
	    !ex_dlib_values(params, filters->count, biases->count, l->bias))
		return refuse(r, "weights are not finite");
	return true;
}

static bool
take_conv(struct reader *r)
{
	static const char *const words[] = { "con_4", NULL };
	struct dlib_tensor params, filters, biases;
	struct window w;
	int64_t n;
	int which;

	if (!ex_dlib_word(&r->in, words, &which) ||
	    !ex_dlib_tensor(&r->in, &params) ||
	    !ex_dlib_int(&r->in, 1, 4096, &n))
		return refuse(r, "convolution expected");
	if (!take_window(r, &w))
		return false;
	if (!ex_dlib_alias(&r->in, &filters) || !ex_dlib_alias(&r->in, &biases))
		return refuse(r, "convolution's shapes expected");
	return skip_doubles(r, 4) &&
	       fill_conv(r, &params, &filters, &biases, &w);
}

/* A layer y = gamma x + beta, channel by channel. */
struct affine {
	struct dlib_tensor params;           /* gamma, then beta */
	struct dlib_tensor means, variances; /* count 0: none to divide by */
	double eps;
};

static bool
affine_at(const struct affine *a, size_t c, size_t channels, float *gamma,
    float *beta)
{
	float mean, variance;

	if (!ex_dlib_values(&a->params, c, 1, gamma) ||
	    !ex_dlib_values(&a->params, channels + c, 1, beta))
		return false;
	if (a->means.count == 0)
		return true;
	if (!ex_dlib_values(&a->means, c, 1, &mean) ||
	    !ex_dlib_values(&a->variances, c, 1, &variance) ||
	    !(variance + a->eps > 0))
		return false;
	*gamma = (float)(*gamma / sqrt(variance + a->eps));
	*beta -= *gamma * mean;
	return true;
}

/* Times gamma; false where that is past what a float holds. */
static bool
scale(float *p, size_t n, float gamma)
{
	bool finite = true;

	for (size_t i = 0; i < n; i++) {
		p[i] *= gamma;
		finite &= isfinite(p[i]) != 0;
	}
	return finite;
}

/* Into the convolution whose output x is. */
static bool
fold_affine(struct reader *r, const struct affine *a)
{
	struct ex_nn_layer *l = &r->net->graph->layers[r->last];
	const size_t out = (size_t)l->out_channels;
	const size_t per =
	    (size_t)l->in_channels * (size_t)l->kernel * (size_t)l->kernel;

	for (size_t o = 0; o < out; o++) {
		float gamma, beta;

		if (!affine_at(a, o, out, &gamma, &beta) ||
		    !scale(l->weights + o * per, per, gamma))
			return refuse(r, "affine layer is not finite");
		l->bias[o] = l->bias[o] * gamma + beta;
		if (!isfinite(l->bias[o]))
			return refuse(r, "affine layer is not finite");
	}
	return true;
}

/* What batch normalisation (bn_con2) has more than an affine layer. */
static bool
take_statistics(struct reader *r, struct affine *a)
{
	struct dlib_tensor last_means, last_deviations;
	int64_t updates, window;

	if (!ex_dlib_tensor(&r->in, &last_means) ||
	    !ex_dlib_tensor(&r->in, &last_deviations) ||
	    !ex_dlib_tensor(&r->in, &a->means) ||
	    !ex_dlib_tensor(&r->in, &a->variances) ||
	    !ex_dlib_int(&r->in, 0, INT64_MAX, &updates) ||
	    !ex_dlib_int(&r->in, 0, INT64_MAX, &window) ||
	    !skip_doubles(r, 4) || !ex_dlib_double(&r->in, &a->eps))
		return refuse(r, "statistics of a normalisation expected");
	if (a->means.count != (size_t)r->channels ||
	    a->variances.count != (size_t)r->channels)
		return refuse(r, "normalisation does not fit a convolution");
	return true;
}

static bool
take_affine(struct reader *r)
{
	static const char *const words[] = { "affine_", "bn_con2", NULL };
	struct affine a = { 0 };
	struct dlib_tensor gamma, beta;
	int64_t mode;
	int which;

	if (!ex_dlib_word(&r->in, words, &which) ||
	    !ex_dlib_tensor(&r->in, &a.params) ||
	    !ex_dlib_alias(&r->in, &gamma) || !ex_dlib_alias(&r->in, &beta))
		return refuse(r, "affine layer expected");
	if (r->last < 0 || r->net->graph->layers[r->last].op != EX_NN_CONV ||
	    r->net->graph->layers[r->last].relu ||
	    gamma.count != (size_t)r->channels ||
	    beta.count != (size_t)r->channels ||
	    a.params.count != 2 * (size_t)r->channels)
		return refuse(r, "affine layer does not fit a convolution");
	if (which == 1)
		return take_statistics(r, &a) && fold_affine(r, &a);
	if (!ex_dlib_int(&r->in, 0, 1, &mode))
		return refuse(r, "affine layer's mode expected");
	return fold_affine(r, &a);
}

static bool
take_relu(struct reader *r)
{
	static const char *const words[] = { "relu_", NULL };
	struct ex_nn_layer *l;
	int which;

	if (!ex_dlib_word(&r->in, words, &which) || r->last < 0)
		return refuse(r, "relu expected");
	l = &r->net->graph->layers[r->last];
	if (l->op != EX_NN_CONV && l->op != EX_NN_ADD)
		return refuse(r, "relu after a layer that takes none");
	l->relu = true;
	return true;
}

static bool
take_pool(struct reader *r, enum ex_nn_op op)
{
	static const char *const most[] = { "max_pool_2", NULL };
	static const char *const mean[] = { "avg_pool_2", NULL };
	struct ex_nn_layer *l;
	struct window w;
	int which;

	if (!ex_dlib_word(&r->in, op == EX_NN_MAX_POOL ? most : mean, &which))
		return refuse(r, "pooling expected");
	if (!take_window(r, &w) || !(l = add_layer(r, op)))
		return false;
	if (w.pad_y != 0 || (w.rows == 0 && op == EX_NN_MAX_POOL))
		return refuse(r, "pooling of a kind not read");
	l->kernel = (int)w.rows;
	l->stride = (int)w.stride_y;
	return true;
}

static bool
take_add(struct reader *r, int tag)
{
	static const char *const words[] = { "add_prev_", NULL };
	struct ex_nn_layer *l;
	int which;

	if (!ex_dlib_word(&r->in, words, &which))
		return refuse(r, "addition expected");
	if (!(l = add_layer(r, EX_NN_ADD)))
		return false;
	l->in2 = r->tag[tag];
	if (r->tag_channels[tag] > r->channels)
		r->channels = r->tag_channels[tag];
	l->out_channels = r->channels;
	return true;
}

static bool
take_full(struct reader *r)
{
	static const char *const words[] = { "fc_2", NULL };
	struct dlib_tensor params, weights, biases;
	struct ex_nn_layer *l;
	int64_t outputs, inputs, mode;
	int which;

	if (!ex_dlib_word(&r->in, words, &which) ||
	    !ex_dlib_int(&r->in, 1, 4096, &outputs) ||
	    !ex_dlib_int(&r->in, 1, 4096, &inputs) ||
	    !ex_dlib_tensor(&r->in, &params) ||
	    !ex_dlib_alias(&r->in, &weights) ||
	    !ex_dlib_alias(&r->in, &biases) ||
	    !ex_dlib_int(&r->in, 0, 1, &mode))
		return refuse(r, "fully connected layer expected");
	/* Without bias (mode 1) the tensor is the weights alone. */
	if (mode != 1 || inputs != r->channels ||
	    params.count != (size_t)(inputs * outputs))
		return refuse(r, "fully connected layer's sizes do not fit");
	if (!(l = add_layer(r, EX_NN_FULL)))
		return false;
	l->out_channels = r->channels = (int)outputs;
	if (!(l->weights = floats(r, params.count)))
		return false;
	if (!ex_dlib_values(&params, 0, params.count, l->weights))
		return refuse(r, "weights are not finite");
	return skip_doubles(r, 4);
}

static bool
take_layer(struct reader *r, char letter)
{
	switch (letter) {
	case 'c':
		return take_conv(r);
	case 'a':
		return take_affine(r);
	case 'r':
		return take_relu(r);
	case 'x':
		return take_pool(r, EX_NN_MAX_POOL);
	case 'v':
		return take_pool(r, EX_NN_AVG_POOL);
	case '+':
		return take_add(r, 0);
	case '&':
		return take_add(r, 1);
	case 'f':
		return take_full(r);
	default:
		return refuse(r, "layer of an unknown kind");
	}
}

static bool
take_input(struct reader *r, char letter)
{
	static const char *const sized[] = { "input_rgb_image_sized", NULL };
	static const char *const pyramid[] = { "input_rgb_image_pyramid",
		"input_rgb_image_pyramid2", NULL };
	struct ex_dlib_net *net = r->net;
	int64_t a = 10, b = 11; /* paddings where the old form has none */
	int which;

	if (!ex_dlib_word(&r->in, letter == 'p' ? pyramid : sized, &which) ||
	    !ex_dlib_float(&r->in, &net->mean[0]) ||
	    !ex_dlib_float(&r->in, &net->mean[1]) ||
	    !ex_dlib_float(&r->in, &net->mean[2]))
		return refuse(r, "input layer expected");
	if (letter == 's') {
		if (!ex_dlib_int(&r->in, 1, 4096, &a) ||
		    !ex_dlib_int(&r->in, 1, 4096, &b) || a != b)
			return refuse(r, "input's size is not square");
		net->side = (int)a;
		return true;
	}
	if (which == 1 && (!ex_dlib_int(&r->in, 0, 1000, &a) ||
			      !ex_dlib_int(&r->in, 0, 1000, &b)))
		return refuse(r, "pyramid's paddings expected");
	net->padding = (int)a;
	net->outer_padding = (int)b;
	return true;
}

/* What follows every layer's own data: flags and tensors of the training.
 * The first layer has two more tensors or a factor, by its version. */
static bool
skip_state(struct reader *r, int64_t version, bool first)
{
	struct dlib_tensor t;
	int64_t factor;
	bool flag;
	int tensors = first ? 3 : 2 + (version == 2);

	for (int i = 0; i < 3; i++)
		if (!ex_dlib_bool(&r->in, &flag))
			return refuse(r, "flag expected");
	for (int i = 0; i < tensors; i++)
		if (!ex_dlib_tensor(&r->in, &t))
			return refuse(r, "tensor expected");
	if (first && version == 3 && !ex_dlib_int(&r->in, 1, 1, &factor))
		return refuse(r, "sample expansion expected");
	return true;
}

static bool
take_windows(struct reader *r)
{
	int64_t n, version, width, height, length;
	struct ex_bytes label;

	if (!ex_dlib_int(&r->in, 1, EX_DLIB_MAX_WINDOWS, &n))
		return refuse(r, "number of detector windows out of range");
	for (int i = 0; i < n; i++) {
		if (!ex_dlib_int(&r->in, 1, 2, &version) ||
		    !ex_dlib_int(&r->in, 1, 4096, &width) ||
		    !ex_dlib_int(&r->in, 1, 4096, &height))
			return refuse(r, "detector window expected");
		if (version == 2 &&
		    (!ex_dlib_int(&r->in, 0, 64, &length) ||
			!ex_bytes_take(&r->in, (size_t)length, &label)))
			return refuse(r, "label of a window expected");
		r->net->windows[i].width = (int)width;
		r->net->windows[i].height = (int)height;
	}
	r->net->n_windows = (int)n;
	return true;
}

static bool
take_mmod(struct reader *r)
{
	static const char *const words[] = { "loss_mmod_", NULL };
	int64_t version, width, height;
	uint8_t pyramid;
	int which;

	if (!ex_dlib_word(&r->in, words, &which) ||
	    !ex_dlib_int(&r->in, 1, 3, &version))
		return refuse(r, "loss of a detector expected");
	if (version == 1) {
		if (!ex_dlib_int(&r->in, 1, 4096, &width) ||
		    !ex_dlib_int(&r->in, 1, 4096, &height))
			return refuse(r, "detector window expected");
		r->net->windows[0].width = (int)width;
		r->net->windows[0].height = (int)height;
		r->net->n_windows = 1;
	} else if (!take_windows(r)) {
		return false;
	}
	if (!skip_doubles(r, 3) || !ex_dlib_double(&r->in, &r->net->nms_iou) ||
	    !ex_dlib_double(&r->in, &r->net->nms_covered) ||
	    !skip_doubles(r, 2))
		return refuse(r, "overlap thresholds expected");
	if (version == 3 && !ex_bytes_u8(&r->in, &pyramid))
		return refuse(r, "pyramid flag expected");
	return true;
}

static bool
take_loss(struct reader *r, char letter)
{
	static const char *const metric[] = { "loss_metric_", "loss_metric_2",
		NULL };
	int64_t version;
	float number;
	int which;

	if (!ex_dlib_int(&r->in, 1, 1, &version))
		return refuse(r, "not a network with a loss layer");
	if (letter == 'M')
		return take_mmod(r);
	if (!ex_dlib_word(&r->in, metric, &which))
		return refuse(r, "loss of a metric expected");
	if (which == 1 && (!ex_dlib_float(&r->in, &number) ||
			      !ex_dlib_float(&r->in, &number)))
		return refuse(r, "loss of a metric expected");
	return true;
}

static bool
is_tag(char letter)
{
	return letter == '1' || letter == '2' || letter == 'k';
}

static bool
take_versions(struct reader *r, const char *layers, size_t n, int64_t *versions)
{
	for (size_t i = n; i-- > 1;) {
		int64_t least = i == 1 ? 2 : 1;
		int64_t most = is_tag(layers[i]) ? 1 : i == 1 ? 3 : 2;

		if (!ex_dlib_int(&r->in, least, most, &versions[i]))
			return refuse(r, "another number or kind of layers");
	}
	return true;
}

static bool
apply_tag(struct reader *r, char letter)
{
	if (letter == 'k') {
		r->last = r->tag[0];
		r->channels = r->tag_channels[0];
	} else {
		r->tag[letter - '1'] = r->last;
		r->tag_channels[letter - '1'] = r->channels;
	}
	return true;
}

/* layers: input, layer..., loss. */
static bool
take_net(struct reader *r, const char *layers)
{
	int64_t versions[EX_NN_MAX_LAYERS];
	size_t n = strlen(layers) - 1;

	if (n < 2 || n > EX_NN_MAX_LAYERS)
		return refuse(r, "no such list of layers");
	if (!take_loss(r, layers[n]) ||
	    !take_versions(r, layers, n, versions) || !take_input(r, layers[0]))
		return false;
	for (size_t i = 1; i < n; i++) {
		if (is_tag(layers[i])) {
			apply_tag(r, layers[i]);
			continue;
		}
		if (!take_layer(r, layers[i]) ||
		    !skip_state(r, versions[i], i == 1))
			return false;
	}
	r->whole = true;
	/* Each output channel of a detector is one window's score. */
	if (layers[n] == 'M' && r->channels != r->net->n_windows)
		return refuse(r, "outputs and windows differ in number");
	return r->in.size == 0 || refuse(r, "bytes left over at the end");
}

enum ex_status
ex_dlib_net_read(struct ex_bytes file, const char *layers,
    struct ex_dlib_net *out, const char *what, struct ex_error *err)
{
	struct reader r = {
		.in = file, .net = out, .last = -1, .tag = { -1, -1 }
	};
	enum ex_status status = EX_OK;

	*out = (struct ex_dlib_net){ 0 };
	out->graph = ex_calloc(1, sizeof *out->graph);
	if (!out->graph)
		return ex_fail(err, EX_ERR_NOMEM, what, NULL);
	if (!take_net(&r, layers)) {
		if (r.out_of_memory)
			status = ex_fail(err, EX_ERR_NOMEM, what, NULL);
		else
			status = ex_fail(err,
			    r.in.size == 0 && !r.whole ? EX_ERR_TRUNCATED
						       : EX_ERR_FORMAT,
			    what, "%s at byte %zu",
			    r.problem ? r.problem : "unreadable",
			    file.size - r.in.size);
		ex_dlib_net_free(out);
	}
	return status;
}

void
ex_dlib_net_free(struct ex_dlib_net *n)
{
	ex_nn_graph_free(&n->graph);
	*n = (struct ex_dlib_net){ 0 };
}

void
ex_nn_graph_free(struct ex_nn_graph **g)
{
	if (!*g)
		return;
	for (int i = 0; i < (*g)->n_layers; i++) {
		free((*g)->layers[i].weights);
		free((*g)->layers[i].bias);
	}
	free(*g);
	*g = NULL;
}
