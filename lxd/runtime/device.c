// SPDX-License-Identifier: GPL-2.0-only
/* The device model as far as it is about life times: references, names, release. */
#include <linux/device.h>
#include <linux/cdev.h>
#include <linux/module.h>
#include "rt.h"

static void device_initialize_rt(struct device *dev)
{
	atomic_set(&dev->kobj.kref.refcount.refs, 1);
	INIT_LIST_HEAD(&dev->kobj.entry);
	INIT_LIST_HEAD(&dev->devres_head);
	dev->kobj.state_initialized = 1;
	dev->numa_node = NUMA_NO_NODE;
}

static struct device *get_device_rt(struct device *dev)
{
	if (dev)
		__atomic_add_fetch(&dev->kobj.kref.refcount.refs.counter, 1, __ATOMIC_RELAXED);
	return dev;
}

void rt_put_device(struct device *dev)
{
	const char *name;
	struct device *parent;
	int left;

	if (!dev)
		return;
	left = __atomic_sub_fetch(&dev->kobj.kref.refcount.refs.counter, 1, __ATOMIC_ACQ_REL);
	if (left < 0)
		rt_die("a device is put too often", (u64)dev);
	if (left)
		return;
	name = dev->kobj.name;
	parent = dev->kobj.state_in_sysfs ? dev->parent : NULL;
	if (dev->release)
		dev->release(dev);
	else if (dev->type && dev->type->release)
		dev->type->release(dev);
	else if (dev->class && dev->class->dev_release)
		dev->class->dev_release(dev);
	if (rt_in_heap(name))
		rt_free(name);
	rt_put_device(parent);
}

static int dev_set_name_rt(struct device *dev, const char *fmt, ...)
{
	const char *old = dev->kobj.name;
	va_list args;

	va_start(args, fmt);
	dev->kobj.name = rt_vasprintf(fmt, args);
	va_end(args);
	if (rt_in_heap(old))
		rt_free(old);
	return dev->kobj.name ? 0 : -ENOMEM;
}

/* state_in_sysfs: the device holds a reference of its parent until it is released. */
static int device_add_rt(struct device *dev)
{
	if (!dev->kobj.name)
		return -EINVAL;
	if (dev->parent && !dev->kobj.state_in_sysfs) {
		get_device_rt(dev->parent);
		dev->kobj.state_in_sysfs = 1;
	}
	return 0;
}

static void device_del_rt(struct device *dev)
{
}

LXD_EXPORT(RUNTIME, device_initialize, device_initialize_rt);
LXD_EXPORT(RUNTIME, get_device, get_device_rt);
LXD_EXPORT(RUNTIME, put_device, rt_put_device);
LXD_EXPORT(RUNTIME, dev_set_name, dev_set_name_rt);
LXD_EXPORT(RUNTIME, device_add, device_add_rt);
LXD_EXPORT(RUNTIME, device_del, device_del_rt);

/* --- character devices: recorded, not shown ------------------------------------------------------- */

static void cdev_init_rt(struct cdev *cdev, const struct file_operations *fops)
{
	memset(cdev, 0, sizeof(*cdev));
	INIT_LIST_HEAD(&cdev->list);
	cdev->ops = fops;
}

static int cdev_device_add_rt(struct cdev *cdev, struct device *dev)
{
	cdev->dev = dev->devt;
	return device_add_rt(dev);
}

static void cdev_device_del_rt(struct cdev *cdev, struct device *dev)
{
	device_del_rt(dev);
}

static int alloc_chrdev_region_rt(dev_t *dev, unsigned int first, unsigned int count, const char *name)
{
	static u32 major = 240;

	*dev = MKDEV(__atomic_fetch_add(&major, 1, __ATOMIC_RELAXED), first);
	return 0;
}

static void unregister_chrdev_region_rt(dev_t dev, unsigned int count)
{
}

LXD_EXPORT(RUNTIME, cdev_init, cdev_init_rt);
LXD_EXPORT(RUNTIME, cdev_device_add, cdev_device_add_rt);
LXD_EXPORT(RUNTIME, cdev_device_del, cdev_device_del_rt);
LXD_EXPORT(RUNTIME, alloc_chrdev_region, alloc_chrdev_region_rt);
LXD_EXPORT(RUNTIME, unregister_chrdev_region, unregister_chrdev_region_rt);

static struct class *class_create_rt(struct module *owner, const char *name, struct lock_class_key *key)
{
	struct class *class = rt_alloc(sizeof(*class));

	if (!class)
		return ERR_PTR(-ENOMEM);
	class->name = name;
	class->owner = owner;
	return class;
}

static void class_destroy_rt(struct class *class)
{
	rt_free(class);
}

static int sysfs_create_link_rt(struct kobject *kobj, struct kobject *target, const char *name)
{
	return 0;
}

static void sysfs_remove_link_rt(struct kobject *kobj, const char *name)
{
}

/* Nobody listens in the domain, and events of drivers do not cross yet. */
static int kobject_uevent_env_rt(struct kobject *kobj, enum kobject_action action, char *envp[])
{
	return 0;
}

static int add_uevent_var_rt(struct kobj_uevent_env *env, const char *fmt, ...)
{
	return -ENOMEM;
}

LXD_EXPORT(RUNTIME, __class_create, class_create_rt);
LXD_EXPORT(RUNTIME, class_destroy, class_destroy_rt);
LXD_EXPORT(RUNTIME, sysfs_create_link, sysfs_create_link_rt);
LXD_EXPORT(RUNTIME, sysfs_remove_link, sysfs_remove_link_rt);
LXD_EXPORT(FORWARDED, kobject_uevent_env, kobject_uevent_env_rt);
LXD_EXPORT(LIBRARY, add_uevent_var, add_uevent_var_rt);

/* A module of a domain lives as long as the domain. */
static bool try_module_get_rt(struct module *module)
{
	return true;
}

static void module_put_rt(struct module *module)
{
}

LXD_EXPORT(RUNTIME, try_module_get, try_module_get_rt);
LXD_EXPORT(RUNTIME, module_put, module_put_rt);
