/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_GATE_CROSS_H
#define LXD_GATE_CROSS_H

#include "internal.h"

extern struct lxd_gate_block *lxd_gate_blocks[NR_CPUS];
int lxd_gate_cross_init(enum lxd_gate_mode mode);

#endif
