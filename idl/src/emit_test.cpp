// SPDX-License-Identifier: GPL-2.0-only
/// x_test.c: both sides of an interface in one process. Random legal values go through each
/// function and come out the same; random messages and answers never reach an implementation or a
/// caller unless they are legal. What "legal" means is said here a second time, on purpose without
/// the code of emit_check.cpp. A program in user space, a KUnit suite in the kernel. Support:
/// include/lxd/glue_test.h.
#include "emit_test.hpp"

#include <algorithm>

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

constexpr side test_side = {"test", role::host_stub, role::host_implementation, "", "", ""};

/// `low .. high` of a scalar as arguments: the least value and how many more there are.
std::string bounds(const model::value &v)
{
	return fmt::format("{}ull, {:#x}ull", static_cast<uint64_t>(v.low), static_cast<uint64_t>(v.high - v.low));
}

} // namespace

test_emitter::test_emitter(const source_manager &sources, const model::interface &interface)
	: emitter(sources, interface, test_side)
{
}

std::string test_emitter::run()
{
	banner(if_.name + "_test.c");
	w_.line("#include \"{}.h\"", if_.name);
	w_.line("#define HOST_DISPATCH lxd_{}_host_dispatch", if_.name);
	w_.line("#define DOMAIN_DISPATCH lxd_{}_domain_dispatch", if_.name);
	w_.raw("#include <lxd/glue_test.h>");
	w_.blank();
	for (const auto &s : if_.structures) {
		structure_make(*s);
		structure_valid(*s);
		structure_copy(*s);
	}
	if (if_.has_contract()) {
		w_.line("static struct lxd_{}_contract contract;", if_.name);
		w_.blank();
		w_.line("struct lxd_{0}_contract *klcd_{0}_contract(struct lxd_domain *dom)", if_.name);
		w_.raw("{");
		w_.raw("\t(void)dom;");
		w_.raw("\treturn &contract;");
		w_.raw("}");
		w_.blank();
	}
	for (const auto &m : if_.machines) {
		w_.line("struct lxd_object *klcd_{0}_{1}_object({2} *{1})", if_.name, m->object->name, m->object->c_type);
		w_.raw("{");
		w_.line("\treturn (void *){};", m->object->name);
		w_.raw("}");
		w_.blank();
	}
	for (const auto *list : {&if_.host_functions, &if_.domain_functions})
		for (const auto &f : *list)
			function(*f);
	w_.raw("static void unknown(void)");
	w_.raw("{");
	w_.line("\tunknown_functions(LXD_{0}_INTERFACE, LXD_{0}_NR_HOST_FNS);", if_.upper);
	w_.raw("}");
	w_.blank();
	cases();
	return w_.take();
}

std::string test_emitter::condition(const model::value &v, const std::string &e) const
{
	if (v.k == kind::structure)
		return fmt::format("valid_{}(&{})", v.type->name, e);
	if (v.k == kind::text)
		return fmt::format("strnlen({0}, sizeof({0})) < sizeof({0})", e);
	if (v.k != kind::scalar)
		return "1";
	if (v.choice && v.choice->flags)
		return fmt::format("!((__u64){} & ~{:#x}ull)", e, v.choice->mask());
	if (v.choice || v.codes) {
		std::string any;
		auto add = [&](uint64_t n) { any += fmt::format("{}(__u64){} == {:#x}ull", any.empty() ? "" : " || ", e, n); };
		if (v.choice)
			for (const auto &x : v.choice->values)
				add(x.second);
		else
			for (const auto &x : v.codes->codes)
				add(x.code);
		return "(" + any + ")";
	}
	std::string c = fmt::format("(__u64)({}{} - {}ull) <= {:#x}ull", v.sign ? "(__s64)" : "(__u64)", e,
				    static_cast<uint64_t>(v.low), static_cast<uint64_t>(v.high - v.low));
	if (v.power_of_two)
		c += fmt::format(" && one_bit({})", e);
	return c;
}

/// All legal values of what has only a few.
std::vector<std::string> test_emitter::legal(const model::value &v)
{
	std::vector<std::string> out;
	auto add = [&](uint64_t n) { out.push_back(fmt::format("{:#x}ull", n)); };
	if (v.choice)
		for (const auto &x : v.choice->values)
			add(x.second);
	else if (v.codes)
		for (const auto &x : v.codes->codes)
			add(x.code);
	else
		for (model::wide p = 1; p <= v.high; p <<= 1)
			if (p >= v.low)
				add(static_cast<uint64_t>(p));
	return out;
}

/// Sets one element to a random legal value; all of it was zero.
void test_emitter::make(const model::value &v, const std::string &e)
{
	if (v.k == kind::structure)
		w_.line("make_{}(&{});", v.type->name, e);
	else if (v.k == kind::text)
		w_.line("rnd_text({0}, sizeof({0}));", e);
	else if (v.k == kind::handle)
		w_.line("{} = rnd_handle();", e);
	else if (v.k == kind::bytes)
		w_.line("{} = (__u8)rnd();", e);
	else if (v.choice && v.choice->flags)
		w_.line("{} = rnd() & {:#x}ull;", e, v.choice->mask());
	else if (v.choice || v.codes || v.power_of_two)
		w_.line("{} = (const __u64[]){{ {} }}[rnd() % {}];", e, fmt::join(legal(v), ", "), legal(v).size());
	else
		w_.line("{} = rnd_in({});", e, bounds(v));
}

void test_emitter::each(const model::value &v, const std::string &count, const std::function<void(const std::string &)> &f,
			const std::string &e)
{
	if (v.shape == array::none) {
		f(e);
		return;
	}
	w_.line("for (i = 0; i < {}; i++) {{", count);
	w_.in();
	f(e + "[i]");
	w_.out();
	w_.raw("}");
}

/// All values of a structure or of one direction of a function: counts first, then what they count.
void test_emitter::make_all(const std::vector<const model::value *> &values, const std::string &base,
			    const std::function<std::string(const model::value &)> &count)
{
	for (const model::value *v : values)
		if (v->shape == array::none)
			make(*v, base + v->name);
	for (const model::value *v : values) {
		if (v->shape == array::none)
			continue;
		if (v->own_count() && !v->bulk)
			w_.line("{}{} = rnd() % {};", base, v->own_count_name(), v->size + 1);
		each(*v, count(*v), [&](const std::string &e) { make(*v, e); }, base + v->name);
	}
}

void test_emitter::structure_make(const model::structure &s)
{
	w_.line("static __attribute__((unused)) void make_{}({} *p)", s.name, structure(s));
	w_.raw("{");
	w_.in();
	w_.raw("__u32 i;");
	w_.blank();
	w_.raw("(void)i;");
	w_.raw("memset(p, 0, sizeof(*p));");
	if (s.tag) {
		w_.line("switch (rnd() % {}) {{", s.alternatives.size());
		for (size_t n = 0; n < s.alternatives.size(); n++) {
			const auto &a = s.alternatives[n];
			w_.line("case {}:", n);
			w_.in();
			w_.line("p->tag = {};", tag_name(s, a));
			if (a.field >= 0) {
				const model::value &v = s.fields[static_cast<size_t>(a.field)];
				each(v, std::to_string(v.size), [&](const std::string &e) { make(v, e); }, "p->as." + v.name);
			}
			w_.raw("break;");
			w_.out();
		}
		w_.raw("}");
	} else {
		std::vector<const model::value *> all;
		for (const model::value &v : s.fields)
			all.push_back(&v);
		make_all(all, "p->", [](const model::value &v) {
			return v.shape == array::fixed ? std::to_string(v.size) : "p->" + v.count;
		});
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

void test_emitter::structure_valid(const model::structure &s)
{
	w_.line("static __attribute__((unused)) int valid_{}(const {} *p)", s.name, structure(s));
	w_.raw("{");
	w_.in();
	w_.raw("__u32 i;");
	w_.blank();
	w_.raw("(void)i;");
	auto refuse = [&](const model::value &v) {
		return [&](const std::string &e) { w_.guard(fmt::format("!({})", condition(v, e)), "return 0;"); };
	};
	if (s.tag) {
		for (const auto &a : s.alternatives) {
			w_.line("if (p->tag == {}) {{", tag_name(s, a));
			w_.in();
			std::string used = "0";
			if (a.field >= 0) {
				const model::value &v = s.fields[static_cast<size_t>(a.field)];
				each(v, std::to_string(v.size), refuse(v), "p->as." + v.name);
				used = fmt::format("sizeof(p->as.{})", v.name);
			}
			w_.line("return all_zero(p->as.raw + {0}, sizeof(p->as.raw) - {0});", used);
			w_.out();
			w_.raw("}");
		}
		w_.raw("return 0;");
	} else {
		for (const model::value &v : s.fields) {
			if (v.shape == array::counted)
				w_.guard(fmt::format("p->{} > {}", v.count, v.size), "return 0;");
			each(v, v.shape == array::fixed ? std::to_string(v.size) : "p->" + v.count, refuse(v), "p->" + v.name);
		}
		w_.raw("return 1;");
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// As an implementation would fill a result: over old memory, only what means something.
void test_emitter::structure_copy(const model::structure &s)
{
	w_.line("static __attribute__((unused)) void copy_{0}({1} *to, const {1} *from)", s.name, structure(s));
	w_.raw("{");
	w_.in();
	w_.raw("__u32 i;");
	w_.blank();
	w_.raw("(void)i;");
	w_.raw("memset(to, STALE, sizeof(*to));");
	auto copy = [&](const model::value &v, const std::string &path) {
		std::string count = v.shape == array::counted ? "from->" + v.count : std::to_string(v.size);
		each(v, count, [&](const std::string &e) {
			if (v.k == kind::structure)
				w_.line("copy_{}(&to->{}, &from->{});", v.type->name, e, e);
			else if (v.k == kind::text)
				w_.line("strcpy(to->{}, from->{});", e, e);
			else
				w_.line("to->{} = from->{};", e, e);
		}, path);
	};
	if (s.tag) {
		w_.raw("to->tag = from->tag;");
		for (const auto &a : s.alternatives)
			if (a.field >= 0) {
				w_.line("if (from->tag == {}) {{", tag_name(s, a));
				w_.in();
				const model::value &v = s.fields[static_cast<size_t>(a.field)];
				copy(v, "as." + v.name);
				w_.out();
				w_.raw("}");
			}
	} else {
		for (const model::value &v : s.fields)
			copy(v, v.name);
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

/// Each test of each function: a case of KUnit, or called by main().
void test_emitter::cases()
{
	w_.raw("static const struct test tests[] = {");
	std::vector<std::string> all;
	for (const auto *list : {&if_.host_functions, &if_.domain_functions})
		for (const auto &f : *list)
			for (const char *kind : {"round", "lies", "random"})
				if (std::string(kind) == "round" || can_be_hostile(*f))
					all.push_back(fmt::format("{}_{}", kind, test_name(*f)));
	all.push_back("unknown");
	for (const std::string &t : all)
		w_.line("\t{{ \"{}\", {}, {} }},", t, t, t.starts_with("lies") || t == "unknown" ? 1 : 0);
	w_.raw("};");
	w_.blank();
	w_.raw("#ifdef __KERNEL__");
	std::vector<std::string> rows;
	for (size_t i = 0; i < all.size(); i++) {
		w_.line("LXD_TEST_CASE({}, {})", i, all[i]);
		rows.push_back(fmt::format("KUNIT_CASE(kunit_{})", all[i]));
	}
	w_.blank();
	rows.insert(rows.begin(), if_.name);
	w_.list("LXD_TESTS(", rows, ");");
	w_.raw("#else");
	w_.line("LXD_TESTS({});", if_.name);
	w_.raw("#endif");
}

std::string emit_test(const source_manager &sources, const model::interface &interface)
{
	return test_emitter(sources, interface).run();
}

} // namespace lxd::idl
