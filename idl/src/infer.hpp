// SPDX-License-Identifier: GPL-2.0-only
/// A first draft of the IDL for a driver, from its module file or from the headers it includes.
#pragma once
#include "header.hpp"
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

/// Prototypes come from `headers` if they have one, else from `k`, which may be null.
draft infer(const std::string &module, const std::vector<std::string> &imports, const std::map<std::string, offer> &offers,
	    const std::string &tree, kernel *k, const header_file &headers);

} // namespace lxd::idl
