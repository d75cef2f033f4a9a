// SPDX-License-Identifier: GPL-2.0-only
/// W^X by host page over all views, sealed pages, slots, and pages that come back.
#include <random>
#include "machine_fixture.hpp"

using namespace lxd::hv;

namespace {

struct views_test : test::machine_fixture {
	u32 host_rights(u64 pa) { return m->host.lookup(m->pool, pa)->rights; }
	int unmap(u16 slot, u64 gpa)
	{
		lxd_hv_map_args a{slot, gpa, 0, 1, 0, 0};

		return view_unmap(*m, a);
	}
	void destroy(u16 slot)
	{
		lxd_hv_map_args a{slot, 0, 0, 0, 0, 0};

		ASSERT_EQ(view_killed(*m, slot), 0);
		do {
			ASSERT_EQ(view_clear(*m, a), 0);
		} while (a.nr);
		ASSERT_EQ(view_destroy(*m, slot), 0);
	}
};

/// Any order of maps and unmaps in three views: no host page is ever both executable and writable
/// in them, and a page is executable in H exactly when no view executes it.
TEST_F(views_test, no_page_is_both)
{
	std::mt19937_64 random(7);
	std::map<std::pair<u16, u64>, std::pair<u64, u32>> model;
	u16 slots[3];
	u64 free_before = m->pool.available();

	for (u16 &s : slots)
		ASSERT_EQ(view_create(*m, s), 0);
	for (int i = 0; i < 30000; i++) {
		u16 s = slots[random() % 3];
		u64 gpa = 0x100000 + random() % 16 * page_size, hpa = 0x200000 + random() % 8 * page_size;
		u32 rights = std::array{1u, 3u, 5u}[random() % 3];

		if (random() % 3) {
			bool w = false, x = false;

			for (const auto &[key, value] : model) {
				w |= value.first == hpa && value.second & 2;
				x |= value.first == hpa && value.second & 4;
			}
			bool allowed = !(rights & 2 && x) && !(rights & 4 && w);
			int want = !allowed ? -1 : model.contains({s, gpa}) ? -17 : 0;

			ASSERT_EQ(map(s, gpa, hpa, rights), want);
			if (!want)
				model[{s, gpa}] = {hpa, rights};
		} else {
			ASSERT_EQ(unmap(s, gpa), model.erase({s, gpa}) ? 0 : -2);
		}
		bool x = false;

		for (const auto &[key, value] : model)
			x |= value.first == hpa && value.second & 4;
		ASSERT_EQ(host_rights(hpa), x ? 3u : 7u);
	}
	for (u16 s : slots)
		destroy(s);
	m->pool.reclaim();
	EXPECT_EQ(m->pool.available(), free_before - 1) << "all but one table, by which a leaf of H was split";
	for (u64 hpa = 0x200000; hpa < 0x208000; hpa += page_size)
		EXPECT_EQ(host_rights(hpa), 7u);
}

TEST_F(views_test, refused)
{
	register_gate();
	EXPECT_EQ(map(slot_, 0, pool_at, LXD_MAP_R), -1) << "the hypervisor's";
	EXPECT_EQ(map(slot_, 0, 0x21000, LXD_MAP_R | LXD_MAP_W), -1) << "the EPTP list";
	EXPECT_EQ(map(slot_, 0, 0x20000, LXD_MAP_R), -1) << "the state page";
	EXPECT_EQ(map(slot_, 0, 0x22000, LXD_MAP_R), -1) << "the MSR bitmap";
	EXPECT_EQ(map(slot_, 0, 0x100000, 7), -1);
	EXPECT_EQ(map(slot_, 0, 0x100000, LXD_MAP_R | LXD_MAP_X | LXD_MAP_UC), -1);
	EXPECT_EQ(map(slot_, 0, 0x100000, LXD_MAP_W), -22) << "write-only is a misconfiguration";
	EXPECT_EQ(map(slot_, 0, 0x100000, 0x20 | 1), -22);
	EXPECT_EQ(map(slot_, 0, bit(41), LXD_MAP_R | LXD_MAP_UC), -22);
	EXPECT_EQ(map(LXD_SLOT_HOST, 0, 0x100000, LXD_MAP_R), -22);
	EXPECT_EQ(map(LXD_SLOTS, 0, 0x100000, LXD_MAP_R), -22);
	EXPECT_EQ(map(slot_ + 1, 0, 0x100000, LXD_MAP_R), -22) << "no such view";
	EXPECT_EQ(map(slot_, 0, 0x100000, LXD_MAP_R, 513), -22);
	// one bad page in the middle: nothing of the range stays
	EXPECT_EQ(map(slot_, 0, 0x1e000, LXD_MAP_R, 4), -1);
	lxd_hv_map_args a{slot_, 0, 0, 0, 0, 0};

	EXPECT_EQ(view_lookup(*m, a), -2);
}

TEST_F(views_test, slots_are_poison_but_for_live_views)
{
	register_gate();
	EXPECT_EQ(list()[slot_], m->views[slot_].tables.root());
	EXPECT_EQ(list()[LXD_SLOT_HOST], m->host.root());
	for (u32 s = slot_ + 1u; s < LXD_SLOTS; s++)
		ASSERT_EQ(list()[s], ~u64{0xff});
	// every CPU has its own airlock
	EXPECT_NE(m->at<u64>(0x21000)[0], m->at<u64>(0x24000)[0]);
	u16 second = 0;

	ASSERT_EQ(view_create(*m, second), 0);
	EXPECT_EQ(m->at<u64>(0x24000)[second], m->views[second].tables.root());
	ASSERT_EQ(view_killed(*m, second), 0);
	EXPECT_EQ(m->at<u64>(0x24000)[second], ~u64{0xff});
	EXPECT_EQ(map(second, 0, 0x100000, LXD_MAP_R), -22) << "a killed view takes nothing";
}

/// The airlock holds what it was given and nothing else.
TEST_F(views_test, airlock_is_three_pages)
{
	register_gate();
	std::map<u64, std::pair<u64, u32>> found;
	const ept &a = m->airlocks[0];

	for (auto gpa = a.next(m->pool, 0); gpa; gpa = a.next(m->pool, *gpa + page_size)) {
		auto leaf = a.lookup(m->pool, *gpa);

		found[*gpa] = {leaf->hpa, leaf->rights};
		EXPECT_TRUE(leaf->ignore_pat);
	}
	std::map<u64, std::pair<u64, u32>> want = {
		{0x10000, {0x11000, 5}}, {0x20000, {0x20000, 1}}, {0x21000, {0x21000, 3}}};

	EXPECT_EQ(found, want);
	EXPECT_EQ(host_rights(0x11000), 3u) << "A's text is not executable in H";
	u64 free_before = m->pool.available();

	gate_cpu_off(*v);
	gate_unregister(*m);
	EXPECT_EQ(host_rights(0x11000), 7u);
	EXPECT_GT(m->pool.available(), free_before);
}

TEST_F(views_test, gate_bitmap_is_closed_but_for_the_named_bytes)
{
	register_gate();
	const u8 *map_ = m->at<u8>(0x22000);
	unsigned int open = 0;

	for (u64 i = 0; i < page_size; i++)
		open += map_[i] == 0;
	EXPECT_EQ(open, 8u + 8 + 4);
	EXPECT_EQ(map_[0x809], 0);
	EXPECT_EQ(map_[0x8dc], 0);
}

TEST_F(views_test, a_failed_registration_leaves_nothing)
{
	lxd_hv_gate g{};
	// text_a in the pool: refused for the first CPU's airlock
	lxd_hv_gate_cpu cpus[2] = {{0x20000, 0x21000, 0x22000}, {0x23000, 0x24000, 0x25000}};
	g.text_h_pa = 0x10000;
	g.text_a_pa = pool_at;
	EXPECT_EQ(gate_register(*m, {&g, cpus, 2}), -1);
	register_gate();
}

/// A4: what a view used comes back, and each view has a bound.
TEST_F(views_test, pages_come_back)
{
	u16 s = 0;
	u64 before = m->pool.available();

	ASSERT_EQ(view_create(*m, s), 0);
	u64 created = m->pool.available();

	for (u64 round = 0; round < 3; round++) {
		u64 hpa = (24 + 2 * round) << 20;

		ASSERT_EQ(map(s, hpa, hpa, LXD_MAP_R | LXD_MAP_W, 512), 0);
		EXPECT_LT(m->pool.available(), created);
		EXPECT_GT(m->views[s].pages.used, 1u);
		lxd_hv_map_args a{s, hpa, 0, 512, 0, 0};

		ASSERT_EQ(view_unmap(*m, a), 0);
		EXPECT_LT(m->pool.available(), created) << "not before every CPU has forgotten the tables";
		m->pool.reclaim();
		EXPECT_EQ(m->pool.available(), created);
		EXPECT_EQ(m->views[s].pages.used, 1u);
	}
	destroy(s);
	m->pool.reclaim();
	EXPECT_EQ(m->pool.available(), before);
}

/// Pages of two views in one table of the ledger: who comes first and who goes last is no debt of either.
TEST_F(views_test, no_account_drifts)
{
	u16 first = 0, second = 0;

	ASSERT_EQ(view_create(*m, first), 0);
	ASSERT_EQ(view_create(*m, second), 0);
	for (int round = 0; round < 100; round++) {
		ASSERT_EQ(map(first, 24 << 20, 24 << 20, LXD_MAP_R | LXD_MAP_W), 0);
		ASSERT_EQ(map(second, (24 << 20) + 0x1000, (24 << 20) + 0x1000, LXD_MAP_R | LXD_MAP_W), 0);
		lxd_hv_map_args a{first, 24 << 20, 0, 1, 0, 0}, b{second, (24 << 20) + 0x1000, 0, 1, 0, 0};

		ASSERT_EQ(view_unmap(*m, a), 0);
		ASSERT_EQ(view_unmap(*m, b), 0);
		m->pool.reclaim();
	}
	EXPECT_EQ(m->views[first].pages.used, 1u);
	EXPECT_EQ(m->views[second].pages.used, 1u);
}

TEST_F(views_test, a_view_ends_at_its_limit_and_the_others_go_on)
{
	u16 greedy = 0, other_view = 0;

	ASSERT_EQ(view_create(*m, greedy), 0);
	ASSERT_EQ(view_create(*m, other_view), 0);
	m->views[greedy].pages.limit = 16;
	int e = 0;

	for (u64 i = 0; i < 64 && !e; i++)
		e = map(greedy, i << 30, 0x100000, LXD_MAP_R);
	EXPECT_EQ(e, -12);
	EXPECT_EQ(m->views[greedy].pages.used, 16u);
	EXPECT_EQ(map(other_view, 0, 0x100000, LXD_MAP_R), 0);
	// nothing of the one that failed stays
	m->pool.reclaim();
	u64 free_pages = m->pool.available();

	EXPECT_EQ(map(greedy, u64{65} << 30, 0x100000, LXD_MAP_R), -12);
	m->pool.reclaim();
	EXPECT_EQ(m->pool.available(), free_pages);
}

/// All views together leave a reserve, which is H's; none left is an error that says so.
TEST_F(views_test, the_reserve_is_not_for_views)
{
	u16 s = 0;

	register_gate();
	ASSERT_EQ(view_create(*m, s), 0);
	m->views[s].pages.limit = ~u64{0};
	int e = 0;

	for (u64 i = 0; i < 4096 && !e; i++)
		e = map(s, i << 30, 0x100000, LXD_MAP_R);
	EXPECT_EQ(e, -12);
	EXPECT_NE(m->pool.take(), 0u) << "H still gets some";
	while (m->pool.take())
		;
	EXPECT_EQ(map(slot_, 0, 0x100000, LXD_MAP_R | LXD_MAP_W), -12) << "not -EPERM";
	u16 none = 0;

	EXPECT_EQ(view_create(*m, none), -12);
	EXPECT_EQ(map(slot_, 0, 0x21000, LXD_MAP_R), -1) << "a sealed page is found without memory";
}

/// The count of a page's mappings does not wrap.
TEST_F(views_test, counts_do_not_wrap)
{
	register_gate();
	ASSERT_TRUE(m->ledger.set(m->pool, 0x100000, {0, page_ledger::entry::most, 0}));
	EXPECT_EQ(map(slot_, 0, 0x100000, LXD_MAP_R | LXD_MAP_W), -28);
	EXPECT_EQ(map(slot_, 0, 0x100000, LXD_MAP_R | LXD_MAP_X), -1);
}

/// An airlock's tables come and go with the domains, too.
TEST_F(views_test, airlock_pages_come_back)
{
	register_gate();
	lxd_hv_map_args a{0, u64{7} << 30, 0x100000, 1, LXD_MAP_R, 0};
	u64 before = m->pool.available();

	ASSERT_EQ(airlock_map(*m, a), 0);
	EXPECT_LT(m->pool.available(), before);
	ASSERT_EQ(airlock_unmap(*m, a), 0);
	m->pool.reclaim();
	EXPECT_EQ(m->pool.available(), before);
}

} // namespace
