// SPDX-License-Identifier: GPL-2.0-only
#include "packet.hpp"

namespace lxd::lab::ixgbe {

static void parse_ipv4(const uint8_t *f, size_t size, packet &p)
{
	const size_t header = (f[p.l3] & 15) * 4;
	const size_t total = get16(f + p.l3 + 2);

	if (header < 20 || total < header || total > size - p.l3)
		return;
	p.version = 4;
	p.end = p.l3 + total;
	p.fragment = get16(f + p.l3 + 6) & 0x3fff;
	p.protocol = f[p.l3 + 9];
	p.l4 = p.l3 + header;
}

static void parse_ipv6(const uint8_t *f, size_t size, packet &p)
{
	const size_t payload = get16(f + p.l3 + 4);

	if (size - p.l3 < 40 || payload > size - p.l3 - 40)
		return;
	p.version = 6;
	p.end = p.l3 + 40 + payload;
	p.protocol = f[p.l3 + 6];
	p.l4 = p.l3 + 40;
}

packet parse(const uint8_t *f, size_t size, uint16_t tag)
{
	packet p;
	size_t at = 12;

	if (size < 14)
		return p;
	if (get16(f + at) == tag && size >= 18) {
		p.vlan = get16(f + at + 2);
		at += 4;
	}
	const uint16_t type = get16(f + at);

	p.l3 = at + 2;
	if (type == 0x0800 && size - p.l3 >= 20 && f[p.l3] >> 4 == 4)
		parse_ipv4(f, size, p);
	else if (type == 0x86dd && size - p.l3 >= 40 && f[p.l3] >> 4 == 6)
		parse_ipv6(f, size, p);
	const size_t need = p.protocol == ip_tcp ? 20 : p.protocol == ip_sctp ? 12 : 8;

	if (p.fragment || p.end < p.l4 + need ||
	    (p.protocol != ip_tcp && p.protocol != ip_udp && p.protocol != ip_sctp))
		p.l4 = 0;
	return p;
}

uint16_t sum(const uint8_t *from, size_t size, uint32_t start)
{
	uint64_t s = start;

	for (; size > 1; size -= 2, from += 2)
		s += get16(from);
	if (size)
		s += from[0] << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

uint16_t pseudo_sum(const uint8_t *f, const packet &p, size_t length)
{
	const uint32_t start = p.protocol + (length & 0xffff) + (length >> 16);

	if (p.version == 4)
		return sum(f + p.l3 + 12, 8, start);
	return sum(f + p.l3 + 8, 32, start);
}

bool ip_sum_ok(const uint8_t *f, const packet &p)
{
	return sum(f + p.l3, (f[p.l3] & 15) * 4) == 0xffff;
}

bool l4_sum_ok(const uint8_t *f, const packet &p)
{
	const size_t length = p.end - p.l4;

	if (p.protocol == ip_sctp) {
		const uint8_t zero[4] = {};
		uint32_t c = crc32c(f + p.l4, 8);

		c = crc32c(zero, 4, c);
		c = ~crc32c(f + p.l4 + 12, length - 12, c);
		const uint8_t *have = f + p.l4 + 8;
		return have[0] == (uint8_t)c && have[1] == (uint8_t)(c >> 8) && have[2] == (uint8_t)(c >> 16) &&
		       have[3] == (uint8_t)(c >> 24);
	}
	return sum(f + p.l4, length, pseudo_sum(f, p, length)) == 0xffff;
}

static uint32_t crc(uint32_t polynomial, const uint8_t *from, size_t size, uint32_t c)
{
	for (; size; size--) {
		c ^= *from++;
		for (int i = 0; i < 8; i++)
			c = c >> 1 ^ (c & 1 ? polynomial : 0);
	}
	return c;
}

uint32_t crc32(const uint8_t *from, size_t size)
{
	return ~crc(0xedb88320, from, size, ~0u);
}

uint32_t crc32c(const uint8_t *from, size_t size, uint32_t start)
{
	return crc(0x82f63b78, from, size, start);
}

uint32_t toeplitz(const uint8_t *key, const uint8_t *data, size_t size)
{
	uint32_t hash = 0, window = get32(key);

	// The window slides over the key by a bit for each bit of data.
	for (size_t i = 0; i < size; i++) {
		for (int bit = 7; bit >= 0; bit--) {
			if (data[i] >> bit & 1)
				hash ^= window;
			window = window << 1 | (key[i + 4] >> bit & 1);
		}
	}
	return hash;
}

} // namespace lxd::lab::ixgbe
