// SPDX-License-Identifier: GPL-2.0-only
/* What makes the image a module file. */
#include <linux/module.h>

MODULE_DESCRIPTION("LXD runtime of a domain; loaded by lxd, not by insmod");
MODULE_AUTHOR("LXD");
MODULE_LICENSE("GPL");
