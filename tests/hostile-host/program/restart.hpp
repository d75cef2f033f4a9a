// SPDX-License-Identifier: GPL-2.0-only
/// A domain with a disk that has several lives, and users of the disk who wait meanwhile.
#pragma once
#include "block.hpp"
#include "test.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <unistd.h>

namespace hostile {

/// The handle of the device in the first life.
inline constexpr uint32_t first_device = 0x10000;

inline options that_restarts()
{
	options o = with_device();
	o.classes = "pci,block";
	o.restart = true;
	return o;
}

/// A disk, and the driver that brings it back in each life.
struct lives {
	domain d{that_restarts()};
	disk k;
	unsigned n = 0;
	int fd = -1;

	explicit lives(bool write_cache = false)
	{
		start_with_device(d);
		EXPECT_EQUAL(bring_back(write_cache), 0);
		fd = open(("/dev/" + disk_name()).c_str(), O_RDWR | O_DIRECT | O_CLOEXEC);
		EXPECT(fd >= 0);
	}

	~lives()
	{
		if (fd >= 0)
			close(fd);
	}

	long bring_back(bool write_cache = false)
	{
		k = make_disk(d);
		auto in = disk_details(k);
		in.info.lim.write_cache = write_cache;
		return d.ask(LXD_BLOCK_ADD_DISK, in);
	}

	void die()
	{
		d.die();
		if (!d.reborn(++n))
			give_up("no life number %u: state %d", n, d.now());
	}

	void hold() { mode(HOSTILE_HOLD); }
	void mode(uint32_t requests)
	{
		hostile_mode m{};
		m.requests = requests;
		d.mode(m);
	}

	/// 0 or the errno of a read or write of a page.
	int touch(bool writes = false)
	{
		void *page = aligned_alloc(4096, 4096);
		memset(page, 0, 4096);
		ssize_t got = writes ? pwrite(fd, page, 4096, 0) : pread(fd, page, 4096, 0);
		int err = got == 4096 ? 0 : errno;
		free(page);
		return err;
	}
};

/// Something that waits, in a thread of its own.
struct waiter {
	std::atomic<bool> done = false;
	std::atomic<int> result = 0;
	std::thread thread;

	explicit waiter(std::function<int()> what) : thread([this, what] { result = what(); done = true; }) {}
	~waiter()
	{
		if (!wait_until([&] { return done.load(); }, 30'000))
			give_up("somebody waits for ever"); // the thread cannot be joined
		thread.join();
	}
	bool waits() const
	{
		sleep_ms(300);
		return !done;
	}
};

} // namespace hostile
