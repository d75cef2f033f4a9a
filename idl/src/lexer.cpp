// SPDX-License-Identifier: GPL-2.0-only
#include "lexer.hpp"

#include <fmt/format.h>

namespace lxd::idl {
namespace {

bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

class lexer {
public:
	lexer(const source_manager &sources, uint32_t file, diagnostics &diags)
		: text_(sources.file(file).text), file_(file), diags_(diags)
	{
	}

	token_list run()
	{
		while (skip_blank())
			one();
		push(tok::end, pos_, pos_);
		return std::move(out_);
	}

private:
	span at(uint32_t begin, uint32_t end) const { return {file_, begin, end}; }
	char peek(uint32_t n = 0) const { return pos_ + n < text_.size() ? text_[pos_ + n] : '\0'; }

	token &push(tok kind, uint32_t begin, uint32_t end)
	{
		token t;
		t.kind = kind;
		t.at = at(begin, end);
		t.text = text_.substr(begin, end - begin);
		return out_.tokens.emplace_back(t);
	}

	/// False at the end of the file.
	bool skip_blank()
	{
		while (pos_ < text_.size()) {
			char c = peek();
			if (c == '\n') {
				line_blank_ = true;
				pos_++;
			} else if (c == ' ' || c == '\t' || c == '\r') {
				pos_++;
			} else if (c == '/' && (peek(1) == '/' || peek(1) == '*')) {
				skip_comment();
			} else {
				return true;
			}
		}
		return false;
	}

	void skip_comment()
	{
		uint32_t begin = pos_;
		bool own = line_blank_;
		if (peek(1) == '/') {
			while (pos_ < text_.size() && text_[pos_] != '\n')
				pos_++;
		} else {
			size_t end = text_.find("*/", begin + 2);
			if (end == std::string_view::npos) {
				diags_.error("comment-unterminated", at(begin, begin + 2), "this comment never ends")
					.suggest("close it with */");
				pos_ = static_cast<uint32_t>(text_.size());
				return;
			}
			pos_ = static_cast<uint32_t>(end) + 2;
		}
		uint32_t end = pos_;
		while (end > begin && (text_[end - 1] == ' ' || text_[end - 1] == '\t' || text_[end - 1] == '\r'))
			end--;
		out_.comments.push_back({at(begin, end), text_.substr(begin, end - begin), own});
	}

	void one()
	{
		line_blank_ = false;
		uint32_t begin = pos_;
		char c = peek();
		if (is_word_start(c)) {
			while (is_word_start(peek()) || is_digit(peek()))
				pos_++;
			push(tok::word, begin, pos_);
		} else if (is_digit(c)) {
			number();
		} else if (c == '"') {
			string();
		} else if (c == '.' && peek(1) == '.') {
			pos_ += 2;
			push(tok::symbol, begin, pos_);
		} else if ((c == '-' && peek(1) == '>') || (c == '<' && peek(1) == '<')) {
			pos_ += 2;
			push(tok::symbol, begin, pos_);
		} else if (std::string_view("{}()[];:,=.+-*|&/").find(c) != std::string_view::npos) {
			pos_++;
			push(tok::symbol, begin, pos_);
		} else {
			stray();
		}
	}

	void number()
	{
		uint32_t begin = pos_;
		unsigned int base = 10;
		if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'X')) {
			base = 16;
			pos_ += 2;
		}
		uint64_t value = 0;
		bool overflow = false, bad = false, any = false;
		for (; is_word_start(peek()) || is_digit(peek()); pos_++) {
			char c = peek();
			unsigned int digit = 99;
			if (c == '_')
				continue;
			if (is_digit(c))
				digit = static_cast<unsigned int>(c - '0');
			else if (c >= 'a' && c <= 'f')
				digit = static_cast<unsigned int>(c - 'a') + 10;
			else if (c >= 'A' && c <= 'F')
				digit = static_cast<unsigned int>(c - 'A') + 10;
			bad |= digit >= base;
			any = true;
			overflow |= __builtin_mul_overflow(value, base, &value);
			overflow |= __builtin_add_overflow(value, digit, &value);
		}
		token &t = push(tok::number, begin, pos_);
		t.value = value;
		if (bad || !any)
			diags_.error("number-malformed", t.at, fmt::format("'{}' is not a number", t.text));
		else if (overflow)
			diags_.error("number-overflow", t.at, "this number does not fit in 64 bits");
		if (bad || !any || overflow)
			t.value = 1;
	}

	void string()
	{
		uint32_t begin = pos_++;
		while (pos_ < text_.size() && peek() != '"' && peek() != '\n')
			pos_++;
		token &t = push(tok::string, begin, pos_);
		t.text = t.text.substr(1);
		if (peek() != '"') {
			diags_.error("string-unterminated", at(begin, pos_), "this string has no closing quote")
				.suggest("strings end on the line where they begin");
			return;
		}
		t.at.end = ++pos_;
	}

	/// A run of bytes that belong nowhere gives one message.
	void stray()
	{
		uint32_t begin = pos_;
		unsigned char c = static_cast<unsigned char>(peek());
		auto is_stray = [this] {
			char n = peek();
			return pos_ < text_.size() && !is_word_start(n) && !is_digit(n) && n != '"' && n != ' ' &&
			       n != '\t' && n != '\r' && n != '\n' &&
			       std::string_view("{}()[];:,=.+-*|&/<").find(n) == std::string_view::npos;
		};
		pos_++;
		while (is_stray())
			pos_++;
		if (c == 0)
			diags_.error("byte-nul", at(begin, pos_), "NUL byte in the file");
		else if (c >= 0x80)
			diags_.error("byte-not-ascii", at(begin, pos_),
				     "only comments may hold characters outside of ASCII");
		else
			diags_.error("byte-stray", at(begin, pos_),
				     fmt::format("'{}' has no meaning here", text_.substr(begin, 1)));
	}

	std::string_view text_;
	uint32_t file_;
	diagnostics &diags_;
	uint32_t pos_ = 0;
	bool line_blank_ = true;
	token_list out_;
};

} // namespace

token_list lex(const source_manager &sources, uint32_t file, diagnostics &diags)
{
	return lexer(sources, file, diags).run();
}

} // namespace lxd::idl
