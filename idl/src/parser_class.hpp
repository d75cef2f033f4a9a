// SPDX-License-Identifier: GPL-2.0-only
/// The parser's class; its methods lie in parser.cpp (items, recovery) and parse_*.cpp by topic.
#pragma once
#include "parser.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lxd::idl {

/// Thrown inside of one item, caught where the parser can go on.
struct bail {};

class parser {
public:
	parser(const source_manager &sources, uint32_t file, const token_list &tokens, diagnostics &diags)
		: sources_(sources), tokens_(tokens.tokens), diags_(diags)
	{
		out_.id = file;
	}
	ast::file run();


private:
	const token &cur() const { return tokens_[pos_]; }
	const token &ahead(size_t n) const { return tokens_[std::min(pos_ + n, tokens_.size() - 1)]; }
	const token &take();
	span last() const { return pos_ ? tokens_[pos_ - 1].at : cur().at; }
	bool is(std::string_view text) const;
	bool accept(std::string_view text);
	std::string shown() const;
	[[noreturn]] void fail(std::string_view wanted);
	/// A missing `;` is reported behind what came before and does not disturb the rest.
	void semicolon(std::string_view after);
	void expect(std::string_view symbol);
	ast::ident name(std::string_view what);
	/// Skips to behind the next `;` or `}` of this level.
	void recover(size_t before);
	bool starts_item() const;
	void item();
	[[noreturn]] void unknown_item();
	void interface();
	void driver();
	void include();
	void constant();
	void enumeration();
	void handle();
	void structure();
	/// Inside of braces: goes behind the next `;`, or stops before `}`.
	void skip_statement(size_t before);
	void choice();
	std::string module();
	ast::field field(bool parameter);
	void bracket(ast::field &f);
	void twice(span open, const ast::field &f, const char *what);
	void functions();
	ast::function function(bool host);
	/// After a forgotten `;`: does the next function begin here?
	bool starts_function() const;
	ast::attribute attribute();
	void machine();
	ast::transition transition();
	void symbols();
	void opcodes();
	ast::operation operation();
	void kernel();
	ast::binding binding();
	ast::c_type c_declaration(ast::ident *id);
	ast::expr_ptr expression() { return sum(); }
	ast::expr_ptr binary(char op, ast::expr_ptr l, ast::expr_ptr r);
	/// Bounds recursion here, in evaluation and in destruction alike.
	void deeper();
	ast::expr_ptr sum();
	ast::expr_ptr product();
	ast::expr_ptr primary();
	const source_manager &sources_;
	const std::vector<token> &tokens_;
	diagnostics &diags_;
	size_t pos_ = 0;
	size_t nodes_ = 0;
	ast::file out_;
};

} // namespace lxd::idl
