/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of the gate. */
#ifndef LXD_GATE_INTERNAL_H
#define LXD_GATE_INTERNAL_H

#include <asm/page.h>

#include "gate.h"
#include "layout.h"

/* The last page of a CPU's block: never mapped anywhere but in H. */
struct lxd_gate_host {
	u64 sp;
	u64 enter_cr3;
	u8 a_on;
};

/* Argument and result of lxd_gate_cross(). */
struct lxd_gate_raw {
	u64 hint, value, fault;
	u64 op, arg, context;
};

/* One CPU's pages of the gate, in the order that layout.h says. RSP points here in H's window. */
struct lxd_gate_block {
	u8 state[PAGE_SIZE];
	u64 list[LXD_SLOTS];
	u8 bitmap[PAGE_SIZE];
	union {
		struct lxd_gate_host host;
		u8 host_page[PAGE_SIZE];
	};
};

extern char lxd_gate_a[], lxd_gate_a_door[], lxd_gate_a_end[];
extern char lxd_gate_d[], lxd_gate_d_vmcall[];
extern char lxd_gate_h[], lxd_gate_h_landing[], lxd_gate_h_fault[], lxd_gate_h_vmfunc[];
extern char lxd_gate_h_window_end[], lxd_gate_h_ret[];

/* gate_h.S. Interrupts off; clobbers what a C function may, and all segment and vector registers. */
asmlinkage void lxd_gate_cross(struct lxd_gate_block *block, struct lxd_gate_raw *raw, u32 slot);
/* vector.S. Runs the kernel's own handler as if its interrupt had arrived here; interrupts off. */
asmlinkage void lxd_gate_call_vector(unsigned long handler);

/* The airlock's tables of each CPU. */
struct lxd_airlock;
struct lxd_airlock *lxd_airlock_create(unsigned int cpu, u64 gate_va, u64 gate_pa, u64 state_pa, u64 list_pa);
void lxd_airlock_destroy(struct lxd_airlock *al);
/* Does any page of this airlock, taken as a page-table root, lead to one of its addresses? */
int lxd_airlock_check(const struct lxd_airlock *al, const void *text, const void *state, const void *list);
u64 lxd_airlock_root(const struct lxd_airlock *al);

/* text.c: is A's page the one that was proved, are the others those that were checked? */
int lxd_gate_check_text(void);

/* arrive.c */
int lxd_gate_arrive_init(void);
bool lxd_gate_in_service(void);
u32 lxd_gate_serve(struct lxd_gate_context *gc);

#endif
