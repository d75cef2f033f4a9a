/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef IOMMU_H
#define IOMMU_H

#include <klcd/pci/pci.h>

struct lxd_block_queue_rq_in;
struct lxd_net_packet;

/* loop.c */
bool loop_expect(const char *what, s64 got, s64 want);
void loop_answer(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in, u8 status, u8 kind, u32 delay);

/* iommu.c: the module was loaded for the tests of DMA. */
bool iommu_wanted(void);
int iommu_test(struct lxd_domain *dom, struct klcd_pci_dev *dev);
/* True: the request was the tests'. */
bool iommu_serve(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in);

/* The device copies EDU_SIZE bytes between its buffer and memory; it has its buffer from the heap's start. Atomic, 100 ms. */
#define EDU_SIZE 2048
void edu_copy(u64 bus, bool to_memory);
void edu_load(void);

/* iommu_net.c */
void iommu_packet(struct lxd_domain *dom, u8 *heap, u64 heap_bus, bool strict);
/* True: the packet was the tests'. @base: of its queue's arena. */
bool iommu_keep(const struct lxd_net_packet *in, const u8 *base);

#endif
