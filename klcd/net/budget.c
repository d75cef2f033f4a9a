// SPDX-License-Identifier: GPL-2.0-only
#include "budget.h"

void klcd_budget_init(struct klcd_budget *b, u64 now_ns, u64 most_ns, u32 parts)
{
	b->most_ns = most_ns;
	b->parts = parts;
	b->left_ns = most_ns;
	b->at_ns = now_ns;
}

u64 klcd_budget_left(struct klcd_budget *b, u64 now_ns)
{
	u64 back = now_ns > b->at_ns ? (now_ns - b->at_ns) / b->parts : 0;

	/* What is less than a part is not lost: the clock of the budget moves by whole ones. */
	b->at_ns += back * b->parts;
	b->left_ns = back < b->most_ns - b->left_ns ? b->left_ns + back : b->most_ns;
	return b->left_ns;
}

void klcd_budget_spend(struct klcd_budget *b, u64 now_ns, u64 spent_ns)
{
	u64 left = klcd_budget_left(b, now_ns);

	b->left_ns = spent_ns < left ? left - spent_ns : 0;
}
