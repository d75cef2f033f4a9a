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
	semicolon("the rule");
	return t;
}

void parser::symbols()
{
	take();
	ast::symbol_class c;
	c.kind = name("runtime, library, data, stub or percpu");
	expect("{");
	while (!is("}")) {
		c.names.push_back(name("a symbol or '}'"));
		if (!accept(","))
			break;
	}
	expect("}");
	out_.symbols.push_back(std::move(c));
}

void parser::opcodes()
{
	take();
	ast::opcode_table t;
	t.name = name("the table's name");
	expect("{");
	while (!is("}") && cur().kind != tok::end) {
		ast::operation o;
		span begin = cur().at;
		o.code = expression();
		expect(":");
		o.direction = name("in, out, inout or none");
		if (accept("max"))
			o.max = expression();
		while (is("capability") || is("restart")) {
			if (accept("capability"))
				o.capability = name("a capability");
			else if (accept("restart"))
				o.restart = name("what a restart does");
		}
		o.at = begin.to(last());
		t.operations.push_back(std::move(o));
		semicolon("the operation");
	}
	expect("}");
	out_.opcodes.push_back(std::move(t));
}

void parser::kernel()
{
	take();
	expect("{");
	while (!is("}") && cur().kind != tok::end) {
		ast::binding b;
		span begin = cur().at;
		b.kind = name("'struct' or 'function'");
		b.name = name("the kernel's name");
		if (b.kind.text == "struct") {
			expect("{");
			while (!is("}") && cur().kind != tok::end) {
				b.fields.push_back(field(false));
				semicolon("the field");
			}
			expect("}");
			accept(";");
		} else if (b.kind.text == "function") {
			expect("(");
			if (!is(")"))
				do {
					ast::field f;
					f.type = name("a type");
					f.name = name("a name");
					f.at = f.type.at.to(f.name.at);
					b.fields.push_back(std::move(f));
				} while (accept(","));
			expect(")");
			semicolon("the function");
		} else {
			pos_ -= 2;
			fail("'struct' or 'function'");
		}
		b.at = begin.to(last());
		out_.bindings.push_back(std::move(b));
	}
	expect("}");
}

} // namespace lxd::idl
