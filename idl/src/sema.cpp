// SPDX-License-Identifier: GPL-2.0-only
/// Files, constants, the interface itself.
#include "sema_class.hpp"
#include "sema_wait.hpp"

namespace lxd::idl {

void analyser::run()
{
	if (ast_.driver_name)
		program_.driver = ast_.driver_name.text;
	for (const ast::constant &c : ast_.constants)
		constant(c);
	if (!ast_.interface_name) {
		without_interface();
		return;
	}
	auto owned = std::make_unique<model::interface>();
	out_ = owned.get();
	header();
	for (const ast::enumeration &e : ast_.enumerations)
		enumeration(e);
	for (const ast::handle &h : ast_.handles)
		handle(h);
	for (const ast::opcode_table &t : ast_.opcodes)
		opcodes(t);
	structures();
	symbols();
	for (const ast::function &f : ast_.functions)
		function(f);
	for (const ast::machine &m : ast_.machines)
		machine(m);
	local_names();
	mark_directions();
	if (!diags_.failed())
		complete();
	program_.interfaces.push_back(std::move(owned));
}

bool analyser::declare(std::map<std::string, span> &scope, const ast::ident &id, const char *what)
{
	if (id.text.size() > 40) {
		diags_.error("name-long", id.at, "names have at most 40 characters");
		return false;
	}
	if (reserved().count(id.text)) {
		diags_.error("name-reserved", id.at, fmt::format("'{}' is a word of C or C++", id.text))
			.suggest(fmt::format("call it '{}_'-something that C allows, for example '{}_code'",
					     id.text, id.text));
		return false;
	}
	auto [it, fresh] = scope.emplace(id.text, id.at);
	if (!fresh)
		diags_.error("name-twice", id.at, fmt::format("{} '{}' is declared twice", what, id.text))
			.with(it->second, "the first one is here");
	return fresh;
}

void analyser::constant(const ast::constant &c)
{
	auto it = constants_.find(c.name.text);
	if (it != constants_.end()) {
		diags_.error("name-twice", c.name.at, fmt::format("constant '{}' is declared twice", c.name.text))
			.with(it->second.at, "the first one is here");
		return;
	}
	std::optional<wide> v = evaluate(*c.value, constants_, diags_);
	constants_[c.name.text] = {v.value_or(1), c.name.at};
	mine_.push_back({c.name.text, v.value_or(1)});
	program_.constants.push_back(mine_.back());
}

void analyser::without_interface()
{
	span at;
	if (!ast_.functions.empty())
		at = ast_.functions.front().at;
	else if (!ast_.structures.empty())
		at = ast_.structures.front().name.at;
	else if (!ast_.handles.empty())
		at = ast_.handles.front().name.at;
	else if (!ast_.machines.empty())
		at = ast_.machines.front().name.at;
	else if (!ast_.opcodes.empty())
		at = ast_.opcodes.front().name.at;
	else if (!ast_.choices.empty())
		at = ast_.choices.front().name.at;
	else
		return;
	diags_.error("interface-missing", at, "functions, structures and handles belong to an interface")
		.suggest("begin the file with 'interface NAME = NUMBER;'");
}

void analyser::header()
{
	out_->name = ast_.interface_name.text;
	out_->at = ast_.interface_name.at;
	out_->upper = out_->name;
	for (char &c : out_->upper)
		c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
	out_->constants = mine_;
	std::map<std::string, span> scope;
	declare(scope, ast_.interface_name, "interface");
	std::optional<wide> n = evaluate(*ast_.interface_number, constants_, diags_);
	if (n && (*n < 0 || *n > 63))
		diags_.error("interface-number", ast_.interface_number->at,
			     "interfaces are numbered from 0 to 63: the number shares 16 bits with the "
			     "function and two flags");
	else if (n)
		out_->number = static_cast<uint32_t>(*n);
	for (const auto &other : program_.interfaces) {
		if (n && other->number == out_->number)
			diags_.error("interface-number-taken", ast_.interface_number->at,
				     fmt::format("interface '{}' has the number {} already", other->name,
						 other->number))
				.with(other->at, "declared here");
		if (other->name == out_->name)
			diags_.error("name-twice", out_->at,
				     fmt::format("interface '{}' is declared twice", out_->name))
				.with(other->at, "the first one is here");
	}
}

void analyser::not_enforced(span at, const std::string &what)
{
	diags_.error("not-enforced", at, fmt::format("this version makes no code that holds '{}'", what))
		.suggest("remove it and check it in the implementation");
}

void analyser::mark(const model::structure *s, bool from_domain)
{
	auto *w = const_cast<model::structure *>(s);
	(from_domain ? w->from_domain : w->from_host) = true;
	for (const model::value &f : s->fields)
		if (f.type)
			mark(f.type, from_domain);
}

void analyser::mark_directions()
{
	for (const auto *list : {&out_->host_functions, &out_->domain_functions})
		for (const auto &f : *list)
			for (const model::value &v : f->params)
				if (v.type)
					mark(v.type, f->from_host == v.out);
}

model::program analyse(const source_manager &sources, const std::deque<unit> &units, diagnostics &diags)
{
	model::program program;
	constant_map constants;
	for (const unit &u : units)
		analyser(sources, u, program, constants, diags).run();
	check_waits(program, diags);
	return program;
}

} // namespace lxd::idl
