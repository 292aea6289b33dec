/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX models line by line, as a person would write them down:
 *
 *   w = 8,3,3,3           random weights of these sizes
 *   w = 8,3,3,3 * 0.05    of this deviation
 *   v + 8                 random, around 1, positive
 *   s # 1,-1              whole numbers
 *   i $ 3                 one whole number, rank 0
 *   f ~ 0.5,2             numbers
 *   Conv x w -> y pads:I=1,1,1,1
 */
#ifndef EXEUNT_ONNX_TEXT_H
#define EXEUNT_ONNX_TEXT_H

#include <stdarg.h>
#include <stdio.h>

#include "onnx_writer.h"

/* Cut the next word off; "" at the end. */
static inline char *
onnx_word(char **text)
{
	char *word = *text;

	word += strspn(word, " \t");
	*text = word + strcspn(word, " \t");
	if (**text)
		*(*text)++ = '\0';
	return word;
}

static inline void
onnx_node_line(struct onnx_model *m, const char *op, char *rest)
{
	char inputs[512] = "", outputs[128] = "";

	for (char *w = onnx_word(&rest); *w && strcmp(w, "->") != 0;
	     w = onnx_word(&rest)) {
		strcat(inputs, *inputs ? " " : "");
		strcat(inputs, w);
	}
	strcat(outputs, onnx_word(&rest));
	onnx_node(m, op, inputs, outputs, rest + strspn(rest, " \t"));
}

static inline void __attribute__((format(printf, 2, 3)))
onnx_line(struct onnx_model *m, const char *format, ...)
{
	char text[1024], *rest = text, *name, *what;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	name = onnx_word(&rest);
	what = rest + strspn(rest, " \t");
	if (*what && strchr("=+#$~", *what) && (what[1] == ' ' || !what[1])) {
		const char kind = *onnx_word(&rest);
		const char *values = onnx_word(&rest);
		const bool given = *onnx_word(&rest) == '*';
		const double deviation =
		    given ? strtod(onnx_word(&rest), NULL) : 0.3;

		if (kind == '=')
			onnx_weights(m, name, values, deviation);
		else if (kind == '+')
			onnx_random(m, name, values, 1, 0.3, true);
		else if (kind == '~')
			onnx_numbers(m, name, values);
		else
			onnx_ints(m, name, values, kind == '$');
	} else if (*name)
		onnx_node_line(m, name, rest);
}

/* Lines parted by newlines. */
static inline void
onnx_lines(struct onnx_model *m, const char *lines)
{
	while (*lines) {
		const int n = (int)strcspn(lines, "\n");

		onnx_line(m, "%.*s", n, lines);
		lines += n;
		lines += *lines == '\n';
	}
}

#endif
