// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring 3 against the hypervisor: VMFUNC with every index and VMCALL with every number that root
 * knows must be SIGILL, as on the bare machine. Prints what was not and exits with 1.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <lxd/hypercall.h>

static sigjmp_buf back;

static void caught(int sig)
{
	siglongjmp(back, sig);
}

/* 32-bit code keeps the low half of the stack pointer only: signals need a stack of their own. */
static void on_own_stack(void)
{
	static char stack[1 << 16];
	stack_t own = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = caught, .sa_flags = SA_ONSTACK };

	sigaltstack(&own, NULL);
	sigaction(SIGILL, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
}

/* The signal that the instruction raised, 0 for none. */
static int try_vmfunc(unsigned int leaf, unsigned int index)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		asm volatile(".byte 0x0f, 0x01, 0xd4" ::"a"(leaf), "c"(index) : "memory");
	return sig;
}

static int try_vmcall(unsigned long number)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		asm volatile("vmcall" : "+a"(number)::"memory");
	return sig;
}

/* The same in 32-bit code: a far return to the kernel's 32-bit user segment. */
static int try_compat(const unsigned char *code)
{
	int sig = sigsetjmp(back, 1);

	if (!sig)
		asm volatile("pushq $0x23; pushq %0; lretq" ::"r"(code), "a"(0), "c"(1) : "memory");
	return sig;
}

static unsigned long compat(unsigned long *tried)
{
	static const unsigned char texts[][3] = { { 0x0f, 0x01, 0xd4 }, { 0x0f, 0x01, 0xc1 } };
	unsigned char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	unsigned long bad = 0;

	if (page == MAP_FAILED)
		return 1;
	for (int i = 0; i < 2; i++, ++*tried) {
		memset(page, 0xcc, 4096);
		memcpy(page, texts[i], sizeof(texts[i]));
		if (try_compat(page) != SIGILL) {
			printf("ring3: %s in 32-bit code is not SIGILL\n", i ? "VMCALL" : "VMFUNC");
			bad++;
		}
	}
	return bad;
}

int main(void)
{
	static const unsigned int far[] = { 512, 513, 0x7fffffff, 0xffffffff };
	unsigned long bad = 0, tried = 0;

	on_own_stack();
	for (unsigned int i = 0; i < 516; i++) {
		unsigned int index = i < 512 ? i : far[i - 512];
		int sig = try_vmfunc(0, index);

		tried++;
		if (sig != SIGILL) {
			printf("ring3: VMFUNC 0, %#x: signal %d\n", index, sig);
			bad++;
		}
	}
	for (unsigned int leaf = 1; leaf < 64; leaf++, tried++)
		if (try_vmfunc(leaf, 1) != SIGILL) {
			printf("ring3: VMFUNC leaf %u is not SIGILL\n", leaf);
			bad++;
		}
	for (unsigned long n = 0; n < 64; n++, tried += 2) {
		if (try_vmcall(LXD_HC_LEAVE - 1 + n) != SIGILL || try_vmcall(0x4c585800 + n) != SIGILL) {
			printf("ring3: VMCALL %lu is not SIGILL\n", n);
			bad++;
		}
	}
	bad += compat(&tried);
	printf("ring3: %lu tried, %lu wrong\n", tried, bad);
	return bad != 0;
}
