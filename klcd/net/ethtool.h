/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations of net.ethtool; both sides include this. Structures are the kernel's own, by value. */
#ifndef KLCD_NET_ETHTOOL_H
#define KLCD_NET_ETHTOOL_H

#include <linux/types.h>

/* Before a table of receive queues by hash, and the key of the hash. */
struct net_rss {
	__u32 entries, key; /* of the table; bytes */
	__u32 function; /* ETH_RSS_HASH_* */
};

enum net_ethtool {
	NET_ET_DRVINFO, /* out: struct ethtool_drvinfo */
	NET_ET_GET_LINK, /* out: struct ethtool_link_ksettings */
	NET_ET_SET_LINK,
	NET_ET_COUNT, /* argument: string set; out: u32 */
	NET_ET_STRINGS, /* argument: string set; out: ETH_GSTRING_LEN each */
	NET_ET_STATS, /* out: u64 each of ETH_SS_STATS */
	NET_ET_GET_RING, /* struct ethtool_ringparam */
	NET_ET_SET_RING,
	NET_ET_GET_CHANNELS, /* struct ethtool_channels */
	NET_ET_SET_CHANNELS,
	NET_ET_GET_COALESCE, /* struct ethtool_coalesce */
	NET_ET_SET_COALESCE,
	NET_ET_GET_PAUSE, /* struct ethtool_pauseparam */
	NET_ET_SET_PAUSE,
	NET_ET_REGS_LEN, /* out: u32 */
	NET_ET_REGS, /* out: struct ethtool_regs without data, then the registers */
	NET_ET_GET_MSGLEVEL, /* out: u32 */
	NET_ET_SET_MSGLEVEL, /* argument */
	NET_ET_NWAY_RESET,
	NET_ET_GET_PRIV_FLAGS, /* out: u32 */
	NET_ET_SET_PRIV_FLAGS, /* argument */
	NET_ET_RXFH, /* out: struct net_rss, u32 table[], key */
	NET_ET_EEPROM_LEN, /* out: u32 */
	NET_ET_EEPROM, /* in: struct ethtool_eeprom; out: bytes */
	NET_ET_TEST, /* argument: ETH_TEST_FL_*; out: struct ethtool_test, u64 results[] */
	NET_ET_SET_RXFH, /* in: struct net_rss, u8 table[], key; what is left out has no entries, no bytes */
	NET_ET_PHYS_ID, /* argument: enum ethtool_phys_id_state; out: u32, what set_phys_id() returned */
	NET_ET_MODULE_INFO, /* struct ethtool_modinfo */
	NET_ET_MODULE, /* in: struct ethtool_eeprom; out: bytes */
	NET_ET_GET_HASH, /* argument: flow type; out: u64, RXH_* */
	NET_ET_SET_HASH, /* argument: flow type; in: u64 */
	NET_ET_OPS,
};

#endif
