// SPDX-License-Identifier: GPL-2.0-only
/// Admin commands that manage queues, features and events.
#include "controller.hpp"

namespace lxd::lab::nvme {

status controller::admin(const command &c, uint32_t &result, bool &parked)
{
	switch (c.opcode) {
	case delete_sq: return do_delete_sq(c);
	case create_sq: return do_create_sq(c);
	case delete_cq: return do_delete_cq(c);
	case create_cq: return do_create_cq(c);
	case get_log: return do_get_log(c);
	case identify: return do_identify(c);
	case abort_command: return do_abort(c, result);
	case set_features: return do_set_features(c, result);
	case get_features: return do_get_features(c, result);
	case async_event:
		if (n_events_ == max_events)
			return st_aer_limit;
		events_[n_events_++] = c.id;
		parked = true;
		return st_ok;
	default: return st_invalid_opcode;
	}
}

status controller::do_create_cq(const command &c)
{
	const unsigned q = c.cdw10 & 0xffff, entries = (c.cdw10 >> 16) + 1, vector = c.cdw11 >> 16;

	if (!q || q >= max_queues || cq_[q].on)
		return st_queue_id;
	if (entries < 2 || entries > max_entries)
		return st_queue_size;
	if (!(c.cdw11 & 1) || (cc_ >> 20 & 0xf) != 4)
		return st_invalid_field;
	if (c.prp1 & 0xfff)
		return st_prp_offset;
	if ((c.cdw11 & 2) && vector >= max_queues)
		return st_vector;
	cq_[q] = {.base = c.prp1, .entries = (uint16_t)entries, .head = 0, .tail = 0,
		  .vector = (uint16_t)vector, .phase = true, .interrupts = !!(c.cdw11 & 2), .on = true};
	return st_ok;
}

status controller::do_create_sq(const command &c)
{
	const unsigned q = c.cdw10 & 0xffff, entries = (c.cdw10 >> 16) + 1, cq = c.cdw11 >> 16;

	if (!q || q >= max_queues || sq_[q].on)
		return st_queue_id;
	if (entries < 2 || entries > max_entries)
		return st_queue_size;
	if (!cq || cq >= max_queues || !cq_[cq].on)
		return st_cq_invalid;
	if (!(c.cdw11 & 1) || (cc_ >> 16 & 0xf) != 6)
		return st_invalid_field;
	if (c.prp1 & 0xfff)
		return st_prp_offset;
	sq_[q] = {.base = c.prp1, .entries = (uint16_t)entries, .head = 0, .tail = 0,
		  .cq = (uint16_t)cq, .on = true};
	return st_ok;
}

status controller::do_delete_cq(const command &c)
{
	const unsigned q = c.cdw10 & 0xffff;

	if (!q || q >= max_queues || !cq_[q].on)
		return st_queue_id;
	for (const auto &s : sq_)
		if (s.on && s.cq == q)
			return st_queue_deletion;
	cq_[q].on = false;
	return st_ok;
}

status controller::do_delete_sq(const command &c)
{
	const unsigned q = c.cdw10 & 0xffff;

	if (!q || q >= max_queues || !sq_[q].on)
		return st_queue_id;
	// Commands in flight end unreported, like those not yet fetched.
	for (auto &f : flights_) {
		if (f.used && f.sq == q) {
			f.used = false;
			in_flight_--;
		}
	}
	sq_[q].on = false;
	return st_ok;
}

status controller::do_abort(const command &c, uint32_t &result)
{
	const unsigned q = c.cdw10 & 0xffff, id = c.cdw10 >> 16;

	counts_.aborts++;
	result = 1;
	for (auto &f : flights_) {
		if (!f.used || f.sq != q || f.id != id)
			continue;
		f.st = st_aborted;
		f.due = 0;
		result = 0;
		break;
	}
	return st_ok;
}

bool controller::any_io_queue() const
{
	for (unsigned q = 1; q < max_queues; q++)
		if (sq_[q].on || cq_[q].on)
			return true;
	return false;
}

/// Features of the base specification 1.4 that are settings without effect here,
/// apart from 6 (volatile write cache) and 7 (number of queues).
static bool known_feature(unsigned id)
{
	return id >= 1 && id <= 0x0b && id != 3;
}

static constexpr uint32_t queue_count = (controller::max_queues - 2) * 0x10001u;

status controller::do_set_features(const command &c, uint32_t &result)
{
	const unsigned id = c.cdw10 & 0xff;

	if (c.cdw10 >> 31)
		return st_not_saveable;
	if (!known_feature(id))
		return st_invalid_field;
	if (id == 7) {
		if ((c.cdw11 & 0xffff) == 0xffff || c.cdw11 >> 16 == 0xffff)
			return st_invalid_field;
		if (any_io_queue())
			return st_sequence;
		result = queue_count;
		return st_ok;
	}
	features_[id] = c.cdw11;
	return st_ok;
}

status controller::do_get_features(const command &c, uint32_t &result)
{
	const unsigned id = c.cdw10 & 0xff, select = c.cdw10 >> 8 & 7;

	if (!known_feature(id) || select > 3)
		return st_invalid_field;
	if (select == 3)
		result = id == 7 ? 0 : 4; // changeable, neither saveable nor per namespace
	else if (id == 7)
		result = queue_count;
	else
		result = select == 0 ? features_[id] : id == 6;
	return st_ok;
}

} // namespace lxd::lab::nvme
