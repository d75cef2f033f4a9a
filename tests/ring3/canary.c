// SPDX-License-Identifier: GPL-2.0-only
/*
 * A process with known contents in every register that a domain could leave traces in: vector and
 * mask registers, MXCSR, x87, PKRU, FS and GS base. Looks at them again and again until SIGTERM, then
 * says how often, and exits with 1 if anything ever changed.
 */
#include <asm/prctl.h>
#include <cpuid.h>
#include <immintrin.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MXCSR 0x1f80 + 0x6000 /* rounds towards zero */
#define X87_CONTROL 0x0f7f
#define PATTERN 0xa5
#define MASK 0x5aa5
#define ONE 0x3ff0000000000000 /* 1.0 */
#define PKRU 0x55555550 /* Linux's own but for key 1 */
#define GS_BASE 0x123456789000

static volatile sig_atomic_t stop;

static void on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void fill_avx2(void)
{
	unsigned char pattern[32];

	memset(pattern, PATTERN, sizeof(pattern));
	asm volatile("vmovdqu %0, %%ymm2; vmovdqu %0, %%ymm7; vmovdqu %0, %%ymm15" : : "m"(pattern));
}

static int look_avx2(void)
{
	unsigned char seen[3][32];

	asm volatile("vmovdqu %%ymm2, %0; vmovdqu %%ymm7, %1; vmovdqu %%ymm15, %2"
		     : "=m"(seen[0]), "=m"(seen[1]), "=m"(seen[2]));
	for (unsigned int i = 0; i < sizeof(seen); i++)
		if (((unsigned char *)seen)[i] != PATTERN)
			return 1;
	return 0;
}

static void fill_avx512(void)
{
	unsigned char pattern[64];
	unsigned int mask = MASK;

	memset(pattern, PATTERN, sizeof(pattern));
	asm volatile("vmovdqu64 %0, %%zmm18; vmovdqu64 %0, %%zmm31; kmovw %1, %%k3" : : "m"(pattern), "r"(mask));
}

static int look_avx512(void)
{
	unsigned char seen[2][64];
	unsigned int mask;

	asm volatile("vmovdqu64 %%zmm18, %0; vmovdqu64 %%zmm31, %1; kmovw %%k3, %2"
		     : "=m"(seen[0]), "=m"(seen[1]), "=r"(mask));
	for (unsigned int i = 0; i < sizeof(seen); i++)
		if (((unsigned char *)seen)[i] != PATTERN)
			return 1;
	return mask != MASK;
}

static int has_pkru(void)
{
	unsigned int eax, ebx, ecx = 0, edx;

	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) && ecx & 1u << 4;
}

static unsigned int read_pkru(void)
{
	unsigned int pkru, edx;

	asm volatile(".byte 0x0f, 0x01, 0xee" : "=a"(pkru), "=d"(edx) : "c"(0));
	return pkru;
}

/* What, or nothing. */
static const char *changed(int avx2, int avx512, int pku, unsigned long fs)
{
	unsigned short control;
	unsigned int mxcsr;
	unsigned long base;
	unsigned long top;

	if (avx512 && look_avx512())
		return "AVX-512 registers";
	if (avx2 && look_avx2())
		return "AVX registers";
	if (pku && read_pkru() != PKRU)
		return "PKRU";
	asm volatile("stmxcsr %0" : "=m"(mxcsr));
	if ((mxcsr & ~0x3fu) != (MXCSR))
		return "MXCSR";
	asm volatile("fnstcw %0; fstl %1" : "=m"(control), "=m"(top));
	if (control != X87_CONTROL || top != ONE)
		return "x87";
	syscall(SYS_arch_prctl, ARCH_GET_GS, &base);
	if (base != GS_BASE)
		return "GS base";
	syscall(SYS_arch_prctl, ARCH_GET_FS, &base);
	return base != fs ? "FS base" : NULL;
}

int main(void)
{
	int avx2 = __builtin_cpu_supports("avx2"), avx512 = __builtin_cpu_supports("avx512f");
	int pku = has_pkru();
	unsigned short control = X87_CONTROL;
	unsigned int mxcsr = MXCSR;
	unsigned long times = 0, fs;
	const char *what = NULL;

	signal(SIGTERM, on_term);
	/* It runs beside what it watches, and must not take its time. */
	if (nice(19) < 0)
		return 2;
	syscall(SYS_arch_prctl, ARCH_GET_FS, &fs);
	syscall(SYS_arch_prctl, ARCH_SET_GS, GS_BASE);
	asm volatile("fninit; fldcw %0; fld1" : : "m"(control));
	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	if (avx2)
		fill_avx2();
	if (avx512)
		fill_avx512();
	if (pku)
		asm volatile(".byte 0x0f, 0x01, 0xef" : : "a"(PKRU), "c"(0), "d"(0));
	while (!stop && !what) {
		what = changed(avx2, avx512, pku, fs);
		times++;
	}
	printf("canary:%s%s%s looked %lu times, %s%s\n", avx2 ? " AVX" : "", avx512 ? " AVX-512" : "", pku ? " PKRU" : "", times, what ? "changed: " : "nothing changed", what ? what : "");
	return !!what;
}
