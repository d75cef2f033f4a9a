// SPDX-License-Identifier: GPL-2.0-only
/// Constants, enumerations, handles, structures and their fields.
#include "parser_class.hpp"

namespace lxd::idl {

void parser::constant()
{
	take();
	ast::constant c;
	c.name = name("the constant's name");
	expect("=");
	c.value = expression();
	out_.constants.push_back(std::move(c));
	semicolon("the constant");
}

void parser::enumeration()
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

void parser::handle()
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

void parser::structure()
{
	take();
	ast::structure s;
	s.name = name("the structure's name");
	if (accept("is")) {
		if (cur().kind != tok::string)
			fail("the kernel's type in quotes");
		s.kernel_at = cur().at;
		s.kernel = take().text;
		s.module = module();
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

/// union NAME of ENUM { tag: type field; tag; }
void parser::choice()
{
	take();
	ast::choice c;
	c.name = name("the union's name");
	if (!accept("of"))
		fail("'of' and the enumeration that says which member it is");
	c.tag_type = name("an enumeration");
	expect("{");
	while (!is("}") && cur().kind != tok::end) {
		size_t before = pos_;
		try {
			ast::alternative a;
			a.tag = name("a value of the enumeration or '}'");
			if (accept(":"))
				a.value = field(false);
			c.alternatives.push_back(std::move(a));
			semicolon("the member");
		} catch (bail) {
			skip_statement(before);
		}
	}
	expect("}");
	accept(";");
	out_.choices.push_back(std::move(c));
}

/// `in "module"`, or nothing.
std::string parser::module()
{
	if (!is("in") || ahead(1).kind != tok::string)
		return {};
	take();
	return std::string(take().text);
}

ast::field parser::field(bool parameter)
{
	ast::field f;
	span begin = cur().at;
	if (parameter && is("out") && ahead(1).kind == tok::word) {
		take();
		f.out = true;
	}
	auto prefix = [this](std::string_view w) {
		return is(w) && ahead(1).kind == tok::word && ahead(2).kind == tok::word;
	};
	if (parameter && prefix("bulk"))
		f.bulk = take().at;
	for (const char *label : {"secret", "host", "domain", "public"})
		if (!f.label && prefix(label))
			f.label = name("");
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
	if (is("any") && ahead(1).kind == tok::string) {
		span at = take().at;
		f.any = take().text;
		f.any_at = at.to(last());
	}
	if (!parameter && is("as") && ahead(1).kind == tok::string) {
		take();
		f.kernel_name = take().text;
	}
	f.at = begin.to(last());
	return f;
}

void parser::bracket(ast::field &f)
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

void parser::twice(span open, const ast::field &f, const char *what)
{
	diags_.error("declarator-twice", open.to(last()), fmt::format("'{}' has {}", f.name.text, what))
		.suggest("an array has one dimension and one range for all of its elements");
}

} // namespace lxd::idl
