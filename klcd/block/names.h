/* SPDX-License-Identifier: GPL-2.0-only */
/* Names and texts of disks; see klcd/tests. */
#ifndef KLCD_BLOCK_NAMES_H
#define KLCD_BLOCK_NAMES_H

#include "../pure.h"

/* Takes "nvme<i>n<j>" apart; at most 4 digits each, no leading zero but "0" itself. -EINVAL else. */
int klcd_name_parse(const char *name, size_t max, u32 *instance, u32 *disk);
/* Printable ASCII without trailing blanks; anything else becomes '_'. Always terminated. */
void klcd_clean_text(char *to, size_t room, const char *from, size_t max);

#endif
