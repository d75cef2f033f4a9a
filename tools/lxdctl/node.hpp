// SPDX-License-Identifier: GPL-2.0-only
/// Small readers of /sys and /proc.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lxdctl {

/// What an open file or a path leads to.
struct Target {
    std::string path;
    std::string number; ///< "259:3", if it is a device that is there
    bool block = false;
};

/// A file below /dev.
struct Node {
    std::string name;   ///< "nvme0n1p2"
    std::string number; ///< "259:3"
    bool block = false;
    std::filesystem::path folder; ///< in /sys
    std::string upon;             ///< the node that it is made of

    [[nodiscard]] bool is(const Target &target) const;
    [[nodiscard]] bool is(const std::string &path) const;
};

struct Mount {
    std::string number, point, source;
};

/// The entries of a folder; none if it cannot be read or goes away meanwhile.
[[nodiscard]] std::vector<std::filesystem::path> entries(const std::filesystem::path &folder);
[[nodiscard]] std::string first_line(const std::filesystem::path &file);
[[nodiscard]] std::string subsystem(const std::filesystem::path &folder);
[[nodiscard]] std::optional<Node> node_of(const std::filesystem::path &folder);
[[nodiscard]] Target target_of(const std::filesystem::path &path);
/// "nvme0n1" for "nvme0c1n1", else nothing.
[[nodiscard]] std::string multipath_head(const std::string &name);

[[nodiscard]] std::vector<std::filesystem::path> processes(const std::filesystem::path &proc);
/// "process 12 (mysqld)"
[[nodiscard]] std::string process_name(const std::filesystem::path &process);

/// "\040" is a space in the kernel's lists of paths.
[[nodiscard]] std::string unescape(const std::string &text);
[[nodiscard]] Mount parse_mount(const std::string &line);
/// "has the default route", "has 2 routes"
[[nodiscard]] std::vector<std::string> routes(const std::filesystem::path &proc, const std::string &interface);

} // namespace lxdctl
