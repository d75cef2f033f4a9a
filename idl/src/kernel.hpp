// SPDX-License-Identifier: GPL-2.0-only
/// The types of the target kernel, from its BTF.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct btf;

namespace lxd::idl {

/// A field of a kernel structure; fields of anonymous members count as its own.
struct kernel_field {
	std::string name, type;	///< type as C spells it, without the array's size
	uint32_t offset = 0, size = 0;
	uint32_t bits = 0;	///< of a bit-field
	uint32_t elements = 0;	///< 0: no array
	bool sign = false;	///< a signed number
	bool pointer = false;
};

struct kernel_struct {
	std::string name;
	uint32_t size = 0;
	std::vector<kernel_field> fields;
};

struct kernel_function {
	std::string result;
	std::vector<std::string> params;	///< types only; "..." at the end of a variadic one
	std::string text(const std::string &name) const;
};

class kernel {
public:
	/// `what`: a version installed in /boot, or a path to a vmlinuz, vmlinux or BTF file. Modules are
	/// looked for beside a version, or in `modules` (".../lib/modules/VERSION").
	static std::unique_ptr<kernel> open(const std::string &what, const std::string &modules, std::string &error);
	~kernel();

	const std::string &version() const { return version_; }
	/// In a module's types if one is named. Null if there is none; `error` if the module cannot be read.
	std::optional<kernel_struct> find_struct(const std::string &name, const std::string &module, std::string &error);
	std::optional<kernel_function> find_function(const std::string &name, const std::string &module,
						     std::string &error);
	/// A type's spelling with its outer typedefs taken away.
	std::string resolved(const std::string &type) const;
	/// For "did you mean".
	std::vector<std::string> names(bool functions) const;
	/// The raw BTF of the kernel itself.
	std::vector<uint8_t> raw() const;

private:
	kernel() = default;
	const struct btf *types(const std::string &module, std::string &error);
	std::string find_module(const std::string &name) const;
	void index();
	uint32_t find(const struct btf *types, const std::string &name, uint32_t kind) const;

	std::string version_, modules_;
	struct btf *base_ = nullptr;
	/// Open hash table of the type ids of base_ that are looked up by name; 0 is free. libbpf looks at each of
	/// 130,000 types for each name.
	std::vector<uint32_t> slots_;
	std::map<std::string, struct btf *> split_;
};

} // namespace lxd::idl
