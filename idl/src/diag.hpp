// SPDX-License-Identifier: GPL-2.0-only
/// Diagnostics as data, and how they are shown.
#pragma once
#include "source.hpp"

#include <string>
#include <vector>

namespace lxd::idl {

enum class severity { warning, error };

struct note {
	span at;
	std::string text;
};

/// One thing wrong. `id` is stable and names the diagnostic in tests and in --json.
struct diagnostic {
	severity level = severity::error;
	std::string id;
	span at;
	std::string text;
	std::vector<note> notes;
	std::string hint;	///< what to write instead; may be empty

	diagnostic &with(span where, std::string what)
	{
		notes.push_back({where, std::move(what)});
		return *this;
	}
	diagnostic &suggest(std::string what)
	{
		hint = std::move(what);
		return *this;
	}
};

/// Collects; bounded, so that a hostile file cannot make a billion messages.
class diagnostics {
public:
	static constexpr size_t limit = 200;

	diagnostic &error(std::string id, span at, std::string text);
	diagnostic &warning(std::string id, span at, std::string text);
	bool failed() const { return errors_ > 0; }
	size_t errors() const { return errors_; }
	/// Errors beyond `limit`, not kept.
	size_t dropped() const { return dropped_; }
	const std::vector<diagnostic> &all() const { return list_; }

	std::string text(const source_manager &sources, bool colour) const;
	std::string json(const source_manager &sources) const;

private:
	diagnostic &add(severity level, std::string id, span at, std::string text);

	std::vector<diagnostic> list_;
	diagnostic spill_;
	size_t errors_ = 0;
	size_t dropped_ = 0;
};

/// The candidate nearest to `word`, or nothing if none is near.
std::string nearest(const std::string &word, const std::vector<std::string> &candidates);

} // namespace lxd::idl
