/* SPDX-License-Identifier: Apache-2.0 */
/* Making a scene: what `sim` and `demo` do. */
#ifndef EXEUNT_CLI_SCENE_MAKER_H
#define EXEUNT_CLI_SCENE_MAKER_H

#include "cli.h"

#include "exeunt/sim.h"

/* Run the simulator with progress, on c->threads; travellers are found beside
 * the program unless named. Says on stderr what is wrong. */
enum ex_status make_scene(
    struct cli *c, struct ex_sim_options *o, struct ex_sim_summary *out);

#endif
