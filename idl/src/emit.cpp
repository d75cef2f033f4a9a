// SPDX-License-Identifier: GPL-2.0-only
#include "emit.hpp"

#include "emit_trace.hpp"
#include "layout.hpp"

namespace lxd::idl {

using model::array;
using model::kind;

std::vector<output_file> emit(const source_manager &sources, const model::interface &interface)
{
	return {{interface.name + ".h", emit_header(sources, interface)},
		{interface.name + "_trace.h", emit_trace(sources, interface)},
		{interface.name + "_host.c", emit_host(sources, interface)},
		{interface.name + "_domain.c", emit_domain(sources, interface)}};
}

std::string emitter::upper(const std::string &s) const
{
	std::string out = s;
	for (char &c : out)
		c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
	return out;
}

std::string emitter::fn_id(const model::function &f) const
{
	return fmt::format("LXD_{}_{}", if_.upper, upper(f.name));
}

std::string emitter::structure(const model::structure &s) const
{
	return fmt::format("struct lxd_{}_{}", if_.name, s.name);
}

std::string emitter::in_type(const model::function &f) const
{
	return fmt::format("struct lxd_{}_{}_in", if_.name, f.name);
}

std::string emitter::out_type(const model::function &f) const
{
	return has_outs(f) ? fmt::format("struct lxd_{}_{}_out", if_.name, f.name) : "struct lxd_result";
}

std::string emitter::name_for(const model::function &f, role r) const
{
	const char *prefix = r == role::host_implementation ? "klcd" : r == role::domain_implementation ? "rt" : "lxd";
	return fmt::format("{}_{}_{}", prefix, if_.name, f.name);
}

std::vector<std::string> emitter::parameters(const model::function &f, role r) const
{
	std::vector<std::string> out;
	if (r == role::host_implementation || r == role::host_stub)
		out.push_back("struct lxd_domain *dom");
	for (const model::value &v : f.params) {
		bool many = v.shape != array::none || v.k == kind::text || v.k == kind::structure;
		std::string type = c_type(if_.name, v);
		if (v.k == kind::bytes)
			type = "void";
		if (v.k == kind::handle && r == role::host_implementation && !v.out)
			out.push_back(fmt::format("{} *{}", v.object->c_type, v.name));
		else if (v.out)
			out.push_back(fmt::format("{} *{}", type, v.name));
		else if (many)
			out.push_back(fmt::format("const {} *{}", type, v.name));
		else
			out.push_back(fmt::format("{} {}", type, v.name));
		bool given = r == role::domain_implementation; // the asker knows how much there is room for
		if (v.own_count() && (!v.bulk || given))
			out.push_back(fmt::format("__u32 {}{}", v.out ? "*" : "", v.own_count_name()));
	}
	if (out.empty())
		out.push_back("void");
	return out;
}

void emitter::prototype(const model::function &f, role r, const std::string &end)
{
	w_.list(fmt::format("{} {}(", f.returns_int ? "int" : "void", name_for(f, r)), parameters(f, r), ")" + end);
}

std::string emitter::constant(model::wide v, const model::value &t) const
{
	bool negative = v < 0;
	uint64_t magnitude = static_cast<uint64_t>(negative ? -v : v);
	if (t.sign && negative && magnitude == 1ull << 63)
		return "(-0x7fffffffffffffffll - 1)";
	std::string text = magnitude > 65536 ? fmt::format("{:#x}", magnitude) : fmt::format("{}", magnitude);
	if (magnitude > 0x7fffffff)
		text += t.sign ? "ll" : magnitude > 0xffffffff ? "ull" : "u";
	return negative ? "-" + text : text;
}

void emitter::banner(const std::string &what)
{
	bool header = what.ends_with(".h");
	w_.raw(header ? "/* SPDX-License-Identifier: GPL-2.0-only */" : "// SPDX-License-Identifier: GPL-2.0-only");
	w_.line("/* Made by lxd-idlc from {}. Do not edit. */", sources_.file(if_.at.file).path.substr(
		sources_.file(if_.at.file).path.find_first_not_of("./")));
}

/// Both sides and every compiler must agree with the compiler's own arithmetic.
void emitter::layout_asserts()
{
	auto one = [this](const std::string &type, const model::layout &l) {
		w_.line("static_assert(sizeof({}) == {}, \"size\");", type, l.size);
		for (const model::member &m : l.members)
			if (m.offset)
				w_.line("static_assert(offsetof({}, {}) == {}, \"offset\");", type, m.name, m.offset);
	};
	for (const auto &s : if_.structures)
		one(structure(*s), s->layout);
	for (const auto *list : {&if_.host_functions, &if_.domain_functions})
		for (const auto &f : *list) {
			if (f->in.size)
				one(in_type(*f), f->in);
			if (has_outs(*f))
				one(out_type(*f), f->out);
		}
}

std::string emitter::count_in(const model::function &f, const model::value &v, const std::string &base) const
{
	if (v.own_count())
		return base + v.own_count_name();
	if (v.shape != array::counted)
		return std::to_string(v.size);
	const model::value &c = f.params[static_cast<size_t>(v.count_value)];
	// Results counted by an argument: the argument as the caller gave it.
	if (v.out && !c.out)
		return base == "r->" ? "a->" + c.name : c.name;
	return base + c.name;
}

std::string emitter::used_length(const model::function &f, const model::layout &l, const std::string &base,
				 const std::string &type) const
{
	if (l.tail < 0)
		return fmt::format("sizeof({})", type);
	const model::member &m = l.members[static_cast<size_t>(l.tail)];
	const model::value &v = f.params[static_cast<size_t>(m.value)];
	return fmt::format("offsetof({}, {}) + {} * sizeof({}{}[0])", type, m.name, count_in(f, v, base), base, m.name);
}

void emitter::info_table(const std::vector<std::unique_ptr<model::function>> &fns)
{
	w_.line("const struct lxd_fn_info lxd_{}_{}_fns[] = {{", if_.name, side_.name);
	for (const auto &f : fns) {
		std::string flags;
		for (auto [on, name] : {std::pair{f->wait, "LXD_FNF_WAIT"}, {f->sleeps, "LXD_FNF_SLEEP"},
					{f->data, "LXD_FNF_DATA"}})
			if (on)
				flags += (flags.empty() ? "" : " | ") + std::string(name);
		w_.line("\t/* {} */", where(f->at));
		w_.line("\t[{} & LXD_FN_NUMBER] = {{", fn_id(*f));
		w_.line("\t\t.name = \"{}.{}\",", if_.name, f->name);
		if (!flags.empty())
			w_.line("\t\t.flags = {},", flags);
		w_.line("\t\t.min_len = {},", f->min_length());
		w_.line("\t\t.max_len = {},", f->max_length());
		w_.line("\t\t.deadline_ms = {},", f->deadline_ms);
		w_.line("\t\t.max_reply = {},", f->wait ? f->out.size : 0);
		w_.raw("\t},");
	}
	if (fns.empty())
		w_.raw("\t{ .name = 0 },");
	w_.raw("};");
	w_.blank();
}

} // namespace lxd::idl
