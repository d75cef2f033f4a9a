// SPDX-License-Identifier: GPL-2.0-only
#include "parser.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lxd::idl {
namespace {

/// Thrown inside of one item, caught where the parser can go on.
struct bail {};

class parser {
public:
	parser(const source_manager &sources, uint32_t file, const token_list &tokens, diagnostics &diags)
		: sources_(sources), tokens_(tokens.tokens), diags_(diags)
	{
		out_.id = file;
	}

	ast::file run()
	{
		while (cur().kind != tok::end) {
			size_t before = pos_;
			try {
				item();
			} catch (bail) {
				recover(before);
			}
		}
		return std::move(out_);
	}

private:
	const token &cur() const { return tokens_[pos_]; }
	const token &ahead(size_t n) const { return tokens_[std::min(pos_ + n, tokens_.size() - 1)]; }
	const token &take()
	{
		const token &t = cur();
		if (t.kind != tok::end)
			pos_++;
		return t;
	}
	span last() const { return pos_ ? tokens_[pos_ - 1].at : cur().at; }

	bool is(std::string_view text) const
	{
		return (cur().kind == tok::symbol || cur().kind == tok::word) && cur().text == text;
	}
	bool accept(std::string_view text)
	{
		if (!is(text))
			return false;
		take();
		return true;
	}

	std::string shown() const
	{
		if (cur().kind == tok::end)
			return "the end of the file";
		std::string_view t = sources_.text(cur().at);
		return fmt::format("'{}'", t.substr(0, 40));
	}

	[[noreturn]] void fail(std::string_view wanted)
	{
		diags_.error("syntax", cur().at, fmt::format("expected {}, found {}", wanted, shown()));
		throw bail{};
	}

	/// A missing `;` is reported behind what came before and does not disturb the rest.
	void semicolon(std::string_view after)
	{
		if (accept(";"))
			return;
		span at = last();
		at.begin = at.end > at.begin ? at.end - 1 : at.end;
		diags_.error("syntax-semicolon", at, fmt::format("missing ';' after {}", after))
			.suggest("add ';' here");
		if (cur().kind == tok::word || is("}") || cur().kind == tok::end)
			return;
		throw bail{};
	}

	void expect(std::string_view symbol)
	{
		if (!accept(symbol))
			fail(fmt::format("'{}'", symbol));
	}

	ast::ident name(std::string_view what)
	{
		if (cur().kind != tok::word)
			fail(what);
		const token &t = take();
		return {std::string(t.text), t.at};
	}

	/// Skips to behind the next `;` or `}` of this level.
	void recover(size_t before)
	{
		int depth = 0;
		for (size_t i = before; i < pos_; i++)
			if (tokens_[i].kind == tok::symbol)
				depth += tokens_[i].text == "{" ? 1 : tokens_[i].text == "}" ? -1 : 0;
		depth = std::max(depth, 0);
		while (cur().kind != tok::end) {
			if (depth == 0 && pos_ > before && starts_item())
				return;
			if (is("{")) {
				depth++;
			} else if (is("}")) {
				take();
				if (--depth <= 0) {
					accept(";");
					return;
				}
				continue;
			} else if (is(";") && depth == 0) {
				take();
				return;
			}
			take();
		}
	}

	bool starts_item() const
	{
		for (const char *w : {"interface", "driver", "include", "struct", "handle", "from"})
			if (is(w))
				return true;
		return false;
	}

	void item()
	{
		const token &t = cur();
		if (t.kind != tok::word)
			fail("a declaration");
		if (t.text == "interface")
			interface();
		else if (t.text == "driver")
			driver();
		else if (t.text == "include")
			include();
		else if (t.text == "const")
			constant();
		else if (t.text == "enum" || t.text == "flags")
			enumeration();
		else if (t.text == "handle")
			handle();
		else if (t.text == "struct")
			structure();
		else if (t.text == "from")
			functions();
		else if (t.text == "machine")
			machine();
		else if (t.text == "symbols")
			symbols();
		else if (t.text == "opcodes")
			opcodes();
		else if (t.text == "kernel")
			kernel();
		else
			unknown_item();
	}

	[[noreturn]] void unknown_item()
	{
		static const std::vector<std::string> words = {"interface", "driver", "include", "const", "enum",
							       "flags", "handle", "struct", "from", "machine",
							       "symbols", "opcodes", "kernel"};
		diagnostic &d = diags_.error("syntax-item", cur().at,
					     fmt::format("no declaration begins with {}", shown()));
		std::string near = nearest(std::string(cur().text), words);
		if (!near.empty())
			d.suggest(fmt::format("did you mean '{}'?", near));
		else if (cur().text == "wait" || cur().text == "post" || cur().text == "data")
			d.suggest("functions stand in 'from host { ... }' or 'from domain { ... }'");
		take();
		throw bail{};
	}

	void interface()
	{
		span at = take().at;
		ast::ident id = name("the interface's name");
		expect("=");
		ast::expr_ptr number = expression();
		if (out_.interface_name)
			diags_.error("interface-twice", at, "a file declares one interface")
				.with(out_.interface_name.at, "the first one is here");
		else {
			out_.interface_name = id;
			out_.interface_number = std::move(number);
		}
		semicolon("the interface");
	}

	void driver()
	{
		span at = take().at;
		ast::ident id = name("the driver's name");
		if (out_.driver_name)
			diags_.error("driver-twice", at, "a file declares one driver")
				.with(out_.driver_name.at, "the first one is here");
		else
			out_.driver_name = id;
		semicolon("the driver's name");
	}

	void include()
	{
		take();
		if (cur().kind != tok::string)
			fail("the path of a file in quotes");
		const token &t = take();
		out_.includes.push_back({std::string(t.text), t.at});
		accept(";");
	}

	void constant()
	{
		take();
		ast::constant c;
		c.name = name("the constant's name");
		expect("=");
		c.value = expression();
		out_.constants.push_back(std::move(c));
		semicolon("the constant");
	}

	void enumeration()
	{
		ast::enumeration e;
		e.flags = take().text == "flags";
		e.name = name(e.flags ? "the name of the set" : "the enumeration's name");
		expect(":");
		e.base = name("the type that carries it");
		expect("{");
		while (!is("}")) {
			ast::enumerator v;
			v.name = name("a name or '}'");
			if (accept("="))
				v.value = expression();
			e.values.push_back(std::move(v));
			if (!accept(","))
				break;
		}
		expect("}");
		accept(";");
		out_.enumerations.push_back(std::move(e));
	}

	void handle()
	{
		take();
		ast::handle h;
		h.name = name("the handle's name");
		expect("is");
		if (cur().kind != tok::string)
			fail("the host's C type in quotes, as in \"struct klcd_disk\"");
		h.c_type_at = cur().at;
		h.c_type = take().text;
		out_.handles.push_back(std::move(h));
		semicolon("the handle");
	}

	void structure()
	{
		take();
		ast::structure s;
		s.name = name("the structure's name");
		if (accept("is")) {
			if (cur().kind != tok::string)
				fail("the kernel's type in quotes");
			s.kernel_at = cur().at;
			s.kernel = take().text;
		}
		expect("{");
		while (!is("}") && cur().kind != tok::end) {
			size_t before = pos_;
			try {
				s.fields.push_back(field(false));
				semicolon("the field");
			} catch (bail) {
				skip_statement(before);
			}
		}
		expect("}");
		accept(";");
		out_.structures.push_back(std::move(s));
	}

	/// Inside of braces: goes behind the next `;`, or stops before `}`.
	void skip_statement(size_t before)
	{
		if (pos_ == before && !is("}"))
			take();
		int depth = 0;
		while (cur().kind != tok::end) {
			if (depth == 0 && is("}"))
				return;
			if (depth == 0 && is(";")) {
				take();
				return;
			}
			if (is("{"))
				depth++;
			else if (is("}"))
				depth--;
			take();
		}
	}

	ast::field field(bool parameter)
	{
		ast::field f;
		span begin = cur().at;
		if (parameter && is("out") && ahead(1).kind == tok::word) {
			take();
			f.out = true;
		}
		if (is("secret") && ahead(1).kind == tok::word && ahead(2).kind == tok::word)
			f.secret = take().at;
		f.type = name(parameter ? "a parameter's type" : "a field's type or '}'");
		f.name = name(parameter ? "the parameter's name" : "the field's name");
		while (is("["))
			bracket(f);
		if (is("power")) {
			span at = take().at;
			if (!is("of") || ahead(1).text != "two")
				fail("'power of two'");
			take();
			take();
			f.power_of_two = at.to(last());
		}
		f.at = begin.to(last());
		return f;
	}

	void bracket(ast::field &f)
	{
		span open = take().at;
		ast::expr_ptr first = expression();
		if (accept("..")) {
			ast::expr_ptr high = expression();
			expect("]");
			if (f.low)
				twice(open, f, "a second range");
			f.low = std::move(first);
			f.high = std::move(high);
			f.range_at = open.to(last());
		} else if (is("max")) {
			take();
			ast::expr_ptr max = expression();
			expect("]");
			if (first->k != ast::expr::kind::name) {
				diags_.error("count-not-name", first->at, "the count of an array is a name")
					.suggest("write x[n max 64]; n is a parameter or becomes one");
				throw bail{};
			}
			if (f.size || f.max)
				twice(open, f, "a second dimension");
			f.count = {first->name, first->at};
			f.max = std::move(max);
		} else {
			expect("]");
			if (f.size || f.max)
				twice(open, f, "a second dimension");
			f.size = std::move(first);
		}
	}

	void twice(span open, const ast::field &f, const char *what)
	{
		diags_.error("declarator-twice", open.to(last()), fmt::format("'{}' has {}", f.name.text, what))
			.suggest("an array has one dimension and one range for all of its elements");
	}

	void functions()
	{
		take();
		bool host = is("host");
		if (!host && !is("domain"))
			fail("'host' or 'domain'");
		take();
		expect("{");
		while (!is("}") && cur().kind != tok::end) {
			size_t before = pos_;
			try {
				out_.functions.push_back(function(host));
			} catch (bail) {
				skip_statement(before);
			}
		}
		expect("}");
		accept(";");
	}

	ast::function function(bool host)
	{
		ast::function f;
		f.from_host = host;
		span begin = cur().at;
		f.data = accept("data");
		if (!is("wait") && !is("post"))
			fail("'wait' or 'post'");
		f.mode = name("");
		if (!is("int") && !is("void"))
			fail("'int' or 'void'");
		f.result = name("");
		f.name = name("the function's name");
		expect("(");
		if (!is(")")) {
			do
				f.params.push_back(field(true));
			while (accept(","));
		}
		if (!is(")"))
			fail("',' or ')'");
		take();
		f.at = begin.to(last());
		while (cur().kind == tok::word && !starts_function())
			f.attributes.push_back(attribute());
		semicolon("the function");
		return f;
	}

	/// After a forgotten `;`: does the next function begin here?
	bool starts_function() const
	{
		if (is("data"))
			return ahead(1).text == "post" || ahead(1).text == "wait";
		return (is("wait") || is("post")) && (ahead(1).text == "int" || ahead(1).text == "void");
	}

	ast::attribute attribute()
	{
		ast::attribute a;
		a.name = name("an attribute");
		span begin = a.name.at;
		if (cur().kind == tok::number) {
			a.value = primary();
			if (accept("/"))
				a.unit = name("a unit of time");
			else if (is("ms") || is("s"))
				a.unit = name("");
		} else if (a.name.text == "context" || a.name.text == "restart" || a.name.text == "under" ||
			   a.name.text == "calls" || a.name.text == "moves") {
			do
				a.words.push_back(name("a word"));
			while (accept(","));
		}
		a.at = begin.to(last());
		return a;
	}

	void machine()
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

	ast::transition transition()
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

	void symbols()
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

	void opcodes()
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

	/// kernel { struct s { type field; ... } function f(type a, ...); }
	void kernel()
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

	ast::expr_ptr expression() { return sum(); }

	ast::expr_ptr binary(char op, ast::expr_ptr l, ast::expr_ptr r)
	{
		auto e = std::make_unique<ast::expr>();
		e->k = ast::expr::kind::binary;
		e->op = op;
		e->at = l->at.to(r->at);
		e->left = std::move(l);
		e->right = std::move(r);
		return e;
	}

	/// Bounds recursion here, in evaluation and in destruction alike.
	void deeper()
	{
		if (++nodes_ > 2000) {
			diags_.error("expression-too-deep", cur().at, "the expressions of this file are too many or too deep");
			pos_ = tokens_.size() - 1;
			throw bail{};
		}
	}

	ast::expr_ptr sum()
	{
		ast::expr_ptr l = product();
		while (is("+") || is("-") || is("|") || is("<<")) {
			char op = is("<<") ? 's' : cur().text[0];
			take();
			deeper();
			ast::expr_ptr r = product();
			l = binary(op, std::move(l), std::move(r));
		}
		return l;
	}

	ast::expr_ptr product()
	{
		ast::expr_ptr l = primary();
		while (is("*") || is("&")) {
			char op = take().text[0];
			deeper();
			ast::expr_ptr r = primary();
			l = binary(op, std::move(l), std::move(r));
		}
		return l;
	}

	ast::expr_ptr primary()
	{
		const token &t = cur();
		auto e = std::make_unique<ast::expr>();
		e->at = t.at;
		if (t.kind == tok::number) {
			e->number = t.value;
			take();
		} else if (t.kind == tok::word) {
			e->k = ast::expr::kind::name;
			e->name = t.text;
			take();
		} else if (is("-")) {
			take();
			deeper();
			e->k = ast::expr::kind::negate;
			e->left = primary();
			e->at = e->at.to(e->left->at);
		} else if (is("(")) {
			take();
			deeper();
			e = expression();
			expect(")");
		} else {
			fail("a number or a name");
		}
		return e;
	}

	const source_manager &sources_;
	const std::vector<token> &tokens_;
	diagnostics &diags_;
	size_t pos_ = 0;
	size_t nodes_ = 0;
	ast::file out_;
};

} // namespace

ast::file parse(const source_manager &sources, uint32_t file, const token_list &tokens, diagnostics &diags)
{
	return parser(sources, file, tokens, diags).run();
}

} // namespace lxd::idl
