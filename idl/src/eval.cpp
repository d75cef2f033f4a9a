// SPDX-License-Identifier: GPL-2.0-only
#include "eval.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lxd::idl {

using model::wide;

std::string show(wide v)
{
	if (v < 0)
		return "-" + show(-v);
	return std::to_string(static_cast<uint64_t>(v));
}

namespace {

constexpr wide least = -(static_cast<wide>(1) << 63);
constexpr wide most = (static_cast<wide>(1) << 64) - 1;

std::optional<wide> fold(char op, wide l, wide r)
{
	switch (op) {
	case '+':
		return l + r;
	case '-':
		return l - r;
	case '*': {
		wide out;
		if (__builtin_mul_overflow(l, r, &out))
			return {};
		return out;
	}
	case '&':
		return l & r;
	case '|':
		return l | r;
	default:
		if (r < 0 || r > 63 || l < 0)
			return {};
		return l << static_cast<int>(r);
	}
}

} // namespace

std::optional<wide> evaluate(const ast::expr &e, const constant_map &names, diagnostics &diags)
{
	std::optional<wide> v;
	switch (e.k) {
	case ast::expr::kind::number:
		return e.number;
	case ast::expr::kind::name: {
		auto it = names.find(e.name);
		if (it != names.end())
			return it->second.value;
		diagnostic &d = diags.error("constant-unknown", e.at, fmt::format("no constant '{}'", e.name));
		std::vector<std::string> known;
		for (const auto &n : names)
			known.push_back(n.first);
		std::string near = nearest(e.name, known);
		if (!near.empty())
			d.suggest(fmt::format("did you mean '{}'?", near)).with(names.at(near).at, "declared here");
		return {};
	}
	case ast::expr::kind::negate:
		v = evaluate(*e.left, names, diags);
		if (!v)
			return {};
		v = -*v;
		break;
	case ast::expr::kind::binary: {
		std::optional<wide> l = evaluate(*e.left, names, diags), r = evaluate(*e.right, names, diags);
		if (!l || !r)
			return {};
		v = fold(e.op, *l, *r);
		break;
	}
	}
	if (!v || *v < least || *v > most) {
		diags.error("constant-overflow", e.at, "the value of this expression does not fit in 64 bits");
		return {};
	}
	return v;
}

} // namespace lxd::idl
