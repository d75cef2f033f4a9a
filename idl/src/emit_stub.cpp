// SPDX-License-Identifier: GPL-2.0-only
/// What the stubs of both sides share: arguments out, results back.
#include "emit.hpp"

#include <algorithm>

namespace lxd::idl {

using model::array;
using model::kind;

bool emitter::sized_by_argument(const model::function &f)
{
	return std::any_of(f.params.begin(), f.params.end(), [&](const model::value &v) {
		return v.out && v.count_value >= 0 && !f.params[static_cast<size_t>(v.count_value)].out;
	});
}

void emitter::stub(const model::function &f)
{
	if (f.wait)
		before_stub(f);
	w_.line("/* {} */", where(f.at));
	prototype(f, side_.stub, "");
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

/// Arguments above `stack_bytes` are in memory of their own, which every way out gives back.
void emitter::call_stub(const model::function &f)
{
	bool on_heap = heap(f), one_way = one_way_out(f);
	std::string leave = one_way ? "goto out;" : "return err;";
	if (f.in.size && on_heap)
		w_.line("{} *a;", in_type(f));
	else if (f.in.size)
		w_.line("{0} in __aligned(8) = {{ 0 }}, *a = &in;", in_type(f));
	w_.line("{0} out __aligned(8) = {{ 0 }}, *r = &out;", out_type(f));
	stub_locals(f);
	w_.raw("struct lxd_msg reply = { 0 };");
	w_.raw("struct lxd_msg req = { 0 };");
	w_.raw("int err;");
	if (loops_over_arguments(f))
		w_.raw("__u32 i;");
	w_.blank();
	if (on_heap) {
		w_.line("a = {}(sizeof(*a));", side_.alloc);
		w_.guard("!a", "return -ENOMEM;");
	}
	if (one_way)
		w_.raw("err = -EINVAL;");
	fill_arguments(f, one_way ? leave : "return -EINVAL;");
	scrub_arguments(f);
	before_sending(f, leave);
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
	send_and_wait(f, leave);
	// An error comes without results.
	w_.raw("err = r->ret;");
	if (has_outs(f))
		w_.guard("err < 0", leave);
	before_results(f, leave);
	copy_results(f);
	if (one_way) {
		w_.out();
		w_.raw("out:");
		w_.in();
	}
	at_end(f);
	if (on_heap)
		w_.line("{}(a);", side_.release);
	w_.raw("return err;");
}

void emitter::post_stub(const model::function &f)
{
	if (f.in.size) {
		// One object: a copy into the slot's words would cost as much as the message.
		w_.raw("union {");
		w_.line("\t{} in;", in_type(f));
		w_.raw("\t__u64 w[LXD_SLOT_WORDS];");
		w_.raw("} m = { .w = { 0 } };");
		w_.line("{} *a = &m.in;", in_type(f));
	} else {
		w_.raw("__u64 w[LXD_SLOT_WORDS] = { 0 };");
	}
	if (side_.stub == role::host_stub && f.life) {
		w_.raw("struct lxd_object *object;");
		w_.raw("__u8 rule, was;");
	}
	if (side_.stub == role::host_stub)
		w_.raw("int err;");
	if (loops_over_arguments(f))
		w_.raw("__u32 i;");
	w_.blank();
	fill_arguments(f, f.returns_int ? "return -EINVAL;" : "return;");
	scrub_arguments(f);
	post(f);
}

void emitter::post(const model::function &f)
{
	w_.line("{}{}{}, {}, {});", f.returns_int ? "return " : "", side_.post, f.data ? "queue" : "-1", fn_id(f),
		slot_words(f));
}

/// Parameters to `a->`, which is zero.
void emitter::fill_arguments(const model::function &f, const std::string &too_many)
{
	for (const model::value &v : f.params) {
		if (v.out)
			continue;
		if (v.k == kind::text) {
			w_.line("lxd_text_copy(a->{0}, sizeof(a->{0}), {0});", v.name);
		} else if (v.shape == array::counted) {
			std::string n = v.count_value < 0 ? v.count
							   : f.params[static_cast<size_t>(v.count_value)].name;
			w_.guard(fmt::format("{} > {}", n, v.size), too_many);
			if (v.count_value < 0)
				w_.line("a->{0} = {0};", n);
			if (v.k == kind::structure && !f.wait) {
				// A few in a slot: a call of memcpy() takes longer.
				w_.line("for (i = 0; i < {}; i++)", n);
				w_.line("\ta->{0}[i] = {0}[i];", v.name);
			} else {
				w_.guard(n, fmt::format("memcpy(a->{0}, {0}, {1} * sizeof(a->{0}[0]));", v.name, n));
			}
		} else if (v.shape == array::fixed) {
			w_.line("memcpy(a->{0}, {0}, sizeof(a->{0}));", v.name);
		} else if (v.k == kind::structure) {
			w_.line("a->{0} = *{0};", v.name);
		} else {
			w_.line("a->{0} = {0};", v.name);
		}
	}
	// An argument that sizes results must not exceed the room that they have.
	for (const model::value &v : f.params)
		if (v.out && v.count_value >= 0 && !f.params[static_cast<size_t>(v.count_value)].out)
			w_.guard(fmt::format("{} > {}", f.params[static_cast<size_t>(v.count_value)].name, v.size),
				 too_many);
}

void emitter::clamp_counts(const model::function &f, const std::string &base)
{
	for (const model::value &v : f.params) {
		if (!v.out || v.shape != array::counted)
			continue;
		std::string n = count_in(f, v, base);
		std::string most = std::to_string(v.size);
		if (v.bulk)
			most = "a->" + v.count;
		else if (v.count_value >= 0 && !f.params[static_cast<size_t>(v.count_value)].out)
			continue;
		w_.guard(fmt::format("{} > {}", n, most), fmt::format("{} = {};", n, most));
	}
}

/// Results from `r->` to the caller's pointers.
void emitter::copy_results(const model::function &f)
{
	for (const model::value &v : f.params) {
		if (!v.out)
			continue;
		if (v.k == kind::text || v.shape == array::fixed) {
			w_.line("memcpy({0}, r->{0}, sizeof(r->{0}));", v.name);
		} else if (v.shape == array::counted) {
			if (v.bulk) {
				w_.line("memset({0}, 0, {1} * sizeof(r->{0}[0]));", v.name, v.count);
				w_.line("memcpy({0}, r->{0}, r->{1} * sizeof(r->{0}[0]));", v.name, v.own_count_name());
				continue;
			}
			bool argument = v.count_value >= 0 && !f.params[static_cast<size_t>(v.count_value)].out;
			std::string n = argument ? f.params[static_cast<size_t>(v.count_value)].name
						 : count_in(f, v, "r->");
			if (v.count_value < 0)
				w_.line("*{0} = r->{0};", v.count);
			w_.line("memcpy({0}, r->{0}, {1} * sizeof(r->{0}[0]));", v.name, n);
		} else {
			w_.line("*{0} = r->{0};", v.name);
		}
	}
}

std::vector<std::string> emitter::implementation_arguments(const model::function &f, role r) const
{
	std::vector<std::string> out;
	if (r == role::host_implementation)
		out.push_back("dom");
	for (const model::value &v : f.params) {
		bool pointer = v.shape != array::none || v.k == kind::text;
		if (v.k == kind::handle && !v.out && r == role::host_implementation)
			out.push_back(v.name);
		else if (v.out)
			out.push_back(fmt::format("{}r->{}", pointer ? "" : "&", v.name));
		else
			out.push_back(fmt::format("{}a->{}", !pointer && v.k == kind::structure ? "&" : "", v.name));
		if (v.own_count() && (!v.bulk || r == role::domain_implementation))
			out.push_back((v.out ? "&r->" : "a->") + v.own_count_name());
	}
	return out;
}

} // namespace lxd::idl
