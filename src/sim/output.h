/* SPDX-License-Identifier: Apache-2.0 */
/* The scene's folder. */
#ifndef EXEUNT_SIM_OUTPUT_H
#define EXEUNT_SIM_OUTPUT_H

#include "stage.h"

/* folder.c */
/** Make the folder, or empty one that an earlier run has made. */
enum ex_status ex_sim_folder_prepare(
    const struct ex_sim_options *o, struct ex_error *err);
/** Write without syncing: thousands of frames, none of them precious. */
enum ex_status ex_sim_write_quick(
    const char *path, const void *data, size_t size, struct ex_error *err);

/* record.c */
/** documents/ID.json and ID.jpg of everybody who is shown somewhere. */
enum ex_status ex_sim_documents_write(const struct ex_sim_options *o,
    const struct travellers *t, const struct cast *c, size_t *count,
    struct ex_error *err);

/** Truth and scene, filled vehicle by vehicle. */
struct record {
	struct ex_truth *truth;
	struct ex_scene *scene;
};
enum ex_status ex_sim_record_init(struct record *r,
    const struct ex_sim_options *o, const struct cast *c, struct ex_error *err);
/** @param seen n_frames x MAX_PERSONS */
enum ex_status ex_sim_record_vehicle(struct record *r,
    const struct travellers *t, const struct cast *c, size_t i,
    const struct sighting *seen, struct ex_error *err);
/** truth.json, then scene.json; neither stays without the other. */
enum ex_status ex_sim_record_write(
    const struct record *r, const char *dir, struct ex_error *err);
void ex_sim_record_fini(struct record *r);

#endif
