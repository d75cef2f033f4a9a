// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module for a domain, loaded behind a driver: some time after its start it does one thing that
 * the domain must not survive, from a work of the domain's own. Only for tests/scenarios.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/workqueue.h>

static unsigned int what;
module_param(what, uint, 0);
MODULE_PARM_DESC(what, "number of the act: see acts[]");
static unsigned long address;
module_param(address, ulong, 0);
MODULE_PARM_DESC(address, "where to read, write or jump");
static unsigned int after = 300;
module_param(after, uint, 0);
MODULE_PARM_DESC(after, "milliseconds from the module's start");

static struct delayed_work work;

static noinline void crash_read(void)
{
	asm volatile("movq (%0), %%rax" : : "r"(address) : "rax");
}

static noinline void crash_write(void)
{
	asm volatile("movq $0, (%0)" : : "r"(address) : "memory");
}

static noinline void crash_jump(void)
{
	/* As through a pointer that was overwritten. */
	((void (*)(void))address)();
}

static noinline void crash_divide(void)
{
	asm volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "eax", "ecx", "edx");
}

static noinline unsigned long crash_deeper(unsigned long n)
{
	volatile u8 frame[256];

	frame[n % sizeof(frame)] = n;
	return n ? crash_deeper(n + 1) + frame[0] : 0;
}

static noinline void crash_stack(void)
{
	after = crash_deeper(1);
}

static noinline void crash_loop(void)
{
	for (;;)
		cpu_relax();
}

static noinline void crash_loop_off(void)
{
	asm volatile("cli");
	for (;;)
		cpu_relax();
}

static noinline void crash_bug(void)
{
	__builtin_trap();
}

static noinline void crash_text(void)
{
	*(volatile u8 *)crash_bug = 0xcc;
}

static noinline void crash_data(void)
{
	static u8 code[] = { 0xc3 };
	void (*fn)(void) = (void *)code;

	/* The compiler must not know where it goes: data is not executable. */
	OPTIMIZER_HIDE_VAR(fn);
	fn();
}

static noinline void crash_cr3(void)
{
	asm volatile("mov %0, %%cr3" : : "r"(address));
}

static noinline void crash_msr(void)
{
	/* IA32_LSTAR: where the kernel's system calls enter. */
	asm volatile("wrmsr" : : "c"(0xc0000082), "a"(0), "d"(0));
}

static noinline void crash_port(void)
{
	asm volatile("outb %%al, $0x64" : : "a"(0xfe));
}

static void (*const acts[])(void) = {
	crash_read, crash_write, crash_jump, crash_divide, crash_stack, crash_loop, crash_loop_off,
	crash_bug, crash_text, crash_data, crash_cr3, crash_msr, crash_port,
};

static void act(struct work_struct *unused)
{
	acts[what]();
}

static int __init crash_init(void)
{
	if (what >= ARRAY_SIZE(acts))
		return -EINVAL;
	INIT_DELAYED_WORK(&work, act);
	schedule_delayed_work(&work, msecs_to_jiffies(after));
	return 0;
}

static void __exit crash_exit(void)
{
	cancel_delayed_work_sync(&work);
}

module_init(crash_init);
module_exit(crash_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("LXD test: a domain that breaks");
