// SPDX-License-Identifier: GPL-2.0-only
/* Which of the product's allocations and of root's mappings fails. */
#include <linux/delay.h>
#include <linux/module.h>
#include <linux/string.h>

#include "fault.h"
#include "standin.h"

static DEFINE_SPINLOCK(lock); /* all that follows */
static struct hostile_fault now;
static unsigned int asked, hit_line;
static const char *hit_file;

bool hostile_fault_at(const char *file, unsigned int line, bool may_sleep)
{
	unsigned int action, pause_ms;
	unsigned long flags;
	bool hit;

	spin_lock_irqsave(&lock, flags);
	hit = ++asked == now.at;
	action = now.action;
	pause_ms = now.pause_ms;
	if (hit) {
		hit_file = kbasename(file);
		hit_line = line;
	}
	spin_unlock_irqrestore(&lock, flags);
	if (!hit)
		return false;
	if (action == HOSTILE_KILL)
		inside_fail_all();
	else if (action == HOSTILE_PAUSE && may_sleep)
		msleep(pause_ms);
	return action == HOSTILE_FAIL;
}

void hostile_fault_entry(void)
{
	if (READ_ONCE(now.action) == HOSTILE_KILL)
		hostile_fault_at(__FILE__, __LINE__, false);
}

u32 hostile_fault_reached(void)
{
	return READ_ONCE(hit_file) ? 1 : 0;
}

void hostile_fault_set(struct hostile_fault *fault)
{
	struct hostile_fault next = *fault;

	spin_lock_irq(&lock);
	fault->asked = asked;
	fault->hit = !!hit_file;
	fault->line = hit_line;
	strscpy_pad(fault->file, hit_file ?: "", sizeof(fault->file));
	asked = 0;
	hit_file = NULL;
	hit_line = 0;
	now = next;
	spin_unlock_irq(&lock);
}
