// SPDX-License-Identifier: GPL-2.0-only
/// Nothing leaves that nobody meant to say: padding, room behind texts, members that a union does
/// not hold.
#include "emit.hpp"
#include "layout.hpp"

#include <algorithm>

namespace lxd::idl {

using model::array;
using model::kind;

/// Nothing that the host did not mean to say leaves it: padding, and what lies behind a text's end.
void emitter::structure_scrub(const model::structure &s)
{
	if (s.tag) {
		union_scrub(s);
		return;
	}
	w_.line("/* {} */", where(s.at));
	w_.line("static void scrub_{}({} *p)", s.name, structure(s));
	w_.raw("{");
	w_.in();
	for (const model::value &v : s.fields)
		if (v.k == kind::structure && v.shape != array::none && scrubs(*v.type)) {
			w_.raw("__u32 i;");
			w_.blank();
			break;
		}
	for (const model::member &m : s.layout.members) {
		if (m.value < 0) {
			w_.line("memset(p->{0}, 0, sizeof(p->{0}));", m.name);
			continue;
		}
		const model::value &v = s.fields[static_cast<size_t>(m.value)];
		if (v.k == kind::text)
			w_.line("lxd_text_scrub(p->{0}, sizeof(p->{0}));", v.name);
		else
			scrub(v, "p->", std::to_string(v.size));
		if (v.shape == array::counted)
			scrub_rest(v, "p->", "p->" + v.count);
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

void emitter::scrub(const model::value &v, const std::string &base, const std::string &count)
{
	if (v.k != kind::structure || !scrubs(*v.type))
		return;
	if (v.shape == array::none) {
		w_.line("scrub_{}(&{}{});", v.type->name, base, v.name);
		return;
	}
	w_.line("for (i = 0; i < {}; i++)", count);
	w_.line("\tscrub_{}(&{}{}[i]);", v.type->name, base, v.name);
}

/// What lies behind the elements that count.
void emitter::scrub_rest(const model::value &v, const std::string &base, const std::string &count)
{
	w_.guard(fmt::format("{} < {}", count, v.size),
		 fmt::format("memset(&{0}{1}[{2}], 0, ({3} - {2}) * sizeof({0}{1}[0]));", base, v.name, count, v.size));
}

std::string emitter::tag_name(const model::structure &s, const model::structure::alternative &a) const
{
	return fmt::format("LXD_{}_{}", if_.upper, upper(s.tag->name + "_" + a.tag));
}

void emitter::union_scrub(const model::structure &s)
{
	w_.line("/* {} */", where(s.at));
	w_.line("static void scrub_{}({} *p)", s.name, structure(s));
	w_.raw("{");
	w_.in();
	if (std::any_of(s.fields.begin(), s.fields.end(), [this](const model::value &v) {
		    return v.k == kind::structure && v.shape != array::none && scrubs(*v.type);
	    })) {
		w_.raw("__u32 i;");
		w_.blank();
	}
	for (const model::member &m : s.layout.members)
		if (m.value < 0)
			w_.line("memset(p->{0}, 0, sizeof(p->{0}));", m.name);
	w_.raw("switch (p->tag) {");
	for (const auto &a : s.alternatives) {
		if (a.field < 0)
			continue;
		const model::value &v = s.fields[static_cast<size_t>(a.field)];
		w_.line("case {}:", tag_name(s, a));
		w_.in();
		if (v.k == kind::text)
			w_.line("lxd_text_scrub(p->as.{0}, sizeof(p->as.{0}));", v.name);
		else
			scrub(v, "p->as.", std::to_string(v.size));
		if (member_size(v) != s.room)
			w_.line("memset(p->as.raw + sizeof(p->as.{0}), 0, sizeof(p->as.raw) - sizeof(p->as.{0}));", v.name);
		w_.raw("break;");
		w_.out();
	}
	w_.raw("default:");
	w_.raw("\tmemset(&p->as, 0, sizeof(p->as));");
	w_.raw("}");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void emitter::scrub_arguments(const model::function &f)
{
	for (const model::value &v : f.params)
		if (!v.out)
			scrub(v, "a->", count_in(f, v, "a->"));
}

/// Of an implementation: it may have left anything behind what it meant to say.
void emitter::scrub_results(const model::function &f)
{
	for (const model::value &v : f.params) {
		if (!v.out)
			continue;
		if (v.k == kind::text)
			w_.line("lxd_text_scrub(r->{0}, sizeof(r->{0}));", v.name);
		else
			scrub(v, "r->", count_in(f, v, "r->"));
		const model::layout &l = f.out;
		bool cut = l.tail >= 0 && l.members[static_cast<size_t>(l.tail)].name == v.name;
		if (side_.implementation == role::host_implementation && v.shape == array::counted && !cut)
			scrub_rest(v, "r->", count_in(f, v, "r->"));
	}
}

bool emitter::loops_over_arguments(const model::function &f) const
{
	return std::any_of(f.params.begin(), f.params.end(), [this, &f](const model::value &v) {
		return !v.out && v.shape != array::none && v.k == kind::structure &&
		       (scrubs(*v.type) || (v.shape == array::counted && !f.wait));
	});
}

} // namespace lxd::idl
