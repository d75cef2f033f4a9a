// SPDX-License-Identifier: GPL-2.0-only
// libFuzzer: any bytes as the driver's module file. Seeds: the stock modules.
#include "fixture.hpp"

extern "C" int LLVMFuzzerTestOneInput(const __u8 *data, size_t size)
{
	lxd::test::module_file file;
	file.bytes.assign(data, data + size);
	file.bytes.reserve(size + 8);
	auto r = lxd::test::load({lxd::test::runtime(), lxd::test::core(), file});
	if (!r.err != r.error.empty() || (r.err && r.image) || (r.image.reset(), lxd::test::live_allocations))
		__builtin_trap();
	return 0;
}
