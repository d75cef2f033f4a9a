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
void service::send(const uint8_t *frame, const packet &p, uint8_t flags, size_t size, partner &port)
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
	put32(tcp + 4, next_);
	put32(tcp + 8, heard_);
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
	next_ += size + (flags & (syn | fin) ? 1 : 0);
	told_ = heard_;
	// Without the minimum of 60 bytes a port drops it.
	const size_t all = 54 + options + size;
	if (all < 60)
		memset(frame_ + all, 0, 60 - all);
	port.receive(frame_, all < 60 ? 60 : all);
}

void service::open(const uint8_t *frame, const packet &p, partner &port)
{
	const uint8_t *tcp = frame + p.l4;

	far_port_ = get16(tcp);
	far_scale_ = window_scale(tcp, tcp[12] >> 4 << 2);
	next_ = first;
	heard_ = get32(tcp + 4) + 1;
	left_ = 0;
	closed_ = false;
	send(frame, p, syn | ack, 0, port);
}

void service::send_more(const uint8_t *frame, const packet &p, uint32_t acknowledged, uint32_t window, partner &port)
{
	// Never more than the port's buffer takes beside a large MTU's frames.
	const uint32_t most = window < 65536 ? window : 65536;

	while (left_ && next_ - acknowledged + segment <= most) {
		const size_t n = left_ < segment ? left_ : segment;

		left_ -= n;
		send(frame, p, left_ ? ack : ack | push | fin, n, port);
		closed_ = !left_;
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
	if (get16(tcp) != far_port_ || tcp[13] & rst || get32(tcp + 4) != heard_)
		return;
	const size_t size = p.end - p.l4 - header;

	heard_ += size + (tcp[13] & fin ? 1 : 0);
	if (to == source) {
		if (size >= 8 && !left_ && !closed_)
			left_ = (uint64_t)get32(tcp + header) << 32 | get32(tcp + header + 4);
		send_more(frame, p, get32(tcp + 8), (uint32_t)get16(tcp + 14) << far_scale_, port);
	}
	if (tcp[13] & fin && !closed_) {
		closed_ = true;
		send(frame, p, ack | fin, 0, port);
	} else if (heard_ != told_ && (tcp[13] & (push | fin) || heard_ - told_ >= 16384)) {
		send(frame, p, ack, 0, port);
	}
}

} // namespace lxd::lab::ixgbe
