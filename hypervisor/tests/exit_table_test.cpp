// SPDX-License-Identifier: GPL-2.0-only
#include <set>
#include <string>
#include "machine_fixture.hpp"
#include "../x86/exit_table.hpp"

using namespace lxd::hv;

namespace {

TEST(exit_table, complete_and_named)
{
	std::set<std::string> names;

	for (u32 i = 0; i < exit_reasons; i++) {
		const exit_row &row = exit_row_of(i);

		ASSERT_NE(row.name, nullptr) << i;
		if (std::string(row.name) != "unknown exit reason") {
			EXPECT_TRUE(names.insert(row.name).second) << row.name << " twice";
		}
	}
	EXPECT_EQ(names.size(), 76u); // 35, 38, 42 and 71 do not exist
	EXPECT_STREQ(exit_row_of(80).name, "unknown exit reason");
	EXPECT_STREQ(exit_row_of(~0u).name, "unknown exit reason");
	EXPECT_STREQ(lxd_core_exit_name(59), "VMFUNC");
}

/// From A and D only the host's own events are not the domain's fault.
TEST(exit_table, views_fault_by_default)
{
	const std::set<u32> not_fault_in_a = {0, 8, 52};

	for (u32 i = 0; i < exit_reasons + 10; i++) {
		const exit_row &row = exit_row_of(i);

		EXPECT_EQ(row.airlock != view_action::fault, not_fault_in_a.contains(i)) << row.name;
		EXPECT_EQ(row.domain != view_action::fault, not_fault_in_a.contains(i) || i == 18) << row.name;
	}
}

TEST(exit_table, vmx_instructions_do_not_exist_in_h)
{
	for (u32 i : {19, 20, 21, 22, 23, 24, 25, 26, 27, 50, 53})
		EXPECT_EQ(exit_row_of(i).host, host_action::undefined) << i;
}

} // namespace
