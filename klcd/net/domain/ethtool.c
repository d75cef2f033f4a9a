// SPDX-License-Identifier: GPL-2.0-only
/* ethtool operations of the driver, each from one structure to another; under the shadow's rtnl. */
#include <linux/ethtool.h>
#include "net.h"
#include "../ethtool.h"

#define HAS(member) \
	do { \
		if (!ops->member) \
			return -EOPNOTSUPP; \
	} while (0)

/* The structure that comes in; the driver gets a copy of its own size. */
static bool take(void *to, size_t size, const void *in, u32 n)
{
	if (n != size)
		return false;
	memcpy(to, in, size);
	return true;
}

static int strings(const struct ethtool_ops *ops, struct net_device *dev, u32 set, u8 *out, u32 room, u32 *total)
{
	int n;

	HAS(get_sset_count);
	HAS(get_strings);
	n = ops->get_sset_count(dev, set);
	if (n < 0)
		return n;
	if ((u64)n * ETH_GSTRING_LEN > room)
		return -E2BIG;
	ops->get_strings(dev, set, out);
	*total = n * ETH_GSTRING_LEN;
	return 0;
}

static int stats(const struct ethtool_ops *ops, struct net_device *dev, void *out, u32 room, u32 *total)
{
	struct ethtool_stats head = { .cmd = ETHTOOL_GSTATS };
	int n;

	HAS(get_sset_count);
	HAS(get_ethtool_stats);
	n = ops->get_sset_count(dev, ETH_SS_STATS);
	if (n < 0)
		return n;
	if ((u64)n * sizeof(u64) > room)
		return -E2BIG;
	head.n_stats = n;
	ops->get_ethtool_stats(dev, &head, out);
	*total = n * sizeof(u64);
	return 0;
}

static int regs(const struct ethtool_ops *ops, struct net_device *dev, struct ethtool_regs *out, u32 room, u32 *total)
{
	int n;

	HAS(get_regs_len);
	HAS(get_regs);
	n = ops->get_regs_len(dev);
	if (n < 0 || (u32)n > room - sizeof(*out))
		return n < 0 ? n : -E2BIG;
	out->len = n;
	ops->get_regs(dev, out, out + 1);
	*total = sizeof(*out) + n;
	return 0;
}

static int rxfh(const struct ethtool_ops *ops, struct net_device *dev, struct net_rss *out, u32 room, u32 *total)
{
	u32 entries, key;
	u8 function = 0;
	u32 *table;
	int err;

	HAS(get_rxfh);
	HAS(get_rxfh_indir_size);
	entries = ops->get_rxfh_indir_size(dev);
	key = ops->get_rxfh_key_size ? ops->get_rxfh_key_size(dev) : 0;
	if (entries > 1024 || key > 256 || sizeof(*out) + entries * 4 + key > room)
		return -E2BIG;
	table = (u32 *)(out + 1);
	err = ops->get_rxfh(dev, table, key ? (u8 *)(table + entries) : NULL, &function);
	out->entries = entries;
	out->key = key;
	out->function = function;
	*total = sizeof(*out) + entries * 4 + key;
	return err;
}

static int set_rxfh(const struct ethtool_ops *ops, struct net_device *dev, const void *in, u32 n)
{
	const u8 *places = in + sizeof(struct net_rss);
	struct net_rss head;
	u32 *table = NULL, i;
	int err;

	HAS(set_rxfh);
	HAS(get_rxfh_indir_size);
	if (n < sizeof(head))
		return -EINVAL;
	memcpy(&head, in, sizeof(head));
	if ((head.entries && head.entries != ops->get_rxfh_indir_size(dev)) ||
	    (head.key && (!ops->get_rxfh_key_size || head.key != ops->get_rxfh_key_size(dev))) ||
	    n - sizeof(head) != (u64)head.entries + head.key)
		return -EINVAL;
	if (head.entries) {
		table = rt_alloc(head.entries * sizeof(*table));
		if (!table)
			return -ENOMEM;
		for (i = 0; i < head.entries; i++)
			table[i] = places[i];
	}
	err = ops->set_rxfh(dev, table, head.key ? places + head.entries : NULL, head.function);
	rt_free(table);
	return err;
}

/* The fields of a packet that go into its hash. */
static int hash_fields(const struct ethtool_ops *ops, struct net_device *dev, u32 flow, const void *in, u32 n, u64 *out,
		       u32 *total)
{
	struct ethtool_rxnfc *nfc;
	int err = -EOPNOTSUPP;

	if (in ? n != sizeof(nfc->data) || !ops->set_rxnfc : !ops->get_rxnfc)
		return err;
	/* Too large for a fiber's stack to be taken lightly. */
	nfc = rt_alloc(sizeof(*nfc));
	if (!nfc)
		return -ENOMEM;
	nfc->flow_type = flow;
	if (in) {
		nfc->cmd = ETHTOOL_SRXFH;
		memcpy(&nfc->data, in, sizeof(nfc->data));
		err = ops->set_rxnfc(dev, nfc);
	} else {
		nfc->cmd = ETHTOOL_GRXFH;
		err = ops->get_rxnfc(dev, nfc, NULL);
		*out = nfc->data;
		*total = sizeof(*out);
	}
	rt_free(nfc);
	return err;
}

/* The driver closes and opens its interface by itself. */
static int self_test(const struct ethtool_ops *ops, struct net_device *dev, u32 flags, struct ethtool_test *out, u32 room,
		     u32 *total)
{
	int n;

	HAS(self_test);
	HAS(get_sset_count);
	n = ops->get_sset_count(dev, ETH_SS_TEST);
	if (n < 0)
		return n;
	if ((u64)n * sizeof(u64) > room - sizeof(*out))
		return -E2BIG;
	out->cmd = ETHTOOL_TEST;
	out->flags = flags;
	out->len = n;
	ops->self_test(dev, out, out->data);
	*total = sizeof(*out) + n * sizeof(u64);
	return 0;
}

static int eeprom(const struct ethtool_ops *ops, struct net_device *dev, const void *in, u32 n, u8 *out, u32 room,
		  u32 *total)
{
	struct ethtool_eeprom e;
	int length;

	HAS(get_eeprom);
	HAS(get_eeprom_len);
	length = ops->get_eeprom_len(dev);
	if (!take(&e, sizeof(e), in, n) || e.len > room || length < 0 || e.offset > (u32)length ||
	    e.len > (u32)length - e.offset)
		return -EINVAL;
	*total = e.len;
	return ops->get_eeprom(dev, &e, out);
}

static int module_eeprom(const struct ethtool_ops *ops, struct net_device *dev, const void *in, u32 n, u8 *out, u32 room,
			 u32 *total)
{
	struct ethtool_eeprom e;

	HAS(get_module_eeprom);
	if (!take(&e, sizeof(e), in, n) || e.len > room)
		return -EINVAL;
	*total = e.len;
	return ops->get_module_eeprom(dev, &e, out);
}

/* One u32 comes out. */
static int number(u32 value, void *out, u32 *total)
{
	memcpy(out, &value, sizeof(value));
	*total = sizeof(value);
	return 0;
}

#define SET(member, type, ...) \
	do { \
		struct type value; \
		\
		HAS(member); \
		if (!take(&value, sizeof(value), in, n)) \
			return -EINVAL; \
		return ops->member(dev, &value, ##__VA_ARGS__); \
	} while (0)

static int plain_get(u32 operation, const struct ethtool_ops *ops, struct net_device *dev, void *out, u32 *total)
{
	switch (operation) {
	case NET_ET_DRVINFO:
		HAS(get_drvinfo);
		*total = sizeof(struct ethtool_drvinfo);
		ops->get_drvinfo(dev, out);
		return 0;
	case NET_ET_GET_LINK:
		HAS(get_link_ksettings);
		*total = sizeof(struct ethtool_link_ksettings);
		return ops->get_link_ksettings(dev, out);
	case NET_ET_GET_RING:
		HAS(get_ringparam);
		*total = sizeof(struct ethtool_ringparam);
		ops->get_ringparam(dev, out, NULL, NULL);
		return 0;
	case NET_ET_GET_CHANNELS:
		HAS(get_channels);
		*total = sizeof(struct ethtool_channels);
		ops->get_channels(dev, out);
		return 0;
	case NET_ET_GET_COALESCE:
		HAS(get_coalesce);
		*total = sizeof(struct ethtool_coalesce);
		return ops->get_coalesce(dev, out, NULL, NULL);
	case NET_ET_GET_PAUSE:
		HAS(get_pauseparam);
		*total = sizeof(struct ethtool_pauseparam);
		ops->get_pauseparam(dev, out);
		return 0;
	case NET_ET_MODULE_INFO:
		HAS(get_module_info);
		*total = sizeof(struct ethtool_modinfo);
		return ops->get_module_info(dev, out);
	}
	return -EOPNOTSUPP;
}

bool rt_buffers_missing(const char *what, u64 before)
{
	struct net_device *dev = rt_net.dev;
	struct ethtool_ringparam ring = {};
	u64 used, all;

	if (rt_buffers_refused() == before)
		return false;
	if (dev->ethtool_ops && dev->ethtool_ops->get_ringparam)
		dev->ethtool_ops->get_ringparam(dev, &ring, NULL, NULL);
	rt_heap_stats(&used, &all);
	/* A page for each descriptor at least: more with long frames. */
	rt_printk(KERN_WARNING "%s: %s refused: %u receive queues of %u buffers want %llu MiB, the heap of %llu MiB has %llu for them; lxdctl run --heap makes it larger\n",
		  dev->name, what, dev->real_num_rx_queues, ring.rx_pending,
		  (u64)dev->real_num_rx_queues * ring.rx_pending * PAGE_SIZE >> 20, all * PAGE_SIZE >> 20,
		  (all - all / 16) * PAGE_SIZE >> 20);
	return true;
}

/* What the heap cannot hold is taken back at once, so that nothing has changed. */
static int set_ring(const struct ethtool_ops *ops, struct net_device *dev, const void *in, u32 n)
{
	struct ethtool_ringparam want, was = {};
	u64 before;
	int err;

	HAS(set_ringparam);
	HAS(get_ringparam);
	if (!take(&want, sizeof(want), in, n))
		return -EINVAL;
	ops->get_ringparam(dev, &was, NULL, NULL);
	before = rt_buffers_refused();
	err = ops->set_ringparam(dev, &want, NULL, NULL);
	if (err || !rt_buffers_missing("the size of the rings is", before))
		return err;
	ops->set_ringparam(dev, &was, NULL, NULL);
	return -ENOMEM;
}

static int set_channels(const struct ethtool_ops *ops, struct net_device *dev, const void *in, u32 n)
{
	struct ethtool_channels want, was = {};
	u64 before;
	int err;

	HAS(set_channels);
	HAS(get_channels);
	if (!take(&want, sizeof(want), in, n))
		return -EINVAL;
	ops->get_channels(dev, &was);
	before = rt_buffers_refused();
	err = ops->set_channels(dev, &want);
	if (err || !rt_buffers_missing("the number of queues is", before))
		return err;
	ops->set_channels(dev, &was);
	return -ENOMEM;
}

static int plain_set(u32 operation, const struct ethtool_ops *ops, struct net_device *dev, const void *in, u32 n)
{
	switch (operation) {
	case NET_ET_SET_LINK:
		SET(set_link_ksettings, ethtool_link_ksettings);
	case NET_ET_SET_RING:
		return set_ring(ops, dev, in, n);
	case NET_ET_SET_CHANNELS:
		return set_channels(ops, dev, in, n);
	case NET_ET_SET_COALESCE:
		SET(set_coalesce, ethtool_coalesce, NULL, NULL);
	case NET_ET_SET_PAUSE:
		SET(set_pauseparam, ethtool_pauseparam);
	}
	return -EOPNOTSUPP;
}

int rt_ethtool(u32 operation, u32 argument, const void *in, u32 n, void *out, u32 room, u32 *total)
{
	struct net_device *dev = rt_net.dev;
	const struct ethtool_ops *ops = dev->ethtool_ops;
	int count;

	if (!ops)
		return -EOPNOTSUPP;
	switch (operation) {
	case NET_ET_COUNT:
		HAS(get_sset_count);
		count = ops->get_sset_count(dev, argument);
		return count < 0 ? count : number(count, out, total);
	case NET_ET_STRINGS:
		return strings(ops, dev, argument, out, room, total);
	case NET_ET_STATS:
		return stats(ops, dev, out, room, total);
	case NET_ET_REGS_LEN:
		HAS(get_regs_len);
		return number(ops->get_regs_len(dev), out, total);
	case NET_ET_REGS:
		return regs(ops, dev, out, room, total);
	case NET_ET_GET_MSGLEVEL:
		HAS(get_msglevel);
		return number(ops->get_msglevel(dev), out, total);
	case NET_ET_SET_MSGLEVEL:
		HAS(set_msglevel);
		ops->set_msglevel(dev, argument);
		return 0;
	case NET_ET_NWAY_RESET:
		HAS(nway_reset);
		return ops->nway_reset(dev);
	case NET_ET_GET_PRIV_FLAGS:
		HAS(get_priv_flags);
		return number(ops->get_priv_flags(dev), out, total);
	case NET_ET_SET_PRIV_FLAGS:
		HAS(set_priv_flags);
		return ops->set_priv_flags(dev, argument);
	case NET_ET_RXFH:
		return rxfh(ops, dev, out, room, total);
	case NET_ET_SET_RXFH:
		return set_rxfh(ops, dev, in, n);
	case NET_ET_GET_HASH:
		return hash_fields(ops, dev, argument, NULL, 0, out, total);
	case NET_ET_SET_HASH:
		return hash_fields(ops, dev, argument, in, n, NULL, total);
	case NET_ET_TEST:
		return self_test(ops, dev, argument, out, room, total);
	case NET_ET_PHYS_ID:
		HAS(set_phys_id);
		count = ops->set_phys_id(dev, argument);
		return count < 0 ? count : number(count, out, total);
	case NET_ET_MODULE:
		return module_eeprom(ops, dev, in, n, out, room, total);
	case NET_ET_EEPROM_LEN:
		HAS(get_eeprom_len);
		return number(ops->get_eeprom_len(dev), out, total);
	case NET_ET_EEPROM:
		return eeprom(ops, dev, in, n, out, room, total);
	}
	count = plain_get(operation, ops, dev, out, total);
	return count != -EOPNOTSUPP ? count : plain_set(operation, ops, dev, in, n);
}
