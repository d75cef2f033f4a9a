// SPDX-License-Identifier: GPL-2.0-only
/*
 * lxd/gate/walk.c in user space: builds the airlock's tables as lxd/gate/airlock.c does, for many
 * places of the gate, and then one wrong entry at a time, which must be noticed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lxd/gate/layout.h"
#include "../../lxd/gate/walk.h"

#define PAGES 12
#define GPA(i) (0x100000ULL + 0x1000ULL * (i))

static __u64 content[PAGES][512];
static struct lxd_walk_page pages[PAGES];
static unsigned int nr;
static __u64 targets[3];

static unsigned int add(int fill)
{
	memset(content[nr], fill, sizeof(content[nr]));
	pages[nr] = (struct lxd_walk_page){ GPA(nr), content[nr] };
	return nr++;
}

static void map(__u64 va, unsigned int page, __u64 flags)
{
	unsigned int table = 0;
	int shift;

	for (shift = 39; shift > 12; shift -= 9) {
		__u64 *entry = &content[table][va >> shift & 511];

		if (!*entry)
			*entry = GPA(add(0)) | 0x23;
		table = ((*entry & 0xffffff000ULL) - GPA(0)) >> 12;
	}
	content[table][va >> 12 & 511] = GPA(page) | 0x61 | flags;
}

/* Tables, then text (int3), state (what fields may hold) and list (off, poisoned). */
static void build(__u64 gate)
{
	unsigned int text, state, list;

	nr = 0;
	add(0);
	text = add(0xcc);
	state = add(0);
	list = add(0xff);
	for (unsigned int i = 0; i < 512; i++)
		content[list][i] &= ~0xffULL;
	content[list][0] = GPA(20) | 0x1e;
	content[list][1] = GPA(21) | 0x1e;
	targets[0] = gate;
	targets[1] = gate + GATE_A_STATE;
	targets[2] = gate + GATE_A_LIST;
	map(targets[0], text, 0);
	map(targets[1], state, 0);
	map(targets[2], list, 2);
}

/* As lxd_airlock_check(): 0 good, else what is wrong. */
static int check(void)
{
	for (unsigned int t = 0; t < 3; t++) {
		if (lxd_walk(pages, nr, &pages[0], targets[t]) == ~0ULL)
			return 1;
		for (unsigned int i = 1; i < nr; i++)
			if (lxd_walk(pages, nr, &pages[i], targets[t]) != ~0ULL)
				return 2;
	}
	return 0;
}

int main(void)
{
	unsigned int good = 0, refused = 0, failed = 0;

	for (__u64 gate = 0xffffffffc0001000ULL; gate < 0xfffffffffe000000ULL; gate += 0x1357000) {
		build(gate);
		if (!check()) {
			good++;
		} else {
			printf("refused: gate at %llx\n", (unsigned long long)gate);
			failed++;
		}
	}

	/* A page that holds the entry of the root is a root itself, or breaks the real one. */
	for (unsigned int i = 1; i < PAGES; i++) {
		build(0xffffffffc0345000ULL);
		if (i >= nr)
			break;
		content[i][511] = content[0][511];
		if (check())
			refused++;
		else if (++failed)
			printf("accepted: page %u as a second root\n", i);
		/* A large page at the second level maps all three. */
		build(0xffffffffc0345000ULL);
		content[i][511] = GPA(40) | 0x23;
		pages[nr++] = (struct lxd_walk_page){ GPA(40), content[PAGES - 1] };
		memset(content[PAGES - 1], 0, sizeof(content[0]));
		content[PAGES - 1][511] = 0xa3;
		content[PAGES - 1][510] = 0xa3;
		if (check())
			refused++;
		else if (++failed)
			printf("accepted: large page behind page %u\n", i);
	}
	/* A root that lacks an address. */
	build(0xffffffffc0345000ULL);
	content[0][511] = 0;
	if (check() == 1)
		refused++;
	else
		failed++;

	printf("walk: %u places of the gate good, %u changed tables refused\n", good, refused);
	printf("%u passed, %u failed, 0 skipped\n", good + refused, failed);
	return failed || !refused;
}
