/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tracepoints of lxd-idlc need. */
#ifndef LXD_TRACE_H
#define LXD_TRACE_H
#include <linux/ctype.h>
#include <linux/types.h>
#include <lxd/contract.h>

/* A domain's text, for a terminal: ended, and nothing in it but what prints. */
static inline void lxd_trace_copy(char *to, const char *from, size_t room)
{
	size_t i;

	for (i = 0; i + 1 < room && from[i]; i++)
		to[i] = isascii(from[i]) && isprint(from[i]) ? from[i] : '.';
	to[i] = 0;
}

#define lxd_trace_text(to, from) lxd_trace_copy(to, from, sizeof(to))
#endif
