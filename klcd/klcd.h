/* SPDX-License-Identifier: GPL-2.0-only */
/* The host counterparts of a domain's interfaces, as lxd.ko's init sees them. */
#ifndef KLCD_H
#define KLCD_H
#include <linux/types.h>

/* Registers the pci and block classes and the PCI driver "lxd". Process context. */
int klcd_init(void);
void klcd_exit(void);

/* Bytes of a sentence that says why something is refused. */
#define KLCD_WHY 256

/**
 * klcd_pci_bind() - takes a device from its driver, to stay with lxd until klcd_pci_unbind()
 * @address: "0000:00:02.0"
 * @force: even if it is in use
 * @why: KLCD_WHY bytes, if an error is returned
 *
 * Context: process, sleeps. Return: 0, also if lxd has it; -EBUSY when something of it is in use.
 */
int klcd_pci_bind(const char *address, bool force, char *why);
/* Gives a device back to whom it was taken from. -EBUSY: a domain has it; -ENOENT: it was not taken. */
int klcd_pci_unbind(const char *address, char *why);
/* The domain with this number is forgotten. What was taken for it goes back, or is as after klcd_pci_bind(). */
void klcd_pci_forget(u32 domain, bool keep);
/* Waits until all devices that are being given back have been. */
void klcd_pci_settle(void);

struct klcd_hold;
/*
 * Nobody starts to use the disks and interfaces of a device that is about to go, until klcd_hold_end().
 * NULL: there is nothing; -EBUSY: they are in use, @why says by whom. Process context.
 */
struct klcd_hold *klcd_hold(const char *address, char *why);
void klcd_hold_end(struct klcd_hold *hold);

#endif
