// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's names for memory: kmalloc and relatives, pages, mempools. */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/mempool.h>
#include <lxd/glue.h>
#include "rt.h"

/* For generated stubs whose arguments do not fit on a stack. */
void *rt_msg_alloc(__u32 size)
{
	return rt_alloc(size);
}

void rt_msg_free(void *data)
{
	rt_free(data);
}

static void *warn_if_none(void *memory, size_t size)
{
	if (!memory)
		rt_printk(KERN_WARNING "lxd: out of memory (%zu bytes)\n", size);
	return memory;
}

static void *kmalloc_rt(size_t size, gfp_t gfp)
{
	return warn_if_none(rt_alloc(size), size);
}

static void *kmalloc_node_rt(size_t size, gfp_t gfp, int node)
{
	return kmalloc_rt(size, gfp);
}

static void *kmalloc_trace_rt(struct kmem_cache *cache, gfp_t gfp, size_t size)
{
	return kmalloc_rt(size, gfp);
}

static void *kmalloc_node_trace_rt(struct kmem_cache *cache, gfp_t gfp, int node, size_t size)
{
	return kmalloc_rt(size, gfp);
}

static void *vmalloc_rt(unsigned long size, gfp_t gfp)
{
	return kmalloc_rt(PAGE_ALIGN(size), gfp);
}

/* Strings of the image are constant, those of the heap are not. */
static void kfree_const_rt(const void *memory)
{
	if (rt_in_heap(memory))
		rt_free(memory);
}

static struct page *alloc_pages_rt(gfp_t gfp, unsigned int order)
{
	struct page *page;
	void *memory;

	/* dev_alloc_pages() says so of receive buffers; drivers count those that they do not get by themselves. */
	if (gfp & __GFP_MEMALLOC)
		memory = rt_alloc_buffer_pages(order);
	else
		memory = warn_if_none(rt_alloc_pages(order), PAGE_SIZE << order);
	if (!memory)
		return NULL;
	page = rt_page_of(memory);
	/* Node 0, no part of a compound page, not from the reserves. */
	page->flags = 0;
	page->compound_head = 0;
	atomic_set(&page->_refcount, 1);
	return page;
}

static struct page *alloc_pages_node_rt(gfp_t gfp, unsigned int order, int node, void *mask)
{
	return alloc_pages_rt(gfp, order);
}

static void free_pages_rt(struct page *page, unsigned int order)
{
	rt_page_put(page, 1);
}

static void frag_cache_drain(struct page *page, unsigned int count)
{
	rt_page_put(page, count);
}

LXD_EXPORT(RUNTIME, __kmalloc, kmalloc_rt);
LXD_EXPORT(RUNTIME, __kmalloc_node, kmalloc_node_rt);
LXD_EXPORT(RUNTIME, kmalloc_trace, kmalloc_trace_rt);
LXD_EXPORT(RUNTIME, kmalloc_node_trace, kmalloc_node_trace_rt);
LXD_EXPORT(RUNTIME, kvmalloc_node, kmalloc_node_rt);
LXD_EXPORT(RUNTIME, __vmalloc, vmalloc_rt);
LXD_EXPORT(RUNTIME, kfree, rt_free);
LXD_EXPORT(RUNTIME, kvfree, rt_free);
LXD_EXPORT(RUNTIME, kfree_const, kfree_const_rt);
LXD_EXPORT(RUNTIME, alloc_pages, alloc_pages_rt);
LXD_EXPORT(RUNTIME, __free_pages, free_pages_rt);

/* --- mempool: a reserve of elements for when the heap is empty ----------------------------------- */

struct rt_mempool {
	struct rt_lock lock;
	int min, kept;
	void *data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	void *elements[];
};

static struct rt_mempool *mempool_create_rt(int min, mempool_alloc_t *alloc, mempool_free_t *free, void *data,
					    gfp_t gfp, int node)
{
	struct rt_mempool *pool = rt_alloc(sizeof(*pool) + min * sizeof(void *));

	if (!pool)
		return NULL;
	*pool = (struct rt_mempool){ .min = min, .data = data, .alloc = alloc, .free = free };
	while (pool->kept < min) {
		void *element = alloc(gfp, data);

		if (!element)
			break;
		pool->elements[pool->kept++] = element;
	}
	return pool;
}

static void mempool_destroy_rt(struct rt_mempool *pool)
{
	if (!pool)
		return;
	while (pool->kept)
		pool->free(pool->elements[--pool->kept], pool->data);
	rt_free(pool);
}

static void *mempool_alloc_rt(struct rt_mempool *pool, gfp_t gfp)
{
	void *element = pool->alloc(gfp, pool->data);

	if (element)
		return element;
	rt_lock(&pool->lock);
	if (pool->kept)
		element = pool->elements[--pool->kept];
	rt_unlock(&pool->lock);
	return element;
}

static void mempool_free_rt(void *element, struct rt_mempool *pool)
{
	bool keep;

	if (!element)
		return;
	rt_lock(&pool->lock);
	keep = pool->kept < pool->min;
	if (keep)
		pool->elements[pool->kept++] = element;
	rt_unlock(&pool->lock);
	if (!keep)
		pool->free(element, pool->data);
}

static void *mempool_kmalloc_rt(gfp_t gfp, void *data)
{
	return rt_alloc((size_t)data);
}

static void mempool_kfree_rt(void *element, void *data)
{
	rt_free(element);
}

LXD_EXPORT(RUNTIME, mempool_create_node, mempool_create_rt);
LXD_EXPORT(RUNTIME, mempool_destroy, mempool_destroy_rt);
LXD_EXPORT(RUNTIME, mempool_alloc, mempool_alloc_rt);
LXD_EXPORT(RUNTIME, mempool_free, mempool_free_rt);
LXD_EXPORT(RUNTIME, mempool_kmalloc, mempool_kmalloc_rt);
LXD_EXPORT(RUNTIME, mempool_kfree, mempool_kfree_rt);

/* --- what network drivers use besides ------------------------------------------------------------- */

static void *vmalloc_plain(unsigned long size)
{
	return vmalloc_rt(size, 0);
}

static void *vmalloc_on(unsigned long size, int node)
{
	return vmalloc_rt(size, 0);
}

static unsigned long *bitmap_zalloc_rt(unsigned int bits, gfp_t gfp)
{
	return kmalloc_rt(BITS_TO_LONGS(bits) * sizeof(long), gfp);
}

static void *kmalloc_large_rt(size_t size, gfp_t gfp)
{
	return kmalloc_rt(size, gfp);
}

/* Everything is in the heap, which the device may reach. */
static bool is_vmalloc(const void *address)
{
	return false;
}

/*
 * Readers run between two parks of a fiber; once every context has been through its loop nobody
 * holds the object. Freeing later is enough: the memory stays until then.
 */
static void kvfree_call_rcu_rt(struct rcu_head *head, rcu_callback_t func)
{
	void *object = (void *)head - (unsigned long)func;

	if (rt_current())
		rt_sleep(1);
	rt_free(object);
}

LXD_EXPORT(RUNTIME, __alloc_pages, alloc_pages_node_rt);
LXD_EXPORT(RUNTIME, __page_frag_cache_drain, frag_cache_drain);
LXD_EXPORT(RUNTIME, kmalloc_large, kmalloc_large_rt);
LXD_EXPORT(RUNTIME, kfree_sensitive, rt_free);
LXD_EXPORT(RUNTIME, kvfree_call_rcu, kvfree_call_rcu_rt);
LXD_EXPORT(RUNTIME, vmalloc, vmalloc_plain);
LXD_EXPORT(RUNTIME, vmalloc_node, vmalloc_on);
LXD_EXPORT(RUNTIME, vfree, rt_free);
LXD_EXPORT(RUNTIME, bitmap_zalloc, bitmap_zalloc_rt);
LXD_EXPORT(RUNTIME, bitmap_free, rt_free);
LXD_EXPORT(RUNTIME, is_vmalloc_addr, is_vmalloc);
