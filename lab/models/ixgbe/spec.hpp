// SPDX-License-Identifier: GPL-2.0-only
/// Numbers of the 82599 datasheet (section "Programming Interface") that the model uses.
#pragma once

#include <cstdint>

namespace lxd::lab::ixgbe {

constexpr unsigned max_queues = 128, max_vectors = 64;

enum reg : uint32_t {
	reg_ctrl = 0x00000,
	reg_status = 0x00008,
	reg_eicr = 0x00800,
	reg_eics = 0x00808,
	reg_eiac = 0x00810,
	reg_eitr = 0x00820, ///< 24 vectors, the others at reg_eitr_more
	reg_eims = 0x00880,
	reg_eimc = 0x00888,
	reg_gpie = 0x00898,
	reg_ivar = 0x00900,
	reg_ivar_misc = 0x00a00,
	reg_eics_ex = 0x00a90,
	reg_eims_ex = 0x00aa0,
	reg_eimc_ex = 0x00ab0,
	reg_eiam_ex = 0x00ad0,
	reg_rx = 0x01000, ///< queues 0 to 63, 0x40 bytes each
	reg_rx_more = 0x0d000,
	reg_srrctl_old = 0x02100, ///< other names of the registers of queues 0 to 15
	reg_dca_rxctrl_old = 0x02200,
	reg_rdrxctl = 0x02f00,
	reg_rxctrl = 0x03000,
	reg_fcrtl = 0x03220,
	reg_fcrth = 0x03260,
	reg_rxpbsize = 0x03c00,
	reg_fccfg = 0x03d00,
	reg_lxontxc = 0x03f60,
	reg_lxofftxc = 0x03f68,
	reg_mpc = 0x03fa0,
	reg_crcerrs = 0x04000,
	reg_rlec = 0x04040,
	reg_prc64 = 0x0405c,
	reg_gprc = 0x04074,
	reg_bprc = 0x04078,
	reg_mprc = 0x0407c,
	reg_gptc = 0x04080,
	reg_gorcl = 0x04088,
	reg_gotcl = 0x04090,
	reg_ruc = 0x040a4,
	reg_roc = 0x040ac,
	reg_torl = 0x040c0,
	reg_tpr = 0x040d0,
	reg_tpt = 0x040d4,
	reg_ptc64 = 0x040d8,
	reg_mptc = 0x040f0,
	reg_bptc = 0x040f4,
	reg_lxonrxcnt = 0x041a4,
	reg_lxoffrxcnt = 0x041a8,
	reg_hlreg0 = 0x04240,
	reg_msca = 0x0425c,
	reg_msrwd = 0x04260,
	reg_maxfrs = 0x04268,
	reg_mflcn = 0x04294,
	reg_autoc = 0x042a0,
	reg_links = 0x042a4,
	reg_anlp1 = 0x042b0,
	reg_dmatxctl = 0x04a80,
	reg_rxcsum = 0x05000,
	reg_fctrl = 0x05080,
	reg_vlnctrl = 0x05088,
	reg_mcstctrl = 0x05090,
	reg_mta = 0x05200,
	reg_ral_old = 0x05400, ///< other name of the first 16 pairs of reg_ral
	reg_reta = 0x05c00,
	reg_rssrk = 0x05c80,
	reg_mrqc = 0x05818,
	reg_tx = 0x06000,
	reg_qbtc = 0x08700,
	reg_sectxstat = 0x08804,
	reg_systim = 0x08c0c,
	reg_timinca = 0x08c14,
	reg_secrxstat = 0x08d04,
	reg_vfta = 0x0a000,
	reg_ral = 0x0a200,
	reg_lxonrxc = 0x0cf60,
	reg_lxoffrxc = 0x0cf68,
	reg_fdirctrl = 0x0ee00,
	reg_fdircmd = 0x0ee2c,
	reg_eec = 0x10010,
	reg_eerd = 0x10014,
	reg_eemngctl = 0x10110,
	reg_swsm = 0x10140,
	reg_fwsm = 0x10148,
	reg_eitr_more = 0x12300,
	reg_end = 0x20000,
};

/// Places in a queue's own 0x40 bytes.
enum queue_reg : uint32_t {
	q_base = 0x00,
	q_base_high = 0x04,
	q_length = 0x08,
	q_head = 0x10,
	q_srrctl = 0x14, ///< receive only
	q_tail = 0x18,
	q_control = 0x28, ///< TXDCTL, RXDCTL
	q_packets = 0x30, ///< statistics of queues 0 to 15: QPRC, QPTC
	q_bytes = 0x34,   ///< QBRC (two words)
	q_dropped = 0x430, ///< QPRDC, from queue 0's base
};

constexpr uint32_t ctrl_gio_disable = 1u << 2, ctrl_link_reset = 1u << 3, ctrl_reset = 1u << 26;
constexpr uint32_t status_gio = 1u << 19;
constexpr uint32_t queue_enable = 1u << 25, queue_flush = 1u << 26, rxdctl_vlan = 1u << 30;
constexpr uint32_t gpie_msix = 1u << 4, gpie_auto_mask = 1u << 30;
constexpr uint32_t cause_link = 1u << 20, causes_other = 0x7fff0000;
constexpr uint32_t ivar_valid = 0x80;
constexpr uint32_t links_up = 1u << 30, links_10g = 3u << 28, links_sync = 0x80;
constexpr uint32_t hlreg0_crc_strip = 1u << 1, hlreg0_jumbo = 1u << 2, hlreg0_pad = 1u << 10, hlreg0_loop = 1u << 15;
constexpr uint32_t fctrl_multicast = 1u << 8, fctrl_unicast = 1u << 9, fctrl_broadcast = 1u << 10;
constexpr uint32_t vlnctrl_filter = 1u << 30;
constexpr uint32_t fccfg_send = 1u << 3, mflcn_obey = 1u << 3, mark_enable = 1u << 31;
constexpr uint32_t srrctl_drop = 1u << 28;

/// Dwords 2 and 3 of a transmit descriptor.
constexpr uint32_t tx_eop = 1u << 24, tx_rs = 1u << 27, tx_dext = 1u << 29, tx_vlan = 1u << 30, tx_tse = 1u << 31;
constexpr uint32_t tx_done = 1, tx_ip_sum = 1u << 8, tx_l4_sum = 1u << 9;
constexpr unsigned tx_context = 2, tx_data = 3;
constexpr uint32_t ctx_ipv4 = 1u << 10, ctx_l4_mask = 3u << 11, ctx_udp = 0, ctx_tcp = 1u << 11, ctx_sctp = 2u << 11;

/// Write-back of a receive descriptor: status and errors, packet type.
constexpr uint32_t rx_done = 1, rx_eop = 2, rx_vlan = 8, rx_udp_sum = 0x10, rx_l4_sum = 0x20, rx_ip_sum = 0x40;
constexpr uint32_t rx_l4_error = 1u << 30, rx_ip_error = 1u << 31;
constexpr uint32_t type_ipv4 = 0x10, type_ipv6 = 0x40, type_tcp = 0x100, type_udp = 0x200, type_sctp = 0x400;

/// MRQC: which fields are hashed; the low four bits say how queues are chosen.
constexpr uint32_t mrqc_rss = 1, mrqc_ipv4_tcp = 1u << 16, mrqc_ipv4 = 1u << 17, mrqc_ipv6 = 1u << 20,
		   mrqc_ipv6_tcp = 1u << 21, mrqc_ipv4_udp = 1u << 22, mrqc_ipv6_udp = 1u << 23;

} // namespace lxd::lab::ixgbe
