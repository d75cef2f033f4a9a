// SPDX-License-Identifier: GPL-2.0-only
#include "pool.hpp"

namespace lxd::hv {

void page_pool::start(u64 direct_map)
{
	*this = page_pool{};
	direct_map_ = direct_map;
}

bool page_pool::add(u64 pa, u64 size)
{
	if (nr_blocks_ == max_blocks || (pa | size) & (page_size - 1))
		return false;
	blocks_[nr_blocks_++] = {pa, size, 0};
	total_ += size / page_size;
	free_ += size / page_size;
	return true;
}

u64 page_pool::take()
{
	if (account_) {
		if (account_->used >= account_->limit || free_ <= reserve_)
			return 0;
		account_->used++;
	}
	if (!free_list_) {
		u64 fresh = take_run(1);

		if (!fresh)
			uncharge();
		return fresh;
	}
	u64 pa = free_list_;
	u64 *page = at<u64>(pa);

	free_list_ = page[0];
	page[0] = 0; // the rest was cleared when it came back
	free_--;
	return pa;
}

u64 page_pool::take_run(u64 n)
{
	for (u32 i = 0; i < nr_blocks_; i++) {
		block &b = blocks_[i];

		if (b.size - b.used < n * page_size)
			continue;
		u64 pa = b.pa + b.used;
		u64 *word = at<u64>(pa);

		b.used += n * page_size;
		free_ -= n;
		for (u64 w = 0; w < n * page_size / sizeof(u64); w++)
			word[w] = 0;
		return pa;
	}
	return 0;
}

void page_pool::uncharge()
{
	if (account_ && account_->used)
		account_->used--;
}

void page_pool::retire(u64 pa)
{
	// An address: its low bits are zero, so to a processor that still comes by nothing is present.
	*at<u64>(pa) = retired_;
	retired_ = pa;
	uncharge();
}

bool page_pool::reclaim(u64 most)
{
	for (; retired_ && most; most--) {
		u64 pa = retired_;

		retired_ = *at<u64>(pa);
		give(pa);
	}
	return retired_;
}

void page_pool::give(u64 pa)
{
	uncharge();
	u64 *page = at<u64>(pa);

	for (u64 i = 1; i < page_size / sizeof(u64); i++)
		page[i] = 0;
	page[0] = free_list_;
	free_list_ = pa;
	free_++;
}

bool page_pool::owns(u64 pa) const
{
	for (u32 i = 0; i < nr_blocks_; i++)
		if (pa - blocks_[i].pa < blocks_[i].size)
			return true;
	return false;
}

} // namespace lxd::hv
