// SPDX-License-Identifier: GPL-2.0-only
/// A minimal 82599 driver for the tests: rings, buffers, frames.
#pragma once

#include "../ixgbe/echo.hpp"
#include "../ixgbe/port.hpp"
#include "fake_host.hpp"

#include <gtest/gtest.h>
#include <memory>

namespace lxd::lab::test {

using namespace lxd::lab::ixgbe;
using bytes = std::vector<uint8_t>;

/// What came over the cable.
class listener final : public partner {
public:
	std::vector<bytes> frames;
	std::vector<bool> pauses, carriers;

	void receive(const uint8_t *f, size_t n) override { frames.emplace_back(f, f + n); }
	void pause(bool stop) override { pauses.push_back(stop); }
	void carrier(bool up) override { carriers.push_back(up); }
};

/// A port with a machine of its own around it.
struct machine {
	static constexpr unsigned entries = 16;
	static constexpr uint64_t rings = 0x100000, buffers = 0x400000;

	fake_host host;
	std::unique_ptr<port> nic = std::make_unique<port>();
	unsigned tx_tail[16] = {}, rx_next[16] = {};

	explicit machine(partner *peer, unsigned number = 0)
	{
		nic->connect(host, {peer, number});
		nic->reset();
	}

	uint32_t reg(uint32_t o) { return nic->read(0, o); }
	void set(uint32_t o, uint32_t v) { nic->write(0, o, v); }
	static uint64_t tx_ring(unsigned q) { return rings + q * 0x1000; }
	static uint64_t rx_ring(unsigned q) { return rings + 0x80000 + q * 0x1000; }
	static uint64_t rx_buffer(unsigned q, unsigned i) { return buffers + 0x400000 + (q * entries + i) * 0x1000; }
	static uint32_t tx(unsigned q) { return reg_tx + q * 0x40; }
	static uint32_t rx(unsigned q) { return reg_rx + q * 0x40; }

	void start(unsigned queues = 1)
	{
		set(reg_gpie, gpie_msix | gpie_auto_mask);
		set(reg_eiac, 0xffff);
		set(reg_eiam_ex, ~0u);
		set(reg_hlreg0, hlreg0_crc_strip | hlreg0_pad | hlreg0_jumbo);
		set(reg_maxfrs, 9728u << 16);
		set(reg_fctrl, fctrl_broadcast);
		set(reg_dmatxctl, 1);
		for (unsigned q = 0; q < queues; q++) {
			const unsigned v = 0x80 | q;

			set(reg_ivar + q / 2 * 4,
			    (reg(reg_ivar + q / 2 * 4) & ~(0xffffu << 16 * (q & 1))) | (v << 8 | v) << 16 * (q & 1));
			set(tx(q), tx_ring(q));
			set(tx(q) + q_length, entries * 16);
			set(tx(q) + q_control, queue_enable);
			set(rx(q), rx_ring(q));
			set(rx(q) + q_length, entries * 16);
			set(rx(q) + q_srrctl, 2 | 1 << 25);
			set(rx(q) + q_control, queue_enable);
			for (unsigned i = 0; i < entries; i++) {
				const uint64_t d[2] = {rx_buffer(q, i), 0};

				host.write_memory(rx_ring(q) + 16 * i, d, 16);
			}
			set(rx(q) + q_tail, entries - 1);
			tx_tail[q] = rx_next[q] = 0;
		}
		set(reg_rxctrl, 1);
		set(reg_ivar_misc, (0x80 | queues) << 8);
		set(reg_eims, 0x7fffffff);
	}

	void put(unsigned q, uint32_t d0, uint32_t d1, uint32_t d2, uint32_t d3)
	{
		const uint32_t d[4] = {d0, d1, d2, d3};

		host.write_memory(tx_ring(q) + 16 * tx_tail[q], d, 16);
		tx_tail[q] = (tx_tail[q] + 1) % entries;
	}
	/// Data descriptors for `pieces` parts of the frame, all fields of the first given by the caller.
	void put_frame(unsigned q, const bytes &f, uint32_t command = 0, uint32_t options = 0, unsigned pieces = 1)
	{
		const uint64_t at = buffers + tx_tail[q] * 0x10000;
		const size_t part = f.size() / pieces;

		host.write_memory(at, f.data(), f.size());
		for (unsigned i = 0; i < pieces; i++) {
			const size_t n = i + 1 == pieces ? f.size() - part * i : part;
			const uint32_t end = i + 1 == pieces ? tx_eop | tx_rs : 0;

			put(q, at + part * i, 0, n | tx_data << 20 | tx_dext | command | end, options);
		}
	}
	void put_context(unsigned q, unsigned l2, unsigned l3, unsigned l4, uint32_t type, unsigned mss = 0, unsigned vlan = 0)
	{
		put(q, vlan << 16 | l2 << 9 | l3, 0, type | tx_context << 20 | tx_dext, mss << 16 | l4 << 8);
	}
	void ring(unsigned q) { set(tx(q) + q_tail, tx_tail[q]); }
	bool done(unsigned q, unsigned i)
	{
		uint32_t status = 0;

		host.read_memory(tx_ring(q) + 16 * i + 12, &status, 4);
		return status & tx_done;
	}

	struct received {
		uint32_t type, hash, status;
		unsigned vlan;
		bytes frame;
	};
	/// The next frame of a queue, whose descriptors are given back.
	std::optional<received> take(unsigned q)
	{
		received r = {};

		for (;;) {
			const unsigned i = rx_next[q];
			uint32_t d[4];
			host.read_memory(rx_ring(q) + 16 * i, d, 16);
			if (!(d[2] & rx_done))
				return {};
			const size_t n = d[3] & 0xffff, old = r.frame.size();
			r.frame.resize(old + n);
			host.read_memory(rx_buffer(q, i), r.frame.data() + old, n);
			const uint64_t fresh[2] = {rx_buffer(q, i), 0};
			host.write_memory(rx_ring(q) + 16 * i, fresh, 16);
			rx_next[q] = (i + 1) % entries;
			r.type = d[0], r.hash = d[1], r.status = d[2], r.vlan = d[3] >> 16;
			if (d[2] & rx_eop)
				break;
		}
		set(rx(q) + q_tail, (rx_next[q] + entries - 1) % entries);
		return r;
	}

	void run(uint64_t ns)
	{
		const uint64_t end = host.clock + ns;

		while (host.deadline && *host.deadline <= end) {
			host.clock = *host.deadline;
			host.deadline.reset();
			nic->timer();
		}
		host.clock = end;
	}
	uint64_t count(const std::string &name) const
	{
		for (unsigned i = 0; nic->get_counter(i).name; i++)
			if (name == nic->get_counter(i).name)
				return nic->get_counter(i).value;
		ADD_FAILURE() << "no counter " << name;
		return 0;
	}
};

constexpr uint8_t mac0[6] = {0x02, 0x82, 0x59, 0x90, 0x00, 0x00};

/// An Ethernet frame to port number `to` with a payload of counting bytes.
inline bytes frame_of(size_t size, uint8_t to = 0, uint16_t type = 0x1234)
{
	bytes f(size);

	for (size_t i = 14; i < size; i++)
		f[i] = i * 7;
	memcpy(f.data(), mac0, 6);
	f[5] = to;
	f[6] = 2;
	put16(&f[12], type);
	return f;
}

/// A whole TCP or UDP packet over IPv4 or IPv6; sums are left to the caller.
inline bytes ip_frame(int version, uint8_t protocol, size_t payload, uint8_t to = 0)
{
	const size_t l3 = version == 4 ? 20 : 40, l4 = protocol == ip_tcp ? 20 : 8;
	bytes f = frame_of(14 + l3 + l4 + payload, to, version == 4 ? 0x0800 : 0x86dd);
	uint8_t *ip = &f[14], *p = ip + l3;

	memset(ip, 0, l3 + l4);
	ip[0] = version == 4 ? 0x45 : 0x60;
	put16(ip + (version == 4 ? 2 : 4), version == 4 ? l3 + l4 + payload : l4 + payload);
	ip[version == 4 ? 9 : 6] = protocol;
	if (version == 4)
		put32(ip + 12, 0x0a000001), put32(ip + 16, 0x0a000002);
	else
		ip[8] = ip[24] = 0xfd, ip[23] = 1, ip[39] = 2;
	put16(p, 1000);
	put16(p + 2, 2000);
	if (protocol == ip_tcp)
		p[12] = 0x50, p[13] = 0x18;
	else
		put16(p + 4, 8 + payload);
	return f;
}

} // namespace lxd::lab::test
