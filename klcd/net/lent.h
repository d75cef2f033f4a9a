/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Received frames of a queue whose pages the stack has: which, and which of them it has given back. The domain may
 * use a page again only when it is told the frame's loan, and it is told no earlier than that.
 */
#ifndef KLCD_NET_LENT_H
#define KLCD_NET_LENT_H

#include "../pure.h"

#define KLCD_LENT_PARTS 7 /* net.idl's RX_PIECES */
/* Places that the stack may have of a queue: half of the driver's ring of 512, which so goes on when nothing comes back. */
#define KLCD_LENT_MAX 256
/* So many in a row that are still in use end a search: what was lent later is in use too, most likely. */
#define KLCD_LENT_LOOKS 8

struct klcd_lent_frame {
	void *page[KLCD_LENT_PARTS]; /* struct page, each with a reference of the stack's */
	u16 loan, parts;
};

struct klcd_lent {
	struct klcd_lent_frame frame[KLCD_LENT_MAX];
	u32 head, tail; /* counting up */
	u32 places; /* parts of all frames */
};

bool klcd_lent_room(const struct klcd_lent *l, u32 parts);
/* There is room. */
void klcd_lent_add(struct klcd_lent *l, u16 loan, void *const *page, u32 parts);
/* Loans of frames that nobody uses any more, at most @room of them; one that is in use goes behind the others. */
u32 klcd_lent_ended(struct klcd_lent *l, u16 *loans, u32 room);

#endif
