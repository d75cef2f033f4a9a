// SPDX-License-Identifier: GPL-2.0-only
/// What an interface costs and what it exposes, as data; shown as text, JSON or a diagram.
#pragma once
#include "model.hpp"
#include "source.hpp"

#include <string>
#include <vector>

namespace lxd::idl {

/// How the values that the domain chooses are held down. Each leaf field counts once.
struct surface {
	uint32_t ranged = 0;	///< range, power of two
	uint32_t chosen = 0;	///< enum, flags, bool, opcode
	uint32_t handles = 0;
	uint32_t counts = 0;	///< lengths of arrays
	uint32_t texts = 0;
	uint32_t bytes = 0;	///< data without a meaning to the host's glue
	uint32_t argued = 0;	///< numbers of which each value is fine, and the interface says why
	uint32_t any = 0;	///< the same without a reason: the implementation must cope
	std::vector<std::pair<std::string, std::string>> reasons;	///< path below the function, why
	std::vector<std::string> open;					///< paths of `any`
	uint32_t total() const { return ranged + chosen + handles + counts + texts + bytes + argued + any; }
	surface &operator+=(const surface &o);
};

struct function_report {
	const model::function *f;
	uint32_t fields;	///< leaf values, both ways
	uint32_t in_least, in_most, out_most;	///< bytes of arguments and results
	uint32_t slots;		///< ring slots a call
	uint32_t area;		///< most bytes through the call's area
	surface trust;
};

struct interface_report {
	const model::interface *i;
	std::vector<function_report> from_domain, from_host;
	surface trust;
	uint32_t fields = 0;
};

std::vector<interface_report> make_report(const model::program &program);
std::string report_text(const model::program &program, const std::vector<interface_report> &r);
std::string report_json(const source_manager &sources, const model::program &program,
			const std::vector<interface_report> &r);
/// Markdown, and JSON: every value that the domain chooses, with its bounds.
std::string report_values(const model::program &program);
std::string report_vectors(const model::program &program);
std::string report_svg(const model::program &program, const std::vector<interface_report> &r);

} // namespace lxd::idl
