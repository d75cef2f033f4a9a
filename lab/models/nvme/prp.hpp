// SPDX-License-Identifier: GPL-2.0-only
/// Walks the pages that a command's PRP entries describe
/// (base specification 1.4, "Physical Region Page Entry and List").
#pragma once

#include "../device.hpp"
#include "spec.hpp"

namespace lxd::lab::nvme {

class prp_walker {
public:
	static constexpr uint64_t page = 4096;

	prp_walker(host &h, uint64_t prp1, uint64_t prp2, size_t size)
		: host_(h), prp1_(prp1), prp2_(prp2), left_(size)
	{
	}

	bool done() const { return !left_; }
	/// The next piece, never across a page; st_ok or why there is none.
	[[nodiscard]] status next(uint64_t &address, size_t &size);

private:
	host &host_;
	uint64_t prp1_;
	uint64_t prp2_;
	uint64_t list_ = 0; ///< address of the next list entry, 0 before the list
	size_t left_;
	bool first_ = true;

	status next_list_entry(uint64_t &address);
};

/// Copies a whole buffer to the command's pages.
[[nodiscard]] status copy_out(host &h, const command &c, const void *from, size_t size);
/// Copies the command's pages to a buffer.
[[nodiscard]] status copy_in(host &h, const command &c, void *to, size_t size);

} // namespace lxd::lab::nvme
