// SPDX-License-Identifier: GPL-2.0-only
/// Frames through the 82599 model: offloads, filters, queues, flow control.
#include "ixgbe_fixture.hpp"

namespace lxd::lab::test {

class ixgbe_tx : public testing::Test {
protected:
	listener cable_;
	machine m_{&cable_};

	void SetUp() override { m_.start(2); }
	const bytes &only()
	{
		EXPECT_EQ(cable_.frames.size(), 1u);
		static const bytes none(64);
		return cable_.frames.empty() ? none : cable_.frames[0];
	}
	/// Sums that the driver leaves in the field: the pseudo header, with or without the length.
	static void seed(bytes &f, bool with_length)
	{
		const packet p = parse(f.data(), f.size(), 0x8100);
		const size_t at = p.l4 + (p.protocol == ip_tcp ? 16 : 6);

		put16(&f[at], pseudo_sum(f.data(), p, with_length ? p.end - p.l4 : 0));
	}
};

TEST_F(ixgbe_tx, gathers_and_pads)
{
	m_.put_frame(0, frame_of(50), 0, 0, 3);
	m_.ring(0);
	bytes want = frame_of(50);
	want.resize(60);
	EXPECT_EQ(only(), want);
	EXPECT_FALSE(m_.done(0, 1));
	EXPECT_TRUE(m_.done(0, 2));
	EXPECT_EQ(m_.reg(machine::tx(0) + q_head), 3u);
}

TEST_F(ixgbe_tx, waits_for_the_end_of_the_packet)
{
	m_.put_frame(0, frame_of(90), 0, 0, 3);
	m_.set(machine::tx(0) + q_tail, 2);
	EXPECT_TRUE(cable_.frames.empty());
	m_.ring(0);
	EXPECT_EQ(only(), frame_of(90));
}

TEST_F(ixgbe_tx, stopped_queue_sends_after_start)
{
	m_.set(machine::tx(0) + q_control, 0);
	EXPECT_EQ(m_.reg(machine::tx(0) + q_control), 0u);
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_TRUE(cable_.frames.empty());
	m_.set(machine::tx(0) + q_control, queue_enable | queue_flush);
	EXPECT_EQ(m_.reg(machine::tx(0) + q_control), queue_enable);
	EXPECT_EQ(cable_.frames.size(), 1u);
}

TEST_F(ixgbe_tx, checksums_of_all_sorts)
{
	for (int version : {4, 6}) {
		for (uint8_t protocol : {ip_tcp, ip_udp}) {
			cable_.frames.clear();
			bytes f = ip_frame(version, protocol, 333);
			seed(f, true);
			m_.put_context(0, 14, version == 4 ? 20 : 40, protocol == ip_tcp ? 20 : 8,
				       (version == 4 ? ctx_ipv4 : 0) | (protocol == ip_tcp ? ctx_tcp : ctx_udp));
			m_.put_frame(0, f, 0, tx_l4_sum | tx_ip_sum);
			m_.ring(0);
			const packet p = parse(only().data(), only().size(), 0x8100);
			EXPECT_TRUE(p.l4 && l4_sum_ok(only().data(), p)) << version << " " << protocol;
			EXPECT_TRUE(version == 6 || ip_sum_ok(only().data(), p));
		}
	}
}

TEST_F(ixgbe_tx, sctp_checksum)
{
	bytes f = ip_frame(4, ip_sctp, 40);
	m_.put_context(0, 14, 20, 12, ctx_ipv4 | ctx_sctp);
	m_.put_frame(0, f, 0, tx_l4_sum | tx_ip_sum);
	m_.ring(0);
	EXPECT_TRUE(l4_sum_ok(only().data(), parse(only().data(), only().size(), 0x8100)));
}

TEST_F(ixgbe_tx, segments_tcp)
{
	for (int version : {4, 6}) {
		cable_.frames.clear();
		const size_t l3 = version == 4 ? 20 : 40, headers = 14 + l3 + 20;
		bytes f = ip_frame(version, ip_tcp, 5000);
		f[14 + l3 + 13] = 0x19; // ACK, PSH, FIN
		seed(f, false);
		m_.put_context(0, 14, l3, 20, (version == 4 ? ctx_ipv4 : 0) | ctx_tcp, 1448);
		m_.put_frame(0, f, tx_tse, tx_l4_sum | tx_ip_sum, 3);
		m_.ring(0);
		ASSERT_EQ(cable_.frames.size(), 4u);
		bytes all;
		for (size_t i = 0; i < 4; i++) {
			const bytes &s = cable_.frames[i];
			const packet p = parse(s.data(), s.size(), 0x8100);
			ASSERT_TRUE(p.l4);
			EXPECT_EQ(p.end, s.size());
			EXPECT_TRUE(l4_sum_ok(s.data(), p));
			EXPECT_EQ(get32(&s[p.l4 + 4]), i * 1448);
			EXPECT_EQ(s[p.l4 + 13], i == 3 ? 0x19 : 0x10);
			if (version == 4) {
				EXPECT_TRUE(ip_sum_ok(s.data(), p));
				EXPECT_EQ(get16(&s[14 + 4]), i);
			}
			all.insert(all.end(), s.begin() + headers, s.end());
		}
		EXPECT_EQ(all, bytes(f.begin() + headers, f.end()));
	}
}

TEST_F(ixgbe_tx, segments_udp_and_inserts_tags)
{
	bytes f = ip_frame(4, ip_udp, 3000);
	seed(f, false);
	m_.put_context(1, 14, 20, 8, ctx_ipv4 | ctx_udp, 1000, 0x6005);
	m_.put_frame(1, f, tx_tse | tx_vlan, tx_l4_sum | tx_ip_sum);
	m_.ring(1);
	ASSERT_EQ(cable_.frames.size(), 3u);
	for (const bytes &s : cable_.frames) {
		const packet p = parse(s.data(), s.size(), 0x8100);
		EXPECT_EQ(p.vlan, 0x6005);
		EXPECT_EQ(get16(&s[p.l4 + 4]), 1008);
		EXPECT_TRUE(l4_sum_ok(s.data(), p));
	}
}

TEST_F(ixgbe_tx, nonsense_is_counted_and_passed_over)
{
	m_.put_context(0, 14, 20, 20, ctx_ipv4 | ctx_tcp, 0);
	m_.put_frame(0, ip_frame(4, ip_tcp, 100), tx_tse, tx_l4_sum);
	m_.put(0, 0, 0, 60 | tx_eop | tx_rs, 0); // legacy
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_EQ(only(), frame_of(60));
	EXPECT_EQ(m_.count("bad_descriptors"), 2u);
}

TEST_F(ixgbe_tx, dma_error_stops_the_ring)
{
	m_.put(0, 0xf0000000, 0, 60 | tx_data << 20 | tx_dext | tx_eop | tx_rs, 0);
	m_.ring(0);
	EXPECT_EQ(m_.count("dma_errors"), 1u);
	EXPECT_EQ(m_.reg(machine::tx(0) + q_head), 0u);
}

TEST_F(ixgbe_tx, stuck_queue_goes_on_after_none)
{
	m_.nic->fault("stuck", 1);
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_TRUE(cable_.frames.empty());
	m_.nic->fault("none", 0);
	EXPECT_EQ(cable_.frames.size(), 1u);
}

class ixgbe_rx : public testing::Test {
protected:
	listener cable_;
	machine m_{&cable_};

	void SetUp() override { m_.start(4); }
	void send(const bytes &f) { m_.nic->receive(f.data(), f.size()); }
	void fill_sums(bytes &f)
	{
		const packet p = parse(f.data(), f.size(), 0x8100);
		const size_t at = p.l4 + (p.protocol == ip_tcp ? 16 : 6);

		if (p.version == 4)
			put16(&f[p.l3 + 10], ~sum(&f[p.l3], 20));
		put16(&f[at], ~sum(&f[p.l4], p.end - p.l4, pseudo_sum(f.data(), p, p.end - p.l4)));
	}
};

TEST_F(ixgbe_rx, one_frame)
{
	send(frame_of(60));
	const auto r = m_.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame, frame_of(60));
	EXPECT_EQ(m_.host.vectors, (std::vector<unsigned>{0}));
	EXPECT_EQ(m_.reg(reg_gprc), 1u);
}

/// The driver's loopback test: without a cable, and nothing leaves the device.
TEST_F(ixgbe_rx, loopback_in_the_mac)
{
	m_.nic->fault("link", 0);
	m_.set(reg_hlreg0, m_.reg(reg_hlreg0) | hlreg0_loop);
	bytes f = frame_of(1024);
	memset(f.data(), 0xff, 512);
	m_.put_frame(0, f);
	m_.ring(0);
	EXPECT_TRUE(m_.done(0, 0));
	const auto r = m_.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame, f);
	EXPECT_TRUE(cable_.frames.empty());
}

/// What a peer sends meanwhile is not among the frames that the driver counts.
TEST_F(ixgbe_rx, loopback_is_off_the_cable)
{
	m_.set(reg_hlreg0, m_.reg(reg_hlreg0) | hlreg0_loop);
	send(frame_of(200));
	EXPECT_FALSE(m_.take(0));
	m_.set(reg_hlreg0, m_.reg(reg_hlreg0) & ~hlreg0_loop);
	send(frame_of(200));
	EXPECT_TRUE(m_.take(0));
}

TEST_F(ixgbe_rx, large_frames_take_several_buffers)
{
	send(frame_of(9000));
	const auto r = m_.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame, frame_of(9000));
	EXPECT_EQ(m_.rx_next[0], 5u);
	m_.set(reg_hlreg0, hlreg0_crc_strip);
	send(frame_of(1600));
	EXPECT_FALSE(m_.take(0));
	EXPECT_EQ(m_.reg(reg_roc), 1u);
	send(frame_of(30));
	EXPECT_EQ(m_.reg(reg_ruc), 1u);
}

TEST_F(ixgbe_rx, sums_are_judged)
{
	for (int version : {4, 6}) {
		for (uint8_t protocol : {ip_tcp, ip_udp}) {
			bytes f = ip_frame(version, protocol, 77);
			fill_sums(f);
			send(f);
			auto r = m_.take(0);
			ASSERT_TRUE(r);
			EXPECT_TRUE(r->status & rx_l4_sum);
			EXPECT_FALSE(r->status & (rx_l4_error | rx_ip_error));
			EXPECT_EQ(!!(r->status & rx_ip_sum), version == 4);
			EXPECT_TRUE(r->type & (protocol == ip_tcp ? type_tcp : type_udp));
			f.back() ^= 1;
			send(f);
			r = m_.take(0);
			ASSERT_TRUE(r);
			EXPECT_TRUE(r->status & rx_l4_error);
		}
	}
	bytes f = ip_frame(4, ip_udp, 20);
	put16(&f[40], 0); // no checksum
	put16(&f[24], ~sum(&f[14], 20) ^ 0x100);
	send(f);
	const auto r = m_.take(0);
	ASSERT_TRUE(r);
	EXPECT_FALSE(r->status & rx_l4_sum);
	EXPECT_TRUE(r->status & rx_ip_error);
}

TEST_F(ixgbe_rx, addresses_are_filtered)
{
	send(frame_of(60, 9));
	EXPECT_FALSE(m_.take(0));
	m_.set(reg_fctrl, fctrl_unicast | fctrl_broadcast);
	send(frame_of(60, 9));
	EXPECT_TRUE(m_.take(0));
	m_.set(reg_fctrl, fctrl_broadcast);
	bytes all = frame_of(60), group = frame_of(60);
	memset(all.data(), 0xff, 6);
	send(all);
	EXPECT_TRUE(m_.take(0));
	const uint8_t address[6] = {1, 0, 0x5e, 0, 0, 0xfb};
	memcpy(group.data(), address, 6);
	send(group);
	EXPECT_FALSE(m_.take(0));
	// The driver's own rule for filter type 0: bits 47 to 36.
	const unsigned v = address[4] >> 4 | address[5] << 4;
	m_.set(reg_mcstctrl, 4);
	m_.set(reg_mta + v / 32 * 4, 1u << v % 32);
	send(group);
	EXPECT_TRUE(m_.take(0));
	m_.set(reg_ral + 8, 0x90598202);
	m_.set(reg_ral + 12, 0x80000900);
	send(frame_of(60, 9));
	EXPECT_TRUE(m_.take(0));
}

TEST_F(ixgbe_rx, vlans_are_filtered_and_stripped)
{
	bytes f = frame_of(80, 0, 0x8100);
	put16(&f[14], 0x2007);
	m_.set(reg_vlnctrl, vlnctrl_filter | 0x8100);
	send(f);
	EXPECT_FALSE(m_.take(0));
	m_.set(reg_vfta, 1u << 7);
	send(f);
	auto r = m_.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame, f);
	m_.set(machine::rx(0) + q_control, queue_enable | rxdctl_vlan);
	send(f);
	r = m_.take(0);
	ASSERT_TRUE(r);
	EXPECT_TRUE(r->status & rx_vlan);
	EXPECT_EQ(r->vlan, 0x2007u);
	f.erase(f.begin() + 12, f.begin() + 16);
	EXPECT_EQ(r->frame, f);
}

TEST_F(ixgbe_rx, hash_spreads_flows)
{
	// Key and results of the specification of receive side scaling.
	static constexpr uint8_t key[40] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
					    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
					    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
	bytes f = ip_frame(4, ip_tcp, 10);
	put32(&f[26], 0x420995bb); // 66.9.149.187:2794 -> 161.142.100.80:1766
	put32(&f[30], 0xa18e6450);
	put16(&f[34], 2794);
	put16(&f[36], 1766);
	for (int i = 0; i < 10; i++) {
		uint32_t w;
		memcpy(&w, key + i * 4, 4);
		m_.set(reg_rssrk + i * 4, w);
	}
	for (int i = 0; i < 32; i++)
		m_.set(reg_reta + i * 4, 0x03020100);
	m_.set(reg_mrqc, mrqc_rss | mrqc_ipv4_tcp | mrqc_ipv4);
	send(f);
	const auto r = m_.take(0x51ccc178 & 3);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->hash, 0x51ccc178u);
	EXPECT_EQ(r->type & 15, 1u);
	put16(&f[20], 0x2000); // a fragment has no ports
	send(f);
	const auto again = m_.take(0x323e8fc2 & 3);
	ASSERT_TRUE(again);
	EXPECT_EQ(again->hash, 0x323e8fc2u);
	EXPECT_EQ(again->type & 15, 2u);
}

TEST_F(ixgbe_rx, frames_wait_for_buffers_or_are_dropped)
{
	for (int i = 0; i < 20; i++)
		send(frame_of(60));
	int n = 0;
	while (m_.take(0))
		n++;
	EXPECT_EQ(n, 20);
	m_.set(machine::rx(0) + q_srrctl, 2 | 1 << 25 | srrctl_drop);
	for (int i = 0; i < 20; i++)
		send(frame_of(60));
	for (n = 0; m_.take(0); n++)
		;
	EXPECT_EQ(n, 15);
	EXPECT_EQ(m_.reg(machine::rx(0) + q_dropped), 5u);
}

TEST_F(ixgbe_rx, full_buffer_overruns_or_asks_to_hold)
{
	for (int i = 0; i < 400; i++)
		send(frame_of(1500));
	EXPECT_GT(m_.count("overrun"), 0u);
	EXPECT_EQ(m_.reg(reg_mpc), m_.count("overrun"));
	EXPECT_TRUE(cable_.pauses.empty());
	m_.set(reg_ctrl, ctrl_reset);
	m_.start(4);
	m_.set(reg_fccfg, fccfg_send);
	m_.set(reg_fcrth, mark_enable | 100000 / 32 * 32);
	m_.set(reg_fcrtl, 50000 / 32 * 32);
	for (int i = 0; i < 100; i++)
		send(frame_of(1500));
	EXPECT_EQ(cable_.pauses, (std::vector<bool>{true}));
	while (m_.take(0))
		;
	EXPECT_EQ(cable_.pauses, (std::vector<bool>{true, false}));
	EXPECT_EQ(m_.reg(reg_lxofftxc), 1u);
	EXPECT_EQ(m_.reg(reg_lxontxc), 1u);
}

TEST_F(ixgbe_rx, faults)
{
	m_.nic->fault("crc", 1);
	send(frame_of(60));
	EXPECT_FALSE(m_.take(0));
	EXPECT_EQ(m_.reg(reg_crcerrs), 1u);
	m_.nic->fault("garbage", 1);
	send(frame_of(60));
	uint32_t d[4];
	m_.host.read_memory(machine::rx_ring(0), d, 16);
	EXPECT_EQ(d[0], 0xdeadbeefu);
	EXPECT_EQ(d[3] & 0xffff, 0xffffu);
	m_.nic->fault("dma", 1);
	send(frame_of(60));
	EXPECT_EQ(m_.count("dma_errors"), 1u);
}

TEST_F(ixgbe_rx, a_reset_of_its_own_accord_forgets_the_rings)
{
	const auto resets = m_.count("resets");

	EXPECT_TRUE(m_.nic->fault("reset", 1));
	EXPECT_EQ(m_.count("resets"), resets + 1);
	EXPECT_EQ(m_.reg(reg_rxctrl) & 1, 0u);
	EXPECT_EQ(m_.reg(machine::rx(0) + q_control) & queue_enable, 0u);
	send(frame_of(60));
	EXPECT_FALSE(m_.take(0));
	EXPECT_TRUE(m_.reg(reg_links) & links_up);
}

TEST_F(ixgbe_rx, burst)
{
	EXPECT_TRUE(m_.nic->fault("burst1500", 5));
	unsigned n = 0;
	while (const auto r = m_.take(0)) {
		EXPECT_EQ(r->frame.size(), 1514u);
		n++;
	}
	EXPECT_EQ(n, 5u);
	m_.nic->fault("burst64", 1);
	const auto small = m_.take(0);
	ASSERT_TRUE(small);
	EXPECT_EQ(small->frame.size(), 60u);
}

TEST(ixgbe_pair, wired_ports_talk_and_hold_each_other)
{
	machine a(nullptr, 0), b(a.nic.get(), 1);

	a.nic->plug(b.nic.get());
	a.start();
	b.start();
	a.set(reg_mflcn, mflcn_obey);
	b.set(reg_fccfg, fccfg_send);
	b.set(reg_fcrth, mark_enable | 20000 / 32 * 32);
	b.set(reg_fcrtl, 10000 / 32 * 32);
	unsigned got = 0;
	for (unsigned n = 0; n < 200; n++) {
		a.put_frame(0, frame_of(1000, 1));
		a.ring(0);
		if (n % 7 == 6)
			while (b.take(0))
				got++;
	}
	while (b.take(0))
		got++;
	EXPECT_EQ(got, 200u);
	// Without anybody who takes frames the sender is held.
	for (unsigned n = 0; n < 200; n++) {
		a.put_frame(0, frame_of(1000, 1));
		a.ring(0);
	}
	EXPECT_GT(a.count("xoff_received"), 0u);
	EXPECT_EQ(b.count("overrun"), 0u);
	a.nic->fault("link", 0);
	EXPECT_FALSE(b.reg(reg_links) & links_up);
}

TEST(ixgbe_echo, answers)
{
	echo far;
	machine m(&far);

	far.connect(*m.nic);
	m.start();
	m.set(reg_fctrl, fctrl_unicast | fctrl_broadcast);
	bytes ping = ip_frame(4, 1, 100);
	put16(&ping[24], ~sum(&ping[14], 20));
	ping[34] = 8;
	ping[35] = 0;
	put16(&ping[36], 0);
	put16(&ping[36], ~sum(&ping[34], ping.size() - 34));
	m.put_frame(0, ping);
	m.ring(0);
	const auto r = m.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame[34], 0);
	EXPECT_EQ(sum(&r->frame[34], r->frame.size() - 34), 0xffff);
	EXPECT_EQ(get32(&r->frame[26]), 0x0a000002u);
	bytes arp = frame_of(60, 0, 0x0806);
	put16(&arp[20], 1);
	put32(&arp[28], 0x0a000001);
	put32(&arp[38], 0x0a000002);
	m.put_frame(0, arp);
	m.ring(0);
	const auto reply = m.take(0);
	ASSERT_TRUE(reply);
	EXPECT_EQ(get16(&reply->frame[20]), 2);
	EXPECT_EQ(get32(&reply->frame[28]), 0x0a000002u);
}

/// A TCP segment to the service, as a stack would send it.
static bytes tcp_frame(uint16_t port, uint8_t flags, uint32_t sequence, uint32_t acknowledged, const bytes &data)
{
	bytes f = ip_frame(4, ip_tcp, data.size());
	uint8_t *tcp = &f[34];

	memset(tcp, 0, 20);
	put16(tcp, 4000);
	put16(tcp + 2, port);
	put32(tcp + 4, sequence);
	put32(tcp + 8, acknowledged);
	tcp[12] = 0x50;
	tcp[13] = flags;
	put16(tcp + 14, 0xffff);
	std::copy(data.begin(), data.end(), f.begin() + 54);
	return f;
}

TEST(ixgbe_echo, tcp_services)
{
	constexpr uint8_t fin = 1, syn = 2, push = 8, ack = 16;
	echo far;
	machine m(&far);
	auto say = [&](uint16_t port, uint8_t flags, uint32_t sequence, uint32_t acknowledged, const bytes &data) {
		m.put_frame(0, tcp_frame(port, flags, sequence, acknowledged, data));
		m.ring(0);
	};

	far.connect(*m.nic);
	m.start();
	m.set(reg_fctrl, fctrl_unicast | fctrl_broadcast);
	say(9, syn, 100, 0, {});
	auto r = m.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame[47], syn | ack);
	EXPECT_EQ(get32(&r->frame[42]), 101u);
	const uint32_t ours = get32(&r->frame[38]) + 1;
	EXPECT_TRUE(l4_sum_ok(r->frame.data(), parse(r->frame.data(), r->frame.size(), 0x8100)));
	say(9, ack, 101, ours, {});
	EXPECT_FALSE(m.take(0));
	say(9, ack | push, 101, ours, bytes(100, 'a'));
	r = m.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(get32(&r->frame[42]), 201u);
	say(9, ack | push, 101, ours, bytes(100, 'a')); // once more: not counted twice
	EXPECT_FALSE(m.take(0));
	say(9, ack | fin, 201, ours, {});
	r = m.take(0);
	ASSERT_TRUE(r);
	EXPECT_EQ(r->frame[47], ack | fin);
	EXPECT_EQ(get32(&r->frame[42]), 202u);
	// Three thousand bytes from the source: three segments, the last with FIN.
	say(19, syn, 500, 0, {});
	ASSERT_TRUE(m.take(0));
	say(19, ack | push, 501, ours, {0, 0, 0, 0, 0, 0, 0x0b, 0xb8});
	size_t all = 0;
	uint8_t flags = 0;
	while ((r = m.take(0))) {
		const packet p = parse(r->frame.data(), r->frame.size(), 0x8100);

		EXPECT_TRUE(l4_sum_ok(r->frame.data(), p));
		all += p.end - 54;
		flags = r->frame[47];
	}
	EXPECT_EQ(all, 3000u);
	EXPECT_TRUE(flags & fin);
}

/// Two streams, each with a sequence of its own; the oldest of more than 64 is forgotten.
TEST(ixgbe_echo, tcp_services_of_several_connections)
{
	constexpr uint8_t syn = 2, push = 8, ack = 16;
	echo far;
	machine m(&far);
	auto say = [&](uint16_t from, uint8_t flags, uint32_t sequence, const bytes &data) {
		bytes f = tcp_frame(9, flags, sequence, 1001, data);

		put16(&f[34], from);
		m.put_frame(0, f);
		m.ring(0);
	};

	far.connect(*m.nic);
	m.start();
	m.set(reg_fctrl, fctrl_unicast | fctrl_broadcast);
	for (uint16_t i = 0; i < 64; i++) {
		say(4000 + i, syn, 1000 * i, {});
		ASSERT_TRUE(m.take(0));
	}
	for (uint16_t i : {5, 0, 63, 5}) {
		static uint32_t done[64];

		say(4000 + i, ack | push, 1000 * i + 1 + done[i], bytes(100, 'a'));
		done[i] += 100;
		auto r = m.take(0);
		ASSERT_TRUE(r);
		EXPECT_EQ(get16(&r->frame[36]), 4000 + i);
		EXPECT_EQ(get32(&r->frame[42]), 1000 * i + 1 + done[i]);
	}
	say(5000, syn, 7, {});
	ASSERT_TRUE(m.take(0));
	say(4000, ack | push, 101, bytes(100, 'a'));
	EXPECT_FALSE(m.take(0));
}

} // namespace lxd::lab::test
