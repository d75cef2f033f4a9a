// SPDX-License-Identifier: GPL-2.0-only
#include "output.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <unistd.h>

namespace lxd::idl {

/// Writes beside and renames: nothing half-written stays. Files that would not change keep their time.
bool write_file(const std::filesystem::path &path, const std::string &text)
{
	if (path == "-") {
		bool good = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
		if (!good)
			fmt::print(stderr, "lxd-idlc: standard output: {}\n", std::strerror(errno));
		return good;
	}
	if (FILE *old = std::fopen(path.c_str(), "rb")) {
		std::string had(text.size() + 1, '\0');
		size_t n = std::fread(had.data(), 1, had.size(), old);
		std::fclose(old);
		if (n == text.size() && had.compare(0, n, text) == 0)
			return true;
	}
	std::string temporary = fmt::format("{}.tmp{}", path.string(), getpid());
	FILE *f = std::fopen(temporary.c_str(), "wb");
	bool good = f && std::fwrite(text.data(), 1, text.size(), f) == text.size();
	if (f)
		good &= std::fclose(f) == 0;
	if (good && std::rename(temporary.c_str(), path.c_str()) == 0)
		return true;
	fmt::print(stderr, "lxd-idlc: {}: {}\n", path.string(), std::strerror(errno));
	std::remove(temporary.c_str());
	return false;
}

} // namespace lxd::idl
