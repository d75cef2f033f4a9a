/* SPDX-License-Identifier: GPL-2.0-only */
/* Something at a chosen instruction, by the strict emulator: lab/plugins/moment.hpp. */
#ifndef LXD_ATTACK_MOMENT_H
#define LXD_ATTACK_MOMENT_H

#include <linux/io.h>

#define MOMENT_PORT 0x5d0
#define MOMENT_MAGIC 0x4d4f4d54
#define MOMENT_NMI 0x100
#define MOMENT_VECTOR 0x200
#define MOMENT_LINE 0x300
#define MOMENT_HOLD 0x400
#define MOMENT_ROOT 0x1000000 /* counts instructions of root */

static inline bool moment_available(void)
{
	return inl(MOMENT_PORT) == MOMENT_MAGIC;
}

/* After @n more instructions of @cpu; those of root do not count. */
static inline void moment_arm(unsigned int cpu, u32 what, u32 n)
{
	outl(what | cpu << 16, MOMENT_PORT);
	outl(n, MOMENT_PORT + 4);
}

/* How many instructions were left: 0 if it happened. Nothing happens any more. */
static inline u32 moment_end(void)
{
	u32 left = inl(MOMENT_PORT + 4);

	outl(0, MOMENT_PORT + 4);
	return left;
}

static inline bool moment_held(unsigned int cpu)
{
	return inl(MOMENT_PORT + 8) >> cpu & 1;
}

/* Low half of the CPU's TSC when it happened. */
static inline u32 moment_tsc(void)
{
	return inl(MOMENT_PORT + 20);
}

static inline u64 moment_rip(void)
{
	u64 low = inl(MOMENT_PORT + 12);

	return low | (u64)inl(MOMENT_PORT + 16) << 32;
}

#endif
