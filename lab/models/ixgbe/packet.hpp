// SPDX-License-Identifier: GPL-2.0-only
/// What the device understands of a frame, and the sums it computes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lxd::lab::ixgbe {

/// Offsets into a frame; 0 where the layer is absent.
struct packet {
	size_t l3 = 0, l4 = 0;
	size_t end = 0;     ///< of the network packet, without padding of the frame
	uint8_t version = 0; ///< 4, 6, or 0 for neither
	uint8_t protocol = 0; ///< of layer 4, if l4 is set
	bool fragment = false;
	int vlan = -1; ///< tag control, -1 without a tag
};

constexpr uint8_t ip_tcp = 6, ip_udp = 17, ip_sctp = 132;

/// Takes a frame apart; `tag` is the type of a VLAN header.
packet parse(const uint8_t *frame, size_t size, uint16_t tag);

inline uint16_t get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}
inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}
inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = v >> 8;
	p[1] = v;
}
inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/// The Internet sum of bytes, folded but not complemented, on top of `start`.
uint16_t sum(const uint8_t *from, size_t size, uint32_t start = 0);
/// The pseudo header of layer 4 with this length.
uint16_t pseudo_sum(const uint8_t *frame, const packet &p, size_t length);
/// Is the IPv4 header's, the TCP's or UDP's checksum right?
bool ip_sum_ok(const uint8_t *frame, const packet &p);
bool l4_sum_ok(const uint8_t *frame, const packet &p);
/// CRC of Ethernet's frame check sequence, and of SCTP.
uint32_t crc32(const uint8_t *from, size_t size);
uint32_t crc32c(const uint8_t *from, size_t size, uint32_t start = ~0u);
/// The Toeplitz hash of receive side scaling; the key has 40 bytes.
uint32_t toeplitz(const uint8_t *key, const uint8_t *data, size_t size);

} // namespace lxd::lab::ixgbe
