/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the data behind the linear part of a packet with NET_TX_PIECES is told: a list in the packet's first slot, one
 * piece for each slot after it. Both sides include this. The host writes the list and never reads it.
 */
#ifndef KLCD_NET_PIECES_H
#define KLCD_NET_PIECES_H

struct net_piece {
	u64 bus; /* where the device finds it, for whole pages that hold nothing else; NET_PIECE_COPIED: in the slot */
	u64 length;
};

#define NET_PIECE_COPIED (~0ull)
#define NET_PIECES_AT 3072 /* bytes from the start of the first slot; the linear part ends before */

#endif
