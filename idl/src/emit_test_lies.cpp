// SPDX-License-Identifier: GPL-2.0-only
/// Lies, one at a time: a legal message or answer with one thing made wrong, and the name under
/// which the host must refuse it.
#include "emit_test.hpp"
#include "layout.hpp"

#include <set>

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

std::string hex(model::wide v)
{
	return fmt::format("(__s64){:#x}ull", static_cast<uint64_t>(v));
}

std::string both(const std::string &a, const std::string &b)
{
	return a == "1" ? b : a + " && " + b;
}

/// A value of the type that is none of the enumeration's, or no legal set of flags.
std::optional<uint64_t> outside(const model::enumeration &e)
{
	uint64_t most = e.bytes == 8 ? ~0ull : (1ull << 8 * e.bytes) - 1;
	std::set<uint64_t> known;
	for (const auto &v : e.values)
		known.insert(v.second);
	for (uint64_t bit = 1; e.flags && bit && bit <= most; bit <<= 1)
		if (!(e.mask() & bit))
			return bit;
	for (uint64_t n = 0; !e.flags && n <= known.size() && n <= most; n++)
		if (!known.count(n))
			return n;
	return {};
}

} // namespace

/// In a legal message for which `when` holds.
void test_emitter::lie(const std::string &when, const std::string &what, const std::string &change)
{
	w_.list(fmt::format("LIE({}, ", told_), {when, "\"" + what + "\"", change}, ");");
}

void test_emitter::lies_about_number(const model::value &v, const std::string &e, const std::string &when)
{
	if (v.choice) {
		if (auto n = outside(*v.choice))
			lie(when, v.name, fmt::format("{} = {:#x}ull", e, *n));
		return;
	}
	if (v.codes)
		return; // the host chooses them
	if (v.low > v.type_low())
		lie(when, v.name, fmt::format("{} = {}", e, hex(v.low - 1)));
	if (v.high < v.type_high())
		lie(when, v.name, fmt::format("{} = {}", e, hex(v.high + 1)));
	if (!v.power_of_two)
		return;
	for (model::wide n = 0; n < 8; n += 3) // 0, 3, 6
		if (n >= v.low && n <= v.high)
			lie(when, v.name + " (power of two)", fmt::format("{} = {}", e, hex(n)));
}

void test_emitter::lies_about_union(const model::structure &s, const std::string &e, const std::string &when)
{
	if (auto n = outside(*s.tag))
		lie(when, s.name + " (tag)", fmt::format("{}.tag = {:#x}ull", e, *n));
	for (const auto &a : s.alternatives) {
		std::string here = both(when, fmt::format("{}.tag == {}", e, tag_name(s, a)));
		const model::value *v = a.field < 0 ? nullptr : &s.fields[static_cast<size_t>(a.field)];
		if (v)
			lies_about(*v, e + ".as.", here, std::to_string(v->size));
		if (!v || member_size(*v) != s.room)
			lie(here, s.name + " (rest)", fmt::format("{}.as.raw[{}] = 1", e, s.room - 1));
	}
}

void test_emitter::lies_about_one(const model::value &v, const std::string &e, const std::string &when)
{
	if (v.k == kind::text) {
		lie(when, v.name + " (no end)", fmt::format("memset({0}, 'x', sizeof({0}))", e));
	} else if (v.k == kind::scalar) {
		lies_about_number(v, e, when);
	} else if (v.k == kind::structure && v.type->tag) {
		lies_about_union(*v.type, e, when);
	} else if (v.k == kind::structure) {
		for (const model::value &f : v.type->fields)
			lies_about(f, e + ".", when, e + "." + f.count);
	}
}

/// Of an array, about its first element.
void test_emitter::lies_about(const model::value &v, const std::string &base, const std::string &when,
			      const std::string &count)
{
	if (v.shape == array::none)
		lies_about_one(v, base + v.name, when);
	else if (v.shape == array::fixed)
		lies_about_one(v, base + v.name + "[0]", when);
	else
		lies_about_one(v, base + v.name + "[0]", both(when, count + " > 0"));
}

/// The message as it lies in want_F, or the answer in give_F.
void test_emitter::tell(const model::function &f)
{
	std::string n = test_name(f);
	w_.line("static void tell_{}(const char *what, int wait, int queue, __u32 len)", n);
	w_.raw("{");
	w_.in();
	if (!f.from_host) {
		w_.line("tell_host({}, {}, what, wait, queue, len);", fn_id(f),
			f.in.size ? fmt::format("&want_{0}, sizeof(want_{0})", n) : "NULL, 0");
	} else {
		if (has_outs(f))
			w_.line("static {} got, before;", out_type(f));
		w_.raw("int ret;");
		w_.blank();
		w_.raw("(void)wait;");
		w_.raw("(void)queue;");
		if (has_outs(f)) {
			w_.raw("memset(&before, STALE, sizeof(before));");
			w_.raw("memcpy(&got, &before, sizeof(got));");
			w_.line("answer_with(&give_{}, len);", n);
		} else {
			w_.raw("answer_with(&plain_answer, len);");
		}
		call(f, "ret = ");
		w_.raw("refused_as(what, ret);");
		if (has_outs(f))
			w_.raw("CHECK(!memcmp(&got, &before, sizeof(got)));");
	}
	w_.out();
	w_.raw("}");
	w_.blank();
	w_.line("static __attribute__((unused)) void lie_{0}(const char *what)", n);
	w_.raw("{");
	w_.line("\ttell_{}(what, {}, {}, {});", n, f.wait ? 1 : 0, f.data ? fmt::format("(int)want_{}.queue", n) : "-1",
		f.from_host ? (has_outs(f) ? fmt::format("sizeof(give_{})", n) : "sizeof(plain_answer)")
			    : fmt::format("{}", std::max(f.max_length(), model::slot_bytes)));
	w_.raw("}");
	w_.blank();
}

void test_emitter::lies(const model::function &f)
{
	std::string n = test_name(f), base = fmt::format("{}_{}.", f.from_host ? "give" : "want", n);
	tell(f);
	told_ = n;
	w_.line("static void lies_{}(void)", n);
	w_.raw("{");
	w_.in();
	w_.line("begin(\"{}.{}\");", if_.name, f.name);
	auto legal = [&] {
		w_.line("fill_{}();", n);
		w_.line("prepare_{}();", n);
	};
	if (f.from_host) {
		std::string result = has_outs(f) ? base + "ret" : "plain_answer.ret";
		lie("1", "result", result + " = 1");
		lie("1", "result", result + " = -4096");
		w_.line("{} = 0;", result);
		legal();
		w_.line("tell_{}(\"length\", 1, -1, {});", n, f.out.tail < 0 ? f.out.size - 1 : 3);
	} else {
		for (auto [what, wait, queue] : {std::tuple{"call number", !f.wait, f.data}, {"ring", f.wait, !f.data}}) {
			legal();
			w_.line("tell_{}(\"{}\", {}, {}, {});", n, what, wait ? 1 : 0,
				!queue ? "-1" : f.data && std::string(what) != "ring" ? fmt::format("(int)want_{}.queue", n) : "0",
				std::max(f.max_length(), model::slot_bytes));
		}
		for (uint32_t len : {f.min_length() ? f.min_length() - 1 : 0, std::max(f.max_length(), model::slot_bytes) + 1}) {
			if (!len)
				continue;
			legal();
			w_.line("tell_{}(\"length\", {}, {}, {});", n, f.wait ? 1 : 0,
				f.data ? fmt::format("(int)want_{}.queue", n) : "-1", len);
		}
		if (f.data) {
			legal();
			w_.line("tell_{0}(\"queue (other ring)\", 0, want_{0}.queue ^ 1, {1});", n, model::slot_bytes);
		}
	}
	for (const model::value &v : f.params) {
		if (v.out != f.from_host)
			continue;
		if (v.k == kind::handle && !f.from_host) {
			lie("1", v.name + " (handle)", fmt::format("{}{} += 0x10000", base, v.name));
			lie("1", v.name + " (handle)", fmt::format("{}{} = 0x10020", base, v.name));
		}
		// A count of its own may be full already.
		if (v.own_count() && !v.bulk && v.size != (1ull << 8 * v.count_width()) - 1)
			lie("1", v.count, fmt::format("{}{} = {}", base, v.count, v.size + 1));
		if (v.bulk)
			lie("1", v.own_count_name(), fmt::format("{}{} = want_{}.{} + 1", base, v.own_count_name(), n, v.count));
		std::string count = v.shape == array::counted ? count_of(f, v) : "";
		if (v.k == kind::handle)
			continue;
		lies_about(v, base, "1", count);
	}
	w_.out();
	w_.raw("}");
	w_.blank();
}

} // namespace lxd::idl
