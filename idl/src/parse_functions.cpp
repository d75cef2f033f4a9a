// SPDX-License-Identifier: GPL-2.0-only
/// Functions and their attributes.
#include "parser_class.hpp"

namespace lxd::idl {

void parser::functions()
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

ast::function parser::function(bool host)
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

bool parser::starts_function() const
{
	if (is("data"))
		return ahead(1).text == "post" || ahead(1).text == "wait";
	return (is("wait") || is("post")) && (ahead(1).text == "int" || ahead(1).text == "void");
}

ast::attribute parser::attribute()
{
	ast::attribute a;
	a.name = name("an attribute");
	span begin = a.name.at;
	if (cur().kind == tok::number) {
		a.value = primary();
		if (accept("/"))
			a.unit = name("a unit of time");
		else if (is("ms") || is("s") || is("min"))
			a.unit = name("");
	} else if (a.name.text == "context" || a.name.text == "restart" || a.name.text == "under" ||
		   a.name.text == "calls" || a.name.text == "effect") {
		// An effect is a sum, the others are lists.
		do
			a.words.push_back(name("a word"));
		while (accept(a.name.text == "effect" ? "+" : ","));
	} else if (cur().kind == tok::string) {
		a.text = std::string(take().text);
	}
	a.at = begin.to(last());
	return a;
}

} // namespace lxd::idl
