// SPDX-License-Identifier: GPL-2.0-only
/// Which frames are taken, and into which queue they go.
#include "port.hpp"

#include <cstring>

namespace lxd::lab::ixgbe {

bool port::address_wanted(const uint8_t *f) const
{
	const uint32_t control = at(reg_fctrl);
	const uint32_t low = f[0] | f[1] << 8 | f[2] << 16 | (uint32_t)f[3] << 24, high = f[4] | f[5] << 8;

	if (low == ~0u && high == 0xffff)
		return control & (fctrl_broadcast | fctrl_multicast);
	if (f[0] & 1 ? control & fctrl_multicast : control & fctrl_unicast)
		return true;
	for (unsigned i = 0; i < 128; i++) {
		const uint32_t h = at(reg_ral + i * 8 + 4);

		if (h >> 31 && (h & 0xffff) == high && at(reg_ral + i * 8) == low)
			return true;
	}
	if (!(f[0] & 1) || !(at(reg_mcstctrl) & 4))
		return false;
	// 12 of the address's last 16 bits; which ones is a setting.
	static constexpr unsigned shift[4] = {4, 3, 2, 0};
	const uint32_t v = high >> shift[at(reg_mcstctrl) & 3] & 0xfff;

	return at(reg_mta + v / 32 * 4) >> v % 32 & 1;
}

bool port::wanted(const uint8_t *f, const packet &p) const
{
	if (!address_wanted(f))
		return false;
	if (p.vlan < 0 || !(at(reg_vlnctrl) & vlnctrl_filter))
		return true;
	const unsigned id = p.vlan & 0xfff;

	return at(reg_vfta + id / 32 * 4) >> id % 32 & 1;
}

unsigned port::choose_queue(const uint8_t *f, const packet &p, uint32_t &hash, unsigned &kind)
{
	const uint32_t fields = at(reg_mrqc);
	uint8_t key[40], data[36];
	size_t n = 0;

	hash = 0;
	kind = 0;
	if ((fields & 0xf) != mrqc_rss || !p.version)
		return 0;
	const bool v4 = p.version == 4;
	const bool tcp = p.l4 && p.protocol == ip_tcp && (fields & (v4 ? mrqc_ipv4_tcp : mrqc_ipv6_tcp));
	const bool udp = p.l4 && p.protocol == ip_udp && (fields & (v4 ? mrqc_ipv4_udp : mrqc_ipv6_udp));

	if (!tcp && !udp && !(fields & (v4 ? mrqc_ipv4 : mrqc_ipv6)))
		return 0;
	n = v4 ? 8 : 32;
	memcpy(data, f + p.l3 + (v4 ? 12 : 8), n);
	if (tcp || udp) {
		memcpy(data + n, f + p.l4, 4);
		n += 4;
	}
	for (unsigned i = 0; i < 10; i++) {
		const uint32_t w = at(reg_rssrk + i * 4);

		memcpy(key + i * 4, &w, 4);
	}
	hash = toeplitz(key, data, n);
	kind = v4 ? (tcp ? 1 : udp ? 7 : 2) : (tcp ? 3 : udp ? 8 : 5);
	const unsigned entry = hash & 127;
	const unsigned q = at(reg_reta + entry / 4 * 4) >> entry % 4 * 8 & 15;

	counts_.rss_queues |= 1u << q;
	return q;
}

} // namespace lxd::lab::ixgbe
