// SPDX-License-Identifier: GPL-2.0-only
/// Lines of C with indentation in tabs; long lists wrap as checkpatch wants.
#pragma once
#include <fmt/format.h>
#include <string>
#include <vector>

namespace lxd::idl {

class writer {
public:
	template <typename... A> void line(fmt::format_string<A...> f, A &&...args)
	{
		raw(fmt::format(f, std::forward<A>(args)...));
	}
	/// One line as it is; empty lines get no tabs.
	void raw(const std::string &text);
	void blank() { raw(""); }
	/// `open` followed by comma-separated items and `close`, wrapped at 100 columns behind `open`.
	void list(const std::string &open, const std::vector<std::string> &items, const std::string &close);
	/// `if (condition)` and the statement below it.
	void guard(const std::string &condition, const std::string &statement);
	void in() { depth_++; }
	void out() { depth_--; }
	std::string take() { return std::move(text_); }

private:
	std::string text_;
	int depth_ = 0;
};

/// Indents while it lives.
class indent {
public:
	explicit indent(writer &w) : w_(w) { w_.in(); }
	~indent() { w_.out(); }
	indent(const indent &) = delete;
	indent &operator=(const indent &) = delete;

private:
	writer &w_;
};

} // namespace lxd::idl
