/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LXD_ATTACK_CHURN_H
#define LXD_ATTACK_CHURN_H

#include <linux/types.h>

int churn_begin(void);
int churn_renew(void);
bool churn_is_right(void);
unsigned int churn_same(void);
void churn_end(void);

#endif
