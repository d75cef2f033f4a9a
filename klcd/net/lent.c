// SPDX-License-Identifier: GPL-2.0-only
#include "lent.h"

/* References to a page; the heap's own is one. */
#ifdef __KERNEL__
#include <linux/page_ref.h>
#define references(page) page_ref_count(page)
#else
#define references(page) READ_ONCE(*(int *)(page))
#endif

bool klcd_lent_room(const struct klcd_lent *l, u32 parts)
{
	return parts <= KLCD_LENT_PARTS && l->places + parts <= KLCD_LENT_MAX;
}

void klcd_lent_add(struct klcd_lent *l, u16 loan, void *const *page, u32 parts)
{
	struct klcd_lent_frame *f = &l->frame[l->tail++ % KLCD_LENT_MAX];
	u32 i;

	for (i = 0; i < parts; i++)
		f->page[i] = page[i];
	f->loan = loan;
	f->parts = parts;
	l->places += parts;
}

/* A page that is lent in two frames counts as in use for both until neither is: later than needed, never too early. */
static bool in_use(const struct klcd_lent_frame *f)
{
	u32 i;

	for (i = 0; i < f->parts; i++)
		if (references(f->page[i]) > 1)
			return true;
	return false;
}

u32 klcd_lent_ended(struct klcd_lent *l, u16 *loans, u32 room)
{
	u32 left = l->tail - l->head, n = 0, used = 0;

	while (left-- && n < room && used < KLCD_LENT_LOOKS) {
		struct klcd_lent_frame *f = &l->frame[l->head++ % KLCD_LENT_MAX];

		if (in_use(f)) {
			l->frame[l->tail++ % KLCD_LENT_MAX] = *f;
			used++;
			continue;
		}
		loans[n++] = f->loan;
		l->places -= f->parts;
	}
	return n;
}
