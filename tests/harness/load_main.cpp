// SPDX-License-Identifier: GPL-2.0-only
// Loads a runtime and modules into this process and says what came of it: no domain code runs.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "domain.hpp"

int main(int argc, char **argv)
{
	lxd::harness::options opt;
	CLI::App app("Loads module files as a domain would have them, and prints the report.");
	app.add_option("files", opt.files, "runtime (lxd_rt.ko), then driver modules in order")->required();
	app.add_option("-p,--param", opt.params, "module.name=value");
	CLI11_PARSE(app, argc, argv);
	try {
		lxd_domain dom(opt);
		dom.report();
		fmt::print("loaded at {:#x}, {} KiB\n", dom.image->base, dom.image->size / 1024);
	} catch (const std::exception &e) {
		fmt::print(stderr, "harness-load: {}\n", e.what());
		return 1;
	}
}
