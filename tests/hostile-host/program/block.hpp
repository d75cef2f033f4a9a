// SPDX-License-Identifier: GPL-2.0-only
/// The hostile domain's disk, and a user that reads it.
#pragma once
#include "domain.hpp"

namespace hostile {

struct disk {
	uint32_t set = 0, handle = 0;
};

/// A tag set and a disk that nobody sees yet; a handle is 0 where the host refused.
disk make_disk(domain &d, uint32_t timeout_ms = 30000);
lxd_block_add_disk_in disk_details(const disk &k);
/// The disk is shown; 0 or -errno. Its partition scan is answered by the mode that the domain has.
long show_disk(domain &d, const disk &k);
/// Name in /sys/block of the one NVMe disk; empty if there is none.
std::string disk_name();
/// The folder of its temperature in sysfs, with a slash; empty if there is none.
std::string temperature();
/// One direct read of a page at its beginning, in a thread; 0 or the errno.
class reader {
public:
	explicit reader(const std::string &name);
	~reader() { thread_.join(); }
	bool done() const { return done_; }
	int error() const { return error_; }

private:
	std::atomic<bool> done_ = false;
	std::atomic<int> error_ = 0;
	std::thread thread_;
};

/// Number of uevents of this boot.
uint64_t uevents();
/// CPU seconds of the kernel's threads whose name has `part`.
double cpu_seconds_of(const std::string &part);
/// Lines in the kernel's log that have `part`.
unsigned log_lines(const std::string &part);
uint64_t available_kib();

} // namespace hostile
