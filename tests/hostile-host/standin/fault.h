/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Comes before the product's files: each allocation asks whether it is the one that fails. What
 * cannot fail in the kernel cannot fail here.
 */
#ifndef STANDIN_FAULT_H
#define STANDIN_FAULT_H

#include <linux/blk-mq.h>
#include <linux/etherdevice.h>
#include <linux/genalloc.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

/* @may_sleep: a pause is possible here. */
bool hostile_fault_at(const char *file, unsigned int line, bool may_sleep);

/* @gfp of 0: it has none, and sleeps. */
static inline bool hostile_denied(const char *file, unsigned int line, gfp_t gfp)
{
	return !(gfp & __GFP_NOFAIL) &&
	       hostile_fault_at(file, line, !gfp || gfpflags_allow_blocking(gfp));
}

static inline void *hostile_kmalloc(const char *file, unsigned int line, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kmalloc(size, gfp);
}

static inline void *hostile_kzalloc(const char *file, unsigned int line, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kzalloc(size, gfp);
}

static inline void *hostile_kvmalloc(const char *file, unsigned int line, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kvmalloc(size, gfp);
}

static inline void *hostile_kvzalloc(const char *file, unsigned int line, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kvzalloc(size, gfp);
}

static inline char *hostile_kstrdup(const char *file, unsigned int line,
				    const char *text, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kstrdup(text, gfp);
}

static inline void *hostile_kcalloc(const char *file, unsigned int line,
				    size_t n, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kcalloc(n, size, gfp);
}

static inline void *hostile_kvcalloc(const char *file, unsigned int line,
				     size_t n, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kvcalloc(n, size, gfp);
}

static inline void *hostile_kmalloc_array(const char *file, unsigned int line,
					  size_t n, size_t size, gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? NULL : kmalloc_array(n, size, gfp);
}

static inline struct page *hostile_alloc_pages(const char *file, unsigned int line,
					       gfp_t gfp, unsigned int order)
{
	return hostile_denied(file, line, gfp) ? NULL : alloc_pages(gfp, order);
}

static inline unsigned long hostile_get_zeroed_page(const char *file, unsigned int line,
						    gfp_t gfp)
{
	return hostile_denied(file, line, gfp) ? 0 : get_zeroed_page(gfp);
}

static inline void *hostile_vzalloc(const char *file, unsigned int line, unsigned long size)
{
	return hostile_denied(file, line, 0) ? NULL : vzalloc(size);
}

/* Functions with more to them than memory, whose failure is one of memory most of the time. */
static inline struct gen_pool *hostile_gen_pool_create(const char *file, unsigned int line,
						       int order, int nid)
{
	return hostile_denied(file, line, 0) ? NULL : gen_pool_create(order, nid);
}

static inline unsigned long hostile_gen_pool_alloc(const char *file, unsigned int line,
						   struct gen_pool *pool, size_t size)
{
	return hostile_denied(file, line, 0) ? 0 : gen_pool_alloc(pool, size);
}

static inline int hostile_register_netdev(const char *file, unsigned int line,
					  struct net_device *dev)
{
	return hostile_denied(file, line, 0) ? -ENOMEM : register_netdev(dev);
}

static inline int hostile_blk_mq_alloc_tag_set(const char *file, unsigned int line,
					       struct blk_mq_tag_set *set)
{
	return hostile_denied(file, line, 0) ? -ENOMEM : blk_mq_alloc_tag_set(set);
}

#undef kmalloc
#undef kzalloc
#undef kvmalloc
#undef kvzalloc
#undef kstrdup
#undef kcalloc
#undef kvcalloc
#undef kmalloc_array
#undef alloc_pages
#undef get_zeroed_page
#undef vzalloc
#undef gen_pool_create
#undef gen_pool_alloc
#undef register_netdev
#undef blk_mq_alloc_tag_set
#undef alloc_page
#define kmalloc(...) hostile_kmalloc(__FILE__, __LINE__, __VA_ARGS__)
#define kzalloc(...) hostile_kzalloc(__FILE__, __LINE__, __VA_ARGS__)
#define kvmalloc(...) hostile_kvmalloc(__FILE__, __LINE__, __VA_ARGS__)
#define kvzalloc(...) hostile_kvzalloc(__FILE__, __LINE__, __VA_ARGS__)
#define kstrdup(...) hostile_kstrdup(__FILE__, __LINE__, __VA_ARGS__)
#define kcalloc(...) hostile_kcalloc(__FILE__, __LINE__, __VA_ARGS__)
#define kvcalloc(...) hostile_kvcalloc(__FILE__, __LINE__, __VA_ARGS__)
#define kmalloc_array(...) hostile_kmalloc_array(__FILE__, __LINE__, __VA_ARGS__)
#define alloc_pages(...) hostile_alloc_pages(__FILE__, __LINE__, __VA_ARGS__)
#define get_zeroed_page(...) hostile_get_zeroed_page(__FILE__, __LINE__, __VA_ARGS__)
#define vzalloc(...) hostile_vzalloc(__FILE__, __LINE__, __VA_ARGS__)
#define gen_pool_create(...) hostile_gen_pool_create(__FILE__, __LINE__, __VA_ARGS__)
#define gen_pool_alloc(...) hostile_gen_pool_alloc(__FILE__, __LINE__, __VA_ARGS__)
#define register_netdev(...) hostile_register_netdev(__FILE__, __LINE__, __VA_ARGS__)
#define blk_mq_alloc_tag_set(...) hostile_blk_mq_alloc_tag_set(__FILE__, __LINE__, __VA_ARGS__)
#define alloc_page(gfp) alloc_pages(gfp, 0)
#endif
