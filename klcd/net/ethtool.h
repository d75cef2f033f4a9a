/* SPDX-License-Identifier: GPL-2.0-only */
/* Operations of net.ethtool; both sides include this. Structures are the kernel's own, by value. */
#ifndef KLCD_NET_ETHTOOL_H
#define KLCD_NET_ETHTOOL_H

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
	NET_ET_RXFH, /* out: u32 entries, u32 key bytes, u32 table[], key */
	NET_ET_EEPROM_LEN, /* out: u32 */
	NET_ET_EEPROM, /* in: struct ethtool_eeprom; out: bytes */
	NET_ET_OPS,
};

#endif
