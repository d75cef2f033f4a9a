// SPDX-License-Identifier: GPL-2.0-only
/// An end, and the close of a file, that come while a domain starts.
#include <fcntl.h>
#include <unistd.h>

#include "domain.hpp"
#include "test.hpp"

using namespace hostile;

namespace {

constexpr uint64_t at_once_ms = 2000;

/// Its answers take longer than any bound here, so that a start, an end or a close that waits for it is seen.
constexpr manner slow{9000, false, false};

} // namespace

HOSTILE_TEST(end_beside_start, "end-beside-start", "a forced stop and a start at once: whichever is first, the domain ends at once")
{
	for (unsigned round = 0; round < (is_long() ? 200 : 10); round++) {
		domain d;
		d.set_manner(0xffff, slow);
		uint64_t took = 0;
		std::thread stopper([&] {
			uint64_t begin = now_ms();
			d.stop(true);
			took = now_ms() - begin;
		});
		sleep_ms(round * 10 % 100);
		int started = d.start();
		stopper.join();
		if (took > at_once_ms)
			wrong("round %u: start %d, the forced stop took %llu ms", round, started,
			      static_cast<unsigned long long>(took));
		EXPECT(started < 0);
		EXPECT_EQUAL(d.now(), dead);
		d.destroy();
	}
}

HOSTILE_TEST(remove_beside_start, "remove-beside-start", "the device is taken away while its domain starts: the domain ends, the unbind returns")
{
	domain d(with_device());
	d.on_init = [&] { register_driver(d); };
	std::atomic<bool> unbound = false;
	std::thread remover([&] {
		write_file("/sys/bus/pci/drivers/lxd/unbind", device_address);
		unbound = true;
	});
	sleep_ms(100);
	int started = d.start();
	if (!wait_until([&] { return unbound.load(); }, 20'000))
		wrong("start %d; 20 s later the unbind waits, in state %d", started, d.now());
	d.stop(true);
	remover.join();
}

HOSTILE_TEST(close_beside_start, "close-beside-start", "the close of a file that made no domain waits for nobody's start")
{
	domain d;
	d.set_manner(0xffff, slow);
	std::thread keeper([&] { d.start(); });
	sleep_ms(300);
	int other = open("/dev/lxd", O_RDWR | O_CLOEXEC);
	EXPECT(other >= 0);
	uint64_t begin = now_ms();
	close(other);
	uint64_t took = now_ms() - begin;
	if (took > at_once_ms)
		wrong("the close took %llu ms", static_cast<unsigned long long>(took));
	d.stop(true);
	keeper.join();
}
