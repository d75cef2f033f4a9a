// SPDX-License-Identifier: GPL-2.0-only
/// The checked meaning of the files; all that emitters look at.
#pragma once
#include "source.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lxd::idl::model {

/// Wide enough for any 64-bit value, signed or not.
__extension__ typedef __int128 wide;

inline constexpr uint32_t slot_bytes = 56;	///< arguments that fit in a slot
inline constexpr uint32_t area_bytes = 4096;	///< arguments of a waiting call
inline constexpr uint32_t stack_bytes = 1024;	///< larger structures do not live on a kernel stack

struct structure;

struct handle {
	std::string name, c_type;
	uint32_t number = 0;	///< from 1
	span at;
};

struct enumeration {
	bool flags = false;
	std::string name;
	uint32_t bytes = 4;
	span at;
	std::vector<std::pair<std::string, uint64_t>> values;
	uint64_t mask() const;
};

enum class kind { scalar, bytes, text, handle, structure };
enum class array { none, fixed, counted };

/// A field or a parameter.
struct value {
	std::string name;
	span at;
	kind k = kind::scalar;
	bool out = false;
	bool secret = false;

	uint32_t width = 4;	///< of a scalar
	bool sign = false;
	wide low = 0, high = 0;	///< inclusive; of the type if nothing was said
	bool power_of_two = false;

	const model::structure *type = nullptr;
	const model::handle *object = nullptr;
	const model::enumeration *choice = nullptr;

	model::array shape = array::none;
	uint64_t size = 0;	///< elements of a fixed array, most elements of a counted one, bytes of a text
	std::string count;	///< name of the count
	int count_value = -1;	///< the value that is the count; -1: implied by the array

	wide type_low() const;
	wide type_high() const;
	uint32_t count_width() const { return out ? 4 : size < 256 ? 1 : size < 65536 ? 2 : 4; }
};

/// A member of the C structure that carries values.
struct member {
	std::string name, c_type;
	uint32_t elements = 0;	///< 0: not an array
	uint32_t offset = 0, size = 0;
	int value = -1;	///< -1: padding
	bool is_count = false;	///< the implied count of `value`
};

struct layout {
	std::vector<member> members;
	uint32_t size = 0, align = 1;
	int tail = -1;	///< member that is a trailing counted array: only its used part is sent
	uint32_t fixed() const { return tail < 0 ? size : members[static_cast<size_t>(tail)].offset; }
};

struct structure {
	std::string name;
	span at;
	std::vector<value> fields;
	model::layout layout;
	bool from_domain = false;	///< comes from the domain somewhere: the host checks it
	bool from_host = false;		///< goes to the domain somewhere: the host scrubs it
};

struct function {
	std::string name;
	span at;
	uint32_t number = 0;
	bool from_host = false, data = false, wait = false, returns_int = false;
	bool sleeps = false;
	uint32_t deadline_ms = 0;
	std::vector<value> params;
	model::layout in, out;	///< `out` begins with the result
	std::vector<std::string> doc;

	uint32_t min_length() const { return in.fixed(); }
	uint32_t max_length() const { return in.size; }
};

struct interface {
	std::string name, upper;
	uint32_t number = 0;
	span at;
	std::vector<std::pair<std::string, wide>> constants;
	std::vector<std::unique_ptr<handle>> handles;
	std::vector<std::unique_ptr<enumeration>> enumerations;
	std::vector<std::unique_ptr<structure>> structures;	///< each after those it uses
	std::vector<std::unique_ptr<function>> host_functions;	///< from the domain
	std::vector<std::unique_ptr<function>> domain_functions;	///< from the host
};

struct program {
	std::string driver;
	std::vector<std::pair<std::string, wide>> constants;
	std::vector<std::unique_ptr<interface>> interfaces;
};

} // namespace lxd::idl::model
