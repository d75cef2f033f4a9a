// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ring 3 against the hypervisor: VMFUNC with every index and VMCALL with every number that root
 * knows must be SIGILL, as on the bare machine. Prints what was not and exits with 1.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <lxd/hypercall.h>

static sigjmp_buf back;

static void caught(int sig)
{
	siglongjmp(back, sig);
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

int main(void)
{
	static const unsigned int far[] = { 512, 513, 0x7fffffff, 0xffffffff };
	unsigned long bad = 0, tried = 0;

	signal(SIGILL, caught);
	signal(SIGSEGV, caught);
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
	printf("ring3: %lu tried, %lu wrong\n", tried, bad);
	return bad != 0;
}
