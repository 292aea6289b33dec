/* SPDX-License-Identifier: Apache-2.0 */
/* The square convolutions of dlib's networks, said as any engine takes them. */
#include "onednn.h"

enum ex_status
ex_conv_new(const struct conv_shape *s, const float *weights, const float *bias,
    struct conv **out)
{
	const struct conv_spec spec = {
		.batch = s->batch,
		.height = s->height,
		.width = s->width,
		.channels = s->channels,
		.out_height = s->out_height,
		.out_width = s->out_width,
		.out_channels = s->out_channels,
		.groups = 1,
		.kernel = { s->kernel, s->kernel },
		.stride = { s->stride, s->stride },
		.dilation = { 1, 1 },
		.before = { s->pad, s->pad },
		.after = { s->pad, s->pad },
		.posts = { { .what = CONV_LEAKY } },
		.n_posts = s->relu ? 1 : 0,
	};

	return ex_conv_make(&spec, weights, bias, out);
}

bool
ex_conv_run(struct conv *c, const float *in, float *out, void *scratch)
{
	return ex_conv_run_add(c, in, NULL, out, scratch);
}
