// SPDX-License-Identifier: GPL-2.0-only
/// What a run costs besides time: numbers of the machine, of the hypervisor and of the first domain.
#pragma once

#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include <fcntl.h>
#include <lxd.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../tools/lxdctl/stat_names.hpp"

namespace counts {

using Numbers = std::map<std::string, std::uint64_t>;

/// Of this CPU, by the lab's control device; 0 where there is none.
inline std::uint64_t instructions()
{
    static const bool lab = ioperm(0x5c0, 16, 1) == 0 && inl(0x5c4) == 0x4244584c;
    if (!lab)
        return 0;
    const std::uint64_t low = inl(0x5c8);
    return low | static_cast<std::uint64_t>(inl(0x5cc)) << 32;
}

inline void kernel(Numbers &n)
{
    std::ifstream stat("/proc/stat");
    for (std::string line; std::getline(stat, line);) {
        std::istringstream words(line);
        std::string name;
        std::uint64_t value = 0;
        words >> name >> value;
        if (name == "intr")
            n["machine_interrupts"] = value;
        else if (name == "ctxt")
            n["context_switches"] = value;
    }
}

/// Each byte of a packet is copied once between a domain and the host, but for whole pages that are sent and the payload of
/// pages that are shared: those of the first interface. @p status is what the classes say of their domain.
inline std::uint64_t packet_bytes(const std::string &status)
{
    std::uint64_t sum = 0;
    for (const char *way : {"tx_bytes", "rx_bytes"}) {
        std::ifstream file(std::string("/sys/class/net/eth0/statistics/") + way);
        std::uint64_t bytes = 0;
        file >> bytes;
        sum += bytes;
    }
    unsigned long long frames = 0, shared = 0;
    if (const auto at = status.find("payload of "); at != status.npos)
        sscanf(status.c_str() + at, "payload of %llu frames, %llu bytes", &frames, &shared);
    unsigned long long whole = 0;
    if (const auto at = status.find(" bytes sent from their own pages"); at != status.npos)
        sscanf(status.c_str() + status.rfind(' ', at - 1), " %llu", &whole);
    return sum - shared - whole;
}

/// Nothing is added where /dev/lxd does not exist.
inline void lxd(Numbers &n)
{
    const int fd = open("/dev/lxd", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    constexpr const char *views[] = {"host", "airlock", "domain"};
    lxd_ioc_exits e{};
    for (e.cpu = 0, e.size = sizeof e; ioctl(fd, LXD_IOC_EXITS, &e) == 0; e.cpu++) {
        for (std::size_t v = 0; v < 3; v++) {
            for (std::size_t r = 0; r < 80; r++) {
                if (e.exits[v][r])
                    n[std::string("exit ") + views[v] + " " + std::string(e.names[r], strnlen(e.names[r], 32))] +=
                        e.exits[v][r];
            }
        }
    }
    lxd_ioc_list list{.size = sizeof list, .nr = 0, .ids = {}};
    if (ioctl(fd, LXD_IOC_LIST, &list) == 0 && list.nr) {
        lxd_ioc_status s{};
        std::string classes(4096, '\0');
        s.size = sizeof s;
        s.id = list.ids[0];
        s.classes = {reinterpret_cast<std::uintptr_t>(classes.data()), static_cast<std::uint32_t>(classes.size()), 0};
        if (ioctl(fd, LXD_IOC_STATUS, &s) == 0) {
            for (std::size_t i = 0; i < std::size(lxdctl::stat_names); i++)
                n[lxdctl::stat_names[i]] = s.stats[i];
        }
        n["packet_bytes_copied"] = packet_bytes(classes);
    }
    close(fd);
}

inline Numbers now()
{
    Numbers n;
    kernel(n);
    lxd(n);
    n["instructions"] = instructions();
    return n;
}

/// What happened between the two, as JSON members; unchanged numbers are left out.
inline std::string since(const Numbers &before)
{
    // First the instructions, so that the rest of the reading is not counted.
    const std::uint64_t end = instructions();
    Numbers after = now();
    after["instructions"] = end;
    std::string text;
    for (const auto &[name, value] : after) {
        const auto old = before.find(name);
        const std::uint64_t difference = value - (old == before.end() ? 0 : old->second);
        if (difference)
            text += (text.empty() ? "\"" : ", \"") + name + "\": " + std::to_string(difference);
    }
    return text;
}

} // namespace counts
