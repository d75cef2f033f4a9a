// SPDX-License-Identifier: GPL-2.0-only
/* A device goes from its driver to lxd and back; see take.h. */
#include <linux/fs.h>
#include <linux/iommu.h>
#include <linux/slab.h>
#include "pci.h"
#include "take.h"

/* The state of a device before lxd took it. */
struct taken {
	struct list_head node;
	struct pci_dev *pdev; /* with a reference */
	u32 domain; /* by whose end it goes back, 0: by klcd_pci_unbind() */
	bool returning;
	struct work_struct give;
	char *driver; /* NULL: nobody drove it */
	char *override; /* driver_override, or NULL */
	char group[16]; /* type of its IOMMU group if that was changed */
};

static LIST_HEAD(all); /* under klcd_pci_lock */
/*
 * One job at a time, so that two of one device never meet, and in a worker: the caller may be a process that
 * is being killed, whose waits end early, or one whose root folder has no /sys.
 */
static struct workqueue_struct *wq;

static struct taken *find(struct pci_dev *pdev)
{
	struct taken *t;

	lockdep_assert_held(&klcd_pci_lock);
	list_for_each_entry(t, &all, node)
		if (t->pdev == pdev)
			return t;
	return NULL;
}

/* Exchanges driver_override and *@text if it is @expected now. The device's lock is held. */
static bool swap_override_locked(struct pci_dev *pdev, const char *expected, char **text)
{
	device_lock_assert(&pdev->dev);
	if (!pdev->driver_override || strcmp(pdev->driver_override, expected))
		return false;
	/* driver_override is const in newer kernels. */
	swap(*(char **)&pdev->driver_override, *text);
	return true;
}

static bool swap_override(struct pci_dev *pdev, const char *expected, char **text)
{
	bool done;

	device_lock(&pdev->dev);
	done = swap_override_locked(pdev, expected, text);
	device_unlock(&pdev->dev);
	return done;
}

static int open_type(struct pci_dev *pdev, struct file **file)
{
	struct iommu_group *group = iommu_group_get(&pdev->dev);
	char name[64];

	if (!group)
		return -ENODEV;
	snprintf(name, sizeof(name), "/sys/kernel/iommu_groups/%d/type", iommu_group_id(group));
	iommu_group_put(group);
	*file = filp_open(name, O_RDWR, 0);
	return PTR_ERR_OR_ZERO(*file);
}

/* No function of the kernel's is exported for this; its file is. Only while no driver has the device. */
static void set_type(struct pci_dev *pdev, const char *type)
{
	struct file *file;
	loff_t at = 0;
	ssize_t n;

	if (open_type(pdev, &file))
		return;
	n = kernel_write(file, type, strlen(type), &at);
	if (n < 0)
		pci_warn(pdev, "its IOMMU group does not become %s: %zd\n", type, n);
	filp_close(file, NULL);
}

/* An IOMMU group in lazy or identity mode becomes strict; @was is what it was, empty if it stays as it is. */
static void make_strict(struct pci_dev *pdev, char *was, size_t size)
{
	struct file *file;
	loff_t at = 0;
	ssize_t n;

	*was = '\0';
	if (!klcd_pci_alone_in_group(pdev) || open_type(pdev, &file))
		return;
	n = kernel_read(file, was, size - 1, &at);
	filp_close(file, NULL);
	was[n > 0 ? n : 0] = '\0';
	strim(was);
	if (!strcmp(was, "DMA-FQ") || !strcmp(was, "identity"))
		set_type(pdev, "DMA");
	else
		*was = '\0';
}

static void forget(struct taken *t)
{
	kfree(t->driver);
	kfree(t->override);
	pci_dev_put(t->pdev);
	kfree(t);
}

/* driver_override names the former driver while that is looked for, so that no other one takes the device. */
static void attach_former(struct taken *t)
{
	struct pci_dev *pdev = t->pdev;
	char *former = t->driver;
	bool found;

	if (!former) {
		swap_override(pdev, KLCD_DRIVER, &t->override);
		return;
	}
	if (!swap_override(pdev, KLCD_DRIVER, &t->driver))
		return; /* somebody has other plans for it */
	found = device_attach(&pdev->dev) == 1;
	device_lock(&pdev->dev);
	if (pdev->driver_override == former)
		swap(*(char **)&pdev->driver_override, t->override);
	device_unlock(&pdev->dev);
	/* That driver is gone; another one may do. */
	if (!found)
		found = device_attach(&pdev->dev) == 1;
	if (found)
		pci_info(pdev, "given back\n");
	else
		pci_warn(pdev, "the driver that had it does not take it back\n");
}

/* t->returning is set: no domain gets the device, and remove() leaves the record alone. */
static void give_back(struct taken *t)
{
	struct pci_dev *pdev = t->pdev;

	if (READ_ONCE(pdev->dev.driver) == &klcd_pci_driver.driver)
		device_release_driver(&pdev->dev);
	if (!READ_ONCE(pdev->dev.driver) && device_is_registered(&pdev->dev)) {
		if (*t->group)
			set_type(pdev, t->group);
		attach_former(t);
	} else {
		swap_override(pdev, KLCD_DRIVER, &t->override);
	}
	mutex_lock(&klcd_pci_lock);
	list_del(&t->node);
	mutex_unlock(&klcd_pci_lock);
	forget(t);
}

static void give_work(struct work_struct *work)
{
	give_back(container_of(work, struct taken, give));
}

static void begin_giving(struct taken *t)
{
	lockdep_assert_held(&klcd_pci_lock);
	if (t->returning)
		return;
	t->returning = true;
	queue_work(wq, &t->give);
}

bool klcd_pci_taken_for(struct pci_dev *pdev, u32 domain)
{
	struct taken *t = find(pdev);

	if (!t)
		return true;
	if (t->returning)
		return false;
	/* A device that the user told lxd to keep stays with lxd. */
	if (t->domain)
		t->domain = domain;
	return true;
}

void klcd_pci_give(struct pci_dev *pdev, u32 domain)
{
	struct taken *t = find(pdev);

	if (t && t->domain == domain)
		begin_giving(t);
}

void klcd_pci_drop(struct pci_dev *pdev)
{
	struct taken *t = find(pdev);

	if (!t || t->returning)
		return;
	swap_override_locked(pdev, KLCD_DRIVER, &t->override);
	list_del(&t->node);
	forget(t);
}

void klcd_pci_forget(u32 domain, bool keep)
{
	struct taken *t;

	mutex_lock(&klcd_pci_lock);
	list_for_each_entry(t, &all, node) {
		if (t->domain != domain)
			continue;
		if (keep)
			t->domain = 0;
		else
			begin_giving(t);
	}
	mutex_unlock(&klcd_pci_lock);
	klcd_pci_settle();
}

void klcd_pci_settle(void)
{
	flush_workqueue(wq);
}

struct job {
	struct work_struct work;
	struct pci_dev *pdev;
	u32 domain;
	unsigned int flags;
	char *why;
	int err;
};

static __printf(2, 3) int refuse(struct job *job, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(job->why, KLCD_WHY, fmt, args);
	va_end(args);
	return -EBUSY;
}

/* The checks that need no change to the machine. */
static int check(struct job *job, struct pci_driver *driver)
{
	struct pci_dev *pdev = job->pdev;

	if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL || pdev->is_virtfn) {
		refuse(job, "is a bridge or a virtual function; neither can be isolated");
		return -EINVAL;
	}
	if (pci_num_vf(pdev))
		return refuse(job, "has %d virtual functions, which go with it; write 0 to its sriov_numvfs",
			      pci_num_vf(pdev));
	if (!driver)
		return 0;
	if (!(job->flags & LXD_TAKE))
		return refuse(job, "belongs to the driver %s; ask for it to be taken, or unbind it first",
			      driver->driver.name);
	/* Its remove() waits for the user of the device, who need not ever end. */
	if (driver->driver_managed_dma)
		return refuse(job, "is passed on by %s; end the program that has it, and unbind it first",
			      driver->driver.name);
	return 0;
}

/* The record of what the device is now. */
static struct taken *remember(struct job *job, struct device_driver *driver)
{
	struct taken *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	t->pdev = pci_dev_get(job->pdev);
	t->domain = job->domain;
	INIT_WORK(&t->give, give_work);
	t->driver = driver ? kstrdup(driver->name, GFP_KERNEL) : NULL;
	/* Exchanged with driver_override. */
	t->override = kstrdup(KLCD_DRIVER, GFP_KERNEL);
	if (t->override && (t->driver || !driver))
		return t;
	forget(t);
	return NULL;
}

static int take(struct job *job)
{
	struct pci_dev *pdev = job->pdev;
	struct klcd_hold *hold = NULL;
	struct device_driver *driver;
	struct taken *t;
	int err;

	/* The driver cannot go while the device's lock is held, so its name can be read. */
	device_lock(&pdev->dev);
	driver = pdev->dev.driver;
	if (driver == &klcd_pci_driver.driver) {
		device_unlock(&pdev->dev);
		return 0;
	}
	err = check(job, driver ? to_pci_driver(driver) : NULL);
	t = err ? NULL : remember(job, driver);
	device_unlock(&pdev->dev);
	if (err)
		return err;
	if (!t)
		return -ENOMEM;
	if (!(job->flags & LXD_TAKE_FORCE)) {
		hold = klcd_hold_device(pdev, job->why);
		if (IS_ERR(hold)) {
			forget(t);
			return PTR_ERR(hold);
		}
	}
	klcd_hold_commit(hold);

	mutex_lock(&klcd_pci_lock);
	list_add(&t->node, &all);
	mutex_unlock(&klcd_pci_lock);
	device_lock(&pdev->dev);
	swap(*(char **)&pdev->driver_override, t->override);
	device_unlock(&pdev->dev);
	if (t->driver)
		device_release_driver(&pdev->dev);
	klcd_hold_end(hold);
	make_strict(pdev, t->group, sizeof(t->group));
	err = device_driver_attach(&klcd_pci_driver.driver, &pdev->dev);
	if (err) {
		refuse(job, "cannot be bound to lxd: error %d", err);
		mutex_lock(&klcd_pci_lock);
		t->returning = true;
		mutex_unlock(&klcd_pci_lock);
		give_back(t);
	} else if (t->driver) {
		pci_info(pdev, "taken from %s\n", t->driver);
	}
	return err;
}

static void take_work(struct work_struct *work)
{
	struct job *job = container_of(work, struct job, work);

	job->err = take(job);
}

int klcd_pci_take(struct pci_dev *pdev, u32 domain, unsigned int flags, char *why)
{
	struct job job = { .pdev = pdev, .domain = domain, .flags = flags, .why = why };

	*why = '\0';
	INIT_WORK_ONSTACK(&job.work, take_work);
	queue_work(wq, &job.work);
	flush_work(&job.work);
	destroy_work_on_stack(&job.work);
	return job.err;
}

static struct pci_dev *known(const char *address, char *why)
{
	struct pci_dev *pdev = klcd_pci_find(address);

	if (IS_ERR(pdev))
		snprintf(why, KLCD_WHY, "there is no such PCI device");
	return pdev;
}

int klcd_pci_bind(const char *address, bool force, char *why)
{
	struct pci_dev *pdev = known(address, why);
	struct taken *t;
	int err;

	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	err = klcd_pci_take(pdev, 0, LXD_TAKE | (force ? LXD_TAKE_FORCE : 0), why);
	mutex_lock(&klcd_pci_lock);
	t = find(pdev);
	if (!err && t)
		t->domain = 0;
	mutex_unlock(&klcd_pci_lock);
	pci_dev_put(pdev);
	return err;
}

int klcd_pci_unbind(const char *address, char *why)
{
	struct pci_dev *pdev = known(address, why);
	struct taken *t;
	int err = 0;

	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	mutex_lock(&klcd_pci_lock);
	t = find(pdev);
	if (!t) {
		strscpy(why, "was not taken by lxd", KLCD_WHY);
		err = -ENOENT;
	} else if (klcd_pci_has_domain(pdev)) {
		strscpy(why, "belongs to a domain; stop that", KLCD_WHY);
		err = -EBUSY;
	} else {
		begin_giving(t);
	}
	mutex_unlock(&klcd_pci_lock);
	klcd_pci_settle();
	pci_dev_put(pdev);
	return err;
}

struct klcd_hold *klcd_hold(const char *address, char *why)
{
	struct pci_dev *pdev = *address ? klcd_pci_find(address) : NULL;
	struct klcd_hold *hold;

	/* A device that is not there is not in use. */
	if (IS_ERR_OR_NULL(pdev))
		return NULL;
	hold = klcd_hold_device(pdev, why);
	if (!IS_ERR(hold))
		klcd_hold_commit(hold);
	pci_dev_put(pdev);
	return hold;
}

int klcd_pci_take_init(void)
{
	wq = alloc_ordered_workqueue("lxd_take", 0);
	return wq ? 0 : -ENOMEM;
}

/* No domain lives. Everything goes back before lxd's driver goes. */
void klcd_pci_take_exit(void)
{
	struct taken *t;

	mutex_lock(&klcd_pci_lock);
	list_for_each_entry(t, &all, node)
		begin_giving(t);
	mutex_unlock(&klcd_pci_lock);
	destroy_workqueue(wq);
}
