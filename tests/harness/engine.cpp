// SPDX-License-Identifier: GPL-2.0-only
// Messages and entries: the part of lxd/domain that the harness plays, on one thread.
#include <asm/prctl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "domain.hpp"
#include "trap.hpp"

using namespace lxd::harness;

extern "C" {
uint64_t harness_enter(uint64_t op, uint64_t arg, uint64_t cpu, uint64_t rsp, uint64_t rip);
}
uint64_t harness_entry_stack(unsigned cpu);

bool lxd_domain::wants_entry(unsigned cpu) const
{
	auto &page = *reinterpret_cast<lxd_context_page *>(boot->context[cpu]);
	return more_[cpu] || page.polls_due || __atomic_load_n(&page.irq_bits, __ATOMIC_SEQ_CST) || (page.next_timer != ~0ull && page.next_timer <= time.jiffies());
}

void lxd_domain::enter(unsigned cpu)
{
	auto &page = context(cpu);

	time.now += 2000;
	page.jiffies = time.jiffies();
	page.monotonic_ns = time.now;
	page.wall_ns = 1700000000000000000 + time.now;
	page.budget = 64;
	page.poll_budget = 64;
	entries++;
	syscall(SYS_arch_prctl, ARCH_SET_GS, at_percpu + cpu * LXD_D_PERCPU_STRIDE);
	uint64_t hint = harness_enter(LXD_OP_RUN, 64, cpu, harness_entry_stack(cpu), entry_);
	if (hint != LXD_HINT_IDLE && hint != LXD_HINT_MORE)
		throw failure(fmt::format("the domain left with hint {}", hint));
	more_[cpu] = hint == LXD_HINT_MORE;
}

void lxd_domain::work(unsigned cpu)
{
	worker &w = workers_[cpu];

	trap_thread();
	for (;;) {
		{
			std::unique_lock hold(w.lock);
			w.wake.wait(hold, [&w] { return w.go || w.stop; });
			if (w.stop)
				return;
			w.go = false;
		}
		try {
			enter(cpu);
		} catch (...) {
			w.failed = std::current_exception();
		}
		w.running = false;
	}
}

bool lxd_domain::start(unsigned cpu)
{
	worker &w = workers_[cpu];

	if (!opt.threads) {
		enter(cpu);
		return true;
	}
	if (w.running)
		return false;
	if (w.failed)
		std::rethrow_exception(w.failed);
	if (!w.thread.joinable())
		w.thread = std::thread([this, cpu] { work(cpu); });
	w.running = true;
	{
		std::lock_guard hold(w.lock);
		w.go = true;
	}
	w.wake.notify_one();
	return true;
}

void lxd_domain::stop_threads()
{
	for (auto &w : workers_) {
		if (!w.thread.joinable())
			continue;
		{
			std::lock_guard hold(w.lock);
			w.stop = true;
		}
		w.wake.notify_one();
		w.thread.join();
	}
}

bool lxd_domain::turn()
{
	bool busy = drain();
	unsigned inside = 0;

	for (auto *e : events)
		e->poll();
	for (unsigned i = 0; i < opt.cpus; i++) {
		unsigned cpu = (next_cpu_ + i) % opt.cpus;
		if (workers_[cpu].running) {
			inside++;
			continue;
		}
		// A message may be taken by any context: let them take turns.
		if (!pending_ && !wants_entry(cpu))
			continue;
		pending_ = false;
		start(cpu);
		busy = true;
		if (opt.threads)
			inside++;
		drain();
	}
	most_inside = std::max(most_inside, inside);
	next_cpu_ = (next_cpu_ + 1) % opt.cpus;
	if (inside && !busy)
		std::this_thread::yield();
	if (busy || pending_ || inside)
		return true;
	uint64_t next = ~0ull;
	for (auto *e : events)
		next = std::min(next, e->next());
	for (unsigned i = 0; i < opt.cpus; i++) {
		// It may have left, with something to do, since we looked.
		if (workers_[i].running || wants_entry(i))
			return true;
		if (context(i).next_timer != ~0ull)
			next = std::min(next, time.at_jiffy(context(i).next_timer));
	}
	if (drain())
		return true;
	if (next == ~0ull)
		return false;
	time.now = std::max<uint64_t>(time.now + 1000, next);
	return true;
}

void lxd_domain::until(const std::function<bool()> &done, const char *what, uint64_t ms)
{
	uint64_t end = time.now + ms * 1000000;

	while (!done()) {
		if (!turn() && !done())
			throw failure(fmt::format("waiting for {}: everything sleeps", what));
		if (time.now > end && !done())
			throw failure(fmt::format("waiting for {}: {} ms of virtual time are over", what, ms));
	}
}

void lxd_domain::raise(unsigned vector)
{
	// Managed affinity: vector n + 1 belongs to queue n; the first context has the rest.
	unsigned cpu = vector ? (vector - 1) % opt.cpus : 0;
	__atomic_fetch_or(&context(cpu).irq_bits, 1ull << (vector % LXD_IRQ_BITS), __ATOMIC_SEQ_CST);
}

int lxd_domain::post(int queue, uint16_t fn, uint16_t call, const uint64_t *w)
{
	lxd_ring &ring = queue < 0 ? ctl_in_ : data_in_[queue];
	__u64 words[LXD_SLOT_WORDS];

	if (queue >= static_cast<int>(opt.queues))
		return -EINVAL;
	memcpy(words, w, sizeof(words));
	int err = lxd_ring_post(&ring, fn, call, words);
	if (!err)
		kick();
	return err;
}

int lxd_domain::call(const lxd_msg &req, lxd_msg &reply, unsigned deadline_ms)
{
	uint64_t w[LXD_SLOT_WORDS] = {};
	uint16_t fn = req.fn;
	unsigned i = 0;

	while (i < LXD_CALLS && calls_[i].busy)
		i++;
	if (i == LXD_CALLS || req.len > LXD_CALL_AREA)
		return -EBUSY;
	if (req.len > sizeof(w)) {
		memcpy(area(LXD_CALLS + i), req.data, req.len);
		w[0] = req.len;
		fn |= LXD_FN_AREA;
	} else {
		memcpy(w, req.data, req.len);
	}
	calls_[i] = {true, false, &reply};
	calls_out++;
	if (int err = post(-1, fn, i + 1, w))
		return err;
	until([&] { return calls_[i].done; }, "the domain's answer", deadline_ms ? deadline_ms : 120000);
	calls_[i].busy = false;
	return 0;
}

void lxd_domain::serve(const lxd_slot &slot, int queue)
{
	uint16_t fn = slot.fn & ~LXD_FN_AREA;
	std::vector<uint64_t> in(LXD_CALL_AREA / 8), out(LXD_CALL_AREA / 8);
	lxd_msg msg{}, reply{};

	for (auto &i : interfaces) {
		if (i.number != fn >> 8)
			continue;
		msg.fn = slot.fn;
		msg.call = slot.call;
		msg.queue = queue;
		msg.len = sizeof(slot.w);
		if (slot.fn & LXD_FN_AREA) {
			if (!slot.call || slot.call > LXD_CALLS || slot.w[0] > LXD_CALL_AREA)
				throw failure(fmt::format("call {} of function {:#x} has a bad area", slot.call, fn));
			msg.len = slot.w[0];
			memcpy(in.data(), area(slot.call - 1), msg.len);
		} else {
			memcpy(in.data(), slot.w, sizeof(slot.w));
		}
		msg.data = reinterpret_cast<__u64 *>(in.data());
		reply.fn = fn | LXD_FN_REPLY;
		reply.call = slot.call;
		reply.data = reinterpret_cast<__u64 *>(out.data());
		reply.len = LXD_CALL_AREA;
		int err = i.dispatch(this, &msg, &reply);
		if (err && opt.verbose)
			fmt::print("dispatch of {:#x}: {}\n", fn, err);
		break;
	}
	if (!slot.call)
		return;
	if (!reply.data) {
		out[0] = static_cast<uint64_t>(-ENOSYS);
		reply.len = 8;
	}
	uint64_t w[LXD_SLOT_WORDS] = {};
	uint16_t flags = LXD_FN_REPLY;
	if (reply.len > sizeof(w)) {
		memcpy(area(slot.call - 1), out.data(), reply.len);
		w[0] = reply.len;
		flags |= LXD_FN_AREA;
	} else {
		memcpy(w, out.data(), reply.len);
	}
	while (post(-1, fn | flags, slot.call, w) == -EAGAIN)
		if (!start(0))
			std::this_thread::yield();
}

bool lxd_domain::drain()
{
	lxd_slot slot;
	bool any = false;

	for (int queue = -1; queue < static_cast<int>(opt.queues); queue++) {
		lxd_ring &ring = queue < 0 ? ctl_out_ : data_out_[queue];
		while (lxd_ring_take(&ring, &slot)) {
			any = true;
			if (!(slot.fn & LXD_FN_REPLY)) {
				(slot.call ? calls_in : posts_in)++;
				serve(slot, queue);
				continue;
			}
			unsigned i = slot.call - 1;
			if (i >= LXD_CALLS || !calls_[i].busy || calls_[i].done)
				throw failure(fmt::format("an answer to call {}, which nobody made", slot.call));
			lxd_msg &reply = *calls_[i].reply;
			uint32_t len = slot.fn & LXD_FN_AREA ? std::min<uint64_t>(slot.w[0], LXD_CALL_AREA) : sizeof(slot.w);
			reply.fn = slot.fn;
			reply.len = std::min(reply.len, len);
			memcpy(reply.data, slot.fn & LXD_FN_AREA ? area(LXD_CALLS + i) : slot.w, reply.len);
			calls_[i].done = true;
		}
	}
	return any;
}

uint32_t lxd_domain::new_handle(uint32_t type, void *object)
{
	size_t i = 0;

	while (i < handles_.size() && handles_[i].object)
		i++;
	if (i == handles_.size())
		handles_.push_back({});
	handles_[i] = {type, object, static_cast<uint16_t>(handles_[i].generation + 1)};
	return i | uint32_t(handles_[i].generation) << 16;
}

void lxd_domain::drop_handle(uint32_t handle)
{
	handles_.at(handle & 0xffff).object = nullptr;
}

void *lxd_domain::get_handle(uint32_t type, uint32_t handle)
{
	size_t i = handle & 0xffff;
	if (i >= handles_.size() || handles_[i].generation != handle >> 16 || handles_[i].type != type)
		return nullptr;
	return handles_[i].object;
}

std::string lxd_domain::name_of(uint64_t address) const
{
	auto *n = lxd_image_name(image, address);
	if (!n)
		return fmt::format("{:#x}", address);
	return fmt::format("{}+{:#x} [{}]", image->names + n->name, address - n->address, image->modules[n->module].name);
}

void lxd_domain::report() const
{
	static const char hex[] = "0123456789abcdef";
	for (unsigned m = 0; m < image->nr_modules; m++) {
		auto &d = image->details[m];
		std::string sum;
		for (auto b : d.sha256)
			sum += {hex[b >> 4], hex[b & 15]};
		fmt::print("module {:<10} {:>7} bytes at {:#x}, sha256 {}\n", image->modules[m].name, d.file_size,
			   image->modules[m].text, sum);
		fmt::print("  {} relocations, {} returns, {} fentry, {} retpolines, {} static calls, {} jump labels\n",
			   d.counts.relocations, d.counts.returns, d.counts.fentries, d.counts.retpolines,
			   d.counts.static_calls, d.counts.jump_labels);
	}
	unsigned by[LXD_CLASSES] = {};
	std::set<std::string> seen;
	for (unsigned i = 0; i < image->nr_symbols; i++)
		if (image->symbols[i].class_ < LXD_CLASSES && seen.insert(image->symbols[i].name).second)
			by[image->symbols[i].class_]++;
	for (unsigned c = 0; c < LXD_CLASSES; c++)
		if (by[c])
			fmt::print("{} {}  ", by[c], lxd_class_name(c));
	fmt::print("\n");
}

extern "C" {

int lxd_domain_call(lxd_domain *dom, const lxd_msg *req, lxd_msg *reply, unsigned deadline_ms)
{
	return dom->call(*req, *reply, deadline_ms);
}

int lxd_domain_post(lxd_domain *dom, int queue, __u16 fn, const __u64 *w)
{
	dom->posts_out++;
	return dom->post(queue, fn, 0, reinterpret_cast<const uint64_t *>(w));
}

void *lxd_handle_get(lxd_domain *dom, __u32 type, __u32 handle)
{
	return dom->get_handle(type, handle);
}

void lxd_domain_fail(lxd_domain *dom, const char *fmt, ...)
{
	dom->violations++;
	fmt::print("THE DOMAIN IS TO END: {}\n", fmt);
}

int lxd_domain_await_restart(lxd_domain *, unsigned)
{
	return -ESHUTDOWN;
}

__u64 lxd_now(void)
{
	return static_cast<__u64>(std::chrono::steady_clock::now().time_since_epoch().count());
}

void lxd_domain_violation(lxd_domain *dom, const char *fn, const char *what, __u64 value)
{
	dom->violations++;
	fmt::print("VIOLATION: {}: {} ({:#x})\n", fn, what, value);
}
}
