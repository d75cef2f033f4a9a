// SPDX-License-Identifier: GPL-2.0-only
/// The runtime, loaded into this process as into a domain, with its functions callable by name.
#pragma once

#include "domain.hpp"

#include <gtest/gtest.h>

namespace lxd::runtime_test {

/// One domain for all tests: the image sits at fixed addresses.
lxd_domain &domain();

/// A function of the image, static ones included. Called on the test's own stack, which may not park.
template <typename F> F *function(const char *name)
{
	uint64_t address = lxd_image_find(domain().image, 0, name);
	if (!address)
		throw harness::failure(std::string("the image has no ") + name);
	return reinterpret_cast<F *>(address);
}

inline uint64_t used_pages()
{
	uint64_t used = 0, all = 0;
	function<void(uint64_t *, uint64_t *)>("rt_heap_stats")(&used, &all);
	return used;
}

} // namespace lxd::runtime_test
