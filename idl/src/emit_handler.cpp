// SPDX-License-Identifier: GPL-2.0-only
/// What the handlers of both sides share.
#include "emit.hpp"

namespace lxd::idl {

void emitter::handler_locals(const model::function &f)
{
	if (f.in.size)
		w_.line("const {} *a = (const void *)msg->data;", in_type(f));
	if (f.wait)
		w_.line("{} *r = (void *)reply->data;", out_type(f));
}

void emitter::handler_unused(const model::function &f)
{
	if (!f.in.size)
		w_.raw("(void)msg;");
	if (!f.wait)
		w_.raw("(void)reply;");
}

/// The call, and for a waiting one the reply's length.
void emitter::call_implementation(const model::function &f)
{
	w_.list(fmt::format("{}{}(", f.wait ? "r->ret = " : "", name_for(f, side_.implementation)),
		implementation_arguments(f, side_.implementation), ");");
	if (!f.wait)
		return;
	clamp_counts(f, "r->");
	scrub_results(f);
	w_.line("reply->len = {};", f.out.tail < 0 ? "sizeof(*r)" : used_length(f, f.out, "r->", out_type(f)));
}

void emitter::handler_table(const std::vector<std::unique_ptr<model::function>> &fns, const std::string &arguments)
{
	w_.raw("typedef int (*handler_fn)(" + arguments + ");");
	w_.blank();
	w_.line("static const handler_fn handlers[LXD_{}_NR_{}_FNS] = {{", if_.upper, upper(side_.name));
	for (const auto &f : fns)
		w_.line("\t[{} & LXD_FN_NUMBER] = on_{},", fn_id(*f), f->name);
	w_.raw("};");
	w_.blank();
}

} // namespace lxd::idl
