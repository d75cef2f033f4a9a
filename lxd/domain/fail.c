// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a domain begins here, whatever the cause: the reason is written down once, the contexts are
 * poisoned, and the worker of recover.c takes the rest of the way.
 */
#include "internal.h"

bool lxd_fault_built(struct lxd_domain *dom)
{
	/*
	 * The full barrier of the exchange orders the move before the look at the reason. Its pair is in
	 * lxd_fault_end() below, after the reason was claimed: one of the two sees the other.
	 */
	lxd_domain_move(dom, LXD_BUILDING, LXD_EMBRYO);
	return !READ_ONCE(dom->fault[0]) && lxd_domain_state(dom) == LXD_EMBRYO;
}

void lxd_fault_end(struct lxd_domain *dom)
{
	int from;

	/* Orders the reason before the look at the state. Its pair is the exchange in lxd_fault_built(). */
	smp_mb();
	from = atomic_read(&dom->state);
	/* A start may be under way: the domain ends from whichever of both states it has at the exchange. */
	do {
		if (from != LXD_EMBRYO && from != LXD_RUNNING)
			return;
	} while (!atomic_try_cmpxchg(&dom->state, &from, LXD_FAULTED));
	lxd_context_set_dead(dom);
	lxd_domain_get(dom);
	queue_work(lxd_recovery_wq, &dom->recovery);
}

/* The next life has none of its own yet; what ended the last one is kept for the reader. Under no lock of a class. */
void lxd_fault_forget(struct lxd_domain *dom)
{
	spin_lock_irq(&dom->fault_lock);
	swap(dom->fault, dom->last_fault);
	dom->fault[0] = 0;
	spin_unlock_irq(&dom->fault_lock);
}

const char *lxd_fault_text(const struct lxd_domain *dom)
{
	return dom->fault[0] ? dom->fault : "it was stopped";
}

/* False: there is a reason already. */
bool lxd_fault_claim(struct lxd_domain *dom, const char *text)
{
	unsigned long flags;
	bool first;

	spin_lock_irqsave(&dom->fault_lock, flags);
	first = !dom->fault[0];
	if (first)
		strscpy(dom->fault, text, LXD_FAULT_TEXT);
	spin_unlock_irqrestore(&dom->fault_lock, flags);
	return first;
}

void lxd_domain_fail(struct lxd_domain *dom, const char *fmt, ...)
{
	char text[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (lxd_domain_state(dom) > LXD_RUNNING)
		return;
	if (lxd_fault_claim(dom, text))
		lxd_warn(dom, "ended: %s\n", text);
	lxd_fault_end(dom);
}

void lxd_domain_end(struct lxd_domain *dom, const char *fmt, ...)
{
	char text[256];
	va_list args;

	/* lxd_fault_end() orders it before the look at the state. Its pair is in recover(), behind the move to EMBRYO. */
	WRITE_ONCE(dom->ending, true);
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	lxd_domain_fail(dom, "%s", text);
	/* It may be between two lives, where nothing fails. */
	lxd_fault_end(dom);
}

void lxd_domain_violation(struct lxd_domain *dom, const char *fn, const char *what, u64 value)
{
	int n = atomic_inc_return(&dom->violations);

	lxd_stat_inc(dom, LXD_STAT_VIOLATIONS);
	if (n <= 8 && lxd_log_room(dom))
		lxd_warn(dom, "%s: %s (%#llx)\n", fn, what, value);
	if (n == LXD_VIOLATIONS_MAX)
		lxd_domain_fail(dom, "%d violations of the contract, the last one: %s: %s (%#llx)", n, fn, what, value);
}
