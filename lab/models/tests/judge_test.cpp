// SPDX-License-Identifier: GPL-2.0-only
/// Who is a domain, who is not; and a disk that outlives its machine.
#include "../../plugins/disk_file.hpp"
#include "../../plugins/judge.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace lxd::lab::test {

using kind = origin::kind;

static constexpr origin bare{kind::bare, 0, 0}, root{kind::root, 0, 0}, no_ept{kind::guest, 0, 0};
static constexpr origin host_a{kind::guest, 0x1000, 0}, host_b{kind::guest, 0x2000, 1}, domain{kind::guest, 0x9000, 0};

TEST(judge, only_a_foreign_ept_root_is_a_domain)
{
	views v;

	v.host_seen(host_a);
	v.host_seen(host_b);
	for (const origin &o : {bare, root, no_ept, host_a, host_b})
		EXPECT_FALSE(v.is_domain(o)) << describe(o);
	EXPECT_TRUE(v.is_domain(domain));
}

TEST(judge, a_port_write_in_root_makes_no_view_the_hosts)
{
	views v;

	v.host_seen({kind::root, 0x9000, 0});
	v.host_seen(bare);
	EXPECT_TRUE(v.is_domain(domain));
}

TEST(judge, a_domain_that_poses_as_the_host_loses_its_doorbells)
{
	views v;
	tally t;

	v.host_seen(host_a);
	t.add(domain);
	t.add(domain);
	EXPECT_EQ(t.domain(v), 2u);
	EXPECT_EQ(t.elsewhere(v), 0u);
	v.host_seen(domain);
	EXPECT_EQ(t.domain(v), 0u);
	EXPECT_EQ(t.elsewhere(v), 2u);
}

TEST(judge, every_access_is_in_exactly_one_sum)
{
	views v;
	tally t;

	v.host_seen(host_a);
	for (const origin &o : {bare, root, no_ept, host_a, host_b, domain, domain})
		t.add(o);
	EXPECT_EQ(t.domain(v), 3u) << "host_b never used the port";
	EXPECT_EQ(t.elsewhere(v), 4u);
	EXPECT_EQ(t.describe_all(), "bare 1, root 1, 0x0 1, 0x1000 1, 0x2000 1, 0x9000 2");
	t.clear();
	EXPECT_EQ(t.domain(v) + t.elsewhere(v), 0u);
}

TEST(disk_file, keeps_its_contents)
{
	const std::string path = testing::TempDir() + "lab-disk-" + std::to_string(getpid());
	char back[4] = "";

	{
		disk_file d(path, 8192);
		ASSERT_TRUE(d.is_open());
		EXPECT_TRUE(d.write(4096, "abc", 4));
	}
	disk_file d(path, 8192);
	EXPECT_TRUE(d.read(4096, back, 4));
	EXPECT_STREQ(back, "abc");
	EXPECT_FALSE(d.read(8190, back, 4)) << "beyond the end";
	EXPECT_FALSE(disk_file("/nonexistent/disk", 512).is_open());
	unlink(path.c_str());
}

} // namespace lxd::lab::test
