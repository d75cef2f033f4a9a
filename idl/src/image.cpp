// SPDX-License-Identifier: GPL-2.0-only
#include "image.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <gelf.h>
#include <lzma.h>
#include <zstd.h>

namespace lxd::idl {
namespace {

constexpr size_t most = 512u << 20;

bool starts(const bytes &in, size_t at, std::initializer_list<uint8_t> magic)
{
	return at <= in.size() && in.size() - at >= magic.size() && std::equal(magic.begin(), magic.end(), in.begin() +
									     static_cast<ptrdiff_t>(at));
}

bool is_xz(const bytes &in, size_t at)
{
	return starts(in, at, {0xfd, '7', 'z', 'X', 'Z', 0});
}

bool is_zstd(const bytes &in, size_t at)
{
	return starts(in, at, {0x28, 0xb5, 0x2f, 0xfd});
}

bytes unxz(const uint8_t *in, size_t size)
{
	lzma_stream s = LZMA_STREAM_INIT;
	bytes out;
	if (lzma_stream_decoder(&s, most, 0) != LZMA_OK)
		return {};
	s.next_in = in;
	s.avail_in = size;
	lzma_ret r = LZMA_OK;
	while (r == LZMA_OK && out.size() < most) {
		size_t had = out.size();
		out.resize(had + (8u << 20));
		s.next_out = out.data() + had;
		s.avail_out = 8u << 20;
		r = lzma_code(&s, LZMA_RUN);
		out.resize(out.size() - s.avail_out);
	}
	lzma_end(&s);
	return r == LZMA_STREAM_END ? out : bytes{};
}

bytes unzstd(const uint8_t *in, size_t size)
{
	ZSTD_DStream *s = ZSTD_createDStream();
	bytes out;
	ZSTD_inBuffer source = {in, size, 0};
	size_t left = 1;
	while (s && left && out.size() < most) {
		size_t had = out.size();
		out.resize(had + (8u << 20));
		ZSTD_outBuffer target = {out.data() + had, 8u << 20, 0};
		left = ZSTD_decompressStream(s, &target, &source);
		out.resize(had + target.pos);
		if (ZSTD_isError(left) || (left && !target.pos && source.pos == source.size))
			break;
	}
	ZSTD_freeDStream(s);
	return left ? bytes{} : out;
}

uint32_t word(const bytes &in, size_t at)
{
	uint32_t v;
	std::memcpy(&v, in.data() + at, sizeof(v));
	return v;
}

/// An ELF file in memory for libelf, with what it opened.
class elf_file {
public:
	explicit elf_file(const bytes &in)
	{
		elf_version(EV_CURRENT);
		elf_ = elf_memory(reinterpret_cast<char *>(const_cast<uint8_t *>(in.data())), in.size());
		GElf_Ehdr header;
		good_ = elf_ && elf_kind(elf_) == ELF_K_ELF && gelf_getehdr(elf_, &header) &&
			!elf_getshdrstrndx(elf_, &names_);
	}
	~elf_file() { elf_end(elf_); }
	elf_file(const elf_file &) = delete;
	elf_file &operator=(const elf_file &) = delete;

	template <typename F> bool each(F f)
	{
		if (!good_)
			return false;
		for (Elf_Scn *s = nullptr; (s = elf_nextscn(elf_, s));) {
			GElf_Shdr header;
			if (gelf_getshdr(s, &header))
				f(s, header);
		}
		return true;
	}
	const char *name(const GElf_Shdr &header) const { return elf_strptr(elf_, names_, header.sh_name); }
	const char *string(const GElf_Shdr &header, size_t at) const { return elf_strptr(elf_, header.sh_link, at); }

private:
	Elf *elf_ = nullptr;
	size_t names_ = 0;
	bool good_ = false;
};

} // namespace

bytes read_binary(const std::string &path, std::string &error)
{
	std::ifstream in(path, std::ios::binary | std::ios::ate);
	if (!in) {
		error = std::strerror(errno ? errno : ENOENT);
		return {};
	}
	auto size = in.tellg();
	if (size < 1 || static_cast<size_t>(size) > most) {
		error = size < 1 ? "is empty" : "is too large";
		return {};
	}
	bytes out(static_cast<size_t>(size));
	in.seekg(0);
	if (!in.read(reinterpret_cast<char *>(out.data()), size)) {
		error = "cannot be read";
		return {};
	}
	return out;
}

bool is_elf(const bytes &in)
{
	return starts(in, 0, {0x7f, 'E', 'L', 'F'});
}

bytes unpack(bytes in, std::string &error)
{
	size_t at = 0, size = in.size();
	// The boot protocol's header says where the packed kernel lies.
	if (in.size() > 0x260 && !std::memcmp(in.data() + 0x202, "HdrS", 4)) {
		at = (static_cast<size_t>(in[0x1f1] ? in[0x1f1] : 4) + 1) * 512 + word(in, 0x248);
		size = word(in, 0x24c);
		if (at >= in.size() || size > in.size() - at) {
			error = "its boot header is wrong";
			return {};
		}
	}
	bytes out;
	if (is_xz(in, at))
		out = unxz(in.data() + at, size);
	else if (is_zstd(in, at))
		out = unzstd(in.data() + at, size);
	else if (at == 0)
		return in;
	if (out.empty())
		error = "is packed in a way that this program does not know, or damaged";
	return out;
}

bytes section(const bytes &file, const std::string &name, std::string &error)
{
	bytes out;
	elf_file e(file);
	bool good = e.each([&](Elf_Scn *s, const GElf_Shdr &header) {
		const char *n = e.name(header);
		Elf_Data *data = n && name == n ? elf_rawdata(s, nullptr) : nullptr;
		if (data && data->d_buf) {
			auto p = static_cast<const uint8_t *>(data->d_buf);
			out.assign(p, p + data->d_size);
		}
	});
	if (!good)
		error = "is no ELF file";
	return out;
}

std::vector<std::string> symbols(const bytes &file, bool defined, std::string &error)
{
	std::vector<std::string> out;
	elf_file e(file);
	bool good = e.each([&](Elf_Scn *s, const GElf_Shdr &header) {
		Elf_Data *data = header.sh_type == SHT_SYMTAB ? elf_getdata(s, nullptr) : nullptr;
		size_t n = data && header.sh_entsize ? header.sh_size / header.sh_entsize : 0;
		for (size_t i = 1; i < n; i++) {
			GElf_Sym symbol;
			if (!gelf_getsym(data, static_cast<int>(i), &symbol) || (symbol.st_shndx != SHN_UNDEF) != defined ||
			    (defined && GELF_ST_BIND(symbol.st_info) == STB_LOCAL))
				continue;
			const char *name = e.string(header, symbol.st_name);
			if (name && *name)
				out.push_back(name);
		}
	});
	if (!good)
		error = "is no ELF file";
	std::sort(out.begin(), out.end());
	return out;
}

} // namespace lxd::idl
