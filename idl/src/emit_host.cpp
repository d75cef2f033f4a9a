// SPDX-License-Identifier: GPL-2.0-only
/// x_host.c: checks everything that a domain says before anyone looks at it.
#include "emit.hpp"

#include <algorithm>

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

class host_emitter : emitter {
public:
	using emitter::emitter;

	std::string run()
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
		info_table(if_.host_functions, "host");
		for (const auto &f : if_.host_functions)
			handler(*f);
		dispatch();
		for (const auto &f : if_.domain_functions)
			stub(*f);
		return w_.take();
	}

private:
	bool used_from_domain(const model::enumeration &e) const
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

	void enumeration_check(const model::enumeration &e)
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

	bool limited(const model::value &v) const
	{
		if (v.k == kind::structure)
			return needs_check(*v.type);
		return v.k == kind::text ||
		       (v.k == kind::scalar &&
			(v.choice || v.power_of_two || v.low != v.type_low() || v.high != v.type_high()));
	}

	bool needs_check(const model::structure &s) const
	{
		return std::any_of(s.fields.begin(), s.fields.end(), [this](const auto &v) { return limited(v); });
	}

	bool needs_scrub(const model::structure &s) const
	{
		for (const model::member &m : s.layout.members)
			if (m.value < 0)
				return true;
		return std::any_of(s.fields.begin(), s.fields.end(), [this](const model::value &v) {
			return v.k == kind::text || (v.k == kind::structure && needs_scrub(*v.type));
		});
	}

	/// The check of one element of `v`, which is `e`.
	void check_one(const model::value &v, const std::string &e, const std::string &label)
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

	static model::value unsigned_of(const model::value &v)
	{
		model::value u;
		u.width = std::max(4u, v.width);
		return u;
	}

	/// `v` in all its elements; `base` is "p->", "a->" or "r->".
	void check(const model::value &v, const std::string &base, const std::string &count)
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

	void structure_check(const model::structure &s)
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

	/// Nothing that the host did not mean to say leaves it: padding, and what lies behind a text's end.
	void structure_scrub(const model::structure &s)
	{
		w_.line("/* {} */", where(s.at));
		w_.line("static void scrub_{}({} *p)", s.name, structure(s));
		w_.raw("{");
		w_.in();
		for (const model::value &v : s.fields)
			if (v.k == kind::structure && v.shape != array::none && needs_scrub(*v.type)) {
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
		}
		w_.out();
		w_.raw("}");
		w_.blank();
	}

	void scrub(const model::value &v, const std::string &base, const std::string &count)
	{
		if (v.k != kind::structure || !needs_scrub(*v.type))
			return;
		if (v.shape == array::none) {
			w_.line("scrub_{}(&{}{});", v.type->name, base, v.name);
			return;
		}
		w_.line("for (i = 0; i < {}; i++)", count);
		w_.line("\tscrub_{}(&{}{}[i]);", v.type->name, base, v.name);
	}

	bool loops(const model::function &f, bool results) const
	{
		return std::any_of(f.params.begin(), f.params.end(), [&](const model::value &v) {
			if (v.shape == array::none)
				return false;
			bool to_domain = f.from_host != v.out;
			if (to_domain)
				return v.k == kind::structure && needs_scrub(*v.type) && v.out == results;
			return limited(v) && v.out == results;
		});
	}

	/// Arguments of a request, or results of a reply.
	void check_values(const model::function &f, bool results)
	{
		const std::string base = results ? "r->" : "a->";
		for (const model::value &v : f.params)
			if (v.out == results && v.shape == array::none)
				check(v, base, "");
		for (const model::value &v : f.params) {
			if (v.out != results || v.shape == array::none)
				continue;
			std::string n = v.shape == array::fixed ? std::to_string(v.size) : count_in(f, v, base);
			if (v.shape == array::counted && v.count_value < 0 && !(v.size == 255 && !v.out))
				w_.guard(fmt::format("{} > {}", n, v.size),
					 fmt::format("return lxd_refuse(no, \"{}\", {});", v.count, n));
			const model::layout &l = results ? f.out : f.in;
			if (l.tail >= 0 && l.members[static_cast<size_t>(l.tail)].name == v.name)
				w_.guard(fmt::format("{}->len < {}", results ? "reply" : "msg",
						     used_length(f, l, base, results ? out_type(f) : in_type(f))),
					 fmt::format("return lxd_refuse(no, \"length\", {}->len);",
						     results ? "reply" : "msg"));
			check(v, base, n);
		}
	}

	static std::vector<const model::value *> handles(const model::function &f)
	{
		std::vector<const model::value *> out;
		for (const model::value &v : f.params)
			if (v.k == kind::handle && !v.out)
				out.push_back(&v);
		return out;
	}

	void handler(const model::function &f)
	{
		w_.line("/* {} */", where(f.at));
		w_.list(fmt::format("static int on_{}(", f.name),
			{"struct lxd_domain *dom", "const struct lxd_msg *msg", "struct lxd_msg *reply",
			 "struct lxd_refusal *no"}, ")");
		w_.raw("{");
		w_.in();
		if (f.in.size)
			w_.line("const {} *a = (const void *)msg->data;", in_type(f));
		if (f.wait)
			w_.line("{} *r = (void *)reply->data;", out_type(f));
		for (const model::value *v : handles(f))
			w_.line("{} *{};", v->object->c_type, v->name);
		if (loops(f, false) || loops(f, true))
			w_.raw("__u32 i;");
		w_.blank();
		if (!f.in.size)
			w_.raw("(void)msg;");
		if (!f.wait)
			w_.raw("(void)reply;");
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

	void call_implementation(const model::function &f)
	{
		w_.list(fmt::format("{}{}(", f.wait ? "r->ret = " : "", name_for(f, role::host_implementation)),
			implementation_arguments(f, role::host_implementation), ");");
		if (!f.wait)
			return;
		clamp_counts(f, "r->");
		for (const model::value &v : f.params) {
			if (!v.out)
				continue;
			if (v.k == kind::text)
				w_.line("lxd_text_scrub(r->{0}, sizeof(r->{0}));", v.name);
			else
				scrub(v, "r->", v.shape == array::fixed ? std::to_string(v.size) : count_in(f, v, "r->"));
		}
		w_.line("reply->len = {};", used_length(f, f.out, "r->", "*r") == "sizeof(*r)"
							? "sizeof(*r)"
							: used_length(f, f.out, "r->", out_type(f)));
	}

	void dispatch()
	{
		w_.raw("typedef int (*handler_fn)(struct lxd_domain *dom, const struct lxd_msg *msg,");
		w_.raw("\t\t\t  struct lxd_msg *reply, struct lxd_refusal *no);");
		w_.blank();
		w_.line("static const handler_fn handlers[LXD_{}_NR_HOST_FNS] = {{", if_.upper);
		for (const auto &f : if_.host_functions)
			w_.line("\t[{} & LXD_FN_NUMBER] = on_{},", fn_id(*f), f->name);
		w_.raw("};");
		w_.blank();
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

	void stub(const model::function &f)
	{
		if (f.wait)
			reply_check(f);
		w_.line("/* {} */", where(f.at));
		prototype(f, role::host_stub, "");
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

	/// A reply is as hostile as a request.
	void reply_check(const model::function &f)
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

	static bool sized_by_argument(const model::function &f)
	{
		return std::any_of(f.params.begin(), f.params.end(), [&](const model::value &v) {
			return v.out && v.count_value >= 0 && !f.params[static_cast<size_t>(v.count_value)].out;
		});
	}

	void fill(const model::function &f, const std::string &too_many)
	{
		fill_arguments(f, false, too_many);
		for (const model::value &v : f.params)
			if (!v.out)
				scrub(v, "a->", v.shape == array::fixed ? std::to_string(v.size) : count_in(f, v, "a->"));
	}

	void call_stub(const model::function &f)
	{
		bool on_heap = heap(f);
		if (f.in.size && on_heap)
			w_.line("{} *a;", in_type(f));
		else if (f.in.size)
			w_.line("{0} in __attribute__((aligned(8))) = {{ 0 }}, *a = &in;", in_type(f));
		w_.line("{0} out __attribute__((aligned(8))) = {{ 0 }}, *r = &out;", out_type(f));
		w_.raw("struct lxd_refusal no = { 0 };");
		w_.raw("struct lxd_msg reply = { 0 };");
		w_.raw("struct lxd_msg req = { 0 };");
		w_.raw("int err;");
		if (loops(f, false))
			w_.raw("__u32 i;");
		w_.blank();
		if (on_heap) {
			w_.raw("a = lxd_msg_alloc(sizeof(*a));");
			w_.guard("!a", "return -ENOMEM;");
			w_.raw("err = -EINVAL;");
		}
		fill(f, on_heap ? "goto out;" : "return -EINVAL;");
		w_.line("req.fn = {};", fn_id(f));
		w_.raw("req.queue = -1;");
		if (f.in.size) {
			w_.raw("req.data = (void *)a;");
			std::string n = used_length(f, f.in, "a->", in_type(f));
			w_.line("req.len = {};", f.in.tail < 0 ? "sizeof(*a)" : n);
		} else {
			w_.raw("req.data = req.w;");
		}
		w_.raw("reply.data = (void *)r;");
		w_.raw("reply.len = sizeof(*r);");
		w_.line("err = lxd_domain_call(dom, &req, &reply, {});", f.deadline_ms);
		w_.guard("err", on_heap ? "goto out;" : "return err;");
		w_.line("err = check_{}_reply({}r, &reply, &no);", f.name, sized_by_argument(f) ? "a, " : "");
		w_.raw("if (err) {");
		w_.line("\tlxd_domain_violation(dom, \"{}.{}\", no.what, no.value);", if_.name, f.name);
		w_.raw(on_heap ? "\tgoto out;" : "\treturn err;");
		w_.raw("}");
		if (on_heap) {
			w_.raw("err = r->ret;");
			if (has_outs(f))
				w_.guard("err", "goto out;");
			copy_results(f);
			w_.raw("err = 0;");
			w_.out();
			w_.raw("out:");
			w_.in();
			w_.raw("lxd_msg_free(a);");
			w_.raw("return err;");
			return;
		}
		if (has_outs(f)) {
			w_.guard("r->ret", "return r->ret;");
			copy_results(f);
			w_.raw("return 0;");
		} else {
			w_.raw("return r->ret;");
		}
	}

	void post_stub(const model::function &f)
	{
		if (f.in.size)
			w_.line("{} in = {{ 0 }}, *a = &in;", in_type(f));
		w_.raw("__u64 w[LXD_SLOT_WORDS] = { 0 };");
		if (loops(f, false))
			w_.raw("__u32 i;");
		w_.blank();
		fill(f, f.returns_int ? "return -EINVAL;" : "return;");
		if (f.in.size)
			w_.raw("memcpy(w, a, sizeof(*a));");
		w_.line("{}lxd_domain_post(dom, {}, {}, w);", f.returns_int ? "return " : "", f.data ? "queue" : "-1", fn_id(f));
	}
};

} // namespace

std::string emit_host(const source_manager &sources, const model::interface &interface)
{
	return host_emitter(sources, interface).run();
}

} // namespace lxd::idl
