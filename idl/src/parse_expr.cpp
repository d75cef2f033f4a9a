// SPDX-License-Identifier: GPL-2.0-only
/// Expressions.
#include "parser_class.hpp"

namespace lxd::idl {

ast::expr_ptr parser::binary(char op, ast::expr_ptr l, ast::expr_ptr r)
{
	auto e = std::make_unique<ast::expr>();
	e->k = ast::expr::kind::binary;
	e->op = op;
	e->at = l->at.to(r->at);
	e->left = std::move(l);
	e->right = std::move(r);
	return e;
}

void parser::deeper()
{
	if (++nodes_ > 2000) {
		diags_.error("expression-too-deep", cur().at, "the expressions of this file are too many or too deep");
		pos_ = tokens_.size() - 1;
		throw bail{};
	}
}

ast::expr_ptr parser::sum()
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

ast::expr_ptr parser::product()
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

ast::expr_ptr parser::primary()
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

} // namespace lxd::idl
