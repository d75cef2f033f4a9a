/* SPDX-License-Identifier: GPL-2.0-only */
/* How long the headers of a received frame are, told from a copy of its first bytes. */
#ifndef KLCD_NET_HEADERS_H
#define KLCD_NET_HEADERS_H

#include "../pure.h"

/* Ethernet, the longest IPv4 header, the longest TCP header. */
#define KLCD_HEADERS_MAX 134

/*
 * Bytes of the Ethernet, IPv4 or IPv6 and TCP headers in the @n first bytes of a frame. 0 if it is anything else: a
 * fragment, extension headers, another protocol, a length that lies, headers that are not all there.
 */
u32 klcd_tcp_headers(const u8 *head, u32 n);

#endif
