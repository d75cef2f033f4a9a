// SPDX-License-Identifier: GPL-2.0-only
#include "modinfo.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

#include <elf.h>
#include <fnmatch.h>

namespace lxdctl {
namespace {

/// A structure at an offset of the file, or nothing if it does not lie in it.
template <typename T> std::optional<T> at(std::span<const std::uint8_t> image, std::uint64_t offset)
{
    if (offset > image.size() || image.size() - offset < sizeof(T))
        return {};
    T value;
    std::memcpy(&value, image.data() + offset, sizeof value);
    return value;
}

std::string_view bytes(std::span<const std::uint8_t> image, const Elf64_Shdr &section)
{
    if (section.sh_offset > image.size() || section.sh_size > image.size() - section.sh_offset)
        return {};
    return {reinterpret_cast<const char *>(image.data()) + section.sh_offset, section.sh_size};
}

std::string_view section(std::span<const std::uint8_t> image, std::string_view wanted)
{
    const auto head = at<Elf64_Ehdr>(image, 0);
    if (!head || std::memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_ident[EI_CLASS] != ELFCLASS64)
        return {};
    const auto section_header = [&](unsigned n) { return at<Elf64_Shdr>(image, head->e_shoff + n * sizeof(Elf64_Shdr)); };
    const auto names = section_header(head->e_shstrndx);
    if (!names)
        return {};
    const std::string_view text = bytes(image, *names);
    for (unsigned i = 0; i < head->e_shnum; i++) {
        const auto s = section_header(i);
        if (!s || s->sh_name >= text.size() || s->sh_type == SHT_NOBITS)
            continue;
        const std::string_view name = text.substr(s->sh_name);
        if (name.substr(0, name.find('\0')) == wanted)
            return bytes(image, *s);
    }
    return {};
}

} // namespace

Modinfo::Modinfo(std::span<const std::uint8_t> image)
{
    std::string_view text = section(image, ".modinfo");
    while (!text.empty()) {
        const std::string line(text.substr(0, text.find('\0')));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const auto value = [&](std::string_view key) {
            return line.starts_with(key) ? std::optional(line.substr(key.size())) : std::nullopt;
        };
        if (const auto alias = value("alias="))
            aliases_.push_back(*alias);
        // A parameter without a description has only a type, and one without a type only a description.
        if (const auto parm = value("parm="))
            types_.try_emplace(parm->substr(0, parm->find(':')));
        if (const auto type = value("parmtype="); type && type->find(':') != std::string::npos)
            types_[type->substr(0, type->find(':'))] = type->substr(type->find(':') + 1);
    }
}

bool Modinfo::drives(const std::string &modalias) const
{
    return std::any_of(aliases_.begin(), aliases_.end(),
                       [&](const std::string &alias) { return fnmatch(alias.c_str(), modalias.c_str(), 0) == 0; });
}

std::string Modinfo::type(const std::string &param) const
{
    const auto found = types_.find(param);
    return found == types_.end() ? "" : found->second;
}

std::vector<std::string> Modinfo::params() const
{
    std::vector<std::string> names;
    for (const auto &[name, type] : types_)
        names.push_back(name);
    return names;
}

} // namespace lxdctl
