// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every interleaving of two CPUs that arrive at one ring, with the real functions of turn.h and the loop of arrival.c: what
 * is in the ring when both have left has an entry that will see it, all of it is dispatched in its order, and one at a
 * time. MUTATE=1..4 spoils one order; the explorer must then find a run that goes wrong. Sequentially consistent.
 */
#include <cstdio>

#include "../turn.h"
#include "explore.hpp"

#ifndef MUTATE
#define MUTATE 0
#endif

namespace {
constexpr int most = 2; // LXD_DRAIN_MAX

lxd_turn turn;
int posted, taken, dispatched, at_once, mine[explorer::sides];
bool wrong, pending;

/// The domain on this CPU: what it posts follows what others have posted.
void post(int n)
{
	owner_step();
	posted += mine[n];
}

bool ready()
{
	owner_step();
	return taken != posted;
}

void dispatch(int message)
{
	wrong |= ++at_once != 1 || message != dispatched;
	owner_step();
	dispatched++;
	at_once--;
}

void drain()
{
	int n = 0, message;

	do {
		if (MUTATE != 1 && !lxd_turn_take(&turn))
			return;
		while (n < most && taken != posted) {
			message = taken++;
			n++;
			if (MUTATE == 2)
				lxd_turn_give(&turn);
			dispatch(message);
			if (MUTATE == 2 && !lxd_turn_take(&turn))
				return;
		}
		lxd_turn_give(&turn);
		if (n == most) {
			pending |= MUTATE != 4; // lxd_owner_post()
			return;
		}
	} while (MUTATE != 3 && ready());
}

void arrive(int n)
{
	post(n);
	if (ready())
		drain();
}

void begin()
{
	turn.taken.v = 0;
	posted = taken = dispatched = at_once = 0;
	wrong = pending = false;
}
} // namespace

int main()
{
	unsigned long runs = 0, lost = 0;

	for (int first = 0; first <= most; first++)
		for (int second = 1; second <= most; second++) {
			mine[0] = first;
			mine[1] = second;
			explorer::all(begin, arrive, [] { return !wrong && (dispatched == posted || pending); }, runs, lost);
		}
	std::printf("turn: %lu interleavings, %lu lost, mutation %d\n", runs, lost, MUTATE);
	return (lost != 0) != (MUTATE != 0);
}
