/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes of a vehicle through the public call. */
#include "scene.h"

static void
a_family_with_its_documents_is_confirmed(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 4, 4);
	for (size_t i = 0; i < 4; i++)
		face_shows(&s, i, 3 - i, SURE);
	assert_int_equal(run(&s), EX_OK);
	for (size_t i = 0; i < 4; i++) {
		expect_confirmed(&s, i, 3 - (int)i);
		assert_near(s.result.occupants[i].similarity, SURE, 1e-6);
	}
	/* 16 comparisons share the cap of the vehicle. */
	assert_true(s.result.fmr < s.policy.fmr);
}

static void
a_lone_pair_must_clear_its_bar_by_the_margin(void **state)
{
	struct scene s;
	double bar;

	(void)state;
	scene_init(&s, 1, 1);
	assert_int_equal(
	    ex_calibration_threshold(&s.known.cal, 1, s.policy.fmr, &bar, NULL),
	    EX_OK);
	bar += s.policy.margin;
	face_shows(&s, 0, 0, bar + 1e-5);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	face_shows(&s, 0, 0, bar - 1e-5);
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	expect_document(&s, 0, EX_DOCUMENT_OFFICER, EX_CAUSE_BELOW_THRESHOLD);
}

static void
more_fused_pictures_face_a_higher_bar(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 1);
	face_shows(&s, 0, 0, 0.925);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	s.faces[0].pictures = 4;
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
}

static void
an_empty_vehicle_or_one_without_documents_is_decided(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 0, 0);
	assert_int_equal(run(&s), EX_OK);
	scene_init(&s, 2, 0);
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_NO_DOCUMENT);
	expect_officer(&s, 1, EX_CAUSE_NO_DOCUMENT);
	scene_init(&s, 0, 2);
	assert_int_equal(run(&s), EX_OK);
	expect_document(&s, 0, EX_DOCUMENT_HOLDER_NOT_SEEN, EX_CAUSE_NONE);
	expect_document(&s, 1, EX_DOCUMENT_HOLDER_NOT_SEEN, EX_CAUSE_NONE);
}

static void
a_face_without_picture_keeps_its_cause(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 2);
	face_shows(&s, 0, 0, SURE);
	s.faces[1] = (struct ex_match_face){ .capture = EX_CAUSE_GLARE };
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	expect_officer(&s, 1, EX_CAUSE_GLARE);
	expect_document(&s, 1, EX_DOCUMENT_HOLDER_NOT_SEEN, EX_CAUSE_NONE);
}

static void
documents_that_failed_or_are_left_out_give_their_cause(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 2);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 1, 1, SURE);
	s.documents[0].cause = EX_CAUSE_DOCUMENT;
	s.documents[1].cause = EX_CAUSE_POLICY;
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_DOCUMENT);
	expect_officer(&s, 1, EX_CAUSE_POLICY);
	expect_document(&s, 0, EX_DOCUMENT_UNUSABLE, EX_CAUSE_DOCUMENT);
	expect_document(&s, 1, EX_DOCUMENT_OFFICER, EX_CAUSE_POLICY);
}

static void
only_comparisons_that_can_confirm_share_the_cap(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 5, 5);
	s.faces[4] = (struct ex_match_face){ .capture = EX_CAUSE_DARK };
	s.documents[0].cause = EX_CAUSE_DOCUMENT;
	s.documents[1].cause = EX_CAUSE_POLICY;
	assert_int_equal(run(&s), EX_OK);
	assert_near(s.result.fmr, ex_match_policy_fmr(&s.policy, 4, 3), 1e-15);
	assert_true(s.result.fmr < s.policy.fmr);
}

static void
an_unreadable_portrait_may_be_the_missing_one(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 2);
	face_shows(&s, 0, 0, SURE);
	s.documents[1].template = NULL;
	s.documents[1].cause = EX_CAUSE_DOCUMENT;
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	expect_officer(&s, 1, EX_CAUSE_DOCUMENT);
	/* Unless its holder has shown another portrait. */
	s.documents[0].holder = s.documents[1].holder = 7;
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 1, EX_CAUSE_NO_DOCUMENT);
}

/* A child over the bar of a parent's passport has one of its own. */
static void
a_child_is_not_confirmed_with_a_parents_document(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 2);
	face_shows(&s, 0, 0, CLOSE);
	face_shows(&s, 0, 1, SURE);
	set(&s, 1, 2, 0.88);
	s.documents[1].cause = EX_CAUSE_POLICY;
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_POLICY);
}

static void
look_alikes_are_never_confirmed_not_even_crosswise(void **state)
{
	struct scene s;

	(void)state;
	/* Both in the car with both documents; best matches crossed. */
	scene_init(&s, 2, 2);
	set(&s, 2, 3, 0.93);
	set(&s, 0, 1, 0.93);
	face_shows(&s, 0, 0, 0.935);
	face_shows(&s, 0, 1, 0.96);
	face_shows(&s, 1, 0, 0.96);
	face_shows(&s, 1, 1, 0.935);
	assert_int_equal(run(&s), EX_OK);
	for (size_t i = 0; i < 2; i++) {
		expect_officer(&s, i, EX_CAUSE_LOOK_ALIKE);
		expect_document(
		    &s, i, EX_DOCUMENT_OFFICER, EX_CAUSE_LOOK_ALIKE);
	}
	/* One of them alone, clear of the other document by any margin. */
	scene_init(&s, 1, 2);
	set(&s, 1, 2, 0.92);
	face_shows(&s, 0, 0, 0.97);
	face_shows(&s, 0, 1, 0.9);
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_LOOK_ALIKE);
	/* Also where the other one's document is of no use. */
	s.documents[1].cause = EX_CAUSE_DOCUMENT;
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_LOOK_ALIKE);
	expect_document(&s, 0, EX_DOCUMENT_OFFICER, EX_CAUSE_LOOK_ALIKE);
	expect_document(&s, 1, EX_DOCUMENT_UNUSABLE, EX_CAUSE_DOCUMENT);
}

static void
look_alikes_leave_the_others_of_the_car_alone(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 3);
	set(&s, 2, 3, SURE);
	face_shows(&s, 0, 0, SURE);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	expect_document(&s, 1, EX_DOCUMENT_OFFICER, EX_CAUSE_LOOK_ALIKE);
	expect_document(&s, 2, EX_DOCUMENT_OFFICER, EX_CAUSE_LOOK_ALIKE);
}

static void
two_faces_close_to_one_document_go_to_the_officer(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 1);
	set(&s, 0, 1, 0.9);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 1, 0, SURE - 0.008);
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	expect_officer(&s, 1, EX_CAUSE_BELOW_THRESHOLD);
	expect_document(&s, 0, EX_DOCUMENT_OFFICER, EX_CAUSE_BELOW_THRESHOLD);
	/* Past the margin the nearer one is confirmed, whoever is left. */
	face_shows(&s, 1, 0, SURE - 0.012);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	expect_officer(&s, 1, EX_CAUSE_BELOW_THRESHOLD);
}

static void
a_face_close_to_two_documents_goes_to_the_officer(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 2);
	set(&s, 1, 2, 0.88); /* not look-alikes of each other */
	face_shows(&s, 0, 0, 0.923);
	face_shows(&s, 0, 1, 0.915); /* within the margin */
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	face_shows(&s, 0, 1, 0.9);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
}

/* The nearest pair would be taken by the greedy, and leave two people with a
 * worse explanation than the crossed pairs together. */
static void
the_whole_car_weighs_more_than_the_nearest_pair(void **state)
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
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	expect_officer(&s, 1, EX_CAUSE_BELOW_THRESHOLD);
}

static void
an_occupant_whose_document_is_missing_is_told_so(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 1);
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 1, 0, MAYBE); /* related to who is confirmed */
	set(&s, 0, 1, 0.88);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 0);
	expect_officer(&s, 1, EX_CAUSE_NO_DOCUMENT);
}

static void
a_document_whose_holder_is_not_in_the_car_is_found(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 2);
	face_shows(&s, 0, 1, SURE);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 1);
	expect_document(&s, 0, EX_DOCUMENT_HOLDER_NOT_SEEN, EX_CAUSE_NONE);
}

static void
passport_and_visa_of_one_holder_count_together(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 1, 2);
	set(&s, 1, 2, 0.96);
	face_shows(&s, 0, 0, 0.95);
	face_shows(&s, 0, 1, 0.952);
	s.documents[0].holder = s.documents[1].holder = 1;
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 1);
	expect_document(&s, 0, EX_DOCUMENT_CONFIRMED, EX_CAUSE_NONE);
	/* An old picture in one of them: that one is for the officer. */
	set(&s, 1, 2, 0.8);
	face_shows(&s, 0, 0, 0.8);
	assert_int_equal(run(&s), EX_OK);
	expect_confirmed(&s, 0, 1);
	expect_document(&s, 0, EX_DOCUMENT_OFFICER, EX_CAUSE_BELOW_THRESHOLD);
	/* Two faces never share a holder. */
	scene_init(&s, 2, 2);
	s.documents[0].holder = s.documents[1].holder = 1;
	face_shows(&s, 0, 0, SURE);
	face_shows(&s, 1, 1, SURE);
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	expect_officer(&s, 1, EX_CAUSE_BELOW_THRESHOLD);
}

static void
a_promise_out_of_reach_hands_over_instead_of_failing(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, 2, 2);
	for (size_t i = 0; i < 2; i++)
		face_shows(&s, i, i, 0.99);
	s.policy.vehicle_cap = 1e-5; /* four comparisons: 2.5e-6 each */
	assert_int_equal(
	    ex_match_policy_check(&s.policy, &s.known.cal, NULL), EX_OK);
	assert_int_equal(run(&s), EX_OK);
	expect_officer(&s, 0, EX_CAUSE_BELOW_THRESHOLD);
	expect_officer(&s, 1, EX_CAUSE_BELOW_THRESHOLD);
}

static void
wrong_arguments_are_named_and_confirm_nobody(void **state)
{
	struct scene s;
	struct ex_error err;

	(void)state;
	for (int wrong = 0; wrong < 10; wrong++) {
		const char *named = "faces[1]";
		enum ex_status expected = EX_ERR_USAGE;

		scene_init(&s, 2, 2);
		face_shows(&s, 0, 0, SURE);
		face_shows(&s, 1, 1, SURE);
		prescribe(4, s.gram, s.people);
		switch (wrong) {
		case 0:
			s.faces[1].capture = EX_CAUSE_BLUR;
			break;
		case 1:
			s.faces[1].template = NULL;
			break;
		case 2:
			s.documents[1].template = NULL;
			named = "documents[1]";
			break;
		case 3:
			s.faces[1].pictures = 9;
			named = "pictures";
			break;
		case 4:
			s.people[1].v[5] = NAN;
			break;
		case 5:
			s.people[3].v[0] += 1;
			named = "documents[1]";
			break;
		case 6:
			s.n_faces = EX_MAX_OCCUPANTS + 1;
			named = "faces";
			break;
		case 7:
			s.n_documents = EX_MAX_DOCUMENTS + 1;
			named = "documents";
			break;
		case 8:
			s.policy.margin = NAN;
			named = "margin";
			break;
		default:
			s.known.cal.n_curves = 0;
			named = "calibration";
			expected = EX_ERR_CALIBRATION;
		}
		assert_int_equal(
		    ex_match_decide(&s.known.cal, &s.policy, s.faces, s.n_faces,
			s.documents, s.n_documents, &s.result, &err),
		    expected);
		assert_string_equal(err.what, named);
		for (size_t f = 0; f < EX_MAX_OCCUPANTS; f++) {
			assert_int_equal(
			    s.result.occupants[f].verdict, EX_VERDICT_OFFICER);
			assert_int_equal(s.result.occupants[f].document, -1);
			assert_int_equal(s.result.occupants[f].nearest, -1);
		}
	}
}

static void
full_vehicles_are_decided_and_everybody_accounted_for(void **state)
{
	static struct ex_template people[EX_MAX_DOCUMENTS];
	struct ex_match_face faces[EX_MAX_OCCUPANTS];
	struct ex_match_document documents[EX_MAX_DOCUMENTS] = { 0 };
	struct known_calibration k;
	struct ex_match_policy policy = ex_match_policy_default();
	struct ex_match_result r;

	(void)state;
	known_calibration_init(&k);
	for (size_t i = 0; i < EX_MAX_DOCUMENTS; i++) {
		people[i].v[i] = 1;
		people[i].dim = 128;
		documents[i].template = &people[i];
	}
	for (size_t i = 0; i < EX_MAX_OCCUPANTS; i++)
		faces[i] =
		    (struct ex_match_face){ &people[2 * i], 1, EX_CAUSE_NONE };
	assert_int_equal(
	    ex_match_decide(&k.cal, &policy, faces, EX_MAX_OCCUPANTS, documents,
		EX_MAX_DOCUMENTS, &r, NULL),
	    EX_OK);
	for (size_t i = 0; i < EX_MAX_OCCUPANTS; i++) {
		assert_int_equal(r.occupants[i].document, 2 * (int)i);
		assert_true(r.occupants[i].fmr_at_most);
	}
	for (size_t i = 0; i < EX_MAX_DOCUMENTS; i++)
		assert_int_equal(
		    r.documents[i].verdict, i % 2 ? EX_DOCUMENT_HOLDER_NOT_SEEN
						  : EX_DOCUMENT_CONFIRMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_family_with_its_documents_is_confirmed),
		cmocka_unit_test(a_lone_pair_must_clear_its_bar_by_the_margin),
		cmocka_unit_test(more_fused_pictures_face_a_higher_bar),
		cmocka_unit_test(
		    an_empty_vehicle_or_one_without_documents_is_decided),
		cmocka_unit_test(a_face_without_picture_keeps_its_cause),
		cmocka_unit_test(
		    documents_that_failed_or_are_left_out_give_their_cause),
		cmocka_unit_test(
		    only_comparisons_that_can_confirm_share_the_cap),
		cmocka_unit_test(an_unreadable_portrait_may_be_the_missing_one),
		cmocka_unit_test(
		    a_child_is_not_confirmed_with_a_parents_document),
		cmocka_unit_test(
		    look_alikes_are_never_confirmed_not_even_crosswise),
		cmocka_unit_test(look_alikes_leave_the_others_of_the_car_alone),
		cmocka_unit_test(
		    two_faces_close_to_one_document_go_to_the_officer),
		cmocka_unit_test(
		    a_face_close_to_two_documents_goes_to_the_officer),
		cmocka_unit_test(
		    the_whole_car_weighs_more_than_the_nearest_pair),
		cmocka_unit_test(
		    an_occupant_whose_document_is_missing_is_told_so),
		cmocka_unit_test(
		    a_document_whose_holder_is_not_in_the_car_is_found),
		cmocka_unit_test(
		    passport_and_visa_of_one_holder_count_together),
		cmocka_unit_test(
		    a_promise_out_of_reach_hands_over_instead_of_failing),
		cmocka_unit_test(wrong_arguments_are_named_and_confirm_nobody),
		cmocka_unit_test(
		    full_vehicles_are_decided_and_everybody_accounted_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
