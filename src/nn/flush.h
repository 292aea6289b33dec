/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers below 1e-38 as zeros while a network runs: processors take some
 * hundred times as long for each, and no result hangs on them. */
#ifndef EXEUNT_NN_FLUSH_H
#define EXEUNT_NN_FLUSH_H

#if defined(__x86_64__)
#include <immintrin.h>

/* MXCSR of this thread: results (bit 15) and operands (bit 6) become zeros. */
#define FLUSH_BITS 0x8040u

/* Returns what flush_end restores. */
static inline unsigned
flush_begin(void)
{
	const unsigned held = _mm_getcsr();

	_mm_setcsr(held | FLUSH_BITS);
	return held;
}

static inline void
flush_end(unsigned held)
{
	_mm_setcsr(held);
}
#else
static inline unsigned
flush_begin(void)
{
	return 0;
}

static inline void
flush_end(unsigned held)
{
	(void)held;
}
#endif

#endif
