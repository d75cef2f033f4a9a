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
	for (const ast::choice &c : ast_.choices)
		declare(types_, c.name, "type");
	for (const ast::structure &s : ast_.structures)
		composite(s.name, 0);
	for (const ast::choice &c : ast_.choices)
		composite(c.name, 0);
}

model::structure *analyser::find_structure(const std::string &name)
{
	for (const auto &s : out_->structures)
		if (s->name == name)
			return s.get();
	return nullptr;
}

const ast::choice *analyser::find_ast_choice(const std::string &name) const
{
	for (const ast::choice &c : ast_.choices)
		if (c.name.text == name)
			return &c;
	return nullptr;
}

/// A structure or a union, after those that it holds.
void analyser::composite(const ast::ident &name, int depth)
{
	const ast::structure *s = find_ast_structure(name.text);
	const ast::choice *c = s ? nullptr : find_ast_choice(name.text);
	if ((!s && !c) || find_structure(name.text) || broken_.count(name.text))
		return;
	const ast::ident &own = s ? s->name : c->name;
	if (depth > 16) {
		diags_.error("struct-deep", own.at, "structures nest more than 16 deep");
		broken_.insert(name.text);
		return;
	}
	std::vector<const ast::field *> fields;
	if (s)
		for (const ast::field &f : s->fields)
			fields.push_back(&f);
	else
		for (const ast::alternative &a : c->alternatives)
			if (a.value)
				fields.push_back(&*a.value);
	open_.insert(name.text);
	bool recursive = false;
	for (const ast::field *f : fields) {
		if (open_.count(f->type.text)) {
			diags_.error("struct-recursive", f->type.at, fmt::format("'{}' contains itself", f->type.text))
				.with(types_[f->type.text], "declared here");
			recursive = true;
			continue;
		}
		composite(f->type, depth + 1);
	}
	open_.erase(name.text);
	if (recursive) {
		broken_.insert(name.text);
		return;
	}
	auto m = std::make_unique<model::structure>();
	m->name = name.text;
	m->at = own.at;
	if (s)
		structure(*s, *m);
	else
		choice(*c, *m);
	if (m->layout.size > model::area_bytes)
		diags_.error("struct-large", own.at,
			     fmt::format("'{}' has {} bytes; a message carries at most {}", name.text, m->layout.size,
					 model::area_bytes));
	out_->structures.push_back(std::move(m));
}

void analyser::structure(const ast::structure &s, model::structure &m)
{
	std::map<std::string, span> scope;
	for (const ast::field &f : s.fields)
		if (declare(scope, f.name, "field"))
			m.fields.push_back(value(f, false));
	if (s.fields.empty())
		diags_.error("struct-empty", s.name.at, fmt::format("'{}' has no field", s.name.text));
	counts(m.fields, nullptr);
	std::vector<const model::value *> pointers;
	for (const model::value &v : m.fields)
		pointers.push_back(&v);
	m.layout = lay_out(out_->name, pointers, false, false);
}

/// Total: each value of the tag has its member, or says that there is nothing more.
void analyser::choice(const ast::choice &c, model::structure &m)
{
	m.tag = find_enumeration(c.tag_type.text);
	if (!m.tag || m.tag->flags) {
		diags_.error("union-tag", c.tag_type.at, fmt::format("'{}' is no enumeration", c.tag_type.text))
			.suggest("the member is named by a value that is exactly one of a few: enum kind : u8 { ... }");
		m.tag = nullptr;
		return;
	}
	std::map<std::string, span> scope, names;
	for (const ast::alternative &a : c.alternatives) {
		auto known = std::find_if(m.tag->values.begin(), m.tag->values.end(),
					  [&](const auto &v) { return v.first == a.tag.text; });
		if (known == m.tag->values.end()) {
			std::vector<std::string> candidates;
			for (const auto &v : m.tag->values)
				candidates.push_back(v.first);
			diagnostic &d = diags_.error("union-member", a.tag.at,
						     fmt::format("'{}' is no value of '{}'", a.tag.text, m.tag->name))
						.with(m.tag->at, "declared here");
			std::string near = nearest(a.tag.text, candidates);
			if (!near.empty())
				d.suggest(fmt::format("did you mean '{}'?", near));
			continue;
		}
		auto [it, fresh] = scope.emplace(a.tag.text, a.tag.at);
		if (!fresh) {
			diags_.error("union-twice", a.tag.at, fmt::format("'{}' has a member already", a.tag.text))
				.with(it->second, "the first one is here");
			continue;
		}
		int field = -1;
		if (a.value && declare(names, a.value->name, "member")) {
			field = static_cast<int>(m.fields.size());
			m.fields.push_back(value(*a.value, false));
			if (m.fields.back().shape == array::counted) {
				diags_.error("union-counted", a.value->at, "a member of a union has a fixed size");
				m.fields.back().shape = array::fixed;
			}
		}
		m.alternatives.push_back({a.tag.text, known->second, field});
	}
	for (const auto &v : m.tag->values)
		if (!scope.count(v.first))
			diags_.error("union-incomplete", c.name.at, fmt::format("'{}' says nothing about '{}'", c.name.text, v.first))
				.suggest(fmt::format("add '{}: TYPE NAME;', or '{};' if nothing follows", v.first, v.first));
	lay_out_union(out_->name, m);
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

const model::opcode_table *analyser::find_opcodes(const std::string &name) const
{
	for (const auto &o : out_->opcodes)
		if (o->name == name)
			return o.get();
	return nullptr;
}

} // namespace lxd::idl
