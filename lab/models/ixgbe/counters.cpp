// SPDX-License-Identifier: GPL-2.0-only
/// Statistics registers, the lab's own counters, and faults.
#include "port.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

/// Adds to a counter of two words.
static void add_long(uint32_t &low, uint32_t &high, uint64_t n)
{
	const uint64_t v = ((uint64_t)high << 32 | low) + n;

	low = v;
	high = v >> 32;
}

void port::count_frame(const uint8_t *frame, size_t size, bool tx)
{
	static constexpr size_t most[5] = {64, 127, 255, 511, 1023};
	const size_t wire = size + 4;
	unsigned i = 0;
	uint8_t all = 0xff;

	while (i < 5 && wire > most[i])
		i++;
	for (unsigned j = 0; j < 6; j++)
		all &= frame[j];
	add((tx ? reg_ptc64 : reg_prc64) + i * 4);
	if (all == 0xff)
		add(tx ? reg_bptc : reg_bprc);
	else if (frame[0] & 1)
		add(tx ? reg_mptc : reg_mprc);
	add(tx ? reg_gptc : reg_gprc);
	const uint32_t bytes = tx ? reg_gotcl : reg_gorcl;
	add_long(at(bytes), at(bytes + 4), wire);
	if (tx)
		add(reg_tpt);
	else
		add_long(at(reg_torl), at(reg_torl + 4), wire);
}

void port::count_queue(unsigned q, size_t size, bool tx)
{
	if (q >= 16)
		return;
	if (tx) {
		add(tx_base(q) + q_packets);
		add_long(at(reg_qbtc + q * 8), at(reg_qbtc + q * 8 + 4), size + 4);
	} else {
		add(rx_base(q) + q_packets);
		add_long(at(rx_base(q) + q_bytes), at(rx_base(q) + q_bytes + 4), size + 4);
	}
}

counter port::get_counter(unsigned i) const
{
	const counts &c = counts_;
	const counter list[] = {
		{"tx", c.tx_frames},
		{"rx", c.rx_frames},
		{"tx_bytes", c.tx_bytes},
		{"rx_bytes", c.rx_bytes},
		{"segmented", c.segmented},
		{"tx_sums", c.tx_sums},
		{"rx_sums", c.rx_sums},
		{"vlan_inserted", c.vlan_inserted},
		{"vlan_stripped", c.vlan_stripped},
		{"rss_queues", c.rss_queues},
		{"interrupts", c.interrupts},
		{"throttled", c.throttled},
		{"resets", c.resets},
		{"link_changes", c.link_changes},
		{"filtered", c.filtered},
		{"no_descriptor", c.no_descriptor},
		{"overrun", c.overrun},
		{"xoff_sent", c.xoff_sent},
		{"xoff_received", c.xoff_received},
		{"dma_errors", c.dma_errors},
		{"bad_descriptors", c.bad_descriptors},
		{"lost_interrupts", c.lost_interrupts},
		{"lost_frames", c.lost_frames},
	};

	return i < sizeof(list) / sizeof(list[0]) ? list[i] : counter{nullptr, 0};
}

/// Frames from the cable, to this port, of no protocol that anybody answers: what receiving alone costs.
void port::burst(uint64_t n, size_t size)
{
	static uint8_t frame[1514];
	const uint32_t low = at(reg_ral), high = at(reg_ral + 4);

	memset(frame, 0, sizeof(frame));
	memcpy(frame, &low, 4);
	memcpy(frame + 4, &high, 2);
	frame[6] = 2;
	put16(frame + 12, 0x88b5); // for experiments
	for (; n; n--)
		receive(frame, size);
}

bool port::fault(const char *name, uint64_t n)
{
	const struct {
		const char *name;
		uint64_t &left;
	} simple[] = {
		{"drop-interrupt", faults_.drop_interrupts}, {"twice", faults_.twice}, {"lose", faults_.lose},
		{"crc", faults_.crc}, {"garbage", faults_.garbage}, {"dma", faults_.dma},
		{"checksum", faults_.bad_sums}, {"stuck", faults_.stuck},
	};

	for (const auto &s : simple) {
		if (strcmp(name, s.name))
			continue;
		s.left = n;
		if (!faults_.stuck)
			resume();
		return true;
	}
	if (!strcmp(name, "none")) {
		faults_ = {};
		resume();
		return true;
	}
	if (!strcmp(name, "link") || !strcmp(name, "flap")) {
		// link N: 0 takes the cable out, 1 puts it in; flap N: out for N ms.
		const bool up = *name == 'l' && n;

		link_ = up;
		link_back_ = *name == 'f' ? host_->now() + n * 1000000 : never;
		set_link();
		if (peer_)
			peer_->carrier(up);
		rearm();
		return true;
	}
	if (!strcmp(name, "reset")) {
		// Of its own accord: rings, vectors and addresses are gone, and nobody is told.
		reset();
		return true;
	}
	if (!strcmp(name, "burst64") || !strcmp(name, "burst1500")) {
		burst(n, name[5] == '6' ? 60 : 1514);
		return true;
	}
	if (!strcmp(name, "interrupt")) {
		if (n < max_vectors)
			host_->raise(n);
		return n < max_vectors;
	}
	return false;
}

} // namespace lxd::lab::ixgbe
