/* SPDX-License-Identifier: Apache-2.0 */
/* The markers of a JPEG 2000 codestream, ITU-T T.800 annex A.
 *
 * (J1) no extension of Part 2 or Part 15 reaches the library;
 * (J2) what the library will allocate per tile, precinct, code-block and layer
 *      is bounded by the limits below, in every header that may set it;
 * (J3) every tile has all its tile-parts and the stream ends with EOC: the
 *      library takes a missing tile for a black one. */
#include "codec.h"

#include <string.h>

/* Portraits have 1 tile, 1 to 12 layers, code-blocks of 32 or 64 a side. */
#define MAX_TILES     1024u
#define MAX_LAYERS    64u
#define MAX_PRECINCTS (1u << 14) /* of all tiles and levels, a component */
#define MAX_BLOCKS    (1u << 17) /* of the whole picture, a component */

enum {
	M_SIZ = 0xff51,
	M_COD = 0xff52,
	M_COC = 0xff53,
	M_TLM = 0xff55,
	M_PLM = 0xff57,
	M_PLT = 0xff58,
	M_QCD = 0xff5c,
	M_QCC = 0xff5d,
	M_RGN = 0xff5e,
	M_POC = 0xff5f,
	M_PPM = 0xff60,
	M_PPT = 0xff61,
	M_CRG = 0xff63,
	M_COM = 0xff64,
	M_SOT = 0xff90,
	M_SOD = 0xff93,
	M_EOC = 0xffd9,
};

static const char cut_short[] = "cut short";
static const char costly[] = "divided more finely than any portrait";

struct walk {
	struct ex_bytes in;
	struct ex_j2k_facts *facts;
	struct ex_walk_error *e;
	uint8_t parts[MAX_TILES];    /* tile-parts seen */
	uint8_t declared[MAX_TILES]; /* and said to exist; 0: not said */
};

static enum ex_status
fail(struct walk *w, enum ex_status status, const char *why)
{
	return ex_walk_fail(w->e, status, why);
}

static enum ex_status
take_segment(struct ex_bytes *in, struct walk *w, struct ex_bytes *body)
{
	uint16_t length;

	if (!ex_bytes_be16(in, &length))
		return fail(w, EX_ERR_TRUNCATED, cut_short);
	if (length < 2)
		return fail(w, EX_ERR_FORMAT, "a segment of no length");
	if (!ex_bytes_take(in, length - 2u, body))
		return fail(w, EX_ERR_TRUNCATED, cut_short);
	return EX_OK;
}

static uint64_t
divide_up(uint64_t a, uint64_t b)
{
	return (a + b - 1) / b;
}

/* A.5.1, components: Ssiz (bit 7 the sign, bits less one), XRsiz, YRsiz. */
static enum ex_status
take_components(struct walk *w, struct ex_bytes *body)
{
	struct ex_j2k_facts *f = w->facts;

	for (unsigned i = 0; i < f->components; i++) {
		uint8_t c[3];

		if (!ex_bytes_copy(body, c, sizeof c))
			return fail(w, EX_ERR_FORMAT, "size segment too short");
		if (c[1] == 0 || c[2] == 0)
			return fail(w, EX_ERR_FORMAT, "a component of no size");
		if (c[1] != 1 || c[2] != 1)
			f->subsampled = true;
		unsigned bits = (c[0] & 0x7fu) + 1;
		f->precision = bits > f->precision ? bits : f->precision;
	}
	return EX_OK;
}

/* A.5.1, geometry: Xsiz Ysiz XOsiz YOsiz XTsiz YTsiz XTOsiz YTOsiz. */
static enum ex_status
take_geometry(struct walk *w, const uint32_t g[static 8])
{
	struct ex_j2k_facts *f = w->facts;

	if (g[0] <= g[2] || g[1] <= g[3] || g[6] > g[2] || g[7] > g[3] ||
	    (uint64_t)g[6] + g[4] <= g[2] || (uint64_t)g[7] + g[5] <= g[3])
		return fail(w, EX_ERR_FORMAT, "impossible picture or tiles");
	f->width = g[0] - g[2];
	f->height = g[1] - g[3];
	f->tile_width = g[4] < f->width ? g[4] : f->width;
	f->tile_height = g[5] < f->height ? g[5] : f->height;
	uint64_t tiles =
	    divide_up(g[0] - g[6], g[4]) * divide_up(g[1] - g[7], g[5]);
	f->tiles = tiles > UINT32_MAX ? UINT32_MAX : (uint32_t)tiles;
	return EX_OK;
}

static enum ex_status
take_size(struct walk *w)
{
	struct ex_bytes body;
	uint16_t marker, capabilities, components;
	uint32_t g[8];
	enum ex_status status;

	if (!ex_bytes_be16(&w->in, &marker) || marker != M_SIZ)
		return fail(w, EX_ERR_FORMAT, "does not begin with its size");
	status = take_segment(&w->in, w, &body);
	if (status != EX_OK)
		return status;
	if (!ex_bytes_be16(&body, &capabilities))
		return fail(w, EX_ERR_FORMAT, "size segment too short");
	for (int i = 0; i < 8; i++)
		if (!ex_bytes_be32(&body, &g[i]))
			return fail(w, EX_ERR_FORMAT, "size segment too short");
	if (!ex_bytes_be16(&body, &components))
		return fail(w, EX_ERR_FORMAT, "size segment too short");
	/* (J1) Rsiz: bit 15 is Part 2, bit 14 Part 15 (HTJ2K). */
	if (capabilities & 0xc000)
		return fail(w, EX_ERR_UNSUPPORTED, "uses extensions");
	w->facts->components = components;
	status = take_geometry(w, g);
	if (status == EX_OK && components >= 1 && components <= 4)
		status = take_components(w, &body);
	return status;
}

/* (J2) One resolution level: its precincts, at least one a tile. */
static uint64_t
count_precincts(
    const struct ex_j2k_facts *f, unsigned reduce, unsigned exponents)
{
	uint64_t width = divide_up(f->tile_width, 1ull << reduce);
	uint64_t height = divide_up(f->tile_height, 1ull << reduce);

	return f->tiles * divide_up(width, 1ull << (exponents & 15)) *
	       divide_up(height, 1ull << (exponents >> 4));
}

/* (J2) SPcod and SPcoc, A.6.1 table A.15: levels, code-block exponents less
 * two, style, transformation, then precinct exponents where they are given. */
static enum ex_status
check_coding(struct walk *w, struct ex_bytes body, bool own_precincts)
{
	const struct ex_j2k_facts *f = w->facts;
	uint64_t precincts = 0;
	uint8_t c[5];

	if (!ex_bytes_copy(&body, c, sizeof c))
		return fail(w, EX_ERR_FORMAT, "coding segment too short");
	if (c[0] > 32 || c[1] > 8 || c[2] > 8 || c[1] + c[2] > 8 || c[4] > 1)
		return fail(w, EX_ERR_FORMAT, "impossible coding");
	if (c[3] & 0xc0) /* (J1) */
		return fail(w, EX_ERR_UNSUPPORTED, "uses extensions");
	if (((uint64_t)f->width * f->height) >> (c[1] + c[2] + 4) > MAX_BLOCKS)
		return fail(w, EX_ERR_UNSUPPORTED, costly);
	for (unsigned level = 0; level <= c[0]; level++) {
		uint8_t exponents = 0xff;

		if (own_precincts && !ex_bytes_u8(&body, &exponents))
			return fail(
			    w, EX_ERR_FORMAT, "coding segment too short");
		precincts += count_precincts(f, c[0] - level, exponents);
	}
	if (precincts > MAX_PRECINCTS)
		return fail(w, EX_ERR_UNSUPPORTED, costly);
	return EX_OK;
}

/* A.6.1: Scod, progression, layers, component transform, SPcod. */
static enum ex_status
take_cod(struct walk *w, struct ex_bytes body)
{
	uint8_t style, order, transform;
	uint16_t layers;

	if (!ex_bytes_u8(&body, &style) || !ex_bytes_u8(&body, &order) ||
	    !ex_bytes_be16(&body, &layers) || !ex_bytes_u8(&body, &transform))
		return fail(w, EX_ERR_FORMAT, "coding segment too short");
	if (layers > MAX_LAYERS)
		return fail(w, EX_ERR_UNSUPPORTED, costly);
	return check_coding(w, body, style & 1);
}

/* A.6.2: Ccoc in one byte (components are few), Scoc, SPcoc. */
static enum ex_status
take_coc(struct walk *w, struct ex_bytes body)
{
	uint8_t component, style;

	if (!ex_bytes_u8(&body, &component) || !ex_bytes_u8(&body, &style))
		return fail(w, EX_ERR_FORMAT, "coding segment too short");
	return check_coding(w, body, style & 1);
}

/* A segment of the main header or of a tile-part's header. */
static enum ex_status
take_other(struct walk *w, struct ex_bytes *in, unsigned marker)
{
	struct ex_bytes body;
	enum ex_status status = take_segment(in, w, &body);

	if (status != EX_OK)
		return status;
	switch (marker) {
	case M_COD:
		return take_cod(w, body);
	case M_COC:
		return take_coc(w, body);
	case M_TLM:
	case M_PLM:
	case M_PLT:
	case M_QCD:
	case M_QCC:
	case M_RGN:
	case M_POC:
	case M_PPM:
	case M_PPT:
	case M_CRG:
	case M_COM:
		return EX_OK;
	default: /* (J1) */
		return fail(w, EX_ERR_UNSUPPORTED, "uses extensions");
	}
}

/* The header of one tile-part, up to its data (A.4.3). */
static enum ex_status
take_part_header(struct walk *w, struct ex_bytes part)
{
	uint16_t marker;
	enum ex_status status;

	for (;;) {
		if (!ex_bytes_be16(&part, &marker))
			return fail(w, EX_ERR_FORMAT, "a tile has no data");
		if (marker == M_SOD)
			return EX_OK;
		status = take_other(w, &part, marker);
		if (status != EX_OK)
			return status;
	}
}

/* (J3) A.4.2: Isot, Psot from the marker on, TPsot, TNsot. */
static enum ex_status
take_part(struct walk *w)
{
	struct ex_bytes body, part;
	uint16_t tile;
	uint32_t length;
	uint8_t number, of;
	enum ex_status status = take_segment(&w->in, w, &body);

	if (status != EX_OK)
		return status;
	if (!ex_bytes_be16(&body, &tile) || !ex_bytes_be32(&body, &length) ||
	    !ex_bytes_u8(&body, &number) || !ex_bytes_u8(&body, &of) ||
	    body.size || tile >= w->facts->tiles || number != w->parts[tile] ||
	    number == 255 || (of && number >= of))
		return fail(w, EX_ERR_FORMAT, "a tile out of its order");
	if (length == 0 && w->in.size >= 2) /* the last: up to EOC */
		length = (uint32_t)w->in.size - 2 + 12;
	if (length < 14)
		return fail(w, EX_ERR_FORMAT, "a tile of no length");
	if (!ex_bytes_take(&w->in, length - 12u, &part))
		return fail(w, EX_ERR_TRUNCATED, cut_short);
	w->parts[tile]++;
	if (of)
		w->declared[tile] = of;
	return take_part_header(w, part);
}

/* (J3) */
static enum ex_status
check_tiles(struct walk *w)
{
	for (uint32_t i = 0; i < w->facts->tiles; i++)
		if (w->parts[i] == 0 ||
		    (w->declared[i] && w->parts[i] != w->declared[i]))
			return fail(w, EX_ERR_TRUNCATED, "a tile is missing");
	return EX_OK;
}

static enum ex_status
walk_tiles(struct walk *w)
{
	bool in_tiles = false;
	uint16_t marker;
	enum ex_status status;

	if (w->facts->tiles > MAX_TILES)
		return fail(w, EX_ERR_UNSUPPORTED, costly);
	for (;;) {
		if (!ex_bytes_be16(&w->in, &marker))
			return fail(w, EX_ERR_TRUNCATED, cut_short);
		if (marker == M_EOC)
			return check_tiles(w);
		if (marker == M_SOT) {
			in_tiles = true;
			status = take_part(w);
		} else if (in_tiles) {
			return fail(
			    w, EX_ERR_FORMAT, "stray bytes between tiles");
		} else {
			status = take_other(w, &w->in, marker);
		}
		if (status != EX_OK)
			return status;
	}
}

enum ex_status
ex_j2k_walk(struct ex_bytes in, enum ex_walk how, struct ex_j2k_facts *facts,
    struct ex_walk_error *e)
{
	struct walk w = { .in = in, .facts = facts, .e = e };
	struct ex_bytes soc;
	enum ex_status status;

	*facts = (struct ex_j2k_facts){ 0 };
	if (!ex_bytes_take(&w.in, 2, &soc) || w.in.size < 2)
		return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	if (memcmp(soc.data, "\xff\x4f", 2) != 0)
		return ex_walk_fail(e, EX_ERR_FORMAT, "holds no codestream");
	status = take_size(&w);
	if (status != EX_OK || how == EX_WALK_HEADER)
		return status;
	if (facts->components < 1 || facts->components > 4)
		return ex_walk_fail(
		    e, EX_ERR_UNSUPPORTED, "not 1 to 4 components");
	return walk_tiles(&w);
}
