/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Force-included (-include) into the files of lib/kunit and into test modules when both are built out of
 * tree against a kernel whose CONFIG_KUNIT is off. Shows KUnit's own headers CONFIG_KUNIT=m while
 * every core header keeps the running kernel's layout (no ->kunit_test in task_struct, no
 * ->kunit_suites in struct module). Tried on Debian 6.1.192 and 6.12.117.
 */
#include <linux/version.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/sched/debug.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/device.h>
#include <linux/platform_device.h>
#include <linux/kref.h>
#include <linux/uaccess.h>
#include <linux/seq_file.h>

struct kunit;
struct kunit_oot_slot { struct kunit *kunit_test; };	/* KUnit runs one case at a time: one slot does */
extern struct kunit_oot_slot kunit_oot_slot;

#define CONFIG_KUNIT_MODULE 1
#undef current
#define current (&kunit_oot_slot)
#include <kunit/test-bug.h>
#include <kunit/test.h>
#include <kunit/resource.h>
#include <kunit/visibility.h>

#ifdef KUNIT_OOT_CORE			/* lib/kunit/test.c only */
#undef CONFIG_MODULES			/* drops the module notifier that reads mod->kunit_suites */
#else
#undef current
#define current get_current()
/* registration by module_init: one kunit_test_suites(...) per module, and no other module_init in it */
#undef __kunit_test_suites
#define __kunit_test_suites(unique_array, ...)							\
	static struct kunit_suite *unique_array[] = { __VA_ARGS__ };				\
	static int __init kunit_oot_init(void)							\
	{ return __kunit_test_suites_init((struct kunit_suite * const *)unique_array,		\
					  ARRAY_SIZE(unique_array)); }				\
	static void __exit kunit_oot_exit(void)							\
	{ __kunit_test_suites_exit(unique_array, ARRAY_SIZE(unique_array)); }			\
	module_init(kunit_oot_init);								\
	module_exit(kunit_oot_exit)
#endif
