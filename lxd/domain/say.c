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

void lxd_say(struct lxd_textbuf *buf, const char *fmt, ...)
{
	va_list args;

	if (buf->len + 1 >= buf->size)
		return;
	va_start(args, fmt);
	buf->len += vscnprintf(buf->text + buf->len, buf->size - buf->len, fmt, args);
	va_end(args);
}
