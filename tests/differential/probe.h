/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A probe of the differential suite: one instruction in one context, with known registers, and what
 * came of it. Ring 3 (a program) and ring 0 (a module) share it.
 */
#ifndef LXD_DIFFERENTIAL_PROBE_H
#define LXD_DIFFERENTIAL_PROBE_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#define print_into scnprintf
#else
#include <stdint.h>
#include <stdio.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
#define print_into snprintf
#endif

/* Where a probe runs: three modes of ring 3, and ring 0. */
enum mode { MODE_64, MODE_32, MODE_16, MODE_KERNEL, MODES };

/* What stands before or around the instruction. The order is that of `table`. */
enum context {
	CONTEXT_PLAIN,
	CONTEXT_TF, /* POPF with TF */
	CONTEXT_SS, /* MOV SS */
	CONTEXT_SS_TF, /* POPF with TF, MOV SS */
	CONTEXT_RF, /* IRET with RF */
	CONTEXT_PAGE, /* the instruction crosses the boundary of two pages */
	CONTEXT_LAST, /* it ends with its page, and the next page is missing */
	CONTEXT_CUT, /* its last byte is on a page that is missing */
	CONTEXT_TOP, /* it ends at 4 GiB */
	CONTEXT_STI, /* STI */
	CONTEXTS
};

enum base {
	BASE_NONE, BASE_DATA, BASE_HOLE, BASE_READ_ONLY, BASE_NOT_CANONICAL, BASE_TEXT, BASE_CR0, BASE_CR3,
	BASE_CR4, BASE_XCR0, BASES
};

/* Indices of struct registers; 0 to 15 in the processor's order. */
enum { RSP = 4, RDI = 7, GENERAL = 16, FLAGS = 16, DR0, DR6, DR7, PLACES };

struct setting {
	u8 place, base, exclusive;
	u64 value;
};

struct instruction {
	const char *name;
	u8 bytes[16], length;
	u8 where; /* 1 << enum mode */
	u16 contexts;
	u32 loose; /* registers that are not compared */
	u8 memory, lab, settings;
	struct setting set[6];
};

/* How the operand of an instruction with memory is there. */
enum operand { OPERAND_OK, OPERAND_HOLE, OPERAND_CROSS, OPERAND_READ_ONLY, OPERAND_NOT_CANONICAL, OPERAND_ODD,
	       OPERAND_NULL, OPERANDS };

struct probe {
	const struct instruction *what;
	enum mode mode;
	enum context context;
	enum operand operand;
};

/* Filled by who runs probes: the value of each enum base. */
struct places {
	u64 base[BASES];
	u64 stack;
};

/*
 * Two pages of code as they are written and as they run. In 16-bit code the segment begins where the
 * code does.
 */
struct text {
	u8 *write;
	u64 run;
};

struct built {
	u64 start, at, end; /* instruction pointers: of the context, the instruction, what follows it */
};

struct registers {
	u64 r[PLACES];
};

/* What else a probe may have changed; in ring 3 only the data page. */
enum extra { EXTRA_CR0, EXTRA_CR4, EXTRA_CR8, EXTRA_XCR0, EXTRA_GDT, EXTRA_IDT, EXTRA_EFER, EXTRA_DATA, EXTRAS };

struct result {
	struct registers in, out;
	u64 ip, address;
	u32 trap, error;
	int signal, code; /* ring 3 */
	u64 extra[EXTRAS];
	unsigned int extras; /* bits of those that changed */
};

#define TEXT_SIZE 8192
#define SCRATCH_PORT 0x84 /* with the three after it: page registers of the DMA controller that nobody uses */
#define SCRATCH_PORTS 4
#define SCRATCH_VALUE 0x5a /* what each holds before a probe */

/* False: this probe does not exist. */
int probe_exists(const struct probe *p);
void probe_build(const struct probe *p, const struct text *t, struct built *b);
void probe_registers(const struct probe *p, const struct places *where, u64 at, struct registers *in);
/* FNV-1a. */
u64 probe_sum(const u8 *bytes, u32 length);
/* One line without its end; returns its length. */
int probe_name(const struct probe *p, char *to, int room);
int probe_format(const struct probe *p, const struct built *b, const struct result *r, char *to, int room);

#endif
