// SPDX-License-Identifier: GPL-2.0-only
/* The code of a probe, and the registers that it begins with. */
#include "probe.h"

#define TF_64 { 0x9c, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x9d }
#define TF_16 { 0x66, 0x9c, 0x66, 0x67, 0x81, 0x0c, 0x24, 0, 1, 0, 0, 0x66, 0x9d }
#define SELECTOR_AT 0x10 /* in the text: what MOV SS loads */
#define MIDDLE 0x800

static const u8 trap_flag[2][13] = { TF_64, TF_16 };
static const u8 trap_flag_length[2] = { 9, 13 };

static int has_tf(enum context c)
{
	return c == CONTEXT_TF || c == CONTEXT_SS_TF;
}

static int has_ss(enum context c)
{
	return c == CONTEXT_SS || c == CONTEXT_SS_TF;
}

int probe_exists(const struct probe *p)
{
	const struct instruction *i = p->what;

	if (!(i->where >> p->mode & 1))
		return 0;
	if (p->operand != OPERAND_OK) {
		if (!i->memory || (p->mode != MODE_64 && p->mode != MODE_KERNEL && p->operand == OPERAND_NOT_CANONICAL))
			return 0;
		if (p->mode == MODE_KERNEL && (p->operand == OPERAND_READ_ONLY || p->operand == OPERAND_ODD))
			return 0;
		return p->context == CONTEXT_PLAIN || p->context == CONTEXT_SS_TF;
	}
	if (!(i->contexts >> p->context & 1))
		return 0;
	switch (p->context) {
	case CONTEXT_PAGE:
		return i->length > 1;
	case CONTEXT_LAST:
		return p->mode == MODE_64 || p->mode == MODE_32;
	case CONTEXT_CUT:
		return p->mode == MODE_64 && i->length > 1;
	case CONTEXT_TOP:
		return p->mode == MODE_32;
	case CONTEXT_STI:
		return p->mode == MODE_KERNEL;
	default:
		return 1;
	}
}

/* Where the instruction begins in the text. */
static u32 offset_of(const struct probe *p)
{
	u32 length = p->what->length;

	switch (p->context) {
	case CONTEXT_PAGE:
		return 4096 - length / 2;
	case CONTEXT_LAST:
	case CONTEXT_TOP:
		return TEXT_SIZE - length;
	case CONTEXT_CUT:
		return TEXT_SIZE - length + 1;
	default:
		return MIDDLE;
	}
}

static u32 put(u8 *code, const void *bytes, u32 length)
{
	memcpy(code, bytes, length);
	return length;
}

/* MOV SS from the selector in the text: no register is touched. */
static u32 put_mov_ss(u8 *code, u32 at, const struct probe *p, const struct text *t)
{
	static const u8 opcode[] = { 0x67, 0x8e, 0x15 };
	int prefixed = p->mode == MODE_16;
	u32 n = put(code, prefixed ? opcode : opcode + 1, prefixed ? 3 : 2);
	u32 where = (u32)t->run + SELECTOR_AT;

	if (p->mode == MODE_64 || p->mode == MODE_KERNEL) /* relative to what follows */
		where = SELECTOR_AT - (at + n + 4);
	return n + put(code + n, &where, 4);
}

/* The context's instructions, before `at`; returns where they begin. */
static u32 put_context(const struct probe *p, const struct text *t, u32 at)
{
	u8 code[32];
	int narrow = p->mode == MODE_16;
	u32 length = 0, begin = at;

	if (has_tf(p->context))
		length += trap_flag_length[narrow];
	if (has_ss(p->context))
		length += narrow ? 7 : 6;
	if (p->context == CONTEXT_STI)
		length++;
	begin -= length;
	length = 0;
	if (has_tf(p->context))
		length += put(code, trap_flag[narrow], trap_flag_length[narrow]);
	if (has_ss(p->context))
		length += put_mov_ss(code + length, begin + length, p, t);
	if (p->context == CONTEXT_STI)
		code[length++] = 0xfb;
	memcpy(t->write + begin, code, length);
	return begin;
}

void probe_build(const struct probe *p, const struct text *t, struct built *b)
{
	u16 selector = p->mode == MODE_KERNEL ? 0x18 : 0x2b;
	u64 run = p->mode == MODE_16 ? 0 : t->run;
	u32 at = offset_of(p), here = p->what->length;

	memset(t->write, 0xcc, TEXT_SIZE);
	memcpy(t->write + SELECTOR_AT, &selector, 2);
	if (at + here > TEXT_SIZE)
		here = TEXT_SIZE - at;
	memcpy(t->write + at, p->what->bytes, here);
	b->start = run + put_context(p, t, at);
	b->at = run + at;
	b->end = b->at + p->what->length;
	if (p->mode == MODE_32)
		b->end = (u32)b->end;
}

static u64 operand_address(enum operand o, const struct places *where)
{
	switch (o) {
	case OPERAND_HOLE:
		return where->base[BASE_HOLE];
	case OPERAND_CROSS:
		return where->base[BASE_HOLE] - 1;
	case OPERAND_READ_ONLY:
		return where->base[BASE_READ_ONLY] + 0x100;
	case OPERAND_NOT_CANONICAL:
		return where->base[BASE_NOT_CANONICAL];
	case OPERAND_ODD:
		return where->base[BASE_DATA] + 0x101;
	case OPERAND_NULL:
		return 0;
	default:
		return where->base[BASE_DATA] + 0x100;
	}
}

u64 probe_sum(const u8 *bytes, u32 length)
{
	u64 sum = 0xcbf29ce484222325;

	for (u32 i = 0; i < length; i++)
		sum = (sum ^ bytes[i]) * 0x100000001b3;
	return sum;
}

void probe_registers(const struct probe *p, const struct places *where, u64 at, struct registers *in)
{
	static const u64 alignment_check = 1 << 18, resume = 1 << 16;

	for (int i = 0; i < GENERAL; i++)
		in->r[i] = 0x1000 + i;
	in->r[RSP] = where->stack;
	in->r[RDI] = where->base[BASE_DATA] + 0x100;
	in->r[FLAGS] = 2;
	in->r[DR0] = 0;
	in->r[DR6] = 0xffff0ff0;
	in->r[DR7] = 0x400;
	for (int i = 0; i < p->what->settings; i++) {
		const struct setting *s = &p->what->set[i];
		u64 base = s->base == BASE_TEXT ? at : where->base[s->base];

		in->r[s->place] = s->exclusive ? base ^ s->value : base + s->value;
	}
	if (p->what->memory)
		in->r[RDI] = operand_address(p->operand, where);
	if (p->operand == OPERAND_ODD)
		in->r[FLAGS] |= alignment_check;
	if (p->context == CONTEXT_RF)
		in->r[FLAGS] |= resume;
}
