/* SPDX-License-Identifier: GPL-2.0-only */
/* A hostile domain, as small as can be: text, data, stacks, IDT, GDTs, and page tables. */
#ifndef LXD_HOSTILE_H
#define LXD_HOSTILE_H

#include <linux/list.h>
#include <lxd/hv.h>

#include "../../lxd/gate/gate.h"
#include "attack.h"

struct hostile {
	struct lxd_gate_domain gd;
	struct lxd_gate_context gc[LXD_MAX_CPUS];
	u16 slot;
	u64 *root; /* page-table root as the processor sees it in D */
	u64 *data; /* D_DATA, D_DATA_PAGES pages */
	u64 *idt, *gdt[LXD_MAX_CPUS];
	struct list_head pages; /* everything to be freed */
	/* What it would build for itself, in data pages of its own. */
	u64 swallow, sweep, segments; /* page-table roots */
	u64 *forged_idt, *forged_gdt, *sweep_page, *sweep_page0;
};

extern char lxd_attack_text[], lxd_attack_text_end[], lxd_attack_entry[], lxd_attack_iretq[];
extern const struct lxd_attack lxd_attacks[], lxd_attacks_end[];

/* Address in D of a label in the attacks' text. */
static inline unsigned long hostile_text(const void *label)
{
	return D_TEXT + ((const char *)label - lxd_attack_text);
}

extern unsigned int hostile_cli;

int hostile_create(struct hostile *h);
void hostile_destroy(struct hostile *h);
/* The forged entry for @va under the root @root. */
u64 *hostile_entry(u64 root, unsigned long va);
u64 hostile_pa(const void *p);

#endif
