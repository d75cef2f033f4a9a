// SPDX-License-Identifier: GPL-2.0-only
/* What becomes of a call whose interface says `restart resubmit` and that met the end of its domain. */
#include <lxd/contract.h>

#include "internal.h"
#include "restart.h"

/*
 * A domain that ended comes back as another one, with new handles and new rings, and nothing of it is
 * known here (Documentation/limits.md). So there is nothing to wait for, and to wait would keep locks
 * that the recovery wants: the caller hears at once that its domain does not come back.
 */
int lxd_domain_await_restart(struct lxd_domain *dom, unsigned int ms)
{
	return lxd_restart_answer(lxd_domain_state(dom));
}
