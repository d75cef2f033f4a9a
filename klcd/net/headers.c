// SPDX-License-Identifier: GPL-2.0-only
#include "headers.h"

#define ETHERNET 14
#define TCP 6

/* Length of the IP header if TCP follows it, else 0. */
static u32 ip_header(const u8 *head, u32 n)
{
	const u8 *ip = head + ETHERNET;
	u32 length;

	if (n < ETHERNET + 20)
		return 0;
	if (head[12] == 0x08 && head[13] == 0x00 && ip[0] >> 4 == 4) {
		length = (ip[0] & 15) * 4;
		/* More fragments, or not the first. */
		if (ip[6] & 0x3f || ip[7])
			return 0;
		return length >= 20 && ip[9] == TCP ? length : 0;
	}
	if (head[12] == 0x86 && head[13] == 0xdd && ip[0] >> 4 == 6)
		return ip[6] == TCP ? 40 : 0;
	return 0;
}

u32 klcd_tcp_headers(const u8 *head, u32 n)
{
	u32 ip = ip_header(head, n), tcp;

	if (!ip || n < ETHERNET + ip + 20)
		return 0;
	tcp = (head[ETHERNET + ip + 12] >> 4) * 4;
	return tcp >= 20 && n >= ETHERNET + ip + tcp ? ETHERNET + ip + tcp : 0;
}
