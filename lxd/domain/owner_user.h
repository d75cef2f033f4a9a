/* SPDX-License-Identifier: GPL-2.0-only */
/* atomic_t for the user-space explorer of owner.h: each access is one step of the schedule. */
#ifndef LXD_OWNER_USER_H
#define LXD_OWNER_USER_H
#include <stdbool.h>

typedef struct { int v; } atomic_t;

void owner_step(void); /* lets the explorer switch to the other side */

static inline void atomic_set(atomic_t *a, int v) { owner_step(); a->v = v; }
static inline int atomic_read(const atomic_t *a) { owner_step(); return a->v; }
static inline int atomic_xchg(atomic_t *a, int v) { int o; owner_step(); o = a->v; a->v = v; return o; }
static inline int atomic_cmpxchg(atomic_t *a, int from, int to)
{
	int o;

	owner_step();
	o = a->v;
	if (o == from)
		a->v = to;
	return o;
}
static inline int atomic_fetch_or(int v, atomic_t *a) { int o; owner_step(); o = a->v; a->v |= v; return o; }
#endif
