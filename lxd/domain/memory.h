/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's memory: pages, page tables, the processor's tables, the address space, the image. */
#ifndef LXD_DOMAIN_MEMORY_H
#define LXD_DOMAIN_MEMORY_H

#include <linux/genalloc.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <uapi/lxd.h>

#include "control.h"

enum lxd_mem_kind {
	LXD_MEM_IMAGE, LXD_MEM_HEAP, LXD_MEM_SHARED, LXD_MEM_TABLE, LXD_MEM_MAPPED, LXD_MEM_KINDS
};

/**
 * struct lxd_area - pages at one linear range of the domain
 * @address: in the domain
 * @nr: pages of 4 KiB
 * @host: in H, contiguous; NULL if it is not ours (lxd_domain_map) or a heap chunk
 * @chunk: heap chunk, or NULL
 * @split: its pages have references of their own
 * @pristine: what @host held before the first step, if that is not in the image and not zero
 */
struct lxd_area {
	struct list_head list;
	u64 address;
	unsigned long nr;
	enum lxd_mem_kind kind;
	u32 rights;
	void *host, *pristine;
	struct page *chunk;
	phys_addr_t pa;
	bool pooled, split;
};

struct lxd_memory {
	struct mutex lock; /* tables, areas */
	struct list_head areas, tables;
	u64 *root;
	struct gen_pool *windows; /* D addresses for lxd_domain_map() */
	u64 charged, most; /* quota.c; most is 0 while the domain is built */
	atomic64_t bytes[LXD_MEM_KINDS];
	const struct task_struct *holder; /* of lock; read by lxd_mem_held() */
	unsigned int unmaps; /* that may come at once */
	unsigned long unmaps_filled; /* jiffies */
};

struct lxd_image; /* the loader's result */

/* quota.c */
/* From now on the domain itself causes what is charged. */
void lxd_quota_close(struct lxd_domain *dom);
/* @shown: of @kind in the status. @cost: of the host's memory. -EDQUOT: that is more than the domain may cause. */
int lxd_quota_charge(struct lxd_domain *dom, enum lxd_mem_kind kind, u64 shown, u64 cost);
void lxd_quota_return(struct lxd_domain *dom, enum lxd_mem_kind kind, u64 shown, u64 cost);

/* state.c: mem.lock. Its holder calls no class, which would take its own locks below this one. */
void lxd_mem_lock(struct lxd_domain *dom);
void lxd_mem_unlock(struct lxd_domain *dom);
bool lxd_mem_held(const struct lxd_domain *dom);

/* memory.c */
int lxd_mem_init(struct lxd_domain *dom);
/* Everything comes back. The view is killed, nobody is inside. */
void lxd_mem_exit(struct lxd_domain *dom);
/*
 * Pages of ours at @address, a copy of @init (nr pages) or zeroed. *host is where they are in H;
 * may be NULL. Only while the domain is built: a failure ends it, and what is half made goes in lxd_mem_exit().
 */
int lxd_mem_alloc(struct lxd_domain *dom, u64 address, unsigned long nr, u32 rights,
		  enum lxd_mem_kind kind, const void *init, void *host);
/* One heap chunk of 2 MiB, physically contiguous, as lxd_mem_alloc(). */
int lxd_mem_chunk(struct lxd_domain *dom, u64 address, struct page **chunk);

/* pristine.c */
/* Once it is built: copies of what a life that ends may leave spoilt. -ENOMEM. */
int lxd_mem_keep(struct lxd_domain *dom);
/*
 * Everything is as it was then, and shown in dom->slot's view, which is empty. The domain is DRAINING. What classes
 * mapped is gone. Allocates only in the hypervisor's pool, to which the old view has gone back.
 */
int lxd_mem_renew(struct lxd_domain *dom);

/* tables.c: the domain's page tables; mem.lock held, or nobody else knows the domain yet */
int lxd_pt_init(struct lxd_domain *dom);
void lxd_pt_exit(struct lxd_domain *dom);
int lxd_pt_map(struct lxd_domain *dom, u64 address, u64 gpa, u32 rights);
int lxd_pt_map_chunk(struct lxd_domain *dom, u64 address, u64 gpa);
void lxd_pt_unmap(struct lxd_domain *dom, u64 address);
/* The tables, too, in a view that is empty. */
int lxd_pt_show(struct lxd_domain *dom);

/* processor.c: IDT, GDT, TSS at the host's addresses */
/* Bits of the CPUs on which a domain that is made now can run. */
unsigned long lxd_processor_known(void);
int lxd_processor_map(struct lxd_domain *dom);

/* space.c: heap, stacks, shared area, boot block, per-CPU areas */
int lxd_space_init(struct lxd_domain *dom);
int lxd_space_finish(struct lxd_domain *dom);
/* The heap becomes the device's too, where a class has one. */
int lxd_space_share(struct lxd_domain *dom);

/* image.c */
unsigned int lxd_domain_modules(struct lxd_domain *dom);
int lxd_domain_load(struct lxd_domain *dom, const struct lxd_image_source *src, unsigned int nr,
		    const char *params, struct lxd_textbuf *error);
void lxd_domain_unload(struct lxd_domain *dom);
/* "nvme_reset_work+0x12 [nvme]" for an address in D. */
void lxd_domain_symbol(struct lxd_domain *dom, u64 address, char *text, size_t size);
#endif
