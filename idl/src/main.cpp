// SPDX-License-Identifier: GPL-2.0-only
/// lxd-idlc: the command line.
#include "emit.hpp"
#include "format.hpp"
#include "image.hpp"
#include "infer.hpp"
#include "messages.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "report.hpp"
#include "sema_kernel.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <unistd.h>
#include <utility>

namespace fs = std::filesystem;
using namespace lxd::idl;

namespace {

struct options {
	std::string input;
	std::vector<std::string> inputs;
	std::string directory;
	std::string output = "-";
	std::string kernel, modules, headers, tree = ".";
	bool json = false;
	bool tests = false;
	bool svg = false;
	bool values = false;
	bool colour = false;
	bool in_place = false;
	bool check_only = false;
	std::unique_ptr<lxd::idl::kernel> target;	///< opened once for all files
};

/// Parses and checks; prints what is wrong. False on errors.
bool front_end(options &o, source_manager &sources, model::program &program)
{
	std::string error;
	int root = sources.load(o.input, error);
	if (root < 0) {
		fmt::print(stderr, "lxd-idlc: {}: {}\n", o.input, error);
		return false;
	}
	diagnostics diags;
	std::deque<unit> units = load_units(sources, static_cast<uint32_t>(root), diags);
	program = analyse(sources, units, diags);
	if (!o.kernel.empty() && kernel_statements(units)) {
		if (!o.target)
			o.target = kernel::open(o.kernel, o.modules, error);
		if (!o.target) {
			fmt::print(stderr, "lxd-idlc: {}\n", error);
			return false;
		}
		check_kernel(units, program, *o.target, diags);
	}
	if (o.json)
		fmt::print("{}", diags.json(sources));
	else
		fmt::print(stderr, "{}", diags.text(sources, o.colour));
	return !diags.failed();
}

/// Interfaces that several drivers include are written once. Nothing is written if one file is wrong.
int compile(options &o)
{
	std::vector<output_file> files;
	std::map<std::string, std::string> written;
	bool good = true;
	for (const std::string &input : o.inputs) {
		source_manager sources;
		model::program program;
		o.input = input;
		if (!front_end(o, sources, program)) {
			good = false;
			continue;
		}
		for (const auto &i : program.interfaces) {
			std::error_code ec;
			std::string path = fs::weakly_canonical(sources.file(i->at.file).path, ec).string();
			auto [it, fresh] = written.emplace(i->name, path);
			if (!fresh && it->second != path) {
				fmt::print(stderr, "lxd-idlc: {} and {} are both called '{}'\n", it->second, path, i->name);
				good = false;
			}
			if (!fresh)
				continue;
			for (output_file &f : emit(sources, *i))
				files.push_back(std::move(f));
			if (o.tests)
				files.push_back({i->name + "_test.c", emit_test(sources, *i)});
		}
	}
	if (!good)
		return 1;
	std::error_code ec;
	fs::create_directories(o.directory, ec);
	for (const output_file &f : files)
		if (!write_file(fs::path(o.directory) / f.name, f.text))
			return 1;
	return 0;
}

int check(options &o)
{
	int status = 0;
	for (const std::string &input : o.inputs) {
		source_manager sources;
		model::program program;
		o.input = input;
		if (!front_end(o, sources, program))
			status = 1;
	}
	return status;
}

int extract_btf(const options &o)
{
	std::string error;
	std::unique_ptr<kernel> k = kernel::open(o.kernel, o.modules, error);
	if (!k) {
		fmt::print(stderr, "lxd-idlc: {}\n", error);
		return 1;
	}
	std::vector<uint8_t> raw = k->raw();
	return write_file(o.output, std::string(raw.begin(), raw.end())) ? 0 : 1;
}

int infer_draft(const options &o)
{
	std::string error, name;
	std::set<std::string> wanted, defined;
	header_file headers;
	for (const std::string &path : o.inputs) {
		if (path.ends_with(".h")) {
			std::optional<header_file> h = read_header(path, o.headers, error);
			if (!h) {
				fmt::print(stderr, "lxd-idlc: {}: {}\n", path, error);
				return 1;
			}
			for (const header_function &f : h->functions)
				wanted.insert(f.name);
			std::move(h->functions.begin(), h->functions.end(), std::back_inserter(headers.functions));
			std::move(h->structs.begin(), h->structs.end(), std::back_inserter(headers.structs));
			name = fs::path(path).stem().string();
			continue;
		}
		bytes file = read_binary(path, error);
		if (!file.empty())
			file = unpack(std::move(file), error);
		for (bool d : {false, true})
			if (error.empty())
				for (const std::string &s : symbols(file, d, error))
					(d ? defined : wanted).insert(s);
		if (!error.empty()) {
			fmt::print(stderr, "lxd-idlc: {}: {}\n", path, error);
			return 1;
		}
		std::string base = fs::path(path).filename().string();
		name = base.substr(0, base.find(".ko"));
	}
	std::vector<std::string> imports;
	std::set_difference(wanted.begin(), wanted.end(), defined.begin(), defined.end(), std::back_inserter(imports));
	std::unique_ptr<kernel> k;
	if (!o.kernel.empty() && !(k = kernel::open(o.kernel, o.modules, error))) {
		fmt::print(stderr, "lxd-idlc: {}\n", error);
		return 1;
	}
	draft d = infer(name, imports, find_offers(o.tree), o.tree, k.get(), headers);
	fmt::print(stderr, "lxd-idlc: {}: {} symbols, {} covered, {} open\n", name, d.imported, d.covered,
		   d.imported - d.covered);
	return write_file(o.output, d.text) ? 0 : 1;
}

/// Without errors of spelling only: a file may be laid out before its includes exist.
int format_file(options &o)
{
	source_manager sources;
	std::string error;
	int file = sources.load(o.input, error);
	if (file < 0) {
		fmt::print(stderr, "lxd-idlc: {}: {}\n", o.input, error);
		return 1;
	}
	diagnostics diags;
	token_list tokens = lex(sources, static_cast<uint32_t>(file), diags);
	parse(sources, static_cast<uint32_t>(file), tokens, diags);
	fmt::print(stderr, "{}", diags.text(sources, o.colour));
	if (diags.failed())
		return 1;
	std::string text = format(sources, static_cast<uint32_t>(file), tokens);
	if (!o.check_only)
		return write_file(o.in_place ? o.input : "-", text) ? 0 : 1;
	if (text == sources.file(static_cast<uint32_t>(file)).text)
		return 0;
	fmt::print(stderr, "lxd-idlc: {} is not formatted\n", o.input);
	return 1;
}

int report(options &o)
{
	source_manager sources;
	model::program program;
	bool json = std::exchange(o.json, false); // of the report, not of the messages
	if (!front_end(o, sources, program))
		return 1;
	if (o.values)
		return write_file(o.output, json ? report_vectors(program) : report_values(program)) ? 0 : 1;
	std::vector<interface_report> r = make_report(program);
	return write_file(o.output, json    ? report_json(sources, program, r)
				    : o.svg ? report_svg(program, r)
					    : report_text(program, r))
		       ? 0
		       : 1;
}

int messages(options &o)
{
	source_manager sources;
	model::program program;
	if (!front_end(o, sources, program))
		return 1;
	return write_file(o.output, messages_json(program)) ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
	options o;
	std::string colour = "auto";
	CLI::App app{"Compiles descriptions of kernel interfaces into the code that crosses them."};
	app.require_subcommand(1);
	app.add_option("--color", colour, "colour in messages: auto, always, never")
		->check(CLI::IsMember({"auto", "always", "never"}));
	int status = 0;
	auto command = [&](const char *name, const char *help, int (*run)(options &), bool many = false) {
		CLI::App *c = app.add_subcommand(name, help);
		if (many)
			c->add_option("file", o.inputs, ".idl files")->required();
		else
			c->add_option("file", o.input, "an .idl file")->required();
		c->callback([&, run] {
			o.colour = colour == "always" || (colour == "auto" && isatty(2));
			status = run(o);
		});
		return c;
	};
	auto kernel_options = [&](CLI::App *c) {
		c->add_option("--kernel", o.kernel, "compare with this kernel: a version in /boot, or a vmlinuz or BTF file");
		c->add_option("--modules", o.modules, "its modules (default lib/modules/VERSION beside boot/, or in /)");
		c->add_flag("--json", o.json, "messages as JSON on standard output");
	};
	CLI::App *c = command("compile", "write x.h, x_trace.h, x_host.c and x_domain.c of each interface", compile, true);
	c->add_option("-o,--output", o.directory, "directory for the output")->required();
	c->add_flag("--tests", o.tests, "also x_test.c: round trips and lies, in user space");
	kernel_options(c);
	kernel_options(command("check", "only look for errors", check, true));
	c = app.add_subcommand("btf", "write the BTF of a kernel image to a file, which --kernel takes and reads faster");
	c->add_option("kernel", o.kernel, "a version in /boot, or a file")->required();
	c->add_option("-o,--output", o.output, "file for the output")->required();
	c->callback([&] { status = extract_btf(o); });
	c = command("format", "lay a file out, to standard output", format_file);
	c->add_flag("-i,--in-place", o.in_place, "write the file itself");
	c->add_flag("--check", o.check_only, "only say whether it would change");
	c = command("report", "functions, fields, bytes a call, and what the domain may choose", report);
	c->add_flag("--json", o.json, "as JSON");
	c->add_flag("--svg", o.svg, "as a diagram")->excludes("--json");
	c->add_flag("--values", o.values, "each value that the domain chooses, its range, and what passes at its bounds")->excludes("--svg");
	c->add_option("-o,--output", o.output, "file for the output instead of standard output");
	c = command("messages", "fields, bounds and states of each message as JSON, for generators of tests", messages);
	c->add_option("-o,--output", o.output, "file for the output instead of standard output");
	c = app.add_subcommand("infer", "draft the IDL of a driver from its module files or from headers");
	c->add_option("file", o.inputs, "the driver's .ko files, packed or not, or C headers (.h)")->required();
	c->add_option("--headers", o.headers, "where the kernel's headers are, if it is one of those: /lib/modules/VERSION/build");
	c->add_option("--kernel", o.kernel, "where the prototypes come from");
	c->add_option("--tree", o.tree, "the project's tree: whose LXD_EXPORT lines say what is covered");
	c->add_option("-o,--output", o.output, "file for the output instead of standard output");
	c->callback([&] { status = infer_draft(o); });
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &e) {
		return app.exit(e) ? 1 : 0;
	}
	return status;
}
