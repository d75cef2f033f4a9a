// SPDX-License-Identifier: GPL-2.0-only
/* Data of a request for the device: whole pages by mapping, pieces of pages by bouncing (../split.h). */
#include <linux/dma-mapping.h>
#include <linux/highmem.h>
#include "../pci/pci.h"
#include "block.h"
#include "../split.h"

static struct klcd_bounce *bounce_of(struct klcd_tag_set *set, struct request *rq, int part)
{
	return &set->bounce[((size_t)rq->mq_hctx->queue_num * set->slots.depth + rq->tag) * 2 + (part == KLCD_TAIL)];
}

static void bounce_in(struct klcd_tag_set *set, struct request *rq, int part, struct lxd_segment *segment)
{
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct klcd_piece *piece = part == KLCD_HEAD ? &cmd->head : &cmd->tail;
	struct klcd_bounce *bounce = bounce_of(set, rq, part);
	void *to = page_address(bounce->page);

	/* Nothing of an earlier request is in there for the device to see. */
	memset(to, 0, PAGE_SIZE);
	if (rq_data_dir(rq) == WRITE)
		memcpy_from_page(to + piece->offset, piece->page, piece->offset, piece->len);
	dma_sync_single_for_device(set->dma, bounce->bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
	cmd->bounced |= part;
	segment->bus = bounce->bus + piece->offset;
	segment->len = piece->len;
	segment->pad = 0;
}

static void bounce_out(struct klcd_tag_set *set, struct request *rq, int part)
{
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	struct klcd_piece *piece = part == KLCD_HEAD ? &cmd->head : &cmd->tail;
	struct klcd_bounce *bounce = bounce_of(set, rq, part);

	dma_sync_single_for_cpu(set->dma, bounce->bus, PAGE_SIZE, DMA_BIDIRECTIONAL);
	memcpy_to_page(piece->page, piece->offset, page_address(bounce->page) + piece->offset, piece->len);
}

/*
 * Takes the pieces off the first and last entries. An entry whose parts are all bounced drops out;
 * with the virt boundary only the first and the last one can have pieces.
 */
static int cut(struct klcd_cmd *cmd, unsigned int nr, unsigned int *head, unsigned int *tail)
{
	struct scatterlist *sg = &cmd->sg[0];
	struct klcd_split s = klcd_split(sg->offset & ~PAGE_MASK, sg->length);
	struct page *page = nth_page(sg_page(sg), sg->offset >> PAGE_SHIFT);

	*head = s.head;
	*tail = 0;
	cmd->first_whole = 0;
	cmd->nr_whole = nr;
	if (s.head) {
		cmd->head = (struct klcd_piece){ page, s.head_offset, s.head };
		if (!s.whole) {
			if (s.tail) {
				if (nr != 1)
					return -EIO;
				cmd->tail = (struct klcd_piece){ nth_page(page, 1), 0, s.tail };
				*tail = s.tail;
			}
			cmd->first_whole = 1;
			cmd->nr_whole--;
			if (!cmd->nr_whole)
				return 0;
		} else {
			sg_set_page(sg, nth_page(page, 1), s.whole + s.tail, 0);
		}
	}
	sg = &cmd->sg[nr - 1];
	if ((nr > 1 && (sg->offset & ~PAGE_MASK)) || (nr > 1 && cmd->first_whole == 0 && s.tail))
		return -EIO;
	s = klcd_split(0, sg->length);
	if (s.tail) {
		page = nth_page(sg_page(sg), (sg->offset + s.whole) >> PAGE_SHIFT);
		cmd->tail = (struct klcd_piece){ page, 0, s.tail };
		*tail = s.tail;
		if (s.whole)
			sg->length = s.whole;
		else
			cmd->nr_whole--;
	}
	return 0;
}

/**
 * klcd_map() - makes a request's data reachable for the device
 * @set: of the request
 * @rq: not sent yet
 * @row: gets the bus segments
 *
 * Context: queue_rq, atomic. Return: number of segments, -EAGAIN: try later, -EIO: cannot be mapped.
 */
int klcd_map(struct klcd_tag_set *set, struct request *rq, struct lxd_segment *row)
{
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);
	unsigned int head = 0, tail = 0;
	struct scatterlist *sg;
	int i, n = 0, mapped = 0, nr = blk_rq_nr_phys_segments(rq);

	cmd->nr_sg = 0;
	cmd->nr_whole = 0;
	cmd->bounced = 0;
	if (!nr || (req_op(rq) != REQ_OP_READ && req_op(rq) != REQ_OP_WRITE))
		return 0;
	if (WARN_ON_ONCE(nr > KLCD_MAX_SEGMENTS))
		return -EIO;
	sg_init_table(cmd->sg, nr);
	nr = blk_rq_map_sg(rq->q, rq, cmd->sg);
	if (!nr)
		return -EIO;
	cmd->first_whole = 0;
	cmd->nr_whole = nr;
	if (set->bounce && cut(cmd, nr, &head, &tail))
		return -EIO;
	if (cmd->nr_whole) {
		sg = &cmd->sg[cmd->first_whole];
		mapped = dma_map_sg(set->dma, sg, cmd->nr_whole, rq_dma_dir(rq));
		if (!mapped)
			return -EAGAIN;
	}
	cmd->nr_sg = nr;
	if (head)
		bounce_in(set, rq, KLCD_HEAD, &row[n++]);
	for_each_sg(&cmd->sg[cmd->first_whole], sg, mapped, i) {
		row[n].bus = sg_dma_address(sg);
		row[n].len = sg_dma_len(sg);
		row[n++].pad = 0;
	}
	if (tail)
		bounce_in(set, rq, KLCD_TAIL, &row[n++]);
	return n;
}

/* Only when the device has no right to the data any more, or never got it. Any context. */
void klcd_unmap(struct klcd_tag_set *set, struct request *rq, bool copy_back)
{
	struct klcd_cmd *cmd = blk_mq_rq_to_pdu(rq);

	if (!cmd->nr_sg)
		return;
	if (cmd->nr_whole)
		dma_unmap_sg(set->dma, &cmd->sg[cmd->first_whole], cmd->nr_whole, rq_dma_dir(rq));
	if (copy_back && rq_data_dir(rq) == READ) {
		if (cmd->bounced & KLCD_HEAD)
			bounce_out(set, rq, KLCD_HEAD);
		if (cmd->bounced & KLCD_TAIL)
			bounce_out(set, rq, KLCD_TAIL);
	}
	cmd->nr_sg = 0;
	cmd->nr_whole = 0;
	cmd->bounced = 0;
}

int klcd_bounce_alloc(struct klcd_tag_set *set)
{
	size_t i, nr = (size_t)set->slots.queues * set->slots.depth * 2;

	set->bounce = kvcalloc(nr, sizeof(*set->bounce), GFP_KERNEL);
	if (!set->bounce)
		return -ENOMEM;
	for (i = 0; i < nr; i++) {
		struct klcd_bounce *b = &set->bounce[i];

		b->page = klcd_dma_pages(set->dma, PAGE_SIZE, &b->bus, GFP_KERNEL);
		if (!b->page) {
			klcd_bounce_free(set);
			return -ENOMEM;
		}
	}
	return 0;
}

/* Nothing of the set is in flight. */
void klcd_bounce_free(struct klcd_tag_set *set)
{
	size_t i, nr = (size_t)set->slots.queues * set->slots.depth * 2;

	for (i = 0; set->bounce && i < nr; i++) {
		if (set->bounce[i].page)
			dma_free_pages(set->dma, PAGE_SIZE, set->bounce[i].page, set->bounce[i].bus, DMA_BIDIRECTIONAL);
	}
	kvfree(set->bounce);
	set->bounce = NULL;
}
