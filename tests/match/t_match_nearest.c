/* SPDX-License-Identifier: Apache-2.0 */
/* Which document an officer is shown, and what further references do. */
#include "scene.h"

/* An earlier shot of a holder whose portrait has aged. */
static void
a_further_reference_can_confirm_and_raises_the_bar(void **state)
{
	struct scene s;
	double fmr, once;
	bool at_most;

	(void)state;
	scene_init(&s, 2, 3); /* the third document is but the earlier shot */
	set(&s, 2, 4, 0.85);
	set(&s, 0, 1, FAR);
	face_shows(&s, 0, 0, MAYBE);
	face_shows(&s, 0, 2, SURE);
	s.n_documents = 2;
	prescribe(5, s.gram, s.people);
	assert_int_equal(ex_match_decide(&s.known.cal, &s.policy, s.faces, 2,
			     s.documents, 2, &s.result, NULL),
	    EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	s.documents[0].more = &s.people[4];
	s.documents[0].n_more = 1;
	assert_int_equal(ex_match_decide(&s.known.cal, &s.policy, s.faces, 2,
			     s.documents, 2, &s.result, NULL),
	    EX_OK);
	expect_confirmed(&s, 0, 0);
	assert_near(s.result.occupants[0].similarity, SURE, 1e-6);
	/* Two faces and three references share the cap. */
	assert_near(s.result.fmr, ex_match_policy_fmr(&s.policy, 2, 3), 1e-15);
	/* Of two references one may look like anybody twice as often. */
	assert_int_equal(
	    ex_calibration_fmr(&s.known.cal, 1,
		s.result.occupants[0].similarity, &once, &at_most, NULL),
	    EX_OK);
	fmr = s.result.occupants[0].fmr;
	assert_near(fmr, 2 * once, 1e-12);
	/* One that is of no use shares nothing. */
	s.documents[0].cause = EX_CAUSE_POLICY;
	ex_match_decide(&s.known.cal, &s.policy, s.faces, 2, s.documents, 2,
	    &s.result, NULL);
	assert_near(s.result.fmr, ex_match_policy_fmr(&s.policy, 2, 1), 1e-15);
	expect_officer(&s, 0, EX_CAUSE_POLICY);
}

static void
an_earlier_shot_makes_look_alikes_too(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 3);
	set(&s, 2, 3, 0.93); /* the shot of 0 looks like document 1 */
	set(&s, 1, 3, 0.85);
	set(&s, 1, 2, 0.75);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 0, 1, 0.75);
	face_shows(&s, 0, 2, 0.85);
	prescribe(4, s.gram, s.people);
	s.documents[0].more = &s.people[3];
	s.documents[0].n_more = 1;
	assert_int_equal(ex_match_decide(&s.known.cal, &s.policy, s.faces, 1,
			     s.documents, 2, &s.result, NULL),
	    EX_OK);
	expect_officer(&s, 0, EX_CAUSE_LOOK_ALIKE);
	expect_document(&s, 1, EX_DOCUMENT_OFFICER, EX_CAUSE_LOOK_ALIKE);
}

/* However many references: with every vehicle full of impostors, the chance
 * that one is over a bar stays under the cap. */
static void
references_never_break_the_cap(void **state)
{
	struct ex_match_policy p = ex_match_policy_default();

	(void)state;
	for (size_t faces = 1; faces <= EX_MAX_OCCUPANTS; faces++)
		for (size_t r = 1; r <= EX_MAX_DOCUMENTS * 9; r++) {
			double x = ex_match_policy_fmr(&p, faces, r);
			double n = (double)(faces * r);

			assert_true(-expm1(n * log1p(-x)) <=
				    p.vehicle_cap * (1 + 1e-9));
		}
}

static void
further_references_need_a_portrait_and_an_end(void **state)
{
	struct scene s;
	struct ex_error err;

	(void)state;
	scene_init(&s, 1, 1);
	prescribe(2, s.gram, s.people);
	s.documents[0].more = s.people;
	s.documents[0].n_more = EX_MATCH_MORE + 1;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    ex_match_decide(&s.known.cal, &s.policy, s.faces, 1,
			s.documents, 1, &s.result, &err),
		    EX_ERR_USAGE);
		assert_string_equal(err.what, "documents[0]");
		if (i == 0) {
			s.documents[0].n_more = 1;
			s.documents[0].template = NULL;
			s.documents[0].cause = EX_CAUSE_DOCUMENT;
		} else {
			s.documents[0].template = &s.people[1];
			s.documents[0].more = &s.people[5]; /* of nobody */
		}
	}
}

static void
expect_nearest(const struct scene *s, size_t face, int document, double at)
{
	const struct ex_match_occupant *o = &s->result.occupants[face];
	double fmr;
	bool at_most;

	assert_int_equal(o->verdict, EX_VERDICT_OFFICER);
	assert_int_equal(o->nearest, document);
	assert_near(o->similarity, at, 1e-6);
	assert_int_equal(
	    ex_calibration_fmr(&s->known.cal, s->faces[face].pictures,
		o->similarity, &fmr, &at_most, NULL),
	    EX_OK);
	assert_true(o->fmr == fmr && o->fmr_at_most == at_most);
}

static void
an_officer_is_told_which_free_document_is_nearest(void **state)
{
	struct scene s;

	(void)state;
	/* Under the bar, beside one who is confirmed with the better one. */
	scene_init(&s, 2, 3);
	set(&s, 0, 1, 0.88);
	set(&s, 2, 4, 0.8);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 0, 2, 0.8);
	face_shows(&s, 1, 0, 0.9);
	face_shows(&s, 1, 2, MAYBE);
	s.faces[1].pictures = 2;
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	assert_int_equal(s.result.occupants[0].nearest, -1);
	expect_nearest(&s, 1, 2, MAYBE);
	assert_true(s.result.occupants[1].fmr > s.policy.fmr);
	/* Nobody resembles it: the bound says so. */
	scene_init(&s, 2, 3);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 1, 1, FAR - 0.01);
	assert_int_equal(run(&s), EX_OK);
	expect_nearest(&s, 1, 2, FAR);
	assert_true(s.result.occupants[1].fmr == 1);
	assert_true(s.result.occupants[1].fmr_at_most);
}

static void
a_childs_own_document_is_nearest_and_a_failed_one_is_not(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 2);
	face_shows(&s, 0, 0, CLOSE);
	face_shows(&s, 0, 1, SURE);
	set(&s, 1, 2, 0.88);
	s.documents[1].cause = EX_CAUSE_POLICY;
	assert_int_equal(run(&s), EX_OK);
	expect_nearest(&s, 0, 1, SURE);
	s.documents[1].cause = EX_CAUSE_DOCUMENT;
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_DOCUMENT);
	expect_nearest(&s, 0, 0, CLOSE);
}

/* The only way in which both have a document: each is shown its own. */
static void
the_nearest_documents_are_those_of_the_joint_pairing(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 2);
	set(&s, 0, 1, 0.9);
	set(&s, 2, 3, 0.9);
	face_shows(&s, 0, 0, 0.96);
	face_shows(&s, 0, 1, 0.945);
	face_shows(&s, 1, 0, 0.945);
	face_shows(&s, 1, 1, 0.88);
	assert_int_equal(run(&s), EX_OK);
	expect_nearest(&s, 0, 1, 0.945);
	expect_nearest(&s, 1, 0, 0.945);
	/* Two faces before the one document are both shown it. */
	scene_init(&s, 2, 1);
	set(&s, 0, 1, 0.9);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 1, 0, SURE - 0.008);
	assert_int_equal(run(&s), EX_OK);
	expect_nearest(&s, 0, 0, SURE);
	expect_nearest(&s, 1, 0, SURE - 0.008);
}

static void
who_was_not_compared_has_no_nearest_document(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 2);
	s.faces[1] = (struct ex_match_face){ .capture = EX_CAUSE_GLARE };
	s.documents[0] =
	    (struct ex_match_document){ .cause = EX_CAUSE_DOCUMENT };
	s.documents[1] = s.documents[0];
	assert_int_equal(run(&s), EX_OK);
	for (size_t f = 0; f < 2; f++) {
		assert_int_equal(s.result.occupants[f].nearest, -1);
		assert_true(s.result.occupants[f].similarity == 0);
		assert_true(s.result.occupants[f].fmr == 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_further_reference_can_confirm_and_raises_the_bar),
		cmocka_unit_test(an_earlier_shot_makes_look_alikes_too),
		cmocka_unit_test(references_never_break_the_cap),
		cmocka_unit_test(further_references_need_a_portrait_and_an_end),
		cmocka_unit_test(
		    an_officer_is_told_which_free_document_is_nearest),
		cmocka_unit_test(
		    a_childs_own_document_is_nearest_and_a_failed_one_is_not),
		cmocka_unit_test(
		    the_nearest_documents_are_those_of_the_joint_pairing),
		cmocka_unit_test(who_was_not_compared_has_no_nearest_document),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
