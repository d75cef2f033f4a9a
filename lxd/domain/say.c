// SPDX-License-Identifier: GPL-2.0-only
/* Words and sums. */
#include <linux/percpu.h>

#include "internal.h"

u64 lxd_stat_sum(struct lxd_domain *dom, enum lxd_stat n)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(dom->stats, cpu)[n];
	return sum;
}

static __printf(2, 0) void say(struct lxd_textbuf *buf, const char *fmt, va_list args)
{
	if (buf->len + 1 < buf->size)
		buf->len += vscnprintf(buf->text + buf->len, buf->size - buf->len, fmt, args);
}

void lxd_say(struct lxd_textbuf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(buf, fmt, args);
	va_end(args);
}

void lxd_domain_tell(struct lxd_domain *dom, const char *fmt, ...)
{
	va_list args;

	if (!dom->told)
		return;
	va_start(args, fmt);
	say(dom->told, fmt, args);
	va_end(args);
}
