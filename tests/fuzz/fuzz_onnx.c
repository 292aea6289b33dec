/* SPDX-License-Identifier: Apache-2.0 */
/* A network in ONNX. What is read must be planned for two small sizes or
 * refused with a reason, and what is planned must run, twice, within the bounds
 * that the sanitizer watches. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/nn.h"

#define MOST_VALUES (1 << 16) /* of an output we look at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool promise)
{
	if (!promise)
		abort();
}

/* Every value of every output is there to be read. */
static void
read_outputs(const struct ex_onnx_net *net, const struct ex_onnx_plan *plan)
{
	for (unsigned i = 0; i < ex_onnx_net_outputs(net); i++) {
		const struct ex_onnx_tensor t = ex_onnx_plan_output(plan, i);
		volatile float last = 0;
		int64_t n = 1;

		need(t.rank >= 0 && t.rank <= EX_ONNX_MAX_RANK);
		for (int k = 0; k < t.rank; k++) {
			need(t.dims[k] >= 0);
			n *= t.dims[k];
		}
		for (int64_t k = 0; k < n && k < MOST_VALUES; k++)
			last = t.data[k];
		if (n > 0)
			last = t.data[n - 1];
		(void)last;
	}
}

static void
plan_and_run(const struct ex_onnx_net *net, int height, int width)
{
	struct ex_error err = { 0 };
	struct ex_onnx_plan *plan;
	enum ex_status status =
	    ex_onnx_plan_new(net, 1, height, width, &plan, &err);

	if (status != EX_OK) {
		need(!plan && err.status == status && err.why[0]);
		return;
	}
	memset(ex_onnx_plan_input(plan), 0, sizeof(float));
	for (int i = 0; i < 2; i++)
		need(ex_onnx_plan_run(plan) == EX_OK);
	read_outputs(net, plan);
	ex_onnx_plan_free(&plan);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_error err = { 0 };
	struct ex_onnx_net *net;
	enum ex_status status = ex_onnx_net_read(
	    (struct ex_bytes){ data, size }, &net, "net", &err);

	if (status != EX_OK) {
		need(!net && err.status == status && err.why[0]);
		return 0;
	}
	plan_and_run(net, 8, 8);
	plan_and_run(net, 7, 12);
	ex_onnx_net_free(&net);
	return 0;
}
