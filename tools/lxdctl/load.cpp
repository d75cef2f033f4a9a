// SPDX-License-Identifier: GPL-2.0-only
#include "load.hpp"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "error.hpp"
#include "unpack.hpp"

namespace fs = std::filesystem;

namespace lxdctl {
namespace {

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
    if (!syscall(SYS_delete_module, name.c_str(), O_NONBLOCK))
        return;
    const bool busy = errno == EWOULDBLOCK || errno == EBUSY;
    throw Error(fmt::format("{} cannot be unloaded: {}{}", name, std::strerror(errno),
                            busy ? " (a domain lives, a program has /dev/lxd open, or a disk that a domain had is still mounted "
                                   "or open)"
                                 : ""),
                busy ? exit_in_use : exit_failed);
}

} // namespace

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

bool is_loaded()
{
    return loaded("lxd");
}

} // namespace lxdctl
