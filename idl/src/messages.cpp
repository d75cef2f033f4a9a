// SPDX-License-Identifier: GPL-2.0-only
#include "messages.hpp"

#include <nlohmann/json.hpp>

namespace lxd::idl {

using model::array;
using model::kind;
using nlohmann::json;

namespace {

const char *kind_name(const model::value &v)
{
	switch (v.k) {
	case kind::scalar:
		return "number";
	case kind::bytes:
		return "bytes";
	case kind::text:
		return "text";
	case kind::handle:
		return "handle";
	case kind::structure:
		break;
	}
	return "structure";
}

/// 128 bits wide in the model; what a field holds fits in 64.
uint64_t low_word(model::wide w) { return static_cast<uint64_t>(w); }

void add_fields(json &out, const model::layout &layout, const std::vector<const model::value *> &values,
		const std::string &path, uint32_t base);

void add_leaf(json &out, const model::member &m, const model::value &v, const std::string &path, uint32_t base)
{
	json f{{"path", path + m.name}, {"offset", base + m.offset}};
	if (m.is_count) {
		f["kind"] = "count";
		f["width"] = m.size;
		f["low"] = 0;
		f["high"] = v.size;
	} else if (v.k == kind::structure) {
		// The first element stands for all.
		std::vector<const model::value *> inner;
		for (const model::value &i : v.type->fields)
			inner.push_back(&i);
		add_fields(out, v.type->layout, inner, path + m.name + ".", base + m.offset);
		return;
	} else {
		bool plain = v.k == kind::scalar || v.k == kind::handle;
		uint32_t elements = std::max(1u, m.elements);
		f["kind"] = kind_name(v);
		f["width"] = plain ? m.size / elements : m.size;
		f["elements"] = plain ? elements : 1;
		if (v.k == kind::scalar) {
			f["low"] = low_word(v.low);
			f["high"] = low_word(v.high);
		}
		if (v.object)
			f["handle"] = v.object->name;
	}
	out.push_back(std::move(f));
}

void add_fields(json &out, const model::layout &layout, const std::vector<const model::value *> &values,
		const std::string &path, uint32_t base)
{
	for (const model::member &m : layout.members)
		if (m.value >= 0 && static_cast<size_t>(m.value) < values.size())
			add_leaf(out, m, *values[static_cast<size_t>(m.value)], path, base);
}

json one(const model::function &f)
{
	json fields = json::array(), handles = json::array();
	std::vector<const model::value *> in;
	for (const model::value &v : f.params) {
		if (!v.out)
			in.push_back(&v);
		else if (v.object)
			handles.push_back(v.object->name);
	}
	add_fields(fields, f.in, in, "", 0);
	return {{"name", f.name}, {"number", f.number}, {"wait", f.wait}, {"data", f.data},
		{"deadline_ms", f.deadline_ms}, {"least", f.min_length()}, {"most", f.max_length()},
		{"answer", f.wait ? f.out.size : 0}, {"gives", handles}, {"fields", fields}};
}

json one(const model::machine &m)
{
	json rules = json::array();
	for (size_t s = 0; s < m.states.size(); s++)
		for (size_t e = 0; e < m.events.size(); e++) {
			const model::rule &r = m.rules[s][e];
			static const char *const actions[] = {"accept", "drop", "defer", "kill"};
			rules.push_back({{"state", m.states[s]}, {"event", m.events[e]->name},
					 {"action", actions[static_cast<size_t>(r.action)]}, {"next", m.states[r.next]}});
		}
	return {{"name", m.name}, {"handle", m.object->name}, {"states", m.states}, {"rules", rules}};
}

} // namespace

std::string messages_json(const model::program &program)
{
	json interfaces = json::array();
	for (const auto &i : program.interfaces) {
		json domain = json::array(), host = json::array(), handles = json::array(), machines = json::array();
		for (const auto &f : i->host_functions)
			domain.push_back(one(*f));
		for (const auto &f : i->domain_functions)
			host.push_back(one(*f));
		for (const auto &h : i->handles)
			handles.push_back(h->name);
		for (const auto &m : i->machines)
			machines.push_back(one(*m));
		interfaces.push_back({{"name", i->name}, {"number", i->number}, {"from_domain", domain}, {"from_host", host},
				      {"handles", handles}, {"machines", machines}});
	}
	return json{{"interfaces", interfaces}}.dump(1, '\t') + "\n";
}

} // namespace lxd::idl
