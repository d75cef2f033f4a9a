// SPDX-License-Identifier: GPL-2.0-only
/// A minimal NVMe driver for the tests: submits one command, takes completions.
#pragma once

#include "../nvme/controller.hpp"
#include "fake_host.hpp"

#include <gtest/gtest.h>

namespace lxd::lab::test {

using namespace lxd::lab::nvme;

class nvme_test : public testing::Test {
protected:
	static constexpr uint64_t queues = 0x100000; ///< queue q: SQ here + q * 0x20000, CQ 0x10000 behind
	static constexpr uint64_t data = 0x800000;

	fake_host host_;
	fake_disk disk_{8 << 20}, second_{1 << 20};
	controller nvme_;
	settings settings_{{&disk_, &second_}, 0, 0};
	struct {
		uint16_t tail = 0, head = 0, entries = 0, phase = 1;
	} queue_[controller::max_queues];

	void SetUp() override
	{
		nvme_.connect(host_, settings_);
		nvme_.reset();
	}

	uint32_t reg(uint32_t offset) { return nvme_.read(0, offset); }
	void set(uint32_t offset, uint32_t value) { nvme_.write(0, offset, value); }
	static uint64_t sq_at(unsigned q) { return queues + q * 0x20000; }
	static uint64_t cq_at(unsigned q) { return sq_at(q) + 0x10000; }

	void run(uint64_t until = 1000)
	{
		const uint64_t end = host_.clock + until;

		while (host_.deadline && *host_.deadline <= end) {
			host_.clock = *host_.deadline;
			host_.deadline.reset();
			nvme_.timer();
		}
		host_.clock = end;
	}

	void enable(unsigned entries = 16)
	{
		set(reg_aqa, (entries - 1) << 16 | (entries - 1));
		set(reg_asq, sq_at(0));
		set(reg_asq_high, 0);
		set(reg_acq, cq_at(0));
		set(reg_acq_high, 0);
		set(reg_cc, 4 << 20 | 6 << 16 | 1);
		queue_[0] = {};
		queue_[0].entries = entries;
	}

	command make(unsigned opcode, uint32_t nsid = 0, uint64_t prp1 = 0, uint64_t prp2 = 0)
	{
		static uint16_t id;
		command c = {};

		c.opcode = opcode;
		c.id = ++id;
		c.nsid = nsid;
		c.prp1 = prp1;
		c.prp2 = prp2;
		return c;
	}

	void submit(unsigned q, const command &c)
	{
		auto &s = queue_[q];

		host_.write_memory(sq_at(q) + 64 * s.tail, &c, 64);
		s.tail = (s.tail + 1) % s.entries;
		set(reg_doorbells + q * 8, s.tail);
	}

	std::optional<completion> take(unsigned q)
	{
		auto &s = queue_[q];
		completion e;

		host_.read_memory(cq_at(q) + 16 * s.head, &e, 16);
		if ((e.status_phase & 1) != s.phase)
			return {};
		s.head = (s.head + 1) % s.entries;
		if (!s.head)
			s.phase ^= 1;
		set(reg_doorbells + q * 8 + 4, s.head);
		return e;
	}

	/// Submits, runs, and returns the status; fails the test without completion.
	status call(unsigned q, const command &c, uint32_t *result = nullptr)
	{
		submit(q, c);
		run();
		const auto e = take(q);
		if (!e) {
			ADD_FAILURE() << "no completion";
			return 0x7fff;
		}
		EXPECT_EQ(e->id, c.id);
		EXPECT_EQ(e->sq_id, q);
		if (result)
			*result = e->result;
		return e->status_phase >> 1;
	}

	status create_cq_on(unsigned q, unsigned entries, uint32_t flags = 3)
	{
		command c = make(create_cq, 0, cq_at(q));
		c.cdw10 = (entries - 1) << 16 | q;
		c.cdw11 = q << 16 | flags;
		return call(0, c);
	}

	status create_sq_on(unsigned q, unsigned entries, unsigned cq)
	{
		command c = make(create_sq, 0, sq_at(q));
		c.cdw10 = (entries - 1) << 16 | q;
		c.cdw11 = cq << 16 | 1;
		return call(0, c);
	}

	void start(unsigned entries = 16)
	{
		enable();
		ASSERT_EQ(create_cq_on(1, entries), st_ok);
		ASSERT_EQ(create_sq_on(1, entries, 1), st_ok);
		queue_[1] = {};
		queue_[1].entries = entries;
	}

	command transfer(unsigned opcode, uint64_t lba, unsigned blocks, uint64_t prp1, uint64_t prp2 = 0)
	{
		command c = make(opcode, 1, prp1, prp2);

		c.cdw10 = (uint32_t)lba;
		c.cdw11 = lba >> 32;
		c.cdw12 = blocks - 1;
		return c;
	}

	uint64_t count(const std::string &name) const
	{
		for (unsigned i = 0; nvme_.get_counter(i).name; i++)
			if (name == nvme_.get_counter(i).name)
				return nvme_.get_counter(i).value;
		ADD_FAILURE() << "no counter " << name;
		return 0;
	}
};

} // namespace lxd::lab::test
