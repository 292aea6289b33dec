/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX files. Protobuf does the parsing, on a schema (onnx.proto) that nests to
 * a fixed depth, with memory from ex_calloc and not more of it than the size of
 * the file allows. What it made is then checked, name by name: the standard
 * wants every value made before it is used (IR, "Graphs": topologically
 * sorted), so that a cycle shows as a value nobody has made yet.
 */
#include "onnx_file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE     ((size_t)512 << 20)
#define MAX_NODES    4096
#define MAX_VALUES   16384
#define MAX_OUTPUTS  64
#define OPSET_OLDEST 7 /* broadcasting as it is since */
#define OPSET_NEWEST 21

/* ---- errors ------------------------------------------------------------ */

const char *
ex_onnx_printable(const char *from, char *to, size_t size)
{
	size_t i;

	for (i = 0; from[i] && i + 1 < size; i++)
		to[i] = (char)(from[i] > ' ' && from[i] < 127 ? from[i] : '?');
	to[i] = '\0';
	return to;
}

static const char *const op_names[] = {
#define ONNX_OP(id, name, least, most, planned_by, attributes) name,
#include "onnx_ops.inc"
#undef ONNX_OP
};

#undef ex_onnx_refuse /* the analyzer's, where it runs */

enum ex_status
ex_onnx_refuse(struct ex_error *err, const struct ex_onnx_net *net,
    const struct onnx_node *n, enum ex_status status, const char *why, ...)
{
	char text[200], name[80];
	va_list args;

	va_start(args, why);
	vsnprintf(text, sizeof text, why, args);
	va_end(args);
	if (!n)
		return ex_fail(err, status, net->what, "%s", text);
	return ex_fail(err, status, net->what, "node %s (%s): %s",
	    n->name[0] ? ex_onnx_printable(n->name, name, sizeof name)
		       : "without a name",
	    op_names[n->op], text);
}

static enum ex_status
no_memory(const struct ex_onnx_net *net, struct ex_error *err)
{
	return ex_fail(
	    err, EX_ERR_NOMEM, net->what, "%s", ex_status_text(EX_ERR_NOMEM));
}

/* ---- protobuf ---------------------------------------------------------- */

struct budget {
	size_t left;
	bool exceeded, out_of_memory;
};

static void *
budget_alloc(void *data, size_t n)
{
	struct budget *b = data;
	const size_t cost = n < b->left ? n / 64 * 64 + 80 : b->left + 1;
	void *p;

	if (cost > b->left) {
		b->exceeded = true;
		return NULL;
	}
	b->left -= cost;
	p = ex_calloc(1, n ? n : 1);
	b->out_of_memory |= !p;
	return p;
}

static void
budget_free(void *data, void *p)
{
	(void)data;
	free(p);
}

static enum ex_status
parse(struct ex_onnx_net *net, struct ex_bytes file, struct ex_error *err)
{
	/* Weights once over, and nodes: some ten times their bytes. */
	struct budget budget = { .left = 2 * file.size + (16 << 20) };
	ProtobufCAllocator allocator = { budget_alloc, budget_free, &budget };

	net->model = ex_onnx__model__unpack(&allocator, file.size, file.data);
	if (net->model)
		return EX_OK;
	if (budget.out_of_memory)
		return no_memory(net, err);
	if (budget.exceeded)
		return ex_fail(err, EX_ERR_TOO_LARGE, net->what,
		    "takes more memory than a file of its size should");
	return ex_fail(
	    err, EX_ERR_FORMAT, net->what, "is no ONNX model, or damaged");
}

/* ---- names ------------------------------------------------------------- */

/* From names to values: open addressing, never over half full. */
struct names {
	struct ex_onnx_net *net;
	int slots[4 * MAX_VALUES]; /* value + 1; 0: free */
};

static int *
slot_of(struct names *names, const char *name)
{
	const size_t n = sizeof names->slots / sizeof *names->slots;
	uint32_t hash = 2166136261u; /* FNV-1a */
	size_t i;

	for (const char *p = name; *p; p++)
		hash = (hash ^ (uint8_t)*p) * 16777619u;
	for (i = hash % n; names->slots[i]; i = (i + 1) % n)
		if (strcmp(names->net->values[names->slots[i] - 1].name,
			name) == 0)
			break;
	return &names->slots[i];
}

/* -1: nobody made it. */
static int
value_of(struct names *names, const char *name)
{
	return *slot_of(names, name) - 1;
}

/* -1: taken, or too many. */
static int
add_value(struct names *names, const char *name)
{
	struct ex_onnx_net *net = names->net;
	int *slot = slot_of(names, name);

	if (*slot || net->n_values == MAX_VALUES)
		return -1;
	net->values[net->n_values] =
	    (struct onnx_value){ .name = name, .user = -1 };
	*slot = ++net->n_values;
	return *slot - 1;
}

static enum ex_status
cannot_add(const struct ex_onnx_net *net, const struct onnx_node *n,
    const char *name, struct ex_error *err)
{
	char text[80];

	if (net->n_values == MAX_VALUES)
		return ex_onnx_refuse(err, net, n, EX_ERR_TOO_LARGE,
		    "over %d values", MAX_VALUES);
	return ex_onnx_refuse(err, net, n, EX_ERR_FORMAT,
	    "value %s is made twice",
	    ex_onnx_printable(name, text, sizeof text));
}

/* ---- the graph --------------------------------------------------------- */

static enum ex_status
take_opset(struct ex_onnx_net *net, struct ex_error *err)
{
	const ExOnnx__Model *m = net->model;

	for (size_t i = 0; i < m->n_opset; i++) {
		const ExOnnx__Opset *o = m->opset[i];
		const char *domain = o->domain ? o->domain : "";

		if (domain[0] && strcmp(domain, "ai.onnx") != 0)
			continue; /* its nodes, if any, are refused */
		if (o->version < OPSET_OLDEST || o->version > OPSET_NEWEST)
			return ex_onnx_refuse(err, net, NULL,
			    EX_ERR_UNSUPPORTED,
			    "opset %lld is not one of %d to %d",
			    (long long)o->version, OPSET_OLDEST, OPSET_NEWEST);
		net->opset = (int)o->version;
	}
	if (net->opset == 0)
		return ex_onnx_refuse(
		    err, net, NULL, EX_ERR_FORMAT, "names no opset");
	if (!m->graph)
		return ex_onnx_refuse(
		    err, net, NULL, EX_ERR_FORMAT, "holds no graph");
	if (m->n_function > 0 || m->graph->n_sparse_initializer > 0)
		return ex_onnx_refuse(err, net, NULL, EX_ERR_UNSUPPORTED,
		    "holds %s",
		    m->n_function > 0 ? "functions" : "sparse tensors");
	return EX_OK;
}

static enum ex_status
take_initializers(struct names *names, struct ex_error *err)
{
	struct ex_onnx_net *net = names->net;
	const ExOnnx__Graph *g = ((const ExOnnx__Model *)net->model)->graph;

	for (size_t i = 0; i < g->n_initializer; i++) {
		ExOnnx__Tensor *t = g->initializer[i];
		const char *name = t->name ? t->name : "", *problem = NULL;
		int v = add_value(names, name);
		enum ex_status status;
		char text[80];

		if (v < 0)
			return cannot_add(net, NULL, name, err);
		status = ex_onnx_tensor_take(
		    net, t, &net->values[v].constant, &problem);
		if (status == EX_ERR_NOMEM)
			return no_memory(net, err);
		if (status != EX_OK)
			return ex_onnx_refuse(err, net, NULL, status,
			    "tensor %s: %s",
			    ex_onnx_printable(name, text, sizeof text),
			    problem);
	}
	return EX_OK;
}

/* Sizes the file leaves open, by a name or not at all, are 0. */
static bool
take_input_dims(struct ex_onnx_net *net, const ExOnnx__Value *input)
{
	const ExOnnx__TensorType *t = input->type ? input->type->tensor : NULL;
	int dims[4];

	if (!t || t->elem_type != TYPE_FLOAT || !t->shape ||
	    t->shape->n_dim != 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int64_t n = t->shape->dim[i]->value;

		/* Some exporters write -1 for what is open. */
		dims[i] = n < 1 ? 0 : n > 32768 ? -1 : (int)n;
		if (dims[i] < 0)
			return false;
	}
	net->in_dims =
	    (struct ex_onnx_input){ dims[0], dims[1], dims[2], dims[3] };
	return dims[1] >= 1 && dims[1] <= 4096;
}

/* Older files list their weights among the inputs: one is left. */
static enum ex_status
take_input(struct names *names, struct ex_error *err)
{
	struct ex_onnx_net *net = names->net;
	const ExOnnx__Graph *g = ((const ExOnnx__Model *)net->model)->graph;

	net->input = -1;
	for (size_t i = 0; i < g->n_input; i++) {
		const char *name = g->input[i]->name ? g->input[i]->name : "";

		if (net->input != value_of(names, name) &&
		    value_of(names, name) >= 0)
			continue;
		if (net->input >= 0)
			return ex_onnx_refuse(err, net, NULL,
			    EX_ERR_UNSUPPORTED, "has more than one input");
		if (!take_input_dims(net, g->input[i]))
			return ex_onnx_refuse(err, net, NULL,
			    EX_ERR_UNSUPPORTED,
			    "its input is not of floats, batch x channels x "
			    "height x width with the channels told");
		net->input = add_value(names, name);
		if (net->input < 0)
			return cannot_add(net, NULL, name, err);
	}
	if (net->input < 0)
		return ex_onnx_refuse(
		    err, net, NULL, EX_ERR_FORMAT, "has no input");
	return EX_OK;
}

static enum ex_status
take_op(struct ex_onnx_net *net, const ExOnnx__Node *message,
    struct onnx_node *n, struct ex_error *err)
{
	static const struct {
		size_t least, most;
	} inputs[] = {
#define ONNX_OP(id, name, least, most, planned_by, attributes) { least, most },
#include "onnx_ops.inc"
#undef ONNX_OP
	};
	const char *type = message->op_type ? message->op_type : "";
	const char *domain = message->domain ? message->domain : "";
	char name[80], text[64];
	int op = 0;

	while (op < ONNX_N_OPS && strcmp(op_names[op], type) != 0)
		op++;
	if (op == ONNX_N_OPS || (domain[0] && strcmp(domain, "ai.onnx") != 0))
		return ex_onnx_refuse(err, net, NULL, EX_ERR_UNSUPPORTED,
		    "node %s: operator %s%s%s is not known",
		    n->name[0] ? ex_onnx_printable(n->name, name, sizeof name)
			       : "without a name",
		    ex_onnx_printable(type, text, sizeof text),
		    domain[0] ? " of another domain" : "", "");
	n->op = (enum onnx_op)op;
	if (message->n_input < inputs[op].least ||
	    message->n_input > inputs[op].most || message->n_output < 1 ||
	    message->n_output > 16)
		return ex_onnx_refuse(err, net, n, EX_ERR_FORMAT,
		    "%zu inputs and %zu outputs are not what it has",
		    message->n_input, message->n_output);
	return EX_OK;
}

static enum ex_status
take_inputs(struct names *names, const ExOnnx__Node *message,
    struct onnx_node *n, struct ex_error *err)
{
	struct ex_onnx_net *net = names->net;
	int *in = ex_arena_alloc(net->arena, message->n_input + 1, sizeof *in);
	char text[80];

	if (!in)
		return no_memory(net, err);
	n->in = in;
	n->n_in = (int)message->n_input;
	for (int i = 0; i < n->n_in; i++) {
		const char *name = message->input[i];

		in[i] = name[0] ? value_of(names, name) : -1;
		if (name[0] && in[i] < 0)
			return ex_onnx_refuse(err, net, n, EX_ERR_FORMAT,
			    "input %s is made by nothing before it",
			    ex_onnx_printable(name, text, sizeof text));
		if (in[i] < 0)
			continue;
		net->values[in[i]].uses++;
		net->values[in[i]].user = (int)(n - net->nodes);
	}
	return EX_OK;
}

/* Only the first output is made: the rest are of training. They still have
 * names, lest another node makes the same, but are of use to nobody. */
static enum ex_status
take_outputs(struct names *names, const ExOnnx__Node *message,
    struct onnx_node *n, struct ex_error *err)
{
	for (size_t i = 0; i < message->n_output; i++) {
		const char *name = message->output[i];
		int v;

		if (i > 0 && !name[0])
			continue;
		v = add_value(names, name);
		if (v < 0)
			return cannot_add(names->net, n, name, err);
		if (i == 0)
			n->out = v;
	}
	return EX_OK;
}

static enum ex_status
take_nodes(struct names *names, struct ex_error *err)
{
	struct ex_onnx_net *net = names->net;
	const ExOnnx__Graph *g = ((const ExOnnx__Model *)net->model)->graph;
	enum ex_status status = EX_OK;

	if (g->n_node > MAX_NODES)
		return ex_onnx_refuse(err, net, NULL, EX_ERR_TOO_LARGE,
		    "over %d nodes", MAX_NODES);
	net->nodes =
	    ex_arena_alloc(net->arena, g->n_node + 1, sizeof *net->nodes);
	if (!net->nodes)
		return no_memory(net, err);
	for (size_t i = 0; i < g->n_node && status == EX_OK; i++) {
		const ExOnnx__Node *message = g->node[i];
		struct onnx_node *n = &net->nodes[net->n_nodes++];

		n->name = message->name ? message->name : "";
		status = take_op(net, message, n, err);
		if (status == EX_OK)
			status = ex_onnx_attributes_take(net, message, n, err);
		if (status == EX_OK)
			status = take_inputs(names, message, n, err);
		if (status == EX_OK)
			status = take_outputs(names, message, n, err);
	}
	return status;
}

static enum ex_status
take_graph_outputs(struct names *names, struct ex_error *err)
{
	struct ex_onnx_net *net = names->net;
	const ExOnnx__Graph *g = ((const ExOnnx__Model *)net->model)->graph;
	char text[80];

	if (g->n_output < 1 || g->n_output > MAX_OUTPUTS)
		return ex_onnx_refuse(err, net, NULL, EX_ERR_FORMAT,
		    "has not 1 to %d outputs", MAX_OUTPUTS);
	net->outputs =
	    ex_arena_alloc(net->arena, g->n_output, sizeof *net->outputs);
	if (!net->outputs)
		return no_memory(net, err);
	for (size_t i = 0; i < g->n_output; i++) {
		const char *name = g->output[i]->name ? g->output[i]->name : "";
		int v = value_of(names, name);

		if (v < 0)
			return ex_onnx_refuse(err, net, NULL, EX_ERR_FORMAT,
			    "output %s is made by no node",
			    ex_onnx_printable(name, text, sizeof text));
		net->values[v].uses++;
		net->values[v].user = -1;
		net->outputs[net->n_outputs++] = v;
	}
	return EX_OK;
}

static enum ex_status
take_graph(struct ex_onnx_net *net, struct ex_error *err)
{
	struct names *names = ex_calloc(1, sizeof *names);
	enum ex_status status = EX_OK;

	net->values =
	    ex_arena_alloc(net->arena, MAX_VALUES, sizeof *net->values);
	if (!names || !net->values) {
		free(names);
		return no_memory(net, err);
	}
	names->net = net;
	status = take_initializers(names, err);
	if (status == EX_OK)
		status = take_input(names, err);
	if (status == EX_OK)
		status = take_nodes(names, err);
	if (status == EX_OK)
		status = take_graph_outputs(names, err);
	free(names);
	return status;
}

enum ex_status
ex_onnx_net_read(struct ex_bytes file, struct ex_onnx_net **out,
    const char *what, struct ex_error *err)
{
	struct ex_onnx_net *net;
	enum ex_status status;

	*out = NULL;
	if (file.size > MAX_FILE)
		return ex_fail(err, EX_ERR_TOO_LARGE, what, "over 512 MiB");
	net = ex_calloc(1, sizeof *net);
	if (!net)
		return ex_fail(err, EX_ERR_NOMEM, what, "%s",
		    ex_status_text(EX_ERR_NOMEM));
	net->what = ex_strdup(what);
	/* Whole numbers grow to floats from a byte of the file. */
	net->arena = ex_arena_new(4 * file.size + (64 << 20));
	if (!net->what || !net->arena)
		status = ex_fail(err, EX_ERR_NOMEM, what, "%s",
		    ex_status_text(EX_ERR_NOMEM));
	else
		status = parse(net, file, err);
	if (status == EX_OK)
		status = take_opset(net, err);
	if (status == EX_OK)
		status = take_graph(net, err);
	if (status != EX_OK)
		ex_onnx_net_free(&net);
	*out = net;
	return status;
}

void
ex_onnx_net_free(struct ex_onnx_net **n)
{
	ProtobufCAllocator allocator = { budget_alloc, budget_free, NULL };

	if (!*n)
		return;
	if ((*n)->model)
		ex_onnx__model__free_unpacked((*n)->model, &allocator);
	ex_arena_free(&(*n)->arena);
	free((*n)->what);
	free(*n);
	*n = NULL;
}

struct ex_onnx_input
ex_onnx_net_input(const struct ex_onnx_net *n)
{
	return n->in_dims;
}

unsigned
ex_onnx_net_outputs(const struct ex_onnx_net *n)
{
	return (unsigned)n->n_outputs;
}

const char *
ex_onnx_net_output_name(const struct ex_onnx_net *n, unsigned i)
{
	return n->values[n->outputs[i]].name;
}
