// SPDX-License-Identifier: GPL-2.0-only
/// x.h: numbers, structures, prototypes.
#include "emit.hpp"
#include "layout.hpp"

#include <set>

namespace lxd::idl {
namespace {

constexpr side no_side = {};

class header_emitter : emitter {
public:
	header_emitter(const source_manager &sources, const model::interface &interface)
		: emitter(sources, interface, no_side)
	{
	}
	bool scrubs(const model::structure &) const override { return false; }

	std::string run()
	{
		banner(if_.name + ".h");
		w_.line("#ifndef LXD_GEN_{}_H", if_.upper);
		w_.line("#define LXD_GEN_{}_H", if_.upper);
		w_.line("#include <lxd/{}.h>", keeps() ? "contract" : "glue");
		w_.blank();
		w_.raw("#ifdef __cplusplus");
		w_.raw("extern \"C\" {");
		w_.raw("#endif");
		w_.blank();
		constants();
		numbers(if_.host_functions, "from the domain", "HOST");
		numbers(if_.domain_functions, "from the host", "DOMAIN");
		for (const auto &s : if_.structures) {
			w_.line("/* {} */", where(s->at));
			if (s->tag)
				union_members(*s);
			else
				members(structure(*s), s->layout);
		}
		for (const auto *list : {&if_.host_functions, &if_.domain_functions})
			for (const auto &f : *list)
				carriers(*f);
		contract();
		symbols();
		prototypes();
		w_.raw("#ifdef __cplusplus");
		w_.raw("}");
		w_.raw("#endif");
		w_.raw("#endif");
		return w_.take();
	}

private:
	void constants()
	{
		w_.line("#define LXD_{}_INTERFACE {}", if_.upper, if_.number);
		for (const auto &c : if_.constants)
			w_.line("#define LXD_{}_{} {}", if_.upper, upper(c.first), constant(c.second, wide_type(c.second)));
		for (const auto &h : if_.handles)
			w_.line("#define LXD_{}_HANDLE_{} {:#x} /* {} */", if_.upper, upper(h->name), if_.number << 8 | h->number,
				h->c_type);
		w_.blank();
		for (const auto &e : if_.enumerations) {
			w_.line("/* {} */", where(e->at));
			for (const auto &v : e->values)
				w_.line("#define LXD_{}_{} {}", if_.upper, upper(e->name + "_" + v.first),
					constant(v.second, wide_type(v.second)));
			w_.blank();
		}
	}

	static model::value wide_type(model::wide v)
	{
		model::value t;
		t.width = 8;
		t.sign = v < 0;
		return t;
	}

	void numbers(const std::vector<std::unique_ptr<model::function>> &fns, const char *what, const char *side)
	{
		if (!fns.empty()) {
			w_.line("/* Functions {}. */", what);
			w_.raw("enum {");
			for (const auto &f : fns)
				w_.line("\t{} = LXD_FN({}, {}),", fn_id(*f), if_.number, f->number);
			w_.raw("};");
			w_.blank();
		}
		w_.line("#define LXD_{}_NR_{}_FNS {}", if_.upper, side, fns.size());
		w_.blank();
	}

	void members(const std::string &type, const model::layout &l)
	{
		w_.line("{} {{", type);
		for (const model::member &m : l.members) {
			std::string many = m.elements ? fmt::format("[{}]", m.elements) : "";
			w_.line("\t{} {}{};", m.c_type, m.name, many);
		}
		w_.raw("};");
		w_.blank();
	}

	/// Is there more than single messages?
	bool keeps() const
	{
		for (const auto &s : if_.structures)
			if (s->tag)
				return true;
		for (const auto &f : if_.domain_functions)
			if (f->restart != model::restart::none)
				return true;
		return !if_.symbols.empty() || !if_.machines.empty() || !if_.opcodes.empty() || if_.has_contract();
	}

	void union_members(const model::structure &s)
	{
		w_.line("{} {{", structure(s));
		for (const model::member &m : s.layout.members) {
			if (m.name != "as") {
				w_.line("\t{} {}{};", m.c_type, m.name, m.elements ? fmt::format("[{}]", m.elements) : "");
				continue;
			}
			w_.raw("\tunion {");
			for (const auto &a : s.alternatives) {
				if (a.field < 0)
					continue;
				const model::value &v = s.fields[static_cast<size_t>(a.field)];
				bool many = v.shape != model::array::none || v.k == model::kind::text;
				w_.line("\t\t{} {}{}; /* LXD_{}_{} */", c_type(if_.name, v), v.name, many ? fmt::format("[{}]", v.size) : "",
					if_.upper, upper(s.tag->name + "_" + a.tag));
			}
			w_.line("\t\t__u8 raw[{}];", s.room);
			w_.raw("\t} as;");
		}
		w_.raw("};");
		w_.blank();
	}

	/// What the implementation has room for and hands out.
	void contract()
	{
		for (const auto &m : if_.machines) {
			w_.line("/* {}: states of a {}; klcd keeps it in the object */", where(m->at), m->object->name);
			w_.raw("enum {");
			for (const std::string &s : m->states)
				w_.line("\tLXD_{}_{},", if_.upper, upper(m->name + "_" + s));
			w_.raw("};");
			w_.blank();
			w_.line("{};", m->object->c_type);
			w_.line("struct lxd_object *klcd_{0}_{1}_object({2} *{1});", if_.name, m->object->name, m->object->c_type);
			w_.blank();
		}
		if (!if_.has_contract())
			return;
		w_.line("/* What is kept about one domain. klcd has room for it and calls lxd_{}_contract_init(). */", if_.name);
		w_.line("struct lxd_{}_contract {{", if_.name);
		std::vector<std::string> locks;
		for (const auto &f : if_.host_functions)
			if (f->quota) {
				w_.line("\tstruct lxd_quota quota_{};", f->name);
				locks.push_back(fmt::format("quota_{}.lock", f->name));
			}
		for (const auto &f : if_.domain_functions) {
			bool replay = f->restart == model::restart::replay;
			if (!f->once && !replay)
				continue;
			w_.raw("\tstruct {");
			w_.raw("\t\tstruct lxd_kept kept;");
			if (f->in.size)
				w_.line("\t\t{} in[LXD_KEPT];", in_type(*f));
			if (replay)
				w_.raw("\t\t__u8 valid[LXD_KEPT];");
			else
				w_.line("\t\t{} out[LXD_KEPT];", out_type(*f));
			w_.line("\t}} {}_{};", replay ? "replay" : "once", f->name);
			locks.push_back(fmt::format("{}_{}.kept.lock", replay ? "replay" : "once", f->name));
		}
		w_.raw("};");
		w_.blank();
		w_.line("static inline void lxd_{0}_contract_init(struct lxd_{0}_contract *c)", if_.name);
		w_.raw("{");
		w_.raw("\tmemset(c, 0, sizeof(*c));");
		for (const std::string &l : locks)
			w_.line("\tlxd_lock_init(&c->{});", l);
		w_.raw("}");
		w_.blank();
		w_.line("struct lxd_{0}_contract *klcd_{0}_contract(struct lxd_domain *dom);", if_.name);
		w_.raw("/* An object is gone: what was kept about it goes too. */");
		w_.line("void lxd_{}_forget(struct lxd_domain *dom, __u32 handle);", if_.name);
		for (const auto &f : if_.domain_functions)
			if (f->restart == model::restart::replay) {
				w_.raw("/* Tells a restarted domain the last settings again. 0 or the first error. */");
				w_.line("int lxd_{}_replay(struct lxd_domain *dom);", if_.name);
				break;
			}
		w_.blank();
	}

	void symbols()
	{
		if (if_.symbols.empty())
			return;
		w_.raw("/* How the loader binds what the driver wants; ends with an empty name. */");
		w_.line("extern const struct lxd_symbol lxd_{}_symbols[];", if_.name);
		w_.blank();
	}

	void carriers(const model::function &f)
	{
		if (f.in.size) {
			w_.line("/* {} */", where(f.at));
			members(in_type(f), f.in);
		}
		if (has_outs(f)) {
			w_.line("/* {}: results */", where(f.at));
			members(out_type(f), f.out);
		}
	}

	void documented(const model::function &f)
	{
		if (f.doc.empty()) {
			w_.line("/* {} */", where(f.at));
			return;
		}
		w_.raw("/*");
		w_.line(" * {}", where(f.at));
		for (std::string l : f.doc) {
			for (size_t cut; l.size() > 97 && (cut = l.rfind(' ', 97)) != std::string::npos && cut; l.erase(0, cut + 1))
				w_.raw(" * " + l.substr(0, cut));
			w_.raw(l.empty() ? " *" : " * " + l);
		}
		w_.raw(" */");
	}

	void prototypes()
	{
		std::set<std::string> types;
		for (const auto &h : if_.handles)
			types.insert(h->c_type);
		for (const std::string &t : types)
			w_.line("{};", t);
		if (!types.empty())
			w_.blank();
		w_.raw("/*");
		w_.raw(" * Host side. The domain's requests are checked in full before klcd_* runs, the domain's");
		w_.raw(" * replies before lxd_* returns. Pointers are valid during the call only.");
		w_.raw(" */");
		w_.line("extern const struct lxd_fn_info lxd_{}_host_fns[];", if_.name);
		w_.list(fmt::format("int lxd_{}_host_dispatch(", if_.name),
			{"struct lxd_domain *dom", "struct lxd_msg *msg", "struct lxd_msg *reply"}, ");");
		for (const auto &f : if_.host_functions) {
			documented(*f);
			prototype(*f, role::host_implementation, ";");
		}
		for (const auto &f : if_.domain_functions) {
			documented(*f);
			prototype(*f, role::host_stub, ";");
		}
		w_.blank();
		w_.raw("/*");
		w_.raw(" * Domain side. The names of its stubs are those of the host's, so each side sees its own.");
		w_.raw(" */");
		w_.line("extern const struct lxd_fn_info lxd_{}_domain_fns[];", if_.name);
		w_.line("int lxd_{}_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply);", if_.name);
		for (const auto &f : if_.host_functions) {
			w_.line("/* {} */", where(f->at));
			prototype(*f, role::domain_stub, ";");
		}
		for (const auto &f : if_.domain_functions) {
			w_.line("/* {} */", where(f->at));
			prototype(*f, role::domain_implementation, ";");
		}
		w_.blank();
	}
};

} // namespace

std::string emit_header(const source_manager &sources, const model::interface &interface)
{
	return header_emitter(sources, interface).run();
}

} // namespace lxd::idl
