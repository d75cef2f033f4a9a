// SPDX-License-Identifier: GPL-2.0-only
// Reads and writes against a disk of the domain, with every byte checked.
#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "host.hpp"

namespace lxd::harness {

struct io_result {
	uint64_t reads = 0, writes = 0, other = 0, failed = 0, wrong = 0, bytes = 0;
};

/// Random requests at a depth; each of them owns a region of the disk, so the expected contents are
/// known although they run at once.
class io_test {
public:
	io_test(host_classes &host, klcd_disk &disk, unsigned depth, uint64_t seed);
	~io_test();
	/// Runs until `reads` reads have been verified.
	io_result run(uint64_t reads);
	/// Runs until a request fails, then waits for the rest of them.
	io_result run_until_failure();
	/// One discard, write zeroes and flush each, checked on the disk itself.
	void special(io_result &r);

private:
	struct lane {
		uint8_t *buffer = nullptr; // scattered pages
		bool busy = false;
		bool reading = false;
		uint64_t sector = 0;
		uint32_t length = 0, offset = 0;
	};
	void start(unsigned index);
	void finish(unsigned index, int status);
	std::vector<segment> segments(unsigned index, uint32_t offset, uint32_t length) const;
	int wait(operation op, uint64_t sector, uint32_t length);

	static constexpr uint32_t max_io = 128 * 1024, buffer_size = max_io + 4096;
	host_classes &host_;
	klcd_disk &disk_;
	std::mt19937_64 random_;
	std::vector<lane> lanes_;
	std::vector<uint8_t> expected_;
	uint64_t region_; // bytes a lane owns
	uint32_t block_;
	uint64_t bus_base_;
	io_result result_;
	uint64_t wanted_ = 0;
};

/// health.cpp: admin commands of users. Throws a failure.
void check_health(lxd_domain &dom, const klcd_disk &disk);

} // namespace lxd::harness
