// SPDX-License-Identifier: GPL-2.0-only
/// Does what the files say about the kernel hold for this one?
#pragma once
#include "kernel.hpp"
#include "sema.hpp"

namespace lxd::idl {

/// Reports each difference with both sides. Returns how many statements were compared.
size_t check_kernel(const std::deque<unit> &units, const model::program &program, kernel &k, diagnostics &diags);
/// How many statements there are to compare.
size_t kernel_statements(const std::deque<unit> &units);

} // namespace lxd::idl
