/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_DIFFERENTIAL_RING0_H
#define LXD_DIFFERENTIAL_RING0_H

#include "../probe.h"

/* Pages and the notifier; an errno. Context: process. */
int machine_init(void);
void machine_exit(void);
/* Runs a probe on this CPU, which is left as it was. Context: process; one at a time. */
void machine_run(const struct probe *p, struct built *b, struct result *r);
/* After so many instructions of a guest the strict emulator sends an NMI (lab/plugins/moment.hpp); 0: none. */
void machine_nmi_after(u32 instructions);
/* How many came. */
u32 machine_nmis(void);

#endif
