// SPDX-License-Identifier: GPL-2.0-only
/* The least of all XDP programs, to see who takes it. Also the drop of everything, to see that it runs. */
#include <linux/bpf.h>

__attribute__((section("xdp"), used)) int pass(struct xdp_md *frame)
{
	return XDP_PASS;
}

__attribute__((section("xdp_drop"), used)) int drop(struct xdp_md *frame)
{
	return XDP_DROP;
}
