// SPDX-License-Identifier: GPL-2.0-only
/// Quota, once, restart, opcodes, symbols: what generated code holds to between messages.
#include "sema_class.hpp"

namespace lxd::idl {

void analyser::quota(const ast::attribute &a, model::function &m)
{
	wide n = a.value ? evaluate(*a.value, constants_, diags_).value_or(0) : 0;
	const std::string &unit = a.unit.text;
	uint64_t ns = unit == "s" ? 1000000000 : unit == "ms" ? 1000000 : unit == "min" ? 60000000000 : 0;
	if (n < 1 || n > 1000000 || !ns) {
		diags_.error("quota-form", a.at, "a quota is 1 to 1000000 messages in one s, ms or min").suggest("quota 100/s");
		return;
	}
	if (m.from_host)
		diags_.error("quota-host", a.at, "the host needs no quota against itself");
	m.quota = static_cast<uint32_t>(n);
	m.quota_ns = ns;
}

void analyser::concurrent(const ast::attribute &a, model::function &m)
{
	if (a.text.empty())
		diags_.error("concurrent-reason", a.at, "calls about one object exclude each other; why need this one not?")
			.suggest("concurrent \"waits for requests that only a later call sends again\"");
	if (m.from_host || !m.wait)
		diags_.error("concurrent-form", a.at, "only waiting calls of the domain exclude each other");
	m.concurrent = true;
}

void analyser::effect(const ast::attribute &a, model::function &m)
{
	static const std::vector<std::string> known = {"none", "uevent", "log", "rtnl", "kick", "memory", "irq", "lock"};
	for (const ast::ident &w : a.words) {
		if (std::find(known.begin(), known.end(), w.text) == known.end())
			diags_.error("effect-unknown", w.at,
				     "an effect is 'none', 'uevent', 'log', 'rtnl', 'kick', 'memory', 'irq' or 'lock'");
		else if (w.text != "none")
			m.effects.push_back(w.text);
		else if (a.words.size() > 1)
			diags_.error("effect-none", w.at, "a function with an effect does not have none");
	}
	if (m.from_host)
		diags_.error("effect-host", a.at, "what the host does of its own accord is no domain's effect");
	m.effect = a.at;
}

void analyser::once(const ast::function &f, const ast::attribute &a, model::function &m)
{
	bool results = std::any_of(m.params.begin(), m.params.end(), [](const model::value &v) { return v.out; });
	if (!f.from_host || !m.wait || !results)
		diags_.error("once-form", a.at, "'once' keeps the first answer of a domain: a waiting call of the host with "
						"results");
	m.once = true;
}

void analyser::restart(const ast::function &f, const ast::attribute &a, model::function &m)
{
	static const std::map<std::string, model::restart> known = {{"fail", model::restart::fail},
								    {"drop", model::restart::drop},
								    {"resubmit", model::restart::resubmit},
								    {"replay", model::restart::replay}};
	auto it = a.words.size() == 1 ? known.find(a.words[0].text) : known.end();
	if (it == known.end()) {
		diags_.error("restart-unknown", a.at, "a restart means 'fail', 'drop', 'resubmit' or 'replay'");
		return;
	}
	m.restart = it->second;
	bool results = std::any_of(m.params.begin(), m.params.end(), [](const model::value &v) { return v.out; });
	if (!f.from_host)
		diags_.error("restart-domain", a.at, "a message of the domain dies with it");
	else if (results && (m.restart == model::restart::drop || m.restart == model::restart::replay))
		diags_.error("restart-results", a.at,
			     fmt::format("'{}' has results, which nobody can make up", m.name))
			.suggest("restart fail, or restart resubmit");
	else if (!m.wait && (m.restart == model::restart::resubmit || m.restart == model::restart::replay))
		diags_.error("restart-post", a.at, "nobody knows whether a posted message was taken")
			.suggest("the table of what is in flight belongs to the implementation");
}

/// What is kept must be worth keeping, and small.
void analyser::keeps(const ast::function &f, const model::function &m)
{
	if ((m.once || m.restart == model::restart::replay) && m.in.size + m.out.size > 512)
		diags_.error("kept-large", f.at,
			     fmt::format("'{}' would keep {} bytes for each object; at most 512 are kept", m.name,
					 m.in.size + m.out.size));
	if (m.restart == model::restart::replay && !m.in.size)
		diags_.error("restart-nothing", f.at, fmt::format("'{}' has no arguments that could be said again", m.name));
	if (m.once && m.restart == model::restart::replay)
		diags_.error("once-replay", f.at, "an answer that is kept needs no second asking");
}

namespace {

const std::set<std::string> &capabilities()
{
	static const std::set<std::string> names = {
		"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap",
		"linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw", "ipc_lock", "ipc_owner",
		"sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct", "sys_admin", "sys_boot", "sys_nice",
		"sys_resource", "sys_time", "sys_tty_config", "mknod", "lease", "audit_write", "audit_control", "setfcap",
		"mac_override", "mac_admin", "syslog", "wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf",
		"checkpoint_restore"};
	return names;
}

} // namespace

void analyser::opcodes(const ast::opcode_table &t)
{
	if (!declare(types_, t.name, "type"))
		return;
	auto m = std::make_unique<model::opcode_table>();
	m->name = t.name.text;
	m->at = t.name.at;
	const scalar_name *s = find_scalar(t.base.text);
	if (!s || s->sign || t.base.text == "bool") {
		diags_.error("enum-base", t.base.at, "the type that carries it is u8, u16, u32 or u64");
		return;
	}
	m->bytes = s->width;
	std::map<uint64_t, span> taken;
	for (const ast::operation &o : t.operations) {
		model::opcode c;
		c.at = o.at;
		wide code = evaluate(*o.code, constants_, diags_).value_or(0);
		if (code < 0 || code >> (8 * s->width))
			diags_.error("opcode-range", o.code->at, fmt::format("{} does not fit in {}", show(code), t.base.text));
		c.code = static_cast<uint64_t>(code);
		auto [it, fresh] = taken.emplace(c.code, o.at);
		if (!fresh)
			diags_.error("opcode-twice", o.at, fmt::format("{} is declared twice", show(code)))
				.with(it->second, "the first one is here");
		const std::string &d = o.direction.text;
		c.in = d == "in" || d == "inout";
		c.out = d == "out" || d == "inout";
		if (!c.in && !c.out && d != "none")
			diags_.error("opcode-direction", o.direction.at, "the direction is 'in' (to the domain), 'out', 'inout' or 'none'");
		wide max = o.max ? evaluate(*o.max, constants_, diags_).value_or(0) : 0;
		if ((c.in || c.out) != !!o.max || (o.max && (max < 1 || max > model::area_bytes)))
			diags_.error("opcode-max", o.at,
				     fmt::format("an operation that moves data says 'max' and 1 to {} bytes, others do not",
						 model::area_bytes));
		else
			c.max = static_cast<uint32_t>(max);
		if (o.capability && !capabilities().count(o.capability.text))
			diags_.error("opcode-capability", o.capability.at, fmt::format("no capability '{}'", o.capability.text))
				.suggest("as in capability(7), small and without CAP_: sys_admin");
		else if (o.capability) {
			c.capability = "CAP_" + o.capability.text;
			for (char &x : c.capability)
				x = static_cast<char>(std::toupper(static_cast<unsigned char>(x)));
		}
		if (o.restart.text == "resubmit")
			c.restart = model::restart::resubmit;
		else if (o.restart && o.restart.text != "fail")
			diags_.error("opcode-restart", o.restart.at, "a restart means 'fail' or 'resubmit' to an operation");
		m->codes.push_back(c);
	}
	if (t.operations.empty())
		diags_.error("enum-empty", t.name.at, fmt::format("'{}' has no value", t.name.text));
	out_->opcodes.push_back(std::move(m));
}

/// A table speaks about the counted arrays of the call that carries the opcode.
void analyser::opcode_use(const ast::function &f, const model::function &m)
{
	const model::value *code = nullptr;
	bool in = false, out = false;
	for (const model::value &v : m.params) {
		if (v.codes && (!f.from_host || !m.wait || v.out || v.shape != array::none || code))
			diags_.error("opcode-use", v.at, "an opcode is the one that a waiting call of the host carries");
		code = v.codes ? &v : code;
		in |= v.shape == array::counted && !v.out;
		out |= v.shape == array::counted && v.out;
	}
	if (!code)
		return;
	for (const model::opcode &c : code->codes->codes) {
		if ((c.in && !in) || (c.out && !out))
			diags_.error("opcode-buffer", f.at,
				     fmt::format("'{}' has no counted array for the data of operation {:#x}", m.name, c.code))
				.with(c.at, "the operation");
	}
	if (m.restart != model::restart::none)
		diags_.error("opcode-restart", f.at, "each operation says what a restart does with it").with(code->codes->at, "here");
}

void analyser::symbols()
{
	static const std::set<std::string> kinds = {"forwarded", "runtime", "library", "data", "stub", "percpu"};
	std::map<std::string, span> taken;
	for (const ast::symbol_class &c : ast_.symbols) {
		if (!kinds.count(c.kind.text))
			diags_.error("symbols-kind", c.kind.at,
				     "symbols are 'forwarded', 'runtime', 'library', 'data', 'stub' or 'percpu'");
		model::symbol_class m;
		m.kind = c.kind.text;
		for (const ast::ident &n : c.names) {
			auto [it, fresh] = taken.emplace(n.text, n.at);
			if (!fresh)
				diags_.error("name-twice", n.at, fmt::format("symbol '{}' is declared twice", n.text))
					.with(it->second, "the first one is here");
			m.names.push_back(n.text);
		}
		out_->symbols.push_back(std::move(m));
	}
}

} // namespace lxd::idl
