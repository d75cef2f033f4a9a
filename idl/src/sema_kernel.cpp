// SPDX-License-Identifier: GPL-2.0-only
#include "sema_kernel.hpp"

#include "eval.hpp"
#include "names.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lxd::idl {
namespace {

/// `unsigned long` as BTF has it: `long unsigned int`.
std::string one_spelling(const std::string &type)
{
	std::string before, after;
	int longs = 0;
	bool number = false, is_unsigned = false, is_short = false, is_char = false;
	for (size_t i = 0; i < type.size();) {
		size_t end = std::min(type.find(' ', i), type.size());
		std::string w = type.substr(i, end - i);
		i = end + 1;
		bool part = true;
		if (w == "long")
			longs++;
		else if (w == "unsigned")
			is_unsigned = true;
		else if (w == "short")
			is_short = true;
		else if (w == "char")
			is_char = true;
		else if (w != "int" && w != "signed")
			part = false;
		number |= part;
		if (!part)
			(number ? after : before) += (number ? " " : "") + w + (number ? "" : " ");
	}
	if (!number)
		return type;
	std::string out = before;
	for (; longs; longs--)
		out += "long ";
	out += is_short ? "short " : "";
	out += is_unsigned ? "unsigned " : "";
	return out + (is_char ? "char" : "int") + after;
}

class comparer {
public:
	comparer(const model::program &program, kernel &k, diagnostics &diags) : program_(program), k_(k), diags_(diags) {}

	void file(const ast::file &f)
	{
		for (const auto &i : program_.interfaces)
			if (f.interface_name && i->name == f.interface_name.text)
				interface_ = i.get();
		for (const auto &c : program_.constants)
			constants_[c.first] = {c.second, {}};
		for (const ast::structure &s : f.structures)
			if (!s.kernel.empty())
				bound(s);
		for (const ast::binding &b : f.bindings) {
			if (!b.kernel.empty() && !applies(b.kernel))
				continue;
			count++;
			if (b.function)
				function(b);
			else
				structure(b);
		}
		interface_ = nullptr;
	}

	size_t count = 0;

private:
	/// "6.1" is meant for 6.1 and 6.1.0-56-amd64, not for 6.12.
	bool applies(const std::string &version) const
	{
		const std::string &v = k_.version();
		return v.starts_with(version) &&
		       (v.size() == version.size() || !std::isdigit(static_cast<unsigned char>(v[version.size()])));
	}

	void bound(const ast::structure &s)
	{
		count++;
		std::string name = s.kernel;
		if (name.starts_with("struct "))
			name.erase(0, 7);
		std::string error;
		auto found = k_.find_struct(name, s.module, error);
		if (!found) {
			missing(s.kernel_at, "structure", name, s.module, error, false);
			return;
		}
		for (const ast::field &f : s.fields)
			field(f, *found);
	}

	void structure(const ast::binding &b)
	{
		std::string error;
		auto found = k_.find_struct(b.name.text, b.module, error);
		if (!found) {
			missing(b.name.at, "structure", b.name.text, b.module, error, false);
			return;
		}
		for (const ast::field &f : b.fields)
			field(f, *found);
	}

	void missing(span at, const char *what, const std::string &name, const std::string &module,
		     const std::string &error, bool functions)
	{
		diagnostic &d = diags_.error(functions ? "kernel-function" : "kernel-struct", at,
					     error.empty() ? fmt::format("kernel {} has no {} '{}'{}", k_.version(), what, name,
									 module.empty() ? "" : " in " + module)
							   : error);
		std::string near = error.empty() && module.empty() ? nearest(name, k_.names(functions)) : "";
		if (!near.empty())
			d.suggest(fmt::format("did you mean '{}'?", near));
	}

	/// Both sides of a difference.
	std::string kernel_side(const kernel_struct &s, const kernel_field &f) const
	{
		return fmt::format("kernel {} has in struct {}: {}{}{}{}{}; (offset {}, {} bytes)", k_.version(), s.name, f.type,
				   f.type.ends_with('*') ? "" : " ", f.name,
				   f.elements ? fmt::format("[{}]", f.elements) : "",
				   f.bits ? fmt::format(" : {}", f.bits) : "", f.offset, f.size * std::max(1u, f.elements));
	}

	void field(const ast::field &f, const kernel_struct &s)
	{
		const std::string &name = f.kernel_name.empty() ? f.name.text : f.kernel_name;
		auto it = std::find_if(s.fields.begin(), s.fields.end(), [&](const auto &x) { return x.name == name; });
		if (it == s.fields.end()) {
			std::vector<std::string> names;
			for (const kernel_field &x : s.fields)
				names.push_back(x.name);
			diagnostic &d = diags_.error("kernel-field", f.name.at, fmt::format("struct {} of kernel {} has no field '{}'",
											  s.name, k_.version(), name));
			std::string near = nearest(name, names);
			if (!near.empty())
				d.suggest(fmt::format("did you mean '{}'?", near));
			return;
		}
		if (it->pointer) {
			diags_.error("kernel-pointer", f.at, fmt::format("'{}' is a pointer in the kernel and never crosses", name))
				.suggest(kernel_side(s, *it));
			return;
		}
		const scalar_name *scalar = find_scalar(f.type.text);
		uint64_t size = element_size(f), many = elements(f);
		uint64_t theirs = it->elements ? it->elements : 0;
		bool fits = size == 0 || (it->bits ? size * 8 >= it->bits : size == it->size);
		if (!fits || many != theirs)
			diags_.error("kernel-size", f.at,
				     fmt::format("here '{}' has {} bytes{}, in the kernel {}{}", f.name.text, size,
						 many ? fmt::format(" {} times", many) : "",
						 it->bits ? fmt::format("{} bits", it->bits) : fmt::format("{}", it->size),
						 theirs ? fmt::format(" {} times", theirs) : ""))
				.suggest(kernel_side(s, *it));
		else if (scalar && scalar->sign != it->sign)
			diags_.error("kernel-sign", f.at,
				     fmt::format("here '{}' is {}, in the kernel {}", f.name.text,
						 scalar->sign ? "signed" : "unsigned", it->sign ? "signed" : "unsigned"))
				.suggest(kernel_side(s, *it));
	}

	/// 0: not compared (the type is the file's own and was reported if it is none).
	uint64_t element_size(const ast::field &f) const
	{
		if (const scalar_name *s = find_scalar(f.type.text))
			return s->width;
		if (f.type.text == "char" || f.type.text == "bytes")
			return 1;
		if (interface_) {
			for (const auto &e : interface_->enumerations)
				if (e->name == f.type.text)
					return e->bytes;
			for (const auto &s : interface_->structures)
				if (s->name == f.type.text)
					return s->layout.size;
		}
		return 0;
	}

	uint64_t elements(const ast::field &f)
	{
		diagnostics quiet;
		const ast::expr *e = f.max ? f.max.get() : f.size.get();
		auto n = e ? evaluate(*e, constants_, quiet) : std::nullopt;
		return n ? static_cast<uint64_t>(*n) : 0;
	}

	void function(const ast::binding &b)
	{
		std::string error;
		auto found = k_.find_function(b.name.text, b.module, error);
		if (!found) {
			missing(b.name.at, "function", b.name.text, b.module, error, true);
			return;
		}
		bool same = same_type(b.result.text, found->result) && b.params.size() == found->params.size();
		span at = b.at;
		for (size_t i = 0; same && i < b.params.size(); i++)
			if (!same_type(b.params[i].text, found->params[i])) {
				same = false;
				at = b.params[i].at;
			}
		if (!same)
			diags_.error("kernel-signature", at,
				     fmt::format("'{}' looks different in kernel {}", b.name.text, k_.version()))
				.suggest("the kernel has: " + found->text(b.name.text));
	}

	bool same_type(const std::string &mine, const std::string &theirs) const
	{
		return mine == theirs || k_.resolved(mine) == k_.resolved(theirs) || k_.resolved(one_spelling(mine)) == k_.resolved(theirs);
	}

	const model::program &program_;
	kernel &k_;
	diagnostics &diags_;
	const model::interface *interface_ = nullptr;
	constant_map constants_;
};

} // namespace

size_t check_kernel(const std::deque<unit> &units, const model::program &program, kernel &k, diagnostics &diags)
{
	comparer c(program, k, diags);
	for (const unit &u : units)
		c.file(u.ast);
	return c.count;
}

size_t kernel_statements(const std::deque<unit> &units)
{
	size_t n = 0;
	for (const unit &u : units) {
		n += u.ast.bindings.size();
		for (const ast::structure &s : u.ast.structures)
			n += !s.kernel.empty();
	}
	return n;
}

} // namespace lxd::idl
