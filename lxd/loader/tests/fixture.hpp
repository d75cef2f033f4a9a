// SPDX-License-Identifier: GPL-2.0-only
// Files, requests and surgery on ELF images for the loader's tests.
#pragma once
#include <elf.h>
#include <lxd/hv.h>
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "../loader.h"

namespace lxd::test {

/// A module file that a test may damage.
class module_file {
public:
	static module_file read(const std::string &path)
	{
		std::ifstream in(path, std::ios::binary);
		module_file f;
		f.name_ = path.substr(path.rfind('/') + 1);
		f.bytes.assign(std::istreambuf_iterator<char>(in), {});
		if (f.bytes.empty())
			throw std::runtime_error("cannot read " + path);
		return f;
	}

	std::vector<__u8> bytes;

	const char *name() const { return name_.c_str(); }
	Elf64_Ehdr &header() { return *reinterpret_cast<Elf64_Ehdr *>(bytes.data()); }
	Elf64_Shdr &section(unsigned i) { return reinterpret_cast<Elf64_Shdr *>(&bytes[header().e_shoff])[i]; }

	unsigned find(const std::string &wanted)
	{
		for (unsigned i = 1; i < header().e_shnum; i++)
			if (wanted == reinterpret_cast<char *>(&bytes[section(header().e_shstrndx).sh_offset]) + section(i).sh_name)
				return i;
		throw std::runtime_error("no section " + wanted);
	}

	Elf64_Shdr &section(const std::string &wanted) { return section(find(wanted)); }
	__u8 *contents(const std::string &wanted) { return &bytes[section(wanted).sh_offset]; }
	Elf64_Rela *relocations(const std::string &wanted) { return reinterpret_cast<Elf64_Rela *>(contents(wanted)); }

	Elf64_Sym &symbol(const std::string &wanted)
	{
		auto &table = section(".symtab");
		auto *s = reinterpret_cast<Elf64_Sym *>(&bytes[table.sh_offset]);
		for (unsigned i = 1; i < table.sh_size / sizeof(*s); i++)
			if (wanted == reinterpret_cast<char *>(contents(".strtab")) + s[i].st_name)
				return s[i];
		throw std::runtime_error("no symbol " + wanted);
	}

	std::string symbol_name(unsigned i)
	{
		auto *s = reinterpret_cast<Elf64_Sym *>(contents(".symtab"));
		return reinterpret_cast<char *>(contents(".strtab")) + s[i].st_name;
	}

	/// Replaces text of equal length somewhere in a section.
	void replace(const std::string &where, const std::string &from, const std::string &to)
	{
		auto *begin = contents(where), *end = begin + section(where).sh_size;
		auto *at = std::search(begin, end, from.begin(), from.end());
		if (at == end || from.size() != to.size())
			throw std::runtime_error("cannot replace " + from);
		std::copy(to.begin(), to.end(), at);
	}

private:
	std::string name_;
};

inline long live_allocations;
/// Fails the allocation when it counts down to 0; negative: never.
inline long fail_after = -1;

inline void *test_alloc(void *, size_t size)
{
	if (!fail_after)
		return nullptr;
	if (fail_after > 0)
		fail_after--;
	live_allocations++;
	return calloc(1, size);
}

inline void test_free(void *, void *memory)
{
	if (memory)
		live_allocations--;
	free(memory);
}

inline void test_sha256(const __u8 *data, size_t size, __u8 *digest)
{
	SHA256(data, size, digest);
}

inline const lxd_load_ops ops{test_alloc, test_free, test_sha256, nullptr};

struct image_free {
	void operator()(lxd_image *i) const { lxd_image_free(i); }
};
using image_ptr = std::unique_ptr<lxd_image, image_free>;

/// Offsets of the stock kernel's per-CPU symbols; any value does for the tests.
inline const lxd_load_percpu percpu[] = {
	{"current_task", 0x1fbc0}, {"cpu_number", 0x1fbc8}, {"__preempt_count", 0x1fbd0},
	{"numa_node", 0x1a014},	   {"this_cpu_off", 0x1a010},  {"softnet_data", 0x2c000},
	{"bpf_redirect_info", 0x2d000},
};

struct result {
	int err = 0;
	std::string error;
	image_ptr image;
};

inline result load(const std::vector<module_file> &modules, std::vector<const char *> params = {},
		   __u64 base = LXD_D_IMAGE, __u64 room = LXD_D_IMAGE_MAX, size_t error_size = LXD_LOAD_ERROR_SIZE)
{
	std::vector<lxd_load_file> files;
	std::vector<char> error(error_size + 1, '#');
	lxd_load_request request{};
	lxd_image *image = nullptr;
	result r;

	for (auto &m : modules)
		files.push_back({m.name(), m.bytes.data(), m.bytes.size()});
	request.files = files.data();
	request.nr_files = files.size();
	request.base = base;
	request.max_size = room;
	request.percpu = percpu;
	request.nr_percpu = std::size(percpu);
	request.params = params.data();
	request.nr_params = params.size();
	request.ops = &ops;
	request.error = error.data();
	request.error_size = error_size;
	r.err = lxd_load(&request, &image);
	r.image.reset(image);
	if (error[error_size] != '#')
		abort();
	r.error = error.data();
	return r;
}

inline std::string path(const char *variable)
{
	const char *p = getenv(variable);
	if (!p)
		throw std::runtime_error(std::string(variable) + " is not set: run through the Makefile");
	return p;
}

inline const module_file &runtime() { static auto f = module_file::read(path("LXD_FAKE_RT")); return f; }
inline const module_file &core() { static auto f = module_file::read(path("LXD_NVME") + "/nvme-core.ko"); return f; }
inline const module_file &nvme() { static auto f = module_file::read(path("LXD_NVME") + "/nvme.ko"); return f; }
inline const module_file &mdio() { static auto f = module_file::read(path("LXD_NET") + "/mdio.ko"); return f; }
inline const module_file &ixgbe() { static auto f = module_file::read(path("LXD_NET") + "/ethernet/intel/ixgbe/ixgbe.ko"); return f; }

} // namespace lxd::test
