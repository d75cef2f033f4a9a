// SPDX-License-Identifier: GPL-2.0-only
/// lxdctl: isolated drivers from the command line.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "modules.hpp"
#include "show.hpp"

namespace {

using namespace lxdctl;
using nlohmann::ordered_json;

struct Options {
    bool json = false;
    std::string dir, gate, driver, device, name, domain, params;
    std::vector<std::string> param, module;
    std::uint32_t heap_mib = 0, queues = 0, depth = 0;
    bool force = false, share_receive_pages = false;
};

void answer(const Options &o, const ordered_json &value, const std::string &text)
{
    if (o.json)
        fmt::print("{}\n", value.dump(2));
    else if (!text.empty())
        fmt::print("{}\n", text);
}

void run(const Options &o)
{
    const Driver &d = driver(o.driver);
    if (o.device.empty() && !d.modules.empty())
        throw Error(fmt::format("driver '{}' needs a device: --device 0000:00:02.0 (lspci -D lists them)", o.driver));
    if (o.share_receive_pages && !d.network)
        throw Error(fmt::format("--share-receive-pages is for network drivers; '{}' is none", o.driver));
    std::vector<Module> modules;
    modules.push_back(runtime(o.dir));
    for (const std::string &path : d.modules)
        modules.push_back(stock_module(path));
    for (const std::string &path : o.module)
        modules.push_back(module_file(path));
    std::string params = d.params;
    for (const std::string &p : o.param)
        params += " " + p;

    const Device lxd;
    if (!lxd.query().hypervisor)
        throw Error("the hypervisor does not run on every CPU: dmesg | grep lxd_hv says why");
    const std::string name = !o.name.empty() ? o.name : o.driver;
    if (!o.device.empty())
        bind(o.device);
    const std::uint32_t id = lxd.create({.name = name,
                                         .device = o.device,
                                         .classes = o.device.empty() ? "" : d.network ? "pci,net" : "pci,block",
                                         .params = params,
                                         .heap_bytes = std::uint64_t{o.heap_mib ? o.heap_mib : d.heap_mib} << 20,
                                         .queues = o.queues,
                                         .depth = o.depth,
                                         .share_receive_pages = o.share_receive_pages,
                                         .modules = modules});
    try {
        lxd.start(id);
    } catch (const Error &) {
        // The start failed: what is left of the domain is only its report, which the error carries.
        try {
            lxd.stop(id, true);
            lxd.destroy(id);
        } catch (const Error &e) {
            fmt::print(stderr, "lxdctl: {}\n", e.what());
        }
        throw;
    }
    answer(o, {{"id", id}, {"name", name}}, fmt::format("domain {} '{}' runs", id, name));
}

void list(const Options &o)
{
    const Device lxd;
    std::vector<Status> domains;
    ordered_json all = ordered_json::array();
    for (const std::uint32_t id : lxd.list()) {
        domains.push_back(lxd.status(id));
        all.push_back(to_json(domains.back()));
    }
    if (o.json)
        answer(o, all, "");
    else
        print_list(domains);
}

void status(const Options &o)
{
    const Device lxd;
    const Status s = lxd.status(lxd.find(o.domain));
    if (o.json)
        answer(o, to_json(s), "");
    else
        print_status(s);
}

void exits(const Options &o)
{
    const Device lxd;
    std::vector<lxd_ioc_exits> cpus;
    ordered_json all = ordered_json::array();
    for (std::uint32_t cpu = 0; cpu < lxd.query().nr_cpus; cpu++) {
        cpus.push_back(lxd.exits(cpu));
        all.push_back(to_json(cpus.back()));
    }
    if (o.json)
        answer(o, all, "");
    else
        print_exits(cpus);
}

void stop(const Options &o)
{
    const Device lxd;
    const std::uint32_t id = lxd.find(o.domain);
    const std::string device = lxd.status(id).raw.device;
    lxd.stop(id, o.force);
    lxd.destroy(id);
    if (!device.empty())
        unbind(device);
    answer(o, {{"id", id}, {"stopped", true}}, fmt::format("domain {} has ended", id));
}

void symbols(const Options &o)
{
    const Device lxd;
    const std::string text = lxd.symbols(lxd.find(o.domain));
    if (!o.json)
        return answer(o, {}, text);
    ordered_json all = ordered_json::array();
    std::istringstream lines(text);
    for (std::string kind, name, module; lines >> kind >> name >> module;)
        all.push_back({{"class", kind}, {"name", name}, {"module", module}});
    answer(o, all, "");
}

void ping(const Options &o)
{
    const Device lxd;
    const std::uint32_t id = lxd.find(o.domain);
    const std::uint64_t ns = lxd.ping(id, 0x6c78642070696e67);
    answer(o, {{"id", id}, {"ns", ns}}, fmt::format("domain {} answered in {} ns", id, ns));
}

} // namespace

int main(int argc, char **argv)
{
    Options o;
    CLI::App app{"Runs the kernel's own drivers in isolated domains.\n"
                 "Usual order: lxdctl load, lxdctl run nvme --device 0000:00:02.0, lxdctl status nvme, lxdctl stop nvme, "
                 "lxdctl unload."};
    app.require_subcommand(1);
    app.fallthrough();
    app.add_flag("--json", o.json, "print JSON instead of text");
    app.add_option("--dir", o.dir, "folder of lxd_hv.ko, lxd.ko and lxd_rt.ko");

    auto *load_command = app.add_subcommand("load", "start the hypervisor and the core under the running kernel");
    load_command->add_option("--gate", o.gate, "how a domain leaves: vmfunc (default) or vmcall")
        ->check(CLI::IsMember({"vmfunc", "vmcall"}));
    load_command->callback([&] {
        load(o.dir, o.gate);
        answer(o, {{"loaded", true}}, "");
    });
    app.add_subcommand("unload", "end both; the machine is as it was")->callback([&] {
        unload();
        answer(o, {{"loaded", false}}, "");
    });

    auto *run_command = app.add_subcommand("run", "take a device from its driver and run the driver in a domain");
    run_command->add_option("driver", o.driver, "nvme, ixgbe; or none, the runtime alone")->required();
    run_command->add_option("--device", o.device, "PCI address, as 0000:00:02.0");
    run_command->add_option("--name", o.name, "name of the domain (default: the driver's)");
    run_command->add_option("--param", o.param, "module parameter, as nvme.io_queue_depth=256 (repeatable)");
    run_command->add_option("--module", o.module, "another module file for the domain, after the driver's (repeatable)");
    run_command->add_option("--heap", o.heap_mib, "memory of the domain in MiB (even)");
    run_command->add_option("--queues", o.queues, "data ring pairs");
    run_command->add_option("--depth", o.depth, "requests in flight a queue");
    run_command->add_flag("--share-receive-pages", o.share_receive_pages,
                          "payload of received TCP segments is not copied; a hostile driver can then change it after the "
                          "kernel has checked it and until the reader has it (default: all is copied first)");
    run_command->callback([&] { run(o); });

    auto with_device = [&](const char *verb, const char *help, void (*what)(const std::string &)) {
        auto *command = app.add_subcommand(verb, help);
        command->add_option("device", o.device, "PCI address, as 0000:00:02.0")->required();
        command->callback([&o, what] {
            what(o.device);
            answer(o, {{"device", o.device}}, "");
        });
    };
    with_device("bind", "take a device from its driver ahead of run, its IOMMU group made strict", bind);
    with_device("unbind", "give a device back to its driver's next probe", unbind);

    app.add_subcommand("list", "all domains")->callback([&] { list(o); });
    app.add_subcommand("exits", "VM exits of each CPU by view and reason")->callback([&] { exits(o); });
    auto with_domain = [&](const char *verb, const char *help, void (*what)(const Options &)) {
        auto *command = app.add_subcommand(verb, help);
        command->add_option("domain", o.domain, "name or number")->required();
        command->callback([&o, what] { what(o); });
        return command;
    };
    with_domain("status", "state, memory, messages, crossings, faults of a domain", status);
    with_domain("symbols", "how each imported symbol was resolved", symbols);
    with_domain("ping", "ask the domain for a sign of life", ping);
    with_domain("stop", "end a domain; its device is free again", stop)
        ->add_flag("--force", o.force, "do not ask the driver to finish");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &e) {
        return app.exit(e);
    } catch (const std::exception &e) {
        if (o.json)
            fmt::print(stderr, "{}\n", ordered_json{{"error", e.what()}}.dump());
        else
            fmt::print(stderr, "lxdctl: {}\n", e.what());
        return 1;
    }
    return 0;
}
