/* SPDX-License-Identifier: GPL-2.0-only */
/* Fixed-width names of the kernel for code that also builds outside of it. */
#ifndef LXD_TYPES_H
#define LXD_TYPES_H
#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <linux/types.h> /* the uapi header: __u64 and friends, in C and C++ */
#endif
#endif
