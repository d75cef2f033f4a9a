// SPDX-License-Identifier: GPL-2.0-only
// klcd_block_* and a block layer just large enough for them: tags, queues, freezing, timeouts.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "host.hpp"

namespace lxd::harness {

host_classes *classes;

host_classes::host_classes(lxd_domain &d, nvme_device &dev) : host_pci(d, dev), device(dev)
{
	dom.events.push_back(this);
	classes = this;
}

unsigned host_classes::in_flight() const
{
	return flying_.size();
}

klcd_disk *host_classes::disk(unsigned nsid) const
{
	for (auto &d : disks)
		if (d->added && d->info.nsid == nsid)
			return d.get();
	return nullptr;
}

void host_classes::submit(std::unique_ptr<request> rq)
{
	waiting_.push_back(std::move(rq));
	pump();
}

/// Posts one request; false: no tag or no room, later.
bool host_classes::send(request &rq)
{
	auto &set = *rq.disk->set;
	unsigned queue = next_queue_++ % set.queues;
	auto &slots = set.slots[queue];
	unsigned tag = 0;

	while (tag < slots.size() && slots[tag].busy)
		tag++;
	if (tag == slots.size())
		return false;
	auto *row = reinterpret_cast<lxd_segment *>(dom.boot->rows) +
		    (uint64_t(queue) * dom.boot->rows_tags + tag) * dom.boot->rows_segments;
	if (rq.segments.size() > 2)
		for (size_t i = 0; i < rq.segments.size(); i++)
			row[i] = {rq.segments[i].bus, rq.segments[i].length, 0};
	segment none{0, 0};
	auto &s0 = rq.segments.size() > 0 ? rq.segments[0] : none, &s1 = rq.segments.size() > 1 ? rq.segments[1] : none;
	uint16_t generation = slots[tag].generation + 1;
	if (lxd_block_queue_rq(&dom, queue, tag, generation, rq.segments.size(), rq.disk->index, rq.op | rq.flags,
			       rq.length, rq.sector, s0.bus, s0.length, 1, 0, set.timeout_ms / 1000, s1.bus, s1.length))
		return false;
	slots[tag].generation = generation;
	slots[tag].busy = &rq;
	rq.queue = queue;
	rq.tag = tag;
	rq.deadline = dom.time.now + (set.timeout_ms ? set.timeout_ms : 30000) * 1000000ull;
	rq.disk->in_flight++;
	dom.kick();
	return true;
}

void host_classes::pump()
{
	for (auto i = waiting_.begin(); i != waiting_.end();) {
		auto now = i++;
		request &rq = **now;
		if (rq.disk->dead) {
			auto gone = std::move(*now);
			waiting_.erase(now);
			gone->done(10);
			continue;
		}
		if (rq.not_before > dom.time.now || rq.disk->frozen || rq.disk->quiesced)
			continue;
		if (send(rq))
			flying_.splice(flying_.end(), waiting_, now);
	}
}

void host_classes::complete(unsigned queue, unsigned tag, unsigned generation, unsigned status, unsigned kind,
			    unsigned delay_ms)
{
	klcd_tag_set *set = nullptr;
	for (auto &s : sets)
		if (queue < s->queues && tag < s->depth)
			set = s.get();
	auto *slot = set ? &set->slots[queue][tag] : nullptr;
	if (!slot || !slot->busy || slot->generation != generation) {
		lxd_domain_violation(&dom, "complete", "no such request is in flight", queue << 16 | tag);
		return;
	}
	request *rq = slot->busy;
	slot->busy = nullptr;
	rq->disk->in_flight--;
	completions++;
	auto found = std::find_if(flying_.begin(), flying_.end(), [rq](auto &p) { return p.get() == rq; });
	rq->deadline = ~0ull;
	if (kind) {
		(kind == 1 ? requeues : busy)++;
		rq->not_before = dom.time.now + (kind == 1 ? delay_ms : 3) * 1000000ull;
		waiting_.splice(waiting_.begin(), flying_, found);
		return;
	}
	errors += !!status;
	auto gone = std::move(*found);
	flying_.erase(found);
	gone->done(status);
}

uint64_t host_classes::next()
{
	uint64_t t = ~0ull;
	for (auto &rq : flying_)
		t = std::min(t, rq->deadline);
	for (auto &rq : waiting_)
		if (!rq->disk->frozen && !rq->disk->quiesced && rq->not_before > dom.time.now)
			t = std::min(t, rq->not_before);
	return t;
}

void host_classes::poll()
{
	for (auto &rq : flying_) {
		if (rq->deadline > dom.time.now)
			continue;
		timeouts++;
		if (++rq->expiries > 4)
			throw failure("a request expired five times: the host would end the domain");
		fmt::print("timeout of queue {} tag {}\n", rq->queue, rq->tag);
		rq->deadline = dom.time.now + 30000000000ull;
		lxd_block_timeout(&dom, rq->queue, rq->tag, rq->disk->set->slots[rq->queue][rq->tag].generation);
		dom.kick();
	}
	pump();
}

std::vector<std::string> host_classes::held() const
{
	std::vector<std::string> out;
	auto note = [&out](uint64_t n, const char *what) {
		if (n)
			out.push_back(fmt::format("{} {}", n, what));
	};
	note(disks.size(), "disks");
	note(sets.size(), "tag sets");
	add_held(out);
	for (auto &d : disks) {
		note(d->frozen, "freezes");
		note(d->quiesced, "quiesces");
	}
	note(waiting_.size() + flying_.size(), "requests");
	return out;
}

namespace {

void fill_map(const lxd_domain &dom, unsigned queues, __u64 *map)
{
	for (unsigned i = 0; i < queues; i++)
		map[i] = 0;
	for (unsigned cpu = 0; cpu < dom.opt.cpus; cpu++)
		map[cpu % queues] |= 1ull << cpu;
}

lxd_block_limits clamp(lxd_block_limits l)
{
	l.max_segments = std::min<unsigned>(l.max_segments, 128);
	l.max_discard_segments = std::min<unsigned>(l.max_discard_segments, 1);
	return l;
}

} // namespace
} // namespace lxd::harness

using namespace lxd::harness;

extern "C" {

int klcd_block_alloc_tag_set(lxd_domain *dom, __u32 queues, __u32 depth, __u32, __u64 timeout_ms, __u32 *set,
			     __u32 *got_queues, __u32 *got_depth, __u64 *queue_map)
{
	auto s = std::make_unique<klcd_tag_set>();

	s->queues = std::min(queues, dom->opt.queues);
	s->depth = std::min(depth, dom->boot->rows_tags);
	s->timeout_ms = timeout_ms;
	for (unsigned q = 0; q < s->queues; q++)
		s->slots[q].resize(s->depth);
	s->handle = *set = dom->new_handle(LXD_BLOCK_HANDLE_TAG_SET, s.get());
	*got_queues = s->queues;
	*got_depth = s->depth;
	fill_map(*dom, s->queues, queue_map);
	fmt::print("tag set: {} queues of {}\n", s->queues, s->depth);
	classes->sets.push_back(std::move(s));
	return 0;
}

int klcd_block_free_tag_set(lxd_domain *dom, klcd_tag_set *set)
{
	for (auto &d : classes->disks)
		if (d->set == set)
			return -EBUSY;
	dom->drop_handle(set->handle);
	std::erase_if(classes->sets, [set](auto &s) { return s.get() == set; });
	return 0;
}

int klcd_block_update_nr_hw_queues(lxd_domain *dom, klcd_tag_set *set, __u32 queues, __u32 *got_queues, __u64 *queue_map)
{
	unsigned n = std::min(queues, dom->opt.queues);

	dom->until([&] { return !classes->in_flight(); }, "requests before the number of queues changes");
	for (unsigned q = 0; q < LXD_MAX_QUEUES; q++)
		set->slots[q].resize(q < n ? set->depth : 0);
	*got_queues = set->queues = n;
	fill_map(*dom, n, queue_map);
	return 0;
}

lxd_object *klcd_block_disk_object(klcd_disk *disk)
{
	return &disk->life;
}

lxd_object *klcd_block_tag_set_object(klcd_tag_set *set)
{
	return &set->use;
}

lxd_block_contract *klcd_block_contract(lxd_domain *)
{
	static lxd_block_contract contract;
	return &contract;
}

int klcd_block_alloc_disk(lxd_domain *dom, klcd_tag_set *set, __u32 *d)
{
	auto disk = std::make_unique<klcd_disk>();

	disk->set = set;
	disk->handle = *d = dom->new_handle(LXD_BLOCK_HANDLE_DISK, disk.get());
	disk->index = *d & 0xff;
	classes->disks.push_back(std::move(disk));
	return 0;
}

int klcd_block_add_disk(lxd_domain *dom, klcd_disk *d, const lxd_block_disk_info *info, lxd_block_limits *lim_back)
{
	bool done = false;
	int result = 0;

	d->info = *info;
	d->capacity = info->capacity;
	d->read_only = info->read_only;
	d->info.lim = *lim_back = clamp(info->lim);
	d->added = true;
	classes->disks_seen++;
	fmt::print("disk {} nsid {}: {} sectors, blocks of {}, {} segments of {}, wwid '{}'\n", info->name, info->nsid,
		   info->capacity, info->lim.logical_block_size, info->lim.max_segments, info->lim.max_segment_size,
		   info->wwid);
	// The partition scan: a read that must be answered before this call is.
	void *page = aligned_alloc(4096, 4096);
	dom->memory.add(0x400000000, page, 4096);
	auto rq = std::make_unique<request>();
	rq->disk = d;
	rq->op = op_read;
	rq->sector = 0;
	rq->length = 4096;
	rq->segments = {{0x400000000, 4096}};
	rq->done = [&](int status) { done = true; result = status; };
	classes->submit(std::move(rq));
	dom->until([&] { return done; }, "the partition scan");
	if (!result && memcmp(page, classes->device.disk().data(), 4096))
		throw failure("the partition scan read other bytes than the disk has");
	dom->memory.remove(0x400000000);
	free(page);
	fmt::print("partition scan: status {}\n", result);
	return 0;
}

int klcd_block_set_limits(lxd_domain *, klcd_disk *d, const lxd_block_limits *lim, lxd_block_limits *lim_back)
{
	d->info.lim = *lim_back = clamp(*lim);
	return 0;
}

int klcd_block_del_disk(lxd_domain *dom, klcd_disk *d)
{
	dom->until([&] { return !d->in_flight; }, "requests before the disk goes");
	d->added = false;
	d->dead = true;
	classes->pump();
	return 0;
}

int klcd_block_put_disk(lxd_domain *dom, klcd_disk *d)
{
	if (d->added || d->in_flight)
		return -EBUSY;
	dom->drop_handle(d->handle);
	std::erase_if(classes->disks, [d](auto &p) { return p.get() == d; });
	return 0;
}

int klcd_block_mark_dead(lxd_domain *, klcd_disk *d)
{
	d->dead = true;
	classes->pump();
	return 0;
}

int klcd_block_set_capacity(lxd_domain *, klcd_disk *d, __u64 sectors, __u8)
{
	d->capacity = sectors;
	return 0;
}

int klcd_block_set_read_only(lxd_domain *, klcd_disk *d, __u8 ro)
{
	d->read_only = ro;
	return 0;
}

int klcd_block_freeze_start(lxd_domain *, klcd_disk *d)
{
	d->frozen++;
	return 0;
}

int klcd_block_freeze_wait(lxd_domain *dom, klcd_disk *d)
{
	dom->until([&] { return !d->in_flight; }, "a frozen queue to drain");
	return 0;
}

int klcd_block_freeze_wait_timeout(lxd_domain *dom, klcd_disk *d, __u32 ms, __u32 *left_ms)
{
	uint64_t end = dom->time.now + ms * 1000000ull;

	dom->until([&] { return !d->in_flight || dom->time.now >= end; }, "a frozen queue", ms + 1000);
	*left_ms = dom->time.now >= end ? 0 : (end - dom->time.now) / 1000000;
	return 0;
}

int klcd_block_unfreeze(lxd_domain *, klcd_disk *d)
{
	if (!d->frozen)
		return -EINVAL;
	d->frozen--;
	classes->pump();
	return 0;
}

int klcd_block_quiesce(lxd_domain *, klcd_disk *d)
{
	d->quiesced++;
	return 0;
}

int klcd_block_unquiesce(lxd_domain *, klcd_disk *d)
{
	if (!d->quiesced)
		return -EINVAL;
	d->quiesced--;
	classes->pump();
	return 0;
}

int klcd_block_sync_queue(lxd_domain *, klcd_disk *) { return 0; }
void klcd_block_kick_requeue(lxd_domain *, klcd_disk *, __u32) { classes->pump(); }

void klcd_block_complete(lxd_domain *, __u16 queue, __u16 tag, __u16 generation, __u8 status, __u8 kind, __u32 delay_ms)
{
	classes->complete(queue, tag, generation, status, kind, delay_ms);
}

void klcd_block_complete_batch(lxd_domain *, __u16 queue, const __u32 *tags, __u32 n)
{
	classes->batches++;
	for (__u32 i = 0; i < n; i++)
		classes->complete(queue, tags[i] & 0xffff, tags[i] >> 16, 0, 0, 0);
}
}
