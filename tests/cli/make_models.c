/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models in ONNX for the tests of the program: DIR/yunet.onnx, scrfd.onnx and
 * matcher.onnx, of 256 numbers.
 *
 *   make_models DIR
 */
#include "pack_writer.h"

int
main(int argc, char **argv)
{
	struct onnx_model m;
	char hex[65];

	if (argc != 2)
		return 2;
	pack_yunet(&m);
	pack_save(argv[1], "yunet.onnx", &m, hex);
	pack_scrfd(&m, true, false);
	pack_save(argv[1], "scrfd.onnx", &m, hex);
	pack_matcher(&m, 256);
	pack_save(argv[1], "matcher.onnx", &m, hex);
	return 0;
}
