// SPDX-License-Identifier: GPL-2.0-only
#include "model.hpp"

#include <algorithm>

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

bool structure::has_union() const
{
	return tag || std::any_of(fields.begin(), fields.end(), [](const value &v) { return v.type && v.type->has_union(); });
}

bool machine::defers() const
{
	for (const auto &row : rules)
		for (const rule &r : row)
			if (r.action == action::defer)
				return true;
	return false;
}

bool machine::settles(size_t event) const
{
	for (const auto &state : rules)
		if (state[event].action == action::accept && settled[state[event].next] != state[event].next)
			return true;
	return false;
}

bool machine::moves(size_t event) const
{
	for (size_t i = 0; i < rules.size(); i++)
		if (rules[i][event].action == action::accept && rules[i][event].next != i)
			return true;
	return false;
}

bool interface::has_contract() const
{
	for (const auto *list : {&host_functions, &domain_functions})
		for (const auto &f : *list)
			if (f->quota || f->once || f->restart == restart::replay)
				return true;
	return false;
}

} // namespace lxd::idl::model
