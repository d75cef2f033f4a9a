// SPDX-License-Identifier: GPL-2.0-only
/// Names with a meaning of their own.
#pragma once
#include <cstdint>
#include <set>
#include <string>

namespace lxd::idl {

struct scalar_name {
	const char *name;
	uint32_t width;
	bool sign;
};

/// u8 to i64 and bool; null if it is none.
const scalar_name *find_scalar(const std::string &name);
/// Names that the output cannot use, in C or (headers are shared with test programs) in C++.
const std::set<std::string> &reserved();
/// Local names of generated functions.
const std::set<std::string> &locals();

} // namespace lxd::idl
