// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's text made writable by another mapping of the same host page: at another address of its own
 * view, or in another domain's. And the other way round, data made executable.
 */
#include <linux/io.h>
#include <linux/mm.h>

#include "runner.h"

extern char lxd_attack_write_alias[];

/* The page is mapped as asked for? Then the domain shows what it can do with it. */
static bool writes(struct hostile *h, u64 gpa, const u64 *page)
{
	struct lxd_gate_exit out = {};
	u64 before = *page;

	/* The root that the domain forges for itself leads wherever it wants; its EPT is what counts. */
	*hostile_entry(h->sweep, D_STACK) = gpa | _PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED | _PAGE_DIRTY;
	attack_argument(h, 0);
	h->data[DATA_P0 / 8] = h->sweep | (h->gd.cr3 & CR3_PCID_MASK);
	attack_call(h, lxd_attack_write_alias, ~before, &out);
	return READ_ONCE(*page) != before;
}

static void one(struct hostile *h, struct hostile *to, const char *what, u64 hpa, u32 rights)
{
	/* A guest-physical page of nobody's: behind it lies whatever the view maps. */
	u64 gpa = (u64)totalram_pages() * 2 * PAGE_SIZE + (1ULL << 36);
	int err = lxd_hv_view_map(to->slot, gpa, hpa, 1, rights);
	bool written = false;

	if (!err) {
		if (rights & LXD_MAP_W)
			written = writes(to, gpa, phys_to_virt(hpa));
		lxd_hv_view_unmap(to->slot, gpa, 1);
	}
	attack_result("W^X over all mappings of a page", err, "%s: %d%s", what, err,
		      written ? ", text was written by the domain" : "");
	if (check_poisoned(to)) {
		hostile_destroy(to);
		if (hostile_create(to))
			pr_err("attacks: no new domain\n");
		if (to == h)
			check_remember(h);
	}
}

void special_alias(struct hostile *h)
{
	static struct hostile other;
	int err = hostile_create(&other);

	check_remember(h);
	if (err) {
		attack_result("W^X over all mappings of a page", false, "no second domain: %d", err);
		return;
	}
	/* sweep_page is executable in its domain, data is writable. */
	one(h, h, "own text again, writable", virt_to_phys(h->sweep_page), LXD_MAP_R | LXD_MAP_W);
	one(h, &other, "another domain's text, writable", virt_to_phys(h->sweep_page), LXD_MAP_R | LXD_MAP_W);
	one(h, h, "own data again, executable", virt_to_phys(h->data), LXD_MAP_R | LXD_MAP_X);
	one(h, &other, "another domain's data, executable", virt_to_phys(h->data), LXD_MAP_R | LXD_MAP_X);
	hostile_destroy(&other);
	check_remember(h);
}
