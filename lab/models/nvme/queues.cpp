// SPDX-License-Identifier: GPL-2.0-only
/// Queues: doorbells, fetching commands, posting completions.
#include "controller.hpp"

namespace lxd::lab::nvme {

void controller::clear_queues()
{
	for (auto &q : sq_)
		q = {};
	for (auto &q : cq_)
		q = {};
	for (auto &f : flights_)
		f.used = false;
	in_flight_ = n_events_ = 0;
}

void controller::enable()
{
	const uint16_t sq_entries = (aqa_ & 0xfff) + 1, cq_entries = (aqa_ >> 16 & 0xfff) + 1;

	counts_.resets++;
	clear_queues();
	for (auto &f : features_)
		f = 0;
	features_[6] = 1;
	if (faults_.never_ready) {
		faults_.never_ready--;
		return;
	}
	// "Controller Configuration": what is not offered makes the controller fatal.
	if ((cc_ & (cc_mps | cc_css)) || sq_entries < 2 || cq_entries < 2) {
		csts_ |= csts_fatal;
		return;
	}
	sq_[0] = {.base = asq_, .entries = sq_entries, .head = 0, .tail = 0, .cq = 0, .on = true};
	cq_[0] = {.base = acq_, .entries = cq_entries, .head = 0, .tail = 0, .vector = 0,
		  .phase = true, .interrupts = true, .on = true};
	csts_ |= csts_ready;
}

void controller::disable()
{
	csts_ = 0;
	faults_.hang = false;
	clear_queues();
}

void controller::bad_doorbell(unsigned info)
{
	counts_.bad_doorbells++;
	host_->trace("bad-doorbell", info);
	if (n_events_)
		// Error status event, with the error log to read.
		add_flight(0, events_[--n_events_], st_ok, info << 8 | 1 << 16, 0);
}

void controller::ring(uint32_t offset, uint32_t value)
{
	const unsigned q = offset / 8;

	if (!(csts_ & csts_ready) || (csts_ & csts_fatal))
		return;
	if (q >= max_queues || (offset & 3)) {
		bad_doorbell(0);
	} else if (offset & 4) {
		completion_queue &c = cq_[q];

		if (!c.on)
			bad_doorbell(0);
		else if (value >= c.entries)
			bad_doorbell(1);
		else
			c.head = value;
	} else {
		submission_queue &s = sq_[q];

		if (!s.on)
			bad_doorbell(0);
		else if (value >= s.entries)
			bad_doorbell(1);
		else
			s.tail = value;
	}
	// The device works beside the processor, not inside its store.
	host_->set_timer(1);
}

void controller::timer()
{
	if (!(csts_ & csts_ready) || (csts_ & csts_fatal) || faults_.hang)
		return;
	fetch();
	post_due();
	rearm();
}

void controller::fetch()
{
	bool more = true;

	// Round robin: one command of each queue in turn.
	while (more && in_flight_ < max_in_flight) {
		more = false;
		for (unsigned q = 0; q < max_queues && in_flight_ < max_in_flight; q++)
			more |= fetch_one(q);
	}
}

bool controller::fetch_one(unsigned q)
{
	submission_queue &s = sq_[q];
	uint32_t result = 0;
	bool parked = false;
	command c;

	if (!s.on || s.head == s.tail)
		return false;
	if (!host_->read_memory(s.base + sizeof(c) * s.head, &c, sizeof(c))) {
		// Without commands there is nothing left that it could do right.
		csts_ |= csts_fatal;
		return false;
	}
	s.head = s.head + 1u == s.entries ? 0 : s.head + 1;
	if (q == 0) {
		counts_.admin++;
		host_->trace("admin", c.opcode, c.nsid, c.cdw10, c.cdw11);
		const status st = c.flags ? st_invalid_field : admin(c, result, parked);

		if (!parked)
			add_flight(q, c.id, st, result, 0);
		return true;
	}
	counts_.io++;
	host_->trace("io", c.opcode, c.nsid, c.cdw10, c.cdw12 & 0xffff);
	if (faults_.fail) {
		faults_.fail--;
		add_flight(q, c.id, st_internal, 0, 0);
		return true;
	}
	const status st = c.flags ? st_invalid_field : io(c);
	uint64_t due = settings_.latency_ns ? host_->now() + settings_.latency_ns : 0;

	if (faults_.drop) {
		faults_.drop--;
		counts_.lost++;
		due = never;
	}
	add_flight(q, c.id, st, 0, due);
	return true;
}

void controller::add_flight(unsigned q, uint16_t id, status st, uint32_t result, uint64_t due)
{
	for (auto &f : flights_) {
		if (f.used)
			continue;
		f = {.due = due, .result = result, .sq = (uint16_t)q, .id = id, .st = st, .used = true};
		in_flight_++;
		if (in_flight_ > counts_.max_depth)
			counts_.max_depth = in_flight_;
		return;
	}
	// fetch() leaves no command without a place; only an event can be lost here.
}

void controller::post_due()
{
	const uint64_t now = settings_.latency_ns ? host_->now() : 0;

	for (auto &f : flights_) {
		if (!in_flight_)
			break;
		if (!f.used || f.due > now || !sq_[f.sq].on)
			continue;
		if (faults_.bad_id && f.sq) {
			faults_.bad_id--;
			post(f.sq, 0xfff0, st_ok, 0);
		}
		if (!post(f.sq, f.id, f.st, f.result))
			continue;
		if (faults_.twice && f.sq) {
			faults_.twice--;
			post(f.sq, f.id, f.st, f.result);
		}
		f.used = false;
		in_flight_--;
	}
}

/// False if the completion queue is full: then it stays in flight.
bool controller::post(unsigned q, uint16_t id, status st, uint32_t result)
{
	const submission_queue &s = sq_[q];
	completion_queue &c = cq_[s.cq];
	const uint16_t next = c.tail + 1u == c.entries ? 0 : c.tail + 1;

	if (next == c.head)
		return false;
	const completion e = {.result = result, .reserved = 0, .sq_head = s.head, .sq_id = (uint16_t)q,
			      .id = id, .status_phase = (uint16_t)(st << 1 | c.phase)};

	if (!host_->write_memory(c.base + sizeof(e) * c.tail, &e, sizeof(e))) {
		csts_ |= csts_fatal;
		return false;
	}
	c.tail = next;
	if (!next)
		c.phase = !c.phase;
	counts_.completions++;
	if (st)
		counts_.errors++;
	if (c.interrupts)
		host_->raise(c.vector);
	return true;
}

void controller::rearm()
{
	uint64_t soonest = never;
	const uint64_t now = host_->now();

	for (const auto &f : flights_)
		// What is due already waits for room in its queue: the doorbell wakes it.
		if (f.used && f.due > now && f.due < soonest)
			soonest = f.due;
	if (soonest != never)
		host_->set_timer(soonest - now);
}

} // namespace lxd::lab::nvme
