// SPDX-License-Identifier: GPL-2.0-only
/// Items of a file, and how to go on after an error.
#include "parser_class.hpp"

namespace lxd::idl {

ast::file parser::run()
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

const token &parser::take()
{
	const token &t = cur();
	if (t.kind != tok::end)
		pos_++;
	return t;
}

bool parser::is(std::string_view text) const
{
	return (cur().kind == tok::symbol || cur().kind == tok::word) && cur().text == text;
}

bool parser::accept(std::string_view text)
{
	if (!is(text))
		return false;
	take();
	return true;
}

std::string parser::shown() const
{
	if (cur().kind == tok::end)
		return "the end of the file";
	std::string_view t = sources_.text(cur().at);
	return fmt::format("'{}'", t.substr(0, 40));
}

void parser::fail(std::string_view wanted)
{
	diags_.error("syntax", cur().at, fmt::format("expected {}, found {}", wanted, shown()));
	throw bail{};
}

void parser::semicolon(std::string_view after)
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

void parser::expect(std::string_view symbol)
{
	if (!accept(symbol))
		fail(fmt::format("'{}'", symbol));
}

ast::ident parser::name(std::string_view what)
{
	if (cur().kind != tok::word)
		fail(what);
	const token &t = take();
	return {std::string(t.text), t.at};
}

void parser::recover(size_t before)
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

bool parser::starts_item() const
{
	for (const char *w : {"interface", "driver", "include", "struct", "union", "handle", "machine", "opcodes", "kernel",
			      "from"})
		if (is(w))
			return true;
	return false;
}

void parser::item()
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
	else if (t.text == "union")
		choice();
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

void parser::unknown_item()
{
	static const std::vector<std::string> words = {"interface", "driver", "include", "const", "enum",
						       "flags", "handle", "struct", "union", "from", "machine",
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

void parser::interface()
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

void parser::driver()
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

void parser::include()
{
	take();
	if (cur().kind != tok::string)
		fail("the path of a file in quotes");
	const token &t = take();
	out_.includes.push_back({std::string(t.text), t.at});
	accept(";");
}

void parser::skip_statement(size_t before)
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

ast::file parse(const source_manager &sources, uint32_t file, const token_list &tokens, diagnostics &diags)
{
	return parser(sources, file, tokens, diags).run();
}

} // namespace lxd::idl
