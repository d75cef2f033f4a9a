// SPDX-License-Identifier: GPL-2.0-only
#include "arena.h"

void klcd_arena_init(struct klcd_arena *a)
{
	memset(a, 0, sizeof(*a));
}

u32 klcd_arena_need(u32 linear, u32 length)
{
	return 1 + (length - linear + KLCD_TX_PAGE - 1) / KLCD_TX_PAGE;
}

u32 klcd_arena_room(const struct klcd_arena *a)
{
	/* Each packet has a slot at least, so there are cookies as long as there are slots. */
	return KLCD_TX_SLOTS - (a->slot_next - a->slot_oldest);
}

bool klcd_arena_take(struct klcd_arena *a, u32 slots, u16 *cookie, u16 *first)
{
	struct klcd_packet *p;

	if (!slots || slots > klcd_arena_room(a))
		return false;
	*cookie = a->next++ % KLCD_TX_SLOTS;
	*first = a->slot_next % KLCD_TX_SLOTS;
	a->slot_next += slots;
	p = &a->packet[*cookie];
	p->owner = a;
	p->mapped = false;
	p->first = *first;
	p->slots = slots;
	return true;
}

void klcd_arena_send(struct klcd_arena *a, u16 cookie, void *owner)
{
	/* Pairs with klcd_arena_done(): who finds the owner finds it as the sender left it. */
	smp_store_release(&a->packet[cookie].owner, owner);
}

void *klcd_arena_done(struct klcd_arena *a, u16 cookie)
{
	struct klcd_packet *p;
	void *owner;

	if (cookie >= KLCD_TX_SLOTS)
		return NULL;
	p = &a->packet[cookie];
	/* Pairs with klcd_arena_send(). */
	owner = smp_load_acquire(&p->owner);
	/* A domain can guess the cookie of a packet that is still being copied. */
	if (!owner || owner == a)
		return NULL;
	p->owner = NULL;
	/* Slots come back in the order in which they were taken. */
	while (a->oldest != a->next) {
		p = &a->packet[a->oldest % KLCD_TX_SLOTS];
		if (p->owner)
			break;
		a->slot_oldest += p->slots;
		a->oldest++;
	}
	return owner;
}

void *klcd_arena_any(struct klcd_arena *a, u16 *cookie)
{
	void *owner = NULL;
	u32 i;

	for (i = a->oldest; !owner && i != a->next; i++) {
		*cookie = i % KLCD_TX_SLOTS;
		owner = klcd_arena_done(a, *cookie);
	}
	return owner;
}

u32 klcd_rx_length(u32 parts, const u32 *offset, const u16 *length, u64 heap, u64 chunk)
{
	u32 total = 0, i;

	for (i = 0; i < parts; i++) {
		if (!length[i] || offset[i] >= heap || length[i] > chunk - offset[i] % chunk)
			return 0;
		total += length[i];
	}
	return klcd_rx_plausible(total) ? total : 0;
}
