// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions inside the domain: a WARN is stepped over, everything else ends the domain. */
#include <linux/bug.h>
#include "rt.h"
#include "glue.h"

struct rt_frame {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rdi, rsi, rbp, rbx, rdx, rcx, rax;
	u64 vector, error;
	u64 rip, cs, rflags, rsp, ss;
};

/* __bug_table, CONFIG_GENERIC_BUG_RELATIVE_POINTERS and CONFIG_DEBUG_BUGVERBOSE. */
struct rt_bug {
	s32 address, file;
	u16 line, flags;
};

void __noreturn rt_report(u64 vector, u64 error, u64 rip, u64 cr2, u64 rsp, u64 rflags);
void rt_trap(struct rt_frame *frame, u64 cr2);

static const struct rt_bug *find_entry(u64 rip, u32 *module)
{
	const struct lxd_module_info *info = (const struct lxd_module_info *)lxd_rt_boot->modules;
	const struct rt_bug *bug;
	u32 i;

	for (i = 0; i < lxd_rt_boot->nr_modules; i++) {
		if (rip - info[i].text >= info[i].text_size)
			continue;
		*module = i;
		for (bug = (const void *)info[i].bug_table; (u64)bug < info[i].bug_table_end; bug++)
			if ((u64)&bug->address + bug->address == rip)
				return bug;
	}
	return NULL;
}

bool rt_warn_step(u64 rip)
{
	const struct rt_bug *bug;
	u32 module = 0;

	bug = find_entry(rip, &module);
	if (!bug || !(bug->flags & BUGFLAG_WARNING))
		return false;
	rt_printk(KERN_WARNING "WARNING: at %s:%u\n", (const char *)((u64)&bug->file + bug->file), bug->line);
	lxd_domain_warned(rip, module);
	return true;
}

void rt_fault(u64 vector, u64 error, u64 rip, u64 cr2, u64 rsp, u64 rflags)
{
	rt_report(vector, error, rip, cr2, rsp, rflags);
}

void rt_die(const char *why, u64 value)
{
	char line[200];

	rt_snprintf(line, sizeof(line), "lxd: the domain gives up: %s (0x%llx)\n", why, value);
	rt_log_line(2, line);
	rt_fault(255, value, (u64)__builtin_return_address(0), 0, (u64)__builtin_frame_address(0), 0);
}

static void keep_registers(const struct rt_frame *f)
{
	const u64 gpr[16] = {
		f->rax, f->rcx, f->rdx, f->rbx, f->rsp, f->rbp, f->rsi, f->rdi,
		f->r8, f->r9, f->r10, f->r11, f->r12, f->r13, f->r14, f->r15,
	};

	memcpy(rt_this()->page->trap_gpr, gpr, sizeof(gpr));
}

void rt_trap(struct rt_frame *frame, u64 cr2)
{
	if (frame->vector == 6 && rt_warn_step(frame->rip)) {
		frame->rip += 2;
		return;
	}
	keep_registers(frame);
	rt_fault(frame->vector, frame->error, frame->rip, cr2, frame->rsp, frame->rflags);
}

static void __noreturn stack_chk_fail(void)
{
	rt_die("stack canary overwritten", (u64)__builtin_return_address(0));
}

static void __noreturn fortify_panic_rt(const char *name)
{
	rt_die(name, (u64)__builtin_return_address(0));
}

static void refcount_warn(void *r, unsigned int type)
{
	rt_die("reference count is broken", (u64)r);
}

LXD_EXPORT(RUNTIME, __stack_chk_fail, stack_chk_fail);
LXD_EXPORT(RUNTIME, fortify_panic, fortify_panic_rt);
LXD_EXPORT(RUNTIME, refcount_warn_saturate, refcount_warn);
