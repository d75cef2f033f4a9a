// SPDX-License-Identifier: GPL-2.0-only
#include "ept.hpp"

namespace lxd::hv {

ept_error ept::create(page_pool &pool)
{
	root_ = pool.take();
	return root_ ? ept_error::none : ept_error::no_memory;
}

void ept::destroy_table(page_pool &pool, u64 pa, unsigned int level)
{
	const ept_entry *table = pool.at<ept_entry>(pa);

	if (level > 1)
		for (unsigned int i = 0; i < 512; i++)
			if (table[i].present() && !table[i].is_leaf(level))
				destroy_table(pool, table[i].address(), level - 1);
	pool.give(pa);
}

void ept::destroy(page_pool &pool)
{
	if (root_)
		destroy_table(pool, root_, top);
	root_ = 0;
}

ept_error ept::descend(page_pool &pool, u64 gpa, unsigned int level, ept_entry *&slot)
{
	u64 table = root_;

	for (unsigned int l = top;; l--) {
		ept_entry *entry = pool.at<ept_entry>(table) + index(gpa, l);

		if (l == level) {
			slot = entry;
			return ept_error::none;
		}
		if (!entry->present() || entry->is_leaf(l)) {
			u64 fresh = pool.take();

			if (!fresh)
				return ept_error::no_memory;
			if (entry->present()) { // a large leaf: the same translation in smaller pieces
				ept_leaf piece = entry->as_leaf(l);
				ept_entry *pieces = pool.at<ept_entry>(fresh);

				piece.level = l - 1;
				for (unsigned int i = 0; i < 512; i++, piece.hpa += ept_leaf_size(l - 1))
					pieces[i] = ept_entry::leaf(piece);
			}
			*entry = ept_entry::table(fresh);
		}
		table = entry->address();
	}
}

ept_error ept::map(page_pool &pool, u64 gpa, const ept_leaf &leaf)
{
	u64 size = ept_leaf_size(leaf.level);
	ept_entry *slot = nullptr;

	if ((gpa | leaf.hpa) & (size - 1) || gpa >= limit)
		return ept_error::misaligned;
	if (lookup(pool, gpa))
		return ept_error::exists;
	if (ept_error e = descend(pool, gpa, leaf.level, slot); e != ept_error::none)
		return e;
	if (slot->present())
		return ept_error::exists; // a table of smaller leaves
	*slot = ept_entry::leaf(leaf);
	return ept_error::none;
}

ept_error ept::split(page_pool &pool, u64 gpa)
{
	ept_entry *slot = nullptr;

	if (!lookup(pool, gpa))
		return ept_error::not_mapped;
	return descend(pool, gpa, 1, slot);
}

ept_error ept::replace(page_pool &pool, u64 gpa, const ept_leaf &leaf)
{
	ept_entry *slot = nullptr;

	if ((gpa | leaf.hpa) & (page_size - 1) || leaf.level != 1)
		return ept_error::misaligned;
	if (!lookup(pool, gpa))
		return ept_error::not_mapped;
	if (ept_error e = descend(pool, gpa, 1, slot); e != ept_error::none)
		return e;
	*slot = ept_entry::leaf(leaf);
	return ept_error::none;
}

ept_error ept::unmap(page_pool &pool, u64 gpa, ept_leaf *was)
{
	ept_entry *slot = nullptr;

	if (!lookup(pool, gpa))
		return ept_error::not_mapped;
	if (ept_error e = descend(pool, gpa, 1, slot); e != ept_error::none)
		return e;
	if (was)
		*was = slot->as_leaf(1);
	*slot = ept_entry{};
	return ept_error::none;
}

void ept::prune(page_pool &pool, u64 gpa)
{
	ept_entry *links[top] = {}; // what leads to the table of each level below the root
	u64 table = root_;
	unsigned int lowest = top;

	while (lowest > 1) {
		ept_entry *entry = pool.at<ept_entry>(table) + index(gpa, lowest);

		if (!entry->present() || entry->is_leaf(lowest))
			break;
		links[--lowest] = entry;
		table = entry->address();
	}
	for (; lowest < top; lowest++) {
		const ept_entry *entries = pool.at<ept_entry>(links[lowest]->address());
		u64 pa = links[lowest]->address();

		for (unsigned int i = 0; i < 512; i++)
			if (entries[i].raw())
				return;
		*links[lowest] = ept_entry{};
		pool.retire(pa);
	}
}

std::optional<ept_leaf> ept::lookup(const page_pool &pool, u64 gpa) const
{
	u64 table = root_;

	if (gpa >= limit || !root_)
		return std::nullopt;
	for (unsigned int l = top; l; l--) {
		ept_entry entry = pool.at<ept_entry>(table)[index(gpa, l)];

		if (!entry.present())
			return std::nullopt;
		if (entry.is_leaf(l)) {
			ept_leaf leaf = entry.as_leaf(l);

			leaf.hpa += gpa & (ept_leaf_size(l) - 1) & page_mask;
			return leaf;
		}
		table = entry.address();
	}
	return std::nullopt;
}

ept_error ept::clone_path(page_pool &pool, ept &from, u64 gpa, u64 hpa)
{
	u64 source = from.root_, pages[top];

	if (ept_error e = from.split(pool, gpa); e != ept_error::none)
		return e;
	for (unsigned int n = 0; n < top; n++) {
		pages[n] = pool.take();
		if (pages[n])
			continue;
		while (n)
			pool.give(pages[--n]);
		return ept_error::no_memory;
	}
	for (unsigned int l = top; l; l--) {
		u64 *copy = pool.at<u64>(pages[top - l]);
		const u64 *table = pool.at<u64>(source);

		for (unsigned int i = 0; i < 512; i++)
			copy[i] = table[i];
		ept_entry here{table[index(gpa, l)]};
		ept_leaf leaf = here.as_leaf(1);

		leaf.hpa = hpa;
		copy[index(gpa, l)] = (l > 1 ? ept_entry::table(pages[top - l + 1]) : ept_entry::leaf(leaf)).raw();
		source = here.address();
	}
	root_ = pages[0];
	return ept_error::none;
}

void ept::destroy_path(page_pool &pool, u64 gpa)
{
	u64 table = root_;

	for (unsigned int l = top; l && table; l--) {
		u64 below = pool.at<ept_entry>(table)[index(gpa, l)].address();

		pool.give(table);
		table = below;
	}
	root_ = 0;
}

std::optional<u64> ept::next(const page_pool &pool, u64 gpa) const
{
	gpa &= page_mask;
	while (gpa < limit) {
		u64 table = root_;
		u64 step = 0;

		for (unsigned int l = top; l; l--) {
			ept_entry entry = pool.at<ept_entry>(table)[index(gpa, l)];

			if (entry.is_leaf(l) && l == 1)
				return gpa;
			if (!entry.present() || entry.is_leaf(l)) {
				step = ept_leaf_size(l);
				break;
			}
			table = entry.address();
		}
		gpa = align_down(gpa, step) + step;
	}
	return std::nullopt;
}

} // namespace lxd::hv
