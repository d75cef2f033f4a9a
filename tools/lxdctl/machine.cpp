// SPDX-License-Identifier: GPL-2.0-only
/// What only the running machine can answer.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node.hpp"
#include "use.hpp"

namespace fs = std::filesystem;

namespace lxdctl {
namespace {

std::vector<std::string> addresses(const std::string &interface)
{
    std::vector<std::string> found;
    ifaddrs *all = nullptr;
    if (getifaddrs(&all))
        return found;
    for (const ifaddrs *a = all; a; a = a->ifa_next) {
        if (interface != a->ifa_name || !a->ifa_addr)
            continue;
        char text[INET6_ADDRSTRLEN] = "";
        if (a->ifa_addr->sa_family == AF_INET)
            inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in *>(a->ifa_addr)->sin_addr, text, sizeof text);
        else if (a->ifa_addr->sa_family == AF_INET6)
            inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6 *>(a->ifa_addr)->sin6_addr, text, sizeof text);
        // Each interface that is up has a link-local one.
        if (*text && std::strncmp(text, "fe80:", 5) != 0)
            found.emplace_back(text);
    }
    freeifaddrs(all);
    return found;
}

/// "NAME up\n" for each interface of this network namespace that is of the PCI device.
std::string interfaces_of(const std::string &device)
{
    std::string text;
    const int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0)
        return text;
    struct if_nameindex *all = if_nameindex();
    for (const struct if_nameindex *i = all; i && i->if_index; i++) {
        ethtool_drvinfo info{};
        info.cmd = ETHTOOL_GDRVINFO;
        ifreq request{};
        std::strncpy(request.ifr_name, i->if_name, IFNAMSIZ - 1);
        request.ifr_data = reinterpret_cast<char *>(&info);
        if (ioctl(s, SIOCETHTOOL, &request) || device != info.bus_info)
            continue;
        const bool up = !ioctl(s, SIOCGIFFLAGS, &request) && request.ifr_flags & IFF_UP;
        text += fmt::format("{} {}\n", i->if_name, up ? "is up" : "is");
    }
    if_freenameindex(all);
    close(s);
    return text;
}

/// The same in the namespace of a file of /proc/N/ns/net or /run/netns; by a child, which can go there.
std::string interfaces_in(const fs::path &space, const std::string &device)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return "";
    const pid_t child = fork();
    if (child == 0) {
        const int fd = open(space.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd >= 0 && !setns(fd, CLONE_NEWNET)) {
            const std::string text = interfaces_of(device);
            [[maybe_unused]] const ssize_t n = write(ends[1], text.data(), text.size());
        }
        _exit(0);
    }
    close(ends[1]);
    std::string text;
    char bytes[512];
    for (ssize_t n; (n = read(ends[0], bytes, sizeof bytes)) > 0;)
        text.append(bytes, static_cast<std::size_t>(n));
    close(ends[0]);
    if (child > 0)
        waitpid(child, nullptr, 0);
    return text;
}

std::vector<Use> elsewhere(const std::string &device)
{
    std::vector<std::pair<fs::path, std::string>> spaces;
    for (const char *folder : {"/run/netns", "/var/run/netns"})
        for (const fs::path &path : entries(folder))
            spaces.emplace_back(path, path.filename().string());
    for (const fs::path &process : processes("/proc"))
        spaces.emplace_back(process / "ns/net", "of " + process_name(process));

    std::vector<Use> found;
    struct stat st {};
    std::set<std::pair<dev_t, ino_t>> seen;
    if (stat("/proc/self/ns/net", &st) == 0)
        seen.emplace(st.st_dev, st.st_ino);
    for (const auto &[path, name] : spaces) {
        if (stat(path.c_str(), &st) || !seen.emplace(st.st_dev, st.st_ino).second)
            continue;
        std::string text = interfaces_in(path, device);
        for (std::size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
            const std::size_t space = text.find(' ');
            found.push_back({text.substr(0, space),
                             fmt::format("{} in the network namespace {}", text.substr(space + 1, end - space - 1), name)});
        }
    }
    return found;
}

bool is_free(const fs::path &node)
{
    const int fd = open(node.c_str(), O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0)
        close(fd);
    return fd >= 0 || errno != EBUSY;
}

} // namespace

Machine this_machine()
{
    Machine machine;
    machine.addresses = addresses;
    machine.elsewhere = elsewhere;
    machine.free = is_free;
    return machine;
}

} // namespace lxdctl
