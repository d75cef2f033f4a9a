/* SPDX-License-Identifier: GPL-2.0-only */
/* The host counterparts of a domain's interfaces, as lxd.ko's init sees them. */
#ifndef KLCD_H
#define KLCD_H

/* Registers the pci and block classes and the PCI driver "lxd". Process context. */
int klcd_init(void);
void klcd_exit(void);

#endif
