// SPDX-License-Identifier: GPL-2.0-only
/// x_domain.c: the host is trusted, but a mistake must not run out of bounds.
#include "emit.hpp"

#include <algorithm>

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

constexpr side domain_side = {"domain", role::domain_stub, role::domain_implementation, "rt_msg_alloc", "rt_msg_free",
			      "rt_host_post("};

class domain_emitter : emitter {
public:
	domain_emitter(const source_manager &sources, const model::interface &interface)
		: emitter(sources, interface, domain_side)
	{
	}

	std::string run()
	{
		banner(if_.name + "_domain.c");
		w_.line("#include \"{}.h\"", if_.name);
		w_.blank();
		layout_asserts();
		w_.blank();
		for (const auto &s : if_.structures)
			if (s->from_domain && scrubs(*s))
				structure_scrub(*s);
		info_table(if_.domain_functions);
		for (const auto &f : if_.domain_functions)
			handler(*f);
		dispatch();
		for (const auto &f : if_.host_functions)
			stub(*f);
		return w_.take();
	}

private:
	/// The host refuses a union with more in it than its member.
	bool scrubs(const model::structure &s) const override { return s.has_union(); }

	void handler(const model::function &f)
	{
		w_.line("/* {} */", where(f.at));
		w_.line("static int on_{}(const struct lxd_msg *msg, struct lxd_msg *reply)", f.name);
		w_.raw("{");
		w_.in();
		handler_locals(f);
		if (std::any_of(f.params.begin(), f.params.end(), [this](const model::value &v) {
			    return v.out && v.shape != array::none && v.k == kind::structure && scrubs(*v.type);
		    }))
			w_.raw("__u32 i;");
		w_.blank();
		handler_unused(f);
		for (const model::value &v : f.params) {
			if (v.out || v.shape != array::counted)
				continue;
			std::string n = count_in(f, v, "a->");
			bool always = v.count_value < 0 && v.size == 255;
			if (!always)
				w_.guard(fmt::format("{} > {}", n, v.size), "return -EPROTO;");
			const model::layout &l = f.in;
			if (l.tail >= 0 && l.members[static_cast<size_t>(l.tail)].name == v.name)
				w_.guard(fmt::format("msg->len < {}", used_length(f, l, "a->", in_type(f))),
					 "return -EPROTO;");
		}
		call_implementation(f);
		w_.raw("return 0;");
		w_.out();
		w_.raw("}");
		w_.blank();
	}

	void dispatch()
	{
		if (if_.domain_functions.empty()) {
			w_.line("int lxd_{}_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply)", if_.name);
			w_.raw("{");
			w_.raw("\tlxd_glue_result(msg, reply, -EPROTO);");
			w_.raw("\treturn -EPROTO;");
			w_.raw("}");
			w_.blank();
			return;
		}
		handler_table(if_.domain_functions, "const struct lxd_msg *msg, struct lxd_msg *reply");
		w_.raw("/* Handles one message of the host. If msg->call is not 0, reply holds an answer to send. */");
		w_.line("int lxd_{}_domain_dispatch(struct lxd_msg *msg, struct lxd_msg *reply)", if_.name);
		w_.raw("{");
		w_.in();
		w_.raw("unsigned int n = msg->fn & LXD_FN_NUMBER;");
		w_.raw("struct lxd_refusal no = { 0 };");
		w_.raw("int err = -EPROTO;");
		w_.blank();
		w_.line("if ((msg->fn & LXD_FN_IDENTITY) >> 8 == LXD_{0}_INTERFACE && n < LXD_{0}_NR_DOMAIN_FNS) {{", if_.upper);
		w_.line("\terr = lxd_glue_open(&lxd_{}_domain_fns[n], msg, reply, &no);", if_.name);
		w_.raw("\tif (!err)");
		w_.raw("\t\terr = handlers[n](msg, reply);");
		w_.raw("}");
		w_.raw("if (err)");
		w_.raw("\tlxd_glue_result(msg, reply, err);");
		w_.raw("return err;");
		w_.out();
		w_.raw("}");
		w_.blank();
	}

	void send_and_wait(const model::function &f, const std::string &leave) override
	{
		w_.line("err = rt_host_call(&req, &reply, {});", f.deadline_ms);
		w_.guard("err", leave);
		clamp_counts(f, "r->");
	}
};

} // namespace

std::string emit_domain(const source_manager &sources, const model::interface &interface)
{
	return domain_emitter(sources, interface).run();
}

} // namespace lxd::idl
