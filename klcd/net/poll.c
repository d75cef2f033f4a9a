// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic enters the domain in polls only, those of queues and those of contexts. Interrupts and xmit schedule them.
 * A queue's poll enters the context of the CPU it runs on. That may be any CPU: a queue's number, its interrupt's
 * CPU and its senders' CPUs are independent. A driver's poll that waits in one context for a budget therefore cannot
 * rely on a queue's poll, which may stay on another CPU for as long as it has work. So each context has its own
 * poll. Only klcd_net_polls_due() schedules it, on the context's CPU. If that CPU goes offline first, nothing waits in
 * its context any more (lxd_context_finish()), and the kernel runs the poll on another CPU, where it does no harm.
 */
#include "net.h"

/* Polls in a row that say they have more and bring nothing, before the domain ends. */
#define FUTILE_MAX 10000

DEFINE_PER_CPU(struct klcd_net_running, klcd_net_running);

bool klcd_net_irq(struct lxd_domain *dom, unsigned int vector)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own = net ? READ_ONCE(net->dev) : NULL;
	struct klcd_net_queue *q;

	if (!own || !READ_ONCE(own->open) || vector >= own->queues)
		return false;
	q = &own->queue[vector];
	/* The bit is in the page of the very context that is being entered. */
	if (this_cpu_read(klcd_net_running.queue) == q) {
		this_cpu_write(klcd_net_running.interrupted, true);
		return true;
	}
	/*
	 * The bit is in the page of this CPU's context. A poll that is due or runs elsewhere already would
	 * enter another context and not see it: then the tasklet enters this one.
	 */
	if (!napi_schedule_prep(&q->napi))
		return false;
	WRITE_ONCE(q->irq_cpu, smp_processor_id());
	__napi_schedule_irqoff(&q->napi);
	return true;
}

int klcd_net_polled(void)
{
	return this_cpu_read(klcd_net_running.own) ? 1 : 0;
}

void klcd_net_progress(void)
{
	this_cpu_write(klcd_net_running.progress, true);
}

void klcd_net_polls_due(struct lxd_domain *dom)
{
	struct klcd_net *net = klcd_net_of(dom);
	struct klcd_netdev *own = net ? READ_ONCE(net->dev) : NULL;

	if (!own || !READ_ONCE(own->open))
		return;
	if (this_cpu_read(klcd_net_running.own) == own)
		this_cpu_write(klcd_net_running.again, true);
	else
		napi_schedule(&own->context[smp_processor_id()].napi);
}

static int deliver(struct klcd_net_queue *q, int budget)
{
	struct sk_buff *skb;
	int n;

	for (n = 0; n < budget && (skb = skb_dequeue(&q->backlog)); n++)
		napi_gro_receive(&q->napi, skb);
	return n;
}

/* Whether the domain's polls want to go on, and may. One that brings something, or is content, ends a row of futile ones. */
static bool goes_on(struct klcd_netdev *own, unsigned int *futile)
{
	bool again = this_cpu_read(klcd_net_running.again);

	if (!again || this_cpu_read(klcd_net_running.progress))
		*futile = 0;
	else if (++*futile == FUTILE_MAX)
		lxd_domain_fail(own->net->dom, "%s: %u polls in a row wanted more and brought nothing",
				own->ndev->name, FUTILE_MAX);
	return again && *futile < FUTILE_MAX;
}

/* Returns how much of the budget was used: all of it, if the domain's polls in this context want to go on. */
static __always_inline int enter(struct klcd_netdev *own, struct klcd_net_queue *q, unsigned int *futile,
				 int budget)
{
	struct klcd_net_running *r = this_cpu_ptr(&klcd_net_running);
	int left;

	r->left = budget;
	r->again = false;
	r->progress = false;
	WRITE_ONCE(r->interrupted, false);
	barrier(); /* an interrupt that finds the queue finds its flag cleared */
	WRITE_ONCE(r->own, own);
	WRITE_ONCE(r->queue, q);
	lxd_domain_poll(own->net->dom, &r->left);
	WRITE_ONCE(r->queue, NULL);
	WRITE_ONCE(r->own, NULL);
	barrier(); /* an interrupt from here on schedules by itself */
	if (READ_ONCE(r->interrupted))
		lxd_domain_irq_left(own->net->dom);
	left = r->left;
	return goes_on(own, futile) ? budget : budget - left;
}

/*
 * A context's poll only puts aside what the polls of queues hand to the stack, perhaps on other CPUs. Until they have
 * done so the rest stays in the device.
 */
static bool stack_is_behind(const struct klcd_netdev *own)
{
	unsigned int i;

	for (i = 0; i < own->queues; i++)
		if (skb_queue_len_lockless(&own->queue[i].backlog) >= NAPI_POLL_WEIGHT)
			return true;
	return false;
}

static int poll_context(struct napi_struct *napi, int budget)
{
	struct klcd_net_context *c = container_of(napi, struct klcd_net_context, napi);
	int work = 0;

	/* It stays scheduled. Each of those queues' polls is too, or runs. */
	if (budget && stack_is_behind(c->own))
		return budget;
	if (budget && !READ_ONCE(c->own->net->dying))
		work = enter(c->own, NULL, &c->futile, budget);
	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

int klcd_net_poll(struct napi_struct *napi, int budget)
{
	struct klcd_net_queue *q = container_of(napi, struct klcd_net_queue, napi);
	int work = skb_queue_empty_lockless(&q->backlog) ? 0 : deliver(q, budget);
	int cpu;

	if (work < budget && !READ_ONCE(q->own->net->dying)) {
		klcd_net_give_back_many(q);
		/* An entry takes all packets that have been posted. */
		WRITE_ONCE(q->seen, READ_ONCE(q->arena.slot_next));
		work += enter(q->own, q, &q->futile, budget - work);
		/* A threaded or busy poll may run on another CPU than the interrupt's. */
		cpu = READ_ONCE(q->irq_cpu) < 0 ? -1 : xchg(&q->irq_cpu, -1);
		if (cpu >= 0 && cpu != smp_processor_id())
			lxd_domain_kick(q->own->net->dom, cpu, false);
	}
	if (work < budget && !skb_queue_empty_lockless(&q->backlog))
		work += deliver(q, budget - work);
	if (work < budget && napi_complete_done(napi, work) && !skb_queue_empty_lockless(&q->backlog))
		napi_schedule(napi);
	return work;
}

/*
 * The contexts' polls belong to a dummy device: neither the interface's "threaded" nor a busy poll may move them to
 * another CPU.
 */
int klcd_net_polls_init(struct klcd_netdev *own)
{
	unsigned int i;

	own->nowhere = kzalloc(sizeof(*own->nowhere), GFP_KERNEL);
	if (!own->nowhere)
		return -ENOMEM;
	init_dummy_netdev(own->nowhere);
	for (i = 0; i < LXD_MAX_CPUS; i++) {
		own->context[i].own = own;
		netif_napi_add_tx(own->nowhere, &own->context[i].napi, poll_context);
	}
	for (i = 0; i < own->queues; i++)
		netif_napi_add(own->ndev, &own->queue[i].napi, klcd_net_poll);
	return 0;
}

void klcd_net_polls_free(struct klcd_netdev *own)
{
	unsigned int i;

	if (!own->nowhere)
		return;
	for (i = 0; i < LXD_MAX_CPUS; i++)
		__netif_napi_del(&own->context[i].napi);
	for (i = 0; i < own->queues; i++)
		__netif_napi_del(&own->queue[i].napi);
	/* Who found one of them by its number has ended; one grace period for all. */
	synchronize_net();
	kfree(own->nowhere);
}

void klcd_net_polls_enable(struct klcd_netdev *own)
{
	unsigned int i;

	for (i = 0; i < LXD_MAX_CPUS; i++)
		napi_enable(&own->context[i].napi);
	for (i = 0; i < own->queues; i++)
		napi_enable(&own->queue[i].napi);
}

void klcd_net_polls_disable(struct klcd_netdev *own)
{
	unsigned int i;

	for (i = 0; i < LXD_MAX_CPUS; i++)
		napi_disable(&own->context[i].napi);
	for (i = 0; i < own->queues; i++) {
		napi_disable(&own->queue[i].napi);
		/* It may have been pending; a poll that is disabled is not scheduled. */
		timer_delete_sync(&own->queue[i].late);
	}
}
