// SPDX-License-Identifier: GPL-2.0-only
/*
 * Message-signalled interrupts. The host's handler only tells the core; the driver's handler runs in
 * the domain, between fibers. Level interrupts are never granted: nobody could acknowledge them.
 */
#include <linux/interrupt.h>
#include "pci.h"

static irqreturn_t arrived(int irq, void *data)
{
	struct klcd_pci_vector *v = data;

	v->count++;
	if (!lxd_domain_irq(v->dev->dom, v->index)) {
		v->stale = 0;
		return IRQ_HANDLED;
	}
	if (++v->stale < KLCD_STORM)
		return IRQ_HANDLED;
	/* The domain does not keep up: rest until the next tick. The message is not lost, it stays pending. */
	v->stale = 0;
	spin_lock(&v->dev->irq_lock);
	if (v->requested && !v->resting) {
		v->resting = true;
		v->storms++;
		disable_irq_nosync(irq);
		mod_timer(&v->rest, jiffies + 1);
	}
	spin_unlock(&v->dev->irq_lock);
	return IRQ_HANDLED;
}

static void rested(struct timer_list *timer)
{
	struct klcd_pci_vector *v = from_timer(v, timer, rest);
	unsigned long flags;

	spin_lock_irqsave(&v->dev->irq_lock, flags);
	if (v->resting) {
		v->resting = false;
		enable_irq(v->irq);
	}
	spin_unlock_irqrestore(&v->dev->irq_lock, flags);
}

void klcd_pci_vectors_init(struct klcd_pci_dev *dev)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(dev->vector); i++) {
		dev->vector[i].dev = dev;
		dev->vector[i].index = i;
		timer_setup(&dev->vector[i].rest, rested, 0);
	}
}

static u64 cpus_of(struct klcd_pci_dev *dev, unsigned int i)
{
	const struct cpumask *mask = pci_irq_get_affinity(dev->pdev, i);
	u64 bits = 0;
	unsigned int cpu;

	for_each_cpu(cpu, mask ?: cpu_possible_mask) {
		if (cpu < 64)
			bits |= BIT_ULL(cpu);
	}
	return bits;
}

int klcd_pci_alloc_vectors(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 min, u32 max, u32 flags, u32 pre,
			   u32 *count, u64 *cpus)
{
	struct irq_affinity spread = { .pre_vectors = pre };
	unsigned int types = flags & (PCI_IRQ_MSI | PCI_IRQ_MSIX);
	unsigned int i;
	int gone, nr = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (!dev->enabled || dev->nr_vectors || dev->allocating || min > max || max > ARRAY_SIZE(dev->vector) || pre > max)
		goto out;
	nr = -ENOSPC;
	if (!types)
		goto out;
	/*
	 * This waits while a CPU goes offline, which may wait for a request of the domain's disk. The domain's end ends
	 * that one, and wants the ledger before.
	 */
	dev->allocating = true;
	mutex_unlock(&dev->lock);
	if (flags & PCI_IRQ_AFFINITY)
		nr = pci_alloc_irq_vectors_affinity(dev->pdev, min, max, types | PCI_IRQ_AFFINITY, &spread);
	else
		nr = pci_alloc_irq_vectors(dev->pdev, min, max, types);
	mutex_lock(&dev->lock);
	dev->allocating = false;
	if (nr > 0 && (dev->silenced || dev->asleep)) {
		pci_free_irq_vectors(dev->pdev);
		nr = -ENODEV;
	}
	if (nr < 0)
		goto out;
	dev->nr_vectors = nr;
	dev->pre = pre;
	dev->spread = flags & PCI_IRQ_AFFINITY;
	for (i = 0; i < nr; i++) {
		dev->vector[i].irq = pci_irq_vector(dev->pdev, i);
		cpus[i] = cpus_of(dev, i);
	}
	*count = nr;
	nr = 0;
out:
	mutex_unlock(&dev->lock);
	return nr;
}

/* dev->lock is held. How often the domain had disabled it. */
static unsigned int free_one(struct klcd_pci_dev *dev, struct klcd_pci_vector *v)
{
	unsigned int depth;

	spin_lock_irq(&dev->irq_lock);
	v->requested = false;
	depth = v->depth;
	/* free_irq() shuts the interrupt down; its disable depth starts afresh with the next request. */
	v->resting = false;
	v->depth = 0;
	spin_unlock_irq(&dev->irq_lock);
	del_timer_sync(&v->rest);
	free_irq(v->irq, v);
	return depth;
}

int klcd_pci_free_vectors(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	unsigned int i;
	int gone, err = -EBUSY;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	for (i = 0; i < dev->nr_vectors; i++) {
		if (dev->vector[i].requested)
			goto out;
	}
	err = -EINVAL;
	if (!dev->nr_vectors)
		goto out;
	pci_free_irq_vectors(dev->pdev);
	dev->nr_vectors = 0;
	err = 0;
out:
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_request_irq(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 vector, const char *name)
{
	struct klcd_pci_vector *v = &dev->vector[vector];
	char clean[40];
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (vector >= dev->nr_vectors)
		goto out;
	err = -EBUSY;
	if (v->requested)
		goto out;
	klcd_clean_name(clean, sizeof(clean), name, 48);
	snprintf(v->name, sizeof(v->name), "lxd-%s", clean);
	v->stale = 0;
	v->requested = true;
	err = request_irq(v->irq, arrived, 0, v->name, v);
	if (err)
		v->requested = false;
out:
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_free_irq(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 vector)
{
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	if (vector < dev->nr_vectors && dev->vector[vector].requested) {
		free_one(dev, &dev->vector[vector]);
		err = 0;
	}
	mutex_unlock(&dev->lock);
	return err;
}

int klcd_pci_disable_irq(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 vector)
{
	struct klcd_pci_vector *v = &dev->vector[vector];
	int gone, err = -EINVAL;

	gone = klcd_pci_enter(dev);
	if (gone)
		return gone;
	spin_lock_irq(&dev->irq_lock);
	if (vector < dev->nr_vectors && v->requested && v->depth < 64) {
		v->depth++;
		disable_irq_nosync(v->irq);
		err = 0;
	}
	spin_unlock_irq(&dev->irq_lock);
	if (!err)
		synchronize_irq(v->irq);
	mutex_unlock(&dev->lock);
	return err;
}

/* Posted, so in the arrival of the domain; MSI needs no bus lock, so this does not sleep. */
void klcd_pci_enable_irq(struct lxd_domain *dom, struct klcd_pci_dev *dev, u32 vector)
{
	struct klcd_pci_vector *v = &dev->vector[vector];
	unsigned long flags;
	bool balanced = false;

	spin_lock_irqsave(&dev->irq_lock, flags);
	if (v->requested && v->depth) {
		v->depth--;
		enable_irq(v->irq);
		balanced = true;
	}
	spin_unlock_irqrestore(&dev->irq_lock, flags);
	if (!balanced)
		lxd_domain_violation(dom, "enable_irq", "vector is not disabled", vector);
}

/*
 * A managed interrupt must not sleep with its CPU. The CPU that comes back starts it, and the end of the sleep enables
 * it once more than it was disabled: a warning of kernels before 6.15. A driver that frees its interrupts when it
 * suspends, as stock nvme does, has none here; for any other the host does it.
 */
void klcd_pci_park_vectors(struct klcd_pci_dev *dev)
{
	unsigned int i;

	for (i = 0; i < dev->nr_vectors && dev->spread; i++) {
		struct klcd_pci_vector *v = &dev->vector[i];

		if (!v->requested)
			continue;
		v->parked = true;
		/* The domain enables it without the ledger, until this very moment. */
		v->parked_depth = free_one(dev, v);
	}
}

int klcd_pci_unpark_vectors(struct klcd_pci_dev *dev)
{
	unsigned int i, n;
	int err;

	for (i = 0; i < dev->nr_vectors; i++) {
		struct klcd_pci_vector *v = &dev->vector[i];

		if (!v->parked)
			continue;
		v->parked = false;
		v->stale = 0;
		err = request_irq(v->irq, arrived, v->parked_depth ? IRQF_NO_AUTOEN : 0, v->name, v);
		if (err)
			return err;
		for (n = 1; n < v->parked_depth; n++)
			disable_irq_nosync(v->irq);
		spin_lock_irq(&dev->irq_lock);
		v->depth = v->parked_depth;
		v->requested = true;
		/* One for what came while nobody listened. */
		lxd_domain_irq(dev->dom, i);
		spin_unlock_irq(&dev->irq_lock);
	}
	return 0;
}

void klcd_pci_give_back_vectors(struct klcd_pci_dev *dev)
{
	unsigned int i;

	if (!dev->nr_vectors)
		return;
	for (i = 0; i < dev->nr_vectors; i++) {
		dev->vector[i].parked = false;
		if (dev->vector[i].requested)
			free_one(dev, &dev->vector[i]);
	}
	pci_free_irq_vectors(dev->pdev);
	dev->nr_vectors = 0;
}
