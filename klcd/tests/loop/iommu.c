// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a device under a hostile driver reaches. QEMU's "edu" copies between its buffer and any bus
 * address, and begins 100 ms after it was told: a device that is late. Behind a strict IOMMU every
 * wrong access must change nothing; without one they all succeed, which shows that the tests can fail.
 */
#include <linux/blkdev.h>
#include <linux/io.h>
#include <linux/module.h>
#include <block.h>
#include <klcd/block/block.h>
#include "iommu.h"

/* The data sheet is QEMU's docs/specs/edu. A transfer must end before the buffer does. */
#define EDU_SRC 0x80
#define EDU_DST 0x88
#define EDU_COUNT 0x90
#define EDU_CMD 0x98
#define EDU_RUN 1
#define EDU_TO_MEMORY 2
#define EDU_BUFFER 0x40000

#define CHUNK (2ul << 20)
#define SECRET 0xa5
#define PATTERN 0x3c

static char *confined = "";
module_param(confined, charp, 0444);
MODULE_PARM_DESC(confined, "run the tests of DMA and expect: no, lazy, shared or strict");

static void __iomem *edu;
static u8 *heap;
static u64 heap_bus;

/* What the driver of the disk makes the device do with the next request. */
static enum { ACT_FILL, ACT_PEEK, ACT_LATE, ACT_OVERWRITE } act;

bool iommu_wanted(void)
{
	return *confined;
}

static void edu_start(u64 bus, bool to_memory)
{
	writeq(to_memory ? EDU_BUFFER : bus, edu + EDU_SRC);
	writeq(to_memory ? bus : EDU_BUFFER, edu + EDU_DST);
	writeq(EDU_SIZE, edu + EDU_COUNT);
	writeq(EDU_RUN | (to_memory ? EDU_TO_MEMORY : 0), edu + EDU_CMD);
}

/* Atomic, 100 ms; not by mdelay(), whose calibration fails on a busy emulator. */
static void edu_wait(void)
{
	ktime_t end = ktime_add_ms(ktime_get(), 5000);

	while (readq(edu + EDU_CMD) & EDU_RUN) {
		if (ktime_after(ktime_get(), end)) {
			loop_expect("the device ends", 0, 1);
			break;
		}
		cpu_relax();
	}
}

void edu_copy(u64 bus, bool to_memory)
{
	edu_start(bus, to_memory);
	edu_wait();
}

/* The device's buffer holds PATTERN, by way of the domain's heap. */
void edu_load(void)
{
	memset(heap, PATTERN, EDU_SIZE);
	edu_copy(heap_bus, false);
}

bool iommu_serve(struct lxd_domain *dom, const struct lxd_block_queue_rq_in *in)
{
	if (!iommu_wanted())
		return false;
	switch (act) {
	case ACT_FILL: /* the whole page, where only a piece is the request's */
	case ACT_OVERWRITE:
		edu_load();
		edu_copy(in->bus0 & PAGE_MASK, true);
		break;
	case ACT_PEEK:
		edu_copy(in->bus0 & PAGE_MASK, false);
		edu_copy(heap_bus + PAGE_SIZE, true);
		break;
	case ACT_LATE:
		edu_load();
		edu_start(in->bus0 & PAGE_MASK, true);
		break;
	}
	loop_answer(dom, in, 0, KLCD_END, 0);
	return true;
}

/* Bytes of @page in [from, to) that are not @value. */
static unsigned int others(const u8 *page, unsigned int from, unsigned int to, u8 value)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += page[from] != value;
	return n;
}

static int request(struct block_device *bdev, struct page *page, unsigned int offset, unsigned int len, blk_opf_t op)
{
	struct bio *bio = bio_alloc(bdev, 1, op, GFP_KERNEL);
	int err;

	bio->bi_iter.bi_sector = 0;
	__bio_add_page(bio, page, len, offset);
	err = submit_bio_wait(bio);
	bio_put(bio);
	return err;
}

static int make_disk(struct lxd_domain *dom, u32 *handle)
{
	struct lxd_block_disk_info *info = kzalloc(sizeof(*info), GFP_KERNEL);
	struct lxd_block_limits back;
	u32 set, queues, depth;
	u64 map[16];
	int err;

	if (!info)
		return -ENOMEM;
	err = klcd_block_alloc_tag_set(dom, 1, 64, 0, 20000, &set, &queues, &depth, map);
	if (!err)
		err = klcd_block_alloc_disk(dom, lxd_handle_get(dom, LXD_BLOCK_HANDLE_TAG_SET, set), handle);
	strscpy(info->name, "nvme0n1", sizeof(info->name));
	strscpy(info->serial, "EDU", sizeof(info->serial));
	info->capacity = 4096;
	info->nsid = 1;
	info->lim = (struct lxd_block_limits){
		.logical_block_size = 512, .physical_block_size = 512, .max_hw_sectors = 256, .max_segments = 32,
		.dma_alignment = 3, .nonrot = 1,
	};
	if (!err)
		err = klcd_block_add_disk(dom, lxd_handle_get(dom, LXD_BLOCK_HANDLE_DISK, *handle), info, &back);
	kfree(info);
	return err;
}

static void test_requests(struct lxd_domain *dom, bool strict)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct block_device *bdev;
	u8 *data = page_address(page);
	u32 disk;

	loop_expect("disk", make_disk(dom, &disk), 0);
	bdev = blkdev_get_by_path("/dev/nvme0n1", FMODE_READ | FMODE_WRITE, NULL);
	loop_expect("disk opens", IS_ERR(bdev), 0);
	if (IS_ERR(bdev))
		goto out;
	memset(data, SECRET, PAGE_SIZE);
	act = ACT_FILL;
	loop_expect("a read of 512 bytes", request(bdev, page, 512, 512, REQ_OP_READ), 0);
	loop_expect("the piece arrives", others(data, 512, 1024, PATTERN), 0);
	loop_expect("what the device writes beside a piece is lost",
		    !others(data, 0, 512, SECRET) && !others(data, 1024, PAGE_SIZE, SECRET), strict);
	memset(data, SECRET, PAGE_SIZE);
	memset(data + 512, 0x11, 512);
	memset(heap + PAGE_SIZE, 0xee, EDU_SIZE);
	act = ACT_PEEK;
	loop_expect("a write of 512 bytes", request(bdev, page, 512, 512, REQ_OP_WRITE), 0);
	loop_expect("the piece is seen", others(heap + PAGE_SIZE, 512, 1024, 0x11), 0);
	loop_expect("what lies beside a piece is not",
		    !others(heap + PAGE_SIZE, 0, 512, 0) && !others(heap + PAGE_SIZE, 1024, EDU_SIZE, 0), strict);
	memset(data, SECRET, PAGE_SIZE);
	act = ACT_FILL;
	loop_expect("a read of a page", request(bdev, page, 0, PAGE_SIZE, REQ_OP_READ), 0);
	loop_expect("a page arrives", others(data, 0, EDU_SIZE, PATTERN), 0);
	memset(data, SECRET, PAGE_SIZE);
	act = ACT_OVERWRITE;
	loop_expect("a write of a page", request(bdev, page, 0, PAGE_SIZE, REQ_OP_WRITE), 0);
	loop_expect("what is to be written cannot be changed", !others(data, 0, PAGE_SIZE, SECRET), strict);
	act = ACT_LATE;
	loop_expect("a read that is ended early", request(bdev, page, 0, PAGE_SIZE, REQ_OP_READ), 0);
	memset(data, SECRET, PAGE_SIZE);
	edu_wait();
	loop_expect("a device that is late changes nothing", !others(data, 0, PAGE_SIZE, SECRET), strict);
	blkdev_put(bdev, FMODE_READ | FMODE_WRITE);
out:
	__free_page(page);
}

static int drive(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	bool strict = dev->confinement == KLCD_STRICT;
	struct page *chunk = alloc_pages(GFP_KERNEL | __GFP_ZERO | __GFP_COMP, get_order(CHUNK));
	u64 address, bus, cpus[64];
	struct page *page;
	u32 count;
	u8 *data;

	heap = page_address(chunk);
	heap_bus = page_to_phys(chunk);
	loop_expect("the heap is mapped for the device", klcd_pci_map_chunk(dom, chunk, CHUNK, &heap_bus), 0);
	loop_expect("at an address of the IOMMU's", heap_bus != page_to_phys(chunk), strict);
	/* The machine was told to prefer high addresses. */
	loop_expect("a DMA mask that does not reach the heap", klcd_pci_set_dma_mask(dom, dev, DMA_BIT_MASK(32), 0),
		    strict ? -EIO : 0);
	loop_expect("regions", klcd_pci_request_regions(dom, dev, 1, "edu"), 0);
	loop_expect("enable", klcd_pci_enable_device_mem(dom, dev), 0);
	loop_expect("set_master", klcd_pci_set_master(dom, dev), 0);
	loop_expect("vector", klcd_pci_alloc_vectors(dom, dev, 1, 1, PCI_IRQ_ALL_TYPES, 0, &count, cpus), 0);

	edu_load();
	edu_copy(heap_bus + PAGE_SIZE, true);
	loop_expect("the heap is in reach", others(heap + PAGE_SIZE, 0, EDU_SIZE, PATTERN), 0);
	page = alloc_page(GFP_KERNEL);
	data = page_address(page);
	memset(data, SECRET, PAGE_SIZE);
	edu_copy(page_to_phys(page), true);
	loop_expect("a page of the host is not", !others(data, 0, PAGE_SIZE, SECRET), strict);
	memset(data, SECRET, PAGE_SIZE);
	edu_copy(page_to_phys(page), false);
	edu_copy(heap_bus + PAGE_SIZE, true);
	loop_expect("nor to read", others(heap + PAGE_SIZE, 0, EDU_SIZE, SECRET) != 0, strict);
	__free_page(page);

	loop_expect("memory for queues", klcd_pci_dma_alloc(dom, dev, PAGE_SIZE, &address, &bus), 0);
	edu_load();
	edu_copy(bus, true);
	page = list_first_entry(&dev->memory, struct klcd_pci_map, node)->page;
	loop_expect("is in reach", others(page_address(page), 0, EDU_SIZE, PATTERN), 0);
	get_page(page);
	loop_expect("is given back", klcd_pci_dma_free(dom, dev, PAGE_SIZE, address, bus), 0);
	data = page_address(page);
	memset(data, SECRET, PAGE_SIZE);
	edu_copy(bus, true);
	loop_expect("and then not", !others(data, 0, PAGE_SIZE, SECRET), strict);
	put_page(page);

	test_requests(dom, strict);
	iommu_packet(dom, heap, heap_bus, strict);

	edu_load();
	memset(heap, SECRET, PAGE_SIZE);
	klcd_pci_class.silence(dom);
	pci_set_master(dev->pdev);
	edu_copy(heap_bus, true);
	loop_expect("after the silence the heap is out of reach", !others(heap, 0, PAGE_SIZE, SECRET), strict);
	pci_clear_master(dev->pdev);
	__free_pages(chunk, get_order(CHUNK));
	return 0;
}

int iommu_test(struct lxd_domain *dom, struct klcd_pci_dev *dev)
{
	static const char *const word[] = { "no", "lazy", "shared", "strict" };

	/* For whoever binds a device by hand. */
	if (!dev)
		return 0;
	loop_expect("judged as expected", strcmp(word[dev->confinement], confined), 0);
	if (dev->confinement == KLCD_LAZY || dev->confinement == KLCD_SHARED)
		return 0;
	edu = pci_iomap(dev->pdev, 0, 0);
	if (!edu)
		return -ENOMEM;
	drive(dom, dev);
	pci_iounmap(dev->pdev, edu);
	return 0;
}
