// SPDX-License-Identifier: GPL-2.0-only
/// States of an object.
#include "full_glue.hpp"

#include <chrono>
#include <thread>

TEST_F(contract, an_object_lives_as_its_machine_says)
{
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
	lxd_full_tick(handle(0), 1); // crosses the stop: dropped, counted, no violation
	EXPECT_EQ(ports[0].object.dropped, 1u);
	__u32 answer;
	EXPECT_EQ(lxd_full_ask(handle(0), &answer), -ESTALE);
	EXPECT_EQ(open(), 0);
	lxd_full_tick(handle(0), 2);
	EXPECT_EQ(lxd_full_ask(handle(0), &answer), 0);
	EXPECT_EQ(answer, 42u);
	EXPECT_EQ(lxd_full_close(handle(0)), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_GONE);
	EXPECT_EQ(log_, log({"open", "open", "tick 2", "close"}));
	EXPECT_EQ(domain.violations + domain.failed, 0);
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBUSY); // not sent
	EXPECT_EQ(calls, 1);
}

TEST_F(contract, a_message_that_no_state_allows_kills)
{
	EXPECT_EQ(lxd_full_close(handle(0)), -EPROTO);
	EXPECT_EQ(domain.failed, 1);
	EXPECT_EQ(domain.violations, 1);
	EXPECT_EQ(domain.why, "full.close: not in this state of the object");
	EXPECT_TRUE(log_.empty());
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(open(), -EPROTO);
	EXPECT_EQ(domain.failed, 2);
}

TEST_F(contract, deferred_messages_come_in_order_after_the_change)
{
	now = 1000000000;
	for (__u32 i = 0; i < 4; i++, now += 1000000)
		lxd_full_tick(handle(0), i);
	EXPECT_TRUE(log_.empty());
	EXPECT_EQ(ports[0].object.held, 4);
	__u32 answer;
	EXPECT_EQ(lxd_full_ask(handle(0), &answer), -EAGAIN); // waiting calls are not held
	EXPECT_EQ(ports[0].object.held, 4);
	EXPECT_EQ(domain.violations, 0);
	lxd_full_tick(handle(0), 4);
	EXPECT_EQ(domain.violations, 1);
	EXPECT_EQ(domain.what, "more deferred messages than an object holds");
	domain.contract.quota_tick.next = 0;
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(log_, log({"open", "tick 0", "tick 1", "tick 2"})); // the fourth meets the quota
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(domain.contract.quota_tick.dropped, 1u);
}

TEST_F(contract, the_hosts_own_messages_release_too)
{
	lxd_full_tick(handle(0), 7);
	ports[0].object.state = LXD_FULL_LIFE_DOWN;
	lxd_full_nudge(&domain, handle(0));
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	EXPECT_EQ(log_, log({"nudge", "tick 7"}));
	lxd_full_nudge(&domain, handle(0)); // accepted in up, no change
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	EXPECT_EQ(log_, log({"nudge", "tick 7", "nudge"}));
	lxd_object_init(&ports[0].object);
	now += 10000000;
	lxd_full_tick(handle(0), 8);
	ports[0].object.state = LXD_FULL_LIFE_UP;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), 0); // released into `down`, which drops ticks
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(ports[0].object.dropped, 1u);
}

TEST_F(contract, a_failed_message_moves_nothing)
{
	klcd_ret = -EIO;
	EXPECT_EQ(open(), -EIO);
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	lxd_full_tick(handle(0), 1);
	EXPECT_EQ(open(), -EIO);
	EXPECT_EQ(ports[0].object.held, 1); // nothing was released
	klcd_ret = 0;
	EXPECT_EQ(open(), 0);
	rt_ret = -EBADF;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBADF);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	call_error = -ETIMEDOUT;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -ETIMEDOUT);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	rt_ret = call_error = 0;
	tamper = [](void *r, __u32 *) { *static_cast<__s32 *>(r) = 7; };
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EPROTO);
	EXPECT_EQ(domain.what, "result");
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	ports[0].object.state = LXD_FULL_LIFE_DOWN;
	post_error = -EAGAIN;
	lxd_full_nudge(&domain, handle(0));
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
	// Another message moved the object meanwhile: it stays there.
	lxd_object_back(&ports[0].object, LXD_ACCEPT | LXD_FULL_LIFE_UP, LXD_FULL_LIFE_FRESH);
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
}

TEST_F(contract, posts_of_the_host_ask_the_machine)
{
	EXPECT_EQ(lxd_full_poke(&domain, handle(0)), -EBUSY);
	lxd_full_nudge(&domain, handle(0)); // fresh: kill means for the host that it is not sent
	EXPECT_EQ(posts, 0);
	EXPECT_EQ(domain.failed, 0);
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(lxd_full_poke(&domain, handle(0)), 0);
	EXPECT_EQ(posts, 1);
	EXPECT_EQ(lxd_full_poke(&domain, 0x20000), -ESTALE);
	lxd_full_nudge(&domain, 0x20000);
	EXPECT_EQ(lxd_full_stop(&domain, 0x20000), -ESTALE);
	EXPECT_EQ(posts, 1);
	EXPECT_EQ(calls, 0);
}

TEST_F(contract, nothing_is_sent_in_a_state_that_does_not_allow_it)
{
	__u8 bytes[128] = {};
	__u32 n, values[8];
	__u64 big[16];
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBUSY);
	EXPECT_EQ(lxd_full_command(&domain, handle(0), 0x06, bytes, 0, bytes, &n), -EBUSY);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x100, 2, values), -EBUSY);
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 1, &n), -EBUSY);
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 2, big), -EBUSY);
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 9), -EBUSY);
	EXPECT_EQ(state(), LXD_FULL_LIFE_FRESH);
	for (__u32 no_such : {0u, 0x20000u}) {
		EXPECT_EQ(lxd_full_stop(&domain, no_such), -ESTALE);
		EXPECT_EQ(lxd_full_command(&domain, no_such, 0x06, bytes, 0, bytes, &n), -ESTALE);
		EXPECT_EQ(lxd_full_peek(&domain, no_such, 0x100, 2, values), -ESTALE);
		EXPECT_EQ(lxd_full_sset(&domain, no_such, 1, &n), -ESTALE);
		EXPECT_EQ(lxd_full_stats(&domain, no_such, 2, big), -ESTALE);
		EXPECT_EQ(lxd_full_set_mtu(&domain, no_such, 9), -ESTALE);
	}
	EXPECT_EQ(calls + posts, 0);
	EXPECT_EQ(domain.failed, 0);
}

TEST_F(contract, each_message_of_the_domain_is_about_a_known_object)
{
	lxd_full_open_in o{};
	lxd_full_tick_in t{};
	o.p = t.p = 0x20000;
	EXPECT_EQ(say(LXD_FULL_OPEN, o, 1), -EPROTO);
	EXPECT_EQ(domain.what, "p (handle)");
	EXPECT_EQ(say(LXD_FULL_CLOSE, o, 1), -EPROTO);
	EXPECT_EQ(say(LXD_FULL_ASK, o, 1), -EPROTO);
	EXPECT_EQ(say(LXD_FULL_TICK, t, 0), -EPROTO);
	EXPECT_EQ(say(LXD_FULL_DRAIN, o, 1), -EPROTO);
	EXPECT_EQ(say(LXD_FULL_WAIT_FOR, o, 1), -EPROTO);
	EXPECT_EQ(domain.violations, 6);
	for (unsigned int fn : {LXD_FULL_OPEN | LXD_FN_REPLY, 0u + LXD_FN(8, 0), 0u + LXD_FN(7, LXD_FULL_NR_HOST_FNS)}) {
		EXPECT_EQ(say(static_cast<__u16>(fn), o, 1), -EPROTO);
		EXPECT_EQ(domain.what, "function");
	}
	EXPECT_TRUE(log_.empty());
}

TEST_F(contract, closing_goes_back_or_lets_go)
{
	EXPECT_EQ(open(), 0);
	klcd_ret = -EBUSY;
	EXPECT_EQ(lxd_full_close(handle(0)), -EBUSY);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	klcd_ret = 0;
	ports[0].object.held = 1; // an empty message of no function, so that its end is seen
	EXPECT_EQ(lxd_full_close(handle(0)), 0);
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_GONE);
	lxd_object_init(&ports[0].object);
	EXPECT_EQ(open(), 0);
	ports[0].object.held = 1;
	EXPECT_EQ(lxd_full_drain(handle(0)), 0); // through a state that lasts as long as the call
	EXPECT_EQ(ports[0].object.held, 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_DRAINED);
}

TEST_F(contract, a_call_leads_through_the_state_that_lasts_as_long_as_it)
{
	EXPECT_EQ(open(), 0);
	log_.clear();
	during = [] { lxd_full_tick(handle(0), 5); }; // accepted while it runs
	EXPECT_EQ(lxd_full_drain(handle(0)), 0);
	EXPECT_EQ(log_, log({"drain in " + std::to_string(LXD_FULL_LIFE_DRAINING) + " turn 1", "tick 5"}));
	EXPECT_EQ(state(), LXD_FULL_LIFE_DRAINED);
	lxd_full_tick(handle(0), 6); // and no more
	EXPECT_EQ(ports[0].object.dropped, 1u);
	EXPECT_EQ(lxd_full_drain(handle(0)), -ESTALE);
	EXPECT_EQ(log_.size(), 2u);
	EXPECT_EQ(lxd_full_close(handle(0)), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_GONE);
	EXPECT_EQ(domain.violations + domain.failed, 0);
}

TEST_F(contract, a_call_that_fails_or_is_overtaken_leads_nowhere)
{
	EXPECT_EQ(open(), 0);
	klcd_ret = -EIO;
	EXPECT_EQ(lxd_full_drain(handle(0)), -EIO);
	EXPECT_EQ(state(), LXD_FULL_LIFE_UP);
	klcd_ret = 0;
	during = [] { ports[0].object.state = LXD_FULL_LIFE_GONE; };
	EXPECT_EQ(lxd_full_drain(handle(0)), 0);
	EXPECT_EQ(state(), LXD_FULL_LIFE_GONE);
}

TEST_F(contract, calls_about_one_object_take_turns)
{
	EXPECT_EQ(lxd_full_wait_for(handle(0)), 0); // concurrent
	EXPECT_EQ(log_, log({"wait_for turn 0"}));
	EXPECT_EQ(open(), 0);
	EXPECT_EQ(ports[0].object.turn, 0);
	EXPECT_EQ(open(), -EPROTO); // refused: the turn is over as well
	EXPECT_EQ(ports[0].object.turn, 0);
	EXPECT_EQ(lxd_full_drain(handle(0)), 0);
	EXPECT_EQ(ports[0].object.turn, 0);
	EXPECT_EQ(log_.back(), "drain in " + std::to_string(LXD_FULL_LIFE_DRAINING) + " turn 1");
	EXPECT_EQ(ports[1].object.turn, 0);
	// Somebody else has the turn of another object: that is none of ours.
	lxd_object_enter(&ports[1].object);
	EXPECT_EQ(lxd_full_close(handle(0)), 0);
	lxd_object_leave(&ports[1].object);
}

TEST_F(contract, who_has_no_turn_waits_for_it)
{
	lxd_object_enter(&ports[0].object);
	int result = 1;
	std::thread other([&] { result = open(); });
	std::this_thread::sleep_for(std::chrono::milliseconds(20));
	EXPECT_EQ(__atomic_load_n(&result, __ATOMIC_SEQ_CST), 1);
	EXPECT_TRUE(log_.empty());
	lxd_object_leave(&ports[0].object);
	other.join();
	EXPECT_EQ(result, 0);
}

TEST_F(contract, an_object_that_the_host_has_ended_hears_nothing)
{
	EXPECT_EQ(open(), 0);
	lxd_object_end(&ports[0].object);
	EXPECT_EQ(open(), -ESTALE);
	EXPECT_EQ(lxd_full_close(handle(0)), -ESTALE);
	EXPECT_EQ(lxd_full_wait_for(handle(0)), -ESTALE);
	lxd_full_tick(handle(0), 1);
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EBUSY);
	EXPECT_EQ(ports[0].object.dropped, 5u);
	EXPECT_EQ(log_, log({"open"}));
	EXPECT_EQ(domain.violations + domain.failed, 0);
}
