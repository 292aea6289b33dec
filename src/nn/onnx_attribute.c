/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_file.h"

#include <math.h>
#include <string.h>

/* The table's letter of a type of attribute, by the standard's number; '\0':
 * graphs, sparse tensors and what else no operator of ours has. */
static char
letter_of(int type)
{
	static const char letters[] = { '\0', 'f', 'i', 's', 't', '\0', 'F',
		'I' };

	return type > 0 && type < (int)sizeof letters ? letters[type] : '\0';
}

/* Does the list hold `name:type `? */
static bool
listed(const char *list, const char *name, char type)
{
	const size_t n = strlen(name);

	for (const char *p = list; *p; p = strchr(p, ' ') + 1)
		if (strncmp(p, name, n) == 0 && p[n] == ':' && p[n + 1] == type)
			return true;
	return false;
}

static const char *
list_of(enum onnx_op op)
{
	static const char *const lists[] = {
#define ONNX_OP(id, name, least, most, planned_by, attributes) (attributes),
#include "onnx_ops.inc"
#undef ONNX_OP
	};

	return lists[op];
}

static bool
is_finite(const ExOnnx__Attribute *a)
{
	bool finite = !isnan(a->f);

	for (size_t i = 0; i < a->n_floats; i++)
		finite &= isfinite(a->floats[i]) != 0;
	return finite;
}

static enum ex_status
check(const struct ex_onnx_net *net, const ExOnnx__Attribute *a,
    struct onnx_node *n, struct ex_error *err)
{
	char name[64];

	ex_onnx_printable(a->name ? a->name : "", name, sizeof name);
	if (a->has_graph || a->type == 5 || a->type == 10)
		return ex_onnx_refuse(err, net, n, EX_ERR_UNSUPPORTED,
		    "attribute %s is a graph within the graph", name);
	if (a->ref_attr_name && a->ref_attr_name[0])
		return ex_onnx_refuse(err, net, n, EX_ERR_UNSUPPORTED,
		    "attribute %s refers to another", name);
	if (!a->name || !letter_of(a->type) ||
	    !listed(list_of(n->op), a->name, letter_of(a->type)))
		return ex_onnx_refuse(err, net, n, EX_ERR_UNSUPPORTED,
		    "attribute %s of type %d is not known", name, a->type);
	if (!is_finite(a))
		return ex_onnx_refuse(err, net, n, EX_ERR_FORMAT,
		    "attribute %s is no number", name);
	return EX_OK;
}

static enum ex_status
take_value(struct ex_onnx_net *net, ExOnnx__Attribute *a, struct onnx_node *n,
    struct ex_error *err)
{
	const char *problem = NULL;
	enum ex_status status = EX_ERR_FORMAT;

	if (a->t)
		status = ex_onnx_tensor_take(net, a->t, &n->tensor, &problem);
	if (status == EX_OK)
		return EX_OK;
	return ex_onnx_refuse(err, net, n, status, "its tensor: %s",
	    status == EX_ERR_NOMEM ? ex_status_text(status)
	    : problem              ? problem
				   : "it is missing");
}

/* Attributes that became inputs, and in which opset. */
static const struct {
	enum onnx_op op;
	int since;
	const char *names[4];
} moved[] = {
	{ ONNX_CLIP, 11, { "min", "max" } },
	{ ONNX_REDUCE_L2, 18, { "axes" } },
	{ ONNX_REDUCE_MEAN, 18, { "axes" } },
	{ ONNX_REDUCE_SUM, 13, { "axes" } },
	{ ONNX_SLICE, 10, { "axes", "ends", "starts" } },
	{ ONNX_SQUEEZE, 13, { "axes" } },
	{ ONNX_UNSQUEEZE, 13, { "axes" } },
};

/* Each of them is where the file's opset has it, never in both places. */
static enum ex_status
check_opset(const struct ex_onnx_net *net, size_t n_in,
    const struct onnx_node *n, struct ex_error *err)
{
	size_t i = 0;

	while (i < sizeof moved / sizeof *moved && moved[i].op != n->op)
		i++;
	if (i == sizeof moved / sizeof *moved)
		return EX_OK;
	if (net->opset < moved[i].since && n_in > 1)
		return ex_onnx_refuse(err, net, n, EX_ERR_FORMAT,
		    "%s is no input before opset %d", moved[i].names[0],
		    moved[i].since);
	for (int k = 0; net->opset >= moved[i].since && moved[i].names[k]; k++)
		if (ex_onnx_has(n, moved[i].names[k]))
			return ex_onnx_refuse(err, net, n, EX_ERR_FORMAT,
			    "%s is no attribute since opset %d",
			    moved[i].names[k], moved[i].since);
	return EX_OK;
}

enum ex_status
ex_onnx_attributes_take(struct ex_onnx_net *net, const ExOnnx__Node *message,
    struct onnx_node *n, struct ex_error *err)
{
	enum ex_status status = EX_OK;

	n->attributes = (const void *)message;
	for (size_t i = 0; i < message->n_attribute && status == EX_OK; i++) {
		status = check(net, message->attribute[i], n, err);
		if (status == EX_OK &&
		    letter_of(message->attribute[i]->type) == 't')
			status = take_value(net, message->attribute[i], n, err);
	}
	return status == EX_OK ? check_opset(net, message->n_input, n, err)
			       : status;
}

/* The first of that name; its type is the table's. */
static const ExOnnx__Attribute *
find(const struct onnx_node *n, const char *name)
{
	const ExOnnx__Node *message = (const void *)n->attributes;

	for (size_t i = 0; i < message->n_attribute; i++)
		if (strcmp(message->attribute[i]->name, name) == 0)
			return message->attribute[i];
	return NULL;
}

bool
ex_onnx_has(const struct onnx_node *n, const char *name)
{
	return find(n, name) != NULL;
}

int64_t
ex_onnx_int(const struct onnx_node *n, const char *name, int64_t otherwise)
{
	const ExOnnx__Attribute *a = find(n, name);

	return a ? a->i : otherwise;
}

float
ex_onnx_float(const struct onnx_node *n, const char *name, float otherwise)
{
	const ExOnnx__Attribute *a = find(n, name);

	return a ? a->f : otherwise;
}

struct onnx_ints
ex_onnx_ints(const struct onnx_node *n, const char *name)
{
	const ExOnnx__Attribute *a = find(n, name);

	if (!a)
		return (struct onnx_ints){ NULL, 0 };
	return (struct onnx_ints){ a->ints, a->n_ints };
}

struct onnx_floats
ex_onnx_floats(const struct onnx_node *n, const char *name)
{
	const ExOnnx__Attribute *a = find(n, name);

	if (!a)
		return (struct onnx_floats){ NULL, 0 };
	return (struct onnx_floats){ a->floats, a->n_floats };
}

int
ex_onnx_choice(
    const struct onnx_node *n, const char *name, const char *const words[])
{
	const ExOnnx__Attribute *a = find(n, name);

	if (!a)
		return 0;
	for (int i = 0; words[i]; i++)
		if (a->s.len == strlen(words[i]) && a->s.len > 0 &&
		    memcmp(a->s.data, words[i], a->s.len) == 0)
			return i;
	return -1;
}
