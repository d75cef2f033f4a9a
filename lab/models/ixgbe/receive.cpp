// SPDX-License-Identifier: GPL-2.0-only
/// Frames from the cable: filter, packet buffer, descriptors (datasheet, "Receive Functionality").
#include "port.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

/// A MAC that loops its own frames back is off the cable.
void port::receive(const uint8_t *frame, size_t size)
{
	if (link_ && peer_link_ && !(at(reg_hlreg0) & hlreg0_loop))
		arrive(frame, size);
}

void port::arrive(const uint8_t *frame, size_t size)
{
	// Sizes on the wire and in registers include the frame check sequence.
	const size_t wire = size + 4;

	if (size < 14 || size > max_frame || !(at(reg_rxctrl) & 1))
		return;
	add(reg_tpr);
	if (faults_.crc) {
		faults_.crc--;
		add(reg_crcerrs);
		return;
	}
	const packet p = parse(frame, size, at(reg_vlnctrl));
	const size_t most = (at(reg_hlreg0) & hlreg0_jumbo ? at(reg_maxfrs) >> 16 : 1518) + (p.vlan >= 0 ? 4 : 0);

	if (wire < 64 || wire > most) {
		add(wire < 64 ? reg_ruc : reg_roc);
		add(reg_rlec);
		return;
	}
	if (!wanted(frame, p)) {
		counts_.filtered++;
		return;
	}
	count_frame(frame, size, false);
	if (!waiting_.push(frame, size)) {
		counts_.overrun++;
		add(reg_mpc);
	}
	ask_hold();
	drain();
}

/// Flow control by the fill of the packet buffer.
void port::ask_hold()
{
	const uint32_t high = at(reg_fcrth), low = at(reg_fcrtl);

	if (!(at(reg_fccfg) & fccfg_send) || !(high & mark_enable) || !peer_)
		return;
	if (!asked_hold_ && waiting_.used() > (high & 0x7ffe0)) {
		asked_hold_ = true;
		counts_.xoff_sent++;
		add(reg_lxofftxc);
		peer_->pause(true);
	} else if (asked_hold_ && waiting_.used() <= (low & 0x7ffe0)) {
		asked_hold_ = false;
		add(reg_lxontxc);
		peer_->pause(false);
	}
}

void port::drain()
{
	// A peer that may go on sends from inside ask_hold().
	if (draining_ || !(at(reg_rxctrl) & 1))
		return;
	draining_ = true;
	while (!waiting_.empty()) {
		const size_t size = waiting_.front(frame_);

		if (!deliver(frame_, size))
			break;
		waiting_.pop();
		ask_hold();
	}
	draining_ = false;
}

/// False if the frame has to wait for descriptors.
bool port::deliver(const uint8_t *frame, size_t size)
{
	const packet p = parse(frame, size, at(reg_vlnctrl));
	uint32_t hash;
	unsigned kind;
	const unsigned q = choose_queue(frame, p, hash, kind);

	if (!(at(rx_base(q) + q_control) & queue_enable))
		return true;
	return store(q, frame, size, p, p.vlan, hash, kind);
}

bool port::store(unsigned q, const uint8_t *frame, size_t size, const packet &p, int tag, uint32_t hash, unsigned kind)
{
	const uint32_t base = rx_base(q), entries = at(base + q_length) / 16, control = at(base + q_control);
	const size_t buffer = (at(base + q_srrctl) & 0x1f) << 10;
	const bool strip = tag >= 0 && (control & rxdctl_vlan);
	uint32_t head = at(base + q_head), status = 0, type = 0;
	const uint32_t tail = at(base + q_tail);
	uint8_t *f = frame_;

	if (!entries || !buffer || head >= entries || tail >= entries) {
		bad_descriptor(q, "rx ring");
		return true;
	}
	if (p.version) {
		type = p.version == 4 ? type_ipv4 : type_ipv6;
		if (p.version == 4)
			status |= rx_ip_sum | (ip_sum_ok(frame, p) ? 0 : rx_ip_error);
		if (p.l4) {
			type |= p.protocol == ip_tcp ? type_tcp : p.protocol == ip_udp ? type_udp : type_sctp;
			if (p.protocol != ip_udp || get16(frame + p.l4 + 6)) {
				bool ok = l4_sum_ok(frame, p);

				if (faults_.bad_sums && faults_.bad_sums--)
					ok = !ok;
				counts_.rx_sums++;
				status |= rx_l4_sum | (p.protocol == ip_udp ? rx_udp_sum : 0) | (ok ? 0 : rx_l4_error);
			}
		}
	}
	const size_t keep = at(reg_hlreg0) & hlreg0_crc_strip ? 0 : 4;
	if (keep) {
		const uint32_t crc = crc32(frame, size);
		memcpy(frame_ + size, &crc, 4);
	}
	const size_t total = size + keep - (strip ? 4 : 0);
	const uint32_t needed = (total + buffer - 1) / buffer, free = (tail + entries - head) % entries;

	if (needed > free) {
		counts_.no_descriptor++;
		if (!(at(base + q_srrctl) & srrctl_drop))
			return false;
		if (q < 16)
			add(rx_base(q) + q_dropped);
		return true;
	}
	if (strip) {
		memmove(frame_ + 4, frame_, 12);
		f = frame_ + 4;
		status |= rx_vlan;
		counts_.vlan_stripped++;
	}
	for (size_t done = 0; done < total;) {
		const size_t n = total - done < buffer ? total - done : buffer;
		uint64_t address = 0;
		uint32_t d[4] = {type | kind, hash, rx_done, (uint32_t)n};

		if ((faults_.dma && faults_.dma--) ||
		    !host_->read_memory(ring(base) + 16ull * head, &address, 8) ||
		    !host_->write_memory(address, f + done, n)) {
			counts_.dma_errors++;
			return true;
		}
		done += n;
		if (done == total) {
			d[2] |= rx_eop | status;
			d[3] |= strip ? (uint32_t)tag << 16 : 0;
		}
		if (faults_.garbage) {
			faults_.garbage--;
			d[0] = 0xdeadbeef;
			d[3] |= 0xffff;
		}
		if (!host_->write_memory(ring(base) + 16ull * head, d, sizeof(d)))
			counts_.dma_errors++;
		head = head + 1 == entries ? 0 : head + 1;
		at(base + q_head) = head;
	}
	counts_.rx_frames++;
	counts_.rx_bytes += size;
	count_queue(q, size, false);
	add_queue_cause(q, false);
	return true;
}

} // namespace lxd::lab::ixgbe
