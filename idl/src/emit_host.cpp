// SPDX-License-Identifier: GPL-2.0-only
/// x_host.c: handlers of what the domain asks, stubs for what the host asks.
#include "emit_host.hpp"

#include "emit_trace.hpp"

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
	w_.raw("#ifdef __KERNEL__");
	w_.raw("#define CREATE_TRACE_POINTS");
	w_.line("#include \"{}_trace.h\"", if_.name);
	w_.blank();
	w_.line("#define TRACE(event, ...) trace_lxd_{}_##event(dom, __VA_ARGS__)", if_.name);
	w_.raw("#else");
	w_.raw("#define TRACE(event, ...) ((void)0)");
	w_.raw("#endif");
	w_.blank();
	layout_asserts();
	w_.blank();
	for (const auto &e : if_.enumerations)
		enumeration_check(*e);
	for (const auto &s : if_.structures) {
		if (s->from_domain && needs_check(*s))
			structure_check(*s);
		if (s->from_host && scrubs(*s))
			structure_scrub(*s);
	}
	for (const auto &o : if_.opcodes)
		if (std::any_of(if_.domain_functions.begin(), if_.domain_functions.end(),
				[&](const auto &f) { return opcode_of(*f) && opcode_of(*f)->codes == o.get(); }))
			opcode_table(*o);
	for (const auto &m : if_.machines) {
		machine_rules(*m);
		if (m->defers())
			machine_release(*m);
	}
	symbols();
	info_table(if_.host_functions);
	for (const auto &f : if_.host_functions)
		handler(*f);
	dispatch();
	for (const auto &f : if_.domain_functions)
		stub(*f);
	replay_all();
	forget();
	return w_.take();
}

void host_emitter::trace(const model::function &f, const std::string &result)
{
	std::vector<std::string> arguments = trace_arguments(if_, f);
	arguments.insert(arguments.begin(), f.name);
	arguments.push_back(result);
	w_.list("TRACE(", arguments, ");");
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
	if (f.life) {
		w_.raw("struct lxd_object *object;");
		w_.raw("__u8 rule, was;");
	}
	w_.blank();
	handler_unused(f);
	w_.raw("(void)no;");
	quota_check(f);
	if (f.data)
		w_.guard("a->queue != (__u32)msg->queue", "return lxd_refuse(no, \"queue (other ring)\", a->queue);");
	check_values(f, false);
	for (const model::value *v : handles(f)) {
		w_.line("{0} = lxd_handle_get(dom, LXD_{1}_HANDLE_{2}, a->{0});", v->name, if_.upper,
			upper(v->object->name));
		w_.guard("!" + v->name, fmt::format("return lxd_refuse(no, \"{0} (handle)\", a->{0});", v->name));
	}
	machine_check(f);
	call_implementation(f);
	trace(f, f.wait ? "r->ret" : "0");
	machine_done(f, f.wait ? "r->ret < 0" : "");
	if (excludes(f))
		w_.raw("lxd_object_leave(object);");
	w_.raw("return 0;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void host_emitter::dispatch()
{
	if (if_.host_functions.empty()) {
		w_.raw("/* The domain asks nothing of this interface. */");
		w_.list(fmt::format("int lxd_{}_host_dispatch(", if_.name),
			{"struct lxd_domain *dom", "struct lxd_msg *msg", "struct lxd_msg *reply"}, ")");
		w_.raw("{");
		w_.raw("\tTRACE(refused, msg->fn, \"function\", msg->fn);");
		w_.raw("\tlxd_domain_violation(dom, \"unknown\", \"function\", msg->fn);");
		w_.raw("\tlxd_glue_result(msg, reply, -EPROTO);");
		w_.raw("\treturn -EPROTO;");
		w_.raw("}");
		w_.blank();
		return;
	}
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
	w_.raw("TRACE(refused, msg->fn, no.what, no.value);");
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
	if (f.once)
		once_function(f);
	if (f.restart == model::restart::replay)
		replay_function(f);
	w_.line("/* {}: the domain's answer */", where(f.at));
	std::vector<std::string> params;
	if (sized_by_argument(f))
		params.push_back(fmt::format("const {} *a", in_type(f)));
	if (opcode_of(f))
		params.push_back("const struct lxd_opcode *operation");
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
	if (sized_by_argument(f))
		w_.raw("(void)a;");
	if (opcode_of(f))
		w_.raw("(void)operation;");
	// A counted array at the end has its own check, of which this one is a part if nothing comes between.
	bool checked = std::any_of(f.params.begin(), f.params.end(),
				   [this](const model::value &v) { return v.out && limited(v); });
	if (f.out.tail < 0 || checked)
		w_.guard(fmt::format("reply->len < {}", has_outs(f) ? f.out.fixed() : 4),
			 "return lxd_refuse(no, \"length\", reply->len);");
	w_.guard("r->ret > 0 || r->ret < LXD_MIN_RESULT", "return lxd_refuse(no, \"result\", (__u64)r->ret);");
	bool counts = std::any_of(f.params.begin(), f.params.end(),
				  [](const model::value &v) { return v.out && v.own_count(); });
	if (checked || counts)
		w_.guard("r->ret", "return 0;");
	check_values(f, true);
	w_.raw("return 0;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void host_emitter::stub_locals(const model::function &f)
{
	w_.raw("struct lxd_refusal no = { 0 };");
	if (opcode_of(f))
		w_.raw("const struct lxd_opcode *operation;");
	if (f.life && !f.wait) {
		w_.raw("struct lxd_object *object;");
		w_.raw("__u8 rule, was;");
	} else if (f.life) {
		w_.raw("struct lxd_object *object = NULL;");
		w_.raw("__u8 rule = 0, was = 0;");
	}
	if (f.restart == model::restart::replay)
		w_.raw("int slot;");
	if (resubmits(f))
		w_.raw("unsigned int tries;");
}

bool host_emitter::resubmits(const model::function &f)
{
	const model::value *code = opcode_of(f);
	return f.restart == model::restart::resubmit ||
	       (code && std::any_of(code->codes->codes.begin(), code->codes->codes.end(),
				    [](const model::opcode &c) { return c.restart == model::restart::resubmit; }));
}

/// Each call is traced, however it ends.
bool host_emitter::one_way_out(const model::function &) const
{
	return true;
}

void host_emitter::before_sending(const model::function &f, const std::string &leave)
{
	if (opcode_of(f))
		opcode_send(f, leave);
	if (f.once) {
		w_.line("if (once_{}(dom, {}, r, false)) {{", f.name, f.in.size ? "a" : "NULL");
		w_.in();
		copy_results(f);
		w_.raw("err = 0;");
		w_.raw(leave);
		w_.out();
		w_.raw("}");
	}
	if (f.restart == model::restart::replay) {
		w_.line("slot = keep_{}(dom, a, -1);", f.name);
		if (std::any_of(f.params.begin(), f.params.end(), [](const auto &v) { return v.k == kind::handle; })) {
			w_.raw("err = slot;");
			w_.guard("slot < 0", leave);
		}
	}
	machine_send(f, leave);
}

void host_emitter::before_results(const model::function &f, const std::string &leave)
{
	if (f.once) {
		w_.raw("err = -ENOSPC;");
		w_.guard(fmt::format("!once_{}(dom, {}, r, true)", f.name, f.in.size ? "a" : "NULL"), leave);
		w_.raw("err = 0;");
	}
	if (f.restart == model::restart::replay)
		w_.guard("!err", fmt::format("keep_{}(dom, a, slot);", f.name));
}

void host_emitter::at_end(const model::function &f)
{
	trace(f, "err");
	if (!f.life)
		return;
	if (!f.life->moves(f.event)) {
		machine_done(f, "");
		return;
	}
	w_.raw("if (object) {");
	w_.in();
	machine_done(f, "err < 0");
	w_.out();
	w_.raw("}");
}

void host_emitter::send_and_wait(const model::function &f, const std::string &leave)
{
	const model::value *code = opcode_of(f);
	if (resubmits(f)) {
		w_.raw("for (tries = 0; tries <= LXD_RESUBMITS; tries++) {");
		w_.in();
		w_.raw("reply.len = sizeof(*r);");
		w_.line("err = lxd_domain_call(dom, &req, &reply, {});", f.deadline_ms);
		w_.guard(fmt::format("err != -ESHUTDOWN || {}lxd_domain_await_restart(dom, {})",
				     code ? "!(operation->flags & LXD_OPCODE_RESUBMIT) || " : "", f.deadline_ms),
			 "break;");
		w_.out();
		w_.raw("}");
	} else {
		w_.line("err = lxd_domain_call(dom, &req, &reply, {});", f.deadline_ms);
	}
	if (f.restart == model::restart::fail || code)
		w_.guard("err == -ESHUTDOWN", "err = -EIO;");
	if (f.restart == model::restart::drop) {
		w_.raw("if (err == -ESHUTDOWN) {");
		w_.raw("\terr = 0;");
		w_.raw("\t" + leave);
		w_.raw("}");
	}
	w_.guard("err", leave);
	check_answer(f, leave);
}

void host_emitter::check_answer(const model::function &f, const std::string &leave)
{
	w_.line("err = check_{}_reply({}{}r, &reply, &no);", f.name, sized_by_argument(f) ? "a, " : "",
		opcode_of(f) ? "operation, " : "");
	w_.raw("if (err) {");
	w_.line("\tTRACE(refused, {} | LXD_FN_REPLY, no.what, no.value);", fn_id(f));
	w_.line("\tlxd_domain_violation(dom, \"{}.{}\", no.what, no.value);", if_.name, f.name);
	w_.raw("\t" + leave);
	w_.raw("}");
}

void host_emitter::post(const model::function &f)
{
	machine_send(f, f.returns_int ? "return err;" : "return;");
	w_.line("err = lxd_domain_post(dom, {}, {}, {});", f.data ? "queue" : "-1", fn_id(f), slot_words(f));
	if (f.restart == model::restart::fail)
		w_.guard("err == -ESHUTDOWN", "err = -EIO;");
	if (f.restart == model::restart::drop)
		w_.guard("err == -ESHUTDOWN", "err = 0;");
	trace(f, "err");
	machine_done(f, "err < 0");
	if (f.returns_int)
		w_.raw("return err;");
	else if (!f.life || !f.life->moves(f.event))
		w_.raw("(void)err;");
}

std::string emit_host(const source_manager &sources, const model::interface &interface)
{
	return host_emitter(sources, interface).run();
}

} // namespace lxd::idl
