// SPDX-License-Identifier: GPL-2.0-only
// Admin commands that the host composes, through the ioctl of the stock driver.
#include <fmt/format.h>

#include <cstring>

#include "io.hpp"

namespace lxd::harness {

namespace {

constexpr uint32_t piece = 1024;

struct answer {
	int err = 0;
	uint32_t status = 0, result = 0;
	std::vector<uint8_t> data;
};

answer ask(lxd_domain &dom, const klcd_disk &disk, uint8_t op, uint32_t nsid, uint32_t cdw10, uint32_t length)
{
	answer a;
	do {
		uint8_t data[piece];
		uint32_t n = 0;
		a.err = lxd_block_health(&dom, disk.handle, op, nsid, cdw10, 0, 0, length, a.data.size(), &a.status, &a.result,
					 data, &n);
		if (a.err || !n)
			break;
		a.data.insert(a.data.end(), data, data + n);
	} while (a.data.size() < length);
	return a;
}

void want(const char *what, bool so)
{
	if (!so)
		throw failure(fmt::format("health: {}", what));
}

} // namespace

void check_health(lxd_domain &dom, const klcd_disk &disk)
{
	answer a = ask(dom, disk, 0x06, 0, 1, 4096);
	want("identify controller", !a.err && !a.status && a.data.size() == 4096);
	want("the serial number in it", !memcmp(&a.data[4], "LAB0001", 7));
	want("the last piece of it is the last one", a.data[4095] == 0);
	a = ask(dom, disk, 0x02, ~0u, 2 | 127 << 16, 512);
	want("the SMART log page", !a.err && !a.status && a.data.size() == 512);
	want("27 degrees", a.data[1] + a.data[2] * 256 == 300 && a.data[3] == 100);
	a = ask(dom, disk, 0x0a, 0, 7, 0);
	want("the number of queues", !a.err && !a.status && a.result && a.data.empty());
	a = ask(dom, disk, 0x02, ~0u, 0x7f | 127 << 16, 512);
	want("the device's own error, without data", !a.err && a.status && a.data.empty());
	// A piece of an answer that has been read to its end, or never was.
	uint8_t data[piece];
	uint32_t n = 0, status, result;
	want("no piece of nothing", lxd_block_health(&dom, disk.handle, 0x06, 0, 1, 0, 0, 4096, piece, &status, &result, data, &n) < 0);
	fmt::print("health: as the device has it\n");
}

} // namespace lxd::harness
