// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every interleaving of a poster and a leaver, with the real functions of owner.h: a message that was
 * posted is always seen by whoever is inside, or the thread is woken. MUTATE=1..5 spoils one order of
 * the protocol; the explorer must then find a lost message. Sequentially consistent interleavings;
 * the accesses of the protocol are full-fence read-modify-writes.
 */
#include <cstdio>

#include "../owner.h"
#include "explore.hpp"

#ifndef MUTATE
#define MUTATE 0
#endif

namespace {
lxd_owner owner;
int message, consumed;
bool woken, may_borrow, inside_twice;
int inside;

void take()
{
	inside_twice |= ++inside != 1;
	owner_step();
	if (message)
		consumed = 1;
	owner_step();
	inside--;
}

/// An interrupt behind D's last look, and the entry that resumes D there: nothing is taken by it.
void resume()
{
	if (MUTATE == 5)
		lxd_owner_look(&owner);
	inside_twice |= ++inside != 1;
	owner_step();
	inside--;
}

/// As lxd_context_run_borrowed(): look, run, give up, look again.
void run()
{
	bool again;

	do {
		if (MUTATE == 1) {
			take();
			lxd_owner_look(&owner);
		} else {
			lxd_owner_look(&owner);
			take();
		}
		resume();
		again = MUTATE == 2 && lxd_owner_pending(&owner);
		if (!lxd_owner_leave(&owner, LXD_BORROWED, LXD_IDLE))
			return;
		if (MUTATE != 2 && MUTATE != 3)
			again = lxd_owner_pending(&owner);
	} while (again && lxd_owner_enter_borrowed(&owner));
}

void poster()
{
	bool entered = false, needed = false;

	owner_step();
	message = 1;
	if (MUTATE != 4)
		lxd_owner_post(&owner);
	if (may_borrow)
		entered = lxd_owner_enter_borrowed(&owner);
	else
		needed = lxd_owner_needs_waker(&owner);
	if (MUTATE == 4)
		lxd_owner_post(&owner);
	if (entered)
		run();
	woken |= needed;
}

void begin()
{
	owner.word.v = LXD_BORROWED;
	owner.pending.v = 0;
	message = consumed = inside = 0;
	woken = inside_twice = false;
}
} // namespace

int main()
{
	unsigned long runs = 0, lost = 0;

	for (bool borrow : {false, true}) {
		may_borrow = borrow;
		explorer::all(begin, [](int n) { n ? poster() : run(); }, [] { return (consumed || woken) && !inside_twice; }, runs, lost);
	}
	std::printf("owner: %lu interleavings, %lu lost, mutation %d\n", runs, lost, MUTATE);
	return (lost != 0) != (MUTATE != 0);
}
