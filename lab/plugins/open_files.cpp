// SPDX-License-Identifier: GPL-2.0-only
#include "open_files.hpp"

#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <vector>

namespace lxd::lab {

namespace {

/// A full disk takes a part at first; the error comes with what is left.
bool write_all(int to, const char *data, size_t n)
{
	while (n) {
		const ssize_t done = write(to, data, n);

		if (done < 0)
			return false;
		data += done;
		n -= done;
	}
	return true;
}

/// All of `from`, a file that only grows, into `to`.
bool copy(const std::string &from, int to)
{
	const int in = open(from.c_str(), O_RDONLY | O_CLOEXEC);
	char data[65536];
	ssize_t n = -1;

	if (in < 0)
		return false;
	while ((n = read(in, data, sizeof(data))) > 0)
		if (!write_all(to, data, n))
			break;
	const int error = errno;

	close(in);
	errno = error;
	return n == 0;
}

bool replace(int fd, const std::string &to, const std::string &from)
{
	const bool writes = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
	// What is only read may have been removed meanwhile; its descriptor still leads to it.
	const std::string self = "/proc/self/fd/" + std::to_string(fd);
	const int fresh = writes ? open(to.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) :
				   open(self.c_str(), O_RDONLY | O_CLOEXEC);

	if (fresh < 0)
		return false;
	const bool done = (!writes || copy(from, fresh)) && dup2(fresh, fd) >= 0;
	const int error = errno;

	close(fresh);
	errno = error;
	return done;
}

} // namespace

std::string move_open_files(const std::string &from, const std::string &to)
{
	std::vector<std::pair<int, std::string>> found;

	for (const auto &entry : std::filesystem::directory_iterator("/proc/self/fd")) {
		char target[PATH_MAX];
		const ssize_t n = readlink(entry.path().c_str(), target, sizeof(target));
		const std::string path(target, n > 0 ? n : 0);

		if (path.starts_with(from + "/"))
			found.emplace_back(std::stoi(entry.path().filename()), path);
	}
	for (const auto &[fd, path] : found) {
		const std::string ours = to + path.substr(from.size());

		if (!replace(fd, ours, path))
			return ours + ": " + strerror(errno);
	}
	return "";
}

} // namespace lxd::lab
