/* SPDX-License-Identifier: GPL-2.0-only */
/* /dev/lxd, as main.c sees it. */
#ifndef LXD_CHARDEV_H
#define LXD_CHARDEV_H
#include <lxd/hv.h>

int lxd_chardev_init(enum lxd_gate_mode mode);
void lxd_chardev_exit(void);
#endif
