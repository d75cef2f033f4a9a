// SPDX-License-Identifier: GPL-2.0-only
/// The smallest ELF file that has a section .modinfo.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <elf.h>

namespace lxdctl::test {

inline std::vector<std::uint8_t> module_image(const std::vector<std::string> &lines)
{
    const std::string names("\0.modinfo\0.shstrtab\0", 20);
    std::string info;
    for (const std::string &line : lines)
        info += line + '\0';
    Elf64_Ehdr head{};
    std::memcpy(head.e_ident, ELFMAG, SELFMAG);
    head.e_ident[EI_CLASS] = ELFCLASS64;
    head.e_shnum = 3;
    head.e_shstrndx = 2;
    head.e_shoff = sizeof head + info.size() + names.size();
    Elf64_Shdr sections[3]{};
    sections[1].sh_name = 1;
    sections[1].sh_type = SHT_PROGBITS;
    sections[1].sh_offset = sizeof head;
    sections[1].sh_size = info.size();
    sections[2].sh_name = 10;
    sections[2].sh_type = SHT_STRTAB;
    sections[2].sh_offset = sizeof head + info.size();
    sections[2].sh_size = names.size();
    std::vector<std::uint8_t> image(head.e_shoff + sizeof sections);
    std::memcpy(image.data(), &head, sizeof head);
    std::memcpy(image.data() + sizeof head, info.data(), info.size());
    std::memcpy(image.data() + sections[2].sh_offset, names.data(), names.size());
    std::memcpy(image.data() + head.e_shoff, sections, sizeof sections);
    return image;
}

} // namespace lxdctl::test
