// SPDX-License-Identifier: GPL-2.0-only
#include "report.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <nlohmann/json.hpp>

namespace lxd::idl {

using model::array;
using model::kind;

surface &surface::operator+=(const surface &o)
{
	ranged += o.ranged;
	chosen += o.chosen;
	handles += o.handles;
	counts += o.counts;
	texts += o.texts;
	bytes += o.bytes;
	argued += o.argued;
	any += o.any;
	reasons.insert(reasons.end(), o.reasons.begin(), o.reasons.end());
	open.insert(open.end(), o.open.begin(), o.open.end());
	return *this;
}

namespace {

uint32_t leaves(const model::value &v)
{
	uint32_t n = 1;
	if (v.k == kind::structure) {
		n = 0;
		for (const model::value &f : v.type->fields)
			n += leaves(f);
	}
	return n + (v.shape == array::counted && v.count_value < 0);
}

surface exposed(const model::value &v, const std::string &path)
{
	surface s;
	std::string here = path + v.name;
	if (v.shape == array::counted && v.count_value < 0)
		s.counts++;
	switch (v.k) {
	case kind::structure:
		for (const model::value &f : v.type->fields)
			s += exposed(f, here + ".");
		break;
	case kind::bytes:
		s.bytes++;
		break;
	case kind::text:
		s.texts++;
		break;
	case kind::handle:
		s.handles++;
		break;
	case kind::scalar:
		if (v.choice || (v.width == 1 && v.high == 1))
			s.chosen++;
		else if (v.power_of_two || v.low != v.type_low() || v.high != v.type_high())
			s.ranged++;
		else if (!v.any.empty()) {
			s.argued++;
			s.reasons.emplace_back(here, v.any);
		} else {
			s.any++;
			s.open.push_back(here);
		}
		break;
	}
	return s;
}

function_report one(const model::function &f)
{
	function_report r{&f, 0, f.min_length(), f.max_length(), f.wait ? f.out.size : 0, f.wait ? 2u : 1u, 0, {}};
	for (const model::value &v : f.params) {
		r.fields += leaves(v);
		if (f.from_host == v.out)
			r.trust += exposed(v, f.name + " ");
	}
	for (uint32_t n : {r.in_most, r.out_most})
		r.area += n > model::slot_bytes ? n : 0;
	return r;
}

nlohmann::json json_surface(const surface &s)
{
	return {{"ranged", s.ranged}, {"chosen", s.chosen}, {"handles", s.handles}, {"counts", s.counts},
		{"texts", s.texts}, {"bytes", s.bytes}, {"argued", s.argued}, {"any", s.any}, {"total", s.total()}};
}

std::string mode(const model::function &f)
{
	return fmt::format("{}{}{}", f.data ? "data " : "", f.wait ? "wait" : "post", f.sleeps ? ", sleeps" : "");
}

} // namespace

std::vector<interface_report> make_report(const model::program &program)
{
	std::vector<interface_report> out;
	for (const auto &i : program.interfaces) {
		interface_report r;
		r.i = i.get();
		for (const auto &f : i->host_functions)
			r.from_domain.push_back(one(*f));
		for (const auto &f : i->domain_functions)
			r.from_host.push_back(one(*f));
		for (const auto *list : {&r.from_domain, &r.from_host})
			for (const function_report &f : *list) {
				r.trust += f.trust;
				r.fields += f.fields;
			}
		out.push_back(std::move(r));
	}
	return out;
}

std::string report_text(const model::program &program, const std::vector<interface_report> &all)
{
	std::string out;
	surface trust;
	size_t functions = 0;
	uint32_t fields = 0;
	for (const interface_report &r : all) {
		out += fmt::format("interface {} = {}: {} functions from the domain, {} from the host, {} fields\n", r.i->name,
				   r.i->number, r.from_domain.size(), r.from_host.size(), r.fields);
		for (auto [list, title] : {std::pair{&r.from_domain, "from the domain"}, {&r.from_host, "from the host"}}) {
			if (list->empty())
				continue;
			out += fmt::format("  {:<24} {:<18} {:>6} {:>11} {:>7} {:>6}  {}\n", title, "how", "fields", "bytes in",
					   "out", "within", "the domain chooses");
			for (const function_report &f : *list) {
				std::string in = f.in_least == f.in_most ? std::to_string(f.in_most)
									 : fmt::format("{}..{}", f.in_least, f.in_most);
				std::string values = std::to_string(f.trust.total());
				if (f.trust.any)
					values += fmt::format(", {} of them without a limit", f.trust.any);
				out += fmt::format("    {:<22} {:<18} {:>6} {:>11} {:>7} {:>6}  {}\n", f.f->name, mode(*f.f), f.fields, in,
						   f.out_most, f.f->deadline_ms ? fmt::format("{} ms", f.f->deadline_ms) : "",
						   values);
			}
		}
		trust += r.trust;
		functions += r.from_domain.size() + r.from_host.size();
		fields += r.fields;
		out += "\n";
	}
	out += fmt::format("{}{} functions, {} fields. The domain chooses {} values:\n",
			   program.driver.empty() ? "" : "driver " + program.driver + ": ", functions, fields, trust.total());
	for (auto [n, what] : {std::pair{trust.ranged, "within a range"}, {trust.chosen, "one of known values"},
			       {trust.handles, "handles, resolved by index, generation, type"}, {trust.counts, "counts, bounded"},
			       {trust.texts, "texts, ended"}, {trust.bytes, "plain bytes, bounded"},
			       {trust.argued, "numbers that may be anything, for a reason"},
			       {trust.any, "numbers without a limit: the implementation must cope with each"}})
		out += fmt::format("  {:>5} {}\n", n, what);
	for (const interface_report &r : all) {
		std::map<std::string, std::vector<std::string>> by_reason;
		for (const auto &[path, why] : r.trust.reasons)
			by_reason[why].push_back(path);
		for (const auto &[why, paths] : by_reason)
			out += fmt::format("{}: anything, {}:\n    {}\n", r.i->name, why, fmt::join(paths, ", "));
		if (!r.trust.open.empty())
			out += fmt::format("{}: without a limit:\n    {}\n", r.i->name, fmt::join(r.trust.open, ", "));
	}
	return out;
}

std::string report_json(const source_manager &sources, const model::program &program,
			const std::vector<interface_report> &all)
{
	nlohmann::json interfaces = nlohmann::json::array();
	for (const interface_report &r : all) {
		auto list = [&](const std::vector<function_report> &fs) {
			nlohmann::json out = nlohmann::json::array();
			for (const function_report &f : fs)
				out.push_back({{"name", f.f->name}, {"at", sources.short_where(f.f->at)},
					       {"mode", f.f->wait ? "wait" : "post"}, {"data", f.f->data},
					       {"sleeps", f.f->sleeps}, {"deadline_ms", f.f->deadline_ms}, {"fields", f.fields},
					       {"bytes_in_least", f.in_least}, {"bytes_in_most", f.in_most},
					       {"bytes_out_most", f.out_most}, {"slots", f.slots}, {"area_most", f.area},
					       {"trust", json_surface(f.trust)}});
			return out;
		};
		interfaces.push_back({{"name", r.i->name}, {"number", r.i->number}, {"fields", r.fields},
				      {"from_domain", list(r.from_domain)}, {"from_host", list(r.from_host)},
				      {"trust", json_surface(r.trust)}});
	}
	return nlohmann::json{{"driver", program.driver}, {"interfaces", interfaces}}.dump(2) + "\n";
}

} // namespace lxd::idl
