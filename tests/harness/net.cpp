// SPDX-License-Identifier: GPL-2.0-only
// klcd_net_*: registration, packets out, packets in.
#include "net.hpp"

#include <fmt/format.h>

#include <cstring>

using namespace lxd::harness;

namespace lxd::harness {

host_net *net_host;

ixgbe_device::ixgbe_device(lxd_domain &dom, bool trace) : carrier(dom, trace)
{
	port_.connect(*this, {&far, 0});
	port_.reset();
	attach(port_, port_.identity().bar_size[0]);
}

void ixgbe_device::send(const frame &f)
{
	with_model([&] { port_.receive(f.data(), f.size()); return 0; });
}

uint64_t ixgbe_device::count(const std::string &name) const
{
	for (unsigned i = 0;; i++) {
		auto c = port_.get_counter(i);
		if (!c.name)
			throw failure("no counter " + name);
		if (name == c.name)
			return c.value;
	}
}

host_net::host_net(lxd_domain &d, ixgbe_device &dv) : host_pci(d, dv), device(dv)
{
	dom.events.push_back(this);
	net_host = this;
}

int host_net::open()
{
	int err = lxd_net_open(&dom, dev.handle, &dev.state, dev.arena_page, &dev.queues);
	if (err)
		return err;
	for (unsigned i = 0; i < dev.queues; i++) {
		klcd_arena_init(&dev.arena[i]);
		heap(dev.arena_page[i] * 4096ull, KLCD_TX_SLOTS * 4096);
	}
	dev.open = true;
	return 0;
}

int host_net::stop()
{
	dev.open = false;
	return lxd_net_stop(&dom, dev.handle, &dev.state);
}

uint8_t *host_net::heap(uint64_t offset, size_t size)
{
	uint64_t all = dom.boot->heap_pages * 4096;
	if (offset > all || size > all - offset)
		throw failure(fmt::format("{} bytes at {:#x} are not in the heap", size, offset));
	return reinterpret_cast<uint8_t *>(at_heap + offset);
}

std::vector<net_piece> host_net::cut(std::map<uint64_t, std::vector<uint8_t>> &pages, const frame &f, size_t at)
{
	std::vector<net_piece> list;

	while (at < f.size()) {
		size_t left = f.size() - at, n = std::min<size_t>(left, 1 + at * 31 % 4096);
		uint64_t bus = NET_PIECE_COPIED;
		if (list.size() % 2 && left >= 4096) {
			n = std::min<size_t>(left / 4096 * 4096, 12288);
			// Not beside each other, so that what reads too far finds nothing.
			bus = next_bus_;
			next_bus_ += 0x10000;
			dom.memory.add(bus, pages.emplace(bus, frame(&f[at], &f[at] + n)).first->second.data(), n);
		}
		list.push_back({bus, n});
		at += n;
	}
	return list;
}

bool host_net::end(unsigned queue, uint16_t cookie)
{
	auto pages = dev.pages[queue].extract(cookie);
	if (pages)
		for (auto &p : pages.mapped())
			dom.memory.remove(p.first);
	return klcd_arena_done(&dev.arena[queue], cookie);
}

bool host_net::xmit(unsigned queue, const frame &f, const tx_options &o)
{
	uint16_t cookie, first;
	uint32_t most = o.pieces ? NET_PIECES_AT - KLCD_TX_HEADROOM : KLCD_TX_LINEAR;
	uint32_t linear = o.linear ? o.linear : std::min<size_t>(f.size(), most);
	std::map<uint64_t, std::vector<uint8_t>> pages;
	std::vector<net_piece> list;

	if (o.pieces)
		list = cut(pages, f, linear);
	uint32_t slots = o.pieces ? 1 + list.size() : klcd_arena_need(linear, f.size());
	if (!dev.open || queue >= dev.queues || dev.stopped[queue] ||
	    !klcd_arena_take(&dev.arena[queue], slots, &cookie, &first)) {
		for (auto &p : pages)
			dom.memory.remove(p.first);
		return false;
	}
	uint64_t base = dev.arena_page[queue] * 4096ull;
	auto slot = [&](uint32_t i) { return heap(base + (first + i) % KLCD_TX_SLOTS * 4096ull, 4096); };
	memcpy(slot(0) + KLCD_TX_HEADROOM, f.data(), linear);
	for (uint32_t i = 1, at = linear; i < slots; i++) {
		uint32_t n = o.pieces ? list[i - 1].length : std::min<uint32_t>(f.size() - at, 4096);
		if (!o.pieces || list[i - 1].bus == NET_PIECE_COPIED)
			memcpy(slot(i), f.data() + at, n);
		at += n;
	}
	if (!list.empty())
		memcpy(slot(0) + NET_PIECES_AT, list.data(), list.size() * sizeof(list[0]));
	if (!pages.empty())
		dev.pages[queue][cookie] = std::move(pages);
	uint16_t protocol;
	memcpy(&protocol, &f[12], 2);
	const lxd_net_packet p = {
		.length = uint32_t(f.size()), .cookie = cookie, .first = first, .slots = uint8_t(slots),
		.flags = uint8_t(o.flags | (list.empty() ? 0 : 16)),
		.linear = uint16_t(linear), .vlan_tci = o.vlan, .protocol = protocol, .csum_start = o.csum_start,
		.csum_offset = o.csum_offset, .network = o.network, .transport = o.transport, .mac_len = 14,
		.gso_size = o.gso_size, .gso_segs = o.gso_segs, .pad0 = {}, .gso_type = o.gso_type};
	klcd_arena_send(&dev.arena[queue], cookie, this);
	int err = lxd_net_xmit(&dom, queue, &p);
	if (err) {
		end(queue, cookie);
		return false;
	}
	return true;
}

void host_net::poll()
{
	for (unsigned q = 0; q < LXD_NET_QUEUES; q++) {
		auto &list = to_release[q];
		while (!list.empty()) {
			uint32_t n = std::min<size_t>(list.size(), 24);
			if (lxd_net_rx_release(&dom, q, list.data(), n))
				break;
			list.erase(list.begin(), list.begin() + n);
		}
	}
}

std::vector<uint8_t> host_net::ethtool(uint32_t operation, uint32_t argument, const void *in, size_t n)
{
	std::vector<uint8_t> all;
	uint8_t buffer[LXD_NET_TEXT];
	uint32_t total = 0, len = 0;

	do {
		last_error = lxd_net_ethtool(&dom, dev.handle, operation, argument, all.size(),
					     static_cast<const uint8_t *>(in), n, &dev.state, &total, buffer, &len);
		if (last_error)
			return {};
		all.insert(all.end(), buffer, buffer + len);
	} while (len && all.size() < total);
	return all;
}

unsigned host_net::in_flight() const
{
	unsigned n = 0;
	for (auto &a : dev.arena)
		n += a.next - a.oldest;
	return n;
}

std::vector<std::string> host_net::held() const
{
	std::vector<std::string> out;
	add_held(out);
	if (dev.registered)
		out.push_back("the interface");
	if (in_flight())
		out.push_back(fmt::format("{} packets in flight", in_flight()));
	return out;
}

} // namespace lxd::harness

extern "C" {

int klcd_net_register_netdev(lxd_domain *dom, const lxd_net_netdev_info *info, __u32 *handle, __u64 *features, __u8 *name,
			     __u32 *len)
{
	auto &d = net_host->dev;

	if (d.registered)
		return -EBUSY;
	d.life = {};
	d.info = *info;
	d.state = info->s;
	d.handle = dom->new_handle(LXD_NET_HANDLE_NETDEV, &d);
	d.registered = true;
	*handle = d.handle;
	*features = info->s.features;
	memcpy(name, "eth7", 5);
	*len = 5;
	for (auto &s : d.stopped)
		s = true;
	const uint8_t *a = info->s.address;
	fmt::print("interface {}: {:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}, {} tx, {} rx, mtu {} to {}, features {:#x} of {:#x}\n",
		   info->name, a[0], a[1], a[2], a[3], a[4], a[5], info->tx_queues, info->rx_queues, info->min_mtu,
		   info->max_mtu, info->s.features, info->hw_features);
	return 0;
}

lxd_object *klcd_net_netdev_object(klcd_netdev *d)
{
	return &d->life;
}

lxd_net_contract *klcd_net_contract(lxd_domain *)
{
	static lxd_net_contract contract;
	return &contract;
}

int klcd_net_unregister_netdev(lxd_domain *dom, klcd_netdev *d)
{
	if (d->open)
		net_host->stop();
	dom->drop_handle(d->handle);
	d->registered = false;
	return 0;
}

void klcd_net_carrier(lxd_domain *, klcd_netdev *d, __u8 on)
{
	net_host->carrier_changes++;
	d->carrier = on;
}

void klcd_net_attached(lxd_domain *, klcd_netdev *d, __u8 on) { d->attached = on; }

int klcd_net_stop_tx(lxd_domain *, klcd_netdev *d)
{
	for (auto &s : d->stopped)
		s = true;
	return 0;
}

int klcd_net_set_xps(lxd_domain *, klcd_netdev *d, __u16 queue, __u64 cpus)
{
	d->xps[queue] = cpus;
	return 0;
}

void klcd_net_wake_tx(lxd_domain *, klcd_netdev *d, __u16 queue) { d->stopped[queue] = false; }

int klcd_net_rx(lxd_domain *, __u16 queue, const lxd_net_frame *frames, __u32 n)
{
	for (__u32 i = 0; i < n; i++) {
		const lxd_net_frame &f = frames[i];
		uint8_t *p = net_host->heap(f.offset, f.length);
		net_host->received.push_back({{p, p + f.length}, f.flags, f.vlan_tci, f.hash, queue});
		if (net_host->lend)
			net_host->lent.push_back({p, {p, p + f.length}, queue, f.loan});
		else
			net_host->to_release[queue].push_back(f.loan);
	}
	return 0;
}

int klcd_net_rx_parts(lxd_domain *, __u16 queue, __u8 parts, __u16 vlan, __u16 flags, __u32 hash, const __u32 *offset,
		      const __u16 *length, __u16 loan)
{
	rx_frame r{{}, flags, vlan, hash, queue};

	for (unsigned i = 0; i < parts; i++) {
		uint8_t *p = net_host->heap(offset[i], length[i]);
		r.data.insert(r.data.end(), p, p + length[i]);
	}
	net_host->received.push_back(std::move(r));
	net_host->to_release[queue].push_back(loan);
	return 0;
}

int klcd_net_tx_done(lxd_domain *, __u16 queue, const __u16 *cookies, __u32 n)
{
	for (__u32 i = 0; i < n; i++) {
		if (net_host->end(queue, cookies[i]))
			net_host->completed++;
		else
			net_host->refused++;
	}
	return 0;
}

// Arguments too large for a stack of the kernel's.
void *lxd_msg_alloc(__u32 size) { return calloc(1, size); }
void lxd_msg_free(void *data) { free(data); }
}
