// SPDX-License-Identifier: GPL-2.0-only
/*
 * Work queues: a work runs on a fiber, never twice at once. work_struct.data holds the queue's
 * address and the kernel's own "pending" bit, which inline code tests.
 */
#include <linux/workqueue.h>
#include <linux/async.h>
#include "rt.h"

struct workqueue_struct {
	struct list_head node;
	u32 max_active, active;
	char name[32];
};

#define PENDING 1ul
/* Fibers that works leave to calls of the host. */
#define RESERVED_FIBERS 4
#define MAX_RUNNING 512

struct running {
	struct work_struct *work;
	struct workqueue_struct *wq;
	work_func_t func;
};

struct async_job {
	struct list_head node;
	void (*fn)(void *arg);
	void *arg;
};

static LIST_HEAD(pending);
static LIST_HEAD(jobs);
static struct running running[MAX_RUNNING];
u32 rt_works_pending;
static struct workqueue_struct system_queue = { .name = "events" };
struct workqueue_struct *rt_system_wq = &system_queue;

void rt_work_setup(void)
{
}

static struct workqueue_struct *wq_of(struct work_struct *work)
{
	return (struct workqueue_struct *)(atomic_long_read(&work->data) & ~PENDING);
}

/* rt_sync_lock guards everything here. */
static struct running *find_running(struct work_struct *work)
{
	int i;

	for (i = 0; i < MAX_RUNNING; i++)
		if (running[i].work == work)
			return &running[i];
	return NULL;
}

static bool queue_locked(struct workqueue_struct *wq, struct work_struct *work)
{
	long data = atomic_long_read(&work->data);

	if (data & PENDING)
		return false;
	atomic_long_set(&work->data, (long)wq | PENDING);
	list_add_tail(&work->entry, &pending);
	rt_works_pending++;
	return true;
}

bool rt_work_queue(struct workqueue_struct *wq, struct work_struct *work)
{
	bool queued;

	rt_lock(&rt_sync_lock);
	queued = queue_locked(wq, work);
	rt_unlock(&rt_sync_lock);
	return queued;
}

static void run_work(void *arg)
{
	struct running *r = arg;
	struct work_struct *work = r->work;

	r->func(work);
	/* The work may be freed by now: only its address is used. */
	rt_lock(&rt_sync_lock);
	r->wq->active--;
	r->work = NULL;
	rt_wake_key(running);
	rt_unlock(&rt_sync_lock);
}

static void run_job(void *arg)
{
	struct async_job job = *(struct async_job *)arg;

	rt_free(arg);
	job.fn(job.arg);
}

int rt_async(void (*fn)(void *arg), void *arg)
{
	struct async_job *job = rt_alloc(sizeof(*job));

	if (!job)
		return -ENOMEM;
	job->fn = fn;
	job->arg = arg;
	rt_lock(&rt_sync_lock);
	list_add_tail(&job->node, &jobs);
	rt_works_pending++;
	rt_unlock(&rt_sync_lock);
	return 0;
}

static bool start_one(struct work_struct *work)
{
	struct workqueue_struct *wq = wq_of(work);
	struct running *slot = find_running(NULL);

	if (!slot || find_running(work) || (wq->max_active && wq->active >= wq->max_active))
		return false;
	*slot = (struct running){ .work = work, .wq = wq, .func = work->func };
	if (!rt_fiber_start(run_work, slot)) {
		slot->work = NULL;
		return false;
	}
	list_del_init(&work->entry);
	rt_works_pending--;
	wq->active++;
	atomic_long_set(&work->data, (long)wq);
	return true;
}

void rt_works_start(void)
{
	struct work_struct *work, *next;

	rt_lock(&rt_sync_lock);
	while (!list_empty(&jobs) && rt_fibers_free() > RESERVED_FIBERS) {
		struct async_job *job = list_first_entry(&jobs, struct async_job, node);

		list_del(&job->node);
		if (!rt_fiber_start(run_job, job)) {
			list_add(&job->node, &jobs);
			break;
		}
		rt_works_pending--;
	}
	list_for_each_entry_safe(work, next, &pending, entry) {
		if (rt_fibers_free() <= RESERVED_FIBERS)
			break;
		start_one(work);
	}
	rt_unlock(&rt_sync_lock);
}

/* --- what drivers call ------------------------------------------------------------------------- */

static struct workqueue_struct *alloc_workqueue_rt(const char *fmt, unsigned int flags, int max_active, ...)
{
	struct workqueue_struct *wq = rt_alloc(sizeof(*wq));
	va_list args;

	if (!wq)
		return NULL;
	va_start(args, max_active);
	rt_vsnprintf(wq->name, sizeof(wq->name), fmt, args);
	va_end(args);
	wq->max_active = max_active;
	return wq;
}

static bool wq_busy(struct workqueue_struct *wq)
{
	struct work_struct *work;

	if (wq->active)
		return true;
	list_for_each_entry(work, &pending, entry)
		if (wq_of(work) == wq)
			return true;
	return false;
}

static void flush_workqueue_rt(struct workqueue_struct *wq)
{
	rt_lock(&rt_sync_lock);
	while (wq_busy(wq))
		rt_wait_on(running);
	rt_unlock(&rt_sync_lock);
}

static void destroy_workqueue_rt(struct workqueue_struct *wq)
{
	if (!wq)
		return;
	flush_workqueue_rt(wq);
	rt_free(wq);
}

static bool queue_work_on_rt(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	return rt_work_queue(wq, work);
}

/* Reached at the end of each namespace, for heads that do not exist: a work without effect. */
static bool kblockd_schedule_work_rt(struct work_struct *work)
{
	return rt_work_queue(rt_system_wq, work);
}

static bool flush_work_rt(struct work_struct *work)
{
	bool waited = false;

	rt_lock(&rt_sync_lock);
	while (atomic_long_read(&work->data) & PENDING || find_running(work)) {
		waited = true;
		rt_wait_on(running);
	}
	rt_unlock(&rt_sync_lock);
	return waited;
}

static bool unqueue(struct work_struct *work)
{
	if (!(atomic_long_read(&work->data) & PENDING) || list_empty(&work->entry))
		return false;
	list_del_init(&work->entry);
	rt_works_pending--;
	atomic_long_set(&work->data, (long)wq_of(work));
	return true;
}

static bool cancel_work_sync_rt(struct work_struct *work)
{
	bool was;

	rt_lock(&rt_sync_lock);
	was = unqueue(work);
	while (find_running(work)) {
		rt_wait_on(running);
		unqueue(work); /* it may have queued itself again */
	}
	rt_wake_key(running);
	rt_unlock(&rt_sync_lock);
	return was;
}

/* The pending bit is set while the timer runs, so that the work is queued once. */
static void delayed_work_timer_rt(struct timer_list *timer)
{
	struct delayed_work *dwork = container_of(timer, struct delayed_work, timer);

	rt_lock(&rt_sync_lock);
	if (atomic_long_read(&dwork->work.data) & PENDING) {
		atomic_long_set(&dwork->work.data, (long)dwork->wq);
		queue_locked(dwork->wq, &dwork->work);
	}
	rt_unlock(&rt_sync_lock);
}

static bool queue_delayed_work_on_rt(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
				     unsigned long delay)
{
	bool queued = false;

	if (!delay)
		return rt_work_queue(wq, &dwork->work);
	rt_lock(&rt_sync_lock);
	if (!(atomic_long_read(&dwork->work.data) & PENDING)) {
		queued = true;
		dwork->wq = wq;
		atomic_long_set(&dwork->work.data, (long)wq | PENDING);
		INIT_LIST_HEAD(&dwork->work.entry);
		dwork->timer.function = delayed_work_timer_rt;
		rt_timer_set(&dwork->timer, READ_ONCE(rt_jiffies) + delay);
	}
	rt_unlock(&rt_sync_lock);
	return queued;
}

static bool cancel_delayed_work_sync_rt(struct delayed_work *dwork)
{
	bool was = false;

	rt_lock(&rt_sync_lock);
	if (rt_timer_stop(&dwork->timer)) {
		was = true;
		atomic_long_set(&dwork->work.data, (long)wq_of(&dwork->work));
	}
	rt_unlock(&rt_sync_lock);
	if (cancel_work_sync_rt(&dwork->work))
		was = true;
	rt_timer_stop_sync(&dwork->timer);
	return was;
}

struct async_call {
	async_func_t func;
	void *data;
};

static void run_async(void *arg)
{
	struct async_call call = *(struct async_call *)arg;

	rt_free(arg);
	call.func(call.data, 1);
}

static async_cookie_t async_schedule_node_rt(async_func_t func, void *data, int node)
{
	struct async_call *call = rt_alloc(sizeof(*call));

	if (!call)
		return 0;
	call->func = func;
	call->data = data;
	if (rt_async(run_async, call))
		rt_free(call);
	return 1;
}

LXD_EXPORT(RUNTIME, alloc_workqueue, alloc_workqueue_rt);
LXD_EXPORT(RUNTIME, destroy_workqueue, destroy_workqueue_rt);
LXD_EXPORT(RUNTIME, __flush_workqueue, flush_workqueue_rt);
LXD_EXPORT(RUNTIME, queue_work_on, queue_work_on_rt);
LXD_EXPORT(RUNTIME, kblockd_schedule_work, kblockd_schedule_work_rt);
LXD_EXPORT(RUNTIME, flush_work, flush_work_rt);
LXD_EXPORT(RUNTIME, cancel_work_sync, cancel_work_sync_rt);
LXD_EXPORT(RUNTIME, delayed_work_timer_fn, delayed_work_timer_rt);
LXD_EXPORT(RUNTIME, queue_delayed_work_on, queue_delayed_work_on_rt);
LXD_EXPORT(RUNTIME, cancel_delayed_work_sync, cancel_delayed_work_sync_rt);
LXD_EXPORT(RUNTIME, async_schedule_node, async_schedule_node_rt);
LXD_EXPORT(DATA, system_wq, rt_system_wq);
