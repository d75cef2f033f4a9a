// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs a probe in this process: an IRET leads to it, a signal away from it. Each probe ends with a
 * signal, at the latest that of the INT3 behind it, and the signal's frame has all registers.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include "ring3.h"

#define TEXT 0x10000000
#define DATA 0x10010000
#define READ_ONLY 0x10020000
#define STACK 0x10030000
#define TOP_TEXT 0xffffe000
#define LDT_ENTRY 0x20

struct frame {
	u64 ip, cs, flags, sp, ss;
};

void probe_enter(const struct registers *in, const struct frame *frame);
extern const char probe_resume[];
extern u64 probe_saved_rsp;
u64 probe_saved_rsp;

/* Registers in the order of struct registers; the frame's pointer is in RSI until the end. */
asm(".text\n"
    ".globl probe_enter, probe_resume\n"
    "probe_enter:\n"
    "	push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15\n"
    "	mov %rsp, probe_saved_rsp(%rip)\n"
    "	mov %rsi, %rsp\n"
    "	mov 0(%rdi), %rax; mov 8(%rdi), %rcx; mov 16(%rdi), %rdx; mov 24(%rdi), %rbx\n"
    "	mov 40(%rdi), %rbp; mov 48(%rdi), %rsi\n"
    "	mov 64(%rdi), %r8; mov 72(%rdi), %r9; mov 80(%rdi), %r10; mov 88(%rdi), %r11\n"
    "	mov 96(%rdi), %r12; mov 104(%rdi), %r13; mov 112(%rdi), %r14; mov 120(%rdi), %r15\n"
    "	mov 56(%rdi), %rdi\n"
    "	iretq\n"
    "probe_resume:\n"
    "	pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx\n"
    "	ret\n");

static const struct places places = {
	.base = { [BASE_DATA] = DATA,
		  [BASE_HOLE] = DATA + 4096,
		  [BASE_READ_ONLY] = READ_ONLY,
		  [BASE_NOT_CANONICAL] = 1ull << 63 },
	.stack = STACK + 0x1800,
};

static struct result *current;
static int ports;

const struct places *machine_places(void)
{
	return &places;
}

static void caught(int sig, siginfo_t *info, void *context)
{
	static const int order[GENERAL] = { REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
					    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15 };
	greg_t *g = ((ucontext_t *)context)->uc_mcontext.gregs;

	if (!current)
		_exit(3);
	for (int i = 0; i < GENERAL; i++)
		current->out.r[i] = g[order[i]];
	current->out.r[FLAGS] = g[REG_EFL];
	current->ip = g[REG_RIP];
	current->address = g[REG_CR2];
	current->trap = g[REG_TRAPNO];
	current->error = g[REG_ERR];
	current->signal = sig;
	current->code = info->si_code;
	current = NULL;
	g[REG_RIP] = (greg_t)probe_resume;
	g[REG_RSP] = probe_saved_rsp;
	g[REG_EFL] = 0x202;
	g[REG_CSGSFS] = (g[REG_CSGSFS] & 0x0000ffffffff0000) | 0x002b000000000033;
}

static void map(u64 address, u64 length, int rights)
{
	if (mmap((void *)address, length, rights, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) !=
	    (void *)address)
		err(2, "mmap at %llx", (unsigned long long)address);
}

void machine_init(void)
{
	static char stack[1 << 16];
	stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	struct user_desc code = { .entry_number = LDT_ENTRY, .base_addr = TEXT, .limit = 0x3fff,
				  .contents = MODIFY_LDT_CONTENTS_CODE };
	static const int signals[] = { SIGSEGV, SIGILL, SIGTRAP, SIGBUS, SIGFPE };

	map(TEXT, TEXT_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(TOP_TEXT, TEXT_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	map(DATA, 4096, PROT_READ | PROT_WRITE);
	map(READ_ONLY, 4096, PROT_READ);
	map(STACK, 8192, PROT_READ | PROT_WRITE);
	sigaltstack(&own, NULL);
	for (unsigned int i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	/* A kernel may be built without these: the probes then find a fault in both runs. */
	if (syscall(SYS_modify_ldt, 1, &code, sizeof(code)) && errno != ENOSYS)
		err(2, "modify_ldt");
	ports = !ioperm(SCRATCH_PORT, SCRATCH_PORTS, 1);
	if (!ports && errno != ENOSYS)
		err(2, "ioperm: as root only");
}

static void fill(void *page, u32 length)
{
	memset(page, 0xff, length);
	memset((u8 *)page + 0x180, 0x5a, 16);
}

void machine_run_with(const struct probe *p, struct built *b, struct result *r,
		      void (*change)(struct registers *in, void *data), void *data)
{
	static const u16 selectors[] = { [MODE_64] = 0x33, [MODE_32] = 0x23, [MODE_16] = LDT_ENTRY << 3 | 7 };
	u64 run = p->context == CONTEXT_TOP ? TOP_TEXT : TEXT, before;
	struct text t = { (u8 *)run, run };
	struct frame frame;

	memset(r, 0, sizeof(*r));
	probe_build(p, &t, b);
	probe_registers(p, &places, b->at, &r->in);
	if (change)
		change(&r->in, data);
	r->out = r->in;
	frame = (struct frame){ b->start, selectors[p->mode], r->in.r[FLAGS] | 0x200, r->in.r[RSP], 0x2b };
	fill((void *)DATA, 4096);
	memset((void *)STACK, 0, 8192);
	before = probe_sum((u8 *)DATA, 4096);
	asm volatile("mov %0, %%ds; mov %0, %%es" : : "r"(0x2b));
	for (int i = 0; ports && i < SCRATCH_PORTS; i++)
		outb(SCRATCH_VALUE, SCRATCH_PORT + i);
	current = r;
	probe_enter(&r->in, &frame);
	r->extra[EXTRA_DATA] = probe_sum((u8 *)DATA, 4096);
	if (r->extra[EXTRA_DATA] != before)
		r->extras |= 1u << EXTRA_DATA;
}

void machine_run(const struct probe *p, struct built *b, struct result *r)
{
	machine_run_with(p, b, r, NULL, NULL);
}
