// SPDX-License-Identifier: GPL-2.0-only
/*
 * The airlock's text as tools/gate-proof proved it, byte by byte, written down a second time, and the
 * sums of the gate's other pages: what runs must be what was checked, and nothing may have patched it.
 */
#include <crypto/sha2.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/nospec-branch.h>
#include <asm/text-patching.h>

#include "internal.h"
#include "text_sums.h"

static const u8 line[] = {
	0xc6, 0x05, 0xcc, 0xdc, 0xcc, 0xcc, 0x1e,	/* movb $0x1e, slot 1 */
	0xfa,						/* cli */
	0x0f, 0x20, 0xd8,				/* mov %cr3, %rax */
	0x48, 0x39, 0x05, 0xcc, 0xcc, 0xcc, 0xcc,	/* cmp %rax, CR3 */
	0x74, 0x01, 0xcc,
	0x83, 0x3d, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,	/* cmpl $-0x34, PHASE */
	0x74, 0x01, 0xcc,
	0x8c, 0xcf,					/* mov %cs, %edi */
	0x39, 0x3d, 0xcc, 0xcc, 0xcc, 0xcc,		/* cmp %edi, CS */
	0x74, 0x01, 0xcc,
	0x48, 0x8b, 0x05, 0xcc, 0xcc, 0xcc, 0xcc,	/* mov KGS, %rax */
	0x0f, 0x01, 0xf8,				/* swapgs */
	0xf3, 0x48, 0x0f, 0xae, 0xd8,			/* wrgsbase %rax */
	0x0f, 0x01, 0xf8,				/* swapgs */
	0x48, 0x8b, 0x05, 0xcc, 0xcc, 0xcc, 0xcc,	/* mov GS, %rax */
	0xf3, 0x48, 0x0f, 0xae, 0xd8,			/* wrgsbase %rax */
	0x48, 0x8b, 0x3d, 0xcc, 0xcc, 0xcc, 0xcc,	/* mov FS, %rdi */
	0xf3, 0x48, 0x0f, 0xae, 0xd7,			/* wrfsbase %rdi */
	0x48, 0x8d, 0x25, 0xcc, 0xcc, 0xcc, 0xcc,	/* lea FLAGS, %rsp */
	0x9d, 0x90,					/* popfq, nop */
	0x8b, 0x3d, 0xcc, 0xcc, 0xcc, 0xcc,		/* mov ZERO2, %edi */
	0x8e, 0xd7,					/* mov %edi, %ss */
	0x8b, 0x0d, 0xcc, 0xcc, 0xcc, 0xcc,		/* mov ONE, %ecx */
	0x8b, 0x05, 0xcc, 0xcc, 0xcc, 0xcc,		/* mov ZERO, %eax */
	0x48, 0x8b, 0x25, 0xcc, 0xcc, 0xcc, 0xcc,	/* mov RSP, %rsp */
	0x0f, 0x01, 0xd4,				/* vmfunc */
};

static bool is_int3(const char *from, const char *to)
{
	return from == to || !memchr_inv(from, 0xcc, to - from);
}

static bool airlock_is_good(void)
{
	const char *door = lxd_gate_a + GATE_A_DOOR, *end = door + sizeof(line);

	BUILD_BUG_ON(GATE_A_DOOR + sizeof(line) != GATE_H_LANDING);
	return is_int3(lxd_gate_a, door) && !memcmp(door, line, sizeof(line)) && is_int3(end, lxd_gate_a + PAGE_SIZE);
}

/* H's only relocation is the target of its RET. */
static bool ret_is_good(void)
{
	s32 distance;

	if ((u8)*lxd_gate_h_ret != JMP32_INSN_OPCODE)
		return false;
	memcpy(&distance, lxd_gate_h_ret + 1, sizeof(distance));
	return lxd_gate_h_ret + JMP32_INSN_SIZE + distance == (char *)__x86_return_thunk;
}

/* @hole: offset of a relocation, which counts as 0 in the sum; 0: none */
static bool sum_is_good(const char *page, const u8 *sum, unsigned int hole)
{
	u8 *copy = kmemdup(page, PAGE_SIZE, GFP_KERNEL), digest[SHA256_DIGEST_SIZE];
	bool good = false;

	if (copy) {
		if (hole)
			memset(copy + hole, 0, sizeof(s32));
		sha256(copy, PAGE_SIZE, digest);
		good = !memcmp(digest, sum, sizeof(digest));
	}
	kfree(copy);
	return good;
}

int lxd_gate_check_text(void)
{
	unsigned int hole = lxd_gate_h_ret + 1 - lxd_gate_h;
	const struct {
		const char *name, *page;
		bool good;
	} pages[] = {
		{ "airlock's", lxd_gate_a, airlock_is_good() },
		{ "host's", lxd_gate_h, ret_is_good() && sum_is_good(lxd_gate_h, sum_h, hole) },
		{ "domain's", lxd_gate_d, sum_is_good(lxd_gate_d, sum_d, 0) },
		{ "domain's (vmcall)", lxd_gate_d_vmcall, sum_is_good(lxd_gate_d_vmcall, sum_d_vmcall, 0) },
	};
	bool good = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		if (pages[i].good && IS_ALIGNED((unsigned long)pages[i].page, PAGE_SIZE))
			continue;
		pr_err("lxd: the %s page of the gate is not the one that was proved\n", pages[i].name);
		good = false;
	}
	return good ? 0 : -EUCLEAN;
}
