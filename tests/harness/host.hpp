// SPDX-License-Identifier: GPL-2.0-only
// What the process keeps of the host's pci and block classes.
#pragma once
#include <functional>
#include <list>
#include <optional>

#include "device.hpp"
#include "pcihost.hpp"

extern "C" {
#include <block.h>
}

namespace lxd::harness {

struct request;

/// One buffer of a request at an address of the device.
struct segment {
	uint64_t bus;
	uint32_t length;
};

enum operation : uint32_t { op_read = 0, op_write = 1, op_flush = 2, op_discard = 3, op_write_zeroes = 9 };

} // namespace lxd::harness

struct klcd_tag_set {
	struct slot {
		uint16_t generation = 0;
		lxd::harness::request *busy = nullptr;
	};
	unsigned queues = 0, depth = 0;
	uint32_t handle = 0;
	uint64_t timeout_ms = 0;
	std::vector<slot> slots[LXD_MAX_QUEUES];
	lxd_object use{};
};

struct klcd_disk {
	klcd_tag_set *set = nullptr;
	uint32_t handle = 0;
	unsigned index = 0;
	bool added = false, dead = false, read_only = false;
	uint64_t capacity = 0; // sectors
	unsigned frozen = 0, quiesced = 0, in_flight = 0;
	lxd_block_disk_info info{};
	lxd_object life{};
};

namespace lxd::harness {

struct request {
	klcd_disk *disk;
	operation op;
	uint64_t sector;
	uint32_t length;
	uint32_t flags = 0; // REQ_*
	std::vector<segment> segments;
	std::function<void(int status)> done;
	unsigned queue = 0, tag = 0, expiries = 0;
	uint64_t deadline = ~0ull, not_before = 0;
};

/// Both classes' state; there is one domain in a process.
class host_classes : public host_pci, public timed {
public:
	host_classes(lxd_domain &dom, nvme_device &dev);

	/// Takes the request; its done() is called once, later.
	void submit(std::unique_ptr<request> rq);
	/// Sends what may go; called after every change.
	void pump();
	void complete(unsigned queue, unsigned tag, unsigned generation, unsigned status, unsigned kind, unsigned delay_ms);
	klcd_disk *disk(unsigned nsid) const;
	unsigned in_flight() const;
	bool idle() const { return waiting_.empty() && !in_flight(); }
	/// What the domain still holds; empty if all was given back.
	std::vector<std::string> held() const;

	uint64_t next() override;
	void poll() override;

	nvme_device &device;
	std::vector<std::unique_ptr<klcd_tag_set>> sets;
	std::vector<std::unique_ptr<klcd_disk>> disks;
	uint64_t requeues = 0, busy = 0, errors = 0, completions = 0, batches = 0, timeouts = 0, disks_seen = 0;

private:
	bool send(request &rq);

	std::list<std::unique_ptr<request>> waiting_, flying_;
	unsigned next_queue_ = 0;
};

extern host_classes *classes;

} // namespace lxd::harness
