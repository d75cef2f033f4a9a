// SPDX-License-Identifier: GPL-2.0-only
/* Arguments that only the host side knows, and what an attack finds prepared in its data. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/desc.h>
#include <asm/pgtable_types.h>

#include "../../lxd/gate/cross.h"
#include "runner.h"

#define DATA_SEGMENT 0x00cf93000000ffffULL
#define FORGED_CS 10
#define FORGED_SS 11

static char secret[PAGE_SIZE] __aligned(PAGE_SIZE);

static void user_path(u64 root, unsigned long va)
{
	u64 *table = phys_to_virt(root);
	int shift;

	for (shift = 39; shift >= 12; shift -= 9) {
		u64 *entry = &table[va >> shift & 511];

		*entry |= _PAGE_USER;
		table = phys_to_virt(*entry & PTE_PFN_MASK);
	}
}

static void segments(struct hostile *h, u64 code, unsigned int rpl, unsigned long where)
{
	h->forged_gdt[FORGED_CS] = code;
	h->forged_gdt[FORGED_SS] = DATA_SEGMENT | (u64)rpl << 45;
	h->data[DATA_P2 / 8] = FORGED_CS * 8 | rpl;
	h->data[DATA_P3 / 8] = FORGED_SS * 8 | rpl;
	h->data[DATA_P4 / 8] = where;
}

static void split_pages(struct hostile *h, const struct lxd_gate_info *info)
{
	u8 *first = (u8 *)h->sweep_page0, *second = (u8 *)h->sweep_page;

	memset(first, 0xcc, PAGE_SIZE);
	memset(second, 0xcc, PAGE_SIZE);
	first[PAGE_SIZE - 2] = 0x0f;
	first[PAGE_SIZE - 1] = 0x01;
	second[0] = 0xd4;
	*hostile_entry(h->sweep, info->va - PAGE_SIZE) =
		virt_to_phys(first) | _PAGE_PRESENT | _PAGE_ACCESSED | _PAGE_DIRTY;
}

unsigned long attack_argument(struct hostile *h, unsigned long arg)
{
	struct lxd_gate_block *block = lxd_gate_blocks[raw_smp_processor_id()];
	u64 pcid = h->gd.cr3 & CR3_PCID_MASK;
	struct lxd_gate_info info;
	unsigned long leave;

	lxd_gate_info(&info);
	leave = h->data[DATA_PAST_CLI / 8];
	h->data[DATA_P0 / 8] = h->segments | pcid;
	h->data[DATA_P1 / 8] = h->gd.cr3;
	h->data[DATA_P2 / 8] = 1;
	h->data[DATA_FORGE / 8] = 0;

	switch (arg) {
	case ARG_SECRET: return (unsigned long)secret;
	case ARG_STATE: return (unsigned long)block->state;
	case ARG_LIST: return (unsigned long)block->list;
	case ARG_BITMAP: return (unsigned long)block->bitmap;
	case ARG_CR3_SWALLOW: return h->swallow | pcid;
	case ARG_CR3_SWALLOW_NOFLUSH: return h->swallow | pcid | X86_CR3_PCID_NOFLUSH;
	case ARG_CR3_DATA: return virt_to_phys(h->data);
	case ARG_CR3_LIST: return hostile_pa(block->list);
	case ARG_CR3_STATE: return hostile_pa(block->state);
	case ARG_CR3_GATE: return info.gpa;
	case ARG_CR3_PCID: return h->gd.cr3 ^ 1;
	case ARG_OWN_SLOT: return h->slot;
	case ARG_MAP_HOST:
		*hostile_entry(h->sweep, D_STACK) = hostile_pa(secret) | _PAGE_PRESENT | _PAGE_ACCESSED;
		h->data[DATA_P0 / 8] = h->sweep | pcid;
		return 0;
	case ARG_SPLIT:
		split_pages(h, &info);
		h->data[DATA_P0 / 8] = h->sweep | pcid;
		h->data[DATA_P1 / 8] = info.va - 2;
		return 0;
	case ARG_SS:
		segments(h, 0, 0, 0);
		return FORGED_SS * 8;
	case ARG_RING3:
		segments(h, 0x00affb000000ffffULL, 3, leave);
		user_path(h->segments, info.va);
		return 0;
	case ARG_RING1:
		segments(h, 0x00afbb000000ffffULL, 1, leave);
		return 0;
	case ARG_CS64:
		segments(h, 0x00af9b000000ffffULL, 0, 0);
		return 0;
	case ARG_CODE32:
		segments(h, 0x00cf9b000000ffffULL, 0, 0x1000);
		return 0;
	case ARG_CODE16:
		segments(h, 0x008f9b000000ffffULL, 0, 0x1000);
		return 0;
	default: return arg;
	}
}
