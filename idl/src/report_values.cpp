// SPDX-License-Identifier: GPL-2.0-only
/// Every value that a domain chooses, with its bounds and what becomes of the values at them.
#include "report.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <set>

namespace lxd::idl {

using model::array;
using model::kind;
using model::wide;

namespace {

std::string show(wide n)
{
	if (n < 0)
		return "-" + show(-n);
	return n < 10 ? std::string(1, static_cast<char>('0' + static_cast<int>(n)))
		      : show(n / 10) + static_cast<char>('0' + static_cast<int>(n % 10));
}

/// One value of a message, and who holds it to its bounds.
struct row {
	std::string function, path, what, range, held;
	std::vector<std::pair<wide, bool>> vectors;	///< a value at a bound; does generated code let it pass?
};

bool ends_with_any(const std::string &name, std::initializer_list<const char *> ends)
{
	for (const char *e : ends)
		if (name == e || name.ends_with(std::string("_") + e))
			return true;
	return false;
}

/// What a number is, as far as its name and its use tell.
std::string meaning(const model::value &v)
{
	if (ends_with_any(v.name, {"ms", "s", "seconds", "timeout"}))
		return "time";
	if (ends_with_any(v.name, {"queue", "tag", "vector", "index", "cookie", "loan", "module"}))
		return "index";
	if (ends_with_any(v.name, {"len", "length", "size", "bytes", "sectors", "capacity", "n", "count"}))
		return "length";
	return "number";
}

bool legal(const model::value &v, wide n)
{
	if (v.choice && v.choice->flags)
		return n >= 0 && !(static_cast<uint64_t>(n) & ~v.choice->mask());
	if (v.choice) {
		for (const auto &[name, code] : v.choice->values)
			if (n == static_cast<wide>(code))
				return true;
		return false;
	}
	return n >= v.low && n <= v.high && (!v.power_of_two || (n > 0 && !(n & (n - 1))));
}

/// 0, 1, the most, one more, all ones: those that the type can carry.
std::vector<std::pair<wide, bool>> at_bounds(const model::value &v)
{
	std::vector<std::pair<wide, bool>> out;
	std::set<std::string> seen;
	wide high = v.high;
	if (v.choice) {
		high = 0;
		for (const auto &[name, code] : v.choice->values)
			high = v.choice->flags ? high | static_cast<wide>(code) : std::max(high, static_cast<wide>(code));
	}
	wide ones = v.sign ? -1 : v.type_high();
	for (wide n : {wide{0}, wide{1}, v.low - 1, v.low, high, high + 1, ones})
		if (n >= v.type_low() && n <= v.type_high() && seen.insert(show(n)).second)
			out.emplace_back(n, legal(v, n));
	return out;
}

std::string bounds(const model::value &v)
{
	if (v.choice) {
		std::string names;
		for (const auto &[name, code] : v.choice->values)
			names += (names.empty() ? "" : v.choice->flags ? " + " : ", ") + name;
		return names;
	}
	return fmt::format("{} .. {}{}", show(v.low), show(v.high), v.power_of_two ? ", power of two" : "");
}

void list(const model::value &v, const std::string &function, const std::string &path, std::vector<row> &out)
{
	std::string here = path + v.name;
	if (v.own_count())
		out.push_back({function, path + v.own_count_name(), "length", fmt::format("0 .. {}", v.size), "generated check",
			       {{0, true}, {1, v.size >= 1}, {static_cast<wide>(v.size), true}, {static_cast<wide>(v.size) + 1, false}}});
	std::string each = v.shape != array::none ? "[]" : "";
	switch (v.k) {
	case kind::structure:
		if (v.type->tag)
			out.push_back({function, here + each + ".tag", "state", fmt::format("one of {}", v.type->tag->name), "generated check", {}});
		for (const model::value &f : v.type->fields)
			list(f, function, here + each + ".", out);
		break;
	case kind::bytes:
		out.push_back({function, here, "bytes", fmt::format("at most {}", v.size), "its length", {}});
		break;
	case kind::text:
		out.push_back({function, here + each, "string", fmt::format("ends within {}", v.size), "generated check", {}});
		break;
	case kind::handle:
		out.push_back({function, here + each, "handle", v.object->name, "index, generation, type, state", {}});
		break;
	case kind::scalar:
		out.push_back({function, here + each, v.choice ? "choice" : meaning(v), bounds(v),
			       v.any.empty() ? "generated check" : v.any, at_bounds(v)});
		break;
	}
}

std::vector<row> rows(const model::interface &i)
{
	std::vector<row> out;
	for (const auto *functions : {&i.host_functions, &i.domain_functions})
		for (const auto &f : *functions)
			for (const model::value &v : f->params)
				if (f->from_host == v.out)
					list(v, f->name, "", out);
	return out;
}

std::string shown(const std::vector<std::pair<wide, bool>> &vectors, bool passed)
{
	std::string out;
	for (const auto &[n, ok] : vectors)
		if (ok == passed)
			out += (out.empty() ? "" : ", ") + show(n);
	return out.empty() ? "-" : out;
}

} // namespace

std::string report_values(const model::program &program)
{
	std::string out;
	for (const auto &i : program.interfaces) {
		out += fmt::format("## {}\n\n", i->name);
		out += "| function | value | what | range | held by | passes | refused |\n| --- | --- | --- | --- | --- | --- | --- |\n";
		for (const row &r : rows(*i))
			out += fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", r.function, r.path, r.what, r.range, r.held,
					   shown(r.vectors, true), shown(r.vectors, false));
		for (const auto &m : i->machines) {
			out += fmt::format("\nWhat a domain may still say about a {}, by its state:\n\n| state | accepted |\n| --- | --- |\n",
					   m->object->name);
			for (size_t s = 0; s < m->states.size(); s++) {
				std::string names;
				for (size_t e = 0; e < m->events.size(); e++)
					if (!m->events[e]->from_host && m->rules[s][e].action == model::action::accept)
						names += (names.empty() ? "" : ", ") + m->events[e]->name;
				out += fmt::format("| {} | {} |\n", m->states[s], names.empty() ? "nothing" : names);
			}
		}
		bool any = false;
		for (const auto &f : i->host_functions) {
			if (!f->quota)
				continue;
			if (!any)
				out += "\n| function | reaches beyond the domain | at most |\n| --- | --- | --- |\n";
			any = true;
			out += fmt::format("| {} | {} | {} in {} ms |\n", f->name, f->effects.empty() ? "-" : fmt::format("{}", fmt::join(f->effects, ", ")),
					   f->quota, f->quota_ns / 1000000);
		}
		out += "\n";
	}
	return out;
}

std::string report_vectors(const model::program &program)
{
	nlohmann::json out = nlohmann::json::array();
	for (const auto &i : program.interfaces)
		for (const row &r : rows(*i)) {
			nlohmann::json vectors = nlohmann::json::array();
			for (const auto &[n, ok] : r.vectors)
				vectors.push_back({{"value", show(n)}, {"passes", ok}});
			out.push_back({{"interface", i->name}, {"function", r.function}, {"value", r.path}, {"what", r.what},
				       {"range", r.range}, {"held", r.held}, {"vectors", vectors}});
		}
	return out.dump(1) + "\n";
}

} // namespace lxd::idl
