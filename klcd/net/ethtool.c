// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool: structures travel by value. The host decides how large an answer may be: what is missing
 * is zero, what is too much is cut, texts end, counts are those of the registration.
 */
#include <linux/slab.h>
#include "../block/names.h"
#include "answer.h"
#include "net.h"

#define MAX_COUNT 512 /* ixgbe: 370 with the most queues it can have */

/* A structure whose first word is the command that user space knows. */
static int get(struct net_device *ndev, u32 operation, void *out, u32 size)
{
	u32 cmd = *(u32 *)out;
	int n = klcd_net_ask(klcd_netdev_of(ndev), operation, 0, NULL, 0, out, size);

	*(u32 *)out = cmd;
	return n < 0 ? n : n == (int)size ? 0 : -EPROTO;
}

static int set(struct net_device *ndev, u32 operation, u32 argument, const void *in, u32 size)
{
	return klcd_net_tell(klcd_netdev_of(ndev), operation, argument, in, size);
}

static u32 number(struct net_device *ndev, u32 operation, u32 argument)
{
	u32 value = 0;
	int n = klcd_net_ask(klcd_netdev_of(ndev), operation, argument, NULL, 0, &value, sizeof(value));

	return n == sizeof(value) ? value : 0;
}

/* Before registration, so that no count can change between a caller's two questions. */
void klcd_net_freeze_counts(struct klcd_netdev *own)
{
	static const u32 sets[] = { ETH_SS_STATS, ETH_SS_PRIV_FLAGS, ETH_SS_TEST };
	/* Flags are bits of a u32; the kernel warns where a driver has more. */
	static const u32 most[] = { MAX_COUNT, 32, KLCD_TESTS };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sets); i++) {
		u32 told = 0;

		if (klcd_net_ask_first(own, NET_ET_COUNT, sets[i], &told, sizeof(told)) == sizeof(told))
			own->counts[i] = min(told, most[i]);
	}
	klcd_net_freeze_rss(own);
}

static void get_drvinfo(struct net_device *ndev, struct ethtool_drvinfo *info)
{
	struct ethtool_drvinfo told = {};

	if (get(ndev, NET_ET_DRVINFO, &told, sizeof(told)))
		return;
	/* Shown on terminals. */
	klcd_clean_text(info->driver, sizeof(info->driver), told.driver, sizeof(told.driver));
	klcd_clean_text(info->fw_version, sizeof(info->fw_version), told.fw_version, sizeof(told.fw_version));
	/* The bus is the host's to know; the version is the kernel's, as with the stock driver. */
	if (ndev->dev.parent)
		strscpy(info->bus_info, dev_name(ndev->dev.parent), sizeof(info->bus_info));
	info->n_priv_flags = klcd_netdev_of(ndev)->counts[1];
}

static int get_link(struct net_device *ndev, struct ethtool_link_ksettings *link)
{
	int err = get(ndev, NET_ET_GET_LINK, link, sizeof(*link));

	/* Bonds, bridges and queueing disciplines compute with the speed, some of them as a signed number. */
	if (!klcd_link_speed_ok(link->base.speed))
		link->base.speed = SPEED_UNKNOWN;
	if (link->base.duplex > DUPLEX_FULL)
		link->base.duplex = DUPLEX_UNKNOWN;
	return err;
}

static int set_link(struct net_device *ndev, const struct ethtool_link_ksettings *link)
{
	return set(ndev, NET_ET_SET_LINK, 0, link, sizeof(*link));
}

static int get_sset_count(struct net_device *ndev, int sset)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);
	u32 n = 0;

	if (sset == ETH_SS_STATS)
		n = own->counts[0];
	else if (sset == ETH_SS_PRIV_FLAGS)
		n = own->counts[1];
	else if (sset == ETH_SS_TEST)
		n = own->counts[2];
	/* The kernel warns of a set that is there and empty. */
	return n ? (int)n : -EOPNOTSUPP;
}

static void get_strings(struct net_device *ndev, u32 sset, u8 *data)
{
	int n = get_sset_count(ndev, sset), i;

	if (n <= 0)
		return;
	klcd_net_ask(klcd_netdev_of(ndev), NET_ET_STRINGS, sset, NULL, 0, data, n * ETH_GSTRING_LEN);
	for (i = 0; i < n; i++) {
		u8 *text = data + i * ETH_GSTRING_LEN;
		int j;

		text[ETH_GSTRING_LEN - 1] = 0;
		for (j = 0; text[j]; j++)
			if (text[j] < ' ' || text[j] > '~')
				text[j] = '?';
	}
}

static void get_stats(struct net_device *ndev, struct ethtool_stats *head, u64 *data)
{
	struct klcd_netdev *own = klcd_netdev_of(ndev);

	klcd_net_ask(own, NET_ET_STATS, 0, NULL, 0, data, own->counts[0] * sizeof(u64));
}

static void get_ring(struct net_device *ndev, struct ethtool_ringparam *ring, struct kernel_ethtool_ringparam *more,
		     struct netlink_ext_ack *extack)
{
	get(ndev, NET_ET_GET_RING, ring, sizeof(*ring));
}

static int set_ring(struct net_device *ndev, struct ethtool_ringparam *ring, struct kernel_ethtool_ringparam *more,
		    struct netlink_ext_ack *extack)
{
	int err = set(ndev, NET_ET_SET_RING, 0, ring, sizeof(*ring));

	if (err == -ENOMEM)
		NL_SET_ERR_MSG(extack, "the domain's heap cannot hold these rings; the kernel log says what they take");
	return err;
}

static void get_channels(struct net_device *ndev, struct ethtool_channels *channels)
{
	get(ndev, NET_ET_GET_CHANNELS, channels, sizeof(*channels));
}

/*
 * The driver makes its queues and vectors anew, so nothing of the host's may use the old ones. As with the stock
 * driver the stack is not told, or it would lose its routes; so the stack goes on sending, and ndo_stop keeps its
 * queues stopped by itself.
 */
static int set_channels(struct net_device *ndev, struct ethtool_channels *channels)
{
	bool running = netif_running(ndev);
	int err, back;

	if (running)
		ndev->netdev_ops->ndo_stop(ndev);
	err = set(ndev, NET_ET_SET_CHANNELS, 0, channels, sizeof(*channels));
	back = running ? ndev->netdev_ops->ndo_open(ndev) : 0;
	if (back)
		dev_close(ndev);
	return err ?: back;
}

static int get_coalesce(struct net_device *ndev, struct ethtool_coalesce *c, struct kernel_ethtool_coalesce *more,
			struct netlink_ext_ack *extack)
{
	return get(ndev, NET_ET_GET_COALESCE, c, sizeof(*c));
}

static int set_coalesce(struct net_device *ndev, struct ethtool_coalesce *c, struct kernel_ethtool_coalesce *more,
			struct netlink_ext_ack *extack)
{
	return set(ndev, NET_ET_SET_COALESCE, 0, c, sizeof(*c));
}

static void get_pause(struct net_device *ndev, struct ethtool_pauseparam *pause)
{
	get(ndev, NET_ET_GET_PAUSE, pause, sizeof(*pause));
}

static int set_pause(struct net_device *ndev, struct ethtool_pauseparam *pause)
{
	return set(ndev, NET_ET_SET_PAUSE, 0, pause, sizeof(*pause));
}

static u32 get_msglevel(struct net_device *ndev)
{
	return number(ndev, NET_ET_GET_MSGLEVEL, 0);
}

static void set_msglevel(struct net_device *ndev, u32 level)
{
	set(ndev, NET_ET_SET_MSGLEVEL, level, NULL, 0);
}

static int nway_reset(struct net_device *ndev)
{
	return set(ndev, NET_ET_NWAY_RESET, 0, NULL, 0);
}

static u32 get_priv_flags(struct net_device *ndev)
{
	return number(ndev, NET_ET_GET_PRIV_FLAGS, 0);
}

static int set_priv_flags(struct net_device *ndev, u32 flags)
{
	return set(ndev, NET_ET_SET_PRIV_FLAGS, flags, NULL, 0);
}

static int get_regs_len(struct net_device *ndev)
{
	return min_t(u32, number(ndev, NET_ET_REGS_LEN, 0), 64 << 10);
}

static void get_regs(struct net_device *ndev, struct ethtool_regs *regs, void *data)
{
	const u32 room = regs->len + sizeof(*regs);
	struct ethtool_regs *told = kvzalloc(room, GFP_KERNEL);

	if (!told)
		return;
	klcd_net_ask(klcd_netdev_of(ndev), NET_ET_REGS, 0, NULL, 0, told, room);
	regs->version = told->version;
	memcpy(data, told + 1, regs->len);
	kvfree(told);
}

static int get_eeprom_len(struct net_device *ndev)
{
	return min_t(u32, number(ndev, NET_ET_EEPROM_LEN, 0), 64 << 10);
}

static int get_eeprom(struct net_device *ndev, struct ethtool_eeprom *eeprom, u8 *data)
{
	int n = klcd_net_ask(klcd_netdev_of(ndev), NET_ET_EEPROM, 0, eeprom, sizeof(*eeprom), data, eeprom->len);

	return min(n, 0);
}

const struct ethtool_ops klcd_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_USECS,
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link,
	.set_link_ksettings = set_link,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_stats,
	.get_ringparam = get_ring,
	.set_ringparam = set_ring,
	.get_channels = get_channels,
	.set_channels = set_channels,
	.get_coalesce = get_coalesce,
	.set_coalesce = set_coalesce,
	.get_pauseparam = get_pause,
	.set_pauseparam = set_pause,
	.get_msglevel = get_msglevel,
	.set_msglevel = set_msglevel,
	.nway_reset = nway_reset,
	.get_priv_flags = get_priv_flags,
	.set_priv_flags = set_priv_flags,
	.get_regs_len = get_regs_len,
	.get_regs = get_regs,
	.get_eeprom_len = get_eeprom_len,
	.get_eeprom = get_eeprom,
	.self_test = klcd_net_self_test,
	.set_phys_id = klcd_net_phys_id,
	.get_module_info = klcd_net_module_info,
	.get_module_eeprom = klcd_net_module_eeprom,
	.get_rxnfc = klcd_net_get_rxnfc,
	.set_rxnfc = klcd_net_set_rxnfc,
	.get_rxfh_indir_size = klcd_net_rss_entries,
	.get_rxfh_key_size = klcd_net_rss_key_size,
	.get_rxfh = klcd_net_get_rss,
	.set_rxfh = klcd_net_set_rss,
	.get_ts_info = ethtool_op_get_ts_info,
};
