// SPDX-License-Identifier: GPL-2.0-only
/// Functions: direction, attributes, arguments.
#include "sema_class.hpp"

namespace lxd::idl {

void analyser::function(const ast::function &f)
{
	std::map<std::string, span> &scope = functions_;
	if (!declare(scope, f.name, "function"))
		return;
	auto m = std::make_unique<model::function>();
	m->name = f.name.text;
	m->at = f.name.at;
	m->from_host = f.from_host;
	m->data = f.data;
	m->wait = f.mode.text == "wait";
	m->returns_int = f.result.text == "int";
	if (m->wait && !m->returns_int)
		diags_.error("wait-void", f.result.at, "a waiting call returns int: it can always fail")
			.suggest(fmt::format("wait int {}(...)", m->name));
	if (m->wait && m->data)
		diags_.error("data-wait", f.mode.at, "nothing waits on a data ring").suggest("data post");
	std::map<std::string, span> names;
	for (const ast::field &p : f.params)
		if (declare(names, p.name, "parameter"))
			m->params.push_back(value(p, true));
	counts(m->params, &f);
	directions(f, *m);
	attributes(f, *m);
	place_arguments(f, *m);
	keeps(f, *m);
	opcode_use(f, *m);
	m->doc = doc_of(f);
	auto &list = f.from_host ? out_->domain_functions : out_->host_functions;
	if (list.size() > 255)
		diags_.error("functions-many", f.name.at, "more than 256 functions in one direction");
	m->number = static_cast<uint32_t>(list.size());
	list.push_back(std::move(m));
}

/// Locals that only some functions have.
void analyser::local_names()
{
	for (const auto *list : {&out_->host_functions, &out_->domain_functions})
		for (const auto &f : *list) {
			std::set<std::string> taken;
			if (f->life)
				taken.insert({"object", "rule", "was", "target"});
			if (f->restart != model::restart::none)
				taken.insert({"slot", "tries"});
			for (const model::value &v : f->params)
				if (v.codes)
					taken.insert({"operation", "tries"});
			for (const model::value &v : f->params)
				if (taken.count(v.name))
					diags_.error("name-local", v.at,
						     fmt::format("the generated code has a local variable '{}'", v.name))
						.suggest("use another name");
		}
}

void analyser::directions(const ast::function &f, model::function &m)
{
	for (const model::value &v : m.params) {
		if (v.out && !m.wait)
			diags_.error("post-out", v.at, "nothing comes back from a posted message")
				.with(f.mode.at, "posted here")
				.suggest("make it 'wait', or answer with a message of the other direction");
		if (v.out && f.from_host && v.k == kind::handle)
			diags_.error("handle-from-domain", v.at, "the domain cannot make handles");
		flow(f, v);
	}
	if (m.data && (m.params.empty() || m.params[0].name != "queue" || m.params[0].k != kind::scalar ||
		       m.params[0].width != 2 || m.params[0].shape != array::none))
		diags_.error("data-queue", f.at, "the first parameter of a data message is 'u16 queue', its ring");
}

void analyser::attributes(const ast::function &f, model::function &m)
{
	std::map<std::string, span> seen;
	for (const ast::attribute &a : f.attributes) {
		auto [it, fresh] = seen.emplace(a.name.text, a.at);
		if (!fresh) {
			diags_.error("attribute-twice", a.at, fmt::format("'{}' is said twice", a.name.text))
				.with(it->second, "the first one is here");
			continue;
		}
		attribute(f, a, m);
	}
	if (f.from_host && m.wait && !m.deadline_ms && !seen.count("within"))
		diags_.error("deadline-missing", f.name.at,
			     "the host does not wait for a domain without a deadline")
			.suggest("add 'within 10 s' behind the parameters");
	if (m.sleeps && m.atomic)
		diags_.error("context-both", *m.atomic, "one context cannot sleep and be atomic");
	if (f.from_host && m.wait && m.atomic)
		diags_.error("wait-atomic", *m.atomic, "who waits for a domain sleeps").suggest("make it 'post'");
	if (m.sleeps && !m.wait)
		diags_.error("post-sleep", seen["context"], "posted messages are handled where they arrive, "
							    "which cannot sleep")
			.suggest("make it 'wait'");
}

void analyser::attribute(const ast::function &f, const ast::attribute &a, model::function &m)
{
	const std::string &n = a.name.text;
	if (n == "same_caller") {
		not_enforced(a.at, n);
	} else if (n == "context") {
		for (const ast::ident &w : a.words) {
			if (w.text == "sleep")
				m.sleeps = true;
			else if (w.text == "atomic" || w.text == "interrupt" || w.text == "rcu")
				m.atomic = w.at;
			else
				diags_.error("context-unknown", w.at,
					     "the context is 'sleep', 'atomic', 'interrupt' or 'rcu'");
		}
	} else if (n == "quota") {
		quota(a, m);
	} else if (n == "once") {
		once(f, a, m);
	} else if (n == "restart") {
		restart(f, a, m);
	} else if (n == "under") {
		for (const ast::ident &w : a.words)
			m.locks.push_back(w.text);
	} else if (n == "calls") {
		for (const ast::ident &w : a.words)
			m.calls.push_back({w.text, w.at});
	} else if (n == "concurrent") {
		concurrent(a, m);
	} else if (n == "effect") {
		effect(a, m);
	} else if (n == "within") {
		deadline(f, a, m);
	} else {
		static const std::vector<std::string> known = {"context", "within", "quota", "once", "restart",
							"under", "calls", "concurrent", "effect"};
		diagnostic &d = diags_.error("attribute-unknown", a.at, fmt::format("no attribute '{}'", n));
		std::string near = nearest(n, known);
		if (!near.empty())
			d.suggest(fmt::format("did you mean '{}'?", near));
	}
}

void analyser::deadline(const ast::function &f, const ast::attribute &a, model::function &m)
{
	std::optional<wide> v = a.value ? evaluate(*a.value, constants_, diags_) : std::nullopt;
	wide ms = v.value_or(0) * (a.unit.text == "s" ? 1000 : 1);
	if (!v || ms < 1 || ms > 3600000 || (a.unit.text != "s" && a.unit.text != "ms")) {
		diags_.error("deadline-form", a.at, "a deadline is 1 ms to 3600 s").suggest("within 10 s");
		m.deadline_ms = 1;
		return;
	}
	if (!m.wait)
		diags_.error("post-deadline", a.at, "nobody waits for a posted message")
			.with(f.mode.at, "posted here");
	m.deadline_ms = static_cast<uint32_t>(ms);
}

void analyser::place_arguments(const ast::function &f, model::function &m)
{
	std::vector<const model::value *> in, out;
	for (const model::value &v : m.params)
		(v.out ? out : in).push_back(&v);
	// Count references are indices into params; layout only asks whether one exists.
	m.in = lay_out(out_->name, in, false, true);
	if (m.wait)
		m.out = lay_out(out_->name, out, true, true);
	// A slot travels whole: nothing is saved by sending a part of it.
	for (model::layout *l : {&m.in, &m.out})
		if (l->size <= model::slot_bytes)
			l->tail = -1;
	for (model::member &x : m.in.members)
		if (x.value >= 0)
			x.value = static_cast<int>(in[static_cast<size_t>(x.value)] - m.params.data());
	for (model::member &x : m.out.members)
		if (x.value >= 0)
			x.value = static_cast<int>(out[static_cast<size_t>(x.value)] - m.params.data());
	if (!m.wait && m.in.size > model::slot_bytes)
		diags_.error("post-large", f.at,
			     fmt::format("the arguments have {} bytes; a posted message carries {}", m.in.size,
					 model::slot_bytes))
			.suggest("make it 'wait', or send pieces");
	else if (m.in.size > model::area_bytes || m.out.size > model::area_bytes)
		diags_.error("call-large", f.at,
			     fmt::format("the {} have {} bytes; a call carries {}",
					 m.in.size > model::area_bytes ? "arguments" : "results",
					 std::max(m.in.size, m.out.size), model::area_bytes));
}

std::vector<std::string> analyser::doc_of(const ast::function &f) const
{
	std::vector<std::string> lines;
	uint32_t line = sources_.where(f.at.file, f.at.begin).line;
	for (auto it = unit_.own_line_comments.rbegin(); it != unit_.own_line_comments.rend(); ++it) {
		if (it->begin > f.at.begin)
			continue;
		if (sources_.where(it->file, it->end).line + 1 != line || !sources_.text(*it).starts_with("//"))
			break;
		line--;
		std::string t(sources_.text(*it).substr(2));
		t.erase(0, t.find_first_not_of(" /"));
		for (size_t p; (p = t.find("*/")) != std::string::npos;)
			t.replace(p, 2, "* /");
		lines.insert(lines.begin(), t);
	}
	return lines;
}

} // namespace lxd::idl
