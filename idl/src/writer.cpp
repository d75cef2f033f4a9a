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

} // namespace

void writer::raw(const std::string &text)
{
	if (!text.empty())
		text_.append(static_cast<size_t>(depth_), '\t');
	text_ += text;
	text_ += '\n';
}

void writer::list(const std::string &open, const std::vector<std::string> &items, const std::string &close)
{
	std::string tabs(static_cast<size_t>(depth_), '\t');
	std::string row = tabs + open;
	size_t under = width(row);
	std::string rest = std::string(under / 8, '\t') + std::string(under % 8, ' ');
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
