/* SPDX-License-Identifier: GPL-2.0-only */
/* The N of nvmeN, shared with the stock module of the host. Process context. */
#ifndef KLCD_NUMBERS_H
#define KLCD_NUMBERS_H

/* The lowest number that neither lxd nor the stock module uses, or an errno. */
int klcd_number_get(void);
void klcd_number_put(unsigned int n);

int klcd_numbers_init(void);
/* No controller is left. */
void klcd_numbers_exit(void);

#endif
