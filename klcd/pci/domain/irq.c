// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts: a bit of the context page becomes a run of the vector's handlers, on the loop. As
 * genirq does, a vector's handlers never run twice at once: what comes meanwhile is remembered.
 */
#include <linux/interrupt.h>
#include <linux/blk-mq.h>
#include "pcidev.h"

#define IRQ_BASE 32 /* made-up numbers: not 0, and nobody else's */
#define VECTORS LXD_IRQ_BITS

struct action {
	struct action *next;
	irq_handler_t handler, thread;
	void *cookie;
	char *name;
};

static struct {
	struct rt_lock lock;
	bool running, pending;
	u32 disabled;
	struct action *actions;
	struct rt_pci *pci;
} vectors[VECTORS];

void rt_irq_run(unsigned int v)
{
	struct action *a;

	if (v >= VECTORS)
		return;
	rt_lock(&vectors[v].lock);
	vectors[v].pending = true;
	while (vectors[v].pending && !vectors[v].running && !vectors[v].disabled) {
		vectors[v].pending = false;
		vectors[v].running = true;
		rt_unlock(&vectors[v].lock);
		for (a = vectors[v].actions; a; a = a->next)
			if (a->handler(IRQ_BASE + v, a->cookie) == IRQ_WAKE_THREAD && a->thread)
				a->thread(IRQ_BASE + v, a->cookie);
		rt_lock(&vectors[v].lock);
		vectors[v].running = false;
	}
	rt_unlock(&vectors[v].lock);
}

/* Until no handler of the vector runs, on whatever context. Fiber. */
static void wait_idle(unsigned int v)
{
	rt_lock(&vectors[v].lock);
	while (vectors[v].running) {
		rt_unlock(&vectors[v].lock);
		rt_yield();
		rt_lock(&vectors[v].lock);
	}
	rt_unlock(&vectors[v].lock);
}

/* Takes the name. */
static int request(struct rt_pci *pci, unsigned int v, irq_handler_t handler, irq_handler_t thread, void *cookie,
		   char *text)
{
	struct action *a = rt_alloc(sizeof(*a)), **link;
	char name[48] = {};
	int err = 0;

	if (!a || v >= VECTORS || v >= pci->vectors) {
		rt_free(a);
		rt_free(text);
		return a ? -EINVAL : -ENOMEM;
	}
	a->name = text;
	a->handler = handler;
	a->thread = thread;
	a->cookie = cookie;
	rt_snprintf(name, sizeof(name), "%s", a->name ? a->name : "");
	wait_idle(v);
	rt_lock(&vectors[v].lock);
	for (link = &vectors[v].actions; *link; link = &(*link)->next)
		;
	*link = a;
	vectors[v].pci = pci;
	rt_unlock(&vectors[v].lock);
	/* The host knows one action a vector, whoever shares it. */
	if (vectors[v].actions == a)
		err = lxd_pci_request_irq(pci->handle, v, name);
	if (err) {
		*link = NULL;
		rt_free(a->name);
		rt_free(a);
	}
	return err;
}

static int request_irq_rt(struct pci_dev *dev, unsigned int v, irq_handler_t handler, irq_handler_t thread,
			  void *cookie, const char *fmt, ...)
{
	va_list args;
	char *name;

	va_start(args, fmt);
	name = rt_vasprintf(fmt, args);
	va_end(args);
	return request(rt_pci_of(dev), v, handler, thread, cookie, name);
}

static const void *release(struct rt_pci *pci, unsigned int v, void *cookie)
{
	struct action *a, **link;

	if (v >= VECTORS)
		return NULL;
	rt_lock(&vectors[v].lock);
	while (vectors[v].running) {
		rt_unlock(&vectors[v].lock);
		rt_yield();
		rt_lock(&vectors[v].lock);
	}
	for (link = &vectors[v].actions; *link && (*link)->cookie != cookie; link = &(*link)->next)
		;
	a = *link;
	if (a)
		*link = a->next;
	rt_unlock(&vectors[v].lock);
	if (!a)
		return NULL;
	if (!vectors[v].actions)
		lxd_pci_free_irq(pci->handle, v);
	rt_free(a->name);
	rt_free(a);
	return cookie;
}

static void free_irq_rt(struct pci_dev *dev, unsigned int v, void *cookie)
{
	release(rt_pci_of(dev), v, cookie);
}

/* By number: the domain has one device, so the vector says all. */
static int request_threaded_irq_rt(unsigned int irq, irq_handler_t handler, irq_handler_t thread, unsigned long flags,
				   const char *name, void *cookie)
{
	struct rt_pci *pci = rt_pci_device();
	char *text = rt_alloc(48);

	if (!pci || !text) {
		rt_free(text);
		return pci ? -ENOMEM : -EINVAL;
	}
	rt_snprintf(text, 48, "%s", name ? name : "");
	return request(pci, irq - IRQ_BASE, handler, thread, cookie, text);
}

static const void *free_irq_by_number(unsigned int irq, void *cookie)
{
	struct rt_pci *pci = rt_pci_device();

	return pci ? release(pci, irq - IRQ_BASE, cookie) : NULL;
}

static void synchronize_irq_rt(unsigned int irq)
{
	if (irq - IRQ_BASE < VECTORS)
		wait_idle(irq - IRQ_BASE);
}

/* Where a vector fires is the host's to say. */
static int no_affinity_hint(unsigned int irq, const struct cpumask *mask, bool set)
{
	return 0;
}

LXD_EXPORT(FORWARDED, request_threaded_irq, request_threaded_irq_rt);
LXD_EXPORT(FORWARDED, free_irq, free_irq_by_number);
LXD_EXPORT(RUNTIME, synchronize_irq, synchronize_irq_rt);
LXD_EXPORT(RUNTIME, __irq_apply_affinity_hint, no_affinity_hint);

static void disable_irq_rt(unsigned int irq)
{
	unsigned int v = irq - IRQ_BASE;

	if (v >= VECTORS || !vectors[v].pci)
		return;
	rt_lock(&vectors[v].lock);
	vectors[v].disabled++;
	rt_unlock(&vectors[v].lock);
	lxd_pci_disable_irq(vectors[v].pci->handle, v);
	if (rt_current())
		wait_idle(v);
}

static void enable_irq_rt(unsigned int irq)
{
	unsigned int v = irq - IRQ_BASE;
	bool again;

	if (v >= VECTORS || !vectors[v].pci)
		return;
	rt_lock(&vectors[v].lock);
	if (vectors[v].disabled)
		vectors[v].disabled--;
	again = !vectors[v].disabled && vectors[v].pending;
	rt_unlock(&vectors[v].lock);
	lxd_pci_enable_irq(vectors[v].pci->handle, v);
	if (again)
		rt_irq_run(v);
}

LXD_EXPORT(FORWARDED, pci_request_irq, request_irq_rt);
LXD_EXPORT(FORWARDED, pci_free_irq, free_irq_rt);
LXD_EXPORT(FORWARDED, disable_irq, disable_irq_rt);
LXD_EXPORT(FORWARDED, enable_irq, enable_irq_rt);

static int alloc_vectors(struct pci_dev *dev, unsigned int min, unsigned int max, unsigned int flags,
			 struct irq_affinity *affinity)
{
	struct rt_pci *pci = rt_pci_of(dev);
	u32 pre = affinity ? affinity->pre_vectors : 0;
	u32 count = 0;
	int err;

	max = min_t(unsigned int, max, VECTORS);
	err = lxd_pci_alloc_vectors(pci->handle, min, max, flags, pre, &count, pci->cpus);
	if (err)
		return err;
	pci->vectors = count;
	/* The host makes one set. The driver must still be told how many vectors it got. */
	if (affinity && affinity->calc_sets)
		affinity->calc_sets(affinity, count > pre ? count - pre : 0);
	return count;
}

static void free_vectors(struct pci_dev *dev)
{
	struct rt_pci *pci = rt_pci_of(dev);

	if (!pci->vectors)
		return;
	lxd_pci_free_vectors(pci->handle);
	pci->vectors = 0;
}

static int irq_vector(struct pci_dev *dev, unsigned int nr)
{
	return nr < rt_pci_of(dev)->vectors ? (int)(IRQ_BASE + nr) : -EINVAL;
}

/* The older form: the caller lists entries of the table and gets numbers. */
static int enable_msix_range(struct pci_dev *dev, struct msix_entry *entries, int min, int max)
{
	int i, n;

	for (i = 0; i < max; i++)
		if (entries[i].entry != i)
			return -EINVAL;
	n = alloc_vectors(dev, min, max, PCI_IRQ_MSIX, NULL);
	for (i = 0; i < n; i++)
		entries[i].vector = IRQ_BASE + i;
	return n;
}

static int enable_msi(struct pci_dev *dev)
{
	int n = alloc_vectors(dev, 1, 1, PCI_IRQ_MSI, NULL);

	if (n < 0)
		return n;
	dev->irq = IRQ_BASE;
	return 0;
}

LXD_EXPORT(FORWARDED, pci_enable_msix_range, enable_msix_range);
LXD_EXPORT(FORWARDED, pci_disable_msix, free_vectors);
LXD_EXPORT(FORWARDED, pci_enable_msi, enable_msi);
LXD_EXPORT(FORWARDED, pci_disable_msi, free_vectors);
LXD_EXPORT(FORWARDED, pci_alloc_irq_vectors_affinity, alloc_vectors);
LXD_EXPORT(FORWARDED, pci_free_irq_vectors, free_vectors);
LXD_EXPORT(RUNTIME, pci_irq_vector, irq_vector);

/* --- which queue a CPU would use; the host has its own map ---------------------------------------- */

static void map_queues(struct blk_mq_queue_map *map)
{
	unsigned int i;

	for (i = 0; i < lxd_rt_boot->nr_cpus; i++)
		map->mq_map[i] = map->queue_offset + i % max(map->nr_queues, 1u);
}

static void pci_map_queues(struct blk_mq_queue_map *map, struct pci_dev *dev, int offset)
{
	struct rt_pci *pci = rt_pci_of(dev);
	unsigned int q, cpu;

	map_queues(map);
	for (q = 0; q < map->nr_queues && q + offset < pci->vectors; q++)
		for (cpu = 0; cpu < lxd_rt_boot->nr_cpus; cpu++)
			if (pci->cpus[q + offset] >> cpu & 1)
				map->mq_map[cpu] = map->queue_offset + q;
}

LXD_EXPORT(RUNTIME, blk_mq_map_queues, map_queues);
LXD_EXPORT(RUNTIME, blk_mq_pci_map_queues, pci_map_queues);
