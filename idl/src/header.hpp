// SPDX-License-Identifier: GPL-2.0-only
/// What a C header declares, as libclang reads it.
#pragma once
#include "kernel.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lxd::idl {

struct header_function {
	std::string name;
	kernel_function f;
};

/// A structure with its numbers and its operations (fields that are pointers to functions).
struct header_struct {
	std::string name;
	std::vector<std::pair<std::string, std::string>> numbers;	///< type, field
	std::vector<header_function> operations;
};

struct header_file {
	std::vector<header_function> functions;	///< declared and not defined: what a module imports
	std::vector<header_struct> structs;
};

/// `build`: where the kernel's headers are ("/lib/modules/VERSION/build"); empty for a header of user space.
/// libclang is loaded only here: every other command starts without it.
std::optional<header_file> read_header(const std::string &path, const std::string &build, std::string &error);

} // namespace lxd::idl
