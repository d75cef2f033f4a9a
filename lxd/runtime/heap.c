// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory of the domain: a buddy allocator over 2 MiB chunks, whose pages hold objects of power-of-two
 * sizes. Everything is aligned to its size (rounded up), zeroed, and lies inside one chunk, so it is
 * contiguous for the device. The heap's size is the quota.
 *
 * Drivers compute with the addresses of struct page; the array is ours. What inline code of network
 * drivers reads in it (flags, lru, compound_head: zero; _refcount) keeps clear of our fields while a
 * page is allocated, see alloc_pages_rt().
 */
#include <linux/mm_types.h>
#include "rt.h"

#define PAGE_BYTES 4096ull
#define MAX_ORDER_RT 9 /* 2 MiB */
#define MIN_SHIFT 4
/* One part in so many is not for receive buffers, of which a driver wants as many as there are descriptors. */
#define RESERVE_PART 16
#define CLASSES 8 /* 16 .. 2048 */

enum { P_BODY, P_FREE, P_HEAD, P_SLAB };

struct rt_page {
	struct list_head node;
	void *objects; /* free ones of a slab page */
	u16 used;
	u8 kind, order;
	u8 class;
	u8 pad[64 - 29];
};

static_assert(sizeof(struct rt_page) == 64);
static_assert(offsetof(struct rt_page, pad) <= offsetof(struct page, _refcount));

static struct rt_page *pages;
u64 rt_heap_base, rt_heap_end;
static u64 nr_pages, used_pages, refused;
static const u64 *bus_of_chunk;
static struct list_head free_blocks[MAX_ORDER_RT + 1];
static struct list_head partial[CLASSES];
static struct rt_lock lock;

void rt_heap_setup(void)
{
	u64 i;

	pages = (struct rt_page *)lxd_rt_boot->vmemmap_base;
	rt_heap_base = lxd_rt_boot->heap_base;
	nr_pages = lxd_rt_boot->heap_pages & ~511ull;
	rt_heap_end = rt_heap_base + nr_pages * PAGE_BYTES;
	bus_of_chunk = (const u64 *)lxd_rt_boot->heap_bus;
	for (i = 0; i <= MAX_ORDER_RT; i++)
		INIT_LIST_HEAD(&free_blocks[i]);
	for (i = 0; i < CLASSES; i++)
		INIT_LIST_HEAD(&partial[i]);
	for (i = 0; i < nr_pages; i += 512) {
		pages[i].kind = P_FREE;
		pages[i].order = MAX_ORDER_RT;
		list_add_tail(&pages[i].node, &free_blocks[MAX_ORDER_RT]);
	}
}

static void *address_of(const struct rt_page *page)
{
	return (void *)(rt_heap_base + (page - pages) * PAGE_BYTES);
}

static struct rt_page *take_block(unsigned int order)
{
	struct rt_page *page;
	unsigned int o = order;

	while (o <= MAX_ORDER_RT && list_empty(&free_blocks[o]))
		o++;
	if (o > MAX_ORDER_RT)
		return NULL;
	page = list_first_entry(&free_blocks[o], struct rt_page, node);
	list_del(&page->node);
	while (o > order) {
		struct rt_page *half = page + (1u << --o);

		half->kind = P_FREE;
		half->order = o;
		list_add(&half->node, &free_blocks[o]);
	}
	page->kind = P_HEAD;
	page->order = order;
	used_pages += 1u << order;
	return page;
}

static void give_block(struct rt_page *page)
{
	unsigned int order = page->order;
	u64 i = page - pages;

	used_pages -= 1u << order;
	while (order < MAX_ORDER_RT) {
		struct rt_page *buddy = &pages[i ^ (1u << order)];

		if (buddy->kind != P_FREE || buddy->order != order)
			break;
		list_del(&buddy->node);
		buddy->kind = P_BODY;
		pages[i].kind = P_BODY;
		i &= ~(1ull << order);
		order++;
	}
	pages[i].kind = P_FREE;
	pages[i].order = order;
	list_add(&pages[i].node, &free_blocks[order]);
}

void *rt_alloc_pages(unsigned int order)
{
	struct rt_page *page = NULL;

	if (order <= MAX_ORDER_RT) {
		rt_lock(&lock);
		page = take_block(order);
		rt_unlock(&lock);
	}
	if (!page)
		return NULL;
	memset(address_of(page), 0, PAGE_BYTES << order);
	return address_of(page);
}

void *rt_alloc_buffer_pages(unsigned int order)
{
	struct rt_page *page = NULL;

	rt_lock(&lock);
	if (order <= MAX_ORDER_RT && used_pages + (1u << order) <= nr_pages - nr_pages / RESERVE_PART)
		page = take_block(order);
	refused += !page;
	rt_unlock(&lock);
	if (!page)
		return NULL;
	memset(address_of(page), 0, PAGE_BYTES << order);
	return address_of(page);
}

u64 rt_buffers_refused(void)
{
	return READ_ONCE(refused);
}

u64 rt_buffers_free(void)
{
	u64 most = nr_pages - nr_pages / RESERVE_PART, used = READ_ONCE(used_pages);

	return used < most ? most - used : 0;
}

static struct rt_page *new_slab(unsigned int class)
{
	struct rt_page *page = take_block(0);
	u64 size = 1ull << (MIN_SHIFT + class);
	char *memory;
	u64 at;

	if (!page)
		return NULL;
	memory = address_of(page);
	page->kind = P_SLAB;
	page->class = class;
	page->used = 0;
	page->objects = NULL;
	for (at = PAGE_BYTES; at; at -= size) {
		*(void **)(memory + at - size) = page->objects;
		page->objects = memory + at - size;
	}
	list_add(&page->node, &partial[class]);
	return page;
}

static void *alloc_small(unsigned int class)
{
	struct rt_page *page;
	void *object;

	rt_lock(&lock);
	if (list_empty(&partial[class]))
		page = new_slab(class);
	else
		page = list_first_entry(&partial[class], struct rt_page, node);
	if (!page) {
		rt_unlock(&lock);
		return NULL;
	}
	object = page->objects;
	page->objects = *(void **)object;
	page->used++;
	if (!page->objects)
		list_del_init(&page->node);
	rt_unlock(&lock);
	memset(object, 0, 1ull << (MIN_SHIFT + class));
	return object;
}

void *rt_alloc(size_t size)
{
	unsigned int shift;

	if (size > PAGE_BYTES << MAX_ORDER_RT)
		return NULL;
	shift = size <= 16 ? MIN_SHIFT : 64 - __builtin_clzll(size - 1);
	if (shift < MIN_SHIFT + CLASSES)
		return alloc_small(shift - MIN_SHIFT);
	return rt_alloc_pages(shift < 12 ? 0 : shift - 12);
}

static void free_small(struct rt_page *page, void *object)
{
	u64 size = 1ull << (MIN_SHIFT + page->class);

	if ((u64)object & (size - 1) || !page->used)
		rt_die("free of something that is no object", (u64)object);
	*(void **)object = page->objects;
	if (!page->objects)
		list_add(&page->node, &partial[page->class]);
	page->objects = object;
	if (!--page->used) {
		list_del(&page->node);
		page->kind = P_HEAD;
		page->order = 0;
		give_block(page);
	}
}

void rt_free(const void *memory)
{
	struct rt_page *page;

	if (!memory || IS_ERR(memory))
		return;
	if (!rt_in_heap(memory))
		rt_die("free of memory outside of the heap", (u64)memory);
	page = &pages[((u64)memory - rt_heap_base) / PAGE_BYTES];
	rt_lock(&lock);
	if (page->kind == P_SLAB)
		free_small(page, (void *)memory);
	else if (page->kind == P_HEAD && !((u64)memory & (PAGE_BYTES - 1)))
		give_block(page);
	else
		rt_die("free of something that is not allocated", (u64)memory);
	rt_unlock(&lock);
}

u64 rt_bus(const void *address)
{
	u64 at = (u64)address - rt_heap_base;

	if (!rt_in_heap(address))
		return ~0ull;
	return bus_of_chunk[at >> 21] + (at & 0x1fffff);
}

struct page *rt_page_of(const void *address)
{
	return (struct page *)&pages[((u64)address - rt_heap_base) / PAGE_BYTES];
}

struct page *rt_page_head(const struct page *page)
{
	u64 i = (const struct rt_page *)page - pages;
	unsigned int order;

	if (i >= nr_pages)
		rt_die("a page that is not of the heap", (u64)page);
	for (order = 0; order <= MAX_ORDER_RT; order++) {
		struct rt_page *head = &pages[i & ~((1ull << order) - 1)];

		if (head->kind == P_HEAD && head->order >= order)
			return (struct page *)head;
	}
	rt_die("a page that is not allocated", (u64)page);
}

static void page_put(struct rt_page *head, int count)
{
	int left = __atomic_sub_fetch(&((struct page *)head)->_refcount.counter, count, __ATOMIC_ACQ_REL);

	if (left < 0)
		rt_die("a page is put too often", (u64)head);
	if (!left)
		rt_free(address_of(head));
}

void rt_page_put(struct page *page, int count)
{
	page_put((struct rt_page *)rt_page_head(page), count);
}

/* Of most blocks the page itself is the head. */
void rt_page_put_at(const void *address)
{
	u64 i = ((u64)address - rt_heap_base) / PAGE_BYTES;

	if (i < nr_pages && pages[i].kind == P_HEAD)
		page_put(&pages[i], 1);
	else
		rt_page_put((struct page *)&pages[i], 1);
}

void rt_heap_stats(u64 *used, u64 *all)
{
	*used = used_pages;
	*all = nr_pages;
}
