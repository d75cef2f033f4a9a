// SPDX-License-Identifier: GPL-2.0-only
/// x_trace.h: an event for each function and one for what was refused. Events are filled from the
/// message's own copy, and a message holds nothing that the domain may not know: no address of the
/// host can come out of them.
#include "emit_trace.hpp"
#include "layout.hpp"

#include <map>

namespace lxd::idl {

using model::array;
using model::kind;

namespace {

constexpr size_t most_traced = 20;
/// The kernel's tracepoints take 12 arguments at most.
constexpr size_t most_values = 6;
constexpr side trace_side = {};

void gather(std::vector<trace_field> &out, const model::value &v, const std::string &base, const std::string &prefix)
{
	if (out.size() >= most_traced)
		return;
	if (v.own_count())
		out.push_back({prefix + v.own_count_name(), "__u32", base + v.own_count_name(), nullptr});
	if (v.shape != array::none || v.k == kind::bytes)
		return;
	if (v.k != kind::structure) {
		bool text = v.k == kind::text;
		out.push_back({prefix + v.name, text ? "char" : v.k == kind::handle ? "__u32" : c_type("", v), base + v.name, &v, text});
		return;
	}
	if (v.type->tag) {
		out.push_back({prefix + v.name + "_tag", "__u32", base + v.name + ".tag", nullptr});
		return;
	}
	for (const model::value &f : v.type->fields)
		gather(out, f, base + v.name + ".", prefix + v.name + "_");
}

class trace_emitter : emitter {
public:
	trace_emitter(const source_manager &sources, const model::interface &interface) : emitter(sources, interface, trace_side) {}
	bool scrubs(const model::structure &) const override { return false; }

	std::string run()
	{
		banner(if_.name + "_trace.h");
		w_.raw("#undef TRACE_SYSTEM");
		w_.line("#define TRACE_SYSTEM lxd_{}", if_.name);
		w_.blank();
		w_.line("#if !defined(LXD_GEN_{}_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)", if_.upper);
		w_.line("#define LXD_GEN_{}_TRACE_H", if_.upper);
		w_.raw("#include <linux/tracepoint.h>");
		w_.raw("#include <lxd/trace.h>");
		w_.line("#include \"{}.h\"", if_.name);
		w_.blank();
		refused();
		std::map<std::string, int> same;
		for (const auto *list : {&if_.host_functions, &if_.domain_functions})
			for (const auto &f : *list)
				same[shape(*f)]++;
		for (const auto *list : {&if_.host_functions, &if_.domain_functions})
			for (const auto &f : *list)
				event(*f, same[shape(*f)] > 1);
		w_.raw("#endif");
		w_.blank();
		w_.raw("#undef TRACE_INCLUDE_PATH");
		w_.raw("#define TRACE_INCLUDE_PATH .");
		w_.raw("#undef TRACE_INCLUDE_FILE");
		w_.line("#define TRACE_INCLUDE_FILE {}_trace", if_.name);
		w_.raw("#include <trace/define_trace.h>");
		return w_.take();
	}

private:
	/// Equal for functions whose events differ in nothing but the name.
	std::string shape(const model::function &f) const
	{
		std::vector<trace_field> fields = trace_fields(if_, f);
		if (!traced_by_value(fields))
			return "function " + f.name;
		std::string out;
		for (const trace_field &t : fields)
			out += t.c_type + " " + t.name + " " + print(t).second + ";";
		return out;
	}

	/// Format and argument.
	std::pair<std::string, std::string> print(const trace_field &t) const
	{
		std::string e = "__entry->" + t.name;
		if (t.text)
			return {"%s", e};
		if (t.v && t.v->choice) {
			return {"%s", fmt::format("show_lxd_{}_{}({})", if_.name, t.v->choice->name, e)};
		}
		bool handle = t.v && t.v->k == kind::handle, wide = t.v && t.v->width == 8, sign = t.v && t.v->sign;
		return {handle ? "%#x" : wide ? (sign ? "%lld" : "%#llx") : sign ? "%d" : "%u", e};
	}

	void event(const model::function &f, bool shared)
	{
		std::vector<trace_field> fields = trace_fields(if_, f);
		std::string name = fmt::format("lxd_{}_{}", if_.name, f.name);
		if (!shared) {
			w_.line("/* {} */", where(f.at));
			define("TRACE_EVENT", name, f, fields);
			return;
		}
		std::string &cls = classes_[shape(f)];
		if (cls.empty()) {
			cls = fmt::format("lxd_{}_like_{}", if_.name, f.name);
			define("DECLARE_EVENT_CLASS", cls, f, fields);
		}
		w_.line("/* {} */", where(f.at));
		begin("DEFINE_EVENT", cls + ", " + name);
		w_.list(at_ + "TP_PROTO(", proto(f, fields), "),");
		w_.list(at_ + "TP_ARGS(", args(f, fields), ")");
		end();
	}

	std::vector<std::string> proto(const model::function &f, const std::vector<trace_field> &fields) const
	{
		std::vector<std::string> out = {"struct lxd_domain *dom"};
		if (traced_by_value(fields)) {
			for (const trace_field &t : fields)
				out.push_back(t.c_type + " " + t.name);
		} else {
			if (f.in.size)
				out.push_back(fmt::format("const {} *a", in_type(f)));
			if (has_outs(f))
				out.push_back(fmt::format("const {} *r", out_type(f)));
		}
		out.push_back("int ret");
		return out;
	}

	std::vector<std::string> args(const model::function &f, const std::vector<trace_field> &fields) const
	{
		std::vector<std::string> out = {"dom"};
		if (traced_by_value(fields)) {
			for (const trace_field &t : fields)
				out.push_back(t.name);
		} else {
			if (f.in.size)
				out.push_back("a");
			if (has_outs(f))
				out.push_back("r");
		}
		out.push_back("ret");
		return out;
	}

	void define(const char *macro, const std::string &name, const model::function &f, const std::vector<trace_field> &fields)
	{
		bool values = traced_by_value(fields);
		std::string format = "domain=%u";
		std::vector<std::string> printed;
		for (const trace_field &t : fields)
			format += fmt::format(" {}={}", t.name, print(t).first);
		format = fmt::format("\"{} ret=%d\"", format);
		if (format.size() > 68) {
			std::string macro_name = upper(name) + "_FORMAT";
			w_.line("#define {} {}", macro_name, format);
			format = macro_name;
		}
		printed = {format, "__entry->dom"};
		begin(macro, name);
		w_.list(at_ + "TP_PROTO(", proto(f, fields), "),");
		w_.list(at_ + "TP_ARGS(", args(f, fields), "),");
		entry("__field(__u32, dom)");
		for (const trace_field &t : fields)
			entry(fmt::format("{}({}, {}{})", t.text ? "__array" : "__field", t.c_type, t.name,
					  t.text ? fmt::format(", {}", t.v->size) : ""));
		entry("__field(int, ret)", "),");
		assign("__entry->dom = lxd_domain_id(dom);");
		for (const trace_field &t : fields) {
			assign(t.text ? fmt::format("lxd_trace_text(__entry->{0}, {1});", t.name, t.from)
				      : fmt::format("__entry->{} = {};", t.name, values ? t.name : t.from));
			printed.push_back(print(t).second);
		}
		assign("__entry->ret = ret;", "),");
		printed.push_back("__entry->ret");
		w_.list(at_ + "TP_printk(", printed, ")");
		end();
	}

	void begin(const char *macro, const std::string &name)
	{
		w_.line("{}({},", macro, name);
		column_ = std::char_traits<char>::length(macro) + 1;
		at_ = pad(column_);
		first_ = true;
	}

	static std::string pad(size_t n) { return std::string(n / 8, '\t') + std::string(n % 8, ' '); }

	/// The next line of TP_STRUCT__entry() or TP_fast_assign(), under the one before.
	void part(const char *macro, const std::string &text, const std::string &close)
	{
		std::string open = fmt::format("{}(", macro);
		w_.list(first_ ? at_ + open : pad(column_ + open.size()), {text}, close);
		first_ = !close.empty();
	}
	void entry(const std::string &text, const std::string &close = "") { part("TP_STRUCT__entry", text, close); }
	void assign(const std::string &text, const std::string &close = "") { part("TP_fast_assign", text, close); }

	void end()
	{
		w_.raw(");");
		w_.blank();
	}

	void show(const std::string &name, const char *how, const std::vector<std::pair<std::string, uint64_t>> &values)
	{
		w_.line("#define show_lxd_{}_{}(v) {}", if_.name, name, how);
		std::string text = w_.take();
		text.pop_back();
		for (const auto &v : values)
			text += fmt::format(", \\\n\t{{ {:#x}, \"{}\" }}", v.second, v.first);
		w_ = {};
		w_.raw(text + ")");
		w_.blank();
	}

	/// Whatever the checks refuse, requests and answers.
	void refused()
	{
		std::vector<std::pair<std::string, uint64_t>> names;
		for (const auto *list : {&if_.host_functions, &if_.domain_functions})
			for (const auto &f : *list)
				names.emplace_back(f->name, (f->from_host ? 0x8000u : 0u) | if_.number << 8 | f->number);
		show("fn", "__print_symbolic(v", names);
		for (const auto &e : if_.enumerations)
			show(e->name, e->flags ? "__print_flags(v, \"|\"" : "__print_symbolic(v", e->values);
		w_.raw("/* What the domain said and the contract forbids; answers have bit 15 of fn set. */");
		begin("TRACE_EVENT", fmt::format("lxd_{}_refused", if_.name));
		w_.raw(at_ + "TP_PROTO(struct lxd_domain *dom, __u16 fn, const char *what, __u64 value),");
		w_.raw(at_ + "TP_ARGS(dom, fn, what, value),");
		entry("__field(__u32, dom)");
		entry("__field(__u16, fn)");
		entry("__array(char, what, 48)");
		entry("__field(__u64, value)", "),");
		assign("__entry->dom = lxd_domain_id(dom);");
		assign("__entry->fn = fn;");
		assign("lxd_trace_text(__entry->what, what);");
		assign("__entry->value = value;", "),");
		w_.list(at_ + "TP_printk(", {"\"domain=%u fn=%s what=%s value=%#llx\"", "__entry->dom",
					    fmt::format("show_lxd_{}_fn(__entry->fn)", if_.name), "__entry->what", "__entry->value"}, ")");
		end();
	}

	size_t column_ = 0;	///< of the macro's arguments
	std::string at_;	///< blanks up to there
	bool first_ = true;
	std::map<std::string, std::string> classes_;
};

} // namespace

std::vector<trace_field> trace_fields(const model::interface &, const model::function &f)
{
	std::vector<trace_field> out;
	for (const model::value &v : f.params)
		gather(out, v, v.out ? "r->" : "a->", "");
	return out;
}

bool traced_by_value(const std::vector<trace_field> &fields)
{
	for (const trace_field &t : fields)
		if (t.text)
			return false;
	return fields.size() <= most_values;
}

std::vector<std::string> trace_arguments(const model::interface &interface, const model::function &f)
{
	std::vector<trace_field> fields = trace_fields(interface, f);
	std::vector<std::string> out;
	if (traced_by_value(fields)) {
		for (const trace_field &t : fields)
			out.push_back(t.from);
		return out;
	}
	if (f.in.size)
		out.push_back("a");
	if (f.out.members.size() > 1)
		out.push_back("r");
	return out;
}

std::string emit_trace(const source_manager &sources, const model::interface &interface)
{
	return trace_emitter(sources, interface).run();
}

} // namespace lxd::idl
