// SPDX-License-Identifier: GPL-2.0-only
/// Text to tokens. Words have no reserved meaning here; the parser knows them by place.
#pragma once
#include "diag.hpp"

namespace lxd::idl {

enum class tok { end, word, number, string, symbol };

struct token {
	tok kind = tok::end;
	span at;
	std::string_view text;	///< of a string: without the quotes
	uint64_t value = 0;	///< of a number
	bool space_before = false;	///< a comment or a line break lies between this and the last token
};

struct comment {
	span at;
	std::string_view text;	///< with its marks
	bool own_line;		///< nothing but blanks before it
};

struct token_list {
	std::vector<token> tokens;	///< ends with one tok::end
	std::vector<comment> comments;
};

token_list lex(const source_manager &sources, uint32_t file, diagnostics &diags);

} // namespace lxd::idl
