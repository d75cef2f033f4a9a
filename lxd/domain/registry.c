// SPDX-License-Identifier: GPL-2.0-only
/* All domains of the machine by name and number. */
#include "internal.h"

static LIST_HEAD(domains);
static DEFINE_MUTEX(domains_lock);
static u32 next_id;

struct lxd_domain *lxd_domain_find(u32 id)
{
	struct lxd_domain *dom, *found = NULL;

	mutex_lock(&domains_lock);
	list_for_each_entry(dom, &domains, list)
		/* One that is being built is nobody's but its builder's. */
		if (dom->id == id && lxd_domain_state(dom) != LXD_BUILDING)
			found = lxd_domain_get(dom);
	mutex_unlock(&domains_lock);
	return found;
}

unsigned int lxd_domain_ids(u32 *ids, unsigned int max)
{
	struct lxd_domain *dom;
	unsigned int n = 0;

	mutex_lock(&domains_lock);
	list_for_each_entry(dom, &domains, list)
		if (n < max && lxd_domain_state(dom) != LXD_BUILDING)
			ids[n++] = dom->id;
	mutex_unlock(&domains_lock);
	return n;
}

void lxd_domains_each(void (*visit)(struct lxd_domain *dom, void *data), void *data)
{
	u32 ids[LXD_MAX_DOMAINS];
	unsigned int i, nr = lxd_domain_ids(ids, ARRAY_SIZE(ids));

	for (i = 0; i < nr; i++) {
		struct lxd_domain *dom = lxd_domain_find(ids[i]);

		if (!dom)
			continue;
		visit(dom, data);
		lxd_domain_put(dom);
	}
}

static bool name_taken(const char *name)
{
	struct lxd_domain *dom;

	list_for_each_entry(dom, &domains, list)
		if (!strcmp(dom->name, name) && lxd_domain_state(dom) != LXD_DEAD)
			return true;
	return false;
}

/* In the list before the work begins, so that names and numbers are unique and the module's exit sees it. */
int lxd_domain_publish(struct lxd_domain *dom, struct lxd_textbuf *error)
{
	struct lxd_domain *d;
	unsigned int n = 0;
	int err = 0;

	mutex_lock(&domains_lock);
	list_for_each_entry(d, &domains, list)
		n++;
	if (n >= LXD_MAX_DOMAINS) {
		lxd_say(error, "there are %u domains already; stop one, or destroy a dead one\n", n);
		err = -ENOSPC;
	} else if (name_taken(dom->name)) {
		lxd_say(error, "a domain named \"%s\" lives already; stop it or choose another --name\n", dom->name);
		err = -EEXIST;
	} else {
		dom->id = ++next_id;
		list_add_tail(&lxd_domain_get(dom)->list, &domains);
	}
	mutex_unlock(&domains_lock);
	return err;
}

void lxd_domain_unpublish(struct lxd_domain *dom)
{
	bool was;

	mutex_lock(&domains_lock);
	was = !list_empty(&dom->list);
	list_del_init(&dom->list);
	mutex_unlock(&domains_lock);
	if (was)
		lxd_domain_put(dom);
}
