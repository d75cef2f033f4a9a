// SPDX-License-Identifier: GPL-2.0-only
/// Checks of what comes from the domain, scrubs of what goes there.
#include "emit_host.hpp"
#include "layout.hpp"

namespace lxd::idl {

using model::array;
using model::kind;

bool host_emitter::used_from_domain(const model::enumeration &e) const
{
	auto uses = [&](const std::vector<model::value> &values, auto &&wanted) {
		return std::any_of(values.begin(), values.end(), [&](const model::value &v) {
			return v.choice == &e && wanted(v);
		});
	};
	for (const auto &s : if_.structures)
		if (s->from_domain && uses(s->fields, [](const model::value &) { return true; }))
			return true;
	for (const auto *list : {&if_.host_functions, &if_.domain_functions})
		for (const auto &f : *list)
			if (uses(f->params, [&](const model::value &v) { return f->from_host == v.out; }))
				return true;
	return false;
}

void host_emitter::enumeration_check(const model::enumeration &e)
{
	if (e.flags || !used_from_domain(e))
		return;
	w_.line("/* {} */", where(e.at));
	w_.line("static bool is_{}(__u{} v)", e.name, e.bytes * 8);
	w_.raw("{");
	w_.raw("\tswitch (v) {");
	for (const auto &v : e.values)
		w_.line("\tcase LXD_{}_{}:", if_.upper, upper(e.name + "_" + v.first));
	w_.raw("\t\treturn true;");
	w_.raw("\t}");
	w_.raw("\treturn false;");
	w_.raw("}");
	w_.blank();
}

bool host_emitter::limited(const model::value &v) const
{
	if (v.k == kind::structure)
		return needs_check(*v.type);
	return v.k == kind::text ||
	       (v.k == kind::scalar &&
		(v.choice || v.power_of_two || v.low != v.type_low() || v.high != v.type_high()));
}

bool host_emitter::needs_check(const model::structure &s) const
{
	return s.tag || std::any_of(s.fields.begin(), s.fields.end(), [this](const auto &v) { return limited(v); });
}

bool host_emitter::scrubs(const model::structure &s) const
{
	if (s.tag)
		return true;
	for (const model::member &m : s.layout.members)
		if (m.value < 0)
			return true;
	return std::any_of(s.fields.begin(), s.fields.end(), [this](const model::value &v) {
		return v.k == kind::text || v.shape == array::counted || (v.k == kind::structure && scrubs(*v.type));
	});
}

static model::value unsigned_of(const model::value &v)
{
	model::value u;
	u.width = std::max(4u, v.width);
	return u;
}

/// The check of one element of `v`, which is `e`.
void host_emitter::check_one(const model::value &v, const std::string &e, const std::string &label)
{
	std::string refuse = fmt::format("return lxd_refuse(no, \"{}\", (__u64){});", label, e);
	if (v.k == kind::structure) {
		w_.guard(fmt::format("check_{}(&{}, no)", v.type->name, e), "return -EPROTO;");
		return;
	}
	if (v.k == kind::text) {
		w_.guard(fmt::format("!lxd_text_ok({0}, sizeof({0}))", e),
			 fmt::format("return lxd_refuse(no, \"{} (no end)\", 0);", label));
		return;
	}
	if (v.choice) {
		std::string ok = v.choice->flags
			? fmt::format("{} & ~({})", e, constant(v.choice->mask(), unsigned_of(v)))
			: fmt::format("!is_{}({})", v.choice->name, e);
		w_.guard(ok, refuse);
		return;
	}
	std::string low = v.low != v.type_low() ? fmt::format("{} < {}", e, constant(v.low, v)) : "";
	std::string high = v.high != v.type_high() ? fmt::format("{} > {}", e, constant(v.high, v)) : "";
	if (!low.empty() || !high.empty())
		w_.guard(low + (low.empty() || high.empty() ? "" : " || ") + high, refuse);
	if (v.power_of_two)
		w_.guard(fmt::format("!{0} || ({0} & ({0} - 1))", e),
			 fmt::format("return lxd_refuse(no, \"{} (power of two)\", (__u64){});", label, e));
}

/// `v` in all its elements; `base` is "p->", "a->" or "r->".
void host_emitter::check(const model::value &v, const std::string &base, const std::string &count)
{
	if (!limited(v))
		return;
	if (v.shape == array::none) {
		check_one(v, base + v.name, v.name);
		return;
	}
	w_.line("for (i = 0; i < {}; i++) {{", count);
	w_.in();
	check_one(v, base + v.name + "[i]", v.name);
	w_.out();
	w_.raw("}");
}

void host_emitter::structure_check(const model::structure &s)
{
	w_.line("/* {} */", where(s.at));
	w_.list(fmt::format("static int check_{}(", s.name),
		{fmt::format("const {} *p", structure(s)), "struct lxd_refusal *no"}, ")");
	w_.raw("{");
	w_.in();
	if (std::any_of(s.fields.begin(), s.fields.end(), [this](const model::value &v) {
		    return v.shape != array::none && limited(v);
	    })) {
		w_.raw("__u32 i;");
		w_.blank();
	}
	if (s.tag) {
		union_check(s);
		return;
	}
	for (const model::value &v : s.fields)
		if (v.shape == array::none)
			check(v, "p->", "");
	for (const model::value &v : s.fields)
		if (v.shape != array::none)
			check(v, "p->", v.shape == array::fixed ? std::to_string(v.size) : "p->" + v.count);
	w_.raw("return 0;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

bool host_emitter::loops(const model::function &f, bool results) const
{
	return std::any_of(f.params.begin(), f.params.end(), [&](const model::value &v) {
		if (v.shape == array::none || v.out != results)
			return false;
		bool to_domain = f.from_host != v.out;
		return to_domain ? v.k == kind::structure && scrubs(*v.type) : limited(v);
	});
}

/// Arguments of a request, or results of a reply.
void host_emitter::check_values(const model::function &f, bool results)
{
	const std::string base = results ? "r->" : "a->";
	for (const model::value &v : f.params)
		if (v.out == results && v.shape == array::none)
			check(v, base, "");
	for (const model::value &v : f.params) {
		if (v.out != results || v.shape == array::none)
			continue;
		std::string n = count_in(f, v, base);
		std::string most = v.bulk ? "a->" + v.count : std::to_string(v.size);
		if (v.own_count() && !(v.size == 255 && !v.out))
			w_.guard(fmt::format("{} > {}", n, most),
				 fmt::format("return lxd_refuse(no, \"{}\", {});", v.own_count_name(), n));
		if (results && v.own_count() && opcode_of(f))
			w_.guard(fmt::format("{} * sizeof({}{}[0]) > lxd_opcode_max(operation, LXD_OPCODE_OUT)", n, base, v.name),
				 fmt::format("return lxd_refuse(no, \"{} (opcode)\", {});", v.own_count_name(), n));
		const model::layout &l = results ? f.out : f.in;
		if (l.tail >= 0 && l.members[static_cast<size_t>(l.tail)].name == v.name)
			w_.guard(fmt::format("{}->len < {}", results ? "reply" : "msg",
					     used_length(f, l, base, results ? out_type(f) : in_type(f))),
				 fmt::format("return lxd_refuse(no, \"length\", {}->len);",
					     results ? "reply" : "msg"));
		check(v, base, n);
	}
}

/// The tag decides what is checked; what the member does not fill is zero.
void host_emitter::union_check(const model::structure &s)
{
	w_.raw("switch (p->tag) {");
	for (const auto &a : s.alternatives) {
		w_.line("case {}:", tag_name(s, a));
		w_.in();
		std::string used = "0";
		bool full = false;
		if (a.field >= 0) {
			const model::value &v = s.fields[static_cast<size_t>(a.field)];
			check(v, "p->as.", std::to_string(v.size));
			used = fmt::format("sizeof(p->as.{})", v.name);
			full = member_size(v) == s.room;
		}
		if (!full)
			w_.guard(fmt::format("!lxd_rest_clear(p->as.raw, {}, sizeof(p->as.raw))", used),
				 fmt::format("return lxd_refuse(no, \"{} (rest)\", p->tag);", s.name));
		w_.raw("return 0;");
		w_.out();
	}
	w_.raw("}");
	w_.line("return lxd_refuse(no, \"{} (tag)\", p->tag);", s.name);
	w_.out();
	w_.raw("}");
	w_.blank();
}

} // namespace lxd::idl
