// SPDX-License-Identifier: GPL-2.0-only
/// A machine made of files: /sys, /proc and /dev in a folder of its own.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "use.hpp"

namespace lxdctl::test {

namespace fs = std::filesystem;

class Fake {
public:
    Fake()
    {
        std::string name = (fs::temp_directory_path() / "lxdctl-XXXXXX").string();
        top_ = mkdtemp(name.data());
        for (const char *folder : {"sys/bus/pci/devices", "sys/class/block", "sys/class/net", "proc/net"})
            fs::create_directories(top_ / folder);
        process(100, "lxdctl");
        fs::create_directory_symlink("100", top_ / "proc/self");
    }
    ~Fake() { fs::remove_all(top_); }
    Fake(const Fake &) = delete;
    Fake &operator=(const Fake &) = delete;

    [[nodiscard]] Machine machine() const
    {
        return {top_ / "sys", top_ / "proc", top_ / "dev", {}, {}, {}};
    }

    [[nodiscard]] const fs::path &top() const { return top_; }

    void write(const fs::path &file, const std::string &text, bool append = false)
    {
        fs::create_directories((top_ / file).parent_path());
        std::ofstream(top_ / file, append ? std::ios::app : std::ios::trunc) << text;
    }

    /// A device as the kernel shows it: a folder with the link to its subsystem.
    fs::path device(const fs::path &below, const std::string &name, const std::string &kind, const std::string &number = "")
    {
        const fs::path folder = below / name;
        fs::create_directories(top_ / folder);
        fs::create_directory_symlink("/nowhere/" + kind, top_ / folder / "subsystem");
        if (!number.empty())
            write(folder / "dev", number + "\n");
        if (!number.empty())
            write(folder / "uevent", "DEVNAME=" + name + "\n");
        if (kind == "pci")
            fs::create_directory_symlink(top_ / folder, top_ / "sys/bus/pci/devices" / name);
        else if (kind == "block" || kind == "net")
            fs::create_directory_symlink(top_ / folder, top_ / "sys/class" / kind / name);
        return folder;
    }

    /// A PCI device with an NVMe controller, one disk and two partitions.
    fs::path nvme(const std::string &address = "0000:01:00.0")
    {
        const fs::path controller = device(device("sys/devices/pci0000:00", address, "pci"), "nvme0", "nvme", "242:0");
        const fs::path disk = device(controller, "nvme0n1", "block", "259:0");
        device(disk, "nvme0n1p1", "block", "259:1");
        device(disk, "nvme0n1p2", "block", "259:2");
        return disk;
    }

    void process(unsigned id, const std::string &name, const std::string &mounts = "mnt:[1]")
    {
        const fs::path folder = "proc/" + std::to_string(id);
        fs::create_directories(top_ / folder / "fd");
        fs::create_directories(top_ / folder / "ns");
        fs::create_symlink(mounts, top_ / folder / "ns/mnt");
        write(folder / "comm", name + "\n");
    }

private:
    fs::path top_;
};

} // namespace lxdctl::test
