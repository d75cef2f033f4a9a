// SPDX-License-Identifier: GPL-2.0-only
#include "offload.hpp"

#include "packet.hpp"
#include "spec.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

bool insert_sums(uint8_t *frame, size_t size, const offload &o, const context &c)
{
	uint8_t *ip = frame + c.l2_length();
	const size_t l4 = c.l2_length() + c.l3_length();

	if (o.ip_sum && (c.type & ctx_ipv4)) {
		if (c.l3_length() < 20 || l4 > size)
			return false;
		put16(ip + 10, 0);
		put16(ip + 10, ~sum(ip, c.l3_length()));
	}
	if (!o.l4_sum)
		return true;
	const uint32_t kind = c.type & ctx_l4_mask;

	if (kind == ctx_sctp) {
		if (l4 + 12 > size)
			return false;
		put32(frame + l4 + 8, 0);
		const uint32_t crc = ~crc32c(frame + l4, size - l4);
		for (int i = 0; i < 4; i++)
			frame[l4 + 8 + i] = crc >> 8 * i;
		return true;
	}
	// The driver left the sum of the pseudo header in the field.
	const size_t field = l4 + (kind == ctx_tcp ? 16 : 6);

	if (field + 2 > size)
		return false;
	const uint16_t value = ~sum(frame + l4, size - l4);
	// For UDP zero would mean that there is none.
	put16(frame + field, value || kind == ctx_tcp ? value : 0xffff);
	return true;
}

void sender::finish(size_t size, const offload &o, const context &c)
{
	if (o.vlan) {
		memmove(frame_ + 16, frame_ + 12, size - 12);
		put16(frame_ + 12, 0x8100);
		put16(frame_ + 14, c.vlan());
		size += 4;
	}
	sent(frame_, size);
}

bool sender::send(uint8_t *packet, size_t size, const offload &o, const context &c)
{
	if (size < 14)
		return false;
	if (o.segment)
		return send_segments(packet, size, o, c);
	if (size > max_frame - 4 || !insert_sums(packet, size, o, c))
		return false;
	memcpy(frame_, packet, size);
	finish(size, o, c);
	return true;
}

bool sender::send_segments(const uint8_t *packet, size_t size, const offload &o, const context &c)
{
	const uint32_t kind = c.type & ctx_l4_mask;
	const size_t l3 = c.l2_length(), l4 = l3 + c.l3_length(), headers = l4 + c.l4_length();
	const bool v4 = c.type & ctx_ipv4, tcp = kind == ctx_tcp;

	if (!c.mss() || headers + c.mss() > max_frame - 4 || headers >= size || l3 < 14 || kind == ctx_sctp ||
	    c.l3_length() < (v4 ? 20 : 40) || c.l4_length() < (tcp ? 20 : 8))
		return false;
	for (size_t at = headers; at < size;) {
		const size_t n = size - at < c.mss() ? size - at : c.mss();
		const bool first = at == headers, last = at + n == size;
		uint8_t *ip = frame_ + l3, *p = frame_ + l4;

		memcpy(frame_, packet, headers);
		memcpy(frame_ + headers, packet + at, n);
		if (v4) {
			put16(ip + 2, c.l3_length() + c.l4_length() + n);
			put16(ip + 4, get16(ip + 4) + (at - headers) / c.mss());
		} else {
			put16(ip + 4, headers - l3 - 40 + n);
		}
		if (tcp) {
			put32(p + 4, get32(p + 4) + (at - headers));
			// FIN and PSH belong to the last segment, CWR to the first.
			p[13] &= last ? 0xff : 0xf6;
			p[13] &= first ? 0xff : 0x7f;
		} else {
			put16(p + 4, c.l4_length() + n);
		}
		// The driver's pseudo header sum is without the length, which differs from segment to segment.
		uint8_t *field = p + (tcp ? 16 : 6);
		put16(field, sum(nullptr, 0, get16(field) + (uint32_t)(c.l4_length() + n)));
		if (!insert_sums(frame_, headers + n, o, c))
			return false;
		finish(headers + n, o, c);
		at += n;
	}
	return true;
}

} // namespace lxd::lab::ixgbe
