// SPDX-License-Identifier: GPL-2.0-only
#include "use.hpp"

#include <algorithm>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "error.hpp"
#include "node.hpp"

namespace fs = std::filesystem;

namespace lxdctl {
namespace {

/// The nodes of a device and of everything that is built upon them.
class Search {
public:
    Search(const Machine &machine, const std::string &device) : machine_(machine)
    {
        std::error_code error;
        const fs::path folder = fs::canonical(machine.sys / "bus/pci/devices" / device, error);
        if (!error)
            below(folder);
        // Each holder that is found is looked at in turn.
        for (std::size_t i = 0; i < nodes_.size(); i++)
            above(i);
    }

    std::vector<Use> result()
    {
        mounts();
        swaps();
        by_name_in_files();
        open_nodes();
        // Who claims a partition claims its disk too, so this says something only if nothing else does.
        for (const Node &n : uses_.empty() ? nodes_ : std::vector<Node>())
            if (n.block && machine_.free && !machine_.free(machine_.dev / n.name))
                add(n, "is held exclusively, by the kernel or a program");
        interfaces();
        return uses_;
    }

private:
    const Machine &machine_;
    std::vector<Node> nodes_;
    std::vector<std::string> interfaces_;
    std::vector<Use> uses_;

    void add(const Node &n, const std::string &how)
    {
        Use use{"/dev/" + n.name, n.upon.empty() ? how : how + " (it is made of /dev/" + n.upon + ")"};
        if (std::find(uses_.begin(), uses_.end(), use) == uses_.end())
            uses_.push_back(use);
    }

    [[nodiscard]] bool used(const std::string &name) const
    {
        return std::any_of(uses_.begin(), uses_.end(), [&](const Use &u) { return u.what == "/dev/" + name; });
    }

    void node(Node n)
    {
        if (std::none_of(nodes_.begin(), nodes_.end(), [&](const Node &m) { return m.name == n.name; }))
            nodes_.push_back(std::move(n));
    }

    void below(const fs::path &folder)
    {
        const std::string kind = subsystem(folder);
        if (kind == "net")
            interfaces_.push_back(folder.filename());
        else if (auto n = node_of(folder))
            node(*n);
        std::error_code ignored;
        for (const fs::path &path : entries(folder))
            if (fs::is_directory(fs::symlink_status(path, ignored)))
                below(path);
    }

    /// Device mapper, md, bcache; loop devices and zram name what they stand on. A hidden path has its multipath disk.
    void above(std::size_t index)
    {
        const Node n = nodes_[index];
        if (!n.block)
            return;
        const fs::path all = machine_.sys / "class/block";
        for (const fs::path &holder : entries(n.folder / "holders"))
            upon(n, all / holder.filename(), "belongs to");
        for (const fs::path &disk : entries(all)) {
            if (n.is(first_line(disk / "loop/backing_file")))
                upon(n, disk, "is the file behind");
            if (n.is(first_line(disk / "backing_dev")))
                upon(n, disk, "is the backing device of");
        }
        if (const std::string head = multipath_head(n.name); !head.empty())
            upon(n, all / head, "is a path of");
    }

    void upon(const Node &n, const fs::path &link, const std::string &how)
    {
        std::error_code error;
        const fs::path folder = fs::canonical(link, error);
        if (error)
            return;
        auto holder = node_of(folder);
        if (!holder)
            return;
        std::string name = first_line(folder / "dm/name");
        add(n, fmt::format("{} /dev/{}{}", how, holder->name, name.empty() ? "" : " (" + name + ")"));
        holder->upon = n.name;
        node(*holder);
    }

    /// In this mount namespace, else in any that a process lives in.
    void mounts()
    {
        std::error_code error;
        const fs::path own = machine_.proc / "self";
        mounts_of(own, "");
        std::set<fs::path> seen{fs::read_symlink(own / "ns/mnt", error)};
        for (const fs::path &process : processes(machine_.proc)) {
            const fs::path space = fs::read_symlink(process / "ns/mnt", error);
            if (!error && seen.insert(space).second)
                mounts_of(process, " in the mount namespace of " + process_name(process));
        }
    }

    void mounts_of(const fs::path &process, const std::string &where)
    {
        std::ifstream in(process / "mountinfo");
        std::vector<std::pair<Node, std::string>> found;
        for (std::string line; std::getline(in, line);) {
            const Mount m = parse_mount(line);
            for (const Node &n : nodes_)
                // btrfs has a number of its own for what is mounted.
                if (n.block && (m.number == n.number || (m.number.starts_with("0:") && n.is(m.source))))
                    found.emplace_back(n, m.point);
        }
        // A new namespace begins with all mounts of its maker's.
        std::erase_if(found, [&](const auto &f) { return !where.empty() && used(f.first.name); });
        for (const auto &[n, point] : found)
            add(n, "is mounted on " + point + where);
    }

    void swaps()
    {
        std::ifstream in(machine_.proc / "swaps");
        for (std::string line; std::getline(in, line);)
            for (const Node &n : nodes_)
                if (n.block && n.is(unescape(line.substr(0, line.find_first_of(" \t")))))
                    add(n, "is used as swap");
    }

    /// Targets of the kernel that serve a disk to others have its path in a file.
    void by_name_in_files()
    {
        static constexpr struct {
            const char *folder, *below, *file, *how;
        } places[] = {
            {"kernel/config/nvmet/subsystems", "namespaces", "device_path", "is served by the NVMe target"},
            {"kernel/config/nvmet/subsystems", "", "device_path", "is passed through by the NVMe target"},
            {"kernel/config/target/core", "", "udev_path", "is served by the SCSI target"},
        };
        for (const auto &place : places)
            for (const fs::path &one : entries(machine_.sys / place.folder))
                for (const fs::path &two : entries(one / place.below))
                    for (const Node &n : nodes_)
                        // One that is switched off has let go of its disk.
                        if (n.is(first_line(two / place.file)) && first_line(two / "enable") != "0")
                            add(n, fmt::format("{} {}", place.how, one.filename().string()));
    }

    void open_nodes()
    {
        std::error_code ignored;
        const fs::path self = fs::read_symlink(machine_.proc / "self", ignored);
        for (const fs::path &process : processes(machine_.proc)) {
            if (process.filename() == self)
                continue;
            for (const fs::path &fd : entries(process / "fd")) {
                const Target target = target_of(fd);
                for (const Node &n : nodes_)
                    if (n.is(target))
                        add(n, "is open in " + process_name(process));
            }
        }
    }

    void interfaces()
    {
        const fs::path device_folder = machine_.sys / "class/net";
        for (const std::string &name : interfaces_) {
            const fs::path folder = device_folder / name;
            const std::string flags = first_line(folder / "flags");
            std::vector<std::string> how;
            if (!flags.empty() && std::stoul(flags, nullptr, 16) & 1)
                how.emplace_back("is up");
            for (const fs::path &entry : entries(folder)) {
                const std::string link = entry.filename();
                if (link.starts_with("upper_"))
                    how.push_back("is part of " + link.substr(6));
            }
            if (machine_.addresses)
                for (const std::string &address : machine_.addresses(name))
                    how.push_back("has " + address);
            for (const std::string &route : routes(machine_.proc, name))
                how.push_back(route);
            for (const std::string &h : how)
                uses_.push_back({name, h});
        }
    }
};

} // namespace

std::vector<Use> uses(const Machine &machine, const std::string &device)
{
    std::vector<Use> all = Search(machine, device).result();
    if (machine.elsewhere)
        for (const Use &use : machine.elsewhere(device))
            all.push_back(use);
    return all;
}

std::string list_uses(const std::vector<Use> &uses)
{
    std::size_t width = 0;
    for (const Use &u : uses)
        width = std::max(width, u.what.size());
    std::string text;
    for (const Use &u : uses)
        text += fmt::format("{}  {:<{}}  {}", text.empty() ? "" : "\n", u.what, width, u.how);
    return text;
}

std::string pci_address(const Machine &machine, const std::string &text)
{
    const fs::path devices = machine.sys / "bus/pci/devices";
    std::error_code error;
    if (text.find('/') == std::string::npos) {
        for (const std::string &address : {text, "0000:" + text})
            if (!text.empty() && fs::exists(devices / address, error))
                return address;
    }
    // A node or an interface: the innermost PCI device above it.
    const std::string name = fs::path(text).filename();
    for (const char *kind : {"class/block", "class/net", "class/nvme"}) {
        fs::path folder = fs::canonical(machine.sys / kind / name, error);
        for (; !error && folder.has_relative_path(); folder = folder.parent_path())
            if (subsystem(folder) == "pci")
                return folder.filename();
    }
    throw Error(fmt::format("there is no PCI device '{}' (addresses look like 0000:00:02.0 or 00:02.0; lspci -D lists "
                            "them; /dev/nvme0n1 and eth0 stand for theirs)",
                            text));
}

} // namespace lxdctl
