// SPDX-License-Identifier: GPL-2.0-only
/* The line of a probe. */
#include "probe.h"

static const char *const modes[MODES] = { "64", "32", "16", "k" };
static const char *const contexts[CONTEXTS] = { "plain", "tf",	"ss",  "ss-tf", "rf",
						"page",	 "last", "cut", "top",	 "sti" };
static const char *const operands[OPERANDS] = { "", "-hole", "-cross", "-ro", "-nc", "-odd", "-null" };
static const char *const places[PLACES] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",   "r8",  "r9",
					    "r10", "r11", "r12", "r13", "r14", "r15", "flags", "dr0", "dr6", "dr7" };
static const char *const extra_names[EXTRAS] = { "cr0", "cr4", "cr8", "xcr0", "gdt", "idt", "efer", "data" };

int probe_name(const struct probe *p, char *to, int room)
{
	return print_into(to, room, "%s/%s/%s%s", p->what->name, modes[p->mode], contexts[p->context],
			  operands[p->operand]);
}

int probe_format(const struct probe *p, const struct built *b, const struct result *r, char *to, int room)
{
	int n = probe_name(p, to, room);
	/* 32-bit code begins again at 0 after 4 GiB; Bochs without VMX lets RIP go on. */
	u64 ip = p->mode == MODE_32 ? (u32)r->ip : r->ip;
	long long from = (long long)(ip - b->at);

	/* INT3 stands behind each probe: it ran to its end. */
	if (r->trap == 3 && ip == b->end + 1)
		n += print_into(to + n, room - n, " ran");
	else
		n += print_into(to + n, room - n, " trap %u error %x at %+lld", r->trap, r->error, from);
	if (r->signal)
		n += print_into(to + n, room - n, " signal %d/%d", r->signal, r->code);
	if (r->trap == 14 || (r->signal == 11 && r->code > 0 && r->code < 128))
		n += print_into(to + n, room - n, " address %llx", (unsigned long long)r->address);
	for (int i = 0; i < PLACES; i++) {
		if (p->what->loose >> i & 1)
			n += print_into(to + n, room - n, " %s *", places[i]);
		else if (i == FLAGS || r->in.r[i] != r->out.r[i])
			n += print_into(to + n, room - n, " %s %llx", places[i], (unsigned long long)r->out.r[i]);
	}
	for (int i = 0; i < EXTRAS; i++)
		if (r->extras >> i & 1)
			n += print_into(to + n, room - n, " %s %llx", extra_names[i], (unsigned long long)r->extra[i]);
	return n;
}
