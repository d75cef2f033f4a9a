// SPDX-License-Identifier: GPL-2.0-only
// The stock ixgbe module in this process: init, probe, open, traffic, faults, remove, exit.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <chrono>
#include <fstream>

#include "net_test.hpp"
#include "trap.hpp"

using namespace lxd::harness;

// Faults of the domain's code are ours, and its stacks are no thread's.
extern "C" const char *__asan_default_options()
{
	return "handle_segv=0:handle_sigill=0:handle_sigfpe=0:handle_sigbus=0:use_sigaltstack=0:detect_stack_use_after_return=0";
}

namespace {

struct settings {
	std::string runtime, modules, gdb;
	std::vector<std::string> parts{"up", "transmit", "receive", "down"}, params;
	unsigned packets = 200, cpus = 1, seconds = 120;
	uint64_t seed = 1;
	bool trace = false, verbose = false, threads = false;
};

uint64_t heap_used(lxd_domain &dom)
{
	uint64_t used = 0, all = 0;
	if (uint64_t f = lxd_image_find(dom.image, 0, "rt_heap_stats"))
		reinterpret_cast<void (*)(uint64_t *, uint64_t *)>(f)(&used, &all);
	return used;
}

int run(const settings &s)
{
	lxd::harness::options opt;
	auto begin = std::chrono::steady_clock::now();

	opt.files = {s.runtime, s.modules + "/mdio.ko", s.modules + "/ethernet/intel/ixgbe/ixgbe.ko"};
	opt.params = s.params;
	opt.cpus = s.cpus;
	opt.verbose = s.verbose;
	opt.threads = s.threads;
	lxd_domain dom(opt);
	dom.report();
	if (!s.gdb.empty()) {
		std::ofstream out(s.gdb);
		for (unsigned m = 0; m < dom.image->nr_modules; m++)
			fmt::print(out, "add-symbol-file {} {:#x}\n", dom.opt.files[m], dom.image->modules[m].text);
	}
	trap_limit(s.seconds);
	dom.interfaces = {
		{LXD_DOMAIN_INTERFACE, lxd_domain_host_dispatch, lxd_domain_host_fns, LXD_DOMAIN_NR_HOST_FNS},
		{LXD_PCI_INTERFACE, lxd_pci_host_dispatch, lxd_pci_host_fns, LXD_PCI_NR_HOST_FNS},
		{LXD_NET_INTERFACE, lxd_net_host_dispatch, lxd_net_host_fns, LXD_NET_NR_HOST_FNS},
	};
	ixgbe_device device(dom, s.trace);
	host_net host(dom, device);
	__u64 echo = 0;
	if (lxd_domain_ping(&dom, 1, &echo) || echo != 1)
		throw failure("the runtime does not answer a ping");
	uint64_t heap_before = heap_used(dom), heap_running = 0;
	for (unsigned index : {1, 2}) {
		int err = lxd_domain_init_module(&dom, index);
		fmt::print("init of {}: {}\n", dom.image->modules[index].name, err);
		if (err)
			throw failure("a module's init failed");
	}
	net_test test(host, s.packets, s.seed);
	if (!host.dev.registered)
		throw failure("no interface appeared");
	for (auto &p : s.parts) {
		test.run(p);
		heap_running = std::max(heap_running, heap_used(dom));
	}
	for (unsigned index : {2, 1}) {
		int err = lxd_domain_exit_module(&dom, index);
		fmt::print("exit of {}: {}\n", dom.image->modules[index].name, err);
	}
	uint64_t heap_after = heap_used(dom);
	auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
	fmt::print("{} packets sent, {} received; device: {} out, {} in, {} segmented, {} interrupts, {} tail writes\n", test.sent,
		   test.got, device.count("tx"), device.count("rx"), device.count("segmented"), device.interrupts, device.doorbells);
	fmt::print("{} entries, {} calls and {} posts of the domain, {} calls and {} posts to it\n", dom.entries.load(),
		   dom.calls_in, dom.posts_in, dom.calls_out, dom.posts_out);
	fmt::print("heap {} -> {} -> {} pages, {:.1f} s virtual, {:.1f} s\n", heap_before, heap_running, heap_after,
		   dom.time.now / 1e9, seconds);

	std::vector<std::string> bad = test.bad;
	for (auto &h : host.held())
		bad.push_back("still held: " + h);
	auto want_zero = [&bad](uint64_t n, const char *what) {
		if (n)
			bad.push_back(fmt::format("{} {}", n, what));
	};
	want_zero(dom.violations, "violations of the contract");
	want_zero(dom.warnings, "warnings of the driver");
	want_zero(device.dma_errors, "DMA accesses outside of mappings");
	want_zero(device.lost_interrupts, "interrupts to vectors that were not granted");
	want_zero(host.refused, "completions of packets that were not in flight");
	want_zero(heap_after > heap_before + test.leaks ? heap_after - heap_before - test.leaks : 0, "pages leaked in the domain");
	if (heap_after < heap_before + test.leaks)
		bad.push_back("fewer pages were leaked than the driver is known to forget");
	if (s.threads && s.cpus > 1 && dom.most_inside < 2)
		bad.push_back("no two contexts ever ran at once");
	if (heap_running <= heap_before)
		bad.push_back("the domain used no memory: the leak check sees nothing");
	for (auto &b : bad)
		fmt::print("BAD: {}\n", b);
	fmt::print("{} passed, {} failed, 0 skipped\n", bad.empty() ? 1 : 0, bad.empty() ? 0 : 1);
	return bad.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
	settings s;
	CLI::App app("Runs the distribution's ixgbe module against the 82599 model in one process.");
	app.add_option("--runtime", s.runtime, "lxd_rt.ko")->required();
	app.add_option("--modules", s.modules, "the kernel's folder drivers/net")->required();
	app.add_option("parts", s.parts, "what to do, in order; NAME:N is a fault of the model");
	app.add_option("-p,--param", s.params, "module.name=value");
	app.add_option("--packets", s.packets, "of each part");
	app.add_option("--cpus", s.cpus, "contexts of the domain")->check(CLI::Range(1, 4));
	app.add_option("--seed", s.seed, "of the contents");
	app.add_option("--gdb", s.gdb, "writes add-symbol-file commands to this file");
	app.add_option("--seconds", s.seconds, "limit of real time");
	app.add_flag("--threads", s.threads, "each context on a thread of its own");
	app.add_flag("--trace", s.trace, "prints the model's trace");
	app.add_flag("-v,--verbose", s.verbose, "more messages");
	CLI11_PARSE(app, argc, argv);
	setvbuf(stdout, nullptr, _IOLBF, 0);
	try {
		return run(s);
	} catch (const std::exception &e) {
		fmt::print("FAIL: {}\n", e.what());
		fmt::print("0 passed, 1 failed, 0 skipped\n");
		return 2;
	}
}
