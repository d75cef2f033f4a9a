/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time that a domain may spend while the host waits for it under a lock that others need: so much at once, and a
 * part of all time on average. Free of kernel objects: see klcd/tests.
 */
#ifndef KLCD_NET_BUDGET_H
#define KLCD_NET_BUDGET_H

#include "../pure.h"

struct klcd_budget {
	u64 most_ns; /* at once */
	u32 parts; /* one part in so many of all time comes back */
	u64 left_ns, at_ns; /* what there was, and when */
};

/* @now_ns: any clock that does not run backwards. The budget is full. */
void klcd_budget_init(struct klcd_budget *b, u64 now_ns, u64 most_ns, u32 parts);
/* What may be spent from now on. */
u64 klcd_budget_left(struct klcd_budget *b, u64 now_ns);
/* @spent_ns have passed under the lock, until now. More than there was leaves nothing. */
void klcd_budget_spend(struct klcd_budget *b, u64 now_ns, u64 spent_ns);

#endif
