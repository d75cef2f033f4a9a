// SPDX-License-Identifier: GPL-2.0-only
/// Extended page tables: one entry as a value, and a tree of them. SDM volume 3, "The Extended
/// Page Table Mechanism (EPT)". No accessed/dirty bits, walk length 4.
#pragma once
#include <optional>
#include "../core/pool.hpp"
#include "types.hpp"

namespace lxd::hv {

/// MTRR and EPT memory types.
enum class memory_type : u8 { uc = 0, wc = 1, wt = 4, wp = 5, wb = 6 };

namespace ept_rights {
inline constexpr u32 r = 1, w = 2, x = 4, rwx = 7;
}

/// One leaf as the caller sees it.
struct ept_leaf {
	u64 hpa;
	u32 rights;
	memory_type type;
	bool ignore_pat;
	unsigned int level; ///< 1: 4 KiB, 2: 2 MiB, 3: 1 GiB

	bool operator==(const ept_leaf &) const = default;
};

class ept_entry {
public:
	constexpr ept_entry() = default;
	constexpr explicit ept_entry(u64 raw) : raw_(raw) {}

	static constexpr ept_entry table(u64 pa) { return ept_entry{(pa & address_mask) | ept_rights::rwx}; }
	static constexpr ept_entry leaf(const ept_leaf &l)
	{
		return ept_entry{(l.hpa & address_mask) | l.rights | u64{static_cast<u8>(l.type)} << 3 |
				 (l.ignore_pat ? bit(6) : 0) | (l.level > 1 ? bit(7) : 0)};
	}

	[[nodiscard]] constexpr bool present() const { return raw_ & ept_rights::rwx; }
	[[nodiscard]] constexpr bool is_leaf(unsigned int level) const
	{
		return present() && (level == 1 || raw_ & bit(7));
	}
	[[nodiscard]] constexpr u64 address() const { return raw_ & address_mask; }
	[[nodiscard]] constexpr ept_leaf as_leaf(unsigned int level) const
	{
		return {address(), static_cast<u32>(bits(raw_, 0, 3)), static_cast<memory_type>(bits(raw_, 3, 3)),
			(raw_ & bit(6)) != 0, level};
	}
	[[nodiscard]] constexpr u64 raw() const { return raw_; }

private:
	static constexpr u64 address_mask = 0x000ffffffffff000;
	u64 raw_ = 0;
};
static_assert(sizeof(ept_entry) == sizeof(u64));

enum class ept_error { none, no_memory, exists, misaligned, not_mapped };

/// Size of a leaf at @level.
constexpr u64 ept_leaf_size(unsigned int level)
{
	return page_size << (9 * (level - 1));
}

/// A tree. Context: VMX root under the machine's lock, or before launch. Stale translations are
/// the caller's affair.
class ept {
public:
	static constexpr u64 limit = bit(48);

	constexpr ept() = default;

	/// Takes the root page; ept_error::no_memory if there is none.
	[[nodiscard]] ept_error create(page_pool &pool);
	/// Gives every table back. Leaves are not looked at.
	void destroy(page_pool &pool);
	/// Adds a leaf where nothing is mapped.
	[[nodiscard]] ept_error map(page_pool &pool, u64 gpa, const ept_leaf &leaf);
	/// Clears a 4 KiB leaf, splitting a larger one; returns what was there.
	[[nodiscard]] ept_error unmap(page_pool &pool, u64 gpa, ept_leaf *was = nullptr);
	/// Retires the tables on the way to @gpa that hold nothing any more; the root stays.
	void prune(page_pool &pool, u64 gpa);
	/// Splits until @gpa has a leaf of 4 KiB.
	[[nodiscard]] ept_error split(page_pool &pool, u64 gpa);
	/// Replaces the 4 KiB leaf of @gpa, splitting a larger one.
	[[nodiscard]] ept_error replace(page_pool &pool, u64 gpa, const ept_leaf &leaf);
	/// The leaf that translates @gpa; hpa is that of @gpa's own page.
	[[nodiscard]] std::optional<ept_leaf> lookup(const page_pool &pool, u64 gpa) const;
	/// The first mapped 4 KiB leaf at or above @gpa (tables of large leaves are skipped).
	[[nodiscard]] std::optional<u64> next(const page_pool &pool, u64 gpa) const;

	/// Becomes a copy of @from in which @gpa leads to @hpa. All tables but the four on the way to
	/// @gpa are shared: it is ended by destroy_path(), and does not see later changes on that way.
	[[nodiscard]] ept_error clone_path(page_pool &pool, ept &from, u64 gpa, u64 hpa);
	void destroy_path(page_pool &pool, u64 gpa);

	[[nodiscard]] u64 root() const { return root_; }
	/// Write-back, walk length 4. The low byte is LXD_SLOT_ON.
	[[nodiscard]] u64 pointer() const { return root_ | 0x1e; }

private:
	static constexpr unsigned int top = 4;

	[[nodiscard]] static constexpr unsigned int index(u64 gpa, unsigned int level)
	{
		return static_cast<unsigned int>(bits(gpa, 12 + 9 * (level - 1), 9));
	}
	/// Walks down to @level, adding tables and splitting large leaves on the way.
	[[nodiscard]] ept_error descend(page_pool &pool, u64 gpa, unsigned int level, ept_entry *&slot);
	void destroy_table(page_pool &pool, u64 pa, unsigned int level);

	u64 root_ = 0;
};

} // namespace lxd::hv
