// SPDX-License-Identifier: GPL-2.0-only
/// Where values lie in the C structure that carries them.
#pragma once
#include "model.hpp"

namespace lxd::idl {

/// Natural alignment with named padding. The sizes of structures that values use must be known.
/// `result`: begin with the __s32 result. `arguments`: a single counted array moves to the end.
/// Sizes saturate above 1 GiB; the caller checks them.
model::layout lay_out(const std::string &prefix, const std::vector<const model::value *> &values, bool result,
		      bool arguments);

/// A union: its tag, then room for the largest field.
void lay_out_union(const std::string &prefix, model::structure &u);

/// Bytes of a value with all its elements.
uint32_t member_size(const model::value &v);

/// "__u32" and so on; for structures "struct lxd_pci_bar".
std::string c_type(const std::string &interface, const model::value &v);

} // namespace lxd::idl
