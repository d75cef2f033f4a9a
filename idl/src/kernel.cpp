// SPDX-License-Identifier: GPL-2.0-only
#include "kernel.hpp"

#include "image.hpp"

#include <algorithm>
#include <bit>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace lxd::idl {

namespace fs = std::filesystem;

namespace {

std::string name_of(const btf *b, const btf_type *t)
{
	const char *n = btf__name_by_offset(b, t->name_off);
	return n ? n : "";
}

/// `inner` as C declares it; a bounded walk, since BTF from a file proves nothing.
std::string spell(const btf *b, uint32_t id, int depth = 0)
{
	if (id == 0)
		return "void";
	const btf_type *t = depth < 32 ? btf__type_by_id(b, id) : nullptr;
	if (!t)
		return "?";
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
		return "struct " + name_of(b, t);
	case BTF_KIND_UNION:
		return "union " + name_of(b, t);
	case BTF_KIND_FWD:
		return (btf_kflag(t) ? "union " : "struct ") + name_of(b, t);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return "enum " + name_of(b, t);
	case BTF_KIND_PTR: {
		std::string to = spell(b, t->type, depth + 1);
		return to + (to.ends_with('*') ? "*" : " *");
	}
	case BTF_KIND_CONST: {
		std::string of = spell(b, t->type, depth + 1);
		return of.ends_with('*') ? of + " const" : "const " + of;
	}
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return spell(b, t->type, depth + 1);
	case BTF_KIND_ARRAY:
		return spell(b, btf_array(t)->type, depth + 1) + " *";
	case BTF_KIND_FUNC_PROTO:
		return "function";
	default:
		return name_of(b, t);
	}
}

const btf_type *strip(const btf *b, uint32_t id)
{
	const btf_type *t = btf__type_by_id(b, id);
	for (int i = 0; t && i < 32 && (btf_is_mod(t) || btf_is_typedef(t)); i++)
		t = btf__type_by_id(b, t->type);
	return t;
}

void gather(const btf *b, const btf_type *t, uint32_t base, std::vector<kernel_field> &out, int depth)
{
	const btf_member *m = btf_members(t);
	for (uint32_t i = 0; i < btf_vlen(t) && depth < 16; i++, m++) {
		const btf_type *type = strip(b, m->type);
		const char *name = btf__name_by_offset(b, m->name_off);
		if (!type)
			continue;
		if (btf_is_composite(type) && (!name || !*name)) {
			gather(b, type, base + btf_member_bit_offset(t, i) / 8, out, depth + 1);
			continue;
		}
		kernel_field f;
		f.name = name ? name : "";
		f.offset = base + btf_member_bit_offset(t, i) / 8;
		f.bits = btf_member_bitfield_size(t, i);
		uint32_t element = m->type;
		if (btf_is_array(type)) {
			f.elements = btf_array(type)->nelems;
			element = btf_array(type)->type;
			type = strip(b, element);
		}
		long long size = btf__resolve_size(b, element);
		f.size = size < 0 ? 0 : static_cast<uint32_t>(size);
		f.type = spell(b, element);
		f.pointer = type && btf_is_ptr(type);
		f.sign = type && btf_is_int(type) && (btf_int_encoding(type) & BTF_INT_SIGNED);
		out.push_back(std::move(f));
	}
}

/// libbpf reads split BTF from files only.
btf *from_memory(const bytes &data, btf *base)
{
	int fd = memfd_create("btf", MFD_CLOEXEC);
	btf *b = nullptr;
	if (fd >= 0 && write(fd, data.data(), data.size()) == static_cast<ssize_t>(data.size()))
		b = btf__parse_raw_split(fmt::format("/proc/self/fd/{}", fd).c_str(), base);
	if (fd >= 0)
		close(fd);
	return b;
}

bool looked_up(uint32_t kind)
{
	return kind == BTF_KIND_FUNC || kind == BTF_KIND_STRUCT || kind == BTF_KIND_TYPEDEF;
}

/// FNV-1a of the name, and the kind.
uint32_t hash_of(const char *name, uint32_t kind)
{
	uint32_t h = 2166136261u ^ kind;
	for (; *name; name++)
		h = (h ^ static_cast<uint8_t>(*name)) * 16777619u;
	return h ^ h >> 15;
}

/// A file as it lies on the disk; what is not read is not loaded.
class mapping {
public:
	explicit mapping(const std::string &path)
	{
		int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
		struct stat st;
		if (fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 4) {
			void *p = mmap(nullptr, static_cast<size_t>(st.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
			if (p != MAP_FAILED) {
				data = static_cast<const uint8_t *>(p);
				size = static_cast<size_t>(st.st_size);
			}
		}
		if (fd >= 0)
			close(fd);
	}
	~mapping()
	{
		if (data)
			munmap(const_cast<uint8_t *>(data), size);
	}
	mapping(const mapping &) = delete;
	mapping &operator=(const mapping &) = delete;
	bool is_btf() const { return data && data[0] == 0x9f && data[1] == 0xeb && size <= UINT32_MAX; }

	const uint8_t *data = nullptr;
	size_t size = 0;
};

} // namespace

std::string kernel_function::text(const std::string &name) const
{
	return fmt::format("{}{}{}({})", result, result.ends_with('*') ? "" : " ", name,
			   params.empty() ? "void" : fmt::format("{}", fmt::join(params, ", ")));
}

kernel::~kernel()
{
	for (auto &s : split_)
		btf__free(s.second);
	btf__free(base_);
}

std::unique_ptr<kernel> kernel::open(const std::string &what, const std::string &modules, std::string &error)
{
	libbpf_set_print(nullptr);
	std::unique_ptr<kernel> k(new kernel);
	std::error_code ec;
	bool version = what.find('/') == std::string::npos && !fs::exists(what, ec);
	std::string path = version ? "/boot/vmlinuz-" + what : what;
	// A link need not have the version in its name.
	if (auto real = fs::canonical(path, ec); !ec)
		path = real.string();
	k->version_ = fs::path(path).filename().string();
	for (const char *prefix : {"vmlinuz-", "vmlinux-", "btf-"})
		if (k->version_.starts_with(prefix))
			k->version_.erase(0, std::char_traits<char>::length(prefix));
	// A package has boot/ and lib/ below one root, wherever it was unpacked.
	fs::path root = fs::path(path).parent_path().filename() == "boot" ? fs::path(path).parent_path().parent_path() : "/";
	k->modules_ = modules.empty() ? (root / "lib/modules" / k->version_).string() : modules;
	if (mapping raw(path); raw.is_btf()) {
		k->base_ = btf__new(raw.data, static_cast<uint32_t>(raw.size));
	} else {
		bytes data = read_binary(path, error);
		if (data.empty()) {
			error = path + ": " + error;
			return nullptr;
		}
		data = unpack(std::move(data), error);
		if (is_elf(data))
			data = section(data, ".BTF", error);
		if (!data.empty())
			k->base_ = btf__new(data.data(), static_cast<uint32_t>(data.size()));
	}
	if (!k->base_) {
		error = fmt::format("{}: {}", path, error.empty() ? "holds no BTF" : error);
		return nullptr;
	}
	k->index();
	return k;
}

void kernel::index()
{
	uint32_t n = btf__type_cnt(base_), named = 0;
	for (uint32_t i = 1; i < n; i++)
		named += looked_up(btf_kind(btf__type_by_id(base_, i)));
	slots_.assign(std::bit_ceil(2 * named + 2), 0);
	for (uint32_t i = 1; i < n; i++) {
		const btf_type *t = btf__type_by_id(base_, i);
		const char *name = looked_up(btf_kind(t)) ? btf__name_by_offset(base_, t->name_off) : nullptr;
		if (!name || !*name)
			continue;
		size_t at = hash_of(name, btf_kind(t)) & (slots_.size() - 1);
		while (slots_[at])
			at = (at + 1) & (slots_.size() - 1);
		slots_[at] = i;
	}
}

/// 0 if there is none; the first of several, as with libbpf.
uint32_t kernel::find(const btf *types, const std::string &name, uint32_t kind) const
{
	for (size_t at = hash_of(name.c_str(), kind) & (slots_.size() - 1); slots_[at]; at = (at + 1) & (slots_.size() - 1)) {
		const btf_type *t = btf__type_by_id(base_, slots_[at]);
		const char *n = btf__name_by_offset(base_, t->name_off);
		if (btf_kind(t) == kind && n && name == n)
			return slots_[at];
	}
	if (types == base_)
		return 0;
	int id = btf__find_by_name_kind(types, name.c_str(), kind);
	return id > 0 ? static_cast<uint32_t>(id) : 0;
}

std::vector<uint8_t> kernel::raw() const
{
	uint32_t size = 0;
	auto p = static_cast<const uint8_t *>(btf__raw_data(base_, &size));
	return p ? std::vector<uint8_t>(p, p + size) : std::vector<uint8_t>{};
}

std::string kernel::find_module(const std::string &name) const
{
	auto same = [](char a, char b) { return a == b || ((a == '-' || a == '_') && (b == '-' || b == '_')); };
	std::error_code ec;
	for (fs::recursive_directory_iterator i(modules_ + "/kernel", ec), end; !ec && i != end; i.increment(ec)) {
		std::string file = i->path().filename().string();
		size_t dot = file.find(".ko");
		if (dot == name.size() && std::equal(name.begin(), name.end(), file.begin(), same))
			return i->path().string();
	}
	return {};
}

const btf *kernel::types(const std::string &module, std::string &error)
{
	if (module.empty())
		return base_;
	auto it = split_.find(module);
	if (it != split_.end())
		return it->second;
	std::string path = find_module(module);
	if (path.empty()) {
		error = fmt::format("{} has no module '{}'", modules_, module);
		return nullptr;
	}
	bytes data = read_binary(path, error);
	if (!data.empty())
		data = unpack(std::move(data), error);
	if (!data.empty())
		data = section(data, ".BTF", error);
	btf *b = data.empty() ? nullptr : from_memory(data, base_);
	if (!b) {
		error = fmt::format("{}: {}", path, error.empty() ? "holds no BTF" : error);
		return nullptr;
	}
	split_[module] = b;
	return b;
}

std::optional<kernel_struct> kernel::find_struct(const std::string &name, const std::string &module, std::string &error)
{
	const btf *b = types(module, error);
	if (!b)
		return {};
	uint32_t id = find(b, name, BTF_KIND_STRUCT);
	if (!id)
		return {};
	const btf_type *t = btf__type_by_id(b, id);
	kernel_struct s;
	s.name = name;
	s.size = t->size;
	gather(b, t, 0, s.fields, 0);
	return s;
}

std::optional<kernel_function> kernel::find_function(const std::string &name, const std::string &module,
						     std::string &error)
{
	const btf *b = types(module, error);
	uint32_t id = b ? find(b, name, BTF_KIND_FUNC) : 0;
	if (!id)
		return {};
	const btf_type *t = btf__type_by_id(b, btf__type_by_id(b, id)->type);
	if (!t || !btf_is_func_proto(t))
		return {};
	kernel_function f;
	f.result = spell(b, t->type);
	for (uint32_t i = 0; i < btf_vlen(t); i++) {
		const btf_param &p = btf_params(t)[i];
		f.params.push_back(p.type || p.name_off ? spell(b, p.type) : "...");
	}
	return f;
}

std::string kernel::resolved(const std::string &type) const
{
	size_t end = type.size();
	while (end && (type[end - 1] == '*' || type[end - 1] == ' '))
		end--;
	std::string head = type.substr(0, end), tail = type.substr(end), before;
	if (head.starts_with("const ")) {
		before = "const ";
		head.erase(0, 6);
	}
	for (int i = 0; i < 32; i++) {
		uint32_t id = find(base_, head, BTF_KIND_TYPEDEF);
		if (!id)
			break;
		head = spell(base_, btf__type_by_id(base_, id)->type);
	}
	return before + head + tail;
}

std::vector<std::string> kernel::names(bool functions) const
{
	std::vector<std::string> out;
	uint32_t n = btf__type_cnt(base_);
	for (uint32_t i = 1; i < n; i++) {
		const btf_type *t = btf__type_by_id(base_, i);
		if (t && (functions ? btf_is_func(t) : btf_is_struct(t)))
			out.push_back(name_of(base_, t));
	}
	return out;
}

} // namespace lxd::idl
