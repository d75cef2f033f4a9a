// SPDX-License-Identifier: GPL-2.0-only
/// Causes, masks, vectors and their rate (datasheet, "Interrupts").
#include "port.hpp"

namespace lxd::lab::ixgbe {

void port::add_queue_cause(unsigned q, bool tx)
{
	// A register holds two queues, receive and transmit each.
	const uint32_t entry = at(reg_ivar + q / 2 * 4) >> (16 * (q & 1) + 8 * tx) & 0xff;

	if (entry & ivar_valid)
		queue_causes_ |= 1ull << (entry & (max_vectors - 1));
	fire();
}

void port::add_other_cause(uint32_t bits)
{
	other_causes_ |= bits & causes_other;
	fire();
}

uint64_t port::interval(unsigned vector) const
{
	const uint32_t v = at(vector < 24 ? reg_eitr + vector * 4 : reg_eitr_more + (vector - 24) * 4);

	return (v >> 3 & 0x1ff) * 2000ull;
}

void port::send_message(unsigned vector)
{
	next_message_[vector] = host_->now() + interval(vector);
	if (faults_.drop_interrupts) {
		faults_.drop_interrupts--;
		counts_.lost_interrupts++;
		return;
	}
	counts_.interrupts++;
	host_->raise(vector);
	if (faults_.twice) {
		faults_.twice--;
		host_->raise(vector);
	}
}

void port::fire()
{
	// Pins and MSI are not modelled: the carrier has MSI-X only.
	if (!(at(reg_gpie) & gpie_msix))
		return;
	for (uint64_t due = queue_causes_ & queue_enabled_; due; due &= due - 1) {
		const unsigned v = __builtin_ctzll(due);
		const uint64_t bit = 1ull << v;

		if (host_->now() < next_message_[v]) {
			counts_.throttled++;
			continue;
		}
		if (v >= 16 || (at(reg_eiac) & bit))
			queue_causes_ &= ~bit;
		if ((at(reg_gpie) & gpie_auto_mask) && (at(reg_eiam_ex + v / 32 * 4) >> v % 32 & 1))
			queue_enabled_ &= ~bit;
		else if (queue_causes_ & bit)
			// Neither cleared nor masked: it is told once.
			queue_enabled_ &= ~bit;
		send_message(v);
	}
	const uint32_t fresh = other_causes_ & other_enabled_ & ~other_told_;
	const uint32_t entry = at(reg_ivar_misc) >> 8 & 0xff;

	if (fresh && (entry & ivar_valid)) {
		other_told_ |= fresh;
		send_message(entry & (max_vectors - 1));
	}
	rearm();
}

void port::write_interrupt(uint32_t offset, uint32_t value)
{
	const uint64_t low = value & 0xffff;
	const unsigned shift = offset & 4 ? 32 : 0;

	switch (offset) {
	case reg_eicr:
		queue_causes_ &= ~low;
		other_causes_ &= ~value;
		other_told_ &= other_causes_;
		break;
	case reg_eics:
		queue_causes_ |= low;
		other_causes_ |= value & causes_other;
		break;
	case reg_eims:
		queue_enabled_ |= low;
		other_told_ &= ~(value & ~other_enabled_);
		other_enabled_ |= value & causes_other;
		break;
	case reg_eimc:
		queue_enabled_ &= ~low;
		other_enabled_ &= ~value;
		break;
	case reg_eics_ex:
	case reg_eics_ex + 4:
		queue_causes_ |= (uint64_t)value << shift;
		break;
	case reg_eims_ex:
	case reg_eims_ex + 4:
		queue_enabled_ |= (uint64_t)value << shift;
		break;
	case reg_eimc_ex:
	case reg_eimc_ex + 4:
		queue_enabled_ &= ~((uint64_t)value << shift);
		break;
	}
	fire();
}

void port::rearm()
{
	const uint64_t now = host_->now();
	uint64_t next = link_back_;

	for (uint64_t due = queue_causes_ & queue_enabled_; due; due &= due - 1) {
		const uint64_t t = next_message_[__builtin_ctzll(due)];

		next = t < next ? t : next;
	}
	if (next != never)
		host_->set_timer(next > now ? next - now : 1);
}

void port::timer()
{
	if (link_back_ <= host_->now()) {
		link_back_ = never;
		link_ = true;
		set_link();
		if (peer_)
			peer_->carrier(true);
	}
	fire();
}

} // namespace lxd::lab::ixgbe
