// SPDX-License-Identifier: GPL-2.0-only
#include "image.hpp"

#include <domain.h>
#include <fmt/format.h>

namespace lxd::runtime_test {

lxd_domain &domain()
{
	static lxd_domain *dom = [] {
		harness::options opt;
		opt.files = {RUNTIME_FILE};
		auto *d = new lxd_domain(opt); // lives as long as the process
		d->interfaces = {{LXD_DOMAIN_INTERFACE, lxd_domain_host_dispatch, lxd_domain_host_fns, LXD_DOMAIN_NR_HOST_FNS}};
		// The first entry sets the runtime up.
		__u64 echo = 0;
		if (lxd_domain_ping(d, 7, &echo) || echo != 7)
			throw harness::failure("no answer to a ping");
		return d;
	}();
	return *dom;
}

} // namespace lxd::runtime_test

/// What the domain may ask for in these tests.
extern "C" {
void klcd_domain_log(lxd_domain *, __u8 level, const void *text, __u32 len)
{
	fmt::print("<{}> {}", level, std::string_view(static_cast<const char *>(text), len));
}
lxd_domain_contract *klcd_domain_contract(lxd_domain *)
{
	static lxd_domain_contract contract;
	return &contract;
}
void klcd_domain_warned(lxd_domain *dom, __u64, __u32)
{
	dom->warnings++;
}
}
