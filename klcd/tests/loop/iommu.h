/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOMMU_H
#define IOMMU_H

#include <klcd/pci/pci.h>

struct lxd_block_queue_rq_in;

/* loop.c */
bool loop_expect(const char *what, s64 got, s64 want);
void loop_answer(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in, u8 status, u8 kind, u32 delay);

/* iommu.c: the module was loaded for the tests of DMA. */
bool iommu_wanted(void);
int iommu_test(struct lxd_domain *dom, struct klcd_pci_dev *dev);
/* True: the request was the tests'. */
bool iommu_serve(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in);

#endif
