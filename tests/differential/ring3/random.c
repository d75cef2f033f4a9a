// SPDX-License-Identifier: GPL-2.0-only
/*
 * Random probes: an instruction of the table in a random mode and context, with random registers from
 * a pool and sometimes a prefix. The seed determines all of them. A sum for each 1,000 is printed, so
 * that a difference is found and then looked at one by one.
 */
#include "ring3.h"

#define BLOCK 1000
#define PREFIXES "\x66\x67\xf2\xf3\xf0\x2e\x36\x3e\x26\x64\x65\x40\x48\x4f"

/* splitmix64: each probe has a state of its own, so that one can be had without those before it. */
static u64 next(u64 *state)
{
	u64 z = (*state += 0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static u64 value(u64 *state)
{
	const struct places *at = machine_places();
	u64 n = next(state);

	switch (n % 12) {
	case 0: case 1: case 2:
		return at->base[BASE_DATA] + (n >> 32) % 4096;
	case 3:
		return at->base[BASE_HOLE] - (n >> 32) % 16;
	case 4:
		return at->base[BASE_NOT_CANONICAL] + (n >> 32);
	case 5:
		return at->base[BASE_READ_ONLY] + (n >> 32) % 4096;
	case 6: case 7: case 8:
		return (n >> 32) % 32;
	case 9:
		return 0x84 + (n >> 32) % 4;
	case 10:
		return 1ull << (n >> 32) % 64;
	default:
		return n;
	}
}

static void change(struct registers *in, void *data)
{
	static const u64 harmless = 0xcd5 | 1 << 18 | 1 << 16 | 1 << 21; /* arithmetic, DF, AC, RF, ID */
	u64 *state = data;

	for (int i = 0; i < GENERAL; i++)
		if (i != RSP && next(state) % 3)
			in->r[i] = value(state);
	in->r[1] &= 0xffffffff00000fff; /* what REP repeats */
	if (next(state) % 2)
		in->r[FLAGS] ^= next(state) & harmless;
}

/* RDTSC and friends are for the table; a random value here would differ by itself. */
static int fit(const struct probe *p)
{
	return probe_exists(p) && !p->what->loose;
}

static void pick(u64 *state, struct probe *p, struct instruction *i)
{
	static const char prefixes[] = PREFIXES;

	do {
		*i = table[next(state) % table_length];
		*p = (struct probe){ i, next(state) % MODE_KERNEL, next(state) % CONTEXTS, OPERAND_OK };
		if (next(state) % 3 == 0 && i->length < 15) {
			memmove(i->bytes + 1, i->bytes, i->length++);
			i->bytes[0] = prefixes[next(state) % (sizeof(prefixes) - 1)];
		}
	} while (!fit(p));
}

int random_run(u64 seed, u64 count, u64 from)
{
	u64 sum = 0;

	printf("random: seed %llx, %llu probes\n", (unsigned long long)seed, (unsigned long long)count);
	for (u64 n = 0; n < count; n++) {
		u64 state = seed * 0x2545f4914f6cdd1d + n;
		struct instruction i;
		struct result r;
		struct probe p;
		struct built b;
		char line[1024];
		int length;

		pick(&state, &p, &i);
		machine_run_with(&p, &b, &r, change, &state);
		length = probe_format(&p, &b, &r, line, sizeof(line));
		if (n >= from)
			printf("%llu %s\n", (unsigned long long)n, line);
		sum = sum * 31 + probe_sum((u8 *)line, length);
		if (n % BLOCK == BLOCK - 1 || n + 1 == count) {
			printf("random %llu %llx\n", (unsigned long long)n + 1, (unsigned long long)sum);
			sum = 0;
		}
	}
	return 0;
}
