// SPDX-License-Identifier: GPL-2.0-only
/*
 * The N of nvmeN. The names belong to the host's stock module. It numbers its controllers from its own IDA and
 * loses a disk whose name is taken. So each number that lxd uses is taken out of that IDA for as long as lxd
 * uses it; if the stock module is loaded later, this happens before its init runs. The IDA is found by its
 * symbol. Where there is none, lxd numbers from FALLBACK on, which the stock module reaches with as many
 * controllers only, and refuses to have the stock module loaded while lxd uses a lower number.
 */
#include <linux/bitmap.h>
#include <linux/idr.h>
#include <linux/kobject.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include "numbers.h"

#define STOCK "nvme_core"
#define STOCK_IDA "nvme_instance_ida"
#define LAST 255
#define FALLBACK 128

static DEFINE_MUTEX(lock); /* all below */
static DECLARE_BITMAP(used, LAST + 1);
static struct module *stock;
static struct ida *stock_ida;

static struct ida *find_ida(struct module *mod)
{
	struct ida *ida = NULL;
#ifdef CONFIG_KALLSYMS
	struct mod_kallsyms *k;
	unsigned int i;

	rcu_read_lock();
	k = rcu_dereference(mod->kallsyms);
	for (i = 0; i < k->num_symtab; i++) {
		const Elf_Sym *sym = &k->symtab[i];

		if (sym->st_size == sizeof(*ida) && !strcmp(k->strtab + sym->st_name, STOCK_IDA))
			ida = (struct ida *)sym->st_value;
	}
	rcu_read_unlock();
#endif
	return ida;
}

/* The stock module is there: what is ours is not its to give. */
static int adopt(struct module *mod)
{
	unsigned int n, failed = LAST + 1;

	if (stock)
		return 0;
	stock_ida = find_ida(mod);
	for_each_set_bit(n, used, LAST + 1) {
		if (stock_ida ? ida_alloc_range(stock_ida, n, n, GFP_KERNEL) < 0 : n < FALLBACK) {
			failed = n;
			break;
		}
	}
	if (failed > LAST) {
		stock = mod;
		if (!stock_ida)
			pr_info("lxd: the numbers of %s cannot be shared; disks of domains are nvme%u and up\n", STOCK,
				FALLBACK);
		return 0;
	}
	pr_err("lxd: %s cannot be loaded while a domain has nvme%u: its numbers cannot be shared; stop the domain first\n",
	       STOCK, failed);
	for_each_set_bit(n, used, failed)
		if (stock_ida)
			ida_free(stock_ida, n);
	return -EBUSY;
}

static int on_module(struct notifier_block *nb, unsigned long state, void *data)
{
	struct module *mod = data;
	int err = 0;

	if (strcmp(mod->name, STOCK))
		return NOTIFY_DONE;
	mutex_lock(&lock);
	if (state == MODULE_STATE_COMING) {
		err = adopt(mod);
	} else if (state == MODULE_STATE_GOING && stock == mod) {
		stock = NULL;
		stock_ida = NULL;
	}
	mutex_unlock(&lock);
	return notifier_from_errno(err);
}

static struct notifier_block notifier = { .notifier_call = on_module };

/* Its exit destroys the IDA before its going is told. True: module_put() afterwards. */
static bool stock_get(void)
{
	return stock_ida && try_module_get(stock);
}

int klcd_number_get(void)
{
	int n;

	mutex_lock(&lock);
	if (stock_get()) {
		/* The IDA has all of our numbers marked as taken. */
		n = ida_alloc_range(stock_ida, 0, LAST, GFP_KERNEL);
		module_put(stock);
	} else {
		n = find_next_zero_bit(used, LAST + 1, stock && !stock_ida ? FALLBACK : 0);
	}
	if (n > LAST)
		n = -ENOSPC;
	if (n >= 0)
		set_bit(n, used);
	mutex_unlock(&lock);
	return n;
}

void klcd_number_put(unsigned int n)
{
	mutex_lock(&lock);
	clear_bit(n, used);
	if (stock_get()) {
		ida_free(stock_ida, n);
		module_put(stock);
	}
	mutex_unlock(&lock);
}

int klcd_numbers_init(void)
{
	struct kobject *kobj;
	int err = register_module_notifier(&notifier);

	if (err)
		return err;
	/* It may be there already. With a reference to its folder in /sys/module it stays until that is put. */
	kobj = kset_find_obj(THIS_MODULE->mkobj.kobj.kset, STOCK);
	if (kobj) {
		struct module *mod = container_of(kobj, struct module_kobject, kobj)->mod;

		mutex_lock(&lock);
		/* One that is built in has none, so only its names can be avoided. */
		if (mod)
			adopt(mod);
		mutex_unlock(&lock);
		kobject_put(kobj);
	}
	return 0;
}

void klcd_numbers_exit(void)
{
	unregister_module_notifier(&notifier);
}
