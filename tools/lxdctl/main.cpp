// SPDX-License-Identifier: GPL-2.0-only
/// lxdctl: isolated drivers from the command line.
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "load.hpp"
#include "run.hpp"
#include "show.hpp"
#include "use.hpp"

namespace {

using namespace lxdctl;
using nlohmann::ordered_json;

struct Options : Run {
    bool json = false, kill = false, keep = false;
    std::string gate, domain;
};

/// enum lxd_state of lxd/domain/domain.h.
constexpr std::uint32_t lxd_state_running = 1, lxd_state_dead = 4;

/// Somebody may have its disk or its interface.
bool serves(const Status &s)
{
    return s.raw.state <= lxd_state_running || s.raw.state == LXD_STATE_RESTARTING;
}

void answer(const Options &o, const ordered_json &value, const std::string &text)
{
    if (o.json)
        fmt::print("{}\n", value.dump(2));
    else if (!text.empty())
        fmt::print("{}\n", text);
}

void run_command(const Options &o)
{
    const Running domain = run(o);
    answer(o, {{"id", domain.id}, {"name", domain.name}}, fmt::format("domain {} '{}' runs", domain.id, domain.name));
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

void end(const Device &lxd, const Status &s, bool force, bool kill, bool keep)
{
    const std::string device = s.raw.device;
    // A dead domain has no disk and no interface left.
    if (!device.empty() && serves(s))
        refuse_use(device, force, "given up");
    lxd.stop(s.raw.id, force, kill);
    lxd.destroy(s.raw.id, keep);
}

void stop(const Options &o)
{
    const Device lxd;
    const Status s = lxd.status(lxd.find(o.domain));
    end(lxd, s, o.force, o.kill, o.keep);
    answer(o, {{"id", s.raw.id}, {"stopped", true}}, fmt::format("domain {} has ended", s.raw.id));
}

void restart(const Options &o)
{
    const Device lxd;
    const std::uint32_t id = lxd.find(o.domain);
    lxd.restart(id);
    answer(o, {{"id", id}, {"restarted", true}}, fmt::format("domain {} has been restarted", id));
}

void unload_command(const Options &o)
{
    if (is_loaded()) {
        const Device lxd;
        std::string alive;
        for (const std::uint32_t id : lxd.list()) {
            const Status s = lxd.status(id);
            if (o.force)
                end(lxd, s, true, false, false);
            else if (s.raw.state != lxd_state_dead)
                alive += fmt::format("\n  {}  {}", s.raw.name, s.raw.device);
        }
        if (!alive.empty())
            throw Error(fmt::format("domains live, and nothing was changed:{}\nStop them first (lxdctl stop NAME), or "
                                    "--force, which ends them also while they are in use.",
                                    alive),
                        exit_in_use);
    }
    unload();
    answer(o, {{"loaded", false}}, "");
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
    auto *unload_sub = app.add_subcommand("unload", "end both; the machine is as it was");
    unload_sub->add_flag("--force", o.force, "end all domains first, also while their disks and interfaces are in use");
    unload_sub->callback([&] { unload_command(o); });

    auto *run_sub = app.add_subcommand("run", "take a device from its driver and run the driver in a domain");
    run_sub->add_option("driver", o.driver, "nvme, ixgbe; or none, the runtime alone")->required();
    run_sub->add_option("--device", o.device, "PCI address (0000:00:02.0, 00:02.0), its disk (/dev/nvme0n1) or interface (eth0)");
    run_sub->add_option("--name", o.name, "name of the domain (default: the driver's)");
    run_sub->add_option("--param", o.param, "module parameter, as nvme.io_queue_depth=256 (repeatable)");
    run_sub->add_option("--module", o.module, "another module file for the domain, after the driver's (repeatable)");
    run_sub->add_option("--heap", o.heap_mib, "memory of the domain in MiB (even)");
    run_sub->add_option("--queues", o.queues, "data ring pairs");
    run_sub->add_option("--depth", o.depth, "requests in flight a queue");
    run_sub->add_flag("--share-receive-pages", o.share_receive_pages,
                          "payload of received TCP segments is not copied; a hostile driver can then change it after the "
                          "kernel has checked it and until the reader has it (default: all is copied first)");
    run_sub->add_option("--policy", o.policy, "after a fault: restart the driver below its users, or fail: its disk or interface "
                                              "goes (default: restart for nvme, fail for network drivers, which cannot do it yet)")
        ->check(CLI::IsMember({"restart", "fail"}));
    run_sub->add_flag("--force", o.force, "take the device even if it is in use; what is not written is lost");
    run_sub->callback([&] { run_command(o); });

    auto with_device = [&](const char *verb, const char *help, auto what) {
        auto *command = app.add_subcommand(verb, help);
        command->add_option("device", o.device, "as for run")->required();
        command->callback([&o, what] {
            const std::string device = pci_address(this_machine(), o.device);
            what(o, Device(), device);
            answer(o, {{"device", device}}, "");
        });
        return command;
    };
    with_device("bind", "take a device from its driver ahead of run, its IOMMU group made strict",
                [](const Options &options, const Device &lxd, const std::string &device) {
                    refuse_use(device, options.force, "taken");
                    lxd.bind(device, options.force);
                })
        ->add_flag("--force", o.force, "even if it is in use; what is not written is lost");
    with_device("unbind", "give a device back to the driver that it was taken from",
                [](const Options &, const Device &lxd, const std::string &device) { lxd.unbind(device); });

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
    with_domain("restart", "end the driver of a domain and start it again; its disks, and who uses them, wait", restart);
    auto *stop_sub = with_domain("stop", "end a domain; its device goes back to the driver that it was taken from", stop);
    stop_sub->add_flag("--force", o.force, "even if its disk or interface is in use; what is not written is lost");
    stop_sub->add_flag("--kill", o.kill, "do not ask the driver to finish");
    stop_sub->add_flag("--keep", o.keep, "the device stays with lxd, as after bind");

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &e) {
        return app.exit(e);
    } catch (const std::exception &e) {
        if (o.json)
            fmt::print(stderr, "{}\n", ordered_json{{"error", e.what()}}.dump());
        else
            fmt::print(stderr, "lxdctl: {}\n", e.what());
        const auto *error = dynamic_cast<const Error *>(&e);
        return error ? error->status() : exit_failed;
    }
    return 0;
}
