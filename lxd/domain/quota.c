// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a domain's memory costs the host. What its creation takes was asked for by the user; what it
 * causes afterwards, by messages, comes out of one quota. mem.lock is held, or nobody else knows the domain.
 */
#include "internal.h"

/* Device memory has its own bound in klcd/pci; page tables and list entries come on top. */
#define LATER (48ull << 20)

void lxd_quota_close(struct lxd_domain *dom)
{
	dom->mem.most = dom->mem.charged + LATER;
}

int lxd_quota_charge(struct lxd_domain *dom, enum lxd_mem_kind kind, u64 shown, u64 cost)
{
	struct lxd_memory *mem = &dom->mem;

	if (mem->most && cost > mem->most - mem->charged) {
		lxd_stat_inc(dom, LXD_STAT_QUOTA_REFUSED);
		return -EDQUOT;
	}
	mem->charged += cost;
	atomic64_add(shown, &mem->bytes[kind]);
	return 0;
}

void lxd_quota_return(struct lxd_domain *dom, enum lxd_mem_kind kind, u64 shown, u64 cost)
{
	dom->mem.charged -= cost;
	atomic64_sub(shown, &dom->mem.bytes[kind]);
}
