// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mutexes, semaphores, completions, wait queues, SRCU: they block the fiber. All waiting is on an
 * address under one lock, so an object needs no list of its own and one that is all zero, or was
 * initialised statically, is as good as an initialised one.
 */
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/completion.h>
#include <linux/wait.h>
#include <linux/srcu.h>
#include "rt.h"

struct waiter {
	struct list_head node;
	const void *key;
	struct rt_fiber *fiber;
};

struct rt_lock rt_sync_lock;
static LIST_HEAD(waiters);

void rt_wait_on(const void *key)
{
	struct waiter me = { .key = key, .fiber = rt_current() };

	list_add_tail(&me.node, &waiters);
	rt_unlock(&rt_sync_lock);
	rt_park();
	rt_lock(&rt_sync_lock);
	list_del(&me.node);
}

void rt_wait_on_until(const void *key, unsigned long expires)
{
	struct waiter me = { .key = key, .fiber = rt_current() };

	list_add_tail(&me.node, &waiters);
	rt_unlock(&rt_sync_lock);
	rt_park_until(expires);
	rt_lock(&rt_sync_lock);
	list_del(&me.node);
}

void rt_wake_key(const void *key)
{
	struct waiter *w;

	list_for_each_entry(w, &waiters, node)
		if (w->key == key)
			rt_wake(w->fiber);
}

void rt_wake_key_unlocked(const void *key)
{
	rt_lock(&rt_sync_lock);
	rt_wake_key(key);
	rt_unlock(&rt_sync_lock);
}

/* --- mutex: owner is the fiber ------------------------------------------------------------------ */

static void mutex_init_rt(struct mutex *lock, const char *name, struct lock_class_key *key)
{
	memset(lock, 0, sizeof(*lock));
	INIT_LIST_HEAD(&lock->wait_list);
}

static void mutex_lock_rt(struct mutex *lock)
{
	rt_lock(&rt_sync_lock);
	while (lock->owner.counter)
		rt_wait_on(lock);
	lock->owner.counter = (long)rt_current();
	rt_unlock(&rt_sync_lock);
}

static int mutex_trylock_rt(struct mutex *lock)
{
	int got;

	rt_lock(&rt_sync_lock);
	got = !lock->owner.counter;
	if (got)
		lock->owner.counter = (long)rt_current();
	rt_unlock(&rt_sync_lock);
	return got;
}

static void mutex_unlock_rt(struct mutex *lock)
{
	rt_lock(&rt_sync_lock);
	lock->owner.counter = 0;
	rt_wake_key(lock);
	rt_unlock(&rt_sync_lock);
}

LXD_EXPORT(RUNTIME, __mutex_init, mutex_init_rt);
LXD_EXPORT(RUNTIME, mutex_lock, mutex_lock_rt);
LXD_EXPORT(RUNTIME, mutex_trylock, mutex_trylock_rt);
LXD_EXPORT(RUNTIME, mutex_unlock, mutex_unlock_rt);

/* --- rw_semaphore: count is the readers, or -1 for a writer; owner the number of waiting writers -- */

static void rwsem_init_rt(struct rw_semaphore *sem, const char *name, struct lock_class_key *key)
{
	memset(sem, 0, sizeof(*sem));
}

static void down_read_rt(struct rw_semaphore *sem)
{
	rt_lock(&rt_sync_lock);
	while (sem->count.counter < 0 || sem->owner.counter > 0)
		rt_wait_on(sem);
	sem->count.counter++;
	rt_unlock(&rt_sync_lock);
}

static void down_write_rt(struct rw_semaphore *sem)
{
	rt_lock(&rt_sync_lock);
	sem->owner.counter++;
	while (sem->count.counter)
		rt_wait_on(sem);
	sem->owner.counter--;
	sem->count.counter = -1;
	rt_unlock(&rt_sync_lock);
}

static void up_read_rt(struct rw_semaphore *sem)
{
	rt_lock(&rt_sync_lock);
	if (sem->count.counter > 0)
		sem->count.counter--;
	rt_wake_key(sem);
	rt_unlock(&rt_sync_lock);
}

static void up_write_rt(struct rw_semaphore *sem)
{
	rt_lock(&rt_sync_lock);
	sem->count.counter = 0;
	rt_wake_key(sem);
	rt_unlock(&rt_sync_lock);
}

LXD_EXPORT(RUNTIME, __init_rwsem, rwsem_init_rt);
LXD_EXPORT(RUNTIME, down_read, down_read_rt);
LXD_EXPORT(RUNTIME, down_write, down_write_rt);
LXD_EXPORT(RUNTIME, up_read, up_read_rt);
LXD_EXPORT(RUNTIME, up_write, up_write_rt);

/* --- completion ----------------------------------------------------------------------------------- */

static void init_swait(struct swait_queue_head *q, const char *name, struct lock_class_key *key)
{
	memset(q, 0, sizeof(*q));
	INIT_LIST_HEAD(&q->task_list);
}

static void complete_rt(struct completion *x)
{
	rt_lock(&rt_sync_lock);
	if (x->done != UINT_MAX)
		x->done++;
	rt_wake_key(x);
	rt_unlock(&rt_sync_lock);
}

static unsigned long wait_for_completion_timeout_rt(struct completion *x, unsigned long timeout)
{
	unsigned long expires = READ_ONCE(rt_jiffies) + timeout;
	long left;

	rt_lock(&rt_sync_lock);
	while (!x->done && time_before(READ_ONCE(rt_jiffies), expires))
		rt_wait_on_until(x, expires);
	left = x->done ? max_t(long, expires - READ_ONCE(rt_jiffies), 1) : 0;
	if (x->done && x->done != UINT_MAX)
		x->done--;
	rt_unlock(&rt_sync_lock);
	return left;
}

LXD_EXPORT(RUNTIME, __init_swait_queue_head, init_swait);
LXD_EXPORT(RUNTIME, complete, complete_rt);
LXD_EXPORT(RUNTIME, wait_for_completion_io_timeout, wait_for_completion_timeout_rt);

/* --- wait queues: only what wait_event() uses ------------------------------------------------------- */

static void init_waitqueue_head_rt(struct wait_queue_head *head, const char *name, struct lock_class_key *key)
{
	memset(head, 0, sizeof(*head));
	INIT_LIST_HEAD(&head->head);
}

static void init_wait_entry_rt(struct wait_queue_entry *entry, int flags)
{
	entry->flags = flags;
	entry->private = rt_current();
	entry->func = NULL;
	INIT_LIST_HEAD(&entry->entry);
}

static long prepare_to_wait_rt(struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	rt_lock(&rt_sync_lock);
	if (list_empty(&entry->entry))
		list_add_tail(&entry->entry, &head->head);
	rt_unlock(&rt_sync_lock);
	return 0;
}

static void finish_wait_rt(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	rt_lock(&rt_sync_lock);
	list_del_init(&entry->entry);
	rt_unlock(&rt_sync_lock);
}

static int wake_up_rt(struct wait_queue_head *head, unsigned int mode, int nr, void *key)
{
	struct wait_queue_entry *entry;

	rt_lock(&rt_sync_lock);
	if (head->head.next)
		list_for_each_entry(entry, &head->head, entry)
			rt_wake(entry->private);
	rt_unlock(&rt_sync_lock);
	return 0;
}

LXD_EXPORT(RUNTIME, __init_waitqueue_head, init_waitqueue_head_rt);
LXD_EXPORT(RUNTIME, init_wait_entry, init_wait_entry_rt);
LXD_EXPORT(RUNTIME, prepare_to_wait_event, prepare_to_wait_rt);
LXD_EXPORT(RUNTIME, finish_wait, finish_wait_rt);
LXD_EXPORT(RUNTIME, __wake_up, wake_up_rt);
LXD_EXPORT(RUNTIME, schedule, rt_park);

/* --- SRCU: two counters of readers; the object's own space is large enough ----------------------------- */

struct rt_srcu {
	u32 index;
	s32 readers[2];
};

static_assert(sizeof(struct rt_srcu) <= sizeof(struct srcu_struct));

static int init_srcu_rt(struct rt_srcu *s)
{
	memset(s, 0, sizeof(*s));
	return 0;
}

static void cleanup_srcu_rt(struct rt_srcu *s)
{
}

static int srcu_read_lock_rt(struct rt_srcu *s)
{
	int index;

	rt_lock(&rt_sync_lock);
	index = s->index & 1;
	s->readers[index]++;
	rt_unlock(&rt_sync_lock);
	return index;
}

static void srcu_read_unlock_rt(struct rt_srcu *s, int index)
{
	rt_lock(&rt_sync_lock);
	if (!--s->readers[index & 1])
		rt_wake_key(s);
	rt_unlock(&rt_sync_lock);
}

static void synchronize_srcu_rt(struct rt_srcu *s)
{
	int round;

	rt_lock(&rt_sync_lock);
	/* Twice: a reader may have taken the index just before it was turned. */
	for (round = 0; round < 2; round++) {
		int old = s->index++ & 1;

		while (s->readers[old])
			rt_wait_on(s);
	}
	rt_unlock(&rt_sync_lock);
}

LXD_EXPORT(RUNTIME, init_srcu_struct, init_srcu_rt);
LXD_EXPORT(RUNTIME, cleanup_srcu_struct, cleanup_srcu_rt);
LXD_EXPORT(RUNTIME, __srcu_read_lock, srcu_read_lock_rt);
LXD_EXPORT(RUNTIME, __srcu_read_unlock, srcu_read_unlock_rt);
LXD_EXPORT(RUNTIME, synchronize_srcu, synchronize_srcu_rt);

/* Readers never park: once every context has been seen outside of its loop's current turn, none is left. */
static void synchronize_rcu_rt(void)
{
	rt_sleep(2);
}

LXD_EXPORT(RUNTIME, synchronize_rcu, synchronize_rcu_rt);
