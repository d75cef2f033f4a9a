// SPDX-License-Identifier: GPL-2.0-only
#include "net_test.hpp"

#include <fmt/format.h>
#include <linux/ethtool.h>

#include <cstring>
#include <map>

using namespace lxd::lab::ixgbe;

namespace lxd::harness {

static constexpr uint8_t far_address[6] = {2, 0, 0, 0, 0, 2};
static constexpr uint32_t gso_tcp4 = 1, gso_tcp6 = 16, gso_udp = 1 << 17;

frame net_test::make(int version, uint8_t protocol, size_t payload)
{
	const size_t l3 = version == 4 ? 20 : 40, l4 = protocol == ip_tcp ? 20 : 8;
	frame f(14 + l3 + l4 + payload);
	uint8_t *ip = &f[14], *p = ip + l3;

	memcpy(f.data(), far_address, 6);
	memcpy(&f[6], net_.dev.state.address, 6);
	put16(&f[12], version == 4 ? 0x0800 : 0x86dd);
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
	for (size_t i = 14 + l3 + l4; i < f.size(); i++) {
		seed_ = seed_ * 6364136223846793005 + 1442695040888963407;
		f[i] = seed_ >> 56;
	}
	return f;
}

/// What the stack leaves in the field: the sum of the pseudo header.
static tx_options seed_sum(frame &f)
{
	const packet p = parse(f.data(), f.size(), 0x8100);
	tx_options o;

	o.flags = 1;
	o.network = p.l3;
	o.transport = o.csum_start = p.l4;
	o.csum_offset = p.protocol == ip_tcp ? 16 : 6;
	if (p.version == 4)
		put16(&f[p.l3 + 10], ~sum(&f[p.l3], 20));
	put16(&f[p.l4 + o.csum_offset], pseudo_sum(f.data(), p, p.end - p.l4));
	return o;
}

/// A frame with all its sums, as a peer sends it.
static void finish_sums(frame &f)
{
	const tx_options o = seed_sum(f);

	put16(&f[o.csum_start + o.csum_offset], ~sum(&f[o.csum_start], f.size() - o.csum_start));
}

void net_test::out(unsigned queue, const frame &f, const tx_options &o)
{
	net_.dom.until([&] { return net_.xmit(queue, f, o); }, "room to send", 20000);
	sent++;
}

void net_test::settle(const char *what)
{
	net_.dom.until([&] { return !net_.in_flight(); }, what, 20000);
}

void net_test::up()
{
	int err = net_.open();
	if (err)
		throw failure(fmt::format("open: {}", err));
	net_.dom.until([&] { return net_.dev.carrier && !net_.dev.stopped[0]; }, "the link", 20000);
}

void net_test::down()
{
	int err = net_.stop();
	check(!err, fmt::format("stop: {}", err));
	check(!net_.in_flight(), fmt::format("{} packets in flight after stop", net_.in_flight()));
}

void net_test::transmit()
{
	net_.device.far.frames.clear();
	for (unsigned i = 0; i < packets_; i++) {
		frame f = make(4, ip_udp, 18 + i % 1455);
		finish_sums(f);
		out(i % net_.dev.queues, f);
		settle("completions");
		check(net_.device.far.frames.size() == 1 && net_.device.far.frames[0] == f, fmt::format("frame {} differs", i));
		net_.device.far.frames.clear();
	}
}

void net_test::checksums()
{
	for (unsigned i = 0; i < packets_; i++) {
		frame f = make(i % 2 ? 4 : 6, i % 3 ? ip_tcp : ip_udp, 30 + i * 7 % 1300);
		const tx_options o = seed_sum(f);
		net_.device.far.frames.clear();
		out(0, f, o);
		settle("completions");
		if (net_.device.far.frames.size() != 1) {
			bad.push_back(fmt::format("{} frames came instead of one", net_.device.far.frames.size()));
			continue;
		}
		const frame &g = net_.device.far.frames[0];
		const packet p = parse(g.data(), g.size(), 0x8100);
		check(p.l4 && l4_sum_ok(g.data(), p), fmt::format("checksum of frame {} is wrong", i));
	}
}

void net_test::segments()
{
	for (unsigned i = 0; i < packets_ / 4; i++) {
		const int version = i % 2 ? 4 : 6;
		const size_t payload = 3000 + i * 977 % 60000, headers = 14 + (version == 4 ? 20 : 40) + 20;
		frame f = make(version, ip_tcp, payload);
		tx_options o = seed_sum(f);
		o.gso_size = 1400;
		o.gso_segs = (payload + 1399) / 1400;
		o.gso_type = version == 4 ? gso_tcp4 : gso_tcp6;
		o.linear = i % 3 ? headers : 0;
		o.pieces = i / 2 % 2;
		net_.device.far.frames.clear();
		out(0, f, o);
		settle("completions");
		frame all;
		for (auto &s : net_.device.far.frames) {
			const packet p = parse(s.data(), s.size(), 0x8100);
			check(p.l4 && l4_sum_ok(s.data(), p) && (version == 6 || ip_sum_ok(s.data(), p)), "a segment's sum is wrong");
			all.insert(all.end(), s.begin() + headers, s.end());
		}
		check(net_.device.far.frames.size() == o.gso_segs, fmt::format("{} segments, {} wanted", net_.device.far.frames.size(), o.gso_segs));
		check(all == frame(f.begin() + headers, f.end()), fmt::format("segmented data of packet {} differs", i));
	}
}

void net_test::receive()
{
	uint64_t dropped = 0;

	for (unsigned i = 0; i < packets_; i++) {
		frame f = make(i % 2 ? 4 : 6, i % 3 ? ip_tcp : ip_udp, 26 + i * 13 % 1400);
		finish_sums(f);
		memcpy(f.data(), net_.dev.state.address, 6);
		memcpy(&f[6], far_address, 6);
		if (i % 50 == 49)
			f.back() ^= 1; // a wrong sum comes, without the device's word for it
		net_.device.send(f);
		auto before = net_.dom.time.now.load();
		while (net_.received.empty() && net_.dom.time.now < before + 1000000000 && net_.dom.turn())
			;
		if (net_.received.empty()) {
			dropped++;
			continue;
		}
		got++;
		auto &r = net_.received.front();
		check(r.data == f, fmt::format("received frame {} differs ({} bytes, {} sent)", i, r.data.size(), f.size()));
		check((r.flags & 1) == (i % 50 != 49), fmt::format("checksum flag of frame {}", i));
		net_.received.clear();
	}
	check(!dropped, fmt::format("{} frames did not arrive", dropped));
}

void net_test::flood()
{
	const frame small = make(4, ip_udp, 100);
	std::map<frame, unsigned> want;
	unsigned came = 0;

	net_.received.clear();
	for (unsigned i = 0; i < packets_; i++) {
		frame f = make(4, ip_udp, 100);
		finish_sums(f);
		memcpy(f.data(), net_.dev.state.address, 6);
		want[f]++;
		net_.device.send(f);
		net_.xmit(i % net_.dev.queues, small);
		if (i % 100 == 99)
			net_.dom.turn();
		// With contexts on threads the device's buffer would overflow, as on a wire.
		net_.dom.until([&] { return net_.received.size() + 1000 >= i; }, "received frames", 20000);
	}
	settle("completions under load");
	auto before = net_.dom.time.now.load();
	while (net_.received.size() < packets_ && net_.dom.time.now < before + 2000000000 && net_.dom.turn())
		;
	for (auto &r : net_.received) {
		auto found = want.find(r.data);
		check(found != want.end() && found->second, "a frame that nobody sent, or twice");
		if (found != want.end() && found->second) {
			found->second--;
			came++;
		}
	}
	got += came;
	check(came == packets_, fmt::format("{} of {} frames came under load", came, packets_));
	net_.received.clear();
}

void net_test::jumbo()
{
	int err = lxd_net_change_mtu(&net_.dom, net_.dev.handle, 9000, &net_.dev.state);
	check(!err && net_.dev.state.mtu == 9000, fmt::format("mtu 9000: {} ({})", err, net_.dev.state.mtu));
	net_.dom.until([&] { return net_.dev.carrier && !net_.dev.stopped[0]; }, "the link after the MTU change", 20000);
	for (unsigned i = 0; i < packets_ / 4; i++) {
		frame f = make(4, ip_udp, 100 + i * 331 % 8860);
		finish_sums(f);
		net_.device.far.frames.clear();
		out(0, f);
		settle("completions");
		check(net_.device.far.frames.size() == 1 && net_.device.far.frames[0] == f, "a large frame differs");
		memcpy(f.data(), net_.dev.state.address, 6);
		net_.received.clear();
		net_.device.send(f);
		auto before = net_.dom.time.now.load();
		while (net_.received.empty() && net_.dom.time.now < before + 1000000000 && net_.dom.turn())
			;
		check(net_.received.size() == 1 && net_.received.front().data == f, fmt::format("large frame {} ({} bytes) in", i, f.size()));
	}
	net_.received.clear();
	err = lxd_net_change_mtu(&net_.dom, net_.dev.handle, 1500, &net_.dev.state);
	check(!err, "mtu 1500");
	net_.dom.until([&] { return net_.dev.carrier && !net_.dev.stopped[0]; }, "the link after the MTU change", 20000);
}

void net_test::vlans()
{
	check(!lxd_net_vlan_add(&net_.dom, net_.dev.handle, 0x8100, 5), "vlan 5");
	frame f = make(4, ip_udp, 100);
	finish_sums(f);
	tx_options o;
	o.flags = 2;
	o.vlan = 0x2005;
	o.network = 14;
	net_.device.far.frames.clear();
	out(0, f, o);
	settle("completions");
	frame tagged = f;
	const uint8_t tag[4] = {0x81, 0, 0x20, 5};
	tagged.insert(tagged.begin() + 12, tag, tag + 4);
	check(net_.device.far.frames.size() == 1 && net_.device.far.frames[0] == tagged, "tag on the wire");
	memcpy(tagged.data(), net_.dev.state.address, 6);
	memcpy(f.data(), net_.dev.state.address, 6);
	net_.received.clear();
	net_.device.send(tagged);
	tagged[15] = 6; // a VLAN that nobody wants
	net_.device.send(tagged);
	net_.dom.until([&] { return !net_.received.empty(); }, "a tagged frame", 5000);
	for (int i = 0; i < 50; i++)
		net_.dom.turn();
	check(net_.received.size() == 1, fmt::format("{} tagged frames came", net_.received.size()));
	check(net_.received.front().data == f && net_.received.front().vlan == 0x2005, "tag of a received frame");
	check(!lxd_net_vlan_kill(&net_.dom, net_.dev.handle, 0x8100, 5), "vlan 5 gone");
	net_.received.clear();
}

void net_test::link()
{
	net_.device.fault("link", 0);
	net_.dom.until([&] { return !net_.dev.carrier; }, "carrier off", 20000);
	net_.device.fault("link", 1);
	net_.dom.until([&] { return net_.dev.carrier && !net_.dev.stopped[0]; }, "carrier on", 20000);
	transmit();
}

void net_test::cycles()
{
	for (int i = 0; i < 50; i++) {
		down();
		up();
	}
	transmit();
	receive();
}

/// What the host has not given back is not written again, also when the interface was down meanwhile.
void net_test::lent()
{
	net_.lend = true;
	receive();
	net_.lend = false;
	check(net_.lent.size() >= packets_ / 2, fmt::format("{} frames are lent", net_.lent.size()));
	receive();
	down();
	up();
	receive();
	for (auto &f : net_.lent) {
		check(!memcmp(f.place, f.data.data(), f.data.size()), fmt::format("a lent frame of {} bytes was written again", f.data.size()));
		net_.to_release[f.queue].push_back(f.loan);
	}
	net_.lent.clear();
	receive();
}

void net_test::modes()
{
	const uint8_t own[6] = {2, 1, 2, 3, 4, 5};
	const uint8_t list[18] = {2, 9, 9, 9, 9, 9, 1, 0, 0x5e, 0, 0, 0xfb, 0x33, 0x33, 0, 0, 0, 1};
	auto arrives = [&](const uint8_t *to) {
		frame f = make(4, ip_udp, 60);
		memcpy(f.data(), to, 6);
		net_.received.clear();
		net_.device.send(f);
		for (int i = 0; i < 50; i++)
			net_.dom.turn();
		return !net_.received.empty();
	};

	check(!arrives(own), "a frame for another address came");
	check(!lxd_net_set_address(&net_.dom, net_.dev.handle, own, &net_.dev.state), "set_address");
	check(!memcmp(net_.dev.state.address, own, 6) && arrives(own), "the new address");
	check(!arrives(list) && !arrives(list + 6), "addresses that were not asked for");
	check(!lxd_net_set_rx_mode(&net_.dom, net_.dev.handle, 0, 1, list, 18), "set_rx_mode");
	check(arrives(list) && arrives(list + 6) && arrives(list + 12), "addresses that were asked for");
	check(!lxd_net_set_rx_mode(&net_.dom, net_.dev.handle, 0x100, 0, list, 0), "promiscuous"); // IFF_PROMISC
	check(arrives(far_address), "promiscuous");
	check(!lxd_net_set_rx_mode(&net_.dom, net_.dev.handle, 0, 0, list, 0), "set_rx_mode");
	check(!arrives(list) && !arrives(far_address), "filters after the modes ended");
	net_.received.clear();
}

void net_test::ethtool()
{
	receive();
	auto info = net_.ethtool(NET_ET_DRVINFO);
	check(info.size() == sizeof(ethtool_drvinfo), "drvinfo");
	if (info.size() == sizeof(ethtool_drvinfo))
		check(!strcmp(reinterpret_cast<ethtool_drvinfo *>(info.data())->driver, "ixgbe"), "drvinfo.driver");
	auto names = net_.ethtool(NET_ET_STRINGS, ETH_SS_STATS), values = net_.ethtool(NET_ET_STATS);
	check(names.size() / 32 == values.size() / 8 && values.size() > 800, fmt::format("{} names, {} statistics", names.size() / 32, values.size() / 8));
	uint64_t packets = 0;
	for (size_t i = 0; i < values.size() / 8; i++)
		if (!strcmp(reinterpret_cast<char *>(&names[i * 32]), "rx_packets"))
			memcpy(&packets, &values[i * 8], 8);
	check(packets > 0, "rx_packets of the statistics");
	auto ring = net_.ethtool(NET_ET_GET_RING);
	check(ring.size() == sizeof(ethtool_ringparam), "ring sizes");
	ethtool_ringparam r{};
	memcpy(&r, ring.data(), std::min(sizeof(r), ring.size()));
	check(r.tx_pending == 512 && r.tx_max_pending >= 4096, fmt::format("ring {} of {}", r.tx_pending, r.tx_max_pending));
	r.tx_pending = 256;
	r.rx_pending = 128;
	net_.ethtool(NET_ET_SET_RING, 0, &r, sizeof(r));
	check(!net_.last_error, fmt::format("set ring: {}", net_.last_error));
	net_.dom.until([&] { return net_.dev.carrier && !net_.dev.stopped[0]; }, "the link after the ring change", 20000);
	transmit();
	for (auto op : {NET_ET_GET_LINK, NET_ET_GET_CHANNELS, NET_ET_GET_COALESCE, NET_ET_GET_PAUSE, NET_ET_REGS, NET_ET_RXFH,
			NET_ET_GET_MSGLEVEL, NET_ET_EEPROM_LEN, NET_ET_GET_PRIV_FLAGS})
		check(!net_.ethtool(op).empty(), fmt::format("ethtool operation {}: {}", int(op), net_.last_error));
	check(net_.ethtool(12345).empty() && net_.last_error == -ENOTTY, "an unknown ethtool operation is not sent");
	r.tx_pending = 0;
	net_.ethtool(NET_ET_SET_RING, 0, &r, 3);
	check(net_.last_error == -EINVAL, "a structure that is too short");
	lxd_net_stats st{};
	check(!lxd_net_get_stats(&net_.dom, net_.dev.handle, &st) && st.rx_packets, "statistics");
}

/// The device misbehaves; afterwards everything works as before.
void net_test::recovers(const char *fault, uint64_t argument)
{
	const frame small = make(4, ip_udp, 100);

	check(net_.device.fault(fault, argument), fmt::format("no fault {}", fault));
	for (int i = 0; i < 400; i++) {
		frame f = small;
		memcpy(f.data(), net_.dev.state.address, 6);
		net_.device.send(f);
		net_.xmit(0, small);
		net_.dom.turn();
	}
	// The driver's own watchdog, and the host's: it tells the driver after five seconds without a completion.
	for (int round = 0; round < 6; round++) {
		auto end = net_.dom.time.now + 6000000000;
		while (net_.dom.time.now < end && net_.dom.turn())
			;
		if (net_.in_flight())
			lxd_net_tx_timeout(&net_.dom, net_.dev.handle, 0);
		if (round == 3)
			net_.device.fault("none", 0);
	}
	check(net_.dev.carrier && !net_.in_flight(), fmt::format("{} packets in flight, carrier {}", net_.in_flight(), net_.dev.carrier));
	net_.received.clear();
	transmit();
	receive();
}

void net_test::run(const std::string &name)
{
	const std::map<std::string, void (net_test::*)()> parts = {
		{"transmit", &net_test::transmit}, {"checksums", &net_test::checksums}, {"segments", &net_test::segments},
		{"receive", &net_test::receive}, {"flood", &net_test::flood}, {"jumbo", &net_test::jumbo},
		{"vlans", &net_test::vlans}, {"link", &net_test::link}, {"cycles", &net_test::cycles},
		{"ethtool", &net_test::ethtool}, {"selftest", &net_test::selftest}, {"rss", &net_test::rss},
		{"lent", &net_test::lent}, {"modes", &net_test::modes}, {"up", &net_test::up}, {"down", &net_test::down},
	};
	const auto colon = name.find(':');
	const auto found = parts.find(name);

	if (found == parts.end() && colon == name.npos)
		throw failure("no test part " + name);
	const auto before = bad.size();
	if (colon != name.npos)
		recovers(name.substr(0, colon).c_str(), std::stoull(name.substr(colon + 1)));
	else
		(this->*found->second)();
	for (auto i = before; i < bad.size(); i++)
		bad[i] = name + ": " + bad[i];
	fmt::print("{}: {}\n", name, bad.size() == before ? "good" : "BAD");
	if (bad.size() > before + 5)
		bad.resize(before + 5);
}

} // namespace lxd::harness
