/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a device comes from its driver to lxd, and back. What it was before is remembered here and nowhere
 * else, so that no process has to live until the way back.
 */
#ifndef KLCD_TAKE_H
#define KLCD_TAKE_H

#include "../klcd.h"

struct pci_dev;

/**
 * klcd_hold_device() - nobody starts to use what is below a PCI device
 * @pdev: the device
 * @why: KLCD_WHY bytes; who has what, if -EBUSY
 *
 * What is held is let go by klcd_hold_end(). Each of its disks is claimed, as O_EXCL does, and each of its
 * interfaces can no longer be brought up.
 * Context: process; takes rtnl, may wait for programs that only look at a disk. Return: what
 * klcd_hold_end() wants, or -EBUSY when a disk or interface is in use.
 */
struct klcd_hold *klcd_hold_device(struct pci_dev *pdev, char *why);
/* The device goes now: its interfaces stay down, without a reference that their end would wait for. NULL is nothing. */
void klcd_hold_commit(struct klcd_hold *hold);

/**
 * klcd_pci_take() - gives a device to lxd's driver
 * @pdev: the device; a reference is kept until it goes back
 * @domain: by whose end it goes back; 0: only by klcd_pci_unbind()
 * @flags: LXD_TAKE, LXD_TAKE_FORCE of domain.h
 * @why: KLCD_WHY bytes, if an error is returned
 *
 * Everything that can be refused is refused before the device is touched, and what fails later is undone.
 * Context: process. Return: 0, also if lxd's driver has it already; -EBUSY when it is in use.
 */
int klcd_pci_take(struct pci_dev *pdev, u32 domain, unsigned int flags, char *why);
/*
 * The next three are called with klcd_pci_lock. taken_for: whose end gives the device back is now @domain.
 * False: it goes back already. give: it goes back, if @domain took it. drop: somebody else unbound it, and
 * the device's lock is held.
 */
bool klcd_pci_taken_for(struct pci_dev *pdev, u32 domain);
void klcd_pci_give(struct pci_dev *pdev, u32 domain);
void klcd_pci_drop(struct pci_dev *pdev);

int klcd_pci_take_init(void);
void klcd_pci_take_exit(void);

#endif
