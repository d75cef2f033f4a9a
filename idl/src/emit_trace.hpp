// SPDX-License-Identifier: GPL-2.0-only
/// Tracepoints of an interface: what each event shows, for x_trace.h and for the calls in x_host.c.
#pragma once
#include "emit.hpp"

namespace lxd::idl {

/// One number or text of a message.
struct trace_field {
	std::string name, c_type;
	std::string from;	///< "a->size", "r->count"
	const model::value *v;
	bool text = false;
};

/// At most `most_traced` of them; arrays show their count only.
std::vector<trace_field> trace_fields(const model::interface &interface, const model::function &f);
/// Does the event take its values one by one? Then functions of the same shape share their code.
bool traced_by_value(const std::vector<trace_field> &fields);
/// What stands in TRACE() behind the event's name, without the result.
std::vector<std::string> trace_arguments(const model::interface &interface, const model::function &f);
/// x_trace.h.
std::string emit_trace(const source_manager &sources, const model::interface &interface);

} // namespace lxd::idl
