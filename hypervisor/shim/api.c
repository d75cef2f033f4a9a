// SPDX-License-Identifier: GPL-2.0-only
/* include/lxd/hv.h: what lxd.ko may ask of the hypervisor. */
#include <linux/cpu.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/desc_defs.h>
#include "shim.h"

/* Most pages that one hypercall maps or unmaps: root works with interrupts off. */
#define BATCH 512

/* Maps, unmaps and the kicks behind them, in order. */
static DEFINE_MUTEX(view_lock);
/* One for each view; view_lock protects them. */
static struct lxd_hv_visits __percpu *visits[LXD_SLOTS];
static bool gate_registered;
static bool vmfunc_wanted;
static bool watchdog_on;
/* CPUs that have the gate. Each changes its own bit, interrupts off. */
static struct cpumask gated;

bool lxd_hv_active(void)
{
	return cpumask_subset(cpu_online_mask, &lxd_launched) &&
	       !cpumask_empty(&lxd_launched);
}
EXPORT_SYMBOL_GPL(lxd_hv_active);

/*
 * A hypercall from this CPU, which must be under the hypervisor: on a CPU that is coming or going
 * VMCALL would be an invalid instruction.
 */
static long call(u64 op, const void *arg, u64 b)
{
	long ret = -ENODEV;
	unsigned long flags;

	local_irq_save(flags);
	if (cpumask_test_cpu(smp_processor_id(), &lxd_launched))
		ret = lxd_hc(op, (u64)arg, b);
	local_irq_restore(flags);
	return ret;
}

bool lxd_vmfunc_wanted(void)
{
	return READ_ONCE(vmfunc_wanted);
}

/* @cpu has just been launched: it uses the gate's pages if there is a gate. */
void lxd_api_cpu_on(unsigned int cpu)
{
	if (READ_ONCE(gate_registered) && !lxd_hc(LXD_ROOT_GATE_CPU, 0, 0))
		cpumask_set_cpu(cpu, &gated);
	if (READ_ONCE(watchdog_on))
		lxd_kick_all(LXD_REQ_WATCHDOG, 1);
}

/* @cpu leaves the hypervisor; there, or its NMI handler. */
void lxd_api_cpu_off(unsigned int cpu)
{
	cpumask_clear_cpu(cpu, &gated);
}

bool lxd_hv_gate_on(unsigned int cpu)
{
	return cpumask_test_cpu(cpu, &gated);
}
EXPORT_SYMBOL_GPL(lxd_hv_gate_on);

static void gate_on_cpu(void *result)
{
	int ret = call(LXD_ROOT_GATE_CPU, NULL, 0);

	if (ret)
		WRITE_ONCE(*(int *)result, ret);
	else
		cpumask_set_cpu(smp_processor_id(), &gated);
}

static void gate_off_cpu(void *unused)
{
	lxd_api_cpu_off(smp_processor_id());
	call(LXD_ROOT_GATE_CPU_OFF, NULL, 0);
}

int lxd_hv_gate_register(const struct lxd_hv_gate *gate,
			 const struct lxd_hv_gate_cpu *cpus, unsigned int nr_cpus)
{
	struct lxd_hv_gate_args args = {
		.gate = gate,
		.cpus = cpus,
		.nr_cpus = nr_cpus,
	};
	int ret;

	if (!gate || !cpus)
		return -EINVAL;
	cpus_read_lock();
	ret = call(LXD_ROOT_GATE_REGISTER, &args, 0);
	if (!ret) {
		/* text_a must not be executed in H any more */
		lxd_kick_all(LXD_REQ_FORGET, 0);
		on_each_cpu(gate_on_cpu, &ret, 1);
		WRITE_ONCE(gate_registered, true);
		WRITE_ONCE(vmfunc_wanted, gate->mode == LXD_GATE_VMFUNC);
	}
	cpus_read_unlock();
	if (ret && gate_registered)
		lxd_hv_gate_unregister();
	return ret;
}
EXPORT_SYMBOL_GPL(lxd_hv_gate_register);

void lxd_hv_gate_unregister(void)
{
	cpus_read_lock();
	WRITE_ONCE(gate_registered, false);
	WRITE_ONCE(vmfunc_wanted, false);
	on_each_cpu(gate_off_cpu, NULL, 1);
	call(LXD_ROOT_GATE_UNREGISTER, NULL, 0);
	lxd_kick_all(LXD_REQ_FORGET, 0);
	cpus_read_unlock();
}
EXPORT_SYMBOL_GPL(lxd_hv_gate_unregister);

/*
 * Gives unlinked tables back, once every CPU that can have walked them has forgotten them; under
 * view_lock.
 */
static void reclaim(void)
{
	while (call(LXD_ROOT_RECLAIM, NULL, 0) > 0)
		;
}

static int map_one(u64 op, struct lxd_hv_map_args *args)
{
	int ret;

	mutex_lock(&view_lock);
	ret = call(op, args, 0);
	if (args->host_changed) {
		lxd_kick_all(LXD_REQ_FORGET, 0);
		reclaim();
	}
	mutex_unlock(&view_lock);
	return ret;
}

int lxd_hv_airlock_map(unsigned int cpu, u64 gpa, u64 hpa, u32 rights)
{
	struct lxd_hv_map_args args = {
		.slot = cpu, .gpa = gpa, .hpa = hpa, .nr = 1, .rights = rights,
	};

	return map_one(LXD_ROOT_AIRLOCK_MAP, &args);
}
EXPORT_SYMBOL_GPL(lxd_hv_airlock_map);

int lxd_hv_airlock_unmap(unsigned int cpu, u64 gpa)
{
	struct lxd_hv_map_args args = {
		.slot = cpu, .gpa = gpa, .nr = 1, .host_changed = 1,
	};

	return map_one(LXD_ROOT_AIRLOCK_UNMAP, &args);
}
EXPORT_SYMBOL_GPL(lxd_hv_airlock_unmap);

int lxd_hv_view_create(u16 *slot)
{
	struct lxd_hv_visits __percpu *fresh_visits = alloc_percpu(struct lxd_hv_visits);
	u16 fresh = 0;
	int ret;

	if (!fresh_visits)
		return -ENOMEM;
	mutex_lock(&view_lock);
	ret = call(LXD_ROOT_VIEW_CREATE, &fresh, 0);
	if (!ret)
		visits[fresh] = fresh_visits;
	mutex_unlock(&view_lock);
	if (ret)
		free_percpu(fresh_visits);
	else
		*slot = fresh;
	return ret;
}
EXPORT_SYMBOL_GPL(lxd_hv_view_create);

struct lxd_hv_visits __percpu *lxd_hv_view_visits(u16 slot)
{
	return slot < LXD_SLOTS ? visits[slot] : NULL;
}
EXPORT_SYMBOL_GPL(lxd_hv_view_visits);

/*
 * Rights were taken from the view: CPUs that can have its translations forget them. Those are the
 * ones that entered it since they last did, and those that were inside then. A CPU whose visit is
 * not seen here yet walks the tables as they are now: its mark is serialised before its entry, and
 * the hypercall that changed them before this look.
 */
static void forget_view(u16 slot)
{
	static struct cpumask mask; /* under view_lock */
	unsigned int cpu;

	cpumask_clear(&mask);
	for_each_possible_cpu(cpu) {
		struct lxd_hv_visits *v = per_cpu_ptr(visits[slot], cpu);
		u32 entered = READ_ONCE(v->entered);

		/* entered before inside: the CPU writes them the other way round */
		smp_rmb();
		if (entered == v->forgotten)
			continue;
		cpumask_set_cpu(cpu, &mask);
		if (!READ_ONCE(v->inside))
			v->forgotten = entered;
	}
	lxd_kick_mask(&mask, LXD_REQ_FORGET, slot);
	reclaim();
}

static int unmap_locked(u16 slot, u64 gpa, u64 nr)
{
	struct lxd_hv_map_args args = { .slot = slot };
	int ret = 0;
	u64 done;

	for (done = 0; done < nr && !ret; done += args.nr) {
		args.gpa = gpa + done * PAGE_SIZE;
		args.nr = min_t(u64, nr - done, BATCH);
		ret = call(LXD_ROOT_VIEW_UNMAP, &args, 0);
	}
	if (slot >= LXD_SLOT_FIRST_DOMAIN && slot < LXD_SLOTS && visits[slot])
		forget_view(slot);
	return ret;
}

int lxd_hv_view_map(u16 slot, u64 gpa, u64 hpa, u64 nr, u32 rights)
{
	struct lxd_hv_map_args args = { .slot = slot, .rights = rights };
	bool host_changed = false;
	int ret = 0;
	u64 done;

	if (nr > (1ULL << 36))
		return -EINVAL;
	mutex_lock(&view_lock);
	for (done = 0; done < nr; done += args.nr) {
		args.gpa = gpa + done * PAGE_SIZE;
		args.hpa = hpa + done * PAGE_SIZE;
		args.nr = min_t(u64, nr - done, BATCH);
		args.host_changed = 0;
		ret = call(LXD_ROOT_VIEW_MAP, &args, 0);
		host_changed |= args.host_changed;
		if (ret)
			break;
	}
	/* Also if only part of a batch was there for a moment: the domain may have looked. */
	if (ret)
		unmap_locked(slot, gpa, done);
	if (host_changed)
		lxd_kick_all(LXD_REQ_FORGET, 0);
	mutex_unlock(&view_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(lxd_hv_view_map);

int lxd_hv_view_unmap(u16 slot, u64 gpa, u64 nr)
{
	int ret;

	mutex_lock(&view_lock);
	ret = unmap_locked(slot, gpa, nr);
	mutex_unlock(&view_lock);
	return ret;
}
EXPORT_SYMBOL_GPL(lxd_hv_view_unmap);

int lxd_hv_view_kill(u16 slot, u32 why)
{
	int ret = call(LXD_ROOT_VIEW_KILLED, (void *)(unsigned long)slot, why);

	if (!ret)
		lxd_kick_all(LXD_REQ_KILL, slot);
	return ret;
}
EXPORT_SYMBOL_GPL(lxd_hv_view_kill);

void lxd_hv_view_destroy(u16 slot)
{
	struct lxd_hv_map_args args = { .slot = slot };
	int ret;

	mutex_lock(&view_lock);
	/* Every CPU forgets the view before its pages get their rights in H back. */
	ret = lxd_hv_view_kill(slot, 0);
	if (!ret) {
		do {
			ret = call(LXD_ROOT_VIEW_CLEAR, &args, 0);
		} while (!ret && args.nr);
		lxd_kick_all(LXD_REQ_FORGET, 0);
		reclaim();
		if (!ret)
			ret = call(LXD_ROOT_VIEW_DESTROY,
				   (void *)(unsigned long)slot, 0);
	}
	if (!ret) {
		free_percpu(visits[slot]);
		visits[slot] = NULL;
	}
	mutex_unlock(&view_lock);
	if (ret)
		pr_warn("view %u not destroyed (%d)\n", slot, ret);
}
EXPORT_SYMBOL_GPL(lxd_hv_view_destroy);

int lxd_hv_view_lookup(u16 slot, u64 gpa, u64 *hpa, u32 *rights)
{
	struct lxd_hv_map_args args = {
		.slot = slot, .gpa = gpa, .nr = raw_smp_processor_id(),
	};
	int ret = call(LXD_ROOT_VIEW_LOOKUP, &args, 0);

	if (ret)
		return ret;
	*hpa = args.hpa;
	*rights = args.rights;
	return 0;
}
EXPORT_SYMBOL_GPL(lxd_hv_view_lookup);

int lxd_hv_fault(unsigned int cpu, u16 slot, struct lxd_hv_fault *out)
{
	out->cpu = cpu;
	out->slot = slot;
	return call(LXD_ROOT_FAULT, out, 0);
}
EXPORT_SYMBOL_GPL(lxd_hv_fault);

int lxd_hv_cpu_stats(unsigned int cpu, struct lxd_hv_cpu_stats *out)
{
	return call(LXD_ROOT_STATS, out, cpu);
}
EXPORT_SYMBOL_GPL(lxd_hv_cpu_stats);

const char *lxd_hv_exit_name(u32 reason)
{
	return lxd_core_exit_name(reason);
}
EXPORT_SYMBOL_GPL(lxd_hv_exit_name);

void lxd_hv_watchdog(bool on)
{
	WRITE_ONCE(watchdog_on, on);
	lxd_kick_all(LXD_REQ_WATCHDOG, on);
}
EXPORT_SYMBOL_GPL(lxd_hv_watchdog);

bool lxd_hv_page_hidden(u64 pa)
{
	return lxd_core_hidden(pa);
}
EXPORT_SYMBOL_GPL(lxd_hv_page_hidden);
