// SPDX-License-Identifier: GPL-2.0-only
/// x_host.c: handlers of what the domain asks, stubs for what the host asks.
#include "emit_host.hpp"

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

constexpr side host_side = {"host", role::host_stub, role::host_implementation, "lxd_msg_alloc", "lxd_msg_free",
			    "lxd_domain_post(dom, "};

} // namespace

host_emitter::host_emitter(const source_manager &sources, const model::interface &interface)
	: emitter(sources, interface, host_side)
{
}

std::string host_emitter::run()
{
	banner(if_.name + "_host.c");
	w_.line("#include \"{}.h\"", if_.name);
	w_.blank();
	layout_asserts();
	w_.blank();
	for (const auto &e : if_.enumerations)
		enumeration_check(*e);
	for (const auto &s : if_.structures) {
		if (s->from_domain && needs_check(*s))
			structure_check(*s);
		if (s->from_host && needs_scrub(*s))
			structure_scrub(*s);
	}
	info_table(if_.host_functions);
	for (const auto &f : if_.host_functions)
		handler(*f);
	dispatch();
	for (const auto &f : if_.domain_functions)
		stub(*f);
	return w_.take();
}

static std::vector<const model::value *> handles(const model::function &f)
{
	std::vector<const model::value *> out;
	for (const model::value &v : f.params)
		if (v.k == kind::handle && !v.out)
			out.push_back(&v);
	return out;
}

void host_emitter::handler(const model::function &f)
{
	w_.line("/* {} */", where(f.at));
	w_.list(fmt::format("static int on_{}(", f.name),
		{"struct lxd_domain *dom", "const struct lxd_msg *msg", "struct lxd_msg *reply",
		 "struct lxd_refusal *no"}, ")");
	w_.raw("{");
	w_.in();
	handler_locals(f);
	for (const model::value *v : handles(f))
		w_.line("{} *{};", v->object->c_type, v->name);
	if (loops(f, false) || loops(f, true))
		w_.raw("__u32 i;");
	w_.blank();
	handler_unused(f);
	w_.raw("(void)no;");
	if (f.data)
		w_.guard("a->queue != (__u32)msg->queue", "return lxd_refuse(no, \"queue (other ring)\", a->queue);");
	check_values(f, false);
	for (const model::value *v : handles(f)) {
		w_.line("{0} = lxd_handle_get(dom, LXD_{1}_HANDLE_{2}, a->{0});", v->name, if_.upper,
			upper(v->object->name));
		w_.guard("!" + v->name, fmt::format("return lxd_refuse(no, \"{0} (handle)\", a->{0});", v->name));
	}
	call_implementation(f);
	w_.raw("return 0;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// Nothing that the implementation did not mean to say leaves the host.
void host_emitter::clean_results(const model::function &f)
{
	for (const model::value &v : f.params) {
		if (!v.out)
			continue;
		if (v.k == kind::text)
			w_.line("lxd_text_scrub(r->{0}, sizeof(r->{0}));", v.name);
		else
			scrub(v, "r->", v.shape == array::fixed ? std::to_string(v.size) : count_in(f, v, "r->"));
	}
}

void host_emitter::dispatch()
{
	handler_table(if_.host_functions, "struct lxd_domain *dom, const struct lxd_msg *msg,\n"
					  "\t\t\t  struct lxd_msg *reply, struct lxd_refusal *no");
	w_.raw("/*");
	w_.raw(" * Handles one message of the domain. 0, or -EPROTO if it was refused, which is counted against");
	w_.raw(" * the domain. If msg->call is not 0, reply holds an answer to send in both cases.");
	w_.raw(" */");
	w_.list(fmt::format("int lxd_{}_host_dispatch(", if_.name),
		{"struct lxd_domain *dom", "struct lxd_msg *msg", "struct lxd_msg *reply"}, ")");
	w_.raw("{");
	w_.in();
	w_.raw("unsigned int n = msg->fn & LXD_FN_NUMBER;");
	w_.raw("struct lxd_refusal no = { 0 };");
	w_.raw("const char *name = \"unknown\";");
	w_.raw("int err;");
	w_.blank();
	w_.line("if ((msg->fn & LXD_FN_REPLY) || (msg->fn & LXD_FN_IDENTITY) >> 8 != LXD_{}_INTERFACE ||",
		if_.upper);
	w_.line("    n >= LXD_{}_NR_HOST_FNS) {{", if_.upper);
	w_.raw("\terr = lxd_refuse(&no, \"function\", msg->fn);");
	w_.raw("} else {");
	w_.line("\tn = lxd_index(n, LXD_{}_NR_HOST_FNS);", if_.upper);
	w_.line("\tname = lxd_{}_host_fns[n].name;", if_.name);
	w_.line("\terr = lxd_glue_open(&lxd_{}_host_fns[n], msg, reply, &no);", if_.name);
	w_.raw("\tif (!err)");
	w_.raw("\t\terr = handlers[n](dom, msg, reply, &no);");
	w_.raw("}");
	w_.raw("if (!err)");
	w_.raw("\treturn 0;");
	w_.raw("lxd_domain_violation(dom, name, no.what, no.value);");
	w_.raw("lxd_glue_result(msg, reply, err);");
	w_.raw("return err;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// A reply is as hostile as a request.
void host_emitter::before_stub(const model::function &f)
{
	w_.line("/* {}: the domain's answer */", where(f.at));
	std::vector<std::string> params;
	if (sized_by_argument(f))
		params.push_back(fmt::format("const {} *a", in_type(f)));
	params.push_back(fmt::format("const {} *r", out_type(f)));
	params.push_back("const struct lxd_msg *reply");
	params.push_back("struct lxd_refusal *no");
	w_.list(fmt::format("static int check_{}_reply(", f.name), params, ")");
	w_.raw("{");
	w_.in();
	if (loops(f, true)) {
		w_.raw("__u32 i;");
		w_.blank();
	}
	w_.guard(fmt::format("reply->len < {}", has_outs(f) ? f.out.fixed() : 4),
		 "return lxd_refuse(no, \"length\", reply->len);");
	w_.guard("r->ret > 0 || r->ret < LXD_MIN_RESULT", "return lxd_refuse(no, \"result\", (__u64)r->ret);");
	w_.guard("r->ret", "return 0;");
	check_values(f, true);
	w_.raw("return 0;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void host_emitter::stub_locals(const model::function &)
{
	w_.raw("struct lxd_refusal no = { 0 };");
}

void host_emitter::fill(const model::function &f, const std::string &too_many)
{
	fill_arguments(f, too_many);
	for (const model::value &v : f.params)
		if (!v.out)
			scrub(v, "a->", v.shape == array::fixed ? std::to_string(v.size) : count_in(f, v, "a->"));
}

void host_emitter::send_and_wait(const model::function &f, const std::string &leave)
{
	w_.line("err = lxd_domain_call(dom, &req, &reply, {});", f.deadline_ms);
	w_.guard("err", leave);
	w_.line("err = check_{}_reply({}r, &reply, &no);", f.name, sized_by_argument(f) ? "a, " : "");
	w_.raw("if (err) {");
	w_.line("\tlxd_domain_violation(dom, \"{}.{}\", no.what, no.value);", if_.name, f.name);
	w_.raw("\t" + leave);
	w_.raw("}");
}

std::string emit_host(const source_manager &sources, const model::interface &interface)
{
	return host_emitter(sources, interface).run();
}

} // namespace lxd::idl
