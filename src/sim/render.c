/* SPDX-License-Identifier: Apache-2.0 */
/* One frame, back to front. */
#include "stage.h"

#include <string.h>

static bool
draw_cabin(
    struct canvas *c, const struct stage *s, const struct view *v, size_t frame)
{
	const struct vehicle *vehicle = s->vehicle;

	ex_sim_draw_interior(c, s, v);
	/* Behind a full front row there is always a rear bench. */
	for (int row = s->look.rows > 1 ? s->look.rows - 1 : 1; row >= 0;
	     row--) {
		ex_sim_draw_seats_of_row(c, s, v, row);
		if (vehicle->portrait != NOBODY &&
		    ex_sim_seat_place(vehicle->portrait_seat).row == row &&
		    !ex_sim_draw_portrait(c, s, v))
			return false;
		if (!ex_sim_draw_occupants_of_row(c, s, v, frame, row))
			return false;
	}
	ex_sim_draw_dashboard(c, s, v);
	return true;
}

enum ex_status
ex_sim_render_frame(const struct stage *s, struct canvas *c, size_t frame,
    struct ex_image *out, struct sighting seen[static MAX_PERSONS])
{
	struct view v = ex_sim_view_at(s, frame);
	bool drawn;

	c->clipped = false;
	ex_sim_draw_backdrop(c, s, 0);
	ex_sim_draw_body(c, s, &v);
	ex_sim_clip_to_glass(c, s, &v);
	drawn = draw_cabin(c, s, &v, frame);
	ex_sim_draw_glass(c, s, &v, frame);
	c->clipped = false;
	ex_sim_draw_frame_of_glass(c, s, &v);
	ex_sim_blur_motion(c, s, frame);
	ex_sim_draw_backdrop(c, s, (int)(EDGE_SHARE * c->w));
	if (s->vehicle->pedestrian != NOBODY)
		drawn = ex_sim_draw_pedestrian(c, s, frame) && drawn;
	if (!drawn)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < s->vehicle->n_persons; i++)
		ex_sim_see_occupant(c, s, &v, frame, i, &seen[i]);
	ex_sim_expose(c, s, frame, out);
	return EX_OK;
}
