// SPDX-License-Identifier: GPL-2.0-only
// The domain's address space inside this process.
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/sha.h>
#include <sys/mman.h>

#include <cstring>
#include <fstream>
#include <iterator>

#include "domain.hpp"
#include "trap.hpp"

extern "C" char harness_leave[];

namespace lxd::harness {

void bus::add(uint64_t address, void *memory, size_t size)
{
	std::lock_guard hold(lock_);
	map_[address] = {static_cast<uint8_t *>(memory), size};
}

void bus::remove(uint64_t address)
{
	std::lock_guard hold(lock_);
	if (!map_.erase(address))
		throw failure(fmt::format("no DMA mapping at {:#x} to remove", address));
}

void *bus::find(uint64_t address, size_t size) const
{
	std::lock_guard hold(lock_);
	auto next = map_.upper_bound(address);
	if (next == map_.begin())
		return nullptr;
	auto &[start, part] = *std::prev(next);
	uint64_t offset = address - start;
	if (offset >= part.size || size > part.size - offset)
		return nullptr;
	return part.memory + offset;
}

std::vector<uint8_t> read_file(const std::string &path)
{
	std::ifstream in(path, std::ios::binary);
	std::vector<uint8_t> bytes((std::istreambuf_iterator<char>(in)), {});
	if (bytes.empty())
		throw failure("cannot read " + path);
	return bytes;
}

namespace {

void *map_at(uint64_t address, size_t size, int rights)
{
	void *p = mmap(reinterpret_cast<void *>(address), size, rights,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		throw failure(fmt::format("cannot map {:#x} bytes at {:#x}: {}", size, address, strerror(errno)));
	return p;
}

/// Offsets are free to choose here; in a domain they are the running kernel's.
const lxd_load_percpu percpu[] = {
	{"current_task", 0x1000}, {"cpu_number", 0x1008}, {"__preempt_count", 0x1010},
	{"numa_node", 0x1018},	  {"this_cpu_off", 0x1020}, {"softnet_data", 0x2000},
	{"bpf_redirect_info", 0x3000},
};

const lxd_load_ops load_ops = {
	[](void *, size_t size) { return calloc(1, size); },
	[](void *, void *p) { free(p); },
	[](const __u8 *data, size_t size, __u8 *digest) { SHA256(data, size, digest); },
	nullptr,
};

constexpr size_t shared_size = 64 << 20, percpu_size = LXD_D_PERCPU_STRIDE;
constexpr uint64_t stack_step = 4096 + LXD_STACK_SIZE;
constexpr unsigned nr_stacks = 128;
/// The contexts' own stacks lie behind those of the fibers.
constexpr uint64_t at_entry_stacks = at_stacks + nr_stacks * stack_step;

} // namespace
} // namespace lxd::harness

using namespace lxd::harness;

void lxd_domain::load()
{
	std::vector<lxd_load_file> list;
	std::vector<const char *> params;
	std::vector<char> error(LXD_LOAD_ERROR_SIZE);
	lxd_load_request request{};

	for (auto &path : opt.files)
		files_.push_back(read_file(path));
	for (size_t i = 0; i < files_.size(); i++)
		list.push_back({opt.files[i].c_str() + opt.files[i].rfind('/') + 1, files_[i].data(), files_[i].size()});
	for (auto &p : opt.params)
		params.push_back(p.c_str());
	request.files = list.data();
	request.nr_files = list.size();
	request.base = at_image;
	request.max_size = image_room;
	request.percpu = percpu;
	request.nr_percpu = std::size(percpu);
	request.params = params.data();
	request.nr_params = params.size();
	request.ops = &load_ops;
	request.error = error.data();
	request.error_size = error.size();
	if (int err = lxd_load(&request, &image))
		throw failure(fmt::format("load: {} ({})", error.data(), strerror(-err)));
}

/// Copies the image to its addresses and takes the rights that a domain would not have.
void lxd_domain::place()
{
	auto *bytes = static_cast<uint8_t *>(map_at(at_image, image->size, PROT_READ | PROT_WRITE));
	memcpy(bytes, image->bytes, image->size);
	entry_ = lxd_image_find(image, 0, "lxd_rt_entry");
	if (uint64_t where = lxd_image_find(image, 0, "lxd_rt_boot"))
		memcpy(reinterpret_cast<void *>(where), &boot, sizeof(boot));
	for (uint64_t i = 0; i < image->size / 4096; i++) {
		unsigned r = image->rights[i];
		if (mprotect(bytes + i * 4096, 4096, (r & LXD_MAP_R ? PROT_READ : 0) | (r & LXD_MAP_W ? PROT_WRITE : 0) |
							     (r & LXD_MAP_X ? PROT_EXEC : 0)))
			throw failure("mprotect of the image failed");
	}
}

void *lxd_domain::carve(size_t size)
{
	auto *p = reinterpret_cast<void *>(shared_next_);
	shared_next_ += (size + 4095) & ~4095ull;
	if (shared_next_ > at_shared + shared_size)
		throw failure("the shared area is too small");
	return p;
}

void lxd_domain::make_shared()
{
	auto ring = [this](lxd_ring_desc &desc, lxd_ring &mine, unsigned slots) {
		mine.slots = static_cast<lxd_slot *>(carve(slots * sizeof(lxd_slot)));
		mine.mask = slots - 1;
		desc.base = reinterpret_cast<uint64_t>(mine.slots);
		desc.slots = slots;
	};

	map_at(at_shared, shared_size, PROT_READ | PROT_WRITE);
	boot = static_cast<lxd_boot *>(carve(sizeof(lxd_boot)));
	boot->magic = LXD_BOOT_MAGIC;
	boot->size = sizeof(*boot);
	boot->nr_cpus = opt.cpus;
	boot->hz = lxd::harness::clock::hz;
	boot->leave = reinterpret_cast<uint64_t>(harness_leave);
	boot->heap_base = at_heap;
	boot->heap_pages = opt.heap_chunks * 512;
	boot->vmemmap_base = at_vmemmap;
	boot->stacks_base = at_stacks;
	boot->nr_stacks = nr_stacks;
	boot->nr_queues = opt.queues;
	for (unsigned i = 0; i < opt.cpus; i++)
		boot->context[i] = reinterpret_cast<uint64_t>(carve(4096));
	ring(boot->ctl_in, ctl_in_, 256);
	ring(boot->ctl_out, ctl_out_, 256);
	for (unsigned i = 0; i < opt.queues; i++) {
		ring(boot->data_in[i], data_in_[i], 1024);
		ring(boot->data_out[i], data_out_[i], 1024);
	}
	boot->call_areas = reinterpret_cast<uint64_t>(carve(2 * LXD_CALLS * LXD_CALL_AREA));
	boot->rows_tags = 128;
	boot->rows_segments = 128;
	boot->rows = reinterpret_cast<uint64_t>(
		carve(sizeof(lxd_segment) * opt.queues * boot->rows_tags * boot->rows_segments));
	boot->percpu_base = at_percpu;
	boot->percpu_stride = LXD_D_PERCPU_STRIDE;
	boot->tsc_khz = 1000000;
	boot->debug = opt.verbose;
	auto *modules = static_cast<lxd_module_info *>(carve(sizeof(image->modules)));
	memcpy(modules, image->modules, sizeof(image->modules));
	boot->modules = reinterpret_cast<uint64_t>(modules);
	boot->nr_modules = image->nr_modules;

	auto *heap = static_cast<uint8_t *>(map_at(at_heap, opt.heap_chunks * 0x200000ull, PROT_READ | PROT_WRITE));
	auto *heap_bus = static_cast<uint64_t *>(carve(opt.heap_chunks * sizeof(uint64_t)));
	boot->heap_bus = reinterpret_cast<uint64_t>(heap_bus);
	for (unsigned i = 0; i < opt.heap_chunks; i++) {
		// Every other 2 MiB and backwards: adjacent pages of two chunks must not look adjacent.
		heap_bus[i] = 0x100000000 + (opt.heap_chunks - i) * 0x400000ull;
		memory.add(heap_bus[i], heap + i * 0x200000ull, 0x200000);
	}
	map_at(at_vmemmap, opt.heap_chunks * 512 * 64, PROT_READ | PROT_WRITE);
	for (unsigned i = 0; i < nr_stacks + opt.cpus; i++)
		map_at(at_stacks + i * stack_step + 4096, LXD_STACK_SIZE, PROT_READ | PROT_WRITE);
	map_at(at_percpu, opt.cpus * percpu_size, PROT_READ | PROT_WRITE);
	// gcc's canary; anything but zero.
	for (unsigned i = 0; i < opt.cpus; i++)
		*reinterpret_cast<uint64_t *>(at_percpu + i * percpu_size + 40) = 0x5a5a00ff1234 + i;
}

uint64_t harness_entry_stack(unsigned cpu)
{
	return at_entry_stacks + (cpu + 1) * stack_step;
}

lxd_domain::lxd_domain(const lxd::harness::options &o) : opt(o)
{
	load();
	make_shared();
	place();
	trap_install(this);
}

lxd_domain::~lxd_domain()
{
	stop_threads();
	lxd_image_free(image);
}
