// SPDX-License-Identifier: GPL-2.0-only
/// Registers, admin commands, queue management, faults.
#include "nvme_fixture.hpp"

namespace lxd::lab::test {

TEST_F(nvme_test, registers_tell_what_the_controller_can)
{
	EXPECT_EQ(reg(reg_cap) & 0xffff, controller::max_entries - 1);
	EXPECT_EQ(reg(reg_vs), version);
	EXPECT_EQ(reg(reg_csts), 0u);
	set(reg_asq, 0x12345fff);
	EXPECT_EQ(reg(reg_asq), 0x12345000u);
	set(reg_intms, 5);
	set(reg_intmc, 4);
	EXPECT_EQ(reg(reg_intms), 1u);
	EXPECT_EQ(reg(0xffc), 0u);
}

TEST_F(nvme_test, enable_shutdown_disable)
{
	enable();
	EXPECT_EQ(reg(reg_csts), csts_ready);
	set(reg_cc, reg(reg_cc) | 1 << 14);
	EXPECT_EQ(reg(reg_csts), csts_ready | csts_shutdown_done);
	EXPECT_EQ(count("shutdowns"), 1u);
	EXPECT_EQ(disk_.flushes, 1u);
	set(reg_cc, 0);
	EXPECT_EQ(reg(reg_csts), 0u);
}

TEST_F(nvme_test, wrong_page_size_is_fatal)
{
	set(reg_aqa, 0x000f000f);
	set(reg_cc, 1 | 1 << 7);
	EXPECT_EQ(reg(reg_csts), csts_fatal);
}

TEST_F(nvme_test, admin_queue_of_one_entry_is_fatal)
{
	set(reg_aqa, 0);
	set(reg_cc, 1);
	EXPECT_EQ(reg(reg_csts), csts_fatal);
}

TEST_F(nvme_test, queue_memory_that_is_not_there_is_fatal)
{
	enable();
	set(reg_cc, 0);
	set(reg_asq_high, 1);
	set(reg_cc, 1);
	set(reg_doorbells, 1);
	run();
	EXPECT_TRUE(reg(reg_csts) & csts_fatal);
}

TEST_F(nvme_test, identify_controller_and_namespaces)
{
	enable();
	command c = make(identify, 0, data);
	c.cdw10 = 1;
	ASSERT_EQ(call(0, c), st_ok);
	const uint8_t *b = host_.memory.data() + data;
	EXPECT_EQ(b[77], 5);
	EXPECT_EQ(b[512], 0x66);
	EXPECT_EQ(b[516], 2);
	EXPECT_EQ(b[525] & 1, 1);
	EXPECT_STREQ((const char *)b + 768, "nqn.2026-11.lab.lxd:nvme0");

	c = make(identify, 1, data);
	ASSERT_EQ(call(0, c), st_ok);
	uint64_t blocks;
	memcpy(&blocks, b, 8);
	EXPECT_EQ(blocks, disk_.size() / 512);
	EXPECT_EQ(b[130], 9);

	c = make(identify, 0, data);
	c.cdw10 = 2;
	ASSERT_EQ(call(0, c), st_ok);
	uint32_t list[3];
	memcpy(list, b, 12);
	EXPECT_EQ(list[0], 1u);
	EXPECT_EQ(list[1], 2u);
	EXPECT_EQ(list[2], 0u);

	c = make(identify, 2, data);
	c.cdw10 = 3;
	ASSERT_EQ(call(0, c), st_ok);
	EXPECT_EQ(b[0], 2);
	EXPECT_EQ(b[4 + 15], 2);
}

TEST_F(nvme_test, identify_refuses_bad_input)
{
	enable();
	for (uint32_t nsid : {0u, 3u, 0xffffffffu})
		EXPECT_EQ(call(0, make(identify, nsid, data)), st_invalid_namespace);
	command c = make(identify, 0, data);
	c.cdw10 = 0x55;
	EXPECT_EQ(call(0, c), st_invalid_field);
	c = make(identify, 0, data + 1);
	c.cdw10 = 1;
	EXPECT_EQ(call(0, c), st_prp_offset);
	c = make(identify, 0, 1ull << 40);
	c.cdw10 = 1;
	EXPECT_EQ(call(0, c), st_transfer_error);
	c = make(identify, 0, data);
	c.flags = 0x40; // SGL
	EXPECT_EQ(call(0, c), st_invalid_field);
	EXPECT_EQ(call(0, make(0x77)), st_invalid_opcode);
}

TEST_F(nvme_test, queue_creation_refuses_bad_input)
{
	enable();
	EXPECT_EQ(create_cq_on(0, 16), st_queue_id);
	EXPECT_EQ(create_cq_on(9, 16), st_queue_id);
	EXPECT_EQ(create_cq_on(1, 1), st_queue_size);
	EXPECT_EQ(create_cq_on(1, 4096), st_queue_size);
	EXPECT_EQ(create_cq_on(1, 16, 2), st_invalid_field); // not contiguous
	EXPECT_EQ(create_sq_on(1, 16, 1), st_cq_invalid);
	ASSERT_EQ(create_cq_on(1, 16), st_ok);
	EXPECT_EQ(create_cq_on(1, 16), st_queue_id);
	EXPECT_EQ(create_sq_on(1, 16, 0), st_cq_invalid);
	ASSERT_EQ(create_sq_on(1, 16, 1), st_ok);
	command c = make(create_cq, 0, cq_at(2));
	c.cdw10 = 15 << 16 | 2;
	c.cdw11 = 9 << 16 | 3;
	EXPECT_EQ(call(0, c), st_vector);
	c = make(create_cq, 0, cq_at(2) + 8);
	c.cdw10 = 15 << 16 | 2;
	c.cdw11 = 3;
	EXPECT_EQ(call(0, c), st_prp_offset);
}

TEST_F(nvme_test, completion_queue_is_deleted_after_its_submission_queue)
{
	start();
	command c = make(delete_cq);
	c.cdw10 = 1;
	EXPECT_EQ(call(0, c), st_queue_deletion);
	c = make(delete_sq);
	c.cdw10 = 1;
	EXPECT_EQ(call(0, c), st_ok);
	EXPECT_EQ(call(0, c), st_queue_id);
	c = make(delete_cq);
	c.cdw10 = 1;
	EXPECT_EQ(call(0, c), st_ok);
}

TEST_F(nvme_test, features)
{
	enable();
	uint32_t result = 0;
	command c = make(set_features);
	c.cdw10 = 7;
	c.cdw11 = 0x00010001;
	EXPECT_EQ(call(0, c, &result), st_ok);
	EXPECT_EQ(result, 0x00070007u);
	c.cdw11 = 0xffff;
	EXPECT_EQ(call(0, c), st_invalid_field);
	c.cdw10 = 7 | 1u << 31;
	EXPECT_EQ(call(0, c), st_not_saveable);
	c = make(set_features);
	c.cdw10 = 6;
	EXPECT_EQ(call(0, c), st_ok);
	c = make(get_features);
	c.cdw10 = 6;
	EXPECT_EQ(call(0, c, &result), st_ok);
	EXPECT_EQ(result, 0u);
	c.cdw10 = 6 | 1 << 8;
	EXPECT_EQ(call(0, c, &result), st_ok);
	EXPECT_EQ(result, 1u);
	c.cdw10 = 0xc0;
	EXPECT_EQ(call(0, c), st_invalid_field);
	ASSERT_EQ(create_cq_on(1, 16), st_ok);
	c = make(set_features);
	c.cdw10 = 7;
	EXPECT_EQ(call(0, c), st_sequence);
}

TEST_F(nvme_test, smart_log_and_log_errors)
{
	enable();
	command c = make(get_log, 0xffffffff, data);
	c.cdw10 = 127 << 16 | 2;
	EXPECT_EQ(call(0, c), st_ok);
	EXPECT_EQ(host_.memory[data + 3], 100);
	c.cdw10 = 127 << 16 | 0x70;
	EXPECT_EQ(call(0, c), st_log_page);
	c.cdw10 = 0xffff << 16 | 2;
	EXPECT_EQ(call(0, c), st_invalid_field);
}

TEST_F(nvme_test, events_park_and_a_bad_doorbell_is_one)
{
	enable();
	std::vector<uint16_t> ids;
	for (int i = 0; i < 4; i++) {
		const command c = make(async_event);
		ids.push_back(c.id);
		submit(0, c);
	}
	run();
	EXPECT_FALSE(take(0));
	EXPECT_EQ(call(0, make(async_event)), st_aer_limit);
	set(reg_doorbells + 5 * 8, 1);
	run();
	auto e = take(0);
	ASSERT_TRUE(e);
	EXPECT_EQ(e->id, ids.back());
	EXPECT_EQ(e->result, 0x10000u);
	set(reg_doorbells, 500);
	run();
	e = take(0);
	ASSERT_TRUE(e);
	EXPECT_EQ(e->result, 0x10100u);
	EXPECT_EQ(count("bad_doorbells"), 2u);
}

TEST_F(nvme_test, never_ready_once)
{
	EXPECT_TRUE(nvme_.fault("never-ready", 1));
	enable();
	EXPECT_EQ(reg(reg_csts), 0u);
	set(reg_cc, 0);
	enable();
	EXPECT_EQ(reg(reg_csts), csts_ready);
}

TEST_F(nvme_test, unknown_fault_is_refused)
{
	EXPECT_FALSE(nvme_.fault("dro", 1));
	EXPECT_FALSE(nvme_.fault("dropp", 1));
}

} // namespace lxd::lab::test
