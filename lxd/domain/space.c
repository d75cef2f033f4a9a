// SPDX-License-Identifier: GPL-2.0-only
/* The domain's address space apart from its image: include/lxd/context.h has the map. */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/time.h>
#include <asm/tsc.h>

#include "internal.h"

#define RW (LXD_MAP_R | LXD_MAP_W)
#define CHUNK (2ul << 20)
#define PAGE_STRUCTS (CHUNK / PAGE_SIZE * sizeof(struct page)) /* of one chunk, whole pages */
#define ENTRY_STACKS (LXD_D_STACKS + 0x20000000)
#define STACK_STRIDE (LXD_STACK_SIZE + PAGE_SIZE)
#define FORCED (LXD_D_STACKS + 0x30000000)
#define FORCED_STRIDE (4 * PAGE_SIZE) /* registers and the largest XSAVE area */
#define RING_BYTES (LXD_RING_SLOTS * sizeof(struct lxd_slot))

/* Hands out the shared range from its beginning; a guard page between two areas. */
struct shared {
	struct lxd_domain *dom;
	u64 next;
};

static int shared_area(struct shared *s, size_t bytes, u32 rights, u64 *address, void *host)
{
	unsigned long nr = PAGE_ALIGN(bytes) >> PAGE_SHIFT;
	int err = lxd_mem_alloc(s->dom, s->next, nr, rights, LXD_MEM_SHARED, NULL, host);

	*address = s->next;
	s->next += (nr + 1) << PAGE_SHIFT;
	return err;
}

static int add_ring(struct shared *s, struct lxd_ring_end *end, struct lxd_ring_desc *desc)
{
	struct lxd_slot *slots;
	u64 address;
	int err = shared_area(s, RING_BYTES, RW, &address, &slots);

	if (err)
		return err;
	desc->base = address;
	desc->slots = LXD_RING_SLOTS;
	spin_lock_init(&end->lock);
	end->ring = (struct lxd_ring){ .slots = slots, .mask = LXD_RING_SLOTS - 1 };
	return 0;
}

static int add_rings(struct shared *s, struct lxd_boot *boot)
{
	struct lxd_domain *dom = s->dom;
	unsigned int q;
	int err;

	err = add_ring(s, &dom->ctl_in, &boot->ctl_in);
	if (!err)
		err = add_ring(s, &dom->ctl_out, &boot->ctl_out);
	for (q = 0; q < dom->nr_queues && !err; q++) {
		err = add_ring(s, &dom->data_in[q], &boot->data_in[q]);
		if (!err)
			err = add_ring(s, &dom->data_out[q], &boot->data_out[q]);
	}
	return err;
}

static int add_contexts(struct shared *s, struct lxd_boot *boot)
{
	struct lxd_domain *dom = s->dom;
	unsigned int cpu;
	int err = 0;

	for (cpu = 0; cpu < dom->nr_cpus && !err; cpu++) {
		err = shared_area(s, PAGE_SIZE, RW, &boot->context[cpu], &dom->ctx[cpu].page);
		if (!err)
			err = lxd_mem_alloc(dom, LXD_D_PERCPU + cpu * LXD_D_PERCPU_STRIDE, LXD_PERCPU_PAGES,
					    RW, LXD_MEM_SHARED, NULL, NULL);
		if (!err)
			err = lxd_mem_alloc(dom, ENTRY_STACKS + cpu * STACK_STRIDE + PAGE_SIZE,
					    LXD_STACK_SIZE / PAGE_SIZE, RW, LXD_MEM_SHARED, NULL, NULL);
		if (!err)
			err = lxd_mem_alloc(dom, FORCED + cpu * FORCED_STRIDE, FORCED_STRIDE / PAGE_SIZE, RW,
					    LXD_MEM_SHARED, NULL, NULL);
		dom->ctx[cpu].gate.forced = FORCED + cpu * FORCED_STRIDE;
	}
	boot->forced = FORCED;
	boot->forced_stride = FORCED_STRIDE;
	return err;
}

static int add_heap(struct shared *s, struct lxd_boot *boot)
{
	struct lxd_domain *dom = s->dom;
	unsigned int i;
	int err;

	/* One page of bus addresses: room for a gigabyte. */
	err = shared_area(s, PAGE_SIZE, LXD_MAP_R, &boot->heap_bus, &dom->heap_bus);
	boot->heap_base = LXD_D_HEAP;
	boot->vmemmap_base = LXD_D_VMEMMAP;
	boot->heap_pages = dom->heap_bytes >> PAGE_SHIFT;
	for (i = 0; i < dom->heap_bytes / CHUNK && !err; i++) {
		err = lxd_mem_chunk(dom, LXD_D_HEAP + i * CHUNK, &dom->heap_chunk[i]);
		if (err)
			break;
		dom->heap_bus[i] = page_to_phys(dom->heap_chunk[i]);
		err = lxd_mem_alloc(dom, LXD_D_VMEMMAP + i * PAGE_STRUCTS, PAGE_STRUCTS / PAGE_SIZE, RW,
				    LXD_MEM_SHARED, NULL, NULL);
	}
	return err;
}

/* The classes were attached after the heap was made. */
int lxd_space_share(struct lxd_domain *dom)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < dom->heap_bytes / CHUNK && !err; i++)
		err = lxd_classes_chunk(dom, dom->heap_chunk[i], CHUNK, &dom->heap_bus[i]);
	return err;
}

static int add_stacks(struct lxd_domain *dom, struct lxd_boot *boot)
{
	unsigned int i;
	int err = 0;

	boot->stacks_base = LXD_D_STACKS;
	boot->nr_stacks = LXD_NR_STACKS;
	for (i = 0; i < LXD_NR_STACKS && !err; i++)
		err = lxd_mem_alloc(dom, LXD_D_STACKS + i * STACK_STRIDE + PAGE_SIZE,
				    LXD_STACK_SIZE / PAGE_SIZE, RW, LXD_MEM_SHARED, NULL, NULL);
	return err;
}

/* Before the image is loaded. */
int lxd_space_init(struct lxd_domain *dom)
{
	struct shared s = { .dom = dom, .next = LXD_D_SHARED };
	size_t rows = (size_t)dom->nr_queues * dom->depth * LXD_ROW_SEGMENTS * sizeof(struct lxd_segment);
	struct lxd_boot *boot;
	u64 address;
	int err;

	BUILD_BUG_ON(sizeof(struct lxd_boot) > PAGE_SIZE);
	BUILD_BUG_ON(PAGE_STRUCTS % PAGE_SIZE);
	err = shared_area(&s, PAGE_SIZE, LXD_MAP_R, &address, &boot);
	if (err)
		return err;
	dom->boot = boot;
	*boot = (struct lxd_boot){
		.magic = LXD_BOOT_MAGIC, .size = sizeof(*boot), .nr_cpus = dom->nr_cpus, .hz = HZ,
		.nr_queues = dom->nr_queues, .rows_tags = dom->depth, .rows_segments = LXD_ROW_SEGMENTS,
		.percpu_base = LXD_D_PERCPU, .percpu_stride = LXD_D_PERCPU_STRIDE, .tsc_khz = tsc_khz,
	};
	err = add_contexts(&s, boot);
	if (!err)
		err = add_rings(&s, boot);
	if (!err)
		err = shared_area(&s, 2 * LXD_CALLS * LXD_CALL_AREA, RW, &boot->call_areas, &dom->call_areas);
	if (!err)
		err = shared_area(&s, rows, LXD_MAP_R, &boot->rows, &dom->rows);
	if (!err)
		err = add_heap(&s, boot);
	if (!err)
		err = add_stacks(dom, boot);
	return err;
}

/* After it: entries, tables of the processor, the gate's page. */
int lxd_space_finish(struct lxd_domain *dom)
{
	struct lxd_gate_info gate;
	struct lxd_entry *entries;
	unsigned int cpu;
	int err;

	err = lxd_mem_alloc(dom, LXD_D_ENTRY, 1, LXD_MAP_R, LXD_MEM_SHARED, NULL, &entries);
	if (err)
		return err;
	for (cpu = 0; cpu < dom->nr_cpus; cpu++) {
		entries[cpu].rip = dom->entry;
		entries[cpu].rsp = ENTRY_STACKS + cpu * STACK_STRIDE + STACK_STRIDE;
	}
	err = lxd_processor_map(dom);
	if (err)
		return err;
	lxd_gate_info(&gate);
	dom->boot->leave = gate.leave;
	lxd_mem_lock(dom);
	err = lxd_pt_map(dom, gate.va, gate.gpa, LXD_MAP_R | LXD_MAP_X);
	lxd_mem_unlock(dom);
	if (err)
		return err;
	return lxd_gate_domain_init(&dom->gate, dom->slot, virt_to_phys(dom->mem.root));
}

struct lxd_segment *lxd_domain_row(struct lxd_domain *dom, unsigned int queue, unsigned int tag)
{
	return dom->rows + ((size_t)queue * dom->depth + tag) * LXD_ROW_SEGMENTS;
}

u64 lxd_domain_heap_bytes(const struct lxd_domain *dom)
{
	return READ_ONCE(dom->heap_bytes);
}

void *lxd_domain_heap(const struct lxd_domain *dom, u64 offset, u64 size)
{
	u64 in = offset & (CHUNK - 1);

	if (offset >= READ_ONCE(dom->heap_bytes) || size > CHUNK - in)
		return NULL;
	return page_address(dom->heap_chunk[array_index_nospec(offset / CHUNK, LXD_HEAP_MAX / CHUNK)]) + in;
}
