// SPDX-License-Identifier: GPL-2.0-only
#include "views.hpp"
#include "../x86/vmcs.hpp"
#include "msr.hpp"

namespace lxd::hv {

namespace {

constexpr int enoent = -2, enomem = -12, ebusy = -16, eexist = -17, einval = -22, enospc = -28, eperm = -1;
constexpr u64 slot_off = ~u64{0xff};
constexpr u64 clear_batch = 512;

int to_errno(ept_error e)
{
	switch (e) {
	case ept_error::none:
		return 0;
	case ept_error::no_memory:
		return enomem;
	case ept_error::exists:
		return eexist;
	case ept_error::not_mapped:
		return enoent;
	case ept_error::misaligned:
		break;
	}
	return einval;
}

/// Gives or takes the right to execute @hpa in H.
int host_executable(machine &m, u64 hpa, bool on)
{
	auto leaf = m.host.lookup(m.pool, hpa);

	if (!leaf)
		return einval;
	leaf->level = 1;
	leaf->hpa = hpa;
	leaf->rights = on ? leaf->rights | ept_rights::x : leaf->rights & ~ept_rights::x;
	return to_errno(m.host.replace(m.pool, hpa, *leaf));
}

bool is_ram(const machine &m, u64 hpa)
{
	return m.mtrr.type_of(hpa) == memory_type::wb;
}

/// One page into a view other than H, with W^X over all views by host page.
int add(machine &m, ept &view, u64 gpa, u64 hpa, u32 rights, bool &host_changed)
{
	if ((gpa | hpa) & (page_size - 1) || gpa >= ept::limit || hpa >> m.cpu_features.physical_bits)
		return einval;
	if (m.pool.owns(hpa))
		return eperm;
	if (rights & LXD_MAP_UC && rights & LXD_MAP_X)
		return eperm;
	if (rights & LXD_MAP_W && rights & LXD_MAP_X)
		return eperm;

	page_ledger::entry page = m.ledger.look(m.pool, hpa);
	const page_ledger::entry was = page;
	bool w = rights & LXD_MAP_W, x = rights & LXD_MAP_X;

	if ((x && page.writable) || (w && page.executable))
		return eperm;
	if (page.executable == page_ledger::entry::most || page.writable == page_ledger::entry::most)
		return enospc;

	bool uc = rights & LXD_MAP_UC;
	ept_leaf leaf{hpa, rights & ept_rights::rwx, uc ? memory_type::uc : memory_type::wb, !uc, 1};

	page.executable = static_cast<u16>(page.executable + x);
	page.writable = static_cast<u16>(page.writable + w);
	if (!m.ledger.set(m.pool, hpa, page))
		return enomem;
	int e = to_errno(view.map(m.pool, gpa, leaf));

	if (!e && x && !was.executable) {
		e = host_executable(m, hpa, false);
		if (e)
			static_cast<void>(view.unmap(m.pool, gpa));
		else
			host_changed = true;
	}
	if (e)
		static_cast<void>(m.ledger.set(m.pool, hpa, was));
	return e;
}

/// Takes a page out again; the caller makes every CPU forget it before the page is used anew.
int remove(machine &m, ept &view, u64 gpa)
{
	ept_leaf was{};

	if (ept_error e = view.unmap(m.pool, gpa, &was); e != ept_error::none)
		return to_errno(e);

	page_ledger::entry page = m.ledger.look(m.pool, was.hpa);
	bool last = was.rights & ept_rights::x && page.executable == 1;

	page.writable = static_cast<u16>(page.writable - !!(was.rights & ept_rights::w));
	page.executable = static_cast<u16>(page.executable - !!(was.rights & ept_rights::x));
	static_cast<void>(m.ledger.set(m.pool, was.hpa, page)); // counts only fall
	return last ? host_executable(m, was.hpa, true) : 0;
}

bool sealed(const machine &m, u64 hpa)
{
	return m.ledger.look(m.pool, hpa).sealed;
}

[[nodiscard]] bool seal(machine &m, u64 hpa, bool on)
{
	page_ledger::entry page = m.ledger.look(m.pool, hpa);

	page.sealed = on;
	return m.ledger.set(m.pool, hpa, page);
}

/// Tables of [gpa, gpa + nr pages) that hold nothing any more; they come back with page_pool::reclaim().
void prune(machine &m, ept &view, u64 gpa, u64 nr)
{
	u64 span = ept_leaf_size(2), end = gpa + nr * page_size;

	for (u64 at = align_down(gpa, span); nr && at < end; at += span)
		view.prune(m.pool, at);
}

domain_view *view_at(machine &m, u64 slot)
{
	return slot >= LXD_SLOT_FIRST_DOMAIN && slot < LXD_SLOTS ? &m.views[slot] : nullptr;
}

ept *airlock_at(machine &m, u64 index)
{
	if (index >= m.nr_cpus || index >= LXD_HV_MAX_CPUS)
		return nullptr;
	ept &a = m.airlocks[index];

	if (!a.root() && a.create(m.pool) != ept_error::none)
		return nullptr;
	return &a;
}

/// Writes @slot's entry in every CPU's list: an address that is off, or poison.
void write_slot(const machine &m, u64 slot, u64 entry)
{
	for (u32 i = 0; i < m.nr_cpus; i++)
		if (m.gate_registered)
			m.at<u64>(m.gate_cpus[i].list_pa)[slot] = entry & slot_off;
}

void fill_list(machine &m, u32 index)
{
	u64 *list = m.at<u64>(m.gate_cpus[index].list_pa);

	for (u32 s = LXD_SLOT_FIRST_DOMAIN; s < LXD_SLOTS; s++)
		list[s] = m.views[s].state == view_state::live ? m.views[s].tables.pointer() & slot_off : slot_off;
	list[LXD_SLOT_AIRLOCK] = m.airlocks[index].pointer() & slot_off;
	list[LXD_SLOT_HOST] = m.host.pointer() & slot_off;
}

int map_airlock_page(machine &m, u32 index, u64 gpa, u64 hpa, u32 rights)
{
	bool host_changed = false;
	ept *a = airlock_at(m, index);

	return a ? add(m, *a, gpa, hpa, rights, host_changed) : enomem;
}

/// Empties every airlock and unseals the gate's pages, as far as they were set up.
void forget_gate(machine &m)
{
	for (u32 i = 0; i < m.nr_cpus; i++) {
		const lxd_hv_gate_cpu &c = m.gate_cpus[i];
		ept &a = m.airlocks[i];

		if (a.root()) {
			for (auto gpa = a.next(m.pool, 0); gpa; gpa = a.next(m.pool, *gpa + page_size))
				static_cast<void>(remove(m, a, *gpa));
			a.destroy(m.pool);
		}
		for (u64 pa : {c.state_pa, c.list_pa, c.bitmap_pa})
			if (pa)
				static_cast<void>(seal(m, pa, false));
		m.gate_cpus[i] = {};
	}
}

} // namespace

int gate_register(machine &m, const lxd_hv_gate_args &args)
{
	const lxd_hv_gate &g = *args.gate;
	locked hold(m.lock);

	if (m.gate_registered)
		return ebusy;
	if (args.nr_cpus < m.nr_cpus || m.nr_cpus > LXD_HV_MAX_CPUS)
		return einval;
	for (u16 offset : {g.off_cr3, g.off_phase, g.off_cs, g.off_kernel_gs, g.off_gs, g.off_fs, g.off_rsp,
			   g.off_host_cr3, g.off_crossings, g.off_slot, g.off_forced})
		if (offset > page_size - sizeof(u64))
			return einval;
	for (u32 i = 0; i < m.nr_cpus; i++) {
		const lxd_hv_gate_cpu &c = args.cpus[i];

		if ((c.state_pa | c.list_pa | c.bitmap_pa) & (page_size - 1) || m.pool.owns(c.state_pa) ||
		    m.pool.owns(c.list_pa) || m.pool.owns(c.bitmap_pa))
			return einval;
	}
	m.gate = g;
	for (u32 i = 0; i < m.nr_cpus; i++) {
		const lxd_hv_gate_cpu &c = args.cpus[i];

		m.gate_cpus[i] = c;
		struct {
			u64 gpa, hpa;
			u32 rights;
		} const pages[] = {
			// Same names, other pages: the gate's guest-physical page is text_h in H.
			{g.text_h_pa, g.text_a_pa, LXD_MAP_R | LXD_MAP_X},
			{c.state_pa, c.state_pa, LXD_MAP_R},
			{c.list_pa, c.list_pa, LXD_MAP_R | LXD_MAP_W},
		};

		for (auto [gpa, hpa, rights] : pages)
			if (int e = map_airlock_page(m, i, gpa, hpa, rights); e) {
				forget_gate(m);
				return e;
			}
		for (u64 pa : {c.state_pa, c.list_pa, c.bitmap_pa})
			if (!seal(m, pa, true)) {
				forget_gate(m);
				return enomem;
			}
		fill_list(m, i);
		prepare_gate_bitmap(m, c.bitmap_pa);
	}
	m.gate_registered = true;
	return 0;
}

int gate_cpu(machine &m, vcpu &v)
{
	locked hold(m.lock);

	if (!m.gate_registered)
		return enoent;
	const lxd_hv_gate_cpu &c = m.gate_cpus[v.index];

	v.state_pa = c.state_pa;
	v.airlock_eptp = m.airlocks[v.index].pointer();
	v.gate_on = true;
	v.active_list_pa = c.list_pa;
	vmcs::write(vmcs::eptp_list, c.list_pa);
	vmcs::write(vmcs::msr_bitmap, c.bitmap_pa);
	stop_recorders();
	return 0;
}

void gate_cpu_off(vcpu &v)
{
	vmcs::write(vmcs::eptp_list, v.list_pa);
	vmcs::write(vmcs::msr_bitmap, v.bitmap_pa);
	v.gate_on = false;
	v.active_list_pa = v.list_pa;
	v.airlock_eptp = 0;
	v.state_pa = 0;
}

void gate_unregister(machine &m)
{
	locked hold(m.lock);

	if (!m.gate_registered)
		return;
	m.gate_registered = false;
	forget_gate(m);
}

int airlock_map(machine &m, lxd_hv_map_args &args)
{
	bool host_changed = false;
	locked hold(m.lock);
	ept *a = airlock_at(m, args.slot);

	if (!a || args.rights & LXD_MAP_UC)
		return einval;
	int e = add(m, *a, args.gpa, args.hpa, args.rights, host_changed);

	args.host_changed = host_changed;
	return e;
}

int airlock_unmap(machine &m, lxd_hv_map_args &args)
{
	locked hold(m.lock);
	ept *a = airlock_at(m, args.slot);

	if (!a)
		return einval;
	int e = remove(m, *a, args.gpa);

	a->prune(m.pool, args.gpa);
	return e;
}

int view_create(machine &m, u16 &slot)
{
	locked hold(m.lock);

	for (u16 s = LXD_SLOT_FIRST_DOMAIN; s < LXD_SLOTS; s++) {
		domain_view &d = m.views[s];

		if (d.state != view_state::free)
			continue;
		d.pages = {0, m.view_limit};
		page_pool::charged to(m.pool, d.pages);

		if (int e = to_errno(d.tables.create(m.pool)); e)
			return e;
		d.state = view_state::live;
		write_slot(m, s, d.tables.pointer());
		slot = s;
		return 0;
	}
	return enospc;
}

int view_map(machine &m, lxd_hv_map_args &args)
{
	bool host_changed = false;
	int e = 0;
	locked hold(m.lock);
	domain_view *d = view_at(m, args.slot);
	u64 done = 0;

	args.host_changed = 0;
	if (!d || d->state != view_state::live || args.nr > clear_batch || !(args.rights & ept_rights::rwx) ||
	    args.rights & ~u32{LXD_MAP_R | LXD_MAP_W | LXD_MAP_X | LXD_MAP_UC} || !(args.rights & LXD_MAP_R))
		return einval;
	if (!(args.rights & LXD_MAP_UC) && !is_ram(m, args.hpa))
		return eperm;
	page_pool::charged to(m.pool, d->pages);

	for (; done < args.nr && !e; done++) {
		u64 hpa = args.hpa + done * page_size;

		e = sealed(m, hpa) ? eperm : add(m, d->tables, args.gpa + done * page_size, hpa, args.rights, host_changed);
	}
	if (e) { // the one that failed is not there
		for (u64 there = done - 1; there;)
			static_cast<void>(remove(m, d->tables, args.gpa + --there * page_size));
		prune(m, d->tables, args.gpa, done);
	}
	args.host_changed = host_changed;
	return e;
}

int view_unmap(machine &m, lxd_hv_map_args &args)
{
	locked hold(m.lock);
	domain_view *d = view_at(m, args.slot);

	if (!d || d->state == view_state::free || args.nr > clear_batch)
		return einval;
	page_pool::charged to(m.pool, d->pages);
	int e = 0;

	for (u64 i = 0; i < args.nr && !e; i++)
		e = remove(m, d->tables, args.gpa + i * page_size);
	prune(m, d->tables, args.gpa, args.nr);
	return e;
}

int view_killed(machine &m, u64 slot)
{
	locked hold(m.lock);
	domain_view *d = view_at(m, slot);

	if (!d || d->state == view_state::free)
		return enoent;
	d->state = view_state::killed;
	write_slot(m, slot, slot_off);
	return 0;
}

int view_clear(machine &m, lxd_hv_map_args &args)
{
	locked hold(m.lock);
	domain_view *d = view_at(m, args.slot);

	args.nr = 0;
	if (!d || d->state != view_state::killed)
		return einval;
	page_pool::charged to(m.pool, d->pages);

	for (auto gpa = d->tables.next(m.pool, args.gpa); gpa && args.nr < clear_batch;
	     gpa = d->tables.next(m.pool, *gpa + page_size)) {
		if (int e = remove(m, d->tables, *gpa); e)
			return e;
		// As it goes: what is left for view_destroy() is then bounded, too.
		if (args.nr && (*gpa ^ (args.gpa - page_size)) >> 21)
			d->tables.prune(m.pool, args.gpa - page_size);
		args.gpa = *gpa + page_size;
		args.nr++;
	}
	if (args.gpa)
		d->tables.prune(m.pool, args.gpa - page_size);
	return 0;
}

int view_destroy(machine &m, u64 slot)
{
	locked hold(m.lock);
	domain_view *d = view_at(m, slot);

	if (!d || d->state != view_state::killed)
		return einval;
	d->tables.destroy(m.pool);
	d->pages = {};
	d->state = view_state::free;
	return 0;
}

int scratch_begin(machine &m, vcpu &v, const lxd_hv_scratch_args &args)
{
	locked hold(m.lock);

	// One CPU at a time; with a gate only a CPU that has not got it yet: the list and the bitmap are the check's.
	if (v.gate_on || m.scratch.root())
		return ebusy;
	for (u64 pa : {args.list_pa, args.bitmap_pa, args.gpa, args.hpa})
		if (pa & (page_size - 1) || m.pool.owns(pa))
			return einval;
	if (ept_error e = m.scratch.clone_path(m.pool, m.host, args.gpa, args.hpa); e != ept_error::none)
		return to_errno(e);
	m.scratch_gpa = args.gpa;
	v.scratch_eptp = m.scratch.pointer();

	u64 *list = m.at<u64>(args.list_pa);
	u64 *bitmap = m.at<u64>(args.bitmap_pa);

	for (u32 i = 0; i < LXD_SLOTS; i++) {
		list[i] = slot_off;
		bitmap[i] = 0;
	}
	list[LXD_SLOT_HOST] = m.host.pointer();
	list[LXD_SLOT_FIRST_DOMAIN] = v.scratch_eptp;
	vmcs::write(vmcs::eptp_list, args.list_pa);
	vmcs::write(vmcs::msr_bitmap, args.bitmap_pa);
	return 0;
}

void scratch_end(machine &m, vcpu &v)
{
	locked hold(m.lock);

	if (!v.scratch_eptp)
		return;
	vmcs::write(vmcs::ept_pointer, m.host.pointer());
	vmcs::write(vmcs::eptp_list, v.list_pa);
	vmcs::write(vmcs::msr_bitmap, v.bitmap_pa);
	v.scratch_eptp = 0;
	m.scratch.destroy_path(m.pool, m.scratch_gpa);
	cpu::invept_all(); // before the tables are anything else
}

int view_lookup(machine &m, lxd_hv_map_args &args)
{
	locked hold(m.lock);
	domain_view *d = view_at(m, args.slot);
	const ept *view = args.slot == LXD_SLOT_HOST ? &m.host
			  : args.slot == LXD_SLOT_AIRLOCK ? airlock_at(m, args.nr)
			  : d && d->state != view_state::free ? &d->tables : nullptr;

	if (!view)
		return enoent;
	auto leaf = view->lookup(m.pool, args.gpa);

	if (!leaf)
		return enoent;
	args.hpa = leaf->hpa + (args.gpa & (page_size - 1));
	args.rights = leaf->rights | (leaf->type == memory_type::uc ? u32{LXD_MAP_UC} : 0u);
	return 0;
}

} // namespace lxd::hv
