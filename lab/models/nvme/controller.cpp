// SPDX-License-Identifier: GPL-2.0-only
#include "controller.hpp"

namespace lxd::lab::nvme {

static constexpr pci_identity the_identity = {
	.vendor = 0x1b36,
	.device = 0x4c58, // not QEMU's 0x0010: Linux distrusts the identifiers of that one
	.class_code = 0x010802,
	.revision = 2,
	.bar_size = {0x10000, 0, 0, 0, 0, 0},
	.msix_at = 0x40,
	.msix_vectors = controller::max_queues,
	.msix_bar = 0,
	.msix_table = 0x2000,
	.msix_pba = 0x3000,
	.extra = {{0x2c, 0x36}, {0x2d, 0x1b}, {0x2e, 0x01}},
};

const pci_identity &controller::identity() const
{
	return the_identity;
}

void controller::connect(host &h, const settings &s)
{
	host_ = &h;
	settings_ = s;
}

void controller::reset()
{
	disable();
	for (storage *d : settings_.disks)
		if (d)
			counts_.forgotten += d->power_lost();
	cc_ = csts_ = aqa_ = mask_ = 0;
	asq_ = acq_ = 0;
	faults_ = {};
}

uint32_t controller::read(unsigned, uint32_t offset)
{
	// MQES, contiguous queues only, 1 s until ready, NVM command set.
	static constexpr uint64_t cap = (max_entries - 1) | 1 << 16 | 2 << 24 | 1ull << 37;

	switch (offset) {
	case reg_cap: return (uint32_t)cap;
	case reg_cap_high: return cap >> 32;
	case reg_vs: return version;
	case reg_intms:
	case reg_intmc: return mask_;
	case reg_cc: return cc_;
	case reg_csts: return csts_;
	case reg_aqa: return aqa_;
	case reg_asq: return (uint32_t)asq_;
	case reg_asq_high: return asq_ >> 32;
	case reg_acq: return (uint32_t)acq_;
	case reg_acq_high: return acq_ >> 32;
	default: return 0;
	}
}

static void set_low(uint64_t &r, uint32_t value)
{
	r = (r & ~0xffffffffull) | (value & ~0xfffu);
}

static void set_high(uint64_t &r, uint32_t value)
{
	r = (r & 0xffffffffull) | (uint64_t)value << 32;
}

void controller::write(unsigned, uint32_t offset, uint32_t value)
{
	const uint32_t old = cc_;

	if (offset >= reg_doorbells) {
		ring(offset - reg_doorbells, value);
		return;
	}
	switch (offset) {
	case reg_intms: mask_ |= value; break;
	case reg_intmc: mask_ &= ~value; break;
	case reg_aqa: aqa_ = value & 0x0fff0fff; break;
	case reg_asq: set_low(asq_, value); break;
	case reg_asq_high: set_high(asq_, value); break;
	case reg_acq: set_low(acq_, value); break;
	case reg_acq_high: set_high(acq_, value); break;
	case reg_cc:
		host_->trace("cc", value);
		cc_ = value;
		if (!(old & cc_enable) && (value & cc_enable))
			enable();
		else if ((old & cc_enable) && !(value & cc_enable))
			disable();
		if ((value & cc_shutdown) && !(old & cc_shutdown)) {
			counts_.shutdowns++;
			for (storage *d : settings_.disks)
				if (d)
					d->flush();
			csts_ = (csts_ & ~csts_shutdown) | csts_shutdown_done;
		} else if (!(value & cc_shutdown)) {
			csts_ &= ~csts_shutdown;
		}
		break;
	default: break;
	}
}

bool controller::doorbell(unsigned bar, uint32_t offset) const
{
	return bar == 0 && offset >= reg_doorbells && offset < the_identity.msix_table;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

bool controller::fault(const char *name, uint64_t argument)
{
	const uint64_t times = argument ? argument : 1;

	if (same(name, "drop"))
		faults_.drop = times;
	else if (same(name, "fail"))
		faults_.fail = times;
	else if (same(name, "bad-id"))
		faults_.bad_id = times;
	else if (same(name, "twice"))
		faults_.twice = times;
	else if (same(name, "never-ready"))
		faults_.never_ready = times;
	else if (same(name, "identify"))
		faults_.identify = times;
	else if (same(name, "latency"))
		settings_.latency_ns = argument * 1000;
	else if (same(name, "fatal"))
		csts_ |= csts_fatal;
	else if (same(name, "hang"))
		faults_.hang = true;
	else if (same(name, "interrupt"))
		host_->raise(argument);
	else if (same(name, "none"))
		faults_ = {};
	else
		return false;
	return true;
}

counter controller::get_counter(unsigned index) const
{
	const counter list[] = {
		{"admin", counts_.admin},
		{"io", counts_.io},
		{"reads", counts_.reads},
		{"writes", counts_.writes},
		{"flushes", counts_.flushes},
		{"discards", counts_.discards},
		{"write_zeroes", counts_.write_zeroes},
		{"fua", counts_.fua},
		{"errors", counts_.errors},
		{"completions", counts_.completions},
		{"bytes_read", counts_.bytes_read},
		{"bytes_written", counts_.bytes_written},
		{"resets", counts_.resets},
		{"shutdowns", counts_.shutdowns},
		{"bad_doorbells", counts_.bad_doorbells},
		{"aborts", counts_.aborts},
		{"lost", counts_.lost},
		{"forgotten", counts_.forgotten},
		{"max_depth", counts_.max_depth},
		{"enabled", cc_ & cc_enable},
	};

	return index < sizeof(list) / sizeof(list[0]) ? list[index] : counter{nullptr, 0};
}

void controller::clear_counters()
{
	counts_ = {};
}

} // namespace lxd::lab::nvme
