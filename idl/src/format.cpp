// SPDX-License-Identifier: GPL-2.0-only
#include "format.hpp"

#include <algorithm>

namespace lxd::idl {
namespace {

constexpr size_t line_width = 120;

/// A token or a comment, with the line breaks that stood before it.
struct atom {
	tok kind = tok::end;
	bool comment = false;
	std::string_view text;	///< strings with their quotes
	span at;
	uint32_t breaks = 0;
	std::string_view gap;	///< what lay between it and the last atom
};

class formatter {
public:
	formatter(const source_manager &sources, uint32_t file, const token_list &list) : source_(sources.file(file).text)
	{
		for (const token &t : list.tokens)
			if (t.kind != tok::end)
				atoms_.push_back({t.kind, false, sources.text(t.at), t.at, 0, {}});
		for (const comment &c : list.comments)
			atoms_.push_back({tok::end, true, c.text, c.at, 0, {}});
		std::sort(atoms_.begin(), atoms_.end(),
			  [](const atom &a, const atom &b) { return a.at.begin < b.at.begin; });
		uint32_t last = 0;
		for (atom &a : atoms_) {
			a.gap = source_.substr(last, a.at.begin - last);
			a.breaks = static_cast<uint32_t>(std::count(a.gap.begin(), a.gap.end(), '\n'));
			last = a.at.end;
		}
	}

	std::string run()
	{
		for (i_ = 0; i_ < atoms_.size(); i_++)
			place(atoms_[i_]);
		end_line();
		while (out_.ends_with("\n\n"))
			out_.pop_back();
		return std::move(out_);
	}

private:
	bool is(size_t i, std::string_view text) const
	{
		return i < atoms_.size() && !atoms_[i].comment && atoms_[i].kind != tok::string && atoms_[i].text == text;
	}

	void place(const atom &a)
	{
		if (a.comment)
			place_comment(a);
		else
			place_token(a);
	}

	void place_comment(const atom &a)
	{
		bool alone = a.breaks || out_.empty();
		if (alone && line_.empty()) {
			blank_line(a);
		} else if (alone && !statement_) {
			end_line();
			blank_line(a);
		} else if (alone) {
			end_line();
		} else if (!line_.empty()) {
			bool tabs = a.gap.find_first_not_of('\t') == std::string_view::npos && !a.gap.empty();
			line_ += tabs ? std::string(a.gap) : " ";
		}
		if (line_.empty())
			line_ = inside();
		line_ += a.text;
		if (a.text.starts_with("//"))
			end_line();
		after_comment_ = true;
	}

	/// Keeps one blank line, none behind `{`.
	void blank_line(const atom &a)
	{
		if (a.breaks > 1 && !out_.empty() && !opened_ && !out_.ends_with("\n\n"))
			out_ += "\n";
		opened_ = false;
	}

	void place_token(const atom &a)
	{
		if (a.text == "}" && a.kind == tok::symbol) {
			close(a);
		} else {
			if (!statement_)
				begin(a);
			else if (list_item_ && a.breaks)
				wrap();
			else if (!line_.empty() && !fits(a))
				wrap();
			append(a);
		}
		after_comment_ = false;
		list_item_ = false;
		after(a);
	}

	void close(const atom &a)
	{
		depth_ -= depth_ > 0;
		if (a.breaks || after_comment_) {
			end_line();
			opened_ = false;
			line_ = inside();
			line_ += "}";
		} else {
			line_ += line_.empty() ? inside() + "}" : i_ && is(i_ - 1, "{") ? "}" : " }";
		}
	}

	/// The first token of a statement: on a new line if it stood on one or has no room here.
	void begin(const atom &a)
	{
		bool here = !a.breaks && depth_ > 0 && !line_.empty() && width(line_) + 1 + flat(i_) <= line_width;
		if (here) {
			line_ += " ";
		} else {
			end_line();
			blank_line(a);
			line_ = inside();
		}
		opened_ = false;
		fresh_ = true;
		statement_ = true;
		head_ = depth_ == 0 ? a.text : head_;
		first_ = a.text;
	}

	/// Columns from here to the end of the statement if nothing breaks it.
	size_t flat(size_t i) const
	{
		size_t n = 0;
		for (; i < atoms_.size() && n <= line_width; i++) {
			n += atoms_[i].text.size() + 1;
			if (is(i, ";") || is(i, "{") || is(i, "}"))
				break;
		}
		return n;
	}

	/// Is there room up to the next place where the line may break?
	bool fits(const atom &) const
	{
		if (!may_break(i_))
			return true;
		size_t n = width(line_);
		for (size_t i = i_; i < atoms_.size() && !atoms_[i].comment; i++) {
			if (i > i_ && may_break(i))
				break;
			n += space(i).size() + atoms_[i].text.size();
			if (is(i, ";") || is(i, "{"))
				break;
		}
		return n <= line_width;
	}

	/// Lines break behind commas, and before an attribute.
	bool may_break(size_t i) const
	{
		return is(i - 1, ",") || (parens_.empty() && atoms_[i].kind == tok::word && is(i - 1, ")"));
	}

	void wrap()
	{
		end_line();
		line_ = inside();
		fresh_ = true;
	}

	void append(const atom &a)
	{
		if (line_.empty() && !fresh_)
			line_ = inside();
		else if (!fresh_)
			line_ += space(i_);
		fresh_ = false;
		line_ += a.text;
	}

	/// What lies before an atom on its line.
	std::string space(size_t at) const
	{
		const atom &a = atoms_[at];
		size_t p = at;
		while (p > 0 && atoms_[p - 1].comment)
			p--;
		if (p == 0)
			return "";
		const atom &b = atoms_[p - 1];
		bool symbol = a.kind == tok::symbol;
		auto last = [&](std::string_view t) { return b.kind == tok::symbol && b.text == t; };
		if (symbol && (a.text == "," || a.text == ";" || a.text == ")" || a.text == "]" || a.text == "/"))
			return "";
		if (last("(") || last("[") || last("/") || a.text == "." || last("."))
			return "";
		if (symbol && a.text == "[")
			return is_range(at) ? " " : "";
		if (symbol && a.text == "(")
			return b.kind == tok::word ? "" : " ";
		if (symbol && a.text == ":")
			return first_ == "enum" || first_ == "flags" || first_ == "opcodes" ? " " : "";
		if (last("-") && unary(p - 1))
			return "";
		if (last("*") && head_ == "kernel")
			return "";
		return " ";
	}

	bool unary(size_t i) const
	{
		if (i == 0)
			return true;
		for (std::string_view t : {"(", "[", ",", "=", "..", ":", "+", "-", "*", "&", "|", "<<"})
			if (is(i - 1, t))
				return true;
		return false;
	}

	/// x [1 .. 4] is a range, x[4] an array.
	bool is_range(size_t at) const
	{
		int depth = 0;
		for (size_t i = at; i < atoms_.size(); i++) {
			if (is(i, "["))
				depth++;
			else if (is(i, "]") && --depth == 0)
				return false;
			else if (depth == 1 && is(i, ".."))
				return true;
		}
		return false;
	}

	void after(const atom &a)
	{
		if (a.kind == tok::string) {
			if (is(i_ - 1, "include") && !is(i_ + 1, ";"))
				statement_ = false;
			return;
		}
		if (a.kind != tok::symbol)
			return;
		if (a.text == "(") {
			parens_.push_back(width(line_));
		} else if (a.text == ")") {
			if (!parens_.empty())
				parens_.pop_back();
		} else if (a.text == "{") {
			depth_++;
			statement_ = false;
			opened_ = true;
		} else if (a.text == "}" || (a.text == ";" && parens_.empty())) {
			statement_ = false;
			parens_.clear();
		} else if (a.text == "," && parens_.empty() && depth_ > 0) {
			list_item_ = true;
		}
		if (is(i_ + 1, ";") && a.text == "}")
			statement_ = true, fresh_ = false;
	}

	/// The indentation of a line that begins now.
	std::string inside() const
	{
		if (statement_ && !parens_.empty())
			return std::string(parens_.back() / 8, '\t') + std::string(parens_.back() % 8, ' ');
		size_t more = statement_ && first_ != "" && continues() ? 2 : 0;
		return std::string(depth_ + more, '\t');
	}

	/// Items of a list stand as deep as its first; other continued lines stand deeper.
	bool continues() const { return !list_item_ && !is(i_ - 1, ","); }

	void end_line()
	{
		while (line_.ends_with(' ') || line_.ends_with('\t'))
			line_.pop_back();
		if (!line_.empty())
			out_ += line_ + "\n";
		line_.clear();
	}

	static size_t width(const std::string &s)
	{
		size_t n = 0;
		for (char c : s)
			n = c == '\t' ? (n / 8 + 1) * 8 : c == '\n' ? 0 : n + 1;
		return n;
	}

	std::string_view source_;
	std::vector<atom> atoms_;
	size_t i_ = 0;
	std::string out_, line_;
	size_t depth_ = 0;
	std::vector<size_t> parens_;	///< line_width behind each open parenthesis
	std::string_view head_, first_;	///< first words of the item and of the statement
	bool statement_ = false, opened_ = false, fresh_ = true, list_item_ = false, after_comment_ = false;
};

} // namespace

std::string format(const source_manager &sources, uint32_t file, const token_list &tokens)
{
	return formatter(sources, file, tokens).run();
}

} // namespace lxd::idl
