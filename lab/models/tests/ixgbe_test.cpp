// SPDX-License-Identifier: GPL-2.0-only
/// Registers, interrupts, link, faults of the 82599 model.
#include "ixgbe_fixture.hpp"

#include <random>

namespace lxd::lab::test {

class ixgbe_test : public testing::Test {
protected:
	listener cable_;
	machine m_{&cable_};
};

TEST_F(ixgbe_test, reset_restores_what_the_driver_reads)
{
	m_.set(reg_ral, 1);
	m_.set(0x5404, 2);
	m_.set(reg_mta, 5);
	m_.set(reg_ctrl, ctrl_reset);
	EXPECT_EQ(m_.reg(reg_ctrl), 0u);
	EXPECT_EQ(m_.reg(0x5400), 0x90598202u);
	EXPECT_EQ(m_.reg(reg_ral + 4), 0x80000000u);
	EXPECT_EQ(m_.reg(reg_mta), 0u);
	EXPECT_EQ(m_.reg(reg_rxpbsize), 0x80000u);
	m_.set(reg_ctrl, ctrl_gio_disable);
	EXPECT_FALSE(m_.reg(reg_status) & status_gio);
}

/// What the driver's register test finds out: bits that are written and read back, and those that are always 0.
TEST_F(ixgbe_test, bits_that_cannot_be_set)
{
	for (unsigned q = 0; q < 4; q++) {
		for (const uint32_t base : {machine::rx(q), machine::tx(q)}) {
			m_.set(base + q_base, ~0u);
			EXPECT_EQ(m_.reg(base + q_base), 0xffffff80u);
			m_.set(base + q_base_high, ~0u);
			EXPECT_EQ(m_.reg(base + q_base_high), ~0u);
			m_.set(base + q_length, ~0u);
			EXPECT_EQ(m_.reg(base + q_length), 0xfff80u);
		}
	}
	for (unsigned i = 0; i < 16; i++) {
		m_.set(reg_ral_old + i * 8, 0xa5a5a5a5);
		m_.set(reg_ral_old + i * 8 + 4, ~0u);
		EXPECT_EQ(m_.reg(reg_ral + i * 8), 0xa5a5a5a5u);
		EXPECT_EQ(m_.reg(reg_ral + i * 8 + 4), 0x8000ffffu);
	}
	const uint32_t status = m_.reg(reg_status);
	m_.set(reg_status, 0x7ffff30f);
	EXPECT_EQ(m_.reg(reg_status), status);
}

TEST_F(ixgbe_test, eeprom_sums_up_and_ends)
{
	uint16_t total = 0;

	for (unsigned i = 0; i < 64; i++) {
		m_.set(reg_eerd, i << 2 | 1);
		EXPECT_TRUE(m_.reg(reg_eerd) & 2);
		total += m_.reg(reg_eerd) >> 16;
	}
	EXPECT_EQ(total, 0xbaba);
	m_.set(reg_eerd, 64 << 2 | 1);
	EXPECT_EQ(m_.reg(reg_eerd) >> 16, 0xffffu);
}

TEST_F(ixgbe_test, semaphore_is_taken_by_reading)
{
	EXPECT_EQ(m_.reg(reg_swsm), 0u);
	EXPECT_EQ(m_.reg(reg_swsm), 1u);
	m_.set(reg_swsm, 0);
	EXPECT_EQ(m_.reg(reg_swsm), 0u);
}

TEST_F(ixgbe_test, no_phy_answers)
{
	m_.set(reg_msca, 1u << 30 | 3u << 26);
	EXPECT_FALSE(m_.reg(reg_msca) >> 30);
	EXPECT_EQ(m_.reg(reg_msrwd) >> 16, 0xffffu);
}

TEST_F(ixgbe_test, queue_vector_is_masked_until_enabled_again)
{
	m_.start();
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_EQ(m_.host.vectors, (std::vector<unsigned>{0}));
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_EQ(m_.host.vectors.size(), 1u);
	m_.set(reg_eims_ex, 1);
	EXPECT_EQ(m_.host.vectors.size(), 2u);
	EXPECT_EQ(m_.reg(reg_eics) & 1, 0u);
}

TEST_F(ixgbe_test, without_auto_mask_and_clear_the_cause_stays)
{
	m_.start();
	m_.set(reg_eiac, 0);
	m_.set(reg_gpie, gpie_msix);
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_TRUE(m_.reg(reg_eics) & 1);
	m_.set(reg_eicr, 1);
	EXPECT_FALSE(m_.reg(reg_eics) & 1);
}

TEST_F(ixgbe_test, throttling_delays_the_second_message)
{
	m_.start();
	m_.host.clock = 1000000;
	m_.set(reg_eitr, 25 << 3); // 50 us
	for (int i = 0; i < 2; i++) {
		m_.put_frame(0, frame_of(60));
		m_.ring(0);
		m_.set(reg_eims_ex, 1);
	}
	EXPECT_EQ(m_.host.vectors.size(), 1u);
	m_.run(49000);
	EXPECT_EQ(m_.host.vectors.size(), 1u);
	m_.run(2000);
	EXPECT_EQ(m_.host.vectors.size(), 2u);
}

TEST_F(ixgbe_test, vectors_above_15_have_their_own_registers)
{
	m_.start();
	m_.set(reg_ivar, 0x80 | 40);
	m_.set(reg_eims_ex + 4, 1 << 8);
	m_.set(reg_eics_ex + 4, 1 << 8);
	EXPECT_EQ(m_.host.vectors, (std::vector<unsigned>{40}));
}

TEST_F(ixgbe_test, link_change_is_told_once_until_cleared)
{
	m_.start();
	EXPECT_TRUE(m_.reg(reg_links) & links_up);
	EXPECT_TRUE(m_.nic->fault("link", 0));
	EXPECT_FALSE(m_.reg(reg_links) & links_up);
	EXPECT_EQ(cable_.carriers, (std::vector<bool>{false}));
	EXPECT_EQ(m_.host.vectors, (std::vector<unsigned>{1}));
	m_.nic->fault("link", 1);
	EXPECT_EQ(m_.host.vectors.size(), 1u);
	EXPECT_TRUE(m_.reg(reg_eics) & cause_link);
	m_.set(reg_eicr, cause_link);
	m_.nic->carrier(false);
	EXPECT_EQ(m_.host.vectors.size(), 2u);
}

TEST_F(ixgbe_test, flap_ends_by_itself)
{
	m_.start();
	m_.nic->fault("flap", 5);
	EXPECT_FALSE(m_.reg(reg_links) & links_up);
	m_.run(4000000);
	EXPECT_FALSE(m_.reg(reg_links) & links_up);
	m_.run(2000000);
	EXPECT_TRUE(m_.reg(reg_links) & links_up);
}

TEST_F(ixgbe_test, statistics_read_clear)
{
	m_.start();
	m_.put_frame(0, frame_of(100));
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_EQ(m_.reg(reg_gptc), 2u);
	EXPECT_EQ(m_.reg(reg_gptc), 0u);
	EXPECT_EQ(m_.reg(reg_gotcl), 168u);
	EXPECT_EQ(m_.reg(reg_ptc64), 1u);
	EXPECT_EQ(m_.reg(reg_ptc64 + 4), 1u);
	EXPECT_EQ(m_.reg(machine::tx(0) + q_packets), 2u);
	EXPECT_EQ(m_.reg(machine::tx(0) + q_packets), 0u);
}

TEST_F(ixgbe_test, faults_lose_and_repeat_interrupts)
{
	m_.start();
	m_.nic->fault("drop-interrupt", 1);
	m_.put_frame(0, frame_of(60));
	m_.ring(0);
	EXPECT_TRUE(m_.host.vectors.empty());
	m_.nic->fault("twice", 1);
	m_.set(reg_eims_ex, 1);
	m_.set(reg_eics_ex, 1);
	EXPECT_EQ(m_.host.vectors.size(), 2u);
	EXPECT_FALSE(m_.nic->fault("coffee", 1));
}

TEST_F(ixgbe_test, tails_are_doorbells)
{
	EXPECT_TRUE(m_.nic->doorbell(0, 0x6018));
	EXPECT_TRUE(m_.nic->doorbell(0, 0x1058));
	EXPECT_TRUE(m_.nic->doorbell(0, 0xd018));
	EXPECT_FALSE(m_.nic->doorbell(0, 0x6010));
	EXPECT_FALSE(m_.nic->doorbell(3, 0x6018));
}

TEST_F(ixgbe_test, clock_runs_at_the_increment)
{
	m_.set(reg_timinca, 1 << 24 | 4);
	m_.host.clock += 64000;
	EXPECT_EQ(m_.reg(reg_systim), 40000u);
}

TEST(ixgbe_fuzz, registers_and_rings_full_of_garbage)
{
	std::mt19937 random(1);
	echo far;
	machine m(&far);

	far.connect(*m.nic);
	for (int round = 0; round < 40; round++) {
		m.start(4);
		for (size_t i = 0; i < 0x90000; i += 4) {
			const uint32_t v = random();

			memcpy(&m.host.memory[machine::rings + i], &v, 4);
		}
		for (int i = 0; i < 2000; i++) {
			const uint32_t o = random() % 3 ? machine::tx(random() % 8) + random() % 16 * 4 : random() % 0x8000 * 4;

			// Not too large a ring, or it takes long.
			m.set(o, random() % 2 ? random() % 0x2000 : random());
			m.reg(random() % 0x8000 * 4);
			m.run(1000);
		}
		m.set(reg_ctrl, ctrl_reset);
	}
}

} // namespace lxd::lab::test
