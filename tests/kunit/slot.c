// SPDX-License-Identifier: GPL-2.0-only
/* What KUnit takes for the running case, in place of a field that the kernel's task_struct does not have. */
#include "kunit_oot.h"
struct kunit_oot_slot kunit_oot_slot;
EXPORT_SYMBOL_GPL(kunit_oot_slot);
