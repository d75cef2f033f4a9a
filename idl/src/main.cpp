// SPDX-License-Identifier: GPL-2.0-only
/// lxd-idlc: the command line.
#include "emit.hpp"
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
	bool json = false;
	bool colour = false;
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

/// Writes beside and renames: nothing half-written stays. Files that would not change keep their time.
bool write_file(const fs::path &path, const std::string &text)
{
	if (FILE *old = std::fopen(path.c_str(), "rb")) {
		std::string had(text.size() + 1, '\0');
		size_t n = std::fread(had.data(), 1, had.size(), old);
		std::fclose(old);
		if (n == text.size() && had.compare(0, n, text) == 0)
			return true;
	}
	std::string temporary = fmt::format("{}.tmp{}", path.string(), getpid());
	FILE *f = std::fopen(temporary.c_str(), "wb");
	bool good = f && std::fwrite(text.data(), 1, text.size(), f) == text.size();
	if (f)
		good &= std::fclose(f) == 0;
	if (good && std::rename(temporary.c_str(), path.c_str()) == 0)
		return true;
	fmt::print(stderr, "lxd-idlc: {}: {}\n", path.string(), std::strerror(errno));
	std::remove(temporary.c_str());
	return false;
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
		c->add_flag("--json", o.json, "messages as JSON on standard output");
		c->callback([&, run] {
			o.colour = colour == "always" || (colour == "auto" && isatty(2));
			status = run(o);
		});
		return c;
	};
	command("compile", "write x.h, x_host.c and x_domain.c of each interface", compile)
		->add_option("-o,--output", o.directory, "directory for the output")
		->required();
	command("check", "only look for errors", check);
	try {
		app.parse(argc, argv);
	} catch (const CLI::ParseError &e) {
		return app.exit(e) ? 1 : 0;
	}
	return status;
}
