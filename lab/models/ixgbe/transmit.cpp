// SPDX-License-Identifier: GPL-2.0-only
/// Transmit rings: descriptors are gathered to packets, packets become frames.
#include "port.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

void port::bad_descriptor(unsigned q, const char *why)
{
	counts_.bad_descriptors++;
	host_->trace(why, q);
}

/// Handles the descriptors up to the end of one packet. False if the ring holds no whole packet or
/// memory did not answer.
bool port::transmit_one(unsigned q, uint32_t &head, bool &told)
{
	const uint32_t base = tx_base(q), entries = at(base + q_length) / 16, tail = at(base + q_tail);
	uint32_t done[max_pieces], n_done = 0, next = head;
	size_t size = 0;
	offload o;
	unsigned which = 0, pieces = 0;

	for (;;) {
		uint32_t d[4];
		const uint32_t here = next;

		if (next == tail)
			return false;
		if ((faults_.dma && faults_.dma--) ||
		    !host_->read_memory(ring(base) + 16ull * here, d, sizeof(d))) {
			counts_.dma_errors++;
			return false;
		}
		next = next + 1 == entries ? 0 : next + 1;
		const unsigned type = d[2] >> 20 & 0xf;

		if (!(d[2] & tx_dext) || (type != tx_context && type != tx_data) || pieces++ == max_pieces) {
			bad_descriptor(q, "tx descriptor");
			head = next;
			return true;
		}
		if (type == tx_context) {
			contexts_[q][d[3] >> 4 & 1] = {d[0], d[2], d[3]};
			head = pieces == 1 ? next : head;
			pieces = pieces == 1 ? 0 : pieces;
			continue;
		}
		if (!size) {
			o = {(d[2] & tx_vlan) != 0, (d[2] & tx_tse) != 0, (d[3] & tx_ip_sum) != 0, (d[3] & tx_l4_sum) != 0};
			which = d[3] >> 4 & 1;
		}
		const size_t length = d[2] & 0xffff;

		if (length > max_packet - size) {
			bad_descriptor(q, "tx length");
			head = next;
			return true;
		}
		if (!host_->read_memory(d[0] | (uint64_t)d[1] << 32, packet_ + size, length)) {
			counts_.dma_errors++;
			return false;
		}
		size += length;
		if (d[2] & tx_rs)
			done[n_done++] = here;
		if (d[2] & tx_eop)
			break;
	}
	const uint64_t bytes = size;

	counts_.segmented += o.segment;
	counts_.tx_sums += o.l4_sum;
	counts_.vlan_inserted += o.vlan;
	if (!send(packet_, size, o, contexts_[q][which]))
		bad_descriptor(q, "tx offload");
	count_queue(q, bytes, true);
	for (uint32_t i = 0; i < n_done; i++) {
		const uint32_t status = tx_done;

		if (!host_->write_memory(ring(base) + 16ull * done[i] + 12, &status, 4))
			counts_.dma_errors++;
		told = true;
	}
	head = next;
	return true;
}

void port::transmit(unsigned q)
{
	// The end of a pause can come while frames are on their way: remembered, not nested.
	to_send_[q / 64] |= 1ull << q % 64;
	if (sending_)
		return;
	sending_ = true;
	for (unsigned i = 0; i < max_queues; i++) {
		const uint64_t bit = 1ull << i % 64;

		if (!(to_send_[i / 64] & bit))
			continue;
		to_send_[i / 64] &= ~bit;
		run_queue(i);
		i = ~0u; // from the first again
	}
	sending_ = false;
}

void port::run_queue(unsigned q)
{
	const uint32_t base = tx_base(q), entries = at(base + q_length) / 16;
	bool told = false;

	while (!held_ && !faults_.stuck && (at(reg_dmatxctl) & 1) && (at(base + q_control) & queue_enable) && entries &&
	       at(base + q_head) != at(base + q_tail)) {
		uint32_t head = at(base + q_head);

		if (head >= entries || at(base + q_tail) >= entries) {
			bad_descriptor(q, "tx tail");
			break;
		}
		const bool more = transmit_one(q, head, told);

		at(base + q_head) = head;
		if (!more)
			break;
	}
	if (told)
		add_queue_cause(q, true);
}

void port::resume()
{
	for (unsigned q = 0; q < max_queues; q++)
		if (at(tx_base(q) + q_control) & queue_enable)
			transmit(q);
}

void port::sent(const uint8_t *frame, size_t size)
{
	uint8_t padded[60];

	if (size < sizeof(padded) && (at(reg_hlreg0) & hlreg0_pad)) {
		memset(padded, 0, sizeof(padded));
		memcpy(padded, frame, size);
		frame = padded;
		size = sizeof(padded);
	}
	counts_.tx_frames++;
	counts_.tx_bytes += size;
	count_frame(frame, size, true);
	if (at(reg_hlreg0) & hlreg0_loop) {
		arrive(frame, size);
		return;
	}
	if (faults_.lose) {
		faults_.lose--;
		counts_.lost_frames++;
	} else if (link_ && peer_link_ && peer_) {
		peer_->receive(frame, size);
	}
}

void port::pause(bool stop)
{
	add(stop ? reg_lxoffrxcnt : reg_lxonrxcnt);
	counts_.xoff_received += stop;
	if (!(at(reg_mflcn) & mflcn_obey))
		stop = false;
	held_ = stop;
	if (!stop)
		resume();
}

} // namespace lxd::lab::ixgbe
