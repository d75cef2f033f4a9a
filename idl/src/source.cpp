// SPDX-License-Identifier: GPL-2.0-only
#include "source.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace lxd::idl {

void source_file::index_lines()
{
	lines.assign(1, 0);
	for (uint32_t i = 0; i < text.size(); i++)
		if (text[i] == '\n')
			lines.push_back(i + 1);
}

int source_manager::load(const std::string &path, std::string &error)
{
	namespace fs = std::filesystem;
	std::string shown = fs::path(path).lexically_normal().string();
	for (size_t i = 0; i < files_.size(); i++)
		if (files_[i].path == shown)
			return static_cast<int>(i);

	std::error_code ec;
	if (fs::is_directory(path, ec)) {
		error = "is a directory";
		return -1;
	}
	errno = 0;
	std::ifstream in(path, std::ios::binary);
	if (!in) {
		error = errno ? std::strerror(errno) : "cannot be read";
		return -1;
	}
	std::string text(max_file_size + 1, '\0');
	in.read(text.data(), static_cast<std::streamsize>(text.size()));
	if (in.bad()) {
		error = "cannot be read";
		return -1;
	}
	text.resize(static_cast<size_t>(in.gcount()));
	if (text.size() > max_file_size) {
		error = "is larger than 1 MiB, the limit for one IDL file";
		return -1;
	}
	return add(shown, std::move(text));
}

int source_manager::add(std::string path, std::string text)
{
	source_file &f = files_.emplace_back();
	f.path = std::move(path);
	f.text = std::move(text);
	f.index_lines();
	return static_cast<int>(files_.size() - 1);
}

place source_manager::where(uint32_t file, uint32_t offset) const
{
	const source_file &f = files_[file];
	auto it = std::upper_bound(f.lines.begin(), f.lines.end(), offset) - 1;
	uint32_t column = 1;
	for (uint32_t i = *it; i < offset && i < f.text.size(); i++)
		if ((static_cast<unsigned char>(f.text[i]) & 0xc0) != 0x80)
			column++;
	return {static_cast<uint32_t>(it - f.lines.begin()) + 1, column};
}

std::string_view source_manager::line_text(uint32_t file, uint32_t line) const
{
	const source_file &f = files_[file];
	std::string_view all = f.text;
	all.remove_prefix(f.lines[line - 1]);
	return all.substr(0, all.find_first_of("\r\n"));
}

std::string_view source_manager::text(span at) const
{
	return std::string_view(files_[at.file].text).substr(at.begin, at.end - at.begin);
}

std::string source_manager::short_where(span at) const
{
	std::string path = files_[at.file].path;
	while (path.starts_with("../"))
		path.erase(0, 3);
	return path + ":" + std::to_string(where(at.file, at.begin).line);
}

} // namespace lxd::idl
