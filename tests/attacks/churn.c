// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the kernel's that changes all the time, for NMI handlers: one linear address, now with this
 * page behind it, now with that. Linux flushes the PCIDs that it knows; a domain's is none of them, and in
 * the gate's windows the host runs with it.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "churn.h"

static struct page *pages[2];
static u64 *mapped;
static unsigned int turn, same, renewed;

int churn_begin(void)
{
	same = 0;
	renewed = 0;
	pages[0] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	pages[1] = alloc_page(GFP_KERNEL | __GFP_ZERO);
	if (!pages[0] || !pages[1])
		return -ENOMEM;
	*(u64 *)page_address(pages[1]) = 1;
	return churn_renew();
}

/* Process context, interrupts on. */
int churn_renew(void)
{
	u64 *before = mapped;

	if (mapped)
		vunmap(mapped);
	vm_unmap_aliases(); /* else the address is not used again for long */
	turn ^= 1;
	mapped = vmap(&pages[turn], 1, VM_MAP, PAGE_KERNEL);
	renewed++;
	same += mapped == before;
	return mapped ? 0 : -ENOMEM;
}

/* In an NMI handler: what a handler reads is what is there; the user's stack may be read, or not. */
bool churn_is_right(void)
{
	u64 word;

	copy_from_user_nmi(&word, (void __user *)task_pt_regs(current)->sp, sizeof(word));
	return !mapped || READ_ONCE(*mapped) == turn;
}

/* How often the address stayed the same: else nothing was tried. */
unsigned int churn_same(void)
{
	return same;
}

void churn_end(void)
{
	if (mapped)
		vunmap(mapped);
	mapped = NULL;
	if (pages[0])
		__free_page(pages[0]);
	if (pages[1])
		__free_page(pages[1]);
}
