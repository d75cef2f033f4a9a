// SPDX-License-Identifier: GPL-2.0-only
/// What a module's file says of itself (section .modinfo).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace lxdctl {

class Modinfo {
public:
    /// Nothing if it is no 64-bit ELF file: the loader says so, with the place.
    explicit Modinfo(std::span<const std::uint8_t> image);

    /// Whether an alias is that of the device, as modprobe would find it.
    [[nodiscard]] bool drives(const std::string &modalias) const;
    [[nodiscard]] bool has_param(const std::string &name) const { return types_.contains(name); }
    /// "bool", "int", "charp", ...; empty if there is no such parameter.
    [[nodiscard]] std::string type(const std::string &param) const;
    [[nodiscard]] std::vector<std::string> params() const;

private:
    std::vector<std::string> aliases_;
    std::map<std::string, std::string> types_;
};

} // namespace lxdctl
