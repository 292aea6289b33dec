/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXEUNT_FLOW_INTERNAL_H
#define EXEUNT_FLOW_INTERNAL_H

#include "exeunt/flow.h"

#include "exeunt/document.h"

/* One document of the vehicle, read and measured. */
struct presented {
	bool has_template;
	struct ex_template template;
	struct ex_template earlier[EX_FLOW_EARLIER]; /* further references */
	size_t n_earlier;
	enum ex_cause cause;
	unsigned holder;
	struct ex_image portrait;
	struct ex_mrz mrz; /* zero where none was read */
};

/* Who hears of problems, and the worst of them. */
struct report {
	const struct ex_flow_hooks *hooks;
	enum ex_status worst;
};
void ex_flow_report_problem(struct report *r, const struct ex_error *err);

/* documents.c: read the documents of a vehicle. `facts` and `out` have room
 * for EX_MAX_DOCUMENTS. What is wrong with one is reported and is that one's
 * verdict. */
enum ex_status ex_flow_open_documents(struct ex_face_work *work,
    const struct ex_scene *scene, const struct ex_scene_vehicle *vehicle,
    int64_t opened_ms, const struct ex_flow_options *options,
    struct report *report, struct ex_document facts[], struct presented out[]);
void ex_flow_presented_fini(struct presented *p);

/* send.c: seal a crossing with its pictures and put it into the spool. */
enum ex_status ex_flow_send(const struct ex_flow_options *o,
    const struct ex_flow_crossing *c, struct ex_error *err);

#endif
