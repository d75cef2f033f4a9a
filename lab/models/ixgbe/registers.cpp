// SPDX-License-Identifier: GPL-2.0-only
/// Register space: most of it is storage, here is what has behaviour.
#include "port.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

static const pci_identity the_identity = {
	.vendor = 0x8086,
	.device = 0x10f7,
	.class_code = 0x020000,
	.revision = 1,
	.bar_size = {0x20000, 0, 0, 0x10000, 0, 0},
	// The driver reads configuration space at fixed places: MSI-X at 0x70, PCI Express at 0xa0.
	.msix_at = 0x70,
	.msix_vectors = max_vectors,
	.msix_bar = 3,
	.msix_table = 0,
	.msix_pba = 0x2000,
	.extra = {{0x2c, 0x86}, {0x2d, 0x80}, {0x2e, 0xf7}, {0x2f, 0x10}, // subsystem
		  {0x40, 0x01}, {0x41, 0x70}, {0x42, 0x03}, // power management, then MSI-X
		  {0x71, 0xa0},
		  {0xa0, 0x10}, {0xa2, 0x02},
		  {0xac, 0x82}, // link capabilities: 8 lanes of 5 GT/s
		  {0xb2, 0x82}},
};

const pci_identity &port::identity() const
{
	return the_identity;
}

void port::connect(host &h, const settings &s)
{
	host_ = &h;
	peer_ = s.peer;
	number_ = s.number;
	fill_eeprom();
	defaults();
}

void port::fill_eeprom()
{
	uint16_t total = 0;

	memset(eeprom_, 0, sizeof(eeprom_));
	eeprom_[0x00] = 0x0a00;
	eeprom_[0x15] = 0x1234; // part number, old form
	eeprom_[0x16] = 0x5678;
	eeprom_[0x2c] = 0x0080; // no crosstalk workaround
	for (unsigned i = 0; i < 0x3f; i++)
		total += eeprom_[i];
	eeprom_[0x3f] = 0xbaba - total;
}

void port::defaults()
{
	memset(regs_, 0, sizeof(regs_));
	memset(contexts_, 0, sizeof(contexts_));
	memset(next_message_, 0, sizeof(next_message_));
	queue_causes_ = queue_enabled_ = 0;
	other_causes_ = other_enabled_ = other_told_ = 0;
	waiting_.clear();
	held_ = false;
	clock_start_ = host_->now();
	at(reg_status) = status_gio;
	at(reg_eec) = 0x100 | 0x200 | 1 << 11; // present, read, 64 words
	at(reg_eemngctl) = 0x000c0000;
	at(reg_fwsm) = 0x8000; // valid, no management
	at(reg_autoc) = 1u << 13; // 10 Gb/s without negotiation
	at(reg_anlp1) = 0x000f0000;
	at(reg_rdrxctl) = 1u << 3;
	at(reg_sectxstat) = at(reg_secrxstat) = 1;
	at(reg_rxpbsize) = 512 << 10;
	at(reg_maxfrs) = 1518u << 16;
	at(reg_vlnctrl) = 0x8100;
	at(reg_hlreg0) = hlreg0_crc_strip | hlreg0_pad | 1;
	// 02:82:59:90:00:nn, locally administered.
	at(reg_ral) = 0x90598202;
	at(reg_ral + 4) = 0x80000000 | (number_ & 0xff) << 8;
	if (link_)
		at(reg_links) = links_up | links_10g | links_sync;
}

void port::reset()
{
	counts_.resets++;
	faults_.stuck = 0;
	defaults();
	if (asked_hold_ && peer_)
		peer_->pause(false);
	asked_hold_ = false;
}

uint32_t port::alias(uint32_t o)
{
	if (o >= reg_ral_old && o < reg_ral_old + 0x80)
		return reg_ral + (o - reg_ral_old);
	if (o >= reg_srrctl_old && o < reg_srrctl_old + 0x40)
		return rx_base((o - reg_srrctl_old) / 4) + q_srrctl;
	if (o >= reg_dca_rxctrl_old && o < reg_dca_rxctrl_old + 0x40)
		return rx_base((o - reg_dca_rxctrl_old) / 4) + 0x0c;
	return o;
}

bool port::reads_clear(uint32_t o)
{
	if ((o >= reg_lxontxc && o < reg_lxontxc + 0x80) || (o >= reg_crcerrs && o < 0x41b0) ||
	    o == reg_lxonrxc || o == reg_lxoffrxc || (o >= reg_qbtc && o < reg_qbtc + 0x80) ||
	    (o >= 0xee50 && o < 0xee60))
		return true;
	// Statistics of queues 0 to 15 lie among the queues' own registers.
	const uint32_t in = o & 0x3f;

	if (o >= reg_rx && o < reg_rx + 16 * 0x40)
		return in == q_packets || in == q_bytes || in == q_bytes + 4;
	if (o >= reg_rx + 0x400 && o < reg_rx + 0x800)
		return in == 0x30;
	return o >= reg_tx && o < reg_tx + 16 * 0x40 && in == q_packets;
}

uint64_t port::system_time() const
{
	const uint32_t inc = at(reg_timinca), period = inc >> 24;
	const uint64_t ticks = (host_->now() - clock_start_) * 10 / 64; // 6.4 ns

	return period ? ticks / period * (inc & 0xffffff) : 0;
}

uint32_t port::read(unsigned bar, uint32_t offset)
{
	if (bar != 0 || offset >= reg_end || offset & 3)
		return 0;
	const uint32_t o = alias(offset);
	uint32_t v = at(o);

	switch (o) {
	case reg_status:
		return at(reg_ctrl) & ctrl_gio_disable ? v & ~status_gio : v;
	case reg_eicr:
		v = low_causes();
		write_interrupt(reg_eicr, v);
		return v;
	case reg_eics:
		return low_causes();
	case reg_eims:
	case reg_eimc:
		return other_enabled_ | (uint16_t)queue_enabled_;
	case reg_eics_ex:
	case reg_eics_ex + 4:
		return queue_causes_ >> (o & 4 ? 32 : 0);
	case reg_eims_ex:
	case reg_eims_ex + 4:
	case reg_eimc_ex:
	case reg_eimc_ex + 4:
		return queue_enabled_ >> (o & 4 ? 32 : 0);
	case reg_swsm:
		at(o) |= 1; // the semaphore is taken by reading
		return v;
	case reg_systim:
		return system_time();
	case reg_systim + 4:
		return system_time() >> 32;
	}
	if (reads_clear(o))
		at(o) = 0;
	return v;
}

void port::set_link()
{
	const bool up = link_ && peer_link_;

	at(reg_links) = up ? links_up | links_10g | links_sync : 0;
	counts_.link_changes++;
	add_other_cause(cause_link);
	if (up)
		resume();
}

void port::carrier(bool up)
{
	if (peer_link_ == up)
		return;
	peer_link_ = up;
	set_link();
}

void port::write_queue(uint32_t o, uint32_t value)
{
	const uint32_t in = o & 0x3f;
	const bool tx = o >= reg_tx && o < reg_tx + max_queues * 0x40;

	if (in == q_control)
		value &= ~queue_flush;
	else if (in == q_base)
		value &= ~0x7fu; // rings begin at multiples of 128 bytes,
	else if (in == q_length)
		value &= 0xfff80; // and are as long
	at(o) = value;
	if (tx && (in == q_tail || in == q_control))
		transmit((o - reg_tx) / 0x40);
	else if (!tx && (in == q_tail || in == q_control))
		drain();
}

static bool is_queue(uint32_t o)
{
	return (o >= reg_rx && o < reg_rx + 0x1000) || (o >= reg_rx_more && o < reg_rx_more + 0x1000) ||
	       (o >= reg_tx && o < reg_tx + 0x2000);
}

void port::write(unsigned bar, uint32_t offset, uint32_t value)
{
	if (bar != 0 || offset >= reg_end || offset & 3)
		return;
	const uint32_t o = alias(offset);

	if (reads_clear(o))
		return;
	if (is_queue(o)) {
		write_queue(o, value);
		return;
	}
	switch (o) {
	case reg_ctrl:
		if (value & (ctrl_reset | ctrl_link_reset))
			reset();
		at(o) = value & ~(ctrl_reset | ctrl_link_reset);
		return;
	case reg_eicr:
	case reg_eics:
	case reg_eims:
	case reg_eimc:
	case reg_eics_ex:
	case reg_eics_ex + 4:
	case reg_eims_ex:
	case reg_eims_ex + 4:
	case reg_eimc_ex:
	case reg_eimc_ex + 4:
		write_interrupt(o, value);
		return;
	case reg_eerd: {
		const uint32_t word = value >> 2 & 0x3fff;

		at(o) = (uint32_t)(word < 64 ? eeprom_[word] : 0xffff) << 16 | (value & 0xfffc) | 2;
		return;
	}
	case reg_msca:
		// No PHY at any address.
		at(o) = value & ~(1u << 30);
		at(reg_msrwd) |= 0xffff0000;
		return;
	case reg_rdrxctl:
		at(o) = value | 1u << 3;
		return;
	case reg_fdirctrl:
		at(o) = value | 1u << 3;
		return;
	case reg_fdircmd:
		at(o) = value & ~3u;
		return;
	case reg_autoc:
		at(o) = value & ~(1u << 12);
		if (value & 1u << 12)
			add_other_cause(cause_link);
		return;
	case reg_status:
	case reg_links:
	case reg_anlp1:
	case reg_eec:
	case reg_fwsm:
	case reg_eemngctl:
	case reg_secrxstat:
	case reg_sectxstat:
		return;
	}
	if (o >= reg_ral && o < reg_ral + 128 * 8 && o & 4)
		value &= 0x8000ffff; // RAH: half an address, and that it counts
	at(o) = value;
	if (o == reg_rxctrl)
		drain();
	else if (o == reg_dmatxctl)
		resume();
	else if (o == reg_gpie)
		fire();
}

bool port::doorbell(unsigned bar, uint32_t offset) const
{
	return bar == 0 && is_queue(offset) && (offset & 0x3f) == q_tail;
}

} // namespace lxd::lab::ixgbe
