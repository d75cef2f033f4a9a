/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_ATTACK_RUNNER_H
#define LXD_ATTACK_RUNNER_H

#include "hostile.h"

extern struct hostile *hostile;

/* Into the domain and back until it says something else than "interrupted". */
int attack_call(struct hostile *h, const void *code, unsigned long arg, struct lxd_gate_exit *out);
/*
 * The same for code that does not come back; others get the CPU between two entries. Called by a
 * thread that is bound to its CPU; may sleep. Returns what ended the domain, or 0 if it did come back.
 */
int attack_call_until_dead(struct hostile *h, const void *code);
void lab_command(const char *text);
void attack_skip(const char *name, const char *why);
/* Counts and prints one result. */
void attack_result(const char *name, bool good, const char *fmt, ...) __printf(3, 4);
/* argument.c: what the host side prepares for an attack; returns the argument. */
unsigned long attack_argument(struct hostile *h, unsigned long arg);

/* check.c: is the host as it was? NULL, or what changed. */
void check_remember(const struct hostile *h);
const char *check_host(const struct hostile *h);
const char *check_time(void);
bool check_poisoned(const struct hostile *h);

/* sweep.c, moments.c, window.c, smp.c, honest.c, borrow.c, state.c, special.c, supervisor.c, alias.c, resched.c: attacks that need a loop on the host side */
void special_sweep(struct hostile *h, unsigned int stride);
void special_flags(struct hostile *h, unsigned int times);
void special_abandon(struct hostile *h);
void special_watchpoint(struct hostile *h);
void special_watchpoint_hit(struct hostile *h);
void special_pkru(struct hostile *h);
void special_supervisor(struct hostile *h);
void special_alias(struct hostile *h);
void special_smp(struct hostile *h, unsigned int nmi_count);
void special_kill(struct hostile *h);
void special_pairs(struct hostile *h, unsigned int pairs);
void special_honest(struct hostile *h, unsigned int expiries);
void special_trash(struct hostile *h, unsigned int times);
void special_vectors(struct hostile *h);
void special_strange(struct hostile *h);
void special_resched(struct hostile *h);
void special_pretend(struct hostile *h);
void special_revoke(struct hostile *h);
void special_turns(struct hostile *h);
void special_moments(struct hostile *h);
void special_window(struct hostile *h);
void special_cost(struct hostile *h);

/* honest.c: timer interrupts on this CPU, much denser than the kernel's own */
void interrupts_start(unsigned int every_us);
void interrupts_stop(void);

/* numbers.c: printed, not judged */
void numbers(struct hostile *h);

/* spinners.c: domains that go on until the module goes */
void spinners_start(void);
void spinners_stop(void);

/* busy.c: interrupts of every kind beside domains until the module goes */
void busy_start(unsigned int interval_us);
void busy_stop(void);

#endif
