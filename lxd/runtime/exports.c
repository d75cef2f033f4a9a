// SPDX-License-Identifier: GPL-2.0-only
/* The table entries of thunks.S. */
#include "rt.h"

#define THUNK(reg) \
	void rt_thunk_##reg(void); \
	LXD_EXPORT(LIBRARY, __x86_indirect_thunk_##reg, rt_thunk_##reg)

THUNK(rax);
THUNK(rbx);
THUNK(rcx);
THUNK(rdx);
THUNK(rsi);
THUNK(rdi);
THUNK(rbp);
THUNK(r8);
THUNK(r9);
THUNK(r10);
THUNK(r11);
THUNK(r12);
THUNK(r13);
THUNK(r14);
THUNK(r15);

void rt_return_thunk(void);
LXD_EXPORT(LIBRARY, __x86_return_thunk, rt_return_thunk);
LXD_EXPORT(LIBRARY, __fentry__, rt_return_thunk);
