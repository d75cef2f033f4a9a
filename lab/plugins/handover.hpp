// SPDX-License-Identifier: GPL-2.0-only
/// Hands the guest the scenario's files, an archive in this computer's folder, when it asks for them.
///
///   0x5bc  dword, read    the next four bytes of the archive (a string instruction reads it as a whole)
#pragma once

#include "bochs_api.hpp"

#include <string>
#include <vector>

namespace lxd::lab {

class handover {
public:
	void init();
	/// Takes the archive; false if it cannot be read.
	bool open(const std::string &path);
	size_t size() const { return archive_.size(); }
	/// The guest reads from the start.
	void rewind() { read_ = 0; }

private:
	std::vector<Bit8u> archive_;
	size_t read_ = 0;

	static Bit32u on_read(void *self, Bit32u port, unsigned size);
};

} // namespace lxd::lab
