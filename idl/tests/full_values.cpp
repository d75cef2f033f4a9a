// SPDX-License-Identifier: GPL-2.0-only
/// What a message may be: unions, opcodes, bulk data.
#include "full_glue.hpp"

TEST_F(contract, unions_hold_one_member_and_nothing_else)
{
	lxd_full_media m = level(9);
	EXPECT_EQ(lxd_full_open(handle(0), &m), 0);
	log_.clear();
	m = level(10);
	media_refused(m, "level");
	m = level(0);
	media_refused(m, "level");
	m = level(1);
	m.as.raw[4] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.as.raw[0] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.tag = 5;
	media_refused(m, "media (tag)");
	m = {};
	m.tag = LXD_FULL_KIND_SPOT;
	m.as.where.x = 10;
	media_refused(m, "x");
	m.as.where.x = 9;
	m.as.where.y = 2;
	media_refused(m, "y");
	m.as.where.y = 1;
	m.as.raw[sizeof(m.as.where)] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.tag = LXD_FULL_KIND_WORDS;
	memset(m.as.text, 'x', sizeof(m.as.text));
	media_refused(m, "text (no end)");
	m.as.text[11] = 0;
	m.as.raw[12] = 1;
	media_refused(m, "media (rest)");
	m = {};
	m.tag = LXD_FULL_KIND_PAIR;
	m.as.both[1].x = 10;
	media_refused(m, "x");
	m.as.both[1].x = 9;
	m.as.raw[0] = 9;
	EXPECT_EQ(sizeof(m.as.both), sizeof(m.as.raw)); // no rest behind the largest member
	EXPECT_EQ(domain.failed, 0);
	// Within a structure, in each element.
	lxd_full_show_in s{};
	s.pages.title = 1;
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), 0);
	EXPECT_EQ(log_.back(), "show 1 0");
	s.pages.pictures[1] = level(0);
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), -EPROTO);
	s.pages.pictures[1] = {};
	s.k = 2;
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), -EPROTO);
	s.k = 1;
	s.pages.title = 6;
	EXPECT_EQ(say(LXD_FULL_SHOW, s, 0), -EPROTO);
}

TEST_F(contract, a_domains_stub_sends_only_the_member)
{
	lxd_full_media m;
	memset(&m, 0x5a, sizeof(m));
	m.tag = LXD_FULL_KIND_LEVEL;
	m.as.level = 4;
	EXPECT_EQ(lxd_full_open(handle(0), &m), 0);
	EXPECT_EQ(media_seen.as.level, 4u);
}

TEST_F(contract, no_stale_byte_in_a_union_to_the_domain)
{
	for (__u8 tag : {LXD_FULL_KIND_NONE, LXD_FULL_KIND_LEVEL, LXD_FULL_KIND_WORDS}) {
		media_seen.tag = tag;
		lxd_full_media best;
		EXPECT_EQ(lxd_full_slow(&best), 0);
		lxd_full_media clean{};
		clean.tag = tag;
		if (tag == LXD_FULL_KIND_LEVEL)
			clean.as.level = 3;
		if (tag == LXD_FULL_KIND_WORDS)
			strcpy(clean.as.text, "hi");
		EXPECT_EQ(memcmp(&best, &clean, sizeof(clean)), 0) << int(tag);
		now += 10000000000;
	}
	lxd_full_media m;
	for (__u8 tag : {LXD_FULL_KIND_SPOT, LXD_FULL_KIND_PAIR}) {
		memset(&m, 0x5a, sizeof(m));
		m.tag = tag;
		lxd_full_media back;
		EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
		EXPECT_EQ(media_seen.pad0[0] | media_seen.pad0[1] | media_seen.pad0[2], 0);
		lxd_full_media looked = media_seen;
		EXPECT_EQ(lxd_full_set_mode(&domain, &m, "x"), 0);
		EXPECT_EQ(memcmp(&looked, &media_seen, sizeof(looked)), 0);
		if (tag == LXD_FULL_KIND_SPOT) {
			EXPECT_EQ(media_seen.as.where.pad0[0], 0);
			EXPECT_EQ(media_seen.as.raw[sizeof(m.as.where)], 0);
		} else {
			EXPECT_EQ(media_seen.as.both[0].pad0[0] | media_seen.as.both[1].pad0[0], 0);
		}
	}
}

TEST_F(contract, a_union_in_an_answer_is_checked)
{
	lxd_full_media m{}, back{};
	look_answer.back = level(5);
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
	EXPECT_EQ(back.as.level, 5u);
	// The domain's glue clears what its implementation left; a lie is made behind it.
	look_answer.back.as.raw[8] = 1;
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), 0);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_look_out *>(r)->back.as.raw[8] = 1; };
	EXPECT_EQ(lxd_full_look(&domain, &m, &back), -EPROTO);
	EXPECT_EQ(domain.what, "media (rest)");
}

TEST_F(contract, opcodes)
{
	EXPECT_EQ(open(), 0);
	__u8 data[64] = {}, answer[128];
	__u32 m = 0;
	auto command = [&](__u8 code, __u32 n) { return lxd_full_command(&domain, handle(0), code, data, n, answer, &m); };
	EXPECT_EQ(command(0x02, 40), 0);
	EXPECT_EQ(command(0x02, 41), -EINVAL);
	EXPECT_EQ(command(0x02, 65), -EINVAL);
	EXPECT_EQ(command(0x02, 4000000000), -EINVAL);
	EXPECT_EQ(command(0x03, 0), -ENOTTY);
	EXPECT_EQ(command(0x06, 1), -EINVAL);
	capable = false;
	EXPECT_EQ(command(0x02, 1), -EPERM);
	EXPECT_EQ(command(0x0a, 0), 0);
	EXPECT_EQ(calls, 2);
	answer_bytes = 100;
	EXPECT_EQ(command(0x06, 0), 0);
	EXPECT_EQ(m, 100u);
	EXPECT_EQ(answer[99], 7);
	answer_bytes = 101;
	EXPECT_EQ(command(0x06, 0), -EPROTO);
	EXPECT_EQ(domain.what, "m (opcode)");
	answer_bytes = 1;
	EXPECT_EQ(command(0x0a, 0), -EPROTO);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_command_out *>(r)->m = 129; };
	EXPECT_EQ(command(0x06, 0), -EPROTO);
	EXPECT_EQ(domain.what, "m");
	tamper = [](void *r, __u32 *len) {
		static_cast<lxd_full_command_out *>(r)->m = 90;
		*len = 60;
	};
	EXPECT_EQ(command(0x06, 0), -EPROTO);
	EXPECT_EQ(domain.what, "length");
	tamper = nullptr;
	__u32 values[8];
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x100, 4, values), 0);
	EXPECT_EQ(values[3], 4u);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x100, 5, values), -EINVAL); // 20 bytes, 16 allowed
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x200, 1, values), -EINVAL);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x300, 8, values), 0);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x300, 9, values), -EINVAL);
	EXPECT_EQ(lxd_full_peek(&domain, handle(0), 0x101, 0, values), -ENOTTY);
}

TEST_F(contract, bulk_data_has_the_size_that_the_host_asked_for)
{
	EXPECT_EQ(open(), 0);
	__u64 values[16];
	memset(values, 0xff, sizeof(values));
	given = 3;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), 0);
	EXPECT_EQ(values[2], 102u);
	EXPECT_EQ(values[3] | values[7], 0u);
	EXPECT_EQ(values[8], ~0ull);
	given = 99; // cut by the domain's glue
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), 0);
	EXPECT_EQ(values[7], 107u);
	tamper = [](void *r, __u32 *) { static_cast<lxd_full_stats_out *>(r)->values_given = 9; };
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), -EPROTO);
	EXPECT_EQ(domain.what, "values_given");
	tamper = [](void *, __u32 *len) { *len = 20; };
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 8, values), -EPROTO);
	EXPECT_EQ(domain.what, "length");
	tamper = nullptr;
	EXPECT_EQ(lxd_full_stats(&domain, handle(0), 17, values), -EINVAL);
}
