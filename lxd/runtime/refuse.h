/* SPDX-License-Identifier: GPL-2.0-only */
/* Symbols that this system does not offer: each call refuses by name, or answers quietly where a normal run asks. */
#ifndef LXD_RT_REFUSE_H
#define LXD_RT_REFUSE_H

#include "rt.h"

/* Says so in the log. Any context. Return: -EOPNOTSUPP. */
long rt_refuse(const char *name); /* stubs.c */

#define STUB(name) \
	static long name##_stub(void) \
	{ \
		return rt_refuse(#name); \
	} \
	LXD_EXPORT(STUB, name, name##_stub)

#define QUIET(name, result) \
	static long name##_stub(void) \
	{ \
		return result; \
	} \
	LXD_EXPORT(STUB, name, name##_stub)

#endif
