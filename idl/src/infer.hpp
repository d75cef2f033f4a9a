// SPDX-License-Identifier: GPL-2.0-only
/// A first draft of the IDL for a driver, from its module file.
#pragma once
#include "kernel.hpp"

#include <map>
#include <string>
#include <vector>

namespace lxd::idl {

/// Who offers a symbol to drivers: LXD_EXPORT(KIND, name, ...) in this file.
struct offer {
	std::string kind, file;
};

/// All LXD_EXPORT lines of the C files below `tree`.
std::map<std::string, offer> find_offers(const std::string &tree);

struct draft {
	std::string text;
	size_t imported = 0, covered = 0;
};

/// `k` may be null: then there are no prototypes.
draft infer(const std::string &module, const std::vector<std::string> &imports, const std::map<std::string, offer> &offers,
	    const std::string &tree, kernel *k);

} // namespace lxd::idl
