/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_DIFFERENTIAL_RING3_H
#define LXD_DIFFERENTIAL_RING3_H

#include "../probe.h"

/* Maps the pages of the probes and takes the signals; exits with 2 if that fails. */
void machine_init(void);
/* Runs a probe in this process. */
void machine_run(const struct probe *p, struct built *b, struct result *r);
/* As machine_run(), with other registers than the probe's own: `change` is called with them. */
void machine_run_with(const struct probe *p, struct built *b, struct result *r,
		      void (*change)(struct registers *in, void *data), void *data);
/* The values that registers are made of. */
const struct places *machine_places(void);

extern const struct instruction *const table;
extern const int table_length;

/*
 * Compares two files of result lines; each line of `exceptions` is "NAME FIELD REASON..." with * in
 * NAME. Prints what differs without being named there and what is named and no longer differs.
 * Returns the exit status: 0, 1, or 2 for a file that is not as it must be.
 */
int compare(const char *bare, const char *under, const char *exceptions);

/* A million probes: random instructions, contexts, registers. Returns the exit status. */
int random_run(u64 seed, u64 count, u64 from);

#endif
