/* SPDX-License-Identifier: Apache-2.0 */
/* dlib behind a C interface: the reference of tests and benchmarks, never a
 * part of the program. Boxes are dlib's: inclusive right and bottom. */
#ifndef EXEUNT_PEER_DLIB_H
#define EXEUNT_PEER_DLIB_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct peer;

struct peer_face {
	long left, top, right, bottom;
	double score;
	long landmark[5][2];
};

/* NULL if the models in `dir` cannot be read. */
struct peer *peer_new(const char *dir);
void peer_free(struct peer *p);

/* rgb: width x height x 3 bytes. Returns how many were found, at most `max`
 * of them stored. Faces over `threshold`, 0 being the model's own. */
size_t peer_detect(struct peer *p, const uint8_t *rgb, int width, int height,
    double threshold, struct peer_face *out, size_t max);
void peer_landmarks(struct peer *p, const uint8_t *rgb, int width, int height,
    struct peer_face *face);
/* 150 x 150 x 3 bytes, from the face's own landmarks. */
void peer_chip(struct peer *p, const uint8_t *rgb, int width, int height,
    const struct peer_face *face, uint8_t *chip);
void peer_vector(struct peer *p, const uint8_t *chip, float out[128]);

#ifdef __cplusplus
}
#endif
#endif
