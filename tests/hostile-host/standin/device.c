// SPDX-License-Identifier: GPL-2.0-only
/* /dev/hostile: hostile.h says what each request does. */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "standin.h"

static int bind(struct file *file, u32 id)
{
	struct inside *in = inside_find(id), *old;

	if (!in)
		return -ENOENT;
	old = xchg((struct inside **)&file->private_data, in);
	if (old)
		inside_put(old);
	return 0;
}

static int post_one(struct inside *in, const struct hostile_slot __user *user, void *area)
{
	struct hostile_slot slot;

	if (copy_from_user(&slot, user, sizeof(slot)) || slot.bytes > HOSTILE_AREA)
		return -EFAULT;
	if (copy_from_user(area, u64_to_user_ptr(slot.area), slot.bytes))
		return -EFAULT;
	return inside_post(in, &slot, area);
}

static int post(struct inside *in, void __user *user, void *area)
{
	struct hostile_slot __user *slots;
	struct hostile_post p;
	unsigned int i;
	int err = 0;

	if (copy_from_user(&p, user, sizeof(p)))
		return -EFAULT;
	slots = u64_to_user_ptr(p.slots);
	for (i = 0; i < p.nr && !err; i++)
		err = post_one(in, slots + i, area);
	if (p.kick)
		inside_kick(in, -1);
	return err;
}

static int take(struct inside *in, void __user *user, void *area)
{
	struct hostile_take t;
	int err;

	if (copy_from_user(&t, user, sizeof(t)))
		return -EFAULT;
	err = inside_take(in, &t, area);
	if (err)
		return err;
	if (copy_to_user(user, &t, sizeof(t)))
		return -EFAULT;
	if (t.area && copy_to_user(u64_to_user_ptr(t.area), area, HOSTILE_AREA))
		return -EFAULT;
	return 0;
}

static int set_mode(struct inside *in, void __user *user)
{
	struct hostile_mode *m = memdup_user(user, sizeof(*m));
	unsigned int i;
	int err = 0;

	if (IS_ERR(m))
		return PTR_ERR(m);
	if (m->nr_storm > HOSTILE_STORM)
		err = -EINVAL;
	spin_lock_irq(&in->lock);
	for (i = 0; !err && i < m->nr_storm; i++)
		if (!in->dom || m->storm[i].queue >= (int)in->dom->nr_queues)
			err = -EINVAL;
	if (!err)
		in->mode = *m;
	spin_unlock_irq(&in->lock);
	kfree(m);
	return err;
}

static int get_state(struct inside *in, void __user *user)
{
	struct hostile_state s = {};

	spin_lock_irq(&in->lock);
	s.requests = in->requests;
	s.packets = in->packets;
	s.entries = in->entries;
	s.due = in->due;
	if (in->dom) {
		s.alive = lxd_domain_state(in->dom) == LXD_RUNNING;
		s.violations = atomic_read(&in->dom->violations);
	}
	spin_unlock_irq(&in->lock);
	return copy_to_user(user, &s, sizeof(s)) ? -EFAULT : 0;
}

static int pardon(struct inside *in)
{
	spin_lock_irq(&in->lock);
	if (in->dom)
		atomic_set(&in->dom->violations, 0);
	spin_unlock_irq(&in->lock);
	return 0;
}

static int set_fault(void __user *user)
{
	struct hostile_fault f;

	if (copy_from_user(&f, user, sizeof(f)))
		return -EFAULT;
	hostile_fault_set(&f);
	return copy_to_user(user, &f, sizeof(f)) ? -EFAULT : 0;
}

static int shut_down(void __user *user)
{
	char address[16] = {};
	struct device *dev;

	if (strncpy_from_user(address, user, sizeof(address) - 1) < 0)
		return -EFAULT;
	dev = bus_find_device_by_name(&pci_bus_type, NULL, address);
	if (!dev)
		return -ENODEV;
	device_lock(dev);
	pci_bus_type.shutdown(dev);
	device_unlock(dev);
	put_device(dev);
	return 0;
}

/* What moves arguments: with a page of room for them. */
static int with_area(struct inside *in, unsigned int cmd, void __user *user)
{
	void *area = kzalloc(HOSTILE_AREA, GFP_KERNEL);
	int err;

	if (!area)
		return -ENOMEM;
	err = cmd == HOSTILE_POST ? post(in, user, area) : take(in, user, area);
	kfree(area);
	return err;
}

static long hostile_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct inside *in = READ_ONCE(file->private_data);
	void __user *user = (void __user *)arg;
	u32 id;

	if (cmd == HOSTILE_BIND)
		return get_user(id, (u32 __user *)user) ? -EFAULT : bind(file, id);
	if (cmd == HOSTILE_FAULT)
		return set_fault(user);
	if (cmd == HOSTILE_AWAKE) {
		current->flags |= PF_NOFREEZE;
		return 0;
	}
	if (cmd == HOSTILE_SHUTDOWN)
		return shut_down(user);
	if (cmd == HOSTILE_REACHED)
		return put_user(hostile_fault_reached(), (u32 __user *)user);
	if (!in)
		return -ENODEV;
	switch (cmd) {
	case HOSTILE_POST:
	case HOSTILE_TAKE:
		return with_area(in, cmd, user);
	case HOSTILE_MODE:
		return set_mode(in, user);
	case HOSTILE_STATE:
		return get_state(in, user);
	case HOSTILE_PARDON:
		return pardon(in);
	case HOSTILE_KICK:
		if (get_user(id, (u32 __user *)user) || id >= LXD_MAX_CPUS)
			return -EFAULT;
		inside_kick(in, id);
		return 0;
	default:
		return -ENOTTY;
	}
}

/* The pages stay as long as the mapping does, also when the domain has gone. */
static int hostile_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long nr = vma_pages(vma), i;
	struct inside *in = READ_ONCE(file->private_data);
	struct page **pages;
	int err = -ENODEV;

	if (!in || vma->vm_pgoff || nr > 2 * LXD_CALLS)
		return -EINVAL;
	pages = kcalloc(nr, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return -ENOMEM;
	spin_lock_irq(&in->lock);
	for (i = 0; in->dom && i < nr; i++) {
		pages[i] = vmalloc_to_page(in->dom->call_areas + i * PAGE_SIZE);
		get_page(pages[i]);
		err = 0;
	}
	spin_unlock_irq(&in->lock);
	for (i = 0; i < nr && pages[i]; i++) {
		if (!err)
			err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE, pages[i]);
		put_page(pages[i]);
	}
	kfree(pages);
	return err;
}

static int hostile_release(struct inode *inode, struct file *file)
{
	struct inside *in = file->private_data;

	if (in)
		inside_put(in);
	return 0;
}

/* misc_open() leaves the device's own pointer there. */
static int hostile_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.open = hostile_open,
	.unlocked_ioctl = hostile_ioctl,
	.mmap = hostile_mmap,
	.release = hostile_release,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "hostile",
	.fops = &fops,
	.mode = 0600,
};

int hostile_device_init(void)
{
	return misc_register(&device);
}

void hostile_device_exit(void)
{
	misc_deregister(&device);
}
