// SPDX-License-Identifier: GPL-2.0-only
/// x_host.c: checks everything that a domain says before anyone looks at it. Methods lie in
/// emit_host.cpp (handlers, stubs) and emit_check.cpp (checks, scrubs).
#pragma once
#include "emit.hpp"

#include <algorithm>

namespace lxd::idl {

class host_emitter : emitter {
public:
	host_emitter(const source_manager &sources, const model::interface &interface);
	std::string run();

private:
	// Checks and scrubs.
	bool used_from_domain(const model::enumeration &e) const;
	void enumeration_check(const model::enumeration &e);
	bool limited(const model::value &v) const;
	bool needs_check(const model::structure &s) const;
	bool needs_scrub(const model::structure &s) const;
	void check_one(const model::value &v, const std::string &e, const std::string &label);
	void check(const model::value &v, const std::string &base, const std::string &count);
	void check_values(const model::function &f, bool results);
	void structure_check(const model::structure &s);
	void structure_scrub(const model::structure &s);
	void scrub(const model::value &v, const std::string &base, const std::string &count);
	bool loops(const model::function &f, bool results) const;

	// Handlers.
	void handler(const model::function &f);
	void clean_results(const model::function &f) override;
	void dispatch();

	// Stubs.
	void before_stub(const model::function &f) override;
	void stub_locals(const model::function &f) override;
	bool loops_over_arguments(const model::function &f) const override { return loops(f, false); }
	void fill(const model::function &f, const std::string &too_many) override;
	void send_and_wait(const model::function &f, const std::string &leave) override;
};

} // namespace lxd::idl
