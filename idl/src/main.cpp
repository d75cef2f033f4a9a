// SPDX-License-Identifier: GPL-2.0-only
/// lxd-idlc: the command line.
#include "emit.hpp"
#include "format.hpp"
#include "output.hpp"
#include "parser.hpp"
#include "report.hpp"
#include "sema.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

namespace fs = std::filesystem;
using namespace lxd::idl;

namespace {

struct options {
	std::string input;
	std::string directory;
	std::string output = "-";
	bool json = false;
	bool svg = false;
	bool colour = false;
	bool in_place = false;
	bool check_only = false;
};

/// Parses and checks; prints what is wrong. Empty on errors.
bool front_end(const options &o, source_manager &sources, model::program &program)
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
	if (o.json)
		fmt::print("{}", diags.json(sources));
	else
		fmt::print(stderr, "{}", diags.text(sources, o.colour));
	return !diags.failed();
}

int compile(const options &o)
{
	source_manager sources;
	model::program program;
	if (!front_end(o, sources, program))
		return 1;
	std::vector<output_file> files;
	for (const auto &i : program.interfaces)
		for (output_file &f : emit(sources, *i))
			files.push_back(std::move(f));
	std::error_code ec;
	fs::create_directories(o.directory, ec);
	for (const output_file &f : files)
		if (!write_file(fs::path(o.directory) / f.name, f.text))
			return 1;
	return 0;
}

int check(const options &o)
{
	source_manager sources;
	model::program program;
	return front_end(o, sources, program) ? 0 : 1;
}

/// Without errors of spelling only: a file may be laid out before its includes exist.
int format_file(const options &o)
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

int report(const options &o)
{
	source_manager sources;
	model::program program;
	options quiet = o;
	quiet.json = false;
	if (!front_end(quiet, sources, program))
		return 1;
	std::vector<interface_report> r = make_report(program);
	return write_file(o.output, o.json  ? report_json(sources, program, r)
				    : o.svg ? report_svg(program, r)
					    : report_text(program, r))
		       ? 0
		       : 1;
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
	auto command = [&](const char *name, const char *help, int (*run)(const options &)) {
		CLI::App *c = app.add_subcommand(name, help);
		c->add_option("file", o.input, "an .idl file")->required();
		c->callback([&, run] {
			o.colour = colour == "always" || (colour == "auto" && isatty(2));
			status = run(o);
		});
		return c;
	};
	CLI::App *c = command("compile", "write x.h, x_host.c and x_domain.c of each interface", compile);
	c->add_option("-o,--output", o.directory, "directory for the output")->required();
	c->add_flag("--json", o.json, "messages as JSON on standard output");
	c = command("check", "only look for errors", check);
	c->add_flag("--json", o.json, "messages as JSON on standard output");
	c = command("format", "lay a file out, to standard output", format_file);
	c->add_flag("-i,--in-place", o.in_place, "write the file itself");
	c->add_flag("--check", o.check_only, "only say whether it would change");
	c = command("report", "functions, fields, bytes a call, and what the domain may choose", report);
	c->add_flag("--json", o.json, "as JSON");
	c->add_flag("--svg", o.svg, "as a diagram")->excludes("--json");
	c->add_option("-o,--output", o.output, "file for the output instead of standard output");
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &e) {
		return app.exit(e) ? 1 : 0;
	}
	return status;
}
