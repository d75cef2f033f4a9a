// SPDX-License-Identifier: GPL-2.0-only
/// All messages of all interfaces as data, made from the IDL (tests/hostile-host/messages).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace hostile {

enum class kind { number, count, handle, text, bytes };

/// A leaf of the arguments. Of an array of structures the first element stands for all.
struct field {
	std::string path;
	hostile::kind kind;
	uint32_t offset, width, elements;
	uint64_t low, high;	///< of numbers and counts, inclusive
	std::string handle;	///< its type
};

struct function {
	std::string name;	///< "block_add_disk"
	uint16_t fn;
	bool wait, data, from_host;
	uint32_t least, most, answer, deadline_ms;
	std::vector<field> fields;
	std::vector<std::string> gives;	///< types of the handles in the answer
};

/// What the contract says of an event in a state.
struct rule {
	std::string handle, state, event, action, next;
};

extern const std::vector<function> functions;
extern const std::vector<rule> rules;

/// nullptr: there is none of that name.
const function *function_named(const std::string &name);
/// Does it end the object that its first handle names?
bool ends_object(const function &f);

} // namespace hostile
