// SPDX-License-Identifier: GPL-2.0-only
#include "split.h"

#define PAGE 4096u

struct klcd_split klcd_split(u32 offset, u32 len)
{
	struct klcd_split s = { .head_offset = offset };

	if (offset) {
		s.head = len < PAGE - offset ? len : PAGE - offset;
		len -= s.head;
	}
	s.whole = len & ~(PAGE - 1);
	s.tail = len & (PAGE - 1);
	return s;
}
