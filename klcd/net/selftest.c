// SPDX-License-Identifier: GPL-2.0-only
/* What a driver does to its device when asked: self-test, a blinking light, the plug-in module. */
#include <linux/slab.h>
#include "answer.h"
#include "net.h"

/*
 * Offline the driver closes the interface and opens it again, in the domain, as it does for other sizes of its
 * rings: it stops the queues first, and what is in flight comes back. The lists of addresses and the counters wait
 * meanwhile, or a call about them could time out.
 */
void klcd_net_self_test(struct net_device *ndev, struct ethtool_test *test, u64 *results)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	const struct klcd_question question = { .operation = NET_ET_TEST, .argument = test->flags };
	void *answer = kzalloc(KLCD_TEST_ANSWER, GFP_KERNEL);
	u32 count = own->counts[2];
	int n = -ENOMEM;

	if (answer) {
		WRITE_ONCE(own->testing, true);
		/* They may be waiting for the domain, too. */
		klcd_net_begin(own, &own->net->admin, true);
		cancel_work_sync(&own->rx_mode);
		cancel_delayed_work_sync(&own->refresh);
		klcd_net_end(own, &own->net->admin);
		n = klcd_net_ask_within(own, &own->net->tests, &question, answer,
					4 * sizeof(u32) + count * sizeof(u64));
		WRITE_ONCE(own->testing, false);
		if (own->open) {
			queue_work(system_wq, &own->rx_mode);
			queue_delayed_work(system_wq, &own->refresh, KLCD_NET_REFRESH);
		}
	}
	/* An answer that is none is a test that failed. */
	if (klcd_test_take(answer, max(n, 0), count, &test->flags, results))
		netdev_warn(ndev, "the domain's self-test gave no result: %d\n", n);
	kfree(answer);
}

/* The driver answers how often a second it wants to be asked; the kernel divides by that. */
int klcd_net_phys_id(struct net_device *ndev, enum ethtool_phys_id_state state)
{
	u32 told = 0;
	int n = klcd_net_ask(klcd_netdev_of(ndev), NET_ET_PHYS_ID, state, NULL, 0, &told, sizeof(told));

	if (n < 0)
		return n;
	if (n != sizeof(told) || told > (state == ETHTOOL_ID_ACTIVE ? 10 : 0))
		return -EPROTO;
	return told;
}

int klcd_net_module_info(struct net_device *ndev, struct ethtool_modinfo *info)
{
	struct ethtool_modinfo told = {};
	int n = klcd_net_ask(klcd_netdev_of(ndev), NET_ET_MODULE_INFO, 0, NULL, 0, &told, sizeof(told));

	if (n < 0)
		return n;
	if (n != sizeof(told) || told.eeprom_len > ETH_MODULE_SFF_8436_MAX_LEN)
		return -EPROTO;
	info->type = told.type;
	info->eeprom_len = told.eeprom_len;
	return 0;
}

int klcd_net_module_eeprom(struct net_device *ndev, struct ethtool_eeprom *eeprom, u8 *data)
{
	int n = klcd_net_ask(klcd_netdev_of(ndev), NET_ET_MODULE, 0, eeprom, sizeof(*eeprom), data, eeprom->len);

	return min(n, 0);
}
