// SPDX-License-Identifier: GPL-2.0-only
/// x_host.c: checks everything that a domain says before anyone looks at it. Methods lie in
/// emit_host.cpp (handlers, stubs), emit_check.cpp (checks) and emit_contract.cpp (what lasts longer
/// than a message).
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
	bool scrubs(const model::structure &s) const override;
	void check_one(const model::value &v, const std::string &e, const std::string &label);
	void check(const model::value &v, const std::string &base, const std::string &count);
	void check_values(const model::function &f, bool results);
	void structure_check(const model::structure &s);
	void union_check(const model::structure &s);
	bool loops(const model::function &f, bool results) const;

	// Handlers.
	void handler(const model::function &f);
	void dispatch();
	void trace(const model::function &f, const std::string &result);

	// Stubs.
	void before_stub(const model::function &f) override;
	void stub_locals(const model::function &f) override;
	bool one_way_out(const model::function &f) const override;
	void before_sending(const model::function &f, const std::string &leave) override;
	void before_results(const model::function &f, const std::string &leave) override;
	void at_end(const model::function &f) override;
	void post(const model::function &f) override;
	void send_and_wait(const model::function &f, const std::string &leave) override;
	void check_answer(const model::function &f, const std::string &leave);

	// The contract between messages (emit_contract.cpp).
	static const model::value *opcode_of(const model::function &f);
	static bool resubmits(const model::function &f);
	static std::string rule_of(const model::function &f);
	void symbols();
	void opcode_table(const model::opcode_table &t);
	void machine_rules(const model::machine &m);
	void machine_release(const model::machine &m);
	void quota_check(const model::function &f);
	void machine_check(const model::function &f);
	/// Does it run alone among the waiting calls about its object?
	static bool excludes(const model::function &f);
	void machine_done(const model::function &f, const std::string &failed);
	void machine_send(const model::function &f, const std::string &leave);
	void opcode_send(const model::function &f, const std::string &leave);
	void once_function(const model::function &f);
	void replay_function(const model::function &f);
	void replay_all();
	void forget();
};

} // namespace lxd::idl
