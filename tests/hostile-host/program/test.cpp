// SPDX-License-Identifier: GPL-2.0-only
#include "test.hpp"

#include <sched.h>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <mutex>
#include <unistd.h>

namespace hostile {

namespace {

std::atomic<int> failed;

void line(const char *prefix, const char *format, va_list args)
{
	static const int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	char text[900];
	int n = snprintf(text, sizeof(text), "<6>hostile: %s", prefix);
	vsnprintf(text + n, sizeof(text) - static_cast<size_t>(n), format, args);
	if (write(log, text, strlen(text)) < 0)
		perror(text);
}

} // namespace

std::vector<test> &tests()
{
	static std::vector<test> all;
	return all;
}

void say(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	line("", format, args);
	va_end(args);
}

void wrong(const char *format, ...)
{
	failed++;
	va_list args;
	va_start(args, format);
	line("wrong: ", format, args);
	va_end(args);
}

void give_up(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	line("wrong: ", format, args);
	va_end(args);
	_exit(1);
}

int failures() { return failed; }

uint64_t seed()
{
	static const uint64_t value = [] {
		const char *text = getenv("seed");
		return text ? strtoull(text, nullptr, 0) : 1;
	}();
	return value;
}

/// splitmix64
uint64_t random64()
{
	static std::mutex lock;
	static uint64_t state = seed();
	std::lock_guard guard(lock);
	uint64_t z = state += 0x9e3779b97f4a7c15;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

bool is_long() { return getenv("long"); }

uint64_t now_ms()
{
	timespec t{};
	clock_gettime(CLOCK_MONOTONIC, &t);
	return static_cast<uint64_t>(t.tv_sec) * 1000 + static_cast<uint64_t>(t.tv_nsec) / 1000000;
}

void sleep_ms(unsigned ms)
{
	timespec t{static_cast<time_t>(ms / 1000), static_cast<long>(ms % 1000) * 1000000};
	while (nanosleep(&t, &t)) {
	}
}

void stay_on(unsigned cpu)
{
	cpu_set_t set;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

std::string read_file(const std::string &path)
{
	std::string text;
	char buffer[4096];
	int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
	for (ssize_t n; fd >= 0 && (n = read(fd, buffer, sizeof(buffer))) > 0;)
		text.append(buffer, static_cast<size_t>(n));
	if (fd >= 0)
		close(fd);
	return text;
}

bool write_file(const std::string &path, const std::string &text)
{
	int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool good = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
	close(fd);
	return good;
}

} // namespace hostile
