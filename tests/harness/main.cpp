// SPDX-License-Identifier: GPL-2.0-only
// The stock NVMe modules in this process: init, probe, disks, I/O with verification, faults, remove, exit.
#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <chrono>
#include <cstring>
#include <fstream>

#include "io.hpp"
#include "trap.hpp"

using namespace lxd::harness;

// Faults of the domain's code are ours, and its stacks are no thread's.
extern "C" const char *__asan_default_options()
{
	return "handle_segv=0:handle_sigill=0:handle_sigfpe=0:handle_sigbus=0:use_sigaltstack=0:detect_stack_use_after_return=0";
}

namespace {

struct settings {
	std::string expect = "disk", early, model = "lab";
	std::string runtime, modules, fault, gdb;
	std::vector<std::string> params{"nvme_core.multipath=0", "nvme.max_host_mem_size_mb=0", "nvme.use_cmb_sqes=0"};
	uint64_t reads = 1000, seed = 1;
	unsigned depth = 8, cpus = 1, seconds = 120;
	bool trace = false, verbose = false, threads = false;
};

/// Calls a plain function of the image: same ABI, but our stack and its GS.
template <typename... A> void call_image(lxd_domain &dom, const char *name, A... args)
{
	if (uint64_t f = lxd_image_find(dom.image, 0, name))
		reinterpret_cast<void (*)(A...)>(f)(args...);
}

uint64_t heap_used(lxd_domain &dom)
{
	uint64_t used = 0, all = 0;
	call_image(dom, "rt_heap_stats", &used, &all);
	return used;
}

void write_gdb(const lxd_domain &dom, const settings &s)
{
	std::ofstream out(s.gdb);
	for (unsigned m = 0; m < dom.image->nr_modules; m++)
		fmt::print(out, "add-symbol-file {} {:#x}\n", dom.opt.files[m], dom.image->modules[m].text);
}

int init_module(lxd_domain &dom, unsigned index)
{
	int err = lxd_domain_init_module(&dom, index);
	fmt::print("init of {}: {}\n", dom.image->modules[index].name, err);
	return err;
}

void inject(nvme_device &device, const std::string &fault)
{
	auto colon = fault.find(':');
	uint64_t argument = colon == std::string::npos ? 1 : std::stoull(fault.substr(colon + 1));
	if (!device.fault(fault.substr(0, colon).c_str(), argument))
		throw failure("the model knows no fault " + fault);
}

void run_io(const settings &s, host_classes &host, io_result &total)
{
	klcd_disk *disk = host.disk(1);
	if (!disk)
		throw failure("no disk with nsid 1 appeared");
	io_test io(host, *disk, s.depth, s.seed);
	auto add = [&total](const io_result &r) {
		total.reads += r.reads;
		total.writes += r.writes;
		total.failed += r.failed;
		total.wrong += r.wrong;
		total.bytes += r.bytes;
	};
	if (s.fault.empty()) {
		io.special(total);
		add(io.run(s.reads));
		return;
	}
	add(io.run(s.reads / 4));
	fmt::print("fault: {}\n", s.fault);
	inject(host.device, s.fault);
	add(s.expect == "dead" ? io.run_until_failure() : io.run(s.reads));
}

int run(const settings &s)
{
	lxd::harness::options opt;
	auto begin = std::chrono::steady_clock::now();
	io_result io;

	opt.files = {s.runtime, s.modules + "/nvme-core.ko", s.modules + "/nvme.ko"};
	opt.params = s.params;
	opt.cpus = s.cpus;
	opt.verbose = s.verbose;
	opt.threads = s.threads;
	lxd_domain dom(opt);
	dom.report();
	if (!s.gdb.empty())
		write_gdb(dom, s);
	trap_limit(s.seconds);
	dom.interfaces = {
		{LXD_DOMAIN_INTERFACE, lxd_domain_host_dispatch, lxd_domain_host_fns, LXD_DOMAIN_NR_HOST_FNS},
		{LXD_PCI_INTERFACE, lxd_pci_host_dispatch, lxd_pci_host_fns, LXD_PCI_NR_HOST_FNS},
		{LXD_BLOCK_INTERFACE, lxd_block_host_dispatch, lxd_block_host_fns, LXD_BLOCK_NR_HOST_FNS},
	};
	nvme_device device(dom, s.model, 64 << 20, s.trace);
	// Contents that tell where they come from.
	for (size_t i = 0; i < device.disk().size(); i += 8) {
		uint64_t v = i * 0x9e3779b97f4a7c15;
		memcpy(&device.disk()[i], &v, 8);
	}
	host_classes host(dom, device);
	if (!s.early.empty())
		inject(device, s.early);
	__u64 echo = 0;
	int err = lxd_domain_ping(&dom, 0x1234, &echo);
	fmt::print("ping: {} {:#x}\n", err, echo);
	if (err || echo != 0x1234)
		throw failure("the runtime does not answer a ping");
	uint64_t heap_before = heap_used(dom);
	if (init_module(dom, 1) || init_module(dom, 2))
		throw failure("a module's init failed");
	uint64_t end = dom.time.now + 120000000000;
	while (!host.disk(1) && dom.time.now < end && dom.turn())
		;
	if (s.expect == "disk" && s.model == "lab" && host.disk(1))
		check_health(dom, *host.disk(1));
	uint64_t heap_running = heap_used(dom);
	if (s.expect != "nothing")
		run_io(s, host, io);
	else if (host.disk(1))
		throw failure("a disk appeared on a device that is broken");
	for (unsigned index : {2, 1}) {
		err = lxd_domain_exit_module(&dom, index);
		fmt::print("exit of {}: {}\n", dom.image->modules[index].name, err);
	}
	uint64_t heap_after = heap_used(dom);

	auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
	fmt::print("{} reads, {} writes, {} other, {} bytes: {} failed, {} wrong\n", io.reads, io.writes, io.other, io.bytes,
		   io.failed, io.wrong);
	fmt::print("{} completions in {} batches, {} requeues, {} busy, {} timeouts\n", host.completions, host.batches,
		   host.requeues, host.busy, host.timeouts);
	fmt::print("{} entries, {} calls and {} posts of the domain, {} calls and {} posts to it\n", dom.entries.load(),
		   dom.calls_in, dom.posts_in, dom.calls_out, dom.posts_out);
	fmt::print("{} interrupts, {} register accesses, heap {} -> {} -> {} pages, {:.1f} s virtual, {:.1f} s\n",
		   device.interrupts, device.register_accesses, heap_before, heap_running, heap_after, dom.time.now / 1e9, seconds);

	std::vector<std::string> bad = host.held();
	for (auto &b : bad)
		b = "still held: " + b;
	auto want_zero = [&bad](uint64_t n, const char *what) {
		if (n)
			bad.push_back(fmt::format("{} {}", n, what));
	};
	if (s.expect != "dead")
		want_zero(io.failed, "failed requests");
	else if (!io.failed)
		bad.push_back("no request failed on a dead device");
	want_zero(io.wrong, "requests with wrong data");
	want_zero(dom.violations, "violations of the contract");
	want_zero(dom.warnings, "warnings of the driver");
	want_zero(device.dma_errors, "DMA accesses outside of mappings");
	want_zero(device.lost_interrupts, "interrupts to vectors that were not granted");
	want_zero(heap_after > heap_before ? heap_after - heap_before : 0, "pages leaked in the domain");
	if (s.threads && s.cpus > 1 && dom.most_inside < 2)
		bad.push_back("no two contexts ever ran at once");
	if (heap_running <= heap_before)
		bad.push_back("the domain used no memory: the leak check sees nothing");
	if (s.expect == "disk" && io.reads < s.reads)
		bad.push_back("too few reads");
	for (auto &b : bad)
		fmt::print("BAD: {}\n", b);
	fmt::print("{} passed, {} failed, 0 skipped\n", bad.empty() ? 1 : 0, bad.empty() ? 0 : 1);
	return bad.empty() ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
	settings s;
	CLI::App app("Runs the distribution's nvme modules against the NVMe model in one process.");
	app.add_option("--runtime", s.runtime, "lxd_rt.ko")->required();
	app.add_option("--modules", s.modules, "folder of nvme-core.ko and nvme.ko")->required();
	app.add_option("-p,--param", s.params, "module.name=value (added to the defaults)")->take_all();
	app.add_option("--reads", s.reads, "verified reads");
	app.add_option("--depth", s.depth, "requests at a time")->check(CLI::Range(1, 64));
	app.add_option("--cpus", s.cpus, "contexts of the domain")->check(CLI::Range(1, 4));
	app.add_option("--seed", s.seed, "of the requests");
	app.add_option("--fault", s.fault, "fault of the model under load: name or name:argument");
	app.add_option("--model", s.model, "device: the lab's or the harness's own")->check(CLI::IsMember({"lab", "small"}));
	app.add_option("--early", s.early, "fault of the model from the start");
	app.add_option("--expect", s.expect, "what must come of it")->check(CLI::IsMember({"disk", "nothing", "dead"}));
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
