/* SPDX-License-Identifier: Apache-2.0 */
#include "peer_dlib.h"

#include <dlib/dnn.h>
#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

namespace {

using namespace dlib;

/* The detector's layers, from the last to the first, as its file wants. */
template <long N, typename S> using down = con<N, 5, 5, 2, 2, S>;
template <long N, typename S> using flat = con<N, 5, 5, 1, 1, S>;
template <typename S>
using halved = relu<affine<down<32, relu<affine<down<32,
    relu<affine<down<16, S>>>>>>>>>;
template <typename S> using wide = relu<affine<flat<45, S>>>;
using detector_net = loss_mmod<con<1, 9, 9, 1, 1,
    wide<wide<wide<halved<input_rgb_image_pyramid<pyramid_down<6>>>>>>>>;

/* The matcher: residual blocks of two 3 x 3 convolutions. */
template <int N, int stride, typename S>
using pair_of = affine<con<N, 3, 3, 1, 1,
    relu<affine<con<N, 3, 3, stride, stride, S>>>>>;
template <int N, typename S>
using same = relu<add_prev1<pair_of<N, 1, tag1<S>>>>;
template <int N, typename S>
using halve = relu<add_prev2<avg_pool<2, 2, 2, 2,
    skip1<tag2<pair_of<N, 2, tag1<S>>>>>>>;
template <typename S> using level0 = halve<256, S>;
template <typename S> using level1 = same<256, same<256, halve<256, S>>>;
template <typename S> using level2 = same<128, same<128, halve<128, S>>>;
template <typename S>
using level3 = same<64, same<64, same<64, halve<64, S>>>>;
template <typename S> using level4 = same<32, same<32, same<32, S>>>;
using matcher_net = loss_metric<fc_no_bias<128,
    avg_pool_everything<level0<level1<level2<level3<level4<max_pool<3, 3, 2, 2,
	relu<affine<con<32, 7, 7, 2, 2,
	    input_rgb_image_sized<150>>>>>>>>>>>>>;

matrix<rgb_pixel>
picture(const uint8_t *rgb, int width, int height)
{
	matrix<rgb_pixel> m(height, width);

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++, rgb += 3)
			m(y, x) = rgb_pixel(rgb[0], rgb[1], rgb[2]);
	return m;
}

} // namespace

struct peer {
	detector_net detector;
	shape_predictor landmarks;
	matcher_net matcher;
};

struct peer *
peer_new(const char *dir)
{
	std::string d(dir);
	auto p = new peer;

	try {
		deserialize(d + "/mmod_human_face_detector.dat") >>
		    p->detector;
		deserialize(d + "/shape_predictor_5_face_landmarks.dat") >>
		    p->landmarks;
		deserialize(d + "/dlib_face_recognition_resnet_model_v1.dat") >>
		    p->matcher;
	} catch (const std::exception &) {
		delete p;
		return nullptr;
	}
	return p;
}

void
peer_free(struct peer *p)
{
	delete p;
}

static void
find_landmarks(struct peer *p, const matrix<rgb_pixel> &im,
    struct peer_face *f)
{
	auto shape =
	    p->landmarks(im, rectangle(f->left, f->top, f->right, f->bottom));

	for (unsigned i = 0; i < 5; i++) {
		f->landmark[i][0] = shape.part(i).x();
		f->landmark[i][1] = shape.part(i).y();
	}
}

size_t
peer_detect(struct peer *p, const uint8_t *rgb, int width, int height,
    double threshold, struct peer_face *out, size_t max)
{
	auto im = picture(rgb, width, height);
	const std::vector<mmod_rect> &found =
	    p->detector.process(im, threshold);

	for (size_t i = 0; i < std::min(max, found.size()); i++) {
		out[i].left = found[i].rect.left();
		out[i].top = found[i].rect.top();
		out[i].right = found[i].rect.right();
		out[i].bottom = found[i].rect.bottom();
		out[i].score = found[i].detection_confidence;
		find_landmarks(p, im, &out[i]);
	}
	return found.size();
}

void
peer_landmarks(struct peer *p, const uint8_t *rgb, int width, int height,
    struct peer_face *face)
{
	find_landmarks(p, picture(rgb, width, height), face);
}

void
peer_chip(struct peer *, const uint8_t *rgb, int width, int height,
    const struct peer_face *f, uint8_t *chip)
{
	auto im = picture(rgb, width, height);
	std::vector<point> parts;
	matrix<rgb_pixel> out;

	for (auto &l : f->landmark)
		parts.push_back(point(l[0], l[1]));
	full_object_detection shape(
	    rectangle(f->left, f->top, f->right, f->bottom), parts);
	extract_image_chip(im, get_face_chip_details(shape, 150, 0.25), out);
	for (long y = 0; y < 150; y++)
		for (long x = 0; x < 150; x++, chip += 3) {
			chip[0] = out(y, x).red;
			chip[1] = out(y, x).green;
			chip[2] = out(y, x).blue;
		}
}

void
peer_vector(struct peer *p, const uint8_t *chip, float out[128])
{
	matrix<float, 0, 1> v = p->matcher(picture(chip, 150, 150));

	for (long i = 0; i < 128; i++)
		out[i] = v(i);
}
