// SPDX-License-Identifier: GPL-2.0-only
/// Machines, symbol classes, opcode tables, what is checked against the kernel.
#include "parser_class.hpp"

namespace lxd::idl {

void parser::machine()
{
	take();
	ast::machine m;
	m.name = name("the machine's name");
	if (!accept("of"))
		fail("'of' and the handle whose object it watches");
	m.object = name("a handle");
	expect("{");
	while (!is("}") && cur().kind != tok::end) {
		bool start = accept("start");
		if (!accept("state"))
			fail("'state'");
		ast::state s;
		s.name = name("the state's name");
		if (start) {
			if (m.initial)
				diags_.error("machine-start-twice", s.name.at, "a machine has one start state")
					.with(m.initial.at, "the first one is here");
			m.initial = s.name;
		}
		expect("{");
		while (!is("}") && cur().kind != tok::end) {
			size_t before = pos_;
			try {
				s.transitions.push_back(transition());
			} catch (bail) {
				skip_statement(before);
			}
		}
		expect("}");
		m.states.push_back(std::move(s));
	}
	expect("}");
	accept(";");
	out_.machines.push_back(std::move(m));
}

ast::transition parser::transition()
{
	ast::transition t;
	do
		t.functions.push_back(name("a function, 'other' or '}'"));
	while (accept(","));
	expect(":");
	t.action = name("accept, drop, defer or kill");
	if (accept("->"))
		t.next = name("the next state");
	if (t.next && accept("->"))
		t.then = name("the state after the call");
	semicolon("the rule");
	return t;
}

void parser::symbols()
{
	take();
	ast::symbol_class c;
	c.kind = name("forwarded, runtime, library, data, stub or percpu");
	expect("{");
	while (!is("}")) {
		c.names.push_back(name("a symbol or '}'"));
		if (!accept(","))
			break;
	}
	expect("}");
	accept(";");
	out_.symbols.push_back(std::move(c));
}

void parser::opcodes()
{
	take();
	ast::opcode_table t;
	t.name = name("the table's name");
	expect(":");
	t.base = name("the type that carries the code");
	expect("{");
	while (!is("}") && cur().kind != tok::end) {
		size_t before = pos_;
		try {
			t.operations.push_back(operation());
			semicolon("the operation");
		} catch (bail) {
			skip_statement(before);
		}
	}
	expect("}");
	accept(";");
	out_.opcodes.push_back(std::move(t));
}

/// 0x06: out max 4096 capability sys_admin restart fail
ast::operation parser::operation()
{
	ast::operation o;
	span begin = cur().at;
	o.code = expression();
	expect(":");
	o.direction = name("in, out, inout or none");
	for (;;) {
		if (is("max") && !o.max) {
			take();
			o.max = expression();
		} else if (is("capability") && !o.capability) {
			take();
			o.capability = name("a capability");
		} else if (is("restart") && !o.restart) {
			take();
			o.restart = name("what a restart does");
		} else {
			break;
		}
	}
	o.at = begin.to(last());
	return o;
}

/// kernel "6.1" { struct s { type field; ... } function type f(type a, ...); }
void parser::kernel()
{
	take();
	std::string version = cur().kind == tok::string ? std::string(take().text) : "";
	expect("{");
	while (!is("}") && cur().kind != tok::end) {
		size_t before = pos_;
		try {
			out_.bindings.push_back(binding());
			out_.bindings.back().kernel = version;
		} catch (bail) {
			skip_statement(before);
		}
	}
	expect("}");
	accept(";");
}

ast::binding parser::binding()
{
	ast::binding b;
	span begin = cur().at;
	if (accept("struct")) {
		b.name = name("the kernel's structure");
		b.module = module();
		expect("{");
		while (!is("}") && cur().kind != tok::end) {
			b.fields.push_back(field(false));
			semicolon("the field");
		}
		expect("}");
		b.at = begin.to(last());
		accept(";");
	} else if (accept("function")) {
		b.function = true;
		b.result = c_declaration(&b.name);
		if (!b.name)
			fail("the function's name");
		expect("(");
		if (!is(")"))
			do
				b.params.push_back(c_declaration(nullptr));
			while (accept(","));
		if (b.params.size() == 1 && b.params[0].text == "void")
			b.params.clear();
		expect(")");
		b.at = begin.to(last());
		b.module = module();
		semicolon("the function");
	} else {
		fail("'struct' or 'function'");
	}
	return b;
}

/// `struct pci_dev *dev`: a type and a name. The name goes to `id`; in a parameter it says nothing.
ast::c_type parser::c_declaration(ast::ident *id)
{
	std::vector<size_t> words;
	ast::c_type t;
	size_t begin = pos_;
	t.at = cur().at;
	if (!id && accept("..")) {
		expect(".");
		t.text = "...";
		return t;
	}
	while (cur().kind == tok::word || is("*"))
		take();
	size_t end = pos_;
	auto word = [this](size_t i) { return tokens_[i].kind == tok::word; };
	static const std::vector<std::string> alone = {"int", "char", "long", "short", "void", "unsigned", "signed"};
	bool typed = false;
	for (size_t i = begin; i + 1 < end; i++)
		typed |= word(i) && tokens_[i].text != "const" && tokens_[i].text != "struct" &&
			 tokens_[i].text != "union" && tokens_[i].text != "enum";
	if (end > begin && word(end - 1) && typed &&
	    (id || std::find(alone.begin(), alone.end(), tokens_[end - 1].text) == alone.end())) {
		end--;
		if (id)
			*id = {std::string(tokens_[end].text), tokens_[end].at};
	}
	if (end == begin)
		fail("a type");
	for (size_t i = begin; i < end; i++) {
		if (!t.text.empty() && !t.text.ends_with('*'))
			t.text += ' ';
		t.text += tokens_[i].text;
	}
	t.at = t.at.to(tokens_[end - 1].at);
	return t;
}

} // namespace lxd::idl
