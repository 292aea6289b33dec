/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt sim: a scene of synthetic travellers. */
#include "scene_maker.h"

#include <stdlib.h>

enum ex_status cmd_sim(struct cli *c);

static enum ex_status
print_summary(const struct cli *c, const struct ex_sim_options *o,
    const struct ex_sim_summary *s)
{
	json_t *specials;

	if (c->json) {
		specials = json_object();
		for (int i = 0; i < EX_SIM_SPECIAL_COUNT; i++)
			json_object_set_new(specials,
			    ex_sim_special_word((enum ex_sim_special)i),
			    json_integer(s->specials[i]));
		return cli_print(json_pack("{s:s,s:i,s:i,s:i,s:i,s:o}", "scene",
		    o->out, "vehicles", (int)s->vehicles, "occupants",
		    (int)s->occupants, "documents", (int)s->documents, "frames",
		    (int)s->frames, "specials", specials));
	}
	printf("%s: %zu vehicles, %zu occupants, %zu documents, %zu frames\n",
	    o->out, s->vehicles, s->occupants, s->documents, s->frames);
	for (int i = 0; i < EX_SIM_SPECIAL_COUNT; i++)
		if (s->specials[i] > 0)
			printf("  %-22s in v%04d%s\n",
			    ex_sim_special_word((enum ex_sim_special)i),
			    s->first[i] + 1,
			    s->specials[i] > 1 ? " and others" : "");
	return EX_OK;
}

enum ex_status
cmd_sim(struct cli *c)
{
	struct ex_sim_options o;
	uint64_t vehicles, occupants, width, height;

	ex_sim_defaults(&o);
	vehicles = o.vehicles;
	occupants = o.occupants;
	width = (uint64_t)o.width;
	height = (uint64_t)o.height;
	const struct cli_option options[] = {
		{ "out", "DIR", "new folder for the scene", CLI_TEXT, &o.out, 0,
		    0 },
		{ "travellers", "DIR", "folder of synthetic people", CLI_TEXT,
		    &o.travellers, 0, 0 },
		{ "look-alikes", "FILE", "CSV of pairs that look alike",
		    CLI_TEXT, &o.lookalikes, 0, 0 },
		{ "vehicles", "N", "how many (30)", CLI_NUMBER, &vehicles, 1,
		    9999 },
		{ "occupants", "N", "in all (8 for 3 vehicles)", CLI_NUMBER,
		    &occupants, 0, 99999 },
		{ "width", "PX", "of the pictures (1280)", CLI_NUMBER, &width,
		    320, 3840 },
		{ "height", "PX", "of the pictures (720)", CLI_NUMBER, &height,
		    180, 2160 },
		{ "fps", "N", "frames a second (10)", CLI_REAL, &o.fps, 2, 60 },
		{ "seed", "N", "the same seed makes the same scene (1)",
		    CLI_NUMBER, &o.seed, 0, 9007199254740992.0 },
		{ "tint", "X", "darkness of the glass, times the usual",
		    CLI_REAL, &o.tint, 0, 4 },
		{ "reflection", "X", "reflections on it, times the usual",
		    CLI_REAL, &o.reflection, 0, 4 },
		{ "noise", "X", "of the sensor, times the usual", CLI_REAL,
		    &o.noise, 0, 4 },
		{ "speed", "X", "of the vehicles, times the usual", CLI_REAL,
		    &o.speed, 0.25, 4 },
		{ "darkness", "X", "share of dusk and night, times the usual",
		    CLI_REAL, &o.darkness, 0, 4 },
	};
	struct ex_sim_summary summary;
	struct ex_error err;
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	if (!o.out) {
		ex_fail(&err, EX_ERR_USAGE, "--out",
		    "is missing; see 'exeunt sim --help'");
		return cli_error(&err);
	}
	o.vehicles = (unsigned)vehicles;
	o.occupants = (unsigned)occupants;
	o.width = (int)width;
	o.height = (int)height;
	status = make_scene(c, &o, &summary);
	return status == EX_OK ? print_summary(c, &o, &summary) : status;
}
