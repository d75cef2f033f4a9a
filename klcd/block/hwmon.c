// SPDX-License-Identifier: GPL-2.0-only
/* The temperature of the device, from its SMART log page: what sensors(1) and monitoring read. */
#include <linux/hwmon.h>
#include <linux/slab.h>
#include "block.h"
#include "health.h"

/* Of the SMART log page, and of what identifies the controller. */
#define SMART_WARNING 0
#define SMART_TEMPERATURE 1
#define WARNING_TEMPERATURE 2
#define CONTROLLER_WCTEMP 266
#define CONTROLLER_CCTEMP 268

struct klcd_hwmon {
	struct klcd_block *block;
	struct device *dev;
	struct mutex lock; /* all below */
	unsigned long looked; /* jiffies of the last look, which went as err says */
	int err;
	bool any, limits_known;
	u8 warning, kelvin[2], wctemp[2], cctemp[2];
};

/* A command about the controller goes by way of any of its disks. */
static int ask(struct klcd_block *block, const struct klcd_health *cmd, u8 *data, unsigned long until)
{
	u32 handle = 0, status, result;
	struct device *disk = NULL;
	unsigned int i;
	int err;

	mutex_lock(&block->lock);
	for (i = 0; i < KLCD_MAX_DISKS && !handle; i++)
		/* One that waits for its driver has no handle. */
		if (block->disks[i] && block->disks[i]->added && block->disks[i]->handle && !READ_ONCE(block->disks[i]->dead)) {
			handle = block->disks[i]->handle;
			/* Nobody has it open for us, and the driver may put it at any time. */
			disk = get_device(disk_to_dev(block->disks[i]->gd));
		}
	mutex_unlock(&block->lock);
	if (!handle)
		return -ENODEV;
	err = klcd_health_ask(block->dom, block->ctrl, handle, cmd, data, &status, &result, until);
	put_device(disk);
	return !err && status ? -EIO : err;
}

/* False: there is an answer of this second. Who was called away has none, and asks again no sooner than others. */
static bool is_time(struct klcd_hwmon *own)
{
	unsigned long now = jiffies, next = own->looked + HZ;

	if (!own->any || !time_before(now, next))
		return true;
	if (own->err != -ERESTARTSYS)
		return false;
	return !schedule_timeout_interruptible(next - now);
}

/*
 * Everybody may read the files: the device is asked once a second at most, whatever it says. What its thresholds are
 * is asked beside it until it has said so, in the same time. own->lock is held.
 */
static int look(struct klcd_hwmon *own, u8 *data)
{
	unsigned long until;

	if (!is_time(own))
		return own->err;
	until = jiffies + KLCD_HEALTH_SECONDS * HZ;
	own->err = ask(own->block, &klcd_health_smart, data, until);
	if (!own->err) {
		own->warning = data[SMART_WARNING];
		memcpy(own->kelvin, data + SMART_TEMPERATURE, sizeof(own->kelvin));
	}
	if (!own->err && !own->limits_known && !ask(own->block, &klcd_health_controller, data, until)) {
		memcpy(own->wctemp, data + CONTROLLER_WCTEMP, sizeof(own->wctemp));
		memcpy(own->cctemp, data + CONTROLLER_CCTEMP, sizeof(own->cctemp));
		own->limits_known = true;
	}
	own->looked = jiffies;
	own->any = true;
	return own->err;
}

static int read(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel, long *value)
{
	struct klcd_hwmon *own = dev_get_drvdata(dev);
	u8 *data = kmalloc(KLCD_HEALTH_MOST, GFP_KERNEL);
	int err;

	if (!data)
		return -ENOMEM;
	/* The freezer of the machine's sleep comes as a signal: the read goes on behind the sleep. */
	if (mutex_lock_interruptible(&own->lock)) {
		kfree(data);
		return -ERESTARTSYS;
	}
	err = look(own, data);
	if (err)
		;
	else if (attr == hwmon_temp_input)
		err = klcd_health_kelvin(own->kelvin, value);
	else if (attr == hwmon_temp_max)
		err = klcd_health_kelvin(own->wctemp, value);
	else if (attr == hwmon_temp_crit)
		err = klcd_health_kelvin(own->cctemp, value);
	else
		*value = !!(own->warning & WARNING_TEMPERATURE);
	mutex_unlock(&own->lock);
	kfree(data);
	return err;
}

static int read_string(struct device *dev, enum hwmon_sensor_types type, u32 attr, int channel, const char **text)
{
	*text = "Composite";
	return 0;
}

static umode_t visible(const void *data, enum hwmon_sensor_types type, u32 attr, int channel)
{
	return 0444;
}

static const struct hwmon_channel_info *channels[] = {
	HWMON_CHANNEL_INFO(temp, HWMON_T_INPUT | HWMON_T_MAX | HWMON_T_CRIT | HWMON_T_LABEL | HWMON_T_ALARM),
	NULL
};

static const struct hwmon_ops ops = { .is_visible = visible, .read = read, .read_string = read_string };
static const struct hwmon_chip_info chip = { .ops = &ops, .info = channels };

struct klcd_hwmon *klcd_hwmon_show(struct klcd_block *block, struct device *parent)
{
	struct klcd_hwmon *own = kzalloc(sizeof(*own), GFP_KERNEL);

	if (!own)
		return NULL;
	own->block = block;
	mutex_init(&own->lock);
	own->dev = hwmon_device_register_with_info(parent, "nvme", own, &chip, NULL);
	if (IS_ERR(own->dev)) {
		klcd_log(&block->log, pr_warn, "lxd: %s: its temperature cannot be shown: %ld\n",
			 lxd_domain_name(block->dom), PTR_ERR(own->dev));
		kfree(own);
		return NULL;
	}
	return own;
}

void klcd_hwmon_hide(struct klcd_hwmon *own)
{
	if (!own)
		return;
	/* Waits for who reads. The domain is dead, so nobody waits for an answer. */
	hwmon_device_unregister(own->dev);
	kfree(own);
}
