// SPDX-License-Identifier: GPL-2.0-only
// The stock pair loads, and the image is what it should be.
#include <gtest/gtest.h>

#include "fixture.hpp"

using namespace lxd::test;

namespace {

image_ptr load_pair(std::vector<const char *> params = {}, __u64 base = LXD_D_IMAGE)
{
	auto r = load({runtime(), core(), nvme()}, params, base);
	EXPECT_EQ(r.err, 0) << r.error;
	EXPECT_EQ(r.error, "");
	return std::move(r.image);
}

template <typename T> T at(const lxd_image &image, __u64 address)
{
	T value{};
	auto *p = lxd_image_at(&image, address, sizeof(T));
	EXPECT_NE(p, nullptr) << std::hex << address;
	if (p)
		memcpy(&value, p, sizeof(T));
	return value;
}

} // namespace

TEST(good, describes_modules)
{
	auto image = load_pair();
	ASSERT_TRUE(image);
	ASSERT_EQ(image->nr_modules, 3u);
	EXPECT_STREQ(image->modules[1].name, "nvme_core");
	EXPECT_STREQ(image->modules[2].name, "nvme");
	EXPECT_EQ(image->modules[0].init, 0u);
	EXPECT_NE(image->modules[1].init, 0u);
	EXPECT_NE(image->modules[2].exit, 0u);
	// interface-nvme.md section 6
	EXPECT_EQ(image->details[1].counts.returns, 322u);
	EXPECT_EQ(image->details[1].counts.fentries, 241u);
	EXPECT_EQ(image->details[1].counts.retpolines, 27u);
	EXPECT_EQ(image->details[1].counts.static_calls, 13u);
	EXPECT_EQ(image->details[1].counts.jump_labels, 12u);
	EXPECT_EQ(image->details[1].counts.locks, 62u);
	EXPECT_EQ(image->details[2].counts.returns, 68u);
	EXPECT_EQ(image->details[2].counts.fentries, 67u);
	EXPECT_EQ((image->modules[1].bug_table_end - image->modules[1].bug_table) / 12, 28u);
	EXPECT_TRUE(image->details[1].had_signature);
}

TEST(good, counts_imports)
{
	auto image = load_pair();
	ASSERT_TRUE(image);
	std::map<std::string, unsigned> outside, inside;
	for (unsigned i = 0; i < image->nr_symbols; i++) {
		auto &s = image->symbols[i];
		EXPECT_LT(s.class_, LXD_CLASSES) << s.name;
		(s.class_ == LXD_CLASS_MODULE ? inside : outside)[s.name]++;
		if (s.class_ == LXD_CLASS_MODULE) {
			EXPECT_EQ(s.provider, 1) << s.name;
			EXPECT_EQ(s.address, lxd_image_find(image.get(), 1, s.name)) << s.name;
		}
	}
	EXPECT_EQ(outside.size(), 335u);
	EXPECT_EQ(inside.size(), 45u);
}

TEST(good, rights_split_at_pages)
{
	auto image = load_pair();
	ASSERT_TRUE(image);
	unsigned x = 0, r = 0, w = 0;
	for (__u64 i = 0; i < image->size / 4096; i++) {
		switch (image->rights[i]) {
		case LXD_MAP_R | LXD_MAP_X: x++; EXPECT_EQ(r + w, 0u); break;
		case LXD_MAP_R: r++; EXPECT_EQ(w, 0u); break;
		case LXD_MAP_R | LXD_MAP_W: w++; break;
		default: ADD_FAILURE() << "page " << i << " rights " << int(image->rights[i]);
		}
	}
	EXPECT_GT(x, 20u);
	EXPECT_GT(r, 5u);
	EXPECT_GT(w, 2u);
	EXPECT_EQ(image->rights[(image->modules[1].init - image->base) / 4096], LXD_MAP_R | LXD_MAP_X);
}

TEST(good, text_is_patched)
{
	auto image = load_pair();
	ASSERT_TRUE(image);
	// A traced function begins with the NOP and holds the patched return.
	auto setup = lxd_image_find(image.get(), 1, "nvme_setup_cmd");
	auto *n = lxd_image_name(image.get(), setup + 7);
	ASSERT_NE(n, nullptr);
	EXPECT_STREQ(image->names + n->name, "nvme_setup_cmd");
	EXPECT_EQ(at<__u32>(*image, setup), 0x00441f0fu);
	EXPECT_EQ(at<__u8>(*image, setup + 4), 0);
	std::string text(static_cast<char *>(lxd_image_at(image.get(), setup, n->size)), n->size);
	EXPECT_NE(text.find("\xc3\xcc\xcc\xcc\xcc"), std::string::npos);
}

TEST(good, hashes_files_whole)
{
	auto image = load_pair();
	ASSERT_TRUE(image);
	__u8 digest[32];
	SHA256(core().bytes.data(), core().bytes.size(), digest);
	EXPECT_EQ(memcmp(digest, image->details[1].sha256, 32), 0);
	EXPECT_EQ(image->details[1].file_size, core().bytes.size());
}

TEST(good, standard_parameters_are_written)
{
	auto image = load_pair({"nvme_core.multipath=0", "nvme-core.io-timeout=0x11", "nvme.max_host_mem_size_mb=0",
				"nvme_core.max_retries=7", "nvme.use_threaded_interrupts=-1"});
	ASSERT_TRUE(image);
	EXPECT_EQ(at<__u8>(*image, lxd_image_find(image.get(), 1, "multipath")), 0);
	EXPECT_EQ(at<__u32>(*image, lxd_image_find(image.get(), 1, "nvme_io_timeout")), 0x11u);
	EXPECT_EQ(at<__u32>(*image, lxd_image_find(image.get(), 2, "max_host_mem_size_mb")), 0u);
	EXPECT_EQ(at<__u8>(*image, lxd_image_find(image.get(), 1, "nvme_max_retries")), 7);
	EXPECT_EQ(at<int>(*image, lxd_image_find(image.get(), 2, "use_threaded_interrupts")), -1);
}

TEST(good, other_parameters_go_to_the_runtime)
{
	auto image = load_pair({"nvme.io_queue_depth=64", "nvme.poll_queues=0"});
	ASSERT_TRUE(image);
	auto calls = lxd_image_find(image.get(), 0, "lxd_rt_params");
	auto first = at<lxd_load_param_call>(*image, calls), second = at<lxd_load_param_call>(*image, calls + 64);
	EXPECT_STREQ(first.value, "64");
	EXPECT_EQ(first.kernel_param, lxd_image_find(image.get(), 2, "__param_io_queue_depth"));
	EXPECT_STREQ(second.value, "0");
	EXPECT_EQ(at<lxd_load_param_call>(*image, calls + 128).kernel_param, 0u);
}

TEST(good, loads_in_the_low_half)
{
	auto low = load_pair({}, 0x40000000), high = load_pair();
	ASSERT_TRUE(low && high);
	EXPECT_EQ(low->size, high->size);
	EXPECT_EQ(low->modules[2].init - low->base, high->modules[2].init - high->base);
}

TEST(good, per_cpu_access_meets_the_given_offset)
{
	// %gs:__preempt_count(%rip): displacement + next instruction == offset, seen via the relocation.
	auto image = load_pair();
	ASSERT_TRUE(image);
	for (unsigned i = 0; i < image->nr_symbols; i++)
		if (!strcmp(image->symbols[i].name, "__preempt_count")) {
			EXPECT_EQ(image->symbols[i].address, 0x1fbd0u);
		}
	auto f = core();
	auto text = f.section(".text");
	auto &rela = f.section(".rela.text");
	unsigned seen = 0;
	// Absolute address of .text from a function in it.
	auto base = lxd_image_find(image.get(), 1, "nvme_setup_cmd") - f.symbol("nvme_setup_cmd").st_value;
	auto &symbols = f.section(".symtab");
	for (unsigned i = 0; i < rela.sh_size / sizeof(Elf64_Rela); i++) {
		auto &r = reinterpret_cast<Elf64_Rela *>(&f.bytes[rela.sh_offset])[i];
		auto &s = reinterpret_cast<Elf64_Sym *>(&f.bytes[symbols.sh_offset])[ELF64_R_SYM(r.r_info)];
		if (strcmp(reinterpret_cast<char *>(f.contents(".strtab")) + s.st_name, "__preempt_count"))
			continue;
		EXPECT_EQ(base + r.r_offset - r.r_addend + at<int>(*image, base + r.r_offset), 0x1fbd0u);
		seen++;
	}
	EXPECT_GT(seen, 5u);
	EXPECT_GT(text.sh_size, 50000u);
}

TEST(good, ixgbe_with_its_alternatives)
{
	auto r = load({runtime(), mdio(), ixgbe()});
	ASSERT_EQ(r.err, 0) << r.error;
	EXPECT_EQ(r.image->details[2].counts.alternatives, 2u);
	EXPECT_EQ(r.image->details[2].counts.returns, 803u);
	EXPECT_EQ(r.image->details[2].counts.fentries, 646u);
	EXPECT_EQ(r.image->details[2].counts.jump_labels, 187u);
	EXPECT_EQ(r.image->details[2].counts.retpolines, 548u);
}

TEST(good, alternatives_of_unknown_features_are_refused)
{
	auto damaged = ixgbe();
	damaged.contents(".altinstructions")[8] ^= 1; // the feature's number
	auto r = load({runtime(), mdio(), damaged});
	EXPECT_EQ(r.err, -ENOEXEC);
	EXPECT_NE(r.error.find("feature 201 is not known to be optional"), std::string::npos) << r.error;
	damaged = ixgbe();
	damaged.contents(".altinstructions")[10] = 2; // shorter than what replaces it
	r = load({runtime(), mdio(), damaged});
	EXPECT_EQ(r.err, -ENOEXEC);
	EXPECT_NE(r.error.find("altinstructions entry 0"), std::string::npos) << r.error;
}
