// SPDX-License-Identifier: GPL-2.0-only
/// Enumerations, handles, structures.
#include "sema_class.hpp"

namespace lxd::idl {

void analyser::enumeration(const ast::enumeration &e)
{
	auto m = std::make_unique<model::enumeration>();
	if (!declare(types_, e.name, "type"))
		return;
	m->flags = e.flags;
	m->name = e.name.text;
	m->at = e.name.at;
	const scalar_name *s = find_scalar(e.base.text);
	if (!s || s->sign || e.base.text == "bool") {
		diags_.error("enum-base", e.base.at, "the type that carries it is u8, u16, u32 or u64");
		return;
	}
	m->bytes = s->width;
	wide limit = (static_cast<wide>(1) << (8 * s->width)) - 1;
	wide next = e.flags ? 1 : 0;
	std::map<std::string, span> scope;
	std::map<uint64_t, span> taken;
	for (const ast::enumerator &v : e.values) {
		if (!declare(scope, v.name, "value"))
			continue;
		wide n = v.value ? evaluate(*v.value, constants_, diags_).value_or(next) : next;
		if (n < 0 || n > limit) {
			diags_.error("enum-value-range", v.name.at,
				     fmt::format("{} does not fit in {}", show(n), e.base.text));
			continue;
		}
		auto [it, fresh] = taken.emplace(static_cast<uint64_t>(n), v.name.at);
		if (!fresh)
			diags_.error("enum-value-twice", v.name.at, fmt::format("{} is taken", show(n)))
				.with(it->second, "by this one");
		m->values.push_back({v.name.text, static_cast<uint64_t>(n)});
		next = e.flags ? n << 1 : n + 1;
	}
	if (e.values.empty())
		diags_.error("enum-empty", e.name.at, fmt::format("'{}' has no value", e.name.text));
	out_->enumerations.push_back(std::move(m));
}

void analyser::handle(const ast::handle &h)
{
	if (!declare(types_, h.name, "type"))
		return;
	bool good = h.c_type.starts_with("struct ") && h.c_type.size() > 7;
	for (char c : h.c_type.substr(std::min<size_t>(7, h.c_type.size())))
		good &= std::isalnum(static_cast<unsigned char>(c)) || c == '_';
	if (!good)
		diags_.error("handle-type", h.c_type_at, "a handle names a structure of the host")
			.suggest("handle disk is \"struct klcd_disk\";");
	auto m = std::make_unique<model::handle>();
	m->name = h.name.text;
	m->c_type = h.c_type;
	m->at = h.name.at;
	m->number = static_cast<uint32_t>(out_->handles.size()) + 1;
	out_->handles.push_back(std::move(m));
}

const ast::structure *analyser::find_ast_structure(const std::string &name) const
{
	for (const ast::structure &s : ast_.structures)
		if (s.name.text == name)
			return &s;
	return nullptr;
}

void analyser::structures()
{
	for (const ast::structure &s : ast_.structures)
		declare(types_, s.name, "type");
	for (const ast::structure &s : ast_.structures)
		structure(s, 0);
}

model::structure *analyser::find_structure(const std::string &name)
{
	for (const auto &s : out_->structures)
		if (s->name == name)
			return s.get();
	return nullptr;
}

void analyser::structure(const ast::structure &s, int depth)
{
	if (find_structure(s.name.text) || broken_.count(s.name.text))
		return;
	if (depth > 16) {
		diags_.error("struct-deep", s.name.at, "structures nest more than 16 deep");
		broken_.insert(s.name.text);
		return;
	}
	open_.insert(s.name.text);
	bool recursive = false;
	for (const ast::field &f : s.fields) {
		const ast::structure *inner = find_ast_structure(f.type.text);
		if (!inner)
			continue;
		if (open_.count(inner->name.text)) {
			diags_.error("struct-recursive", f.type.at,
				     fmt::format("'{}' contains itself", inner->name.text))
				.with(inner->name.at, "declared here");
			recursive = true;
			continue;
		}
		structure(*inner, depth + 1);
	}
	open_.erase(s.name.text);
	if (recursive) {
		broken_.insert(s.name.text);
		return;
	}
	auto m = std::make_unique<model::structure>();
	m->name = s.name.text;
	m->at = s.name.at;
	std::map<std::string, span> scope;
	for (const ast::field &f : s.fields)
		if (declare(scope, f.name, "field"))
			m->fields.push_back(value(f, false));
	if (s.fields.empty())
		diags_.error("struct-empty", s.name.at, fmt::format("'{}' has no field", s.name.text));
	counts(m->fields, nullptr);
	std::vector<const model::value *> pointers;
	for (const model::value &v : m->fields)
		pointers.push_back(&v);
	m->layout = lay_out(out_->name, pointers, false, false);
	if (m->layout.size > model::area_bytes)
		diags_.error("struct-large", s.name.at,
			     fmt::format("'{}' has {} bytes; a message carries at most {}", s.name.text,
					 m->layout.size, model::area_bytes));
	out_->structures.push_back(std::move(m));
}

const model::handle *analyser::find_handle(const std::string &name) const
{
	for (const auto &h : out_->handles)
		if (h->name == name)
			return h.get();
	return nullptr;
}

const model::enumeration *analyser::find_enumeration(const std::string &name) const
{
	for (const auto &e : out_->enumerations)
		if (e->name == name)
			return e.get();
	return nullptr;
}

} // namespace lxd::idl
