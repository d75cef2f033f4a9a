// SPDX-License-Identifier: GPL-2.0-only
/* printk and friends: a line is formatted here and sent to the host in pieces. */
#include <linux/device.h>
#include <linux/kern_levels.h>
#include <linux/netdevice.h>
#include <linux/ratelimit.h>
#include "rt.h"
#include "glue.h"

#define LINE 400
#define LXD_LOG_PIECE 54 /* as domain.idl has it */

void rt_log_line(int level, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		u32 n = min_t(size_t, left, LXD_LOG_PIECE);

		lxd_domain_log(level, text, n);
		text += n;
		left -= n;
	}
}

static int take_level(const char **fmt)
{
	int level = 4;

	while ((*fmt)[0] == KERN_SOH_ASCII && (*fmt)[1]) {
		if ((*fmt)[1] >= '0' && (*fmt)[1] <= '7')
			level = (*fmt)[1] - '0';
		*fmt += 2;
	}
	return level;
}

static void vlog(const char *prefix, int level, const char *fmt, va_list args)
{
	char line[LINE];
	size_t n = rt_snprintf(line, sizeof(line) - 1, "%s", prefix);
	size_t end;

	n = min(n, sizeof(line) - 2);
	rt_vsnprintf(line + n, sizeof(line) - 1 - n, fmt, args);
	end = strlen(line);
	if (!end || line[end - 1] != '\n') {
		line[end] = '\n';
		line[end + 1] = 0;
	}
	rt_log_line(level, line);
}

void rt_printk(const char *fmt, ...)
{
	va_list args;
	int level = take_level(&fmt);

	va_start(args, fmt);
	vlog("", level, fmt, args);
	va_end(args);
}

static void dev_log(const struct device *dev, int level, const char *fmt, va_list args)
{
	char prefix[96];
	const char *driver = "";

	if (dev && dev->driver)
		driver = dev->driver->name;
	else if (dev && dev->bus)
		driver = dev->bus->name;
	else if (dev && dev->class)
		driver = dev->class->name;
	rt_snprintf(prefix, sizeof(prefix), "%s %s: ", driver ? driver : "",
		    dev ? (dev->init_name ? dev->init_name : dev->kobj.name) : "(NULL device *)");
	vlog(prefix, level, fmt, args);
}

#define DEV_LOG(name, level) \
	static void name##_rt(const struct device *dev, const char *fmt, ...) \
	{ \
		va_list args; \
		\
		va_start(args, fmt); \
		dev_log(dev, level, fmt, args); \
		va_end(args); \
	} \
	LXD_EXPORT(RUNTIME, name, name##_rt)

DEV_LOG(_dev_err, 3);
DEV_LOG(_dev_warn, 4);
DEV_LOG(_dev_info, 6);

static void net_log(const struct net_device *dev, int level, const char *fmt, va_list args)
{
	const struct device *parent = dev ? dev->dev.parent : NULL;
	char prefix[96];

	rt_snprintf(prefix, sizeof(prefix), "%s %s %s: ", parent && parent->driver ? parent->driver->name : "",
		    parent && parent->kobj.name ? parent->kobj.name : "", dev ? dev->name : "(NULL net_device)");
	vlog(prefix, level, fmt, args);
}

#define NET_LOG(name, level) \
	static void name##_rt(const struct net_device *dev, const char *fmt, ...) \
	{ \
		va_list args; \
		\
		va_start(args, fmt); \
		net_log(dev, level, fmt, args); \
		va_end(args); \
	} \
	LXD_EXPORT(RUNTIME, name, name##_rt)

NET_LOG(netdev_crit, 2);
NET_LOG(netdev_err, 3);
NET_LOG(netdev_warn, 4);
NET_LOG(netdev_info, 6);

static void warn_printk(const char *fmt, ...)
{
	va_list args;

	take_level(&fmt);
	va_start(args, fmt);
	vlog("WARNING: ", 4, fmt, args);
	va_end(args);
}

/* Ten messages in five seconds, as the kernel's default; no state but the caller's. */
static int ratelimit_rt(struct ratelimit_state *rs, const char *func)
{
	unsigned long now = READ_ONCE(rt_jiffies);
	int ok;

	if (!rs->interval)
		return 1;
	rt_lock((struct rt_lock *)&rs->lock);
	if (!rs->begin || time_after_eq(now, rs->begin + rs->interval)) {
		rs->begin = now;
		rs->printed = 0;
	}
	ok = rs->printed < rs->burst;
	if (ok)
		rs->printed++;
	else
		rs->missed++;
	rt_unlock((struct rt_lock *)&rs->lock);
	return ok;
}

LXD_EXPORT(RUNTIME, _printk, rt_printk);
LXD_EXPORT(RUNTIME, __warn_printk, warn_printk);
LXD_EXPORT(RUNTIME, ___ratelimit, ratelimit_rt);

static void dyndbg(void *descriptor, const struct device *dev, const char *fmt, ...)
{
}

static void net_dyndbg(void *descriptor, const struct net_device *dev, const char *fmt, ...)
{
}

static void no_hex_dump(const char *level, const char *prefix, int type, int row, int group, const void *buf,
			size_t len, bool ascii)
{
}

static const char *driver_string(const struct device *dev)
{
	return dev && dev->driver ? dev->driver->name : "";
}

LXD_EXPORT(RUNTIME, __dynamic_dev_dbg, dyndbg);
LXD_EXPORT(RUNTIME, __dynamic_netdev_dbg, net_dyndbg);
LXD_EXPORT(RUNTIME, print_hex_dump, no_hex_dump);
LXD_EXPORT(RUNTIME, dev_driver_string, driver_string);

/* DO_ONCE: the jump label is never patched, so the caller always comes here; say yes once. */
static bool once_start(bool *done, unsigned long *flags)
{
	return !__atomic_exchange_n(done, true, __ATOMIC_ACQ_REL);
}

static void once_done(bool *done, void *key, unsigned long *flags, void *module)
{
}

LXD_EXPORT(RUNTIME, __do_once_start, once_start);
LXD_EXPORT(RUNTIME, __do_once_done, once_done);
