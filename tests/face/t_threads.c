/* SPDX-License-Identifier: Apache-2.0 */
/* Threads share one set of models, each with a work of its own; and whatever
 * engine convolves finds the same face and makes the same template. */
#include "face_test.h"

#include <math.h>
#include <pthread.h>

#define THREADS 4
#define ROUNDS  2
#define WITHIN  1e-4

/* The portrait of somebody who does not exist, made small, and what oneDNN with
 * AVX-512 sees in it. */
#define TRAVELLER 7
#define WIDTH     144
#define HEIGHT    180
#define SCORE     1.092838

static const float expected[EX_FACE_VECTOR] = {
	-0.010540f,
	0.113411f,
	-0.016866f,
	-0.089053f,
	-0.049353f,
	0.019849f,
	-0.022156f,
	-0.083595f,
	0.073908f,
	-0.034700f,
	0.156207f,
	-0.014819f,
	-0.180759f,
	-0.032211f,
	-0.053330f,
	0.083335f,
	-0.107439f,
	-0.032165f,
	-0.144850f,
	-0.049541f,
	-0.043703f,
	0.055741f,
	0.048966f,
	0.061287f,
	-0.047808f,
	-0.164379f,
	-0.055396f,
	-0.091990f,
	0.069497f,
	-0.120246f,
	-0.006809f,
	0.022440f,
	-0.036865f,
	0.011110f,
	0.013950f,
	0.014131f,
	-0.082348f,
	-0.120752f,
	0.173149f,
	0.043252f,
	-0.074464f,
	0.068318f,
	-0.003653f,
	0.230238f,
	0.154958f,
	-0.026859f,
	0.031326f,
	-0.086082f,
	0.147908f,
	-0.156565f,
	0.055570f,
	0.095198f,
	0.070886f,
	0.058391f,
	0.039322f,
	-0.123033f,
	0.013460f,
	0.088823f,
	-0.155859f,
	0.051290f,
	0.016368f,
	-0.045533f,
	-0.070631f,
	-0.067483f,
	0.099348f,
	0.149495f,
	-0.098695f,
	-0.106457f,
	0.124738f,
	-0.117526f,
	-0.031214f,
	0.028248f,
	-0.108449f,
	-0.090673f,
	-0.115126f,
	0.038918f,
	0.235459f,
	0.145470f,
	-0.123082f,
	-0.013567f,
	-0.055336f,
	-0.003812f,
	0.006280f,
	0.057890f,
	-0.122923f,
	-0.058314f,
	-0.031318f,
	0.019250f,
	0.105722f,
	-0.051267f,
	-0.065302f,
	0.165954f,
	0.023851f,
	-0.002833f,
	0.042187f,
	-0.014815f,
	-0.102761f,
	-0.017972f,
	-0.063736f,
	-0.004403f,
	0.049628f,
	-0.130700f,
	0.020712f,
	0.045518f,
	-0.091919f,
	0.154811f,
	0.024926f,
	0.003283f,
	0.057478f,
	0.019903f,
	-0.075114f,
	-0.016598f,
	0.165554f,
	-0.148852f,
	0.188686f,
	0.093821f,
	0.081755f,
	0.082510f,
	0.092201f,
	0.097401f,
	-0.003671f,
	0.018643f,
	-0.053859f,
	-0.069524f,
	0.049255f,
	0.035787f,
	0.035509f,
	0.006521f,
};

static const struct ex_face_search want = { 0 };

struct seen {
	enum ex_status status;
	size_t n;
	struct ex_face face; /* the best */
	struct ex_template template;
};

static struct ex_image picture;

static void
look(struct ex_face_work *w, struct seen *s)
{
	struct ex_face faces[EX_FACE_MAX];

	s->status = ex_face_detect(w, &picture, &want, faces, &s->n);
	if (s->status != EX_OK || s->n < 1)
		return;
	s->face = faces[0];
	s->status = ex_face_enrol(w, &picture, &s->face, &s->template, NULL);
}

static int
start_with_picture(void **state)
{
	struct ex_image whole;

	if (start(state) != 0)
		return -1;
	load_passport(TRAVELLER, &whole);
	assert_int_equal(
	    ex_image_resize(&whole, WIDTH, HEIGHT, &picture), EX_OK);
	ex_image_free(&whole);
	return 0;
}

static int
stop_with_picture(void **state)
{
	ex_image_free(&picture);
	return stop(state);
}

/* Nothing of it hangs on who else looks. */
static void
assert_same(const struct seen *a, const struct seen *b)
{
	assert_int_equal(a->status, b->status);
	assert_int_equal(a->n, b->n);
	assert_memory_equal(&a->face, &b->face, sizeof a->face);
	assert_int_equal(a->template.dim, b->template.dim);
	assert_memory_equal(a->template.v, b->template.v, sizeof a->template.v);
}

static void
every_engine_sees_the_same(void **state)
{
	struct seen s = { 0 };

	(void)state;
	look(work, &s);
	assert_int_equal(s.status, EX_OK);
	assert_int_equal(s.n, 1);
	assert_true(fabs((double)s.face.score - SCORE) <= WITHIN);
	assert_int_equal(s.template.dim, EX_FACE_VECTOR);
	for (int i = 0; i < EX_FACE_VECTOR; i++)
		if (!(fabs((double)(s.template.v[i] - expected[i])) <= WITHIN))
			fail_msg("number %d is %.6f, not %.6f", i,
			    (double)s.template.v[i], (double)expected[i]);
}

/* One of several; all begin together. */
struct looker {
	pthread_t thread;
	pthread_barrier_t *all_here;
	enum ex_status made;
	struct seen seen[ROUNDS];
};

static void *
look_beside_others(void *arg)
{
	struct looker *l = arg;
	struct ex_face_work *own;

	l->made = ex_face_work_new(models, &own);
	pthread_barrier_wait(l->all_here);
	for (int i = 0; l->made == EX_OK && i < ROUNDS; i++)
		look(own, &l->seen[i]);
	ex_face_work_free(&own);
	return NULL;
}

static void
threads_share_one_set_of_models(void **state)
{
	static struct looker all[THREADS];
	static struct seen alone;
	pthread_barrier_t all_here;

	(void)state;
	look(work, &alone);
	assert_int_equal(alone.status, EX_OK);
	assert_int_equal(pthread_barrier_init(&all_here, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++) {
		all[i].all_here = &all_here;
		assert_int_equal(pthread_create(&all[i].thread, NULL,
				     look_beside_others, &all[i]),
		    0);
	}
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(all[i].thread, NULL), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(all[i].made, EX_OK);
		for (int k = 0; k < ROUNDS; k++)
			assert_same(&all[i].seen[k], &alone);
	}
	pthread_barrier_destroy(&all_here);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_engine_sees_the_same),
		cmocka_unit_test(threads_share_one_set_of_models),
	};

	return cmocka_run_group_tests(
	    tests, start_with_picture, stop_with_picture);
}
