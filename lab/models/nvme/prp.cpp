// SPDX-License-Identifier: GPL-2.0-only
#include "prp.hpp"

namespace lxd::lab::nvme {

status prp_walker::next_list_entry(uint64_t &address)
{
	const bool last_slot = (list_ & (page - 1)) == page - 8;

	if (!host_.read_memory(list_, &address, 8))
		return st_transfer_error;
	list_ += 8;
	// The last slot of a list page points to the next one if the transfer
	// needs more than one page from here on.
	if (last_slot && left_ > page) {
		if (address & (page - 1))
			return st_prp_offset;
		list_ = address;
		if (!host_.read_memory(list_, &address, 8))
			return st_transfer_error;
		list_ += 8;
	}
	return address & (page - 1) ? st_prp_offset : st_ok;
}

status prp_walker::next(uint64_t &address, size_t &size)
{
	if (first_) {
		first_ = false;
		if (prp1_ & 3)
			return st_prp_offset;
		address = prp1_;
		size = page - (prp1_ & (page - 1));
	} else {
		size = page;
		if (!list_ && left_ <= page) {
			if (prp2_ & (page - 1))
				return st_prp_offset;
			address = prp2_;
		} else {
			if (!list_) {
				if (prp2_ & 7)
					return st_prp_offset;
				list_ = prp2_;
			}
			if (const status s = next_list_entry(address))
				return s;
		}
	}
	if (size > left_)
		size = left_;
	left_ -= size;
	return st_ok;
}

status copy_out(host &h, const command &c, const void *from, size_t size)
{
	prp_walker w(h, c.prp1, c.prp2, size);
	const uint8_t *p = static_cast<const uint8_t *>(from);

	while (!w.done()) {
		uint64_t address;
		size_t n;

		if (const status s = w.next(address, n))
			return s;
		if (!h.write_memory(address, p, n))
			return st_transfer_error;
		p += n;
	}
	return st_ok;
}

status copy_in(host &h, const command &c, void *to, size_t size)
{
	prp_walker w(h, c.prp1, c.prp2, size);
	uint8_t *p = static_cast<uint8_t *>(to);

	while (!w.done()) {
		uint64_t address;
		size_t n;

		if (const status s = w.next(address, n))
			return s;
		if (!h.read_memory(address, p, n))
			return st_transfer_error;
		p += n;
	}
	return st_ok;
}

} // namespace lxd::lab::nvme
