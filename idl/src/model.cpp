// SPDX-License-Identifier: GPL-2.0-only
#include "model.hpp"

namespace lxd::idl::model {

uint64_t enumeration::mask() const
{
	uint64_t m = 0;
	for (const auto &v : values)
		m |= v.second;
	return m;
}

wide value::type_low() const
{
	return sign ? -(static_cast<wide>(1) << (width * 8 - 1)) : 0;
}

wide value::type_high() const
{
	return (static_cast<wide>(1) << (width * 8 - (sign ? 1 : 0))) - 1;
}

} // namespace lxd::idl::model
