// SPDX-License-Identifier: GPL-2.0-only
/// Machines: what the host thinks of an object. Both sides send at the same time, so a state is the
/// host's own view; each state has exactly one rule for each message about the object.
#include "sema_class.hpp"

namespace lxd::idl {

void analyser::machine(const ast::machine &m)
{
	if (!declare(types_, m.name, "machine"))
		return;
	const model::handle *object = find_handle(m.object.text);
	if (!object) {
		diags_.error("machine-object", m.object.at, fmt::format("'{}' is no handle", m.object.text));
		return;
	}
	if (object->life) {
		diags_.error("machine-twice", m.name.at, fmt::format("'{}' has a machine already", m.object.text))
			.with(object->life->at, "the first one is here");
		return;
	}
	// Functions point to it from here on, also if it turns out to be wrong.
	model::machine *out = out_->machines.emplace_back(std::make_unique<model::machine>()).get();
	out->name = m.name.text;
	out->at = m.name.at;
	out->object = object;
	const_cast<model::handle *>(object)->life = out;
	std::vector<const ast::state *> states = machine_states(m, *out);
	machine_events(*out);
	if (states.empty() || out->states.size() > 64) {
		diags_.error("machine-states", m.name.at, "a machine has 1 to 64 states and one of them is the start")
			.suggest("start state NAME { ... }");
		return;
	}
	std::vector<bool> reached(states.size());
	for (size_t i = 0; i < states.size(); i++)
		out->settled.push_back(static_cast<uint8_t>(i));
	machine_settles(m, *out);
	for (size_t i = 0; i < states.size(); i++)
		out->rules.push_back(machine_rules(*states[i], *out));
	reached[0] = true;
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < states.size(); i++) {
			for (const model::rule &r : out->rules[i])
				if (reached[i] && r.action == model::action::accept && !reached[r.next])
					reached[r.next] = more = true;
			if (reached[i] && !reached[out->settled[i]])
				reached[out->settled[i]] = more = true;
		}
	}
	for (size_t i = 0; i < states.size(); i++)
		if (!reached[i])
			diags_.error("machine-unreachable", states[i]->name.at,
				     fmt::format("no object ever comes to state '{}'", states[i]->name.text))
				.suggest("let some state accept a message with '-> " + states[i]->name.text + "', or remove it");
}

/// The start state first: a zeroed object is in it.
std::vector<const ast::state *> analyser::machine_states(const ast::machine &m, model::machine &out)
{
	std::vector<const ast::state *> states;
	std::map<std::string, span> scope;
	for (const ast::state &s : m.states)
		if (declare(scope, s.name, "state"))
			states.push_back(&s);
	auto start = std::find_if(states.begin(), states.end(), [&](const ast::state *s) { return s->name.text == m.initial.text; });
	if (start == states.end())
		return {};
	std::rotate(states.begin(), start, start + 1);
	for (const ast::state *s : states)
		out.states.push_back(s->name.text);
	return states;
}

/// Every function that carries the handle to the host's object, in either direction.
void analyser::machine_events(model::machine &m)
{
	for (const auto *list : {&out_->host_functions, &out_->domain_functions})
		for (const auto &f : *list)
			for (size_t i = 0; i < f->params.size(); i++) {
				const model::value &v = f->params[i];
				if (v.object != m.object || v.out)
					continue;
				if (f->life) {
					diags_.error("machine-ambiguous", v.at,
						     fmt::format("'{}' is about two objects with machines", f->name))
						.with(f->life->at, "one of them")
						.with(m.at, "the other");
					continue;
				}
				f->life = &m;
				f->event = m.events.size();
				f->watched = i;
				m.events.push_back(f.get());
			}
	if (m.events.empty())
		diags_.error("machine-idle", m.at, fmt::format("no function is about '{}'", m.object->name));
	if (m.events.size() > 256)
		diags_.error("machine-states", m.at, "more than 256 functions are about one object");
}

std::vector<model::rule> analyser::machine_rules(const ast::state &s, const model::machine &m)
{
	std::vector<model::rule> rules(m.events.size());
	std::vector<span> said(m.events.size());
	std::vector<bool> have(m.events.size());
	uint8_t self = machine_state(s.name, m).value_or(0);
	const ast::transition *other = nullptr;
	for (const ast::transition &t : s.transitions) {
		std::optional<model::rule> r = machine_rule(t, m, self);
		for (const ast::ident &name : t.functions) {
			if (name.text == "other") {
				if (other)
					diags_.error("machine-other", name.at, "a state has one rule for all others");
				other = &t;
				continue;
			}
			auto it = std::find_if(m.events.begin(), m.events.end(), [&](auto *f) { return f->name == name.text; });
			if (it == m.events.end()) {
				std::vector<std::string> names;
				for (const model::function *f : m.events)
					names.push_back(f->name);
				diagnostic &d = diags_.error("machine-event", name.at,
							     fmt::format("no function '{}' is about '{}'", name.text, m.object->name));
				std::string near = nearest(name.text, names);
				if (!near.empty())
					d.suggest(fmt::format("did you mean '{}'?", near));
				continue;
			}
			size_t e = static_cast<size_t>(it - m.events.begin());
			if (have[e]) {
				diags_.error("machine-rule-twice", name.at,
					     fmt::format("state '{}' has a rule for '{}' already", s.name.text, name.text))
					.with(said[e], "the first one is here");
				continue;
			}
			have[e] = true;
			said[e] = name.at;
			if (r)
				rules[e] = *r;
			machine_action(t, *m.events[e], r);
		}
	}
	std::optional<model::rule> rest = other ? machine_rule(*other, m, self) : std::nullopt;
	std::string missing;
	for (size_t e = 0; e < have.size(); e++) {
		if (have[e])
			continue;
		if (rest) {
			rules[e] = *rest;
			machine_action(*other, *m.events[e], rest);
		} else if (!other) {
			missing += (missing.empty() ? "" : ", ") + m.events[e]->name;
		}
	}
	if (!missing.empty())
		diags_.error("machine-incomplete", s.name.at,
			     fmt::format("state '{}' does not say what becomes of: {}", s.name.text, missing))
			.suggest("add a rule for each, or 'other: kill;'");
	return rules;
}

std::optional<uint8_t> analyser::machine_state(const ast::ident &name, const model::machine &m)
{
	auto it = std::find(m.states.begin(), m.states.end(), name.text);
	if (it == m.states.end())
		return {};
	return static_cast<uint8_t>(it - m.states.begin());
}

std::optional<model::rule> analyser::machine_rule(const ast::transition &t, const model::machine &m, uint8_t self)
{
	static const std::map<std::string, model::action> known = {{"accept", model::action::accept},
								   {"drop", model::action::drop},
								   {"defer", model::action::defer},
								   {"kill", model::action::kill}};
	auto it = known.find(t.action.text);
	if (it == known.end()) {
		diags_.error("machine-action", t.action.at, "a message is accepted, dropped, deferred, or kills: accept, drop, "
							    "defer, kill");
		return {};
	}
	model::rule r{it->second, self};
	if (!t.next)
		return r;
	if (r.action != model::action::accept)
		diags_.error("machine-moves", t.next.at, "only an accepted message changes the state");
	std::optional<uint8_t> next = machine_state(t.next, m);
	if (!next) {
		diagnostic &d = diags_.error("machine-next", t.next.at, fmt::format("no state '{}'", t.next.text));
		std::string near = nearest(t.next.text, m.states);
		if (!near.empty())
			d.suggest(fmt::format("did you mean '{}'?", near));
		return {};
	}
	r.next = *next;
	return r;
}

/// A state that lasts as long as a call has one successor, and only waiting calls of the domain lead there.
void analyser::machine_settles(const ast::machine &m, model::machine &out)
{
	std::map<uint8_t, span> said;
	for (const ast::state &s : m.states)
		for (const ast::transition &t : s.transitions) {
			std::optional<uint8_t> next = machine_state(t.next, out);
			if (!next || !t.then)
				continue;
			std::optional<uint8_t> then = machine_state(t.then, out);
			if (!then) {
				diags_.error("machine-next", t.then.at, fmt::format("no state '{}'", t.then.text));
				continue;
			}
			auto [it, fresh] = said.emplace(*next, t.then.at);
			if (!fresh && out.settled[*next] != *then)
				diags_.error("machine-then", t.then.at,
					     fmt::format("after a call '{}' goes on to another state already", t.next.text))
					.with(it->second, "here");
			out.settled[*next] = *then;
		}
	for (const ast::state &s : m.states)
		for (const ast::transition &t : s.transitions) {
			std::optional<uint8_t> next = machine_state(t.next, out);
			if (!next || out.settled[*next] == *next)
				continue;
			if (!t.then)
				diags_.error("machine-then", t.next.at,
					     fmt::format("'{}' lasts as long as a call: say what comes then", t.next.text))
					.with(said[*next], "as here");
			for (const ast::ident &name : t.functions) {
				auto it = std::find_if(out.events.begin(), out.events.end(),
						       [&](auto *f) { return f->name == name.text; });
				if (it == out.events.end() || !(*it)->wait || (*it)->from_host)
					diags_.error("machine-then", name.at,
						     fmt::format("'{}' is no waiting call of the domain, which alone has an end",
								 name.text));
			}
		}
}

/// What the host sends is accepted or not sent; only posted messages of the domain can be held back.
void analyser::machine_action(const ast::transition &t, const model::function &f, const std::optional<model::rule> &r)
{
	if (!r)
		return;
	if (f.from_host && r->action == model::action::defer)
		diags_.error("machine-host", t.action.at,
			     fmt::format("'{}' is sent by the host, which would wait for itself", f.name))
			.suggest("accept or drop: a dropped one is not sent, its stub says -EBUSY");
	else if (r->action == model::action::defer && f.data)
		diags_.error("machine-defer-data", t.action.at,
			     fmt::format("'{}' comes on a data ring, where nothing is held back", f.name));
}

} // namespace lxd::idl
