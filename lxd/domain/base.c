// SPDX-License-Identifier: GPL-2.0-only
/* Interface 0: start, stop, ping, the log. Glue: klcd/domain.idl. */
#include <linux/slab.h>
#include <lxd/glue.h>

#include "internal.h"
#include <domain.h> /* generated */

void klcd_domain_log(struct lxd_domain *dom, __u8 level, const void *text, __u32 len)
{
	lxd_log_text(dom, level, text, len);
}

void klcd_domain_warned(struct lxd_domain *dom, __u64 address, __u32 module)
{
	char symbol[128];

	if (!lxd_log_room(dom))
		return;
	lxd_domain_symbol(dom, address, symbol, sizeof(symbol));
	lxd_warn(dom, "a WARN in module %u at %s was stepped over\n", module, symbol);
}

int lxd_base_ping(struct lxd_domain *dom, u64 value, u64 *echo)
{
	return lxd_domain_ping(dom, value, echo);
}

int lxd_base_init_module(struct lxd_domain *dom, u32 index)
{
	return lxd_domain_init_module(dom, index);
}

int lxd_base_exit_module(struct lxd_domain *dom, u32 index)
{
	return lxd_domain_exit_module(dom, index);
}

/* Before the first message, and after the last one. */
static int attach(struct lxd_domain *dom)
{
	struct lxd_domain_contract *contract = kmalloc(sizeof(*contract), GFP_KERNEL);

	if (!contract)
		return -ENOMEM;
	lxd_domain_contract_init(contract);
	lxd_domain_set_data(dom, LXD_DOMAIN_INTERFACE, contract);
	return 0;
}

static void detach(struct lxd_domain *dom)
{
	kfree(lxd_domain_data(dom, LXD_DOMAIN_INTERFACE));
	lxd_domain_set_data(dom, LXD_DOMAIN_INTERFACE, NULL);
}

static int renew(struct lxd_domain *dom)
{
	lxd_domain_contract_init(lxd_domain_data(dom, LXD_DOMAIN_INTERFACE));
	return 0;
}

struct lxd_domain_contract *klcd_domain_contract(struct lxd_domain *dom)
{
	return lxd_domain_data(dom, LXD_DOMAIN_INTERFACE);
}

const struct lxd_class lxd_base_class = {
	.name = "domain",
	.iface = LXD_IFACE_DOMAIN,
	.fns = lxd_domain_host_fns,
	.nr_fns = LXD_DOMAIN_NR_HOST_FNS,
	.dispatch = lxd_domain_host_dispatch,
	.attach = attach,
	.detach = detach,
	.renew = renew,
};
