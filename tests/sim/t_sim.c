/* SPDX-License-Identifier: Apache-2.0 */
/* What a scene holds: the plan, the truth and the bytes. */
#include "sim_test.h"

struct scene {
	struct ex_sim_summary summary;
	struct ex_scene *scene;
	struct ex_truth *truth;
};

static void
make(struct scene *s, const struct ex_sim_options *o)
{
	struct ex_error err = { 0 };
	enum ex_status status = ex_sim_run(o, &s->summary, &err);

	if (status != EX_OK)
		print_error("%s: %s\n", err.what, err.why);
	assert_int_equal(status, EX_OK);
	assert_int_equal(ex_scene_read(o->out, &s->scene, &err), EX_OK);
	assert_int_equal(ex_truth_read(o->out, &s->truth, &err), EX_OK);
	assert_int_equal(s->scene->n_vehicles, o->vehicles);
	assert_int_equal(s->truth->n_vehicles, o->vehicles);
}

static void
drop(struct scene *s)
{
	ex_scene_free(&s->scene);
	ex_truth_free(&s->truth);
}

static const struct ex_truth_vehicle *
truth_of(const struct scene *s, enum ex_sim_special special)
{
	assert_in_range(s->summary.first[special], 0, s->truth->n_vehicles - 1);
	return &s->truth->vehicles[s->summary.first[special]];
}

static const struct ex_scene_vehicle *
scene_of(const struct scene *s, enum ex_sim_special special)
{
	assert_in_range(s->summary.first[special], 0, s->scene->n_vehicles - 1);
	return &s->scene->vehicles[s->summary.first[special]];
}

static size_t
without_document(const struct ex_truth_vehicle *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_occupants; i++)
		n += v->occupants[i].document == NULL;
	return n;
}

/* ---- the standard scene
 * ------------------------------------------------------ */

static void
check_occupant(const struct ex_truth_occupant *o,
    const struct ex_scene_vehicle *in, const struct ex_sim_options *opt)
{
	bool shown = o->document == NULL;

	assert_true(o->n_frames <= in->cameras[0].n_frames);
	for (size_t i = 0; i < o->n_frames; i++) {
		struct ex_box b = o->frames[i].box;

		assert_true(b.x >= 0 && b.y >= 0 && b.w > 5 && b.h > 5);
		assert_true(b.x + b.w <= (float)opt->width + 0.01f);
		assert_true(b.y + b.h <= (float)opt->height + 0.01f);
	}
	for (size_t i = 0; i < in->n_documents; i++)
		shown = shown || strcmp(in->documents[i], o->document) == 0;
	assert_true(shown);
}

static void
check_vehicle(const struct ex_truth_vehicle *v,
    const struct ex_scene_vehicle *in, const struct ex_sim_options *opt)
{
	assert_string_equal(v->id, in->id);
	assert_int_equal(in->error.status, EX_OK);
	assert_in_range(v->n_occupants, 1, 7);
	for (size_t i = 0; i < v->n_occupants; i++) {
		check_occupant(&v->occupants[i], in, opt);
		for (size_t k = 0; k < i; k++) {
			assert_int_not_equal(
			    v->occupants[i].seat, v->occupants[k].seat);
			assert_string_not_equal(v->occupants[i].traveller,
			    v->occupants[k].traveller);
		}
	}
	for (size_t i = 0; i < in->cameras[0].n_frames; i++)
		assert_true(exists(opt->out, in->cameras[0].frames[i]));
	for (size_t i = 0; i < in->n_documents; i++)
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    in->documents[i], in->documents[k]);
}

static void
standard_scene_is_30_vehicles_and_80_occupants(void **state)
{
	struct ex_sim_options o = small_options(*state, 30);
	size_t sum = 0, seen = 0, most = 0;
	struct scene s;

	make(&s, &o);
	for (size_t i = 0; i < s.truth->n_vehicles; i++) {
		const struct ex_truth_vehicle *v = &s.truth->vehicles[i];

		check_vehicle(v, &s.scene->vehicles[i], &o);
		sum += v->n_occupants;
		most = v->n_occupants > most ? v->n_occupants : most;
		for (size_t k = 0; k < v->n_occupants; k++)
			seen += v->occupants[k].n_frames >= 5;
	}
	assert_int_equal(sum, 80);
	assert_int_equal(s.summary.occupants, 80);
	assert_int_equal(most, 7);
	assert_true(seen >= 76);
	for (int k = 0; k < EX_SIM_SPECIAL_COUNT; k++)
		assert_true(s.summary.specials[k] >= 1);
	drop(&s);
}

/* ---- special vehicles
 * -------------------------------------------------------- */

static void
six_vehicles_hold_every_special(void **state)
{
	struct ex_sim_options o = small_options(*state, 6);

	for (o.seed = 1; o.seed <= 3; o.seed++) {
		struct scene s;

		make(&s, &o);
		for (int k = 0; k < EX_SIM_SPECIAL_COUNT; k++)
			assert_true(s.summary.specials[k] >= 1);
		drop(&s);
	}
}

static void
documents_of_special_vehicles_are_as_planned(void **state)
{
	struct ex_sim_options o = small_options(*state, 12);
	const struct ex_truth_vehicle *v;
	struct scene s;

	make(&s, &o);
	/* Each of these vehicles has this special only. */
	v = truth_of(&s, EX_SIM_MISSING_DOCUMENT);
	assert_int_equal(without_document(v), 1);
	assert_int_equal(scene_of(&s, EX_SIM_MISSING_DOCUMENT)->n_documents,
	    v->n_occupants - 1);
	v = truth_of(&s, EX_SIM_LOOKALIKE_DOCUMENT);
	assert_int_equal(without_document(v), 1);
	assert_int_equal(scene_of(&s, EX_SIM_LOOKALIKE_DOCUMENT)->n_documents,
	    v->n_occupants);
	v = truth_of(&s, EX_SIM_EXTRA_DOCUMENT);
	assert_int_equal(without_document(v), 0);
	assert_int_equal(scene_of(&s, EX_SIM_EXTRA_DOCUMENT)->n_documents,
	    v->n_occupants + 1);
	for (size_t i = 0; i < s.scene->n_vehicles; i++)
		assert_int_equal(s.scene->vehicles[i].opted_out,
		    (int)i == s.summary.first[EX_SIM_OPTED_OUT]);
	assert_true(s.scene->has_region);
	assert_true(s.scene->region.x + s.scene->region.w < (float)o.width);
	drop(&s);
}

static bool
has_traveller(const struct ex_truth_vehicle *v, const char *id)
{
	for (size_t i = 0; i < v->n_occupants; i++)
		if (strcmp(v->occupants[i].traveller, id) == 0)
			return true;
	return false;
}

static bool
has_document(const struct ex_scene_vehicle *v, const char *name)
{
	for (size_t i = 0; i < v->n_documents; i++)
		if (strcmp(v->documents[i], name) == 0)
			return true;
	return false;
}

static void
listed_lookalikes_play_the_lookalikes(void **state)
{
	const char *list = at(*state, "pairs.csv");
	struct ex_sim_options o = small_options(at(*state, "out"), 8);
	const struct ex_truth_vehicle *v;
	struct scene s;
	bool first;

	put(list, "a,b,similarity\n010,027,0.95\n");
	o.lookalikes = list;
	make(&s, &o);
	v = truth_of(&s, EX_SIM_LOOKALIKE_PAIR);
	assert_true(has_traveller(v, "010") && has_traveller(v, "027"));
	v = truth_of(&s, EX_SIM_LOOKALIKE_DOCUMENT);
	first = has_traveller(v, "010");
	assert_true(first != has_traveller(v, "027"));
	assert_true(has_document(scene_of(&s, EX_SIM_LOOKALIKE_DOCUMENT),
	    first ? "documents/027.json" : "documents/010.json"));
	assert_false(has_document(scene_of(&s, EX_SIM_LOOKALIKE_DOCUMENT),
	    first ? "documents/010.json" : "documents/027.json"));
	drop(&s);
}

/* ---- documents
 * --------------------------------------------------------------- */

static int
digit_over(const char *line, const size_t spans[][2], size_t n)
{
	char text[64];
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		memcpy(text + k, line + spans[i][0], spans[i][1]);
		k += spans[i][1];
	}
	return '0' + ex_mrz_check_digit(text, k);
}

static void
check_mrz(const struct ex_document_file *d)
{
	const char *two;

	assert_int_equal(d->n_mrz, 2);
	assert_int_equal(strlen(d->mrz[0]), 44);
	assert_int_equal(strlen(d->mrz[1]), 44);
	assert_memory_equal(d->mrz[0], "P<", 2);
	two = d->mrz[1];
	assert_memory_equal(d->mrz[0] + 2, two + 10, 3);
	assert_int_equal(two[9], digit_over(two, (size_t[][2]){ { 0, 9 } }, 1));
	assert_int_equal(
	    two[19], digit_over(two, (size_t[][2]){ { 13, 6 } }, 1));
	assert_int_equal(
	    two[27], digit_over(two, (size_t[][2]){ { 21, 6 } }, 1));
	assert_int_equal(
	    two[42], digit_over(two, (size_t[][2]){ { 28, 14 } }, 1));
	assert_int_equal(
	    two[43], digit_over(two,
			 (size_t[][2]){ { 0, 10 }, { 13, 7 }, { 21, 22 } }, 3));
	assert_true(memcmp(two + 21, "270101", 6) >= 0 &&
		    memcmp(two + 21, "351228", 6) <= 0);
}

static void
documents_carry_right_check_digits_and_the_portrait(void **state)
{
	struct ex_sim_options o = small_options(*state, 8);
	struct ex_error err;
	struct scene s;

	make(&s, &o);
	for (size_t i = 0; i < s.scene->n_vehicles; i++)
		for (size_t k = 0; k < s.scene->vehicles[i].n_documents; k++) {
			const char *name = s.scene->vehicles[i].documents[k];
			char source[512], id[16];
			struct ex_document_file d;
			struct ex_blob a, b;

			assert_int_equal(
			    ex_document_file_read(o.out, name, &d, &err),
			    EX_OK);
			check_mrz(&d);
			snprintf(id, sizeof id, "%.3s", name + 10);
			snprintf(source, sizeof source, "%s/%s/passport.jpg",
			    TRAVELLERS, id);
			assert_int_equal(
			    ex_file_read(source, 1 << 20, &a, &err), EX_OK);
			assert_int_equal(
			    ex_file_read(d.portrait, 1 << 20, &b, &err), EX_OK);
			assert_int_equal(a.size, b.size);
			assert_memory_equal(a.data, b.data, a.size);
			ex_blob_free(&a);
			ex_blob_free(&b);
			ex_document_file_free(&d);
		}
	drop(&s);
}

/* ---- repeatable
 * -------------------------------------------------------------- */

static bool
same_file(const char *a, const char *b, const char *name)
{
	struct ex_blob x = { 0 }, y = { 0 };
	bool same = ex_file_read(at(a, name), 1 << 24, &x, NULL) == EX_OK &&
		    ex_file_read(at(b, name), 1 << 24, &y, NULL) == EX_OK &&
		    x.size == y.size && memcmp(x.data, y.data, x.size) == 0;

	ex_blob_free(&x);
	ex_blob_free(&y);
	return same;
}

static void
equal_seeds_give_equal_bytes_on_any_number_of_threads(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "one"), 3);
	struct ex_pool *pool;
	struct scene a, b, c;

	make(&a, &o);
	assert_int_equal(ex_pool_new(3, &pool), EX_OK);
	o.pool = pool;
	o.out = at(*state, "two");
	make(&b, &o);
	o.out = at(*state, "three");
	o.seed++;
	make(&c, &o);
	o.out = at(*state, "two");
	assert_true(same_file(at(*state, "one"), o.out, "scene.json"));
	assert_true(same_file(at(*state, "one"), o.out, "truth.json"));
	assert_false(same_file(at(*state, "three"), o.out, "v0001/0001.jpg"));
	for (size_t i = 0; i < a.scene->n_vehicles; i++)
		for (size_t k = 0; k < a.scene->vehicles[i].cameras->n_frames;
		     k++)
			assert_true(same_file(at(*state, "one"), o.out,
			    a.scene->vehicles[i].cameras->frames[k]));
	ex_pool_free(&pool);
	drop(&a);
	drop(&b);
	drop(&c);
}

int
main(void)
{
#define SCENE(t)                                                               \
	cmocka_unit_test_setup_teardown(t, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(standard_scene_is_30_vehicles_and_80_occupants),
		SCENE(six_vehicles_hold_every_special),
		SCENE(documents_of_special_vehicles_are_as_planned),
		SCENE(listed_lookalikes_play_the_lookalikes),
		SCENE(documents_carry_right_check_digits_and_the_portrait),
		SCENE(equal_seeds_give_equal_bytes_on_any_number_of_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
