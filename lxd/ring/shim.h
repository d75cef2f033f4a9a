/* SPDX-License-Identifier: GPL-2.0-only */
/* The few atomic accesses of the ring, for the kernel (and the runtime) and for user space. */
#ifndef LXD_RING_SHIM_H
#define LXD_RING_SHIM_H

#ifdef __KERNEL__
#include <linux/errno.h>
#include <asm/barrier.h>
#include <asm/rwonce.h>
#define LXD_EAGAIN EAGAIN
#define lxd_load_acquire(p) smp_load_acquire(p)
#define lxd_load_relaxed(p) READ_ONCE(*(p))
#define lxd_store_release(p, v) smp_store_release(p, v)
#define lxd_store_relaxed(p, v) WRITE_ONCE(*(p), v)
#else
#include <errno.h>
#define LXD_EAGAIN EAGAIN
#ifdef LXD_RING_MUTATE_ACQUIRE /* for the test that removes a barrier */
#define lxd_load_acquire(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#else
#define lxd_load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#endif
#define lxd_load_relaxed(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#ifdef LXD_RING_MUTATE_RELEASE
#define lxd_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define lxd_store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)
#endif
#define lxd_store_relaxed(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#endif

#endif
