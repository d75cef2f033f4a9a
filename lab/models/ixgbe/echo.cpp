// SPDX-License-Identifier: GPL-2.0-only
#include "echo.hpp"

#include "packet.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

static constexpr uint8_t own_address[6] = {0x02, 0, 0, 0, 0, 0x02};

static void swap(uint8_t *a, uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t keep = a[i];

		a[i] = b[i];
		b[i] = keep;
	}
}

bool echo::answer_arp(size_t at, size_t size)
{
	uint8_t *a = answer_ + at;

	// A request (not one's own announcement) for x.x.x.2.
	if (size < at + 28 || get16(a + 6) != 1 || a[27] != 2 || !memcmp(a + 14, a + 24, 4))
		return false;
	a[7] = 2;
	swap(a + 14, a + 24, 4);
	memcpy(a + 18, a + 8, 6);
	memcpy(a + 8, own_address, 6);
	return true;
}

bool echo::answer_ipv4(size_t at, size_t size)
{
	const packet p = parse(answer_, size, 0x8100);
	uint8_t *ip = answer_ + at;
	uint8_t *l4 = ip + (ip[0] & 15) * 4;

	if (p.version != 4 || p.fragment)
		return false;
	if (ip[9] == 1 && p.end >= (size_t)(l4 - answer_) + 8 && l4[0] == 8) {
		l4[0] = 0;
		// 0x0800 less in the message is 0x0800 more in its sum.
		put16(l4 + 2, ~sum(nullptr, 0, (uint16_t)~get16(l4 + 2) + 0xf7ffu));
	} else if (p.l4 && p.protocol == ip_udp && get16(l4 + 2) == 7) {
		swap(l4, l4 + 2, 2);
	} else {
		if (p.l4 && p.protocol == ip_tcp)
			service_.take(answer_, p, *port_);
		return false;
	}
	swap(ip + 12, ip + 16, 4);
	return true;
}

void echo::receive(const uint8_t *frame, size_t size)
{
	if (size < 14 || size > max_frame || !port_)
		return;
	memcpy(answer_, frame, size);
	const size_t type = get16(frame + 12) == 0x8100 && size >= 18 ? 16 : 12;
	bool ok = false;

	if (get16(frame + type) == 0x0806)
		ok = answer_arp(type + 2, size);
	else if (get16(frame + type) == 0x0800)
		ok = answer_ipv4(type + 2, size);
	if (!ok)
		return;
	memcpy(answer_, frame + 6, 6);
	memcpy(answer_ + 6, own_address, 6);
	port_->receive(answer_, size);
}

} // namespace lxd::lab::ixgbe
