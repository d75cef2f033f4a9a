// SPDX-License-Identifier: GPL-2.0-only
#include "run.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "drivers.hpp"
#include "load.hpp"
#include "modinfo.hpp"
#include "node.hpp"
#include "params.hpp"
#include "stock.hpp"
#include "unpack.hpp"
#include "use.hpp"

namespace lxdctl {
namespace {

constexpr std::uint32_t max_depth = 1024; ///< LXD_IOC_CREATE's queue_depth

Module read(const std::filesystem::path &file)
{
    return {module_name(file), file.string(), read_module(file)};
}

/// A module that modprobe would load for the device must be among them.
void check_alias(const std::map<std::string, Modinfo> &modules, const std::string &driver, const std::string &device)
{
    const std::string alias = first_line("/sys/bus/pci/devices/" + device + "/modalias");
    if (std::none_of(modules.begin(), modules.end(), [&](const auto &m) { return m.second.drives(alias); }))
        throw Error(fmt::format("{} ({}) is no device of {}: no module of it has an alias that fits; nothing was changed",
                                device, alias, driver));
}

/// The depth of the data rings must hold what the driver keeps in flight.
std::uint32_t ring_depth(const Run &what, const Driver &d, const Params &params)
{
    const auto asked = params.last.find(d.depth);
    if (what.depth || asked == params.last.end())
        return what.depth;
    std::size_t end = 0;
    unsigned long depth = 0;
    try {
        depth = std::stoul(asked->second, &end, 0);
    } catch (const std::exception &) {
        return 0; // the loader says what is wrong with it
    }
    if (depth > max_depth)
        throw Error(fmt::format("{}={}: a domain has at most {} requests in flight a queue; set it with --param {}={}",
                                d.depth, asked->second, max_depth, d.depth, max_depth));
    return depth > 128 ? static_cast<std::uint32_t>(depth) : 0;
}

} // namespace

void note(const std::string &text)
{
    fmt::print(stderr, "lxdctl: {}\n", text);
}

void refuse_use(const std::string &device, bool force, const std::string &verb)
{
    const std::vector<Use> found = uses(this_machine(), device);
    if (found.empty())
        return;
    if (force)
        note(fmt::format("{} is {} by force; who has it loses it, with what is not written yet:\n{}", device, verb,
                         list_uses(found)));
    else
        throw Error(fmt::format("{} is in use, and nothing was changed:\n{}\nEnd that first (umount, swapoff, ip link set "
                                "down). --force takes it away from them; what is not written is lost.",
                                device, list_uses(found)),
                    exit_in_use);
}

Running run(const Run &what)
{
    const Driver &d = driver(what.driver);
    if (what.device.empty() && !d.modules.empty())
        throw Error(fmt::format("driver '{}' needs a device: --device 0000:00:02.0 (lspci -D lists them)", what.driver));
    if (what.share_receive_pages && !d.network)
        throw Error(fmt::format("--share-receive-pages is for network drivers; '{}' is none", what.driver));
    if (what.policy == "restart" && (d.network || what.device.empty()))
        throw Error(fmt::format("--policy restart: only block drivers can be restarted yet; '{}' is none", what.driver));
    const std::string device = what.device.empty() ? "" : pci_address(this_machine(), what.device);

    const Stock stock;
    std::vector<Module> modules;
    std::map<std::string, Modinfo> info;
    const auto add = [&](Module m) {
        info.emplace(m.name, Modinfo(m.image));
        modules.push_back(std::move(m));
    };
    for (const std::string &path : d.modules)
        add(read(stock.file(path)));
    for (const std::string &path : what.module)
        add(read(path));
    if (!device.empty())
        check_alias(info, what.driver, device);
    const Params params =
        merge_params(d, info, [&](const std::string &module) { return stock.options(module); }, what.param);
    const std::uint32_t depth = ring_depth(what, d, params);
    modules.insert(modules.begin(), read(own_file(what.dir, "lxd_rt.ko")));

    const Device lxd;
    if (!lxd.query().hypervisor)
        throw Error("the hypervisor does not run on every CPU: dmesg | grep lxd_hv says why");
    if (!device.empty())
        refuse_use(device, what.force, "taken");
    for (const std::string &text : params.notes)
        note(text);

    const std::string name = !what.name.empty() ? what.name : what.driver;
    const std::uint32_t id = lxd.create({.name = name,
                                         .device = device,
                                         .classes = device.empty() ? "" : d.network ? "pci,net" : "pci,block",
                                         .params = params.text,
                                         .heap_bytes = std::uint64_t{what.heap_mib ? what.heap_mib : d.heap_mib} << 20,
                                         .queues = what.queues,
                                         .depth = depth,
                                         .share_receive_pages = what.share_receive_pages,
                                         .force = what.force && !device.empty(),
                                         .restart = !device.empty() && !d.network && what.policy != "fail",
                                         .modules = modules});
    try {
        lxd.start(id);
    } catch (const Error &) {
        // What is left of the domain is only its report, which the error carries. Its device goes back.
        try {
            lxd.stop(id, true, true);
            lxd.destroy(id, false);
        } catch (const Error &e) {
            note(e.what());
        }
        throw;
    }
    return {id, name};
}

} // namespace lxdctl
