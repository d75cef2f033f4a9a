// SPDX-License-Identifier: GPL-2.0-only
#include "writer.hpp"

namespace lxd::idl {
namespace {

constexpr size_t columns = 100;

size_t width(const std::string &s)
{
	size_t n = 0;
	for (char c : s)
		n = c == '\t' ? (n / 8 + 1) * 8 : n + 1;
	return n;
}

std::string blanks(size_t n)
{
	return std::string(n / 8, '\t') + std::string(n % 8, ' ');
}

/// Breaks a line that is too long behind a comma or an operator; goes on under the open parenthesis.
std::string wrapped(std::string line)
{
	std::string out;
	size_t base = line.find_first_not_of('\t') * 8;
	while (width(line) > columns) {
		std::vector<size_t> open;
		size_t best = 0, under = 0, column = 0;
		bool quoted = false;
		for (size_t i = 0; i < line.size() && column <= columns; i++) {
			column = line[i] == '\t' ? (column / 8 + 1) * 8 : column + 1;
			quoted ^= line[i] == '"' && line[i - 1] != '\\';
			if (quoted)
				continue;
			if (line[i] == '(' || line[i] == '{')
				open.push_back(column);
			else if ((line[i] == ')' || line[i] == '}') && !open.empty())
				open.pop_back();
			else if (line[i] == ' ' && i > 1 && std::string_view(",+|&").find(line[i - 1]) != std::string_view::npos) {
				best = i;
				under = open.empty() ? base + 8 : open.back();
			}
		}
		if (!best)
			break;
		out += line.substr(0, best) + "\n";
		line = blanks(under) + line.substr(best + 1);
	}
	return out + line;
}

} // namespace

void writer::raw(const std::string &text)
{
	std::string line = text.empty() ? "" : std::string(static_cast<size_t>(depth_), '\t') + text;
	bool code = text.find('\n') == std::string::npos && text.find("/*") == std::string::npos && !text.starts_with(" *");
	text_ += code ? wrapped(std::move(line)) : line;
	text_ += '\n';
}

void writer::list(const std::string &open, const std::vector<std::string> &items, const std::string &close)
{
	std::string tabs(static_cast<size_t>(depth_), '\t');
	std::string row = tabs + open;
	size_t under = width(row);
	std::string rest = blanks(under);
	bool first = true;
	for (size_t i = 0; i < items.size(); i++) {
		bool last = i + 1 == items.size();
		std::string piece = items[i] + (last ? close : ",");
		if (!first && width(row) + 1 + piece.size() > columns) {
			text_ += row + "\n";
			row = rest;
			first = true;
		}
		row += (first ? "" : " ") + piece;
		first = false;
	}
	if (items.empty())
		row += close;
	text_ += row + "\n";
}

void writer::guard(const std::string &condition, const std::string &statement)
{
	line("if ({})", condition);
	indent i(*this);
	raw(statement);
}

} // namespace lxd::idl
