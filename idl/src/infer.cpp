// SPDX-License-Identifier: GPL-2.0-only
#include "infer.hpp"

#include "names.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <set>

namespace lxd::idl {

namespace fs = std::filesystem;

namespace {

/// The interface that lies beside or above a file of `tree`: klcd/pci/domain/irq.c belongs to klcd/pci/pci.idl.
std::string interface_of(const std::string &tree, const std::string &file)
{
	std::error_code ec;
	for (fs::path dir = fs::path(file).parent_path(); !dir.empty(); dir = dir.parent_path())
		for (const auto &e : fs::directory_iterator(fs::path(tree) / dir, ec))
			if (e.path().extension() == ".idl")
				return (dir / e.path().filename()).string();
	return {};
}

std::string list(const std::vector<std::string> &names)
{
	std::string out, row = "//\t";
	for (const std::string &n : names) {
		if (row.size() > 3 && row.size() + n.size() > 92) {
			row.pop_back();
			out += row + "\n";
			row = "//\t";
		}
		row += n + (&n == &names.back() ? "" : ", ");
	}
	return out + row + "\n";
}

/// What the draft makes of one imported function.
class drafter {
public:
	explicit drafter(kernel *k) : k_(k) {}

	/// `how` follows the parameters: "context sleep effect none" or "within 10 s".
	std::string function(const std::string &name, const kernel_function &f, const char *how)
	{
		std::string params, open;
		bool about = false;
		for (size_t i = 0; i < f.params.size(); i++) {
			std::string p = parameter(f.params[i], fmt::format("arg{}", i));
			bool object = p.find("_ref ") != std::string::npos;
			// A message is about one object: what becomes of the others is for a person to say.
			if (p.empty() || (object && about)) {
				open += (open.empty() ? "" : ", ") + f.params[i];
				continue;
			}
			if (object)
				handles.insert(p.substr(0, p.find("_ref ")));
			about |= object;
			params += (params.empty() ? "" : ", ") + p;
		}
		std::string result = f.result == "void" || f.result == "int" || f.result == "bool" ? ""
				   : fmt::format("; its result {} needs an 'out'", f.result);
		return fmt::format("\t// {}{}{}\n\twait int {}({}) {};\n", f.text(name),
				   open.empty() ? "" : "; not decided: " + open, result, name.substr(0, 40), params, how);
	}

	/// What the kernel must have, and the operations that it calls.
	std::string structure(const header_struct &s)
	{
		std::string fields;
		for (const auto &[type, name] : s.numbers)
			fields += fmt::format(" {} {};", number(type), reserved().count(name) ? fmt::format("{0}_ as \"{0}\"", name) : name);
		return fields.empty() ? "" : fmt::format("\tstruct {} {{{} }}\n", s.name, fields);
	}

	std::set<std::string> handles;

private:
	/// Empty if a person must decide.
	std::string parameter(const std::string &type, const std::string &name)
	{
		std::string plain = k_ ? k_->resolved(type) : type;
		if (plain == "const char *")
			return "char " + name + "[64]";
		if (plain.ends_with(" *") && plain.find("struct ") != std::string::npos) {
			std::string object = plain.substr(plain.find("struct ") + 7);
			object = object.substr(0, object.find(' '));
			if (object.empty())
				return {};
			return object + "_ref " + name;
		}
		std::string scalar = number(plain);
		return scalar.empty() ? "" : scalar + " " + name;
	}

	/// As BTF and as C spell them.
	static std::string number(const std::string &type)
	{
		static const std::map<std::string, std::string> numbers = {
			{"int", "i32"}, {"unsigned int", "u32"}, {"long int", "i64"}, {"long", "i64"}, {"long unsigned int", "u64"},
			{"unsigned long", "u64"}, {"long long int", "i64"}, {"long long", "i64"}, {"long long unsigned int", "u64"},
			{"unsigned long long", "u64"}, {"short int", "i16"}, {"short", "i16"}, {"short unsigned int", "u16"},
			{"unsigned short", "u16"}, {"unsigned char", "u8"}, {"signed char", "i8"}, {"char", "i8"}, {"_Bool", "bool"}};
		auto it = numbers.find(type);
		return it != numbers.end() ? it->second : type.starts_with("enum ") ? "u32" : "";
	}

	kernel *k_;
};

} // namespace

std::map<std::string, offer> find_offers(const std::string &tree)
{
	std::map<std::string, offer> out;
	std::error_code ec;
	for (fs::recursive_directory_iterator i(tree, fs::directory_options::skip_permission_denied, ec), end; !ec && i != end;
	     i.increment(ec)) {
		std::string file = i->path().filename().string();
		if (i->is_directory(ec) && (file == "build" || file.starts_with('.')))
			i.disable_recursion_pending();
		if (i->path().extension() != ".c" || !i->is_regular_file(ec))
			continue;
		std::ifstream in(i->path());
		for (std::string l; std::getline(in, l);) {
			if (!l.starts_with("LXD_EXPORT("))
				continue;
			size_t comma = l.find(','), second = l.find(',', comma + 1);
			if (second == std::string::npos)
				continue;
			std::string name = l.substr(comma + 1, second - comma - 1);
			name.erase(0, name.find_first_not_of(' '));
			out[name] = {l.substr(11, comma - 11), fs::relative(i->path(), tree, ec).string()};
		}
	}
	return out;
}

draft infer(const std::string &module, const std::vector<std::string> &imports, const std::map<std::string, offer> &offers,
	    const std::string &tree, kernel *k, const header_file &headers)
{
	draft d;
	d.imported = imports.size();
	std::map<std::string, std::vector<std::string>> by_interface, by_class;
	std::vector<std::string> open;
	for (const std::string &s : imports) {
		auto it = offers.find(s);
		if (it == offers.end()) {
			open.push_back(s);
			continue;
		}
		d.covered++;
		std::string idl = it->second.kind == "FORWARDED" ? interface_of(tree, it->second.file) : "";
		(idl.empty() ? by_class[it->second.kind] : by_interface[idl]).push_back(s);
	}
	std::string name = module;
	std::replace(name.begin(), name.end(), '-', '_');
	d.text = fmt::format("// SPDX-License-Identifier: GPL-2.0-only\n// Draft of lxd-idlc infer for {}: {} imported symbols, {} "
			     "covered, {} open.\n// Ranges, deadlines and states are a person's to say: read each line.\n\n", module,
			     d.imported, d.covered, open.size());
	std::string body;
	std::vector<std::string> unknown;
	bool read = !headers.functions.empty() || !headers.structs.empty();
	if (read || (k && !open.empty())) {
		drafter draw(k);
		std::string error, called, needs;
		std::map<std::string, const kernel_function *> declared;
		for (const header_function &f : headers.functions)
			declared[f.name] = &f.f;
		for (const std::string &s : open) {
			auto it = declared.find(s);
			auto f = it != declared.end() ? *it->second : k ? k->find_function(s, "", error) : std::nullopt;
			if (f)
				body += draw.function(s, *f, "context sleep effect none");
			else
				unknown.push_back(s);
		}
		std::set<std::string> names;
		for (const header_struct &s : headers.structs) {
			needs += draw.structure(s);
			for (const header_function &o : s.operations)
				called += draw.function(names.insert(o.name).second ? o.name : s.name + "_" + o.name, o.f, "within 10 s");
		}
		if (!called.empty())
			body += "}\n\nfrom host {\n" + called;
		if (!needs.empty())
			body += "}\n\nkernel {\n" + needs;
		if (!body.empty()) {
			std::string head = fmt::format("interface {} = 63; // choose a free number\n\n", name);
			for (const std::string &h : draw.handles)
				head += fmt::format("handle {}_ref is \"struct klcd_{}\";\n"
						    "machine of_{} of {}_ref {{ start state live {{ other: accept; }} }} // and its end?\n",
						    h, h, h, h);
			body = head + "\nfrom domain {\n" + body + "}\n";
		}
	} else {
		unknown = open;
	}
	if (body.empty())
		d.text += fmt::format("driver {};\n\n", name);
	for (const auto &i : by_interface)
		d.text += fmt::format("include \"{}\" // covers {}:\n{}\n", i.first, i.second.size(), list(i.second));
	for (const auto &c : by_class) {
		std::string kind = c.first;
		std::transform(kind.begin(), kind.end(), kind.begin(), [](unsigned char x) { return std::tolower(x); });
		d.text += fmt::format("// {} symbols of the domain's runtime, {}:\n{}\n", kind, c.second.size(), list(c.second));
	}
	d.text += body;
	if (!unknown.empty())
		d.text += fmt::format("\n// {} without a prototype in the kernel's BTF (data, assembler, other modules):\n{}",
				      unknown.size(), list(unknown));
	return d;
}

} // namespace lxd::idl
