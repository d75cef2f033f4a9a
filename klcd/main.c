// SPDX-License-Identifier: GPL-2.0-only
/* Registration of the host counterparts with the core. */
#include "klcd.h"
#include "block/block.h"
#include "net/net.h"
#include "pci/pci.h"

int klcd_init(void)
{
	int err;

	err = klcd_pci_init();
	if (err)
		return err;
	err = klcd_block_init();
	if (err)
		goto pci;
	err = klcd_net_init();
	if (!err)
		return 0;
	klcd_block_exit();
pci:
	klcd_pci_exit();
	return err;
}

void klcd_exit(void)
{
	klcd_net_exit();
	klcd_block_exit();
	klcd_pci_exit();
}
