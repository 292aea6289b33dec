/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bodies of requests against the schemas that the API's description tells
 * (JSON Schema 2020-12, of which schemas.json uses: $ref, type, enum, const,
 * required, properties, additionalProperties: false, items, minItems, maxItems,
 * minLength, maxLength, minimum, maximum, exclusiveMinimum, anyOf). What is
 * refused is named by its place, never by its value.
 */
#include "parts.h"

#include <string.h>

#define DEEPEST 16

extern const char ex_schemas_json[];

enum ex_status
ex_schemas_read(json_t **out, struct ex_error *err)
{
	json_error_t where;

	*out = json_loads(ex_schemas_json, JSON_REJECT_DUPLICATES, &where);
	if (*out)
		return EX_OK;
	if (json_error_code(&where) == json_error_out_of_memory)
		return ex_fail(err, EX_ERR_NOMEM, "schemas", NULL);
	return ex_fail(err, EX_ERR_INTERNAL, "schemas", "line %d: %s",
	    where.line, where.text);
}

struct checker {
	json_t *schemas;
	char at[128]; /* "body.documents[2].mrz" */
	unsigned depth;
	struct ex_error *err;
};

static enum ex_status check(
    struct checker *c, const json_t *schema, const json_t *value);

static enum ex_status
wrong(const struct checker *c, const char *why)
{
	return ex_fail(c->err, EX_ERR_INPUT, c->at, "%s", why);
}

static bool
is_type(const char *type, const json_t *v)
{
	static const struct {
		const char *word;
		json_type type;
	} types[] = { { "object", JSON_OBJECT }, { "array", JSON_ARRAY },
		{ "string", JSON_STRING }, { "integer", JSON_INTEGER },
		{ "number", JSON_REAL }, { "null", JSON_NULL } };

	if (strcmp(type, "boolean") == 0)
		return json_is_boolean(v);
	if (strcmp(type, "number") == 0 && json_is_integer(v))
		return true;
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(type, types[i].word) == 0)
			return json_typeof(v) == types[i].type;
	return false;
}

static enum ex_status
check_type(const struct checker *c, const json_t *schema, const json_t *value)
{
	const json_t *type = json_object_get(schema, "type"), *one;
	char why[64];
	size_t i;

	if (json_is_string(type)) {
		if (is_type(json_string_value(type), value))
			return EX_OK;
		snprintf(why, sizeof why, "must be of type %s",
		    json_string_value(type));
		return wrong(c, why);
	}
	json_array_foreach(type, i,
	    one) if (is_type(json_string_value(one), value)) return EX_OK;
	return type ? wrong(c, "is of another type") : EX_OK;
}

static enum ex_status
check_enum(const struct checker *c, const json_t *schema, const json_t *value)
{
	const json_t *list = json_object_get(schema, "enum"), *one;
	size_t i;

	json_array_foreach(
	    list, i, one) if (json_equal(one, value)) return EX_OK;
	return list ? wrong(c, "is not one of the words allowed") : EX_OK;
}

/* A bound, or `standard` where there is none. */
static double
bound(const json_t *schema, const char *name, double standard)
{
	const json_t *v = json_object_get(schema, name);

	return json_is_number(v) ? json_number_value(v) : standard;
}

static double
characters(const char *s)
{
	double n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static enum ex_status
check_bounds(const struct checker *c, const json_t *schema, const json_t *v)
{
	const double far = 1e300;
	double n;

	if (json_is_string(v)) {
		n = characters(json_string_value(v));
		if (strlen(json_string_value(v)) != json_string_length(v))
			return wrong(c, "holds a NUL");
		if (n < bound(schema, "minLength", 0))
			return wrong(c, "is too short");
		if (n > bound(schema, "maxLength", far))
			return wrong(c, "is too long");
	} else if (json_is_array(v)) {
		n = (double)json_array_size(v);
		if (n < bound(schema, "minItems", 0))
			return wrong(c, "has too few members");
		if (n > bound(schema, "maxItems", far))
			return wrong(c, "has too many members");
	} else if (json_is_number(v)) {
		n = json_number_value(v);
		if (n < bound(schema, "minimum", -far) ||
		    n > bound(schema, "maximum", far) ||
		    n <= bound(schema, "exclusiveMinimum", -far))
			return wrong(c, "is out of range");
	}
	return EX_OK;
}

/* One level down, at a place that is named for the time. */
static enum ex_status
descend(struct checker *c, const json_t *schema, const json_t *value,
    const char *format, const char *name, size_t i)
{
	size_t here = strlen(c->at);
	enum ex_status status;

	if (format)
		snprintf(
		    c->at + here, sizeof c->at - here, "%s%.32s", format, name);
	else
		snprintf(c->at + here, sizeof c->at - here, "[%zu]", i);
	status = check(c, schema, value);
	c->at[here] = '\0';
	return status;
}

static enum ex_status
check_object(struct checker *c, const json_t *schema, const json_t *value)
{
	const json_t *properties = json_object_get(schema, "properties");
	bool closed =
	    json_is_false(json_object_get(schema, "additionalProperties"));
	const json_t *name, *member;
	enum ex_status status;
	const char *key;
	char why[80];
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i,
	    name) if (!json_object_get(value, json_string_value(name)))
	{
		snprintf(why, sizeof why, "lacks %s", json_string_value(name));
		return wrong(c, why);
	}
	json_object_foreach((json_t *)(uintptr_t)value, key, member)
	{
		const json_t *of = json_object_get(properties, key);

		if (!of && closed)
			return wrong(c, "has a member that it may not have");
		status = of ? descend(c, of, member, ".", key, 0) : EX_OK;
		if (status != EX_OK)
			return status;
	}
	return EX_OK;
}

static enum ex_status
check_array(struct checker *c, const json_t *schema, const json_t *value)
{
	const json_t *items = json_object_get(schema, "items"), *one;
	enum ex_status status = EX_OK;
	size_t i;

	if (!items)
		return EX_OK;
	json_array_foreach(value, i, one)
	{
		status = descend(c, items, one, NULL, NULL, i);
		if (status != EX_OK)
			break;
	}
	return status;
}

static enum ex_status
check_any(struct checker *c, const json_t *schema, const json_t *value)
{
	const json_t *list = json_object_get(schema, "anyOf"), *one;
	enum ex_status status = EX_OK;
	size_t i;

	json_array_foreach(list, i, one)
	{
		status = check(c, one, value);
		if (status != EX_ERR_INPUT)
			return status;
	}
	return status;
}

static const json_t *
resolve(const struct checker *c, const json_t *schema)
{
	static const char start[] = "#/components/schemas/";
	const char *ref = json_string_value(json_object_get(schema, "$ref"));

	if (!ref)
		return schema;
	return strncmp(ref, start, sizeof start - 1) == 0
		   ? json_object_get(c->schemas, ref + sizeof start - 1)
		   : NULL;
}

static enum ex_status
check(struct checker *c, const json_t *schema, const json_t *value)
{
	enum ex_status status;

	schema = resolve(c, schema);
	if (!schema || c->depth == DEEPEST)
		return ex_fail(
		    c->err, EX_ERR_INTERNAL, c->at, "no schema for this");
	c->depth++;
	status = check_type(c, schema, value);
	if (status == EX_OK)
		status = check_enum(c, schema, value);
	if (status == EX_OK)
		status = check_bounds(c, schema, value);
	if (status == EX_OK && json_is_object(value))
		status = check_object(c, schema, value);
	if (status == EX_OK && json_is_array(value))
		status = check_array(c, schema, value);
	if (status == EX_OK)
		status = check_any(c, schema, value);
	c->depth--;
	return status;
}

enum ex_status
ex_schema_check(json_t *schemas, const char *name, const json_t *value,
    struct ex_error *err)
{
	struct checker c = { .schemas = schemas, .at = "body", .err = err };
	const json_t *schema = json_object_get(schemas, name);

	if (!schema)
		return ex_fail(err, EX_ERR_INTERNAL, name, "no such schema");
	return check(&c, schema, value);
}
