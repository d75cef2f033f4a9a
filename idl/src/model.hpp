// SPDX-License-Identifier: GPL-2.0-only
/// The checked meaning of the files; all that emitters look at.
#pragma once
#include "source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lxd::idl::model {

/// Wide enough for any 64-bit value, signed or not.
__extension__ typedef __int128 wide;

inline constexpr uint32_t slot_bytes = 56;	///< arguments that fit in a slot
inline constexpr uint32_t area_bytes = 4096;	///< arguments of a waiting call
inline constexpr uint32_t stack_bytes = 1024;	///< larger structures do not live on a kernel stack

struct structure;
struct machine;

/// What becomes of a call when the domain dies under it.
enum class restart { none, fail, drop, resubmit, replay };

struct handle {
	std::string name, c_type;
	uint32_t number = 0;	///< from 1
	const model::machine *life = nullptr;
	span at;
};

struct opcode {
	uint64_t code = 0;
	bool in = false, out = false;	///< data to the domain, data back
	uint32_t max = 0;		///< bytes each way
	std::string capability;		///< CAP_SYS_ADMIN; empty: none is needed
	model::restart restart = restart::none;
	span at;
};

struct opcode_table {
	std::string name;
	uint32_t bytes = 4;
	span at;
	std::vector<opcode> codes;
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
/// Who may know a value, or who chose it.
enum class label { none, host, domain, open };

/// A field or a parameter.
struct value {
	std::string name;
	span at;
	kind k = kind::scalar;
	bool out = false;
	bool bulk = false;	///< the asker sizes it, the answer may be shorter
	model::label label = label::none;

	uint32_t width = 4;	///< of a scalar
	bool sign = false;
	wide low = 0, high = 0;	///< inclusive; of the type if nothing was said
	bool power_of_two = false;
	std::string any;	///< why each value of the domain's is fine

	const model::structure *type = nullptr;
	const model::handle *object = nullptr;
	const model::enumeration *choice = nullptr;
	const model::opcode_table *codes = nullptr;

	model::array shape = array::none;
	uint64_t size = 0;	///< elements of a fixed array, most elements of a counted one, bytes of a text
	std::string count;	///< name of the count
	int count_value = -1;	///< the value that is the count; -1: implied by the array

	wide type_low() const;
	wide type_high() const;
	/// Does the message hold a count that is no parameter or field of its own?
	bool own_count() const { return shape == array::counted && (bulk || count_value < 0); }
	std::string own_count_name() const { return bulk ? name + "_given" : count; }
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

/// A structure, or a union that says in `tag` which of its fields it holds.
struct structure {
	/// For each value of the tag: its field, or -1.
	struct alternative {
		std::string tag;
		uint64_t value = 0;
		int field = -1;
	};

	std::string name;
	span at;
	std::vector<value> fields;
	const enumeration *tag = nullptr;	///< null: no union
	std::vector<alternative> alternatives;
	uint32_t room = 0, room_at = 0;	///< bytes of a union's fields, and where they lie
	model::layout layout;
	bool from_domain = false;	///< comes from the domain somewhere: the host checks it
	bool from_host = false;		///< goes to the domain somewhere: the host scrubs it
	bool has_union() const;
};

struct function {
	std::string name;
	span at;
	uint32_t number = 0;
	bool from_host = false, data = false, wait = false, returns_int = false;
	bool sleeps = false;
	std::optional<span> atomic;	///< said to be called or to run where nothing may sleep
	uint32_t deadline_ms = 0;
	uint32_t quota = 0;		///< messages in `quota_ns`; 0: no limit
	uint64_t quota_ns = 0;
	bool concurrent = false;	///< may run beside other waiting calls about its object
	std::optional<span> effect;	///< where it is said what the host spends on it
	std::vector<std::string> effects;	///< beyond the domain; empty: none
	bool once = false;		///< the first answer is kept
	model::restart restart = restart::none;
	std::vector<std::string> locks;	///< host locks it is made or implemented under
	std::vector<std::pair<std::string, span>> calls;	///< what the other side may call before it answers
	const model::machine *life = nullptr;	///< the machine that it is an event of
	size_t event = 0, watched = 0;		///< its column there, and the parameter
	std::vector<value> params;
	model::layout in, out;	///< `out` begins with the result
	std::vector<std::string> doc;

	uint32_t min_length() const { return in.fixed(); }
	uint32_t max_length() const { return in.size; }
};

enum class action : uint8_t { accept, drop, defer, kill };

struct rule {
	model::action action = action::kill;
	uint8_t next = 0;
};

/// What the host thinks of one object: for each state and event exactly one rule.
struct machine {
	std::string name;
	span at;
	const handle *object = nullptr;
	std::vector<std::string> states;	///< the first one is where an object starts
	std::vector<const function *> events;
	std::vector<std::vector<rule>> rules;	///< [state][event]
	bool defers() const;
	/// Does an event ever change the state?
	bool moves(size_t event) const;
	std::vector<uint8_t> settled;	///< [state]: where it goes when the call that led there has returned
	/// Does an event lead to a state that it leaves again when its call has returned?
	bool settles(size_t event) const;
};

struct symbol_class {
	std::string kind;
	std::vector<std::string> names;
};

struct interface {
	std::string name, upper;
	uint32_t number = 0;
	span at;
	std::vector<std::pair<std::string, wide>> constants;
	std::vector<std::unique_ptr<handle>> handles;
	std::vector<std::unique_ptr<enumeration>> enumerations;
	std::vector<std::unique_ptr<structure>> structures;	///< each after those it uses
	std::vector<std::unique_ptr<opcode_table>> opcodes;
	std::vector<std::unique_ptr<machine>> machines;
	std::vector<symbol_class> symbols;
	std::vector<std::unique_ptr<function>> host_functions;	///< from the domain
	std::vector<std::unique_ptr<function>> domain_functions;	///< from the host
	/// Does generated code keep anything for a domain between messages?
	bool has_contract() const;
};

struct program {
	std::string driver;
	std::vector<std::pair<std::string, wide>> constants;
	std::vector<std::unique_ptr<interface>> interfaces;
};

} // namespace lxd::idl::model
