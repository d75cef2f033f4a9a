// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this system does not offer to drivers: tracing, multipath, io_uring, passthrough of I/O, zoned
 * disks, integrity, OPAL. Each refuses by name; five are reached by a normal start or stop
 * and stay quiet.
 */
#include "refuse.h"

long rt_refuse(const char *name)
{
	rt_printk(KERN_ERR "lxd: the driver called %s, which a domain does not offer\n", name);
	return -EOPNOTSUPP;
}

QUIET(dev_pm_qos_update_user_latency_tolerance, 0);
QUIET(dev_pm_qos_expose_latency_tolerance, 0);
QUIET(dev_pm_qos_hide_latency_tolerance, 0);
QUIET(dma_pci_p2pdma_supported, 0);
QUIET(init_opal_dev, 0);

STUB(__SCT__tp_func_block_bio_complete);
STUB(__SCT__tp_func_block_bio_remap);
STUB(__blk_alloc_disk);
STUB(__check_object_size);
STUB(__node_distance);
STUB(__put_user_8);
STUB(__trace_trigger_soft_disabled);
STUB(_copy_to_user);
STUB(bdev_disk_changed);
STUB(bio_associate_blkg);
STUB(bio_endio);
STUB(bio_integrity_add_page);
STUB(bio_integrity_alloc);
STUB(bio_poll);
STUB(bio_split_to_limits);
STUB(blk_integrity_register);
STUB(blk_mq_alloc_request_hctx);
STUB(blk_queue_max_zone_append_sectors);
STUB(blk_revalidate_disk_zones);
STUB(blk_rq_is_poll);
STUB(blk_rq_map_user_iov);
STUB(blk_set_stacking_limits);
STUB(blk_stack_limits);
STUB(blk_steal_bios);
STUB(blkdev_compat_ptr_ioctl);
STUB(bpf_trace_run1);
STUB(bpf_trace_run2);
STUB(bpf_trace_run3);
STUB(compat_ptr_ioctl);
STUB(device_remove_file_self);
STUB(disk_set_zoned);
STUB(disk_update_readahead);
STUB(ext_pi_type1_crc64);
STUB(ext_pi_type3_crc64);
STUB(io_uring_cmd_complete_in_task);
STUB(io_uring_cmd_done);
STUB(io_uring_cmd_import_fixed);
STUB(opal_unlock_from_suspend);
STUB(pci_sriov_configure_simple);
STUB(perf_trace_buf_alloc);
STUB(perf_trace_run_bpf_submit);
STUB(sed_ioctl);
STUB(submit_bio_noacct);
STUB(t10_pi_type1_crc);
STUB(t10_pi_type3_crc);
STUB(trace_event_buffer_commit);
STUB(trace_event_buffer_reserve);
STUB(trace_event_printf);
STUB(trace_event_raw_init);
STUB(trace_event_reg);
STUB(trace_handle_return);
STUB(trace_print_symbols_seq);
STUB(trace_raw_output_prep);
STUB(trace_seq_printf);
STUB(trace_seq_putc);
