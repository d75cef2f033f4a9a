// SPDX-License-Identifier: GPL-2.0-only
#include "modules.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <lzma.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

namespace fs = std::filesystem;

namespace lxdctl {
namespace {

/// Multipath heads, threaded interrupts and polled queues are not carried: Documentation/limits.md.
const Driver drivers[] = {
    {"nvme",
     {"drivers/nvme/host/nvme-core", "drivers/nvme/host/nvme"},
     "nvme_core.multipath=0 nvme.use_threaded_interrupts=0 nvme.poll_queues=0 nvme.max_host_mem_size_mb=0 "
     "nvme.use_cmb_sqes=0 nvme.io_queue_depth=128"},
    // One queue pair a data ring; SR-IOV is not carried.
    {"ixgbe", {"drivers/net/mdio", "drivers/net/ethernet/intel/ixgbe/ixgbe"}, "", 32, true},
    {"none", {}, ""},
};

std::string release()
{
    utsname u{};
    uname(&u);
    return u.release;
}

std::vector<std::uint8_t> read_file(const fs::path &path)
{
    std::error_code error;
    const std::uintmax_t size = fs::file_size(path, error);
    if (error)
        throw Error(fmt::format("{}: {}", path.string(), error.message()));
    if (size == 0 || size > LXD_MAX_IMAGE)
        throw Error(fmt::format("{}: has {} bytes; 1 to {} are possible", path.string(), size, LXD_MAX_IMAGE));
    std::vector<std::uint8_t> bytes(size);
    std::ifstream in(path, std::ios::binary);
    if (!in.read(reinterpret_cast<char *>(bytes.data()), static_cast<std::streamsize>(size)))
        throw Error(fmt::format("{}: cannot be read", path.string()));
    return bytes;
}

std::vector<std::uint8_t> unxz(const std::vector<std::uint8_t> &in, const fs::path &path)
{
    std::vector<std::uint8_t> out(LXD_MAX_IMAGE);
    std::uint64_t memory = 64u << 20;
    std::size_t from = 0, to = 0;
    const lzma_ret r = lzma_stream_buffer_decode(&memory, 0, nullptr, in.data(), &from, in.size(), out.data(), &to,
                                                 out.size());
    if (r == LZMA_BUF_ERROR && to == out.size())
        throw Error(fmt::format("{}: larger than {} MiB when decompressed", path.string(), LXD_MAX_IMAGE >> 20));
    if (r != LZMA_OK)
        throw Error(fmt::format("{}: is not a sound .xz file (liblzma error {})", path.string(), static_cast<int>(r)));
    out.resize(to);
    return out;
}

std::string module_name(const fs::path &path)
{
    std::string name = path.filename().string();
    name = name.substr(0, name.find(".ko"));
    for (char &c : name)
        c = c == '-' ? '_' : c;
    return name;
}

fs::path own_file(const std::string &directory, const std::string &name)
{
    std::vector<fs::path> places;
    if (!directory.empty())
        places.emplace_back(directory);
    std::error_code ignored;
    places.push_back(fs::read_symlink("/proc/self/exe", ignored).parent_path());
    places.emplace_back("/lib/lxd");
    std::string tried;
    for (const fs::path &place : places) {
        if (fs::exists(place / name, ignored))
            return place / name;
        tried += " " + place.string();
    }
    throw Error(fmt::format("{} was not found in:{} (build it with `make`, or name its folder with --dir)", name, tried));
}

bool loaded(const std::string &name)
{
    return fs::exists("/sys/module/" + name + "/initstate");
}

void insmod(const fs::path &path, const std::string &params)
{
    if (loaded(module_name(path)))
        return;
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        throw Error(fmt::format("{}: {}", path.string(), std::strerror(errno)));
    const long r = syscall(SYS_finit_module, fd, params.c_str(), 0);
    const int error = errno;
    close(fd);
    if (r)
        throw Error(fmt::format("{} was refused: {}; the kernel's log (dmesg) names what is missing", path.string(),
                                std::strerror(error)));
}

void rmmod(const std::string &name)
{
    if (!loaded(name))
        return;
    if (syscall(SYS_delete_module, name.c_str(), O_NONBLOCK))
        throw Error(fmt::format("{} cannot be unloaded: {}{}", name, std::strerror(errno),
                                errno == EWOULDBLOCK || errno == EBUSY ? " (stop all domains first: lxdctl list)" : ""));
}

void write_attribute(const fs::path &path, const std::string &text)
{
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        const int error = errno;
        if (fd >= 0)
            close(fd);
        throw Error(fmt::format("{}: writing '{}': {}", path.string(), text, std::strerror(error)));
    }
    close(fd);
}

fs::path pci_folder(const std::string &device)
{
    const fs::path folder = fs::path("/sys/bus/pci/devices") / device;
    if (device.find('/') != std::string::npos || !fs::exists(folder))
        throw Error(fmt::format("there is no PCI device '{}' (addresses look like 0000:00:02.0; lspci -D lists them)",
                                device));
    return folder;
}

/// An IOMMU group in lazy or identity mode becomes strict while no driver has its device. The domain runs
/// without it too, then with the kernel's warning that DMA is not confined.
void make_dma_strict(const fs::path &folder)
{
    const fs::path file = folder / "iommu_group/type";
    std::string type;
    if (!(std::ifstream(file) >> type) || (type != "DMA-FQ" && type != "identity"))
        return;
    try {
        write_attribute(file, "DMA");
    } catch (const Error &e) {
        fmt::print(stderr, "lxdctl: DMA of the device will not be confined: {}\n", e.what());
    }
}

} // namespace

const Driver &driver(const std::string &name)
{
    std::string known;
    for (const Driver &d : drivers) {
        if (d.name == name)
            return d;
        known += " " + d.name;
    }
    throw Error(fmt::format("driver '{}' is not known; known are:{}", name, known));
}

Module module_file(const std::string &path)
{
    const fs::path file = path;
    std::vector<std::uint8_t> bytes = read_file(file);
    if (file.extension() == ".xz")
        bytes = unxz(bytes, file);
    return {module_name(file), file.string(), std::move(bytes)};
}

Module stock_module(const std::string &path)
{
    const fs::path base = fs::path("/lib/modules") / release() / "kernel";
    for (const char *suffix : {".ko", ".ko.xz"}) {
        if (fs::exists(base / (path + suffix)))
            return module_file(base / (path + suffix));
    }
    throw Error(fmt::format("{}/{}.ko is not there: is the kernel's own module package installed?", base.string(), path));
}

Module runtime(const std::string &directory)
{
    const fs::path file = own_file(directory, "lxd_rt.ko");
    return {"lxd_rt", file.string(), read_file(file)};
}

void load(const std::string &directory, const std::string &gate)
{
    insmod(own_file(directory, "lxd_hv.ko"), "");
    insmod(own_file(directory, "lxd.ko"), gate.empty() ? "" : "gate=" + gate);
}

void unload()
{
    rmmod("lxd");
    rmmod("lxd_hv");
}

void bind(const std::string &device)
{
    const fs::path folder = pci_folder(device);
    if (fs::exists(folder / "driver")) {
        if (fs::read_symlink(folder / "driver").filename() == "lxd")
            return;
        write_attribute(folder / "driver/unbind", device);
    }
    make_dma_strict(folder);
    write_attribute(folder / "driver_override", "lxd\n");
    write_attribute("/sys/bus/pci/drivers_probe", device);
    if (!fs::exists(folder / "driver"))
        throw Error(fmt::format("{}: lxd's PCI driver did not take the device; dmesg says why", device));
}

void unbind(const std::string &device)
{
    const fs::path folder = pci_folder(device);
    if (fs::exists(folder / "driver"))
        write_attribute(folder / "driver/unbind", device);
    write_attribute(folder / "driver_override", "\n");
}

} // namespace lxdctl
