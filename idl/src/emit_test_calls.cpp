// SPDX-License-Identifier: GPL-2.0-only
/// One function of x_test.c: its implementation, and the tests that call it.
#include "emit_test.hpp"

#include "layout.hpp"

namespace lxd::idl {

using model::array;
using model::kind;

/// Elements of an array of the call: want_F holds the arguments, give_F the results.
std::string test_emitter::count_of(const model::function &f, const model::value &v) const
{
	std::string n = test_name(f);
	if (v.shape != array::counted)
		return std::to_string(v.size);
	if (v.own_count())
		return fmt::format("{}_{}.{}", v.out ? "give" : "want", n, v.own_count_name());
	const model::value &c = f.params[static_cast<size_t>(v.count_value)];
	return fmt::format("{}_{}.{}", c.out ? "give" : "want", n, c.name);
}

void test_emitter::function(const model::function &f)
{
	std::string n = test_name(f);
	if (f.in.size)
		w_.line("static {} want_{};", in_type(f), n);
	if (has_outs(f))
		w_.line("static {} give_{};", out_type(f), n);
	w_.blank();
	most(f);
	fill(f);
	implementation(f);
	w_.line("static void prepare_{}(void)", n);
	w_.raw("{");
	w_.in();
	prepare_state(f);
	w_.out();
	w_.raw("}");
	w_.blank();
	auto test = [&](const char *name, auto &&body) {
		w_.line("static void {}_{}(void)", name, n);
		w_.raw("{");
		w_.in();
		if (has_outs(f))
			w_.line("static {} got;", out_type(f));
		w_.raw("__u32 i;");
		w_.raw("int ret = 0;");
		w_.blank();
		w_.raw("(void)i;");
		body();
		w_.out();
		w_.raw("}");
		w_.blank();
	};
	test("round", [&] { round_trip(f); });
	if (!can_be_hostile(f))
		return;
	test("random", [&] { hostile(f); });
	lies(f);
}

/// Bytes that an opcode lets travel.
void test_emitter::most(const model::function &f)
{
	for (const model::value &v : f.params) {
		if (!v.codes)
			continue;
		w_.line("static __u32 most_{}(__u64 code, int back)", test_name(f));
		w_.raw("{");
		for (const model::opcode &c : v.codes->codes)
			w_.line("\tif (code == {:#x}ull)\n\t\treturn back ? {} : {};", c.code, c.out ? c.max : 0, c.in ? c.max : 0);
		w_.raw("\treturn 0;");
		w_.raw("}");
		w_.blank();
	}
}

/// Random legal arguments and results.
void test_emitter::fill(const model::function &f)
{
	std::string n = test_name(f);
	const model::value *code = nullptr;
	std::vector<const model::value *> in, out;
	for (const model::value &v : f.params) {
		(v.out ? out : in).push_back(&v);
		code = v.codes ? &v : code;
	}
	w_.line("static void fill_{}(void)", n);
	w_.raw("{");
	w_.in();
	w_.raw("__u32 i;");
	w_.blank();
	w_.raw("(void)i;");
	auto count = [&](const model::value &v) { return count_of(f, v); };
	if (f.in.size) {
		w_.line("memset(&want_{0}, 0, sizeof(want_{0}));", n);
		make_all(in, fmt::format("want_{}.", n), count);
	}
	if (has_outs(f)) {
		w_.line("memset(&give_{0}, 0, sizeof(give_{0}));", n);
		for (const model::value *v : out)
			if (v->bulk)
				w_.line("give_{}.{} = rnd() % (want_{}.{} + 1);", n, v->own_count_name(), n, v->count);
		make_all(out, fmt::format("give_{}.", n), count);
	}
	// An opcode says how much may travel: as little as it allows is always legal.
	for (const model::value &v : f.params) {
		if (!code || v.shape != array::counted)
			continue;
		std::string carrier = fmt::format("{}_{}", v.out ? "give" : "want", n);
		std::string length = v.own_count() && !v.bulk ? fmt::format("{}.{}", carrier, v.count)
				   : fmt::format("want_{}.{}", n, v.count);
		w_.line("if (!most_{}(want_{}.{}, {})) {{", n, n, code->name, v.out ? 1 : 0);
		w_.line("\t{} = 0;", length);
		w_.line("\tmemset({0}.{1}, 0, sizeof({0}.{1}));", carrier, v.name);
		if (v.bulk)
			w_.line("\t{}.{} = 0;", carrier, v.own_count_name());
		w_.line("}} else while ({0} * sizeof({1}.{2}[0]) > most_{3}(want_{3}.{4}, {5})) {{", length, carrier, v.name, n,
			code->name, v.out ? 1 : 0);
		w_.line("\t{}--;", length);
		w_.line("\tmemset(&{0}.{1}[{2}], 0, sizeof({0}.{1}[0]));", carrier, v.name, length);
		if (v.bulk)
			w_.line("\tif ({0}.{1} > {2})\n\t\t\t{0}.{1} = {2};", carrier, v.own_count_name(), length);
		w_.raw("}");
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// In a round trip it sees what was said and answers; from a hostile sender it sees only what is legal.
void test_emitter::implementation(const model::function &f)
{
	std::string n = test_name(f);
	role r = f.from_host ? role::domain_implementation : role::host_implementation;
	prototype(f, r, "");
	w_.raw("{");
	w_.in();
	w_.raw("__u32 i;");
	w_.blank();
	w_.raw("(void)i;");
	if (!f.from_host)
		w_.raw("(void)dom;");
	w_.raw("ran++;");
	for (const model::value &v : f.params) {
		if (v.out)
			continue;
		bool many = v.shape != array::none;
		std::string count = v.shape == array::counted
			? (v.own_count() ? v.count : f.params[static_cast<size_t>(v.count_value)].name)
			: std::to_string(v.size);
		if (v.k == kind::handle && !f.from_host) {
			w_.line("CHECK({0});", v.name);
			w_.line("CHECK(hostile || (void *){} == lxd_handle_get(dom, LXD_{}_HANDLE_{}, want_{}.{}));", v.name, if_.upper,
				upper(v.object->name), n, v.name);
			continue;
		}
		if (!f.from_host && v.own_count())
			w_.line("CHECK({} <= {});", v.count, v.size);
		if (!f.from_host && v.k != kind::bytes) {
			if (v.k == kind::text)
				w_.line("CHECK(strnlen({0}, {1}) < {1});", v.name, v.size);
			else if (v.k == kind::structure && !many)
				w_.line("CHECK({});", condition(v, "*" + v.name));
			else
				each(v, count, [&](const std::string &e) { w_.line("CHECK({});", condition(v, e)); }, v.name);
		}
		w_.line("if (!hostile)");
		if (v.k == kind::text)
			w_.line("\tCHECK(!strcmp({}, want_{}.{}));", v.name, n, v.name);
		else if (many)
			w_.line("\tCHECK(!memcmp({0}, want_{1}.{0}, {2} * sizeof(want_{1}.{0}[0])));", v.name, n, count);
		else if (v.k == kind::structure)
			w_.line("\tCHECK(!memcmp({0}, &want_{1}.{0}, sizeof(*{0})));", v.name, n);
		else
			w_.line("\tCHECK({0} == want_{1}.{0});", v.name, n);
		if (v.own_count())
			w_.line("if (!hostile)\n\t\tCHECK({0} == want_{1}.{0});", v.count, n);
	}
	// In a hostile message the count of the results is the sender's, within its bounds.
	for (const model::value &v : f.params) {
		if (!v.out)
			continue;
		std::string count = count_of(f, v);
		if (v.shape == array::counted && !v.own_count() && !f.params[static_cast<size_t>(v.count_value)].out)
			count = f.params[static_cast<size_t>(v.count_value)].name;
		if (v.own_count())
			w_.line("*{0} = give_{1}.{0};", v.own_count_name(), n);
		// The domain may show its old memory to whom it likes.
		if (f.from_host && v.k == kind::structure && v.shape == array::none)
			w_.line("*{0} = give_{1}.{0};", v.name, n);
		else if (f.from_host && v.k == kind::structure)
			w_.line("memcpy({0}, give_{1}.{0}, {2} * sizeof(give_{1}.{0}[0]));", v.name, n, count);
		else if (v.k == kind::text && f.from_host)
			w_.line("memcpy({0}, give_{1}.{0}, {2});", v.name, n, v.size);
		else if (v.k == kind::text)
			w_.line("memset({0}, STALE, {1});\n\tstrcpy({0}, give_{2}.{0});", v.name, v.size, n);
		else if (v.k == kind::structure && v.shape == array::none)
			w_.line("copy_{0}({1}, &give_{2}.{1});", v.type->name, v.name, n);
		else if (v.k == kind::structure && !f.from_host && v.shape == array::counted)
			w_.line("memset({1}, STALE, {4} * sizeof(*{1}));\n\tfor (i = 0; i < {3}; i++)\n\t\tcopy_{0}(&{1}[i], &give_{2}.{1}[i]);",
				v.type->name, v.name, n, count, v.size);
		else if (v.k == kind::structure)
			w_.line("for (i = 0; i < {3}; i++)\n\t\tcopy_{0}(&{1}[i], &give_{2}.{1}[i]);", v.type->name, v.name, n, count);
		else if (v.shape != array::none && !f.from_host)
			w_.line("memset({0}, STALE, {3} * sizeof(give_{1}.{0}[0]));\n\tmemcpy({0}, give_{1}.{0}, {2} * sizeof(give_{1}.{0}[0]));",
				v.name, n, count, v.size);
		else if (v.shape != array::none)
			w_.line("memcpy({0}, give_{1}.{0}, {2} * sizeof(give_{1}.{0}[0]));", v.name, n, count);
		else
			w_.line("*{0} = give_{1}.{0};", v.name, n);
	}
	if (f.returns_int)
		w_.raw("return 0;");
	w_.out();
	w_.raw("}");
	w_.blank();
}

void test_emitter::call(const model::function &f, const std::string &result)
{
	std::string n = test_name(f);
	std::vector<std::string> arguments;
	if (f.from_host)
		arguments.push_back("&domain");
	for (const model::value &v : f.params) {
		bool pointer = v.shape != array::none || v.k == kind::text;
		if (v.out)
			arguments.push_back(fmt::format("{}got.{}", pointer ? "" : "&", v.name));
		else
			arguments.push_back(fmt::format("{}want_{}.{}", !pointer && v.k == kind::structure ? "&" : "", n, v.name));
		if (v.own_count() && !v.bulk)
			arguments.push_back(v.out ? "&got." + v.count : fmt::format("want_{}.{}", n, v.count));
	}
	w_.list(fmt::format("{}lxd_{}_{}(", f.returns_int ? result : "", if_.name, f.name), arguments, ");");
}

/// An object in a state that accepts the message, if there is one; quotas and kept answers are fresh.
void test_emitter::prepare_state(const model::function &f)
{
	if (if_.has_contract())
		w_.line("lxd_{}_contract_init(&contract);", if_.name);
	if (!f.life)
		return;
	std::string object = fmt::format("((struct lxd_object *)lxd_handle_get(&domain, LXD_{}_HANDLE_{}, want_{}.{}))", if_.upper,
					 upper(f.life->object->name), test_name(f), f.params[f.watched].name);
	w_.line("lxd_object_init({});", object);
	for (size_t i = 0; i < f.life->states.size(); i++)
		if (f.life->rules[i][f.event].action == model::action::accept) {
			w_.line("{}->state = {};", object, i);
			break;
		}
}

void test_emitter::compare_results(const model::function &f)
{
	std::string n = test_name(f);
	for (const model::value &v : f.params) {
		if (!v.out)
			continue;
		if (v.bulk)
			w_.line("CHECK(all_zero(&got.{0}[give_{1}.{0}_given], (want_{1}.{2} - give_{1}.{0}_given) * "
				"sizeof(got.{0}[0])));", v.name, n, v.count);
		else if (v.own_count())
			w_.line("CHECK(got.{0} == give_{1}.{0});", v.count, n);
		if (v.shape != array::none)
			w_.line("CHECK(!memcmp(got.{0}, give_{1}.{0}, {2} * sizeof(got.{0}[0])));", v.name, n, count_of(f, v));
		else
			w_.line("CHECK(!memcmp(&got.{0}, &give_{1}.{0}, sizeof(got.{0})));", v.name, n);
	}
}

void test_emitter::valid_results(const model::function &f)
{
	for (const model::value &v : f.params) {
		if (!v.out || v.k == kind::bytes || v.k == kind::handle)
			continue;
		std::string count = v.shape != array::counted ? std::to_string(v.size)
				  : v.bulk ? fmt::format("want_{}.{}", test_name(f), v.count)
				  : v.own_count() ? "got." + v.count
				  : f.params[static_cast<size_t>(v.count_value)].out
				    ? "got." + f.params[static_cast<size_t>(v.count_value)].name
				    : fmt::format("want_{}.{}", test_name(f), f.params[static_cast<size_t>(v.count_value)].name);
		if (v.shape == array::counted)
			w_.line("CHECK({} <= {});", count, v.size);
		if (v.bulk && (v.k == kind::structure || v.low > 0 || v.choice || v.power_of_two))
			continue; // what was not given is zero, which need not be legal
		each(v, count, [&](const std::string &e) { w_.line("CHECK({});", condition(v, e)); }, "got." + v.name);
	}
}

void test_emitter::round_trip(const model::function &f)
{
	std::string n = test_name(f);
	w_.line("fill_{}();", n);
	w_.line("prepare_{}();", n);
	w_.raw("hostile = 0;");
	w_.line("begin(\"{}.{}\");", if_.name, f.name);
	if (has_outs(f))
		w_.raw("memset(&got, 0, sizeof(got));");
	if (f.data)
		w_.line("data_queue = want_{}.queue;", n);
	call(f, "ret = ");
	w_.raw("CHECK(ret == 0);");
	w_.raw("CHECK(ran == 1 && !domain.violations && !domain.failed);");
	if (has_outs(f)) {
		compare_results(f);
		// No byte left the host but what was meant: old memory is not among them.
		if (!f.from_host)
			w_.line("CHECK(reply_is(&give_{0}, sizeof(give_{0})));", n);
	}
}

/// A message that is almost legal, and an answer that is almost legal.
void test_emitter::hostile(const model::function &f)
{
	std::string n = test_name(f);
	w_.line("fill_{}();", n);
	w_.line("prepare_{}();", n);
	w_.raw("hostile = 1;");
	w_.line("begin(\"{}.{}\");", if_.name, f.name);
	if (!f.from_host) {
		w_.line("hostile_message({}, {}, {}, {}, {});", fn_id(f), f.in.size ? fmt::format("&want_{}", n) : "NULL",
			f.in.size ? fmt::format("sizeof(want_{})", n) : "0", f.wait ? 1 : 0,
			f.data ? fmt::format("(int)want_{}.queue", n) : "-1");
		w_.raw("(void)ret;");
		if (has_outs(f))
			w_.raw("(void)got;");
		return;
	}
	if (has_outs(f))
		w_.raw("memset(&got, 0, sizeof(got));");
	call(f, "ret = ");
	w_.raw("CHECK(ret <= 0);");
	if (has_outs(f)) {
		w_.raw("if (!ret) {");
		w_.in();
		valid_results(f);
		w_.out();
		w_.raw("}");
	}
}

} // namespace lxd::idl
