// SPDX-License-Identifier: GPL-2.0-only
/// What lasts longer than a message: states of objects, quotas, kept answers and settings, opcodes.
#include "emit_host.hpp"

namespace lxd::idl {

using model::array;
using model::kind;

const model::value *host_emitter::opcode_of(const model::function &f)
{
	for (const model::value &v : f.params)
		if (v.codes)
			return &v;
	return nullptr;
}

void host_emitter::opcode_table(const model::opcode_table &t)
{
	w_.line("/* {} */", where(t.at));
	w_.line("static const struct lxd_opcode *find_{}(__u{} code)", t.name, t.bytes * 8);
	w_.raw("{");
	w_.in();
	w_.raw("static const struct lxd_opcode table[] = {");
	for (const model::opcode &c : t.codes) {
		std::string flags;
		for (auto [on, name] : {std::pair{c.in, "LXD_OPCODE_IN"}, {c.out, "LXD_OPCODE_OUT"},
					{c.restart == model::restart::resubmit, "LXD_OPCODE_RESUBMIT"}})
			if (on)
				flags += (flags.empty() ? "" : " | ") + std::string(name);
		w_.line("\t{{ {}, {}, {} }}, /* {} */", flags.empty() ? "0" : flags, c.max,
			c.capability.empty() ? "-1" : c.capability, where(c.at));
	}
	w_.raw("};");
	w_.blank();
	w_.raw("switch (code) {");
	for (size_t i = 0; i < t.codes.size(); i++) {
		w_.line("case {:#x}:", t.codes[i].code);
		w_.line("\treturn &table[{}];", i);
	}
	w_.raw("}");
	w_.raw("return NULL;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void host_emitter::opcode_send(const model::function &f, const std::string &leave)
{
	const model::value *code = opcode_of(f);
	w_.line("operation = find_{}(a->{});", code->codes->name, code->name);
	w_.raw("err = -ENOTTY;");
	w_.guard("!operation", leave);
	for (const model::opcode &c : code->codes->codes)
		if (!c.capability.empty()) {
			w_.raw("err = -EPERM;");
			w_.guard("operation->capability >= 0 && !lxd_capable(operation->capability)", leave);
			break;
		}
	w_.raw("err = -EINVAL;");
	for (const model::value &v : f.params) {
		if (v.shape != array::counted || (v.out && (v.count_value < 0 || f.params[static_cast<size_t>(v.count_value)].out)))
			continue;
		// Results that an argument sizes are bounded here, others when they come.
		std::string n = v.own_count() && !v.bulk ? "a->" + v.count
							 : "a->" + f.params[static_cast<size_t>(v.count_value)].name;
		w_.guard(fmt::format("{} * sizeof({}->{}[0]) > lxd_opcode_max(operation, LXD_OPCODE_{})", n, v.out ? "r" : "a", v.name,
				     v.out ? "OUT" : "IN"),
			 leave);
	}
}

void host_emitter::symbols()
{
	if (if_.symbols.empty())
		return;
	w_.line("const struct lxd_symbol lxd_{}_symbols[] = {{", if_.name);
	for (const auto &c : if_.symbols)
		for (const std::string &n : c.names)
			w_.line("\t{{ \"{}\", \"{}\" }},", n, c.kind);
	w_.raw("\t{ NULL, NULL }");
	w_.raw("};");
	w_.blank();
}

void host_emitter::machine_rules(const model::machine &m)
{
	bool settle = false;
	for (size_t i = 0; i < m.states.size(); i++)
		settle |= m.settled[i] != i;
	static const char *const actions[] = {"LXD_ACCEPT", "LXD_DROP", "LXD_DEFER", "LXD_KILL"};
	w_.line("/* {}: for each state what becomes of", where(m.at));
	for (const model::function *f : m.events)
		w_.line(" * {}{}", f->name, f == m.events.back() ? "" : ",");
	w_.raw(" */");
	w_.line("static const __u8 rules_{}[{}][{}] = {{", m.name, m.states.size(), m.events.size());
	for (size_t i = 0; i < m.states.size(); i++) {
		std::vector<std::string> row;
		for (const model::rule &r : m.rules[i]) {
			std::string text = actions[static_cast<size_t>(r.action)];
			if (r.action == model::action::accept)
				text += fmt::format(" | {}", r.next);
			row.push_back(text);
		}
		w_.line("\t/* {} */", m.states[i]);
		w_.list("\t{ ", row, " },");
	}
	w_.raw("};");
	w_.blank();
	if (!settle)
		return;
	w_.raw("/* Where an object is when the call that brought it there has returned. */");
	std::vector<std::string> row;
	for (uint8_t s : m.settled)
		row.push_back(std::to_string(s));
	w_.list(fmt::format("static const __u8 settled_{}[{}] = {{ ", m.name, m.states.size()), row, " };");
	w_.blank();
}

/// After a change of state: what was held back is said again, in order, and may be held again.
void host_emitter::machine_release(const model::machine &m)
{
	w_.line("static void release_{}(struct lxd_domain *dom, struct lxd_object *object)", m.name);
	w_.raw("{");
	w_.in();
	w_.raw("struct lxd_held held[LXD_HELD];");
	w_.raw("unsigned int i, n = lxd_object_take(object, held);");
	w_.blank();
	w_.raw("for (i = 0; i < n; i++) {");
	w_.raw("\tstruct lxd_msg msg = { 0 };");
	w_.blank();
	w_.raw("\tmsg.fn = held[i].fn;");
	w_.raw("\tmsg.queue = -1;");
	w_.raw("\tmsg.data = held[i].w;");
	w_.raw("\tmsg.len = sizeof(held[i].w);");
	w_.line("\tlxd_{}_host_dispatch(dom, &msg, NULL);", if_.name);
	w_.raw("}");
	w_.out();
	w_.raw("}");
	w_.blank();
}

std::string host_emitter::rule_of(const model::function &f)
{
	return fmt::format("lxd_object_step(object, rules_{}[0], {}, {}, &was)", f.life->name, f.life->events.size(), f.event);
}

void host_emitter::quota_check(const model::function &f)
{
	if (!f.quota)
		return;
	w_.line("if (!lxd_quota_take(&klcd_{}_contract(dom)->quota_{}, {}, {}ull)) {{", if_.name, f.name, f.quota, f.quota_ns);
	w_.raw("\tlxd_glue_result(msg, reply, -EBUSY);");
	w_.raw("\treturn 0;");
	w_.raw("}");
}

void host_emitter::machine_check(const model::function &f)
{
	if (!f.life)
		return;
	const model::value &v = f.params[f.watched];
	w_.line("object = klcd_{}_{}_object({});", if_.name, v.object->name, v.name);
	if (excludes(f))
		w_.raw("lxd_object_enter(object);");
	w_.line("rule = {};", rule_of(f));
	std::string refuse = fmt::format("lxd_object_message(dom, object, \"{}.{}\", rule, msg, reply, no);", if_.name, f.name);
	if (!excludes(f)) {
		w_.guard("(rule & LXD_RULE_ACTION) != LXD_ACCEPT", "return " + refuse);
		return;
	}
	w_.raw("if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {");
	w_.raw("\tlxd_object_leave(object);");
	w_.raw("\treturn " + refuse);
	w_.raw("}");
}

bool host_emitter::excludes(const model::function &f)
{
	return f.life && f.wait && !f.from_host && !f.concurrent;
}

void host_emitter::machine_done(const model::function &f, const std::string &failed)
{
	if (!f.life)
		return;
	if (!f.life->moves(f.event)) {
		w_.raw("(void)was;");
		return;
	}
	std::string changed = "(rule & LXD_RULE_STATE) != was";
	if (!failed.empty())
		w_.guard(failed, "lxd_object_back(object, rule, was);");
	if (f.life->settles(f.event))
		w_.guard(fmt::format("!({})", failed),
			 fmt::format("lxd_object_settle(object, rule, settled_{});", f.life->name));
	if (f.life->defers())
		w_.guard(failed.empty() ? changed : fmt::format("!({}) && {}", failed, changed),
			 fmt::format("release_{}(dom, object);", f.life->name));
	else if (failed.empty())
		w_.raw("(void)was;");
}

/// The host's own message is an event like the domain's: it is sent only if the object's state accepts it.
void host_emitter::machine_send(const model::function &f, const std::string &leave)
{
	if (!f.life)
		return;
	const model::value &v = f.params[f.watched];
	w_.raw("{");
	w_.in();
	w_.line("{} *target;", v.object->c_type);
	w_.blank();
	w_.line("target = lxd_handle_get(dom, LXD_{}_HANDLE_{}, {});", if_.upper, upper(v.object->name), v.name);
	std::string early = leave == "return;" ? "return;" : f.wait ? leave : "return -ESTALE;";
	if (f.wait)
		w_.raw("err = -ESTALE;");
	w_.guard("!target", early);
	w_.line("object = klcd_{}_{}_object(target);", if_.name, v.object->name);
	w_.out();
	w_.raw("}");
	w_.line("rule = {};", rule_of(f));
	if (!f.wait) {
		w_.guard("(rule & LXD_RULE_ACTION) != LXD_ACCEPT", leave == "return;" ? leave : "return -EBUSY;");
		return;
	}
	w_.raw("if ((rule & LXD_RULE_ACTION) != LXD_ACCEPT) {");
	w_.raw("\tobject = NULL;");
	w_.raw("\terr = -EBUSY;");
	w_.raw("\t" + leave);
	w_.raw("}");
}

/// Looks for an answer, and with `keep` keeps this one unless another was first.
void host_emitter::once_function(const model::function &f)
{
	std::string kept = fmt::format("c->once_{}", f.name);
	bool key = f.in.size > 0;
	w_.line("/* {}: asked once */", where(f.at));
	w_.list(fmt::format("static bool once_{}(", f.name),
		{"struct lxd_domain *dom", key ? fmt::format("const {} *in", in_type(f)) : "const void *in",
		 fmt::format("{} *out", out_type(f)), "bool keep"}, ")");
	w_.raw("{");
	w_.in();
	w_.line("struct lxd_{0}_contract *c = klcd_{0}_contract(dom);", if_.name);
	w_.raw("unsigned long flags;");
	w_.raw("bool found = false;");
	w_.raw("__u32 i;");
	w_.blank();
	if (!key)
		w_.raw("(void)in;");
	w_.line("LXD_LOCK(&{}.kept.lock, flags);", kept);
	w_.line("for (i = 0; i < {}.kept.used && !found; i++) {{", kept);
	w_.line("\tfound = {};", key ? fmt::format("!memcmp(&{}.in[i], in, sizeof(*in))", kept) : "true");
	w_.raw("\tif (found)");
	w_.line("\t\t*out = {}.out[i];", kept);
	w_.raw("}");
	w_.line("if (!found && keep && {}.kept.used < LXD_KEPT) {{", kept);
	if (key)
		w_.line("\t{0}.in[{0}.kept.used] = *in;", kept);
	w_.line("\t{0}.out[{0}.kept.used++] = *out;", kept);
	w_.raw("\tfound = true;");
	w_.raw("}");
	w_.line("LXD_UNLOCK(&{}.kept.lock, flags);", kept);
	w_.raw("return found;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// With `slot` below 0 finds the object's place for this setting or takes one; else writes there.
void host_emitter::replay_function(const model::function &f)
{
	std::string kept = fmt::format("c->replay_{}", f.name), same;
	for (const model::value &v : f.params)
		if (v.k == kind::handle)
			same += fmt::format("{}{}.in[i].{} == in->{}", same.empty() ? "" : " && ", kept, v.name, v.name);
	w_.line("/* {}: the last setting of each object */", where(f.at));
	w_.list(fmt::format("static int keep_{}(", f.name),
		{"struct lxd_domain *dom", fmt::format("const {} *in", in_type(f)), "int slot"}, ")");
	w_.raw("{");
	w_.in();
	w_.line("struct lxd_{0}_contract *c = klcd_{0}_contract(dom);", if_.name);
	w_.raw("unsigned long flags;");
	w_.raw("__u32 i;");
	w_.blank();
	w_.line("LXD_LOCK(&{}.kept.lock, flags);", kept);
	w_.raw("if (slot >= 0) {");
	w_.line("\t{}.in[slot] = *in;", kept);
	w_.line("\t{}.valid[slot] = 1;", kept);
	w_.raw("} else {");
	w_.line("\tfor (i = 0; i < {}.kept.used; i++)", kept);
	w_.line("\t\tif ({})", same.empty() ? "true" : same);
	w_.raw("\t\t\tbreak;");
	w_.raw("\tslot = i < LXD_KEPT ? (int)i : -ENOSPC;");
	w_.line("\tif (slot >= 0 && i == {}.kept.used)", kept);
	w_.line("\t\t{0}.in[{0}.kept.used++] = *in;", kept);
	w_.raw("}");
	w_.line("LXD_UNLOCK(&{}.kept.lock, flags);", kept);
	w_.raw("return slot;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void host_emitter::replay_all()
{
	bool any = false;
	for (const auto &f : if_.domain_functions) {
		if (f->restart != model::restart::replay)
			continue;
		any = true;
		std::string kept = fmt::format("c->replay_{}", f->name);
		w_.line("static int replay_{}(struct lxd_domain *dom)", f->name);
		w_.raw("{");
		w_.in();
		w_.line("struct lxd_{0}_contract *c = klcd_{0}_contract(dom);", if_.name);
		w_.line("{} in, *a = &in;", in_type(*f));
		w_.raw("unsigned long flags;");
		w_.raw("int err = 0;");
		w_.raw("bool valid;");
		w_.raw("__u32 i;");
		w_.blank();
		w_.raw("for (i = 0; i < LXD_KEPT && !err; i++) {");
		w_.in();
		w_.line("LXD_LOCK(&{}.kept.lock, flags);", kept);
		w_.line("valid = i < {0}.kept.used && {0}.valid[i];", kept);
		w_.line("in = {}.in[i];", kept);
		w_.line("LXD_UNLOCK(&{}.kept.lock, flags);", kept);
		std::vector<std::string> arguments = implementation_arguments(*f, role::host_stub);
		arguments.insert(arguments.begin(), "dom");
		w_.raw("if (valid)");
		w_.in();
		w_.list(fmt::format("err = {}(", name_for(*f, role::host_stub)), arguments, ");");
		w_.out();
		w_.out();
		w_.raw("}");
		w_.raw("return err;");
		w_.out();
		w_.raw("}");
		w_.blank();
	}
	if (!any)
		return;
	w_.line("int lxd_{}_replay(struct lxd_domain *dom)", if_.name);
	w_.raw("{");
	w_.in();
	w_.raw("int err = 0;");
	w_.blank();
	for (const auto &f : if_.domain_functions)
		if (f->restart == model::restart::replay)
			w_.guard("!err", fmt::format("err = replay_{}(dom);", f->name));
	w_.raw("return err;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// An object is gone: its handle never comes back, so what was kept about it only takes room.
void host_emitter::forget()
{
	if (!if_.has_contract())
		return;
	w_.line("void lxd_{}_forget(struct lxd_domain *dom, __u32 handle)", if_.name);
	w_.raw("{");
	w_.in();
	w_.line("struct lxd_{0}_contract *c = klcd_{0}_contract(dom);", if_.name);
	w_.raw("unsigned long flags;");
	w_.raw("__u32 i;");
	w_.blank();
	w_.raw("(void)c;");
	w_.raw("(void)flags;");
	w_.raw("(void)i;");
	w_.raw("(void)handle;");
	for (const auto &f : if_.domain_functions) {
		bool replay = f->restart == model::restart::replay;
		const model::value *key = nullptr;
		for (const model::value &v : f->params)
			if (v.k == kind::handle && !v.out && !key)
				key = &v;
		if ((!f->once && !replay) || !key)
			continue;
		std::string kept = fmt::format("c->{}_{}", replay ? "replay" : "once", f->name);
		w_.line("LXD_LOCK(&{}.kept.lock, flags);", kept);
		w_.line("for (i = 0; i < {}.kept.used; i++) {{", kept);
		w_.in();
		w_.guard(fmt::format("{}.in[i].{} != handle", kept, key->name), "continue;");
		w_.line("{0}.kept.used--;", kept);
		w_.line("{0}.in[i] = {0}.in[{0}.kept.used];", kept);
		w_.line("{0}.{1}[i] = {0}.{1}[{0}.kept.used];", kept, replay ? "valid" : "out");
		if (replay)
			w_.line("{0}.valid[{0}.kept.used] = 0;", kept);
		w_.raw("i--;");
		w_.out();
		w_.raw("}");
		w_.line("LXD_UNLOCK(&{}.kept.lock, flags);", kept);
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

} // namespace lxd::idl
