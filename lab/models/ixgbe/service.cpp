// SPDX-License-Identifier: GPL-2.0-only
#include "service.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

enum : uint8_t { fin = 1, syn = 2, rst = 4, push = 8, ack = 16 };

/// The scale of the peer's window, from the options of its SYN.
static unsigned window_scale(const uint8_t *tcp, size_t header)
{
	for (size_t i = 20; i + 1 < header && tcp[i];) {
		if (tcp[i] == 1) {
			i++;
			continue;
		}
		if (tcp[i] == 3 && i + 2 < header)
			return tcp[i + 2] & 15;
		if (tcp[i + 1] < 2)
			break;
		i += tcp[i + 1];
	}
	return 0;
}

/// A segment with `size` bytes (or, of a SYN, with options) back to where `frame` came from.
void service::send(connection &c, const uint8_t *frame, const packet &p, uint8_t flags, size_t size, partner &port)
{
	const size_t options = flags & syn ? 8 : 0;
	uint8_t *ip = frame_ + 14, *tcp = ip + 20;
	const uint8_t *far_ip = frame + p.l3, *far = frame + p.l4;

	memset(frame_, 0, 54 + options);
	memcpy(frame_, frame + 6, 6);
	memcpy(frame_ + 6, frame, 6);
	put16(frame_ + 12, 0x0800);
	ip[0] = 0x45;
	put16(ip + 2, 40 + options + size);
	ip[8] = 64;
	ip[9] = ip_tcp;
	memcpy(ip + 12, far_ip + 16, 4);
	memcpy(ip + 16, far_ip + 12, 4);
	put16(ip + 10, ~sum(ip, 20));
	memcpy(tcp, far + 2, 2);
	memcpy(tcp + 2, far, 2);
	put32(tcp + 4, c.next);
	put32(tcp + 8, c.heard);
	tcp[12] = (20 + options) << 2;
	tcp[13] = flags;
	put16(tcp + 14, 0xffff);
	if (options) {
		static constexpr uint8_t list[8] = {2, 4, segment >> 8, segment & 0xff, 1, 3, 3, 7};

		memcpy(tcp + 20, list, sizeof(list));
	}
	memset(tcp + 20 + options, 'x', size);
	const packet out = parse(frame_, 54 + options + size, 0x8100);
	put16(tcp + 16, ~sum(tcp, 20 + options + size, pseudo_sum(frame_, out, 20 + options + size)));
	c.next += size + (flags & (syn | fin) ? 1 : 0);
	c.told = c.heard;
	// Without the minimum of 60 bytes a port drops it.
	const size_t all = 54 + options + size;
	if (all < 60)
		memset(frame_ + all, 0, 60 - all);
	port.receive(frame_, all < 60 ? 60 : all);
}

service::connection *service::find(uint16_t far_port)
{
	for (connection &c : connections_)
		if (c.far_port == far_port)
			return &c;
	return nullptr;
}

void service::open(const uint8_t *frame, const packet &p, partner &port)
{
	const uint8_t *tcp = frame + p.l4;
	connection *old = find(get16(tcp));
	connection &c = old ? *old : connections_[oldest_++ % most_connections];

	c.far_port = get16(tcp);
	c.far_scale = window_scale(tcp, tcp[12] >> 4 << 2);
	c.next = first;
	c.heard = get32(tcp + 4) + 1;
	c.left = 0;
	c.closed = false;
	send(c, frame, p, syn | ack, 0, port);
}

void service::send_more(connection &c, const uint8_t *frame, const packet &p, uint32_t acknowledged, uint32_t window,
			partner &port)
{
	// Never more than the port's buffer takes beside a large MTU's frames.
	const uint32_t most = window < 65536 ? window : 65536;

	while (c.left && c.next - acknowledged + segment <= most) {
		const size_t n = c.left < segment ? c.left : segment;

		c.left -= n;
		send(c, frame, p, c.left ? ack : ack | push | fin, n, port);
		c.closed = !c.left;
	}
}

void service::take(const uint8_t *frame, const packet &p, partner &port)
{
	const uint8_t *tcp = frame + p.l4;
	const size_t header = tcp[12] >> 4 << 2;
	const uint16_t to = get16(tcp + 2);

	if (p.version != 4 || header < 20 || p.end < p.l4 + header || (to != discard && to != source))
		return;
	if (tcp[13] & syn) {
		open(frame, p, port);
		return;
	}
	connection *const known = find(get16(tcp));
	if (!known || tcp[13] & rst || get32(tcp + 4) != known->heard)
		return;
	connection &c = *known;
	const size_t size = p.end - p.l4 - header;

	c.heard += size + (tcp[13] & fin ? 1 : 0);
	if (to == source) {
		if (size >= 8 && !c.left && !c.closed)
			c.left = (uint64_t)get32(tcp + header) << 32 | get32(tcp + header + 4);
		send_more(c, frame, p, get32(tcp + 8), (uint32_t)get16(tcp + 14) << c.far_scale, port);
	}
	if (tcp[13] & fin && !c.closed) {
		c.closed = true;
		send(c, frame, p, ack | fin, 0, port);
	} else if (c.heard != c.told && (tcp[13] & (push | fin) || c.heard - c.told >= 16384)) {
		send(c, frame, p, ack, 0, port);
	}
}

} // namespace lxd::lab::ixgbe
