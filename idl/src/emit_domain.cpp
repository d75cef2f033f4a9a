// SPDX-License-Identifier: GPL-2.0-only
/// x_domain.c: the host is trusted, but a mistake must not run out of bounds.
#include "emit.hpp"

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

class domain_emitter : emitter {
public:
	using emitter::emitter;

	std::string run()
	{
		banner(if_.name + "_domain.c");
		w_.line("#include \"{}.h\"", if_.name);
		w_.blank();
		layout_asserts();
		w_.blank();
		info_table(if_.domain_functions, "domain");
		for (const auto &f : if_.domain_functions)
			handler(*f);
		dispatch();
		for (const auto &f : if_.host_functions)
			stub(*f);
		return w_.take();
	}

private:
	void handler(const model::function &f)
	{
		w_.line("/* {} */", where(f.at));
		w_.line("static int on_{}(const struct lxd_msg *msg, struct lxd_msg *reply)", f.name);
		w_.raw("{");
		w_.in();
		if (f.in.size)
			w_.line("const {} *a = (const void *)msg->data;", in_type(f));
		if (f.wait)
			w_.line("{} *r = (void *)reply->data;", out_type(f));
		w_.blank();
		if (!f.in.size)
			w_.raw("(void)msg;");
		if (!f.wait)
			w_.raw("(void)reply;");
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
		w_.list(fmt::format("{}{}(", f.wait ? "r->ret = " : "", name_for(f, role::domain_implementation)),
			implementation_arguments(f, role::domain_implementation), ");");
		if (f.wait) {
			clamp_counts(f, "r->");
			w_.line("reply->len = {};", f.out.tail < 0 ? "sizeof(*r)"
								   : used_length(f, f.out, "r->", out_type(f)));
		}
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
		w_.raw("typedef int (*handler_fn)(const struct lxd_msg *msg, struct lxd_msg *reply);");
		w_.blank();
		w_.line("static const handler_fn handlers[LXD_{}_NR_DOMAIN_FNS] = {{", if_.upper);
		for (const auto &f : if_.domain_functions)
			w_.line("\t[{} & LXD_FN_NUMBER] = on_{},", fn_id(*f), f->name);
		w_.raw("};");
		w_.blank();
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

	void stub(const model::function &f)
	{
		w_.line("/* {} */", where(f.at));
		prototype(f, role::domain_stub, "");
		w_.raw("{");
		w_.in();
		if (f.wait)
			call_stub(f);
		else
			post_stub(f);
		w_.out();
		w_.raw("}");
		w_.blank();
	}

	void call_stub(const model::function &f)
	{
		bool on_heap = heap(f);
		std::string leave = on_heap ? "goto out;" : "return err;";
		if (f.in.size && on_heap)
			w_.line("{} *a;", in_type(f));
		else if (f.in.size)
			w_.line("{0} in __attribute__((aligned(8))) = {{ 0 }}, *a = &in;", in_type(f));
		w_.line("{0} out __attribute__((aligned(8))) = {{ 0 }}, *r = &out;", out_type(f));
		w_.raw("struct lxd_msg reply = { 0 };");
		w_.raw("struct lxd_msg req = { 0 };");
		w_.raw("int err;");
		w_.blank();
		if (on_heap) {
			w_.raw("a = rt_msg_alloc(sizeof(*a));");
			w_.guard("!a", "return -ENOMEM;");
			w_.raw("err = -EINVAL;");
		}
		fill_arguments(f, false, on_heap ? "goto out;" : "return -EINVAL;");
		for (const model::value &v : f.params)
			if (v.out && v.count_value >= 0 && !f.params[static_cast<size_t>(v.count_value)].out)
				w_.guard(fmt::format("{} > {}", f.params[static_cast<size_t>(v.count_value)].name, v.size),
					 on_heap ? "goto out;" : "return -EINVAL;");
		w_.line("req.fn = {};", fn_id(f));
		w_.raw("req.queue = -1;");
		if (f.in.size) {
			w_.raw("req.data = (void *)a;");
			w_.line("req.len = {};", f.in.tail < 0 ? "sizeof(*a)" : used_length(f, f.in, "a->", in_type(f)));
		} else {
			w_.raw("req.data = req.w;");
		}
		w_.raw("reply.data = (void *)r;");
		w_.raw("reply.len = sizeof(*r);");
		w_.line("err = rt_host_call(&req, &reply, {});", f.deadline_ms);
		w_.guard("err", leave);
		// An error comes without results.
		w_.raw("err = r->ret;");
		if (has_outs(f)) {
			w_.guard("err < 0", leave);
			clamp_counts(f, "r->");
			copy_results(f);
		}
		if (on_heap) {
			w_.out();
			w_.raw("out:");
			w_.in();
			w_.raw("rt_msg_free(a);");
		}
		w_.raw("return err;");
	}

	void post_stub(const model::function &f)
	{
		if (f.in.size)
			w_.line("{} in = {{ 0 }}, *a = &in;", in_type(f));
		w_.raw("__u64 w[LXD_SLOT_WORDS] = { 0 };");
		w_.blank();
		fill_arguments(f, false, f.returns_int ? "return -EINVAL;" : "return;");
		if (f.in.size)
			w_.raw("memcpy(w, a, sizeof(*a));");
		w_.line("{}rt_host_post({}, {}, w);", f.returns_int ? "return " : "", f.data ? "queue" : "-1", fn_id(f));
	}
};

} // namespace

std::string emit_domain(const source_manager &sources, const model::interface &interface)
{
	return domain_emitter(sources, interface).run();
}

} // namespace lxd::idl
