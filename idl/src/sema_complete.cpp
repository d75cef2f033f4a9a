// SPDX-License-Identifier: GPL-2.0-only
/// What a file that is otherwise right does not say and must: what it costs the host, who excludes whom,
/// and when an object has had its last message.
#include "sema_class.hpp"

namespace lxd::idl {

void analyser::complete()
{
	for (const auto &h : out_->handles)
		if (!h->life)
			diags_.error("handle-machine", h->at,
				     fmt::format("nothing says which messages reach a '{}' that is being taken down", h->name))
				.suggest(fmt::format("machine life of {} {{ start state live {{ END: accept -> gone; other: accept; }} "
						     "state gone {{ other: drop; }} }}",
						     h->name));
	for (const ast::machine &m : ast_.machines)
		complete_machine(m);
	for (const auto &f : out_->host_functions)
		complete_function(*f);
}

void analyser::complete_function(const model::function &f)
{
	if (f.sleeps && !f.effect)
		diags_.error("effect-missing", f.at,
			     fmt::format("what does '{}' make the host spend beyond the domain?", f.name))
			.suggest("effect none, or effect uevent + log, and others: rtnl, kick, memory, irq, lock");
	if (!f.effects.empty() && !f.quota)
		diags_.error("effect-quota", *f.effect,
			     fmt::format("'{}' reaches beyond the domain, which may call it as often as it likes", f.name))
			.suggest("quota 20/s, or what the driver needs at most");
}

/// In a state that only leads to the end, each message that still reaches the object is named.
void analyser::complete_machine(const ast::machine &m)
{
	auto it = std::find_if(out_->machines.begin(), out_->machines.end(), [&](const auto &o) { return o->name == m.name.text; });
	if (it == out_->machines.end())
		return;
	const model::machine &out = **it;
	auto leaves = [&](size_t s) {
		std::set<size_t> to;
		for (const model::rule &r : out.rules[s])
			if (r.action == model::action::accept && r.next != s)
				to.insert({r.next, out.settled[r.next]});
		if (out.settled[s] != s)
			to.insert(out.settled[s]);
		to.erase(s);
		return to;
	};
	for (const ast::state &s : m.states) {
		std::optional<uint8_t> self = machine_state(s.name, out);
		if (!self || !*self)
			continue;
		std::set<size_t> to = leaves(*self);
		bool last = std::all_of(to.begin(), to.end(), [&](size_t t) { return leaves(t).empty(); });
		for (const ast::transition &t : s.transitions)
			for (const ast::ident &name : t.functions)
				if (last && name.text == "other" && t.action.text == "accept")
					diags_.error("machine-end", name.at,
						     fmt::format("from '{}' an object only comes to its end, so what still reaches it is named",
								 s.name.text))
						.suggest("name the messages that the end needs, and 'other: drop;'");
	}
}

} // namespace lxd::idl
