// SPDX-License-Identifier: GPL-2.0-only
/* Several CPUs at once: honest work beside each other under NMIs, and kills at any moment. */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <asm/apic.h>
#include <asm/nmi.h>

#include "runner.h"

extern char lxd_attack_ok[], lxd_attack_loop[], lxd_attack_vectors[];

struct worker {
	struct task_struct *task;
	struct completion done;
	bool until_dead; /* cross until the domain ends, or do a number of calls */
	unsigned long calls, good;
	int err;
};

static atomic_t nmis, nmis_sent;

static int count_nmi(unsigned int type, struct pt_regs *regs)
{
	if (atomic_read(&nmis) >= atomic_read(&nmis_sent))
		return NMI_DONE;
	atomic_inc(&nmis);
	return NMI_HANDLED;
}

static int work(void *arg)
{
	struct worker *w = arg;
	struct lxd_gate_exit out;
	unsigned long n;

	if (w->until_dead) {
		/* Short calls, then one that would never end by itself. */
		for (n = 0; n < w->calls && !w->err; n++)
			w->err = attack_call(hostile, lxd_attack_ok, 0, &out);
		if (!w->err)
			w->err = attack_call_until_dead(hostile, lxd_attack_loop);
	} else {
		for (n = 0; n < w->calls && !w->err; n++) {
			w->err = attack_call(hostile, lxd_attack_vectors, 20000, &out);
			w->good += !w->err && out.value == 20000;
		}
	}
	complete(&w->done);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int start(struct worker *w, unsigned int cpu)
{
	init_completion(&w->done);
	w->task = kthread_create(work, w, "lxd_attack/%u", cpu);
	if (IS_ERR(w->task))
		return PTR_ERR(w->task);
	kthread_bind(w->task, cpu);
	wake_up_process(w->task);
	return 0;
}

static bool finish(struct worker *w, unsigned int seconds)
{
	bool in_time = wait_for_completion_timeout(&w->done, seconds * HZ);

	if (in_time)
		kthread_stop(w->task);
	return in_time;
}

void special_smp(struct hostile *h, unsigned int nmi_count)
{
	static struct worker workers[LXD_MAX_CPUS];
	unsigned int cpu, other = cpumask_next(0, cpu_online_mask);
	bool good = true;
	int i;

	if (other >= nr_cpu_ids)
		other = 0;
	atomic_set(&nmis, 0);
	atomic_set(&nmis_sent, 0);
	if (register_nmi_handler(NMI_LOCAL, count_nmi, 0, "lxd_attacks")) {
		attack_skip("sums in XMM beside others, under NMIs", "no NMI handler");
		return;
	}
	for_each_online_cpu(cpu) {
		workers[cpu] = (struct worker){ .calls = 200 };
		good &= cpu < LXD_MAX_CPUS && !start(&workers[cpu], cpu);
	}
	for (i = 0; i < nmi_count; i++) {
		atomic_inc(&nmis_sent);
		apic->send_IPI(other, NMI_VECTOR);
		usleep_range(50, 100);
	}
	for_each_online_cpu(cpu)
		good &= finish(&workers[cpu], 60);
	unregister_nmi_handler(NMI_LOCAL, "lxd_attacks");
	for_each_online_cpu(cpu)
		attack_result("sums in XMM beside others, under NMIs", good && workers[cpu].good == 200,
			      "CPU %u: %lu of 200 right, last %d, %d of %d NMIs", cpu, workers[cpu].good, workers[cpu].err,
			      atomic_read(&nmis), atomic_read(&nmis_sent));
}

/* The kill may find the other CPU anywhere: in D, in A, in H's gate with the slot on. */
void special_kill(struct hostile *h)
{
	unsigned int other = cpumask_next(0, cpu_online_mask), i, good = 0;
	static struct worker w;
	const char *changed = NULL;

	if (other >= nr_cpu_ids) {
		attack_skip("kill while another CPU is inside", "one CPU");
		return;
	}
	for (i = 0; i < 50; i++) {
		w = (struct worker){ .until_dead = true, .calls = i & 1 ? 1000000 : 10 };
		if (start(&w, other))
			break;
		usleep_range(10 * i, 10 * i + 10);
		lxd_hv_view_kill(h->slot, 0);
		if (!finish(&w, 20))
			break;
		good += w.err == -EINTR;
		hostile_destroy(h);
		if (hostile_create(h))
			break;
		check_remember(h);
		changed = changed ?: check_host(h);
	}
	attack_result("kill while another CPU is inside", good == 50 && !changed, "%u of 50 ended, last %d%s%s", good, w.err,
		      changed ? ", CHANGED: " : "", changed ?: "");
}
