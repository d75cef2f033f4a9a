// SPDX-License-Identifier: GPL-2.0-only
// Every kind of bad module file gets its own message, and nothing leaks.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "fixture.hpp"

using namespace lxd::test;

namespace {

struct bad_case {
	const char *name;
	int err;
	const char *text; // must be part of the message
	std::function<void(module_file &)> damage; // of nvme.ko
};

void PrintTo(const bad_case &c, std::ostream *out)
{
	*out << c.name;
}

class bad : public testing::TestWithParam<bad_case> {};

TEST_P(bad, is_refused_by_name)
{
	auto file = nvme();
	GetParam().damage(file);
	auto before = live_allocations;
	auto r = load({runtime(), core(), file});
	EXPECT_EQ(r.err, GetParam().err);
	EXPECT_NE(r.error.find(GetParam().text), std::string::npos) << r.error;
	EXPECT_EQ(r.image, nullptr);
	EXPECT_EQ(live_allocations, before);
}

const bad_case cases[] = {
	{"empty", -ENOEXEC, "nvme.ko: not an ELF file", [](auto &f) { f.bytes.clear(); f.bytes.reserve(8); }},
	{"short_header", -ENOEXEC, "truncated: 40 bytes", [](auto &f) { f.bytes.resize(40); }},
	{"truncated", -ENOEXEC, "truncated: section headers", [](auto &f) { f.bytes.resize(0x10000); }},
	{"truncated_signature", -ENOEXEC, "bad signature", [](auto &f) { f.bytes[f.bytes.size() - 32] = 0x7f; }},
	{"script", -ENOEXEC, "not an ELF file", [](auto &f) { memcpy(f.bytes.data(), "#!/bin/sh", 9); }},
	{"xz", -ENOEXEC, "compressed (xz)", [](auto &f) { memcpy(f.bytes.data(), "\xfd" "7zXZ\0", 6); }},
	{"arm64", -ENOEXEC, "wrong machine", [](auto &f) { f.header().e_machine = EM_AARCH64; }},
	{"elf32", -ENOEXEC, "wrong machine", [](auto &f) { f.header().e_ident[EI_CLASS] = ELFCLASS32; }},
	{"executable", -ENOEXEC, "not a module", [](auto &f) { f.header().e_type = ET_EXEC; }},
	{"entry_size", -ENOEXEC, "bad section header size", [](auto &f) { f.header().e_shentsize = 40; }},
	{"no_sections", -ENOEXEC, "bad number of sections", [](auto &f) { f.header().e_shnum = 0; }},
	{"headers_wrap", -ENOEXEC, "truncated", [](auto &f) { f.header().e_shoff = ~0ull - 7; }},
	{"section_offset", -ENOEXEC, "bad section offset", [](auto &f) { f.section(".rodata").sh_offset = 0x7fffffff0000; }},
	{"section_wraps", -ENOEXEC, "bad section offset", [](auto &f) { f.section(".rodata").sh_size = ~0ull; }},
	{"section_alignment", -ENOEXEC, "bad alignment", [](auto &f) { f.section(".data").sh_addralign = 24; }},
	{"section_name", -ENOEXEC, "bad name offset", [](auto &f) { f.section(".data").sh_name = 0x10000000; }},
	{"name_table", -ENOEXEC, "bad section name table", [](auto &f) { f.header().e_shstrndx = 3; }},
	{"name_table_end", -ENOEXEC, "bad section name table",
	 [](auto &f) { auto &s = f.section(f.header().e_shstrndx); f.bytes[s.sh_offset + s.sh_size - 1] = 'x'; }},
	{"huge_bss", -E2BIG, "too large", [](auto &f) { f.section(".bss").sh_size = 0x100000000; }},
	{"large_bss", -E2BIG, "too large", [](auto &f) { f.section(".bss").sh_size = 0x3fff000; }},
	{"huge_file", -E2BIG, "too large", [](auto &f) { f.bytes.resize(65 << 20); }},
	{"compressed_section", -ENOEXEC, "is compressed", [](auto &f) { f.section(".text").sh_flags |= SHF_COMPRESSED; }},
	{"writable_text", -ENOEXEC, "section .text is writable and executable",
	 [](auto &f) { f.section(".text").sh_flags |= SHF_WRITE; }},
	{"percpu_data", -ENOEXEC, "section .init.texu", [](auto &f) { f.replace(".shstrtab", ".init.text", ".init.texu"); f.section(".init.texu").sh_flags |= SHF_WRITE; }},
	// 8 bytes an entry are no multiple of 12, or no site of its own.
	{"alternatives", -ENOEXEC, ".altinstructions",
	 [](auto &f) { f.replace(".shstrtab", ".static_call_sites", std::string(".altinstructions\0\0", 18)); }},
	{"paravirt", -ENOEXEC, "section .parainstructions is not supported",
	 [](auto &f) { f.replace(".shstrtab", ".static_call_sites", std::string(".parainstructions\0", 18)); }},
	{"common_symbol", -ENOEXEC, "is common", [](auto &f) { f.symbol("nvme_irq").st_shndx = SHN_COMMON; }},
	{"symbol_section", -ENOEXEC, "symbol nvme_irq: bad section", [](auto &f) { f.symbol("nvme_irq").st_shndx = 200; }},
	{"symbol_value", -ENOEXEC, "symbol nvme_irq lies at", [](auto &f) { f.symbol("nvme_irq").st_value = 0x5000000; }},
	{"symbol_name", -ENOEXEC, "bad name offset", [](auto &f) { f.symbol("nvme_irq").st_name = 0x5000000; }},
	{"no_modinfo", -ENOEXEC, "no module name", [](auto &f) { f.replace(".shstrtab", ".modinfo", ".modxnfo"); }},
	{"vermagic", -EBADMSG, "wrong vermagic: the module has '7.1.0-",
	 [](auto &f) { f.replace(".modinfo", "vermagic=6.1.0-", "vermagic=7.1.0-"); }},
	{"crc", -EBADMSG, "CRC of dma_map_page_attrs differs",
	 [](auto &f) {
		 auto *v = f.contents("__versions");
		 for (unsigned i = 0; i < f.section("__versions").sh_size; i += 64)
			 if (!strcmp(reinterpret_cast<char *>(v + i + 8), "dma_map_page_attrs"))
				 v[i] ^= 1;
	 }},
	{"crc_of_core", -EBADMSG, "CRC of nvme_init_ctrl differs",
	 [](auto &f) {
		 auto *v = f.contents("__versions");
		 for (unsigned i = 0; i < f.section("__versions").sh_size; i += 64)
			 if (!strcmp(reinterpret_cast<char *>(v + i + 8), "nvme_init_ctrl"))
				 v[i] ^= 1;
	 }},
	{"crc_missing", -EBADMSG, "no CRC for dma_map_page_attrs",
	 [](auto &f) { f.replace("__versions", "dma_map_page_attrs", "dma_map_page_attrx"); }},
	{"relocation_offset", -ENOEXEC, "relocation out of range: .text+0x7000000",
	 [](auto &f) { f.relocations(".rela.text")[5].r_offset = 0x7000000; }},
	{"relocation_offset_end", -ENOEXEC, "relocation out of range: .text+0x4c7d",
	 [](auto &f) { f.relocations(".rela.text")[5].r_offset = f.section(".text").sh_size - 2; }},
	{"relocation_value", -ENOEXEC, "relocation out of range: R_X86_64_PLT32",
	 [](auto &f) {
		 auto *r = f.relocations(".rela.text");
		 while (ELF64_R_TYPE(r->r_info) != R_X86_64_PLT32 || f.symbol_name(ELF64_R_SYM(r->r_info)).starts_with("__"))
			 r++;
		 r->r_addend = 0x100000000;
	 }},
	{"relocation_type", -ENOEXEC, "relocation type 3 is not supported",
	 [](auto &f) { f.relocations(".rela.text")[5].r_info = ELF64_R_INFO(1, R_X86_64_GOT32); }},
	{"relocation_symbol", -ENOEXEC, "relocation names symbol 99999",
	 [](auto &f) { f.relocations(".rela.text")[5].r_info = ELF64_R_INFO(99999ull, R_X86_64_PC32); }},
	{"relocation_twice", -ENOEXEC, "relocated twice",
	 [](auto &f) { f.relocations(".rela.data")[1] = f.relocations(".rela.data")[0]; }},
	{"relocation_entry", -ENOEXEC, "bad entry size", [](auto &f) { f.section(".rela.text").sh_entsize = 16; }},
	{"relocation_target", -ENOEXEC, "relocates section 999", [](auto &f) { f.section(".rela.text").sh_info = 999; }},
	{"fentry_site", -ENOEXEC, "__mcount_loc entry 0: no such instruction",
	 [](auto &f) { f.relocations(".rela__mcount_loc")[0].r_addend += 1; }},
	{"fentry_missing", -ENOEXEC, "__mcount_loc names 66", [](auto &f) { f.section("__mcount_loc").sh_size -= 8; f.section(".rela__mcount_loc").sh_size -= 24; }},
	{"return_missing", -ENOEXEC, ".return_sites names 67", [](auto &f) { f.section(".return_sites").sh_size -= 4; f.section(".rela.return_sites").sh_size -= 24; }},
	{"return_site", -ENOEXEC, ".return_sites entry 0: no such instruction",
	 [](auto &f) { f.relocations(".rela.return_sites")[0].r_addend = 0x7fffff; }},
	{"vmfunc", -EACCES, "nvme.ko: VMFUNC bytes (0f 01 d4) in .text.unlikely+0x",
	 [](auto &f) {
		 auto *p = f.contents(".text.unlikely"), *end = p + f.section(".text.unlikely").sh_size;
		 // In string instructions' place: where no relocation goes, found by trying.
		 for (; p + 16 < end; p++) {
			 bool free = true;
			 for (unsigned i = 0; i < f.section(".rela.text.unlikely").sh_size / 24; i++) {
				 auto o = f.relocations(".rela.text.unlikely")[i].r_offset;
				 auto at = __u64(p - f.contents(".text.unlikely"));
				 free = free && (o + 8 <= at || o >= at + 8);
			 }
			 if (free) {
				 memcpy(p, "\x0f\x01\xd4", 3);
				 return;
			 }
		 }
		 abort();
	 }},
};

INSTANTIATE_TEST_SUITE_P(files, bad, testing::ValuesIn(cases), [](auto &info) { return std::string(info.param.name); });

TEST(bad_load, all_unresolved_symbols_are_listed)
{
	auto rt = runtime();
	rt.replace(".lxd_exports", "dma_map_page_attrs", "dma_map_page_attrx");
	rt.replace(".lxd_exports", "ida_alloc_range", "ida_alloc_rangx");
	auto r = load({rt, core(), nvme()});
	EXPECT_EQ(r.err, -ENOENT);
	EXPECT_NE(r.error.find("2 unresolved symbols:"), std::string::npos) << r.error;
	EXPECT_NE(r.error.find(" dma_map_page_attrs (nvme)"), std::string::npos) << r.error;
	EXPECT_NE(r.error.find(" ida_alloc_range (nvme_core)"), std::string::npos) << r.error;
}

TEST(bad_load, without_core_its_names_are_missing)
{
	auto r = load({runtime(), nvme()});
	EXPECT_EQ(r.err, -ENOENT);
	EXPECT_NE(r.error.find("45 unresolved symbols:"), std::string::npos) << r.error;
	EXPECT_NE(r.error.find(" nvme_init_ctrl (nvme)"), std::string::npos);
}

TEST(bad_load, a_long_message_is_cut)
{
	auto r = load({runtime(), nvme()}, {}, LXD_D_IMAGE, LXD_D_IMAGE_MAX, 40);
	EXPECT_EQ(r.err, -ENOENT);
	EXPECT_EQ(r.error.size(), 39u);
}

TEST(bad_load, provider_without_crc)
{
	auto rt = runtime();
	auto *e = reinterpret_cast<lxd_export *>(rt.contents(".lxd_exports"));
	while (strcmp(e->name, "ida_free"))
		e++;
	e->crc = 0;
	auto r = load({rt, core()});
	EXPECT_EQ(r.err, -EBADMSG);
	EXPECT_NE(r.error.find("ida_free: its provider has no CRC"), std::string::npos) << r.error;
}

TEST(bad_load, no_files_no_room_bad_base_twice)
{
	EXPECT_EQ(load({}).err, -EINVAL);
	EXPECT_EQ(load({runtime(), core()}, {}, LXD_D_IMAGE, 0x10000).err, -E2BIG);
	EXPECT_EQ(load({runtime()}, {}, LXD_D_IMAGE + 8).err, -EINVAL);
	auto r = load({runtime(), core(), core()});
	EXPECT_EQ(r.err, -EINVAL);
	EXPECT_NE(r.error.find("nvme_core is there twice"), std::string::npos);
}

TEST(bad_load, out_of_reach)
{
	auto r = load({runtime(), core(), nvme()}, {}, 0x500000000);
	EXPECT_EQ(r.err, -ENOEXEC);
	EXPECT_NE(r.error.find("relocation out of range"), std::string::npos) << r.error;
}

TEST(bad_load, parameters)
{
	const std::pair<const char *, const char *> bad[] = {
		{"nvme.nonsense=1", "has no such parameter"}, {"nvme_core=1", "MODULE.NAME=VALUE"},
		{"ixgbe.depth=1", "no such module"},	      {"nvme.use_cmb_sqes=maybe", "not a value of type bool"},
		{"nvme_core.max_retries=256", "type byte"},   {"nvme_core.max_retries=-1", "type byte"},
		{"nvme_core.io_timeout=4294967296", "type uint"}, {"nvme_core.io_timeout=", "type uint"},
		{"nvme_core.io_timeout=0x", "type uint"},     {"nvme_core.io_timeout=09", "type uint"},
		{"nvme.use_threaded_interrupts=2147483648", "type int"}, {"nvme.use_threaded_interrupts=-2147483649", "type int"},
		{"nvme_core.apst_primary_timeout_ms=18446744073709551616", "type ulong"},
		{"nvme.io_queue_depth=123456789012345678901234567890123456789012345678901234567", "too long"},
	};
	for (auto [param, text] : bad) {
		auto r = load({runtime(), core(), nvme()}, {param});
		EXPECT_EQ(r.err, -EINVAL) << param;
		EXPECT_NE(r.error.find(text), std::string::npos) << r.error;
		EXPECT_NE(r.error.find(param), std::string::npos) << r.error;
	}
	// Three fit in the fake runtime's four entries; the last one ends the list.
	EXPECT_EQ(load({runtime(), core(), nvme()}, {"nvme.poll_queues=1", "nvme.poll_queues=2", "nvme.poll_queues=3"}).err, 0);
	EXPECT_EQ(load({runtime(), core(), nvme()}, {"nvme.poll_queues=1", "nvme.poll_queues=2", "nvme.poll_queues=3", "nvme.poll_queues=4"}).err, -EINVAL);
}

TEST(bad_load, every_failing_allocation_is_survived)
{
	auto before = live_allocations;
	for (long n = 0;; n++) {
		ASSERT_LT(n, 100);
		fail_after = n;
		auto r = load({runtime(), core(), nvme()});
		fail_after = -1;
		if (!r.err)
			break;
		EXPECT_EQ(r.err, -ENOMEM);
		EXPECT_EQ(live_allocations, before);
	}
}

/// Random damage to real files: loads or is refused with a reason; the sanitizers watch.
TEST(bad_load, mutated_modules)
{
	std::mt19937 random(4711);
	unsigned refused = 0, rounds = 1500;
	for (unsigned round = 0; round < rounds; round++) {
		auto file = nvme();
		auto in = [&](__u64 n) { return n ? random() % n : 0; };
		for (unsigned n = 1 + in(4); n--;) {
			auto pristine = nvme();
			auto &s = pristine.section(1 + in(pristine.header().e_shnum - 1));
			__u64 where = 0;
			switch (in(4)) {
			case 0: where = in(64); break;
			case 1: where = pristine.header().e_shoff + in(pristine.header().e_shnum * 64); break;
			default: where = s.sh_type == SHT_NOBITS ? in(64) : s.sh_offset + in(s.sh_size); break;
			}
			file.bytes[where] = in(3) ? random() : 1 << in(8);
		}
		auto r = load({runtime(), core(), file}, {"nvme.use_cmb_sqes=0"});
		refused += !!r.err;
		EXPECT_EQ(!r.err, r.error.empty()) << r.error;
	}
	EXPECT_GT(refused, rounds / 10);
	EXPECT_LT(refused, rounds);
}

} // namespace
