// SPDX-License-Identifier: GPL-2.0-only
// The domain as this process plays its host: memory, clock, rings, entries.
#pragma once
extern "C" {
#include <lxd/context.h>
#include <lxd/hv.h>
#include <lxd/msg.h>
}

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../../lxd/loader/loader.h"

namespace lxd::harness {

/// A run that cannot go on: the message says why.
struct failure : std::runtime_error {
	using std::runtime_error::runtime_error;
};

/// Fixed addresses; everything the driver's code refers to absolutely lies below 2 GiB. The rest keeps
/// out of the way of the address sanitizer's shadow.
enum place : uint64_t {
	at_image = 0x40000000,
	image_room = 0x4000000,
	at_heap = 0x200000000000,
	at_vmemmap = 0x240000000000,
	at_stacks = 0x250000000000,
	at_mmio = 0x260000000000,
	at_shared = 0x270000000000,
	at_percpu = 0x280000000000,
	at_dma = 0x290000000000,
};

/// Bus addresses and what is behind them. Chunks are scattered on purpose.
class bus {
public:
	void add(uint64_t address, void *memory, size_t size);
	void remove(uint64_t address);
	/// nullptr unless all of it lies in one mapping.
	void *find(uint64_t address, size_t size) const;
	size_t mappings() const { return map_.size(); }

private:
	struct part {
		uint8_t *memory;
		size_t size;
	};
	std::map<uint64_t, part> map_;
	mutable std::mutex lock_; // a register write may start DMA on a context's thread
};

/// Virtual time: moves by a little at each entry, and jumps when everything waits.
class clock {
public:
	std::atomic<uint64_t> now{1000000000}; // ns
	uint64_t jiffies() const { return first_jiffy + now / ns_per_jiffy; }
	uint64_t at_jiffy(uint64_t jiffy) const { return jiffy > first_jiffy ? (jiffy - first_jiffy) * ns_per_jiffy : 0; }

	static constexpr uint64_t hz = 250, ns_per_jiffy = 1000000000 / hz, first_jiffy = 4294892296;
};

/// Something that has a next point in time.
struct timed {
	virtual ~timed() = default;
	/// ~0: nothing to wait for.
	virtual uint64_t next() = 0;
	/// Called whenever time has moved or a domain has run.
	virtual void poll() = 0;
};

struct options {
	std::vector<std::string> files;
	std::vector<std::string> params;
	unsigned cpus = 1;
	unsigned heap_chunks = 16;
	unsigned queues = 4;
	bool verbose = false;
	bool threads = false; ///< each context on a thread of its own
};

/// What the generated dispatch of one interface needs.
struct interface {
	unsigned number;
	int (*dispatch)(struct lxd_domain *, struct lxd_msg *, struct lxd_msg *);
	const lxd_fn_info *functions;
	unsigned count;
};

struct handle {
	uint32_t type;
	void *object;
	uint16_t generation;
};

std::vector<uint8_t> read_file(const std::string &path);

} // namespace lxd::harness

/// The type that generated code passes around.
struct lxd_domain {
	explicit lxd_domain(const lxd::harness::options &o);
	~lxd_domain();

	/// One turn: takes messages, lets the device move, enters the domain where there is something to
	/// do, else moves the clock. False: everything sleeps for ever.
	bool turn();
	/// Turns until the condition holds; throws after `ms` of virtual time.
	void until(const std::function<bool()> &done, const char *what, uint64_t ms = 120000);
	void raise(unsigned vector);
	/// A message or a bit waits: enter.
	void kick() { pending_ = true; }

	uint32_t new_handle(uint32_t type, void *object);
	void drop_handle(uint32_t handle);
	void *get_handle(uint32_t type, uint32_t handle);

	int call(const lxd_msg &req, lxd_msg &reply, unsigned deadline_ms);
	int post(int queue, uint16_t fn, uint16_t call, const uint64_t *w);

	/// Text of "function+offset [module]" for an address of the image.
	std::string name_of(uint64_t address) const;
	void report() const;

	lxd::harness::options opt;
	lxd::harness::clock time;
	lxd::harness::bus memory;
	std::vector<lxd::harness::interface> interfaces;
	std::vector<lxd::harness::timed *> events;
	lxd_image *image = nullptr;
	lxd_boot *boot = nullptr;
	unsigned violations = 0, warnings = 0;
	unsigned most_inside = 0; ///< contexts seen running at once
	std::atomic<uint64_t> entries{0};
	uint64_t calls_in = 0, calls_out = 0, posts_in = 0, posts_out = 0;
	std::string log_line;

private:
	void load();
	void place();
	void make_shared();
	void *carve(size_t size);
	bool drain();
	void serve(const lxd_slot &slot, int queue);
	void enter(unsigned cpu);
	bool wants_entry(unsigned cpu) const;
	lxd_context_page &context(unsigned cpu) { return *reinterpret_cast<lxd_context_page *>(boot->context[cpu]); }
	void *area(unsigned n) { return reinterpret_cast<void *>(boot->call_areas + uint64_t(n) * LXD_CALL_AREA); }

	struct out_call {
		bool busy = false, done = false;
		lxd_msg *reply = nullptr;
	};
	/// A context's thread in threaded mode: waits for go, enters once, says so.
	struct worker {
		std::thread thread;
		std::mutex lock;
		std::condition_variable wake;
		bool go = false, stop = false;
		std::atomic<bool> running{false};
		std::exception_ptr failed;
	};
	void work(unsigned cpu);
	/// Enters, on the context's thread if it has one. False: it is there already.
	bool start(unsigned cpu);
	void stop_threads();

	out_call calls_[LXD_CALLS];
	worker workers_[LXD_MAX_CPUS];
	lxd_ring ctl_in_{}, ctl_out_{}, data_in_[LXD_MAX_QUEUES]{}, data_out_[LXD_MAX_QUEUES]{};
	std::vector<lxd::harness::handle> handles_;
	bool pending_ = false;
	bool more_[LXD_MAX_CPUS] = {};
	uint64_t shared_next_ = lxd::harness::at_shared;
	uint64_t entry_ = 0;
	unsigned next_cpu_ = 0;
	std::vector<std::vector<uint8_t>> files_;
};
