// SPDX-License-Identifier: GPL-2.0-only
/*
 * A VMFUNC at each offset of a page that the domain put behind the gate's linear address, so that it
 * arrives in A at each byte, with the genuine CR3 and every register hostile. One may come back.
 */
#include <linux/io.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <asm/pgtable_types.h>
#include <asm/processor-flags.h>

#include "../../lxd/gate/cross.h"
#include "runner.h"

#define SETS 8

extern char lxd_attack_sweep[];

/* What every register of the domain holds: addresses that A's text could be made to write, or to trust. */
static void values(const struct hostile *h, const struct lxd_gate_block *block, u64 v[SETS])
{
	struct lxd_gate_info info;

	lxd_gate_info(&info);
	v[0] = block->list[LXD_SLOT_HOST] | LXD_SLOT_ON;
	v[1] = info.va + GATE_A_LIST + 8 * LXD_SLOT_HOST;
	v[2] = info.va + GATE_A_STATE;
	v[3] = 0;
	v[4] = ~0ULL;
	v[5] = info.va + GATE_A_DOOR;
	v[6] = D_DATA;
	v[7] = LXD_SLOT_FIRST_DOMAIN; /* 1 would be the hint "interrupted" */
}

static const char *landing(struct hostile *h, unsigned int off, u64 value, u64 flags, int *err, u32 *view)
{
	u64 pcid = h->gd.cr3 & CR3_PCID_MASK;
	unsigned int ret = (off + PAGE_SIZE / 2) % PAGE_SIZE;
	u8 *page = (u8 *)h->sweep_page;
	struct lxd_hv_fault fault = {};
	struct lxd_gate_info info;
	struct lxd_gate_exit out;

	lxd_gate_info(&info);
	memset(page, 0xcc, PAGE_SIZE);
	page[ret] = 0xc3;
	page[off] = 0x0f;
	page[off + 1] = 0x01;
	page[off + 2] = 0xd4;
	h->data[DATA_P0 / 8] = h->sweep | pcid;
	h->data[DATA_P1 / 8] = h->gd.cr3 | X86_CR3_PCID_NOFLUSH;
	h->data[DATA_P2 / 8] = info.va + ret;
	h->data[DATA_P3 / 8] = value;
	h->data[DATA_P4 / 8] = flags;
	h->data[DATA_FORGE / 8] = 0;
	*err = attack_call(h, lxd_attack_sweep, info.va + off, &out);
	if (*err == -EINTR)
		lxd_hv_fault(smp_processor_id(), h->slot, &fault);
	*view = fault.view;
	return check_host(h);
}

static void sweep_set(struct hostile *h, unsigned int stride, u64 value, bool interrupts)
{
	unsigned int returned = 0, in_a = 0, bad = 0, door = 0, tried = 0, off;
	u64 flags = X86_EFLAGS_FIXED | (interrupts ? X86_EFLAGS_IF : 0);
	const char *changed = NULL;

	for (off = (GATE_A_DOOR - 3) % stride; off <= PAGE_SIZE - 3 && !changed; off += stride) {
		u32 view;
		int err;

		changed = landing(h, off, value, flags, &err, &view);
		tried++;
		if (err == -EINTR) {
			in_a += view == LXD_VIEW_A;
			continue;
		}
		returned++;
		if (off + 3 == GATE_A_DOOR)
			door++;
		else
			bad++;
	}
	/* With interrupts on the way to the door may be cut short by one: the domain ends. */
	attack_result("landing sweep", !changed && !bad && returned == door && (door == 1 || interrupts),
		      "registers %llx, IF %d: %u tried, %u returned, %u ended in A, %u in D%s%s", value, interrupts, tried,
		      returned, in_a, tried - returned - in_a, changed ? ", CHANGED: " : "", changed ?: "");
}

void special_sweep(struct hostile *h, unsigned int stride)
{
	u64 v[SETS];
	unsigned int set;

	values(h, lxd_gate_blocks[raw_smp_processor_id()], v);
	/* Another attack may have left its own mapping of the stack there. */
	*hostile_entry(h->sweep, D_STACK) = *hostile_entry(virt_to_phys(h->root), D_STACK);
	for (set = 0; set < SETS; set++) {
		sweep_set(h, stride, v[set], false);
		sweep_set(h, stride, v[set], true);
	}
}
