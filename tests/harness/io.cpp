// SPDX-License-Identifier: GPL-2.0-only
#include "io.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace lxd::harness {

namespace {

constexpr uint64_t bus_io = 0x200000000, bus_lane = 0x1000000;
constexpr uint32_t req_fua = 1u << 17;

/// Pages of one buffer are neither in order nor adjacent for the device.
uint64_t page_bus(uint64_t base, unsigned page)
{
	return base + (page ^ 1) * 0x2000;
}

} // namespace

io_test::io_test(host_classes &host, klcd_disk &disk, unsigned depth, uint64_t seed)
	: host_(host), disk_(disk), random_(seed), lanes_(depth), expected_(host.device.disk()),
	  block_(disk.info.lim.logical_block_size), bus_base_(bus_io)
{
	region_ = std::min<uint64_t>(expected_.size(), disk.capacity * 512) / depth & ~(uint64_t(max_io) - 1);
	if (region_ < max_io)
		throw failure("the disk is too small for this depth");
	for (unsigned i = 0; i < depth; i++) {
		lanes_[i].buffer = static_cast<uint8_t *>(aligned_alloc(4096, buffer_size));
		for (unsigned p = 0; p < buffer_size / 4096; p++)
			host_.dom.memory.add(page_bus(bus_base_ + i * bus_lane, p), lanes_[i].buffer + p * 4096, 4096);
	}
}

io_test::~io_test()
{
	for (unsigned i = 0; i < lanes_.size(); i++) {
		for (unsigned p = 0; p < buffer_size / 4096; p++)
			host_.dom.memory.remove(page_bus(bus_base_ + i * bus_lane, p));
		free(lanes_[i].buffer);
	}
}

std::vector<segment> io_test::segments(unsigned index, uint32_t offset, uint32_t length) const
{
	std::vector<segment> out;

	while (length) {
		uint32_t part = std::min(length, 4096 - offset % 4096);
		out.push_back({page_bus(bus_base_ + index * bus_lane, offset / 4096) + offset % 4096, part});
		offset += part;
		length -= part;
	}
	return out;
}

void io_test::start(unsigned index)
{
	lane &l = lanes_[index];
	auto rq = std::make_unique<request>();
	uint32_t max_segments = std::max<uint32_t>(2, disk_.info.lim.max_segments);
	uint32_t limit = std::min<uint32_t>({max_io, disk_.info.lim.max_hw_sectors * 512, (max_segments - 1) * 4096});

	// Mostly one block or a page, now and then everything that fits.
	switch (random_() % 8) {
	case 0: l.length = (1 + random_() % (limit / block_)) * block_; break;
	case 1: l.length = block_; break;
	case 2: l.length = std::min<uint32_t>(8192, limit); break;
	default: l.length = std::max<uint32_t>(4096, block_); break;
	}
	// Direct I/O may begin anywhere in a page; what follows fills pages.
	l.offset = random_() % 4 ? 0 : random_() % (4096 / 512) * 512;
	l.sector = (index * region_ + random_() % ((region_ - l.length) / block_ + 1) * block_) / 512;
	l.reading = random_() % 4;
	l.busy = true;
	rq->disk = &disk_;
	rq->op = l.reading ? op_read : op_write;
	rq->sector = l.sector;
	rq->length = l.length;
	rq->segments = segments(index, l.offset, l.length);
	if (l.reading) {
		memset(l.buffer + l.offset, 0xa5, l.length);
	} else {
		for (uint32_t i = 0; i < l.length; i += 8) {
			uint64_t v = random_();
			memcpy(l.buffer + l.offset + i, &v, 8);
		}
		if (random_() % 16 == 0)
			rq->flags = req_fua;
	}
	rq->done = [this, index](int status) { finish(index, status); };
	host_.submit(std::move(rq));
}

void io_test::finish(unsigned index, int status)
{
	lane &l = lanes_[index];
	uint8_t *expected = &expected_[l.sector * 512], *got = l.buffer + l.offset;

	l.busy = false;
	if (status) {
		result_.failed++;
		fmt::print("{} of {} bytes at sector {} failed: status {}\n", l.reading ? "read" : "write", l.length, l.sector,
			   status);
		return;
	}
	result_.bytes += l.length;
	if (!l.reading) {
		result_.writes++;
		memcpy(expected, got, l.length);
		if (memcmp(&host_.device.disk()[l.sector * 512], expected, l.length))
			result_.wrong++;
		return;
	}
	result_.reads++;
	if (memcmp(got, expected, l.length)) {
		result_.wrong++;
		fmt::print("read of {} bytes at sector {}: wrong data\n", l.length, l.sector);
	}
}

io_result io_test::run(uint64_t reads)
{
	uint64_t last = 0, quiet_since = host_.dom.time.now;

	result_ = {};
	while (result_.reads < reads) {
		for (unsigned i = 0; i < lanes_.size(); i++)
			if (!lanes_[i].busy)
				start(i);
		if (!host_.dom.turn())
			throw failure(fmt::format("I/O stands still: {} in flight", host_.in_flight()));
		uint64_t sum = result_.reads + result_.writes + result_.failed;
		if (sum != last)
			quiet_since = host_.dom.time.now;
		last = sum;
		if (host_.dom.time.now - quiet_since > 300000000000ull)
			throw failure("no request ended within 300 s of virtual time");
	}
	host_.dom.until([this] { return std::none_of(lanes_.begin(), lanes_.end(), [](auto &l) { return l.busy; }); },
			"the last requests", 300000);
	return result_;
}

io_result io_test::run_until_failure()
{
	uint64_t end = host_.dom.time.now + 600000000000ull;

	result_ = {};
	while (!result_.failed) {
		for (unsigned i = 0; i < lanes_.size(); i++)
			if (!lanes_[i].busy)
				start(i);
		if (!host_.dom.turn() || host_.dom.time.now > end)
			throw failure("a dead device does not end its requests");
	}
	host_.dom.until([this] { return std::none_of(lanes_.begin(), lanes_.end(), [](auto &l) { return l.busy; }); },
			"the last requests of a dead device", 300000);
	return result_;
}

int io_test::wait(operation op, uint64_t sector, uint32_t length)
{
	auto rq = std::make_unique<request>();
	int result = -1;

	rq->disk = &disk_;
	rq->op = op;
	rq->sector = sector;
	rq->length = length;
	rq->done = [&result](int status) { result = status; };
	host_.submit(std::move(rq));
	host_.dom.until([&result] { return result >= 0; }, "a request without data");
	return result;
}

void io_test::special(io_result &r)
{
	auto check = [&](const char *what, int status) {
		r.other++;
		fmt::print("{}: status {}\n", what, status);
		r.failed += !!status;
	};

	check("flush", wait(op_flush, 0, 0));
	if (disk_.info.lim.max_write_zeroes_sectors) {
		check("write zeroes", wait(op_write_zeroes, 64, 16384));
		for (unsigned i = 0; i < 16384; i++)
			r.wrong += !!host_.device.disk()[64 * 512 + i];
		memset(&expected_[64 * 512], 0, 16384);
	}
	if (disk_.info.lim.max_discard_sectors) {
		check("discard", wait(op_discard, 128, 8192));
		memcpy(&expected_[128 * 512], &host_.device.disk()[128 * 512], 8192);
	}
}

} // namespace lxd::harness
