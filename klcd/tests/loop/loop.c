// SPDX-License-Identifier: GPL-2.0-only
/*
 * klcd without hypervisor and domain: this module stands in for lxd/domain and for a driver that
 * serves a RAM disk. It shows that what users see (blk-mq, partitions, udev's attributes, timeouts,
 * a death with I/O in flight, the ledger's end) is right on the stock kernel, in seconds under QEMU.
 * The PCI device is a real (emulated) one; the disk's data never reaches it.
 */
#include <linux/blkdev.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>
#include <domain.h>
#include <klcd/klcd.h>
#include <klcd/pci/pci.h>
#include <klcd/block/block.h>
#include "iommu.h"
#include "netloop.h"

#define SECTORS (64u << 11) /* 64 MiB */
#define HANDLES 64
#define DEPTH 64

static char *device = "";
module_param(device, charp, 0444);
/*
 * 1: every 64th request is lost until its timeout; 2: requeue, 3: busy, for every 8th; 4: media errors,
 * 5: every 16th is lost for good.
 */
static int mode;
module_param(mode, int, 0644);
static atomic_t flushes, discards, zeroes, timeouts, again, violations, bad, opens;
static int count_get(char *buffer, const struct kernel_param *kp)
{
	return sysfs_emit(buffer,
			  "flushes %d discards %d zeroes %d timeouts %d again %d violations %d bad %d opens %d\n",
			  atomic_read(&flushes), atomic_read(&discards), atomic_read(&zeroes), atomic_read(&timeouts),
			  atomic_read(&again), atomic_read(&violations), atomic_read(&bad), atomic_read(&opens));
}

static const struct kernel_param_ops count_ops = { .get = count_get };
module_param_cb(counts, &count_ops, NULL, 0444);

struct post {
	struct list_head node;
	u16 fn;
	u64 w[LXD_SLOT_WORDS];
};

struct lxd_domain {
	enum lxd_state state;
	void *data[LXD_IFACES];
	const struct lxd_class *cls[LXD_IFACES];
	struct { void *obj; u32 type; } handle[HANDLES];
	spinlock_t lock; /* posts */
	struct list_head posts;
	unsigned long busy; /* bit 0: somebody is inside */
	struct lxd_segment *rows;
	u8 *ram;
	struct work_struct die;
	u32 set, disk[2];
	struct page *mapped;
} domain;

struct lxd_domain *netloop_domain(void)
{
	return &domain;
}

/* --- what lxd/domain offers ---------------------------------------------------------------------- */
int lxd_class_register(const struct lxd_class *cls)
{
	domain.cls[cls->iface] = cls;
	return 0;
}

void lxd_class_unregister(const struct lxd_class *cls)
{
	domain.cls[cls->iface] = NULL;
}

void *lxd_domain_data(struct lxd_domain *dom, u8 iface)
{
	return dom->data[iface];
}

void lxd_domain_set_data(struct lxd_domain *dom, u8 iface, void *data)
{
	dom->data[iface] = data;
}

int lxd_domain_await_restart(struct lxd_domain *dom, unsigned int ms)
{
	return -ESHUTDOWN;
}

/* There is one, for good. */
struct lxd_domain *lxd_domain_get(struct lxd_domain *dom)
{
	return dom;
}

void lxd_domain_put(struct lxd_domain *dom)
{
}

/* domain.ping: one that keeps a request for itself answers all the same. */
int lxd_domain_ping(struct lxd_domain *dom, u64 value, u64 *echo)
{
	*echo = value;
	return 0;
}

u32 lxd_domain_id(const struct lxd_domain *dom)
{
	return 1;
}

const char *lxd_domain_name(const struct lxd_domain *dom)
{
	return "loop";
}

const char *lxd_domain_device(const struct lxd_domain *dom)
{
	return device;
}

unsigned int lxd_domain_take(const struct lxd_domain *dom)
{
	return LXD_TAKE;
}

void lxd_domain_tell(struct lxd_domain *dom, const char *fmt, ...)
{
}

enum lxd_state lxd_domain_state(const struct lxd_domain *dom)
{
	return dom->state;
}

unsigned int lxd_domain_queues(const struct lxd_domain *dom)
{
	return 2;
}

unsigned int lxd_domain_depth(const struct lxd_domain *dom)
{
	return DEPTH;
}

struct lxd_segment *lxd_domain_row(struct lxd_domain *dom, unsigned int queue, unsigned int tag)
{
	return dom->rows + (queue * DEPTH + tag) * LXD_ROW_SEGMENTS;
}

int lxd_domain_map(struct lxd_domain *dom, phys_addr_t pa, unsigned long nr, u32 rights, u64 *address)
{
	*address = LXD_D_MMIO + pa;
	return 0;
}

void lxd_domain_unmap(struct lxd_domain *dom, u64 address)
{
}

int lxd_handle_alloc(struct lxd_domain *dom, u32 type, void *obj, u32 *handle)
{
	u32 i;

	for (i = 1; i < HANDLES; i++) {
		if (dom->handle[i].obj)
			continue;
		dom->handle[i].obj = obj;
		dom->handle[i].type = type;
		*handle = i | 7 << 16;
		return 0;
	}
	return -ENOSPC;
}

void lxd_handle_free(struct lxd_domain *dom, u32 handle, void (*release)(void *obj))
{
	void *obj = dom->handle[handle & 0xffff].obj;

	dom->handle[handle & 0xffff].obj = NULL;
	/* The real one waits for other callers; here there are none. */
	if (release)
		release(obj);
}

void *lxd_handle_get(struct lxd_domain *dom, u32 type, u32 handle)
{
	u32 i = handle & 0xffff;

	return i < HANDLES && dom->handle[i].obj && dom->handle[i].type == type ? dom->handle[i].obj : NULL;
}

void lxd_domain_violation(struct lxd_domain *dom, const char *fn, const char *what, u64 value)
{
	atomic_inc(&violations);
}

void lxd_domain_fail(struct lxd_domain *dom, const char *fmt, ...)
{
	struct va_format text = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	text.va = &args;
	pr_info("loop: domain fails: %pV\n", &text);
	va_end(args);
	queue_work(system_unbound_wq, &dom->die);
}

/* It has one life. */
void lxd_domain_end(struct lxd_domain *dom, const char *fmt, ...)
{
	lxd_domain_fail(dom, "%s", fmt);
}

bool lxd_domain_returns(const struct lxd_domain *dom)
{
	return false;
}

int lxd_handle_move(struct lxd_domain *dom, u32 handle, void *obj, void (*release)(void *obj))
{
	return -ENOENT;
}

bool lxd_domain_irq(struct lxd_domain *dom, unsigned int vector)
{
	return false;
}

void *lxd_msg_alloc(u32 size)
{
	return kzalloc(size, GFP_KERNEL);
}

void lxd_msg_free(void *data)
{
	kfree(data);
}

int lxd_domain_post(struct lxd_domain *dom, int queue, u16 fn, const u64 *w)
{
	struct post *post = kmalloc(sizeof(*post), GFP_ATOMIC);

	if (!post)
		return -EAGAIN;
	if (dom->state != LXD_RUNNING) {
		kfree(post);
		return -ESHUTDOWN;
	}
	post->fn = fn;
	memcpy(post->w, w, sizeof(post->w));
	spin_lock_bh(&dom->lock);
	list_add_tail(&post->node, &dom->posts);
	spin_unlock_bh(&dom->lock);
	return 0;
}

/* --- the driver in the domain --------------------------------------------------------------------- */
static void say(struct lxd_domain *dom, u16 fn, int queue, const void *args, size_t len)
{
	u64 data[7] = { 0 }, back[7];
	struct lxd_msg msg = { .fn = fn, .len = 56, .data = data, .queue = queue };
	struct lxd_msg reply = { .data = back, .len = sizeof(back) };

	memcpy(data, args, len);
	dom->cls[2]->dispatch(dom, &msg, &reply);
}

void loop_answer(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in, u8 status, u8 kind, u32 delay)
{
	struct lxd_block_complete_in done = {
		.queue = in->queue, .tag = in->tag, .generation = in->generation, .status = status, .kind = kind,
		.delay_ms = delay,
	};
	struct lxd_block_complete_batch_in batch = { .queue = in->queue, .n = 1 };

	if (kind || status) {
		say(dom, LXD_BLOCK_COMPLETE, in->queue, &done, sizeof(done));
		return;
	}
	batch.tags[0] = in->tag | in->generation << 16;
	say(dom, LXD_BLOCK_COMPLETE_BATCH, in->queue, &batch, sizeof(batch));
	/* A second time: must be refused. */
	if (!(in->sector & 0xff))
		say(dom, LXD_BLOCK_COMPLETE_BATCH, in->queue, &batch, sizeof(batch));
}

static void move(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in)
{
	struct lxd_segment near[2] = { { in->bus0, in->len0 }, { in->bus1, in->len1 } };
	const struct lxd_segment *s = in->segments > 2 ? lxd_domain_row(dom, in->queue, in->tag) : near;
	u8 *at = dom->ram + in->sector * 512;
	u32 i, sum = 0;

	for (i = 0; i < in->segments; i++) {
		/* PRP: only the first may begin and only the last may end inside a page. */
		if ((i && (s[i].bus & 4095)) || (i + 1 < in->segments && ((s[i].bus + s[i].len) & 4095)))
			atomic_inc(&bad);
		if ((in->cmd_flags & 0xff) == REQ_OP_READ)
			memcpy(phys_to_virt(s[i].bus), at + sum, s[i].len);
		else
			memcpy(at + sum, phys_to_virt(s[i].bus), s[i].len);
		sum += s[i].len;
	}
	if (sum != in->length)
		atomic_inc(&bad);
}

static void serve(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in)
{
	static unsigned int n;

	if (iommu_serve(dom, in))
		return;
	n++;
	if (in->rq_flags & 1)
		atomic_inc(&again);
	if (in->sector + in->length / 512 > SECTORS) {
		atomic_inc(&bad);
		loop_answer(dom, in, 10, KLCD_END, 0);
		return;
	}
	/* Lost: in mode 1 the timeout message brings it back, in mode 5 only the host's verdict does. */
	if ((mode == 1 && !(n & 63)) || (mode == 5 && !(n & 15)))
		return;
	if ((mode == 2 || mode == 3) && !(n & 7) && !(in->rq_flags & 1)) {
		loop_answer(dom, in, 0, mode == 2 ? KLCD_REQUEUE : KLCD_BUSY, 10);
		return;
	}
	if (mode == 4) {
		loop_answer(dom, in, 7, KLCD_END, 0);
		return;
	}
	switch (in->cmd_flags & 0xff) {
	case REQ_OP_FLUSH:
		atomic_inc(&flushes);
		break;
	case REQ_OP_DISCARD:
		atomic_inc(&discards);
		memset(dom->ram + in->sector * 512, 0, in->length);
		break;
	case REQ_OP_WRITE_ZEROES:
		atomic_inc(&zeroes);
		memset(dom->ram + in->sector * 512, 0, in->length);
		break;
	default:
		move(dom, in);
	}
	loop_answer(dom, in, 0, KLCD_END, 0);
}

static void run(struct lxd_domain *dom)
{
	struct post *post;

	for (;;) {
		spin_lock_bh(&dom->lock);
		post = dom->state == LXD_RUNNING ? list_first_entry_or_null(&dom->posts, struct post, node) : NULL;
		if (post)
			list_del(&post->node);
		spin_unlock_bh(&dom->lock);
		if (!post) {
			netloop_flush(dom);
			return;
		}
		if (post->fn == LXD_BLOCK_QUEUE_RQ) {
			serve(dom, (void *)post->w);
		} else if (post->fn == LXD_BLOCK_TIMEOUT) {
			struct lxd_block_timeout_in *t = (void *)post->w;
			struct lxd_block_complete_in done = {
				.queue = t->queue, .tag = t->tag, .generation = t->generation, .kind = KLCD_REQUEUE,
			};

			atomic_inc(&timeouts);
			/* mode 5: the driver does not care, so the host must end the domain. */
			if (mode != 5)
				say(dom, LXD_BLOCK_COMPLETE, t->queue, &done, sizeof(done));
		} else if (post->fn >> 8 == 3) {
			netloop_run(dom, post->fn, post->w);
		}
		kfree(post);
	}
}

/* Nobody else is ever inside. */
void lxd_domain_irq_left(struct lxd_domain *dom)
{
}

void lxd_domain_kick(struct lxd_domain *dom, unsigned int cpu, bool may_borrow)
{
	bool more;

	do {
		if (test_and_set_bit_lock(0, &dom->busy))
			return;
		local_bh_disable();
		run(dom);
		local_bh_enable();
		clear_bit_unlock(0, &dom->busy);
		/* busy is clear before the list is looked at: who posts sets the list, then looks at busy */
		smp_mb__after_atomic();
		more = dom->state == LXD_RUNNING && !list_empty(&dom->posts);
	} while (more);
}

bool loop_expect(const char *what, s64 got, s64 want)
{
	pr_info("loop: %s %s (%lld)\n", got == want ? "ok" : "FAIL", what, got);
	return got == want;
}

static int drive(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	struct lxd_block_disk_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct lxd_block_limits back;
	struct klcd_tag_set *set;
	u64 bar = pci_resource_start(dev->pdev, 0), address, bus, cpus[64], map[16];
	u32 count, queues, depth, value, i;

	loop_expect("ioremap before request_regions", klcd_pci_ioremap(dom, dev, bar, 8192, &address), -EINVAL);
	loop_expect("request_regions", klcd_pci_request_regions(dom, dev, 1, "loop"), 0);
	loop_expect("request_regions twice", klcd_pci_request_regions(dom, dev, 1, "loop"), -EBUSY);
	loop_expect("request_regions of port I/O or nothing", klcd_pci_request_regions(dom, dev, 2, "loop"), -EINVAL);
	loop_expect("ioremap", klcd_pci_ioremap(dom, dev, bar, 8192, &address), 0);
	loop_expect("ioremap with MSI-X", klcd_pci_ioremap(dom, dev, bar, pci_resource_len(dev->pdev, 0), &address),
		    -EPERM);
	loop_expect("ioremap of RAM", klcd_pci_ioremap(dom, dev, 0x100000, 4096, &address), -EINVAL);
	loop_expect("alloc_vectors before enable", klcd_pci_alloc_vectors(dom, dev, 1, 1, 7, 0, &count, cpus), -EINVAL);
	loop_expect("set_master before enable", klcd_pci_set_master(dom, dev), -EINVAL);
	loop_expect("enable", klcd_pci_enable_device_mem(dom, dev), 0);
	loop_expect("set_master", klcd_pci_set_master(dom, dev), 0);
	loop_expect("odd DMA mask", klcd_pci_set_dma_mask(dom, dev, 0x12345678, 0), -EINVAL);
	loop_expect("DMA mask", klcd_pci_set_dma_mask(dom, dev, ~0ull, ~0ull), 0);
	loop_expect("INTx only", klcd_pci_alloc_vectors(dom, dev, 1, 1, PCI_IRQ_LEGACY, 0, &count, cpus), -ENOSPC);
	loop_expect("one vector", klcd_pci_alloc_vectors(dom, dev, 1, 1, PCI_IRQ_ALL_TYPES, 0, &count, cpus), 0);
	loop_expect("request_irq", klcd_pci_request_irq(dom, dev, 0, "nvme0/q0"), 0);
	loop_expect("request_irq beyond", klcd_pci_request_irq(dom, dev, 1, "x"), -EINVAL);
	loop_expect("disable_irq", klcd_pci_disable_irq(dom, dev, 0), 0);
	klcd_pci_enable_irq(dom, dev, 0);
	loop_expect("violations so far", atomic_read(&violations), 0);
	klcd_pci_enable_irq(dom, dev, 0);
	loop_expect("enable_irq too often", atomic_read(&violations), 1);
	loop_expect("free_vectors in use", klcd_pci_free_vectors(dom, dev), -EBUSY);
	loop_expect("free_irq", klcd_pci_free_irq(dom, dev, 0), 0);
	loop_expect("free_vectors", klcd_pci_free_vectors(dom, dev), 0);
	loop_expect("spread vectors",
		    klcd_pci_alloc_vectors(dom, dev, 1, 3, PCI_IRQ_ALL_TYPES | PCI_IRQ_AFFINITY, 1, &count, cpus), 0);
	for (i = 0; i < count; i++)
		loop_expect("request_irq", klcd_pci_request_irq(dom, dev, i, "nvme0q"), 0);
	loop_expect("read_config", klcd_pci_read_config(dom, dev, 0, 2, &value) ?: value, dev->pdev->vendor);
	loop_expect("write BAR", klcd_pci_write_config(dom, dev, 0x10, 4, 0), -EPERM);
	loop_expect("dma_alloc", klcd_pci_dma_alloc(dom, dev, 65536, &address, &bus), 0);
	loop_expect("dma_free of another size", klcd_pci_dma_free(dom, dev, 4096, address, bus), -EINVAL);
	loop_expect("dma_alloc over quota", klcd_pci_dma_alloc(dom, dev, KLCD_DMA_QUOTA, &address, &bus), -EDQUOT);
	loop_expect("tag set", klcd_block_alloc_tag_set(dom, 4, 1024, 0, 2000, &dom->set, &queues, &depth, map), 0);
	loop_expect("queues", queues, min(2u, num_possible_cpus()));
	loop_expect("depth", depth, DEPTH);
	set = lxd_handle_get(dom, LXD_BLOCK_HANDLE_TAG_SET, dom->set);
	for (i = 0; i < 2; i++) {
		struct klcd_disk *disk;

		loop_expect("alloc_disk", klcd_block_alloc_disk(dom, set, &dom->disk[i]), 0);
		disk = lxd_handle_get(dom, LXD_BLOCK_HANDLE_DISK, dom->disk[i]);
		loop_expect("freeze_wait of a queue that is not frozen", klcd_block_freeze_wait(dom, disk), -EINVAL);
		loop_expect("unfreeze unasked", klcd_block_unfreeze(dom, disk), -EINVAL);
		snprintf(info->name, sizeof(info->name), "nvme5n%u", i + 1);
		info->capacity = SECTORS;
		info->nsid = i + 1;
		strscpy(info->wwid, "nvme.1b36-loop\n", sizeof(info->wwid));
		strscpy(info->serial, "LOOP0001", sizeof(info->serial));
		strscpy(info->model, "klcd loop ", sizeof(info->model));
		strscpy(info->firmware, "1.0", sizeof(info->firmware));
		info->lim = (struct lxd_block_limits){
			.logical_block_size = 512, .physical_block_size = 4096, .max_hw_sectors = 1024,
			.max_segments = 127,
			.dma_alignment = 3, .max_discard_sectors = ~0u, .max_discard_segments = 256,
			.discard_granularity = 512, .max_write_zeroes_sectors = 1024, .write_cache = 1, .fua = 1,
			.nonrot = 1,
		};
		info->capacity++;
		info->lim.logical_block_size = 4096;
		loop_expect("capacity of broken blocks", klcd_block_add_disk(dom, disk, info, &back), -EINVAL);
		info->capacity--;
		info->lim.logical_block_size = 512;
		loop_expect("add_disk", klcd_block_add_disk(dom, disk, info, &back), 0);
		loop_expect("add_disk twice", klcd_block_add_disk(dom, disk, info, &back), -EINVAL);
		loop_expect("max_segments clamped", back.max_segments, KLCD_MAX_SEGMENTS);
	}
	loop_expect("free_tag_set in use", klcd_block_free_tag_set(dom, set), -EBUSY);
	kfree(info);
	return 0;
}

static void undrive(struct lxd_domain *dom)
{
	int i;

	/* Irqs, vectors, memory, mappings, regions, enables stay: the ledger's business. */
	for (i = 0; i < 2; i++) {
		struct klcd_disk *disk = lxd_handle_get(dom, LXD_BLOCK_HANDLE_DISK, dom->disk[i]);

		loop_expect("del_disk", klcd_block_del_disk(dom, disk), 0);
		loop_expect("put_disk", klcd_block_put_disk(dom, disk), 0);
	}
	loop_expect("free_tag_set",
		    klcd_block_free_tag_set(dom, lxd_handle_get(dom, LXD_BLOCK_HANDLE_TAG_SET, dom->set)), 0);
}

/* Every answer comes at once. */
void lxd_patience_begin(struct lxd_domain *dom, struct lxd_patience *patience, unsigned long until)
{
}

void lxd_patience_end(struct lxd_domain *dom, struct lxd_patience *patience)
{
}

int lxd_domain_call(struct lxd_domain *dom, const struct lxd_msg *req, struct lxd_msg *reply, unsigned int deadline)
{
	int ret = 0;

	if (dom->state != LXD_RUNNING)
		return -ESHUTDOWN;
	if (netloop_call(dom, req, reply, &ret))
		return ret;
	if (req->fn == LXD_PCI_REMOVE)
		undrive(dom);
	if (req->fn == LXD_BLOCK_OPEN)
		atomic_inc(&opens);
	if (req->fn == LXD_BLOCK_RELEASE)
		atomic_dec(&opens);
	memset(reply->data, 0, reply->len);
	memcpy(reply->data, &ret, sizeof(ret));
	return 0;
}

/* --- life and death -------------------------------------------------------------------------------- */
static void die(struct work_struct *work)
{
	struct lxd_domain *dom = container_of(work, struct lxd_domain, die);
	struct post *post, *next;

	if (dom->state != LXD_RUNNING)
		return;
	dom->state = LXD_FAULTED;
	dom->cls[3]->dying(dom);
	dom->cls[2]->dying(dom);
	while (test_bit(0, &dom->busy))
		cpu_relax();
	dom->cls[1]->flush(dom);
	dom->cls[1]->silence(dom);
	dom->cls[3]->fail(dom);
	dom->cls[2]->fail(dom);
	spin_lock_bh(&dom->lock);
	list_for_each_entry_safe(post, next, &dom->posts, node) {
		list_del(&post->node);
		kfree(post);
	}
	spin_unlock_bh(&dom->lock);
	pr_info("loop: domain is dead\n");
}

static int kill_set(const char *value, const struct kernel_param *kp)
{
	lxd_domain_fail(&domain, "killed by the user");
	flush_work(&domain.die);
	return 0;
}

static const struct kernel_param_ops kill_ops = { .set = kill_set };
module_param_cb(kill, &kill_ops, NULL, 0200);

static int status_get(char *buffer, const struct kernel_param *kp)
{
	int n = domain.cls[1]->status(&domain, buffer, PAGE_SIZE);

	n += domain.cls[2]->status(&domain, buffer + n, PAGE_SIZE - n);
	return n + domain.cls[3]->status(&domain, buffer + n, PAGE_SIZE - n);
}

static const struct kernel_param_ops status_ops = { .get = status_get };
module_param_cb(status, &status_ops, NULL, 0444);

static int __init loop_init(void)
{
	static const struct lxd_pci_pci_id any = { PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, PCI_ANY_ID, 0x010802, 0xffffff };
	struct lxd_domain *dom = &domain;
	int err;

	spin_lock_init(&dom->lock);
	INIT_LIST_HEAD(&dom->posts);
	INIT_WORK(&dom->die, die);
	dom->state = LXD_RUNNING;
	dom->rows = vzalloc(2 * DEPTH * LXD_ROW_SEGMENTS * sizeof(*dom->rows));
	dom->ram = vzalloc(SECTORS * 512ul);
	err = -ENOMEM;
	if (!dom->rows || !dom->ram || netloop_init())
		goto free;
	err = klcd_init();
	if (err)
		goto free;
	err = dom->cls[1]->attach(dom);
	if (err)
		goto exit;
	dom->cls[2]->attach(dom);
	dom->cls[3]->attach(dom);
	if (iommu_wanted()) {
		err = iommu_test(dom, klcd_pci_of(dom)->dev);
		if (!err)
			return 0;
		goto detach;
	}
	loop_expect("start without a driver", dom->cls[1]->start(dom), -ENODEV);
	klcd_pci_register_driver(dom, &any, 1, "loop");
	loop_expect("register twice", klcd_pci_register_driver(dom, &any, 1, "loop"), -EBUSY);
	loop_expect("start", dom->cls[1]->start(dom), 0);
	loop_expect("register_netdev", netloop_register(dom), 0);
	loop_expect("register_netdev twice", netloop_register(dom), -EBUSY);
	return drive(dom, klcd_pci_of(dom)->dev);
detach:
	dom->cls[3]->detach(dom);
	dom->cls[2]->detach(dom);
	dom->cls[1]->detach(dom);
exit:
	klcd_exit();
free:
	netloop_exit();
	vfree(dom->rows);
	vfree(dom->ram);
	return err;
}

static void __exit loop_exit(void)
{
	struct lxd_domain *dom = &domain;

	if (dom->state == LXD_RUNNING && !iommu_wanted()) {
		loop_expect("unregister_netdev", netloop_unregister(dom), 0);
		loop_expect("stop", dom->cls[1]->stop(dom), 0);
	}
	dom->state = LXD_DEAD;
	flush_work(&dom->die);
	dom->cls[3]->detach(dom);
	dom->cls[2]->detach(dom);
	dom->cls[1]->detach(dom);
	klcd_exit();
	netloop_exit();
	vfree(dom->rows);
	vfree(dom->ram);
}

module_init(loop_init);
module_exit(loop_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("klcd against a RAM disk instead of a domain (test)");
