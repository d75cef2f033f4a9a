// SPDX-License-Identifier: GPL-2.0-only
/// Calls: quotas, kept answers and settings, answers that lie, what a domain's end does.
#include "full_glue.hpp"

TEST_F(contract, quotas)
{
	EXPECT_EQ(open(), 0);
	for (__u32 i = 0; i < 5; i++)
		lxd_full_tick(handle(0), i);
	EXPECT_EQ(log_, log({"open", "tick 0", "tick 1", "tick 2"}));
	EXPECT_EQ(domain.contract.quota_tick.dropped, 2u);
	now += 333334;
	lxd_full_tick(handle(0), 5);
	lxd_full_tick(handle(0), 6);
	EXPECT_EQ(log_.back(), "tick 5");
	lxd_full_media m;
	EXPECT_EQ(lxd_full_slow(&m), 0);
	EXPECT_EQ(lxd_full_slow(&m), 0);
	EXPECT_EQ(lxd_full_slow(&m), -EBUSY);
	now += 10000000000;
	EXPECT_EQ(lxd_full_slow(&m), 0); // saved-up time allows no more than the quota at once
	EXPECT_EQ(lxd_full_slow(&m), 0);
	EXPECT_EQ(lxd_full_slow(&m), -EBUSY);
	EXPECT_EQ(domain.violations, 0);
}

TEST_F(contract, a_call_with_an_effect_meets_its_quota_before_its_object)
{
	klcd_ret = -EIO;
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(open(), -EIO);
	EXPECT_EQ(open(), -EBUSY);
	EXPECT_EQ(log_.size(), 100u);
	EXPECT_EQ(domain.contract.quota_open.dropped, 1u);
	EXPECT_EQ(domain.violations + domain.failed, 0);
}

TEST_F(contract, an_answer_that_is_asked_once)
{
	EXPECT_EQ(open(), 0);
	__u32 n = 0;
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 1, &n), 0);
	EXPECT_EQ(n, 5u);
	sset_answer = 9; // the domain changes its mind
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 1, &n), 0);
	EXPECT_EQ(n, 5u);
	EXPECT_EQ(calls, 1);
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 2, &n), 0);
	EXPECT_EQ(n, 9u);
	for (__u8 set = 3; set <= LXD_KEPT; set++)
		EXPECT_EQ(lxd_full_sset(&domain, handle(0), set, &n), 0);
	EXPECT_EQ(lxd_full_sset(&domain, handle(0), 99, &n), -ENOSPC);
	lxd_full_forget(&domain, handle(1));
	EXPECT_EQ(domain.contract.once_sset.kept.used, LXD_KEPT);
	lxd_full_forget(&domain, handle(0));
	EXPECT_EQ(domain.contract.once_sset.kept.used, 0u);
	rt_ret = -EIO;
	EXPECT_EQ(lxd_full_version(&domain, &n), -EIO);
	rt_ret = 0;
	version_answer = 10;
	EXPECT_EQ(lxd_full_version(&domain, &n), -EPROTO);
	version_answer = 3;
	EXPECT_EQ(lxd_full_version(&domain, &n), 0);
	version_answer = 4;
	calls = 0;
	EXPECT_EQ(lxd_full_version(&domain, &n), 0);
	EXPECT_EQ(n, 3u);
	EXPECT_EQ(calls, 0);
}

TEST_F(contract, what_a_domains_end_does_to_a_call)
{
	EXPECT_EQ(open(), 0);
	call_error = post_error = -ESHUTDOWN;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EIO);
	EXPECT_EQ(lxd_full_forgetful(&domain, 1), 0);
	EXPECT_EQ(lxd_full_hint(&domain, 1), 0);
	EXPECT_EQ(lxd_full_urge(&domain, 1), -EIO);
	lxd_full_media m{}, back;
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), -ESHUTDOWN);
	__u64 values[16];
	calls = 0;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 1, values), -ESHUTDOWN);
	EXPECT_EQ(calls, 1 + LXD_RESUBMITS);
	EXPECT_EQ(restarts, 1 + LXD_RESUBMITS);
	restart_error = -ETIMEDOUT;
	calls = 0;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 1, values), -ESHUTDOWN);
	EXPECT_EQ(calls, 1);
	restart_error = restarts = 0;
	__u8 answer[128];
	__u32 n;
	calls = 0;
	EXPECT_EQ(lxd_full_command(&domain, handle(0), 0x08, answer, 0, answer, &n), -EIO);
	EXPECT_EQ(calls, 1 + LXD_RESUBMITS);
	calls = 0;
	EXPECT_EQ(lxd_full_command(&domain, handle(0), 0x06, answer, 0, answer, &n), -EIO);
	EXPECT_EQ(calls, 1);
	__u32 peeked[8];
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x200, 0, peeked), -EIO);
	call_error = post_error = -EAGAIN;
	EXPECT_EQ(lxd_full_stop(&domain, handle(0)), -EAGAIN);
	EXPECT_EQ(lxd_full_forgetful(&domain, 1), -EAGAIN);
	EXPECT_EQ(lxd_full_hint(&domain, 1), -EAGAIN);
	EXPECT_EQ(lxd_full_urge(&domain, 1), -EAGAIN);
	call_error = post_error = 0;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 1, values), 0);
}

TEST_F(contract, settings_are_told_again)
{
	for (klcd_port &p : ports)
		p.object.state = LXD_FULL_LIFE_UP;
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 1500), 0);
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(1), 1400), 0);
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 9000), 0);
	rt_ret = -EINVAL;
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(0), 1), -EINVAL); // refused: not what is wanted
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(2), 1), -EINVAL);
	rt_ret = 0;
	lxd_full_media m = level(2);
	EXPECT_EQ(lxd_full_set_mode(&domain, &m, "fast"), 0);
	EXPECT_EQ(lxd_full_set_mode(&domain, &m, "slow"), 0);
	log_.clear();
	EXPECT_EQ(lxd_full_replay(&domain), 0);
	EXPECT_EQ(log_, log({"mtu 0 9000", "mtu 1 1400", "mode 1 slow"}));
	log_.clear();
	lxd_full_forget(&domain, handle(0));
	EXPECT_EQ(lxd_full_replay(&domain), 0);
	EXPECT_EQ(log_, log({"mtu 1 1400", "mode 1 slow"}));
	for (int i = 3; i < 9; i++)
		EXPECT_EQ(lxd_full_set_mtu(&domain, handle(i), 1), 0);
	calls = 0;
	EXPECT_EQ(lxd_full_set_mtu(&domain, handle(9), 1), -ENOSPC);
	EXPECT_EQ(calls, 0);
	rt_ret = -EIO;
	log_.clear();
	EXPECT_EQ(lxd_full_replay(&domain), -EIO);
	EXPECT_EQ(log_.size(), 1u); // the first error ends it
}

TEST_F(contract, each_call_of_the_host_checks_its_answer)
{
	for (klcd_port &p : ports)
		p.object.state = LXD_FULL_LIFE_UP;
	static lxd_full_media m{}, back;
	static __u8 bytes[128];
	static __u32 n, values[8];
	static __u64 big[16];
	struct call {
		const char *name;
		int (*run)();
		__u32 fixed;		///< bytes of the shortest answer
		const void *result;	///< where results go; an error must leave it alone
	};
	static const call all[] = {
		{"stop", [] { return lxd_full_stop(&domain, handle(0)); }, 4, nullptr},
		{"command", [] { return lxd_full_command(&domain, handle(1), 0x06, bytes, 0, bytes, &n); }, 8, &n},
		{"peek", [] { return lxd_full_peek(&domain, handle(1), 0x100, 2, values); }, 36, values},
		{"sset", [] { return lxd_full_sset(&domain, handle(1), 1, &n); }, 8, &n},
		{"version", [] { return lxd_full_version(&domain, &n); }, 8, &n},
		{"stats", [] { return lxd_full_stats(&domain, handle(1), 2, big); }, 8, big},
		{"set_mtu", [] { return lxd_full_set_mtu(&domain, handle(1), 9); }, 4, nullptr},
		{"set_mode", [] { return lxd_full_set_mode(&domain, &m, "x"); }, 4, nullptr},
		{"forgetful", [] { return lxd_full_forgetful(&domain, 1); }, 4, nullptr},
		{"look", [] { return lxd_full_look(&domain, &m, &back); }, 24, &back},
	};
	static __u32 cut;
	for (const call &c : all) {
		for (auto lie : {+[](void *r, __u32 *) { *static_cast<__s32 *>(r) = 1; },
				 +[](void *r, __u32 *) { *static_cast<__s32 *>(r) = -4096; }}) {
			tamper = lie;
			EXPECT_EQ(c.run(), -EPROTO) << c.name;
			EXPECT_EQ(domain.what, "result") << c.name;
		}
		cut = c.fixed - 1;
		tamper = [](void *, __u32 *len) { *len = cut; };
		EXPECT_EQ(c.run(), -EPROTO) << c.name;
		EXPECT_EQ(domain.what, "length") << c.name;
		cut = 3;
		EXPECT_EQ(c.run(), -EPROTO) << c.name;
		tamper = nullptr;
		memset(&back, 0x77, sizeof(back));
		memset(bytes, 0x77, sizeof(bytes));
		memset(values, 0x77, sizeof(values));
		memset(big, 0x77, sizeof(big));
		n = 0x77777777;
		rt_ret = -ENXIO;
		EXPECT_EQ(c.run(), -ENXIO) << c.name;
		if (c.result) {
			EXPECT_EQ(*static_cast<const __u8 *>(c.result), 0x77) << c.name;
		}
		rt_ret = 0;
		call_error = -ETIMEDOUT;
		EXPECT_EQ(c.run(), -ETIMEDOUT) << c.name;
		call_error = 0;
		int before = domain.violations;
		tamper = [](void *r, __u32 *) { // an error's results mean nothing
			memset(r, 0xff, 40);
			*static_cast<__s32 *>(r) = -EDOM;
		};
		EXPECT_EQ(c.run(), -EDOM) << c.name;
		tamper = nullptr;
		EXPECT_EQ(c.run(), 0) << c.name;
		EXPECT_EQ(domain.violations, before) << c.name;
	}
	EXPECT_EQ(state(), LXD_FULL_LIFE_DOWN);
	sset_answer = 17;
	EXPECT_EQ(lxd_full_sset(&domain, handle(2), 1, &n), -EPROTO);
	EXPECT_EQ(domain.what, "n");
	lxd_full_media gap{};
	gap.tag = LXD_FULL_KIND_PAIR;
	look_answer.back = gap;
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_look_out *>(r)->back.tag = 9; };
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), -EPROTO);
}

TEST_F(contract, symbols_for_the_loader)
{
	EXPECT_STREQ(lxd_full_symbols[0].name, "port_open");
	EXPECT_STREQ(lxd_full_symbols[0].kind, "forwarded");
	EXPECT_STREQ(lxd_full_symbols[2].kind, "library");
	EXPECT_EQ(lxd_full_symbols[3].name, nullptr);
}
