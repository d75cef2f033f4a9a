// SPDX-License-Identifier: GPL-2.0-only
/* The domain's printk: pieces gathered to lines, unprintable bytes replaced, the rate limited. */
#include <linux/ctype.h>
#include <linux/jiffies.h>

#include "internal.h"

#define LINES_A_WINDOW 200
#define WINDOW (5 * HZ)

void lxd_log_init(struct lxd_domain *dom)
{
	spin_lock_init(&dom->log.lock);
	dom->log.window = jiffies;
}

/* The lock is held. */
static bool room(struct lxd_domain *dom)
{
	struct lxd_log *log = &dom->log;

	if (time_after(jiffies, log->window + WINDOW)) {
		if (log->dropped)
			lxd_warn(dom, "%u lines of its log were dropped\n", log->dropped);
		log->window = jiffies;
		log->lines = 0;
		log->dropped = 0;
	}
	if (++log->lines > LINES_A_WINDOW) {
		log->dropped++;
		lxd_stat_inc(dom, LXD_STAT_LOG_DROPPED);
		return false;
	}
	lxd_stat_inc(dom, LXD_STAT_LOG_LINES);
	return true;
}

bool lxd_log_room(struct lxd_domain *dom)
{
	unsigned long flags;
	bool yes;

	spin_lock_irqsave(&dom->log.lock, flags);
	yes = room(dom);
	spin_unlock_irqrestore(&dom->log.lock, flags);
	return yes;
}

static void flush_line(struct lxd_domain *dom)
{
	struct lxd_log *log = &dom->log;

	log->line[log->len] = 0;
	log->len = 0;
	if (!room(dom))
		return;
	/* A domain does not set off the host's alarms: nothing above a warning. */
	if (log->level <= 4)
		pr_warn("lxd: %s| %s\n", dom->name, log->line);
	else
		pr_info("lxd: %s| %s\n", dom->name, log->line);
}

/* Half a line of the life that ended is not the beginning of another one's. */
void lxd_log_renew(struct lxd_domain *dom)
{
	dom->log.len = 0;
}

void lxd_log_text(struct lxd_domain *dom, u8 level, const u8 *text, unsigned int len)
{
	struct lxd_log *log = &dom->log;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&log->lock, flags);
	for (i = 0; i < len; i++) {
		if (!log->len)
			log->level = level;
		if (text[i] == '\n') {
			flush_line(dom);
			continue;
		}
		log->line[log->len++] = isascii(text[i]) && isprint(text[i]) ? text[i] : '?';
		if (log->len == sizeof(log->line) - 1)
			flush_line(dom);
	}
	spin_unlock_irqrestore(&log->lock, flags);
}
