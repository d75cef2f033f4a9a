// SPDX-License-Identifier: GPL-2.0-only
/// A test of the guest: runs in a process of its own, says what it saw to the kernel's log.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace hostile {

/// One test; its name is what the runner asks for.
struct test {
	const char *name;
	const char *about;
	void (*run)();
};

/// In the order of their names.
std::vector<test> &tests();

struct enlist {
	explicit enlist(test t) { tests().push_back(t); }
};

#define HOSTILE_TEST(id, name, about) \
	static void run_##id(); \
	static const hostile::enlist enlist_##id{{name, about, run_##id}}; \
	static void run_##id()

/// A line of the kernel's log.
__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/// The test has failed, and goes on: what follows may tell more.
__attribute__((format(printf, 1, 2))) void wrong(const char *format, ...);
/// Nothing more can be learned.
[[noreturn]] __attribute__((format(printf, 1, 2))) void give_up(const char *format, ...);

#define EXPECT(condition) \
	do { \
		if (!(condition)) \
			hostile::wrong("%s:%d: not so: %s", __FILE_NAME__, __LINE__, #condition); \
	} while (0)

#define EXPECT_EQUAL(got, wanted) \
	do { \
		long long got_ = static_cast<long long>(got), wanted_ = static_cast<long long>(wanted); \
		if (got_ != wanted_) \
			hostile::wrong("%s:%d: %s is %lld, not %lld", __FILE_NAME__, __LINE__, #got, got_, wanted_); \
	} while (0)

/// About time: runs on one CPU whose instructions are its clock (`run` reads which, here it is all the same).
#define HOSTILE_TIMED_TEST(id, name, about) HOSTILE_TEST(id, name, about)

/// Number of failures so far.
int failures();

/// The boot's seed; printed once, and given again by `run --seed`.
uint64_t seed();
/// The next of a sequence that depends on the seed and on the test alone.
uint64_t random64();
inline uint32_t random_below(uint32_t n) { return static_cast<uint32_t>(random64() % n); }

/// Is this the long version?
bool is_long();

uint64_t now_ms();
/// Waits until it is so; false: not within the time.
template<class F> bool wait_until(F so, unsigned limit_ms = 60000);
void sleep_ms(unsigned ms);
/// The calling thread runs on that CPU only.
void stay_on(unsigned cpu);

template<class F> bool wait_until(F so, unsigned limit_ms)
{
	for (uint64_t end = now_ms() + limit_ms; now_ms() < end; sleep_ms(10))
		if (so())
			return true;
	return so();
}

std::string read_file(const std::string &path);
bool write_file(const std::string &path, const std::string &text);

} // namespace hostile
