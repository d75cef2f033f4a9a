/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The runtime's table of what it offers to drivers under the kernel's names: section .lxd_exports,
 * read by the loader (struct lxd_export in lxd/loader/loader.h has the same layout).
 * rt_crc.h is made by lxd/runtime/mkcrc from the kernel's Module.symvers.
 */
#ifndef LXD_EXPORT_H
#define LXD_EXPORT_H

#include <linux/types.h>
#include <rt_crc.h>

#define LXD_EXPORT_FORWARDED 0
#define LXD_EXPORT_RUNTIME 1
#define LXD_EXPORT_LIBRARY 2
#define LXD_EXPORT_DATA 3
#define LXD_EXPORT_STUB 4
#define LXD_EXPORT_PERCPU 5

struct lxd_rt_export {
	const void *address;
	char name[56];
	u32 crc;
	u32 class;
};

#define LXD_EXPORT(kind, kernel_name, object) \
	static const struct lxd_rt_export lxd_export_##kernel_name \
		__section(".lxd_exports") __used __aligned(8) = { \
		.address = &(object), .name = #kernel_name, \
		.crc = LXD_CRC_##kernel_name, .class = LXD_EXPORT_##kind }

#endif
