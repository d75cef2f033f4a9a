// SPDX-License-Identifier: GPL-2.0-only
/// Follows includes.
#include "parser.hpp"
#include "sema.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <map>

namespace lxd::idl {
namespace {

class unit_loader {
public:
	unit_loader(source_manager &sources, diagnostics &diags) : sources_(sources), diags_(diags) {}

	void visit(uint32_t file)
	{
		state_[file] = state::open;
		token_list tokens = lex(sources_, file, diags_);
		unit u;
		u.ast = parse(sources_, file, tokens, diags_);
		for (const comment &c : tokens.comments)
			if (c.own_line)
				u.own_line_comments.push_back(c.at);
		for (const ast::include &i : u.ast.includes)
			follow(file, i);
		state_[file] = state::done;
		out.push_back(std::move(u));
	}

	std::deque<unit> out;

private:
	enum class state { open, done };
	static constexpr size_t max_files = 64;

	void follow(uint32_t from, const ast::include &i)
	{
		if (i.path.empty() || i.path.find('\0') != std::string::npos) {
			diags_.error("include-empty", i.at, "an include names a file");
			return;
		}
		if (sources_.count() >= max_files) {
			diags_.error("include-many", i.at, fmt::format("more than {} files", max_files));
			return;
		}
		auto path = std::filesystem::path(sources_.file(from).path).parent_path() / i.path;
		std::string error;
		int id = sources_.load(path.string(), error);
		if (id < 0) {
			diags_.error("include-unreadable", i.at,
				     fmt::format("{}: {}", path.lexically_normal().string(), error));
			return;
		}
		auto it = state_.find(static_cast<uint32_t>(id));
		if (it == state_.end())
			visit(static_cast<uint32_t>(id));
		else if (it->second == state::open)
			diags_.error("include-cycle", i.at, fmt::format("'{}' includes itself", i.path));
	}

	source_manager &sources_;
	diagnostics &diags_;
	std::map<uint32_t, state> state_;
};

} // namespace

std::deque<unit> load_units(source_manager &sources, uint32_t root, diagnostics &diags)
{
	unit_loader l(sources, diags);
	l.visit(root);
	return std::move(l.out);
}

} // namespace lxd::idl
