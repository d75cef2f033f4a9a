// SPDX-License-Identifier: GPL-2.0-only
/// The class that checks one file; its methods lie in sema.cpp and sema_*.cpp by topic.
#pragma once
#include "eval.hpp"
#include "layout.hpp"
#include "names.hpp"
#include "sema.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lxd::idl {

using model::array;
using model::kind;
using model::wide;

class analyser {
public:
	analyser(const source_manager &sources, const unit &u, model::program &program, constant_map &constants,
		 diagnostics &diags)
		: sources_(sources), unit_(u), ast_(u.ast), program_(program), constants_(constants), diags_(diags)
	{
	}
	void run();

private:
	/// Declares a name; false and an error if it is taken or impossible.
	bool declare(std::map<std::string, span> &scope, const ast::ident &id, const char *what);
	void constant(const ast::constant &c);
	void without_interface();
	void header();
	void enumeration(const ast::enumeration &e);
	void handle(const ast::handle &h);
	const ast::structure *find_ast_structure(const std::string &name) const;
	/// Each after those that it uses; recursion is an error.
	void structures();
	model::structure *find_structure(const std::string &name);
	const ast::choice *find_ast_choice(const std::string &name) const;
	void composite(const ast::ident &name, int depth);
	void structure(const ast::structure &s, model::structure &m);
	void choice(const ast::choice &c, model::structure &m);
	void opcodes(const ast::opcode_table &t);
	void opcode_use(const ast::function &f, const model::function &m);
	void symbols();
	model::value value(const ast::field &f, bool parameter);
	void type(const ast::field &f, model::value &v, bool parameter);
	void unknown_type(const ast::field &f);
	const model::handle *find_handle(const std::string &name) const;
	const model::enumeration *find_enumeration(const std::string &name) const;
	const model::opcode_table *find_opcodes(const std::string &name) const;
	void shape(const ast::field &f, model::value &v);
	void range(const ast::field &f, model::value &v);
	/// Connects counted arrays with their counts. `f` is null for structures.
	void counts(std::vector<model::value> &values, const ast::function *f);
	void function(const ast::function &f);
	void local_names();
	void directions(const ast::function &f, model::function &m);
	static const model::value *labelled(const model::value &v, model::label label);
	static const model::value *unlimited(const model::value &v);
	void flow(const ast::function &f, const model::value &v);
	void attributes(const ast::function &f, model::function &m);
	/// Nothing is accepted that the output would not hold to.
	void not_enforced(span at, const std::string &what);
	void attribute(const ast::function &f, const ast::attribute &a, model::function &m);
	void deadline(const ast::function &f, const ast::attribute &a, model::function &m);
	void quota(const ast::attribute &a, model::function &m);
	void once(const ast::function &f, const ast::attribute &a, model::function &m);
	void restart(const ast::function &f, const ast::attribute &a, model::function &m);
	void concurrent(const ast::attribute &a, model::function &m);
	void effect(const ast::attribute &a, model::function &m);
	void keeps(const ast::function &f, const model::function &m);
	void place_arguments(const ast::function &f, model::function &m);
	/// The comment lines directly above a function.
	std::vector<std::string> doc_of(const ast::function &f) const;
	static void mark(const model::structure *s, bool from_domain);
	void mark_directions();

	// Machines (sema_machine.cpp).
	void machine(const ast::machine &m);
	std::vector<const ast::state *> machine_states(const ast::machine &m, model::machine &out);
	void machine_events(model::machine &m);
	std::vector<model::rule> machine_rules(const ast::state &s, const model::machine &m);
	static std::optional<uint8_t> machine_state(const ast::ident &name, const model::machine &m);
	std::optional<model::rule> machine_rule(const ast::transition &t, const model::machine &m, uint8_t self);
	void machine_action(const ast::transition &t, const model::function &f, const std::optional<model::rule> &r);
	void machine_settles(const ast::machine &m, model::machine &out);

	// What is missing, once all that is there is right (sema_complete.cpp).
	void complete();
	void complete_function(const model::function &f);
	void complete_machine(const ast::machine &m);

	const source_manager &sources_;
	const unit &unit_;
	const ast::file &ast_;
	model::program &program_;
	constant_map &constants_;
	diagnostics &diags_;
	model::interface *out_ = nullptr;
	std::vector<std::pair<std::string, wide>> mine_;
	std::map<std::string, span> types_, functions_;
	std::set<std::string> open_, broken_;
};

} // namespace lxd::idl
