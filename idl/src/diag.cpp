// SPDX-License-Identifier: GPL-2.0-only
#include "diag.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lxd::idl {

diagnostic &diagnostics::add(severity level, std::string id, span at, std::string text)
{
	if (level == severity::error)
		errors_++;
	diagnostic d;
	d.level = level;
	d.id = std::move(id);
	d.at = at;
	d.text = std::move(text);
	if (list_.size() >= limit) {
		dropped_++;
		spill_ = std::move(d);
		return spill_;
	}
	if (list_.capacity() < limit)
		list_.reserve(limit); // references handed out stay valid
	return list_.emplace_back(std::move(d));
}

diagnostic &diagnostics::error(std::string id, span at, std::string text)
{
	return add(severity::error, std::move(id), at, std::move(text));
}

diagnostic &diagnostics::warning(std::string id, span at, std::string text)
{
	return add(severity::warning, std::move(id), at, std::move(text));
}

namespace {

struct palette {
	const char *bold = "", *red = "", *magenta = "", *cyan = "", *green = "", *off = "";
};

/// Printable copy of a source line: tabs to spaces (marks stay aligned), control and invalid bytes to '?'.
std::string clean(std::string_view in)
{
	std::string out;
	for (size_t i = 0; i < in.size();) {
		unsigned char c = static_cast<unsigned char>(in[i]);
		size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 0;
		bool good = n && i + n <= in.size();
		for (size_t k = 1; good && k < n; k++)
			good = (static_cast<unsigned char>(in[i + k]) & 0xc0) == 0x80;
		if (c == '\t')
			out += ' ';
		else if (!good || c < 0x20 || c == 0x7f)
			out += '?';
		else
			out += in.substr(i, n);
		i += good ? n : 1;
	}
	return out;
}

constexpr uint32_t shown_columns = 160;

void show(std::string &out, const source_manager &sm, span at, const palette &p, const char *mark_colour)
{
	place from = sm.where(at.file, at.begin);
	std::string_view raw = sm.line_text(at.file, from.line);
	uint32_t line_begin = sm.file(at.file).lines[from.line - 1];
	uint32_t line_end = line_begin + static_cast<uint32_t>(raw.size());
	uint32_t end = std::clamp(at.end, at.begin, std::max(line_end, at.begin));
	uint32_t width = std::max<uint32_t>(1, sm.where(at.file, end).column - from.column);
	if (from.column > shown_columns) {
		// Far out on a very long line: the position alone must do.
		out += fmt::format("{:5} | ...\n", from.line);
		return;
	}
	std::string shown = clean(raw.substr(0, shown_columns * 2));
	width = std::min(width, shown_columns);
	out += fmt::format("{:5} | {}\n", from.line, shown);
	out += fmt::format("      | {}{}^{}{}\n", std::string(from.column - 1, ' '), mark_colour,
			   std::string(width - 1, '~'), p.off);
}

nlohmann::json json_span(const source_manager &sm, span at)
{
	place from = sm.where(at.file, at.begin), to = sm.where(at.file, at.end);
	return {{"file", sm.file(at.file).path}, {"line", from.line}, {"column", from.column},
		{"end_line", to.line}, {"end_column", to.column}};
}

} // namespace

std::string diagnostics::text(const source_manager &sm, bool colour) const
{
	palette p;
	if (colour)
		p = {"\033[1m", "\033[1;31m", "\033[1;35m", "\033[1;36m", "\033[32m", "\033[0m"};
	std::string out;
	for (const diagnostic &d : list_) {
		place at = sm.where(d.at.file, d.at.begin);
		bool is_error = d.level == severity::error;
		const char *c = is_error ? p.red : p.magenta;
		out += fmt::format("{}{}:{}:{}:{} {}{}:{} {} [{}]\n", p.bold, sm.file(d.at.file).path, at.line,
				   at.column, p.off, c, is_error ? "error" : "warning", p.off, clean(d.text), d.id);
		show(out, sm, d.at, p, c);
		for (const note &n : d.notes) {
			place np = sm.where(n.at.file, n.at.begin);
			out += fmt::format("{}{}:{}:{}:{} {}note:{} {}\n", p.bold, sm.file(n.at.file).path, np.line,
					   np.column, p.off, p.cyan, p.off, clean(n.text));
			show(out, sm, n.at, p, p.cyan);
		}
		if (!d.hint.empty())
			out += fmt::format("      = {}help:{} {}\n", p.green, p.off, clean(d.hint));
	}
	if (errors_)
		out += fmt::format("{} error{}{}\n", errors_, errors_ == 1 ? "" : "s",
				   dropped_ ? fmt::format(", the last {} not shown", dropped_) : "");
	return out;
}

std::string diagnostics::json(const source_manager &sm) const
{
	nlohmann::json list = nlohmann::json::array();
	for (const diagnostic &d : list_) {
		nlohmann::json j = json_span(sm, d.at);
		j["severity"] = d.level == severity::error ? "error" : "warning";
		j["id"] = d.id;
		j["message"] = clean(d.text);
		j["help"] = clean(d.hint);
		j["notes"] = nlohmann::json::array();
		for (const note &n : d.notes) {
			nlohmann::json jn = json_span(sm, n.at);
			jn["message"] = clean(n.text);
			j["notes"].push_back(jn);
		}
		list.push_back(j);
	}
	return nlohmann::json{{"errors", errors_}, {"not_shown", dropped_}, {"diagnostics", list}}.dump(2) + "\n";
}

std::string nearest(const std::string &word, const std::vector<std::string> &candidates)
{
	if (word.size() > 64)
		return {};
	std::string best;
	size_t best_distance = word.size() / 3 + 2;
	for (const std::string &c : candidates) {
		if (c.size() > 64)
			continue;
		std::vector<size_t> row(c.size() + 1);
		for (size_t j = 0; j <= c.size(); j++)
			row[j] = j;
		for (size_t i = 1; i <= word.size(); i++) {
			size_t diagonal = row[0];
			row[0] = i;
			for (size_t j = 1; j <= c.size(); j++) {
				size_t up = row[j];
				row[j] = std::min({row[j] + 1, row[j - 1] + 1,
						   diagonal + (word[i - 1] != c[j - 1])});
				diagonal = up;
			}
		}
		if (row[c.size()] < best_distance) {
			best_distance = row[c.size()];
			best = c;
		}
	}
	return best;
}

} // namespace lxd::idl
