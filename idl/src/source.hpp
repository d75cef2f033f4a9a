// SPDX-License-Identifier: GPL-2.0-only
/// Source files and places in them.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace lxd::idl {

/// A byte range of one file. Offsets are 32 bits: files are limited to `max_file_size`.
struct span {
	uint32_t file = 0;
	uint32_t begin = 0;
	uint32_t end = 0;

	/// The range from the start of this one to the end of another.
	span to(span other) const { return {file, begin, other.end}; }
};

inline constexpr uint32_t max_file_size = 1 << 20;

struct source_file {
	std::string path;	///< as shown in diagnostics
	std::string text;
	std::vector<uint32_t> lines;	///< offset of each line's first byte

	void index_lines();
};

/// Line and column (in characters, from 1) of a byte.
struct place {
	uint32_t line, column;
};

/// All files of a run. A file is loaded once.
class source_manager {
public:
	/// The file's number, or -1 with the reason in `error`.
	int load(const std::string &path, std::string &error);
	/// A file that exists in memory only (tests, fuzzing).
	int add(std::string path, std::string text);

	const source_file &file(uint32_t id) const { return files_[id]; }
	size_t count() const { return files_.size(); }
	place where(uint32_t file, uint32_t offset) const;
	std::string_view line_text(uint32_t file, uint32_t line) const;
	std::string_view text(span at) const;
	/// "klcd/pci/pci.idl:12" for comments in the output.
	std::string short_where(span at) const;

private:
	std::deque<source_file> files_;
};

} // namespace lxd::idl
