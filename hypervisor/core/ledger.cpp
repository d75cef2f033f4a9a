// SPDX-License-Identifier: GPL-2.0-only
#include "ledger.hpp"

namespace lxd::hv {

namespace {

constexpr unsigned int index(u64 hpa, unsigned int level)
{
	return static_cast<unsigned int>(bits(hpa, 12 + 9 * (level - 1), 9));
}

} // namespace

page_ledger::entry page_ledger::look(const page_pool &pool, u64 hpa) const
{
	u64 table = root_;

	for (unsigned int level = levels; level > 1 && table; level--)
		table = pool.at<u64>(table)[index(hpa, level)];
	return table ? pool.at<slot>(table)[index(hpa, 1)].value : entry{};
}

bool page_ledger::set(page_pool &pool, u64 hpa, const entry &now)
{
	page_pool::charged own(pool, pages_);
	u64 *links[levels]; // what leads to the table of each level
	u64 *link = &root_;

	for (unsigned int level = levels;; level--) {
		if (!*link) {
			if (now.empty())
				return true;
			*link = pool.take();
		}
		if (!*link) {
			prune(pool, links, level);
			return false;
		}
		links[level - 1] = link;
		if (level == 1)
			break;
		link = pool.at<u64>(*link) + index(hpa, level);
	}
	slot *table = pool.at<slot>(*link);
	entry &was = table[index(hpa, 1)].value;

	table[0].in_use = static_cast<u16>(table[0].in_use + !now.empty() - !was.empty());
	was = now;
	if (!table[0].in_use)
		prune(pool, links, 0);
	return true;
}

void page_ledger::prune(page_pool &pool, u64 *const *links, unsigned int from)
{
	for (unsigned int level = from; level < levels; level++) {
		u64 pa = *links[level];
		const u64 *word = pool.at<u64>(pa);

		for (unsigned int i = 0; i < page_size / sizeof(u64); i++)
			if (word[i])
				return;
		pool.give(pa);
		*links[level] = 0;
	}
}

} // namespace lxd::hv
