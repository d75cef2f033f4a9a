/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One PCI device that belongs to a domain instead of to a driver of the host, with the ledger of
 * everything the domain holds of it. The ledger, not the domain, is what teardown goes by.
 */
#ifndef KLCD_PCI_H
#define KLCD_PCI_H

#include <linux/completion.h>
#include <linux/dma-mapping.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <domain/domain.h>
#include <lxd/contract.h>
#include <pci.h>
#include "../log.h"
#include "filter.h"

#define KLCD_DRIVER "lxd"
#define KLCD_DMA_QUOTA (32ull << 20)
/* Interrupts in a row that found the domain's bit still set, before the vector rests for a tick. */
#define KLCD_STORM 64

enum klcd_confinement { KLCD_UNCONFINED, KLCD_LAZY, KLCD_SHARED, KLCD_STRICT };

struct klcd_pci_vector {
	struct klcd_pci_dev *dev;
	unsigned int index;
	unsigned int irq;
	unsigned int depth; /* disable_irq() of the domain, not yet undone */
	unsigned int stale; /* interrupts in a row that the domain had not looked at */
	bool requested, resting;
	bool parked; /* asleep: requested again when the device wakes, disabled so often */
	unsigned int parked_depth;
	u64 count, storms;
	struct timer_list rest;
	char name[64];
};

/* BAR pages or device memory shown to the domain, or a chunk of its heap shown to the device. */
struct klcd_pci_map {
	struct list_head node;
	u64 address; /* the domain's, page aligned */
	struct page *page; /* device memory: its first page */
	dma_addr_t bus;
	size_t size;
};

struct klcd_pci_dev {
	struct list_head node;
	struct pci_dev *pdev;
	/* NULL while no domain has the device. Changes under klcd_pci_lock. */
	struct lxd_domain *dom;
	u32 handle;
	bool leaving; /* the bus takes the device away; its lock is held for us */
	bool probed; /* the domain's driver has it */
	bool served; /* the domain's driver had it at least once */
	bool shut; /* its shutdown ran */
	bool stuck; /* by the end of its domain: nothing could stop it but to keep it off the bus */
	bool flushed; /* by the end of its domain: its caches were written before it was reset */
	struct completion released;

	/* Held while the domain is asked about an event of the machine: it keeps dom. Taken before klcd_pci_lock. */
	struct mutex event;
	wait_queue_head_t woken; /* asleep has become false */

	struct mutex lock; /* the ledger */
	/* Under the lock: from the end of the driver's suspend to the beginning of its resume the device is the PCI core's. */
	bool asleep;
	/* By the end of its domain, under the lock: no call changes the device from there on, not even a late one. */
	bool silenced;
	bool down; /* the same by the machine's shutdown, for good. Also under klcd_pci_lock */
	unsigned int sleeps; /* how often it fell asleep */
	struct lxd_object use; /* machine use of pci.idl; a new one for each domain */
	u32 regions; /* mask of BARs */
	unsigned int enabled; /* the domain's own count */
	bool powered; /* the host's reference, from the first of them to the domain's end */
	bool master, mask_set, reporting, saved;
	struct list_head maps, memory, heap;
	u64 memory_bytes;

	spinlock_t irq_lock; /* requested, depth, resting */
	struct klcd_pci_vector vector[LXD_PCI_MAX_VECTORS];
	unsigned int nr_vectors, pre;
	bool allocating; /* vectors, without the lock */
	bool spread;

	enum klcd_confinement confinement;
	struct klcd_config_caps caps;
	struct ratelimit_state log; /* of lines that the domain can cause */
};

/* What a domain has of this interface; lxd_domain_data(dom, LXD_PCI_INTERFACE). */
struct klcd_pci {
	struct klcd_pci_dev *dev;
	struct lxd_pci_contract contract;
	struct mutex lock; /* registered, driver, ids */
	bool registered, stopping;
	char driver[32];
	u32 nr_ids;
	struct lxd_pci_pci_id ids[160];
};

extern struct mutex klcd_pci_lock;
extern struct pci_driver klcd_pci_driver;

int klcd_pci_init(void);
void klcd_pci_exit(void);

static inline struct klcd_pci *klcd_pci_of(struct lxd_domain *dom)
{
	return lxd_domain_data(dom, LXD_PCI_INTERFACE);
}

/**
 * klcd_pci_enter() - a call of the domain takes the ledger
 *
 * Return: 0, and dev->lock is held; -ENODEV: the device was silenced, or the machine goes down; -EBUSY: it sleeps.
 */
static inline int klcd_pci_enter(struct klcd_pci_dev *dev)
{
	int err;

	mutex_lock(&dev->lock);
	if (!dev->silenced && !dev->down && !dev->asleep)
		return 0;
	err = dev->silenced || dev->down ? -ENODEV : -EBUSY;
	mutex_unlock(&dev->lock);
	return err;
}

/* The domain is being taken down in an orderly way. Any context. */
static inline bool klcd_pci_stopping(struct lxd_domain *dom)
{
	struct klcd_pci *pci = klcd_pci_of(dom);

	return pci && READ_ONCE(pci->stopping);
}

/* driver.c. Finds the device and takes it for the domain; a message says why not. */
struct klcd_pci_dev *klcd_pci_claim(struct lxd_domain *dom, const char *address);
void klcd_pci_unclaim(struct klcd_pci_dev *dev);
/* The device with this address, with a reference; -EINVAL, -ENODEV. */
struct pci_dev *klcd_pci_find(const char *address);
/* Holds klcd_pci_lock. */
bool klcd_pci_has_domain(struct pci_dev *pdev);
/* life.c */
extern const struct lxd_class klcd_pci_class;
/* Takes the device from the domain's driver, once. 0: it had none. */
int klcd_pci_remove(struct lxd_domain *dom, struct klcd_pci_dev *dev);
void klcd_pci_shutdown_all(void);
void klcd_pci_shutdown(struct klcd_pci_dev *dev);
/* calls.c. The caller holds dev->lock. */
void klcd_pci_master_off(struct klcd_pci_dev *dev);
void klcd_pci_give_back_calls(struct klcd_pci_dev *dev);
/* bar.c, dma.c, vectors.c: undo what the ledger says, at the end of a domain. */
void klcd_pci_give_back_maps(struct klcd_pci_dev *dev);
void klcd_pci_give_back_memory(struct klcd_pci_dev *dev);
void klcd_pci_give_back_vectors(struct klcd_pci_dev *dev);
void klcd_pci_vectors_init(struct klcd_pci_dev *dev);
/* vectors.c: around a sleep. The caller holds dev->lock. Unpark: 0, or the error of a request. */
void klcd_pci_park_vectors(struct klcd_pci_dev *dev);
int klcd_pci_unpark_vectors(struct klcd_pci_dev *dev);
/* sleep.c */
extern const struct dev_pm_ops klcd_pci_pm;
void klcd_pci_sleep_init(struct klcd_pci_dev *dev);
/* The end of a domain waits here before it touches the device. Holds nothing. */
void klcd_pci_await_wake(struct klcd_pci_dev *dev);
/*
 * For clocks that count a domain's own time: true if its device sleeps, or has slept since @sleeps was stored there.
 * A class that ends before this one. Any context that may sleep.
 */
bool klcd_pci_slept(struct lxd_domain *dom, unsigned int *sleeps);
/* The device goes, and will not wake. */
void klcd_pci_end_sleep(struct klcd_pci_dev *dev);
/* dma.c: says once, loudly, what confines the device. */
void klcd_pci_judge_dma(struct klcd_pci_dev *dev);
bool klcd_pci_alone_in_group(struct pci_dev *pdev);
/* struct lxd_class.chunk */
int klcd_pci_map_chunk(struct lxd_domain *dom, struct page *chunk, size_t size, u64 *bus);
/* The caller holds dev->lock; the device is silent. */
void klcd_pci_give_back_heap(struct klcd_pci_dev *dev);
/* False: part of the domain's heap lies where a device with this mask does not reach. Holds dev->lock. */
bool klcd_pci_heap_within(struct klcd_pci_dev *dev, u64 mask);
/* Pages that the device reaches, zeroed; dma_free_pages(), DMA_BIDIRECTIONAL. NULL: there are none. May sleep. */
static inline struct page *klcd_dma_pages(struct device *dev, size_t size, dma_addr_t *bus, gfp_t gfp)
{
	struct page *page = dma_alloc_pages(dev, size, bus, DMA_BIDIRECTIONAL, gfp);

	/* Where there are pages their address is good; CONFIG_DMA_API_DEBUG wants to see that somebody asks. */
	WARN_ON_ONCE(page && dma_mapping_error(dev, *bus));
	return page;
}

/* nvme.c: hooks for NVMe controllers; nothing for others. Bounded, sleep, allocate nothing. */
/* True: its volatile write cache was written. False: nobody knows. */
bool klcd_nvme_flush(struct klcd_pci_dev *dev);
/* True: it is a controller, and idle. */
bool klcd_nvme_disable(struct klcd_pci_dev *dev);

#endif
