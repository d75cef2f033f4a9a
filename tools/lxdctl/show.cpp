// SPDX-License-Identifier: GPL-2.0-only
#include "show.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "stat_names.hpp"

namespace lxdctl {
namespace {

constexpr const char *states[] = {"embryo", "running", "faulted", "draining", "dead", "restarting"};
constexpr const char *views[] = {"host", "airlock", "domain"};

std::string state(const Status &s)
{
    return s.raw.state < std::size(states) ? states[s.raw.state] : fmt::format("state {}", s.raw.state);
}

std::uint64_t memory(const Status &s)
{
    return s.raw.heap_bytes + s.raw.image_bytes + s.raw.shared_bytes + s.raw.table_bytes;
}

std::string exit_name(const lxd_ioc_exits &e, std::size_t reason)
{
    return std::string(e.names[reason], strnlen(e.names[reason], sizeof e.names[reason]));
}

} // namespace

nlohmann::ordered_json to_json(const Status &s)
{
    nlohmann::ordered_json stats;
    for (std::size_t i = 0; i < std::size(stat_names); i++)
        stats[stat_names[i]] = s.raw.stats[i];
    return {
        {"id", s.raw.id},
        {"name", s.raw.name},
        {"device", s.raw.device},
        {"state", state(s)},
        {"slot", s.raw.slot},
        {"cpus", s.raw.nr_cpus},
        {"modules", s.raw.nr_modules},
        {"queues", s.raw.queues},
        {"queue_depth", s.raw.queue_depth},
        {"memory_bytes",
         {{"heap", s.raw.heap_bytes},
          {"image", s.raw.image_bytes},
          {"shared", s.raw.shared_bytes},
          {"tables", s.raw.table_bytes},
          {"mapped", s.raw.mapped_bytes}}},
        {"run_ns", s.raw.run_ns},
        {"age_ns", s.raw.age_ns},
        {"restarts", s.raw.restarts},
        {"counts", stats},
        {"fault", s.fault},
        {"classes", s.classes},
    };
}

nlohmann::ordered_json to_json(const lxd_ioc_exits &e)
{
    nlohmann::ordered_json by_view;
    for (std::size_t v = 0; v < std::size(views); v++) {
        auto &reasons = by_view[views[v]] = nlohmann::ordered_json::object();
        for (std::size_t r = 0; r < 80; r++) {
            if (e.exits[v][r])
                reasons[exit_name(e, r)] = e.exits[v][r];
        }
    }
    return {{"cpu", e.cpu},
            {"exits", by_view},
            {"nmi_kicks", e.nmi_kicks},
            {"nmis_injected", e.nmis_injected},
            {"watchdog_expiries", e.watchdog_expiries},
            {"watchdog_kills", e.watchdog_kills},
            {"ud_injected", e.ud_injected}};
}

void print_list(const std::vector<Status> &domains)
{
    fmt::print("{:>3}  {:<16} {:<10} {:<14} {:>9} {:>12} {:>12}\n", "id", "name", "state", "device", "memory",
               "round trips", "messages");
    for (const Status &s : domains)
        fmt::print("{:>3}  {:<16} {:<10} {:<14} {:>5} KiB {:>12} {:>12}\n", s.raw.id, s.raw.name, state(s),
                   s.raw.device[0] ? s.raw.device : "-", memory(s) / 1024, s.raw.stats[0],
                   s.raw.stats[6] + s.raw.stats[7]);
}

void print_status(const Status &s)
{
    fmt::print("domain {} '{}': {}\n", s.raw.id, s.raw.name, state(s));
    fmt::print("  device    {}\n", s.raw.device[0] ? s.raw.device : "none");
    fmt::print("  memory    {} KiB: heap {}, image {}, shared {}, tables {}; mapped {}\n", memory(s) / 1024,
               s.raw.heap_bytes / 1024, s.raw.image_bytes / 1024, s.raw.shared_bytes / 1024, s.raw.table_bytes / 1024,
               s.raw.mapped_bytes / 1024);
    fmt::print("  CPU time  {:.3f} s of {:.3f} s on {} CPUs\n", static_cast<double>(s.raw.run_ns) / 1e9,
               static_cast<double>(s.raw.age_ns) / 1e9, s.raw.nr_cpus);
    for (std::size_t i = 0; i < std::size(stat_names); i++)
        fmt::print("  {:<14} {}\n", stat_names[i], s.raw.stats[i]);
    if (s.raw.restarts)
        fmt::print("  restarts  {}, the last one after:\n", s.raw.restarts);
    for (const std::string &text : {s.fault, s.classes}) {
        if (!text.empty())
            fmt::print("{}\n", text);
    }
}

void print_exits(const std::vector<lxd_ioc_exits> &cpus)
{
    for (const lxd_ioc_exits &e : cpus) {
        fmt::print("CPU {}: {} kicks, {} NMIs given on, {} #UD, {} watchdog expiries, {} kills by it\n", e.cpu, e.nmi_kicks,
                   e.nmis_injected, e.ud_injected, e.watchdog_expiries, e.watchdog_kills);
        fmt::print("  {:<32} {:>10} {:>10} {:>10}\n", "VM exits by reason and view", "host", "airlock", "domain");
        for (std::size_t r = 0; r < 80; r++) {
            if (e.exits[0][r] | e.exits[1][r] | e.exits[2][r])
                fmt::print("  {:<32} {:>10} {:>10} {:>10}\n", exit_name(e, r), e.exits[0][r], e.exits[1][r], e.exits[2][r]);
        }
    }
}

} // namespace lxdctl
