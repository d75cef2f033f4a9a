// SPDX-License-Identifier: GPL-2.0-only
/// Tests that know no function by name: what the IDL has is tried.
#include "net.hpp"
#include "test.hpp"
#include "world.hpp"

#include <algorithm>
#include <cerrno>

using namespace hostile;

namespace {

std::vector<const function *> from_domain(bool waiting_only)
{
	std::vector<const function *> found;
	for (const function &f : functions)
		if (!f.from_host && (f.wait || !waiting_only))
			found.push_back(&f);
	return found;
}

void shuffle(std::vector<std::pair<const function *, const function *>> &all)
{
	for (size_t i = all.size(); i > 1; i--)
		std::swap(all[i - 1], all[random_below(static_cast<uint32_t>(i))]);
}

/// Answered, or the domain is at its end.
bool settled(world &w, const function &f, long result)
{
	if (result != -ETIMEDOUT)
		return true;
	wrong("%s: no answer in 130 s, state %d", f.name.c_str(), w.d().now());
	return false;
}

} // namespace

HOSTILE_TEST(generated_bounds, "generated-bounds",
	     "each number, count and handle of each message at 0, 1, its bounds, beyond them, all ones: refused where it must be")
{
	world w;
	unsigned sent = 0, refused = 0;
	for (const function *f : from_domain(false))
		for (const field &x : f->fields) {
			if (x.kind == kind::text || x.kind == kind::bytes)
				continue;
			for (uint64_t value : bounds(x)) {
				// A sample in the short version; over the runs all of them.
				if (!is_long() && random_below(3))
					continue;
				if (!w.mend({}))
					give_up("no domain any more before %s", f->name.c_str());
				std::vector<uint8_t> a = w.arguments(*f);
				set_field(a, x, value);
				uint32_t before = w.d().look().violations;
				long result = w.send(*f, a);
				sent++;
				if (!settled(w, *f, result))
					return;
				bool no = result < 0 || w.d().look().violations > before || w.d().now() != running;
				refused += no;
				if (f->wait && (x.kind == kind::number || x.kind == kind::count) && !within(x, value) && !no)
					wrong("%s %s = %#llx is accepted", f->name.c_str(), x.path.c_str(),
					      static_cast<unsigned long long>(value));
				if (result == 0)
					w.mend({f});
			}
		}
	say("%u messages, %u refused, %u domains", sent, refused, w.domains());
	EXPECT(link_up("lo"));
}

HOSTILE_TEST(generated_pairs, "generated-pairs", "every waiting function against itself, and against each other one, at once")
{
	world w;
	std::vector<const function *> all = from_domain(true);
	std::vector<std::pair<const function *, const function *>> pairs, others;
	for (size_t i = 0; i < all.size(); i++)
		for (size_t k = i; k < all.size(); k++)
			(i == k ? pairs : others).emplace_back(all[i], all[k]);
	shuffle(pairs);
	shuffle(others);
	pairs.insert(pairs.end(), others.begin(), others.begin() + (is_long() ? others.size() : std::min<size_t>(others.size(), 120)));
	unsigned done = 0;
	for (auto [one, two] : pairs) {
		if (!w.mend({}))
			give_up("no domain any more before %s and %s", one->name.c_str(), two->name.c_str());
		// Each twice: the second one of a kind meets the first one's end.
		for (uint16_t number = 2; number < 6; number++)
			w.put(number & 1 ? *two : *one, w.arguments(number & 1 ? *two : *one), number);
		w.d().kick();
		for (uint16_t number = 2; number < 6; number++)
			if (w.d().wait(number, 130'000) == -ETIMEDOUT)
				give_up("%s and %s: no answer", one->name.c_str(), two->name.c_str());
		w.mend({one, two});
		done++;
	}
	say("%u pairs of %zu, %u domains", done, all.size() * (all.size() + 1) / 2, w.domains());
	EXPECT(link_up("lo"));
}

HOSTILE_TIMED_TEST(generated_after_end, "generated-after-end",
		   "after each message that ends an object every message with its handle, and its longest delay twice")
{
	world w;
	unsigned sent = 0;
	for (const function *end : from_domain(false)) {
		if (!ends_object(*end))
			continue;
		const std::string type = end->fields[0].handle;
		for (const function *f : from_domain(false)) {
			bool uses = std::any_of(f->fields.begin(), f->fields.end(),
						[&](const field &x) { return x.kind == kind::handle && x.handle == type; });
			if (!uses)
				continue;
			if (!w.mend({}))
				give_up("no domain any more before %s after %s", f->name.c_str(), end->name.c_str());
			std::vector<uint8_t> a = w.arguments(*f), e = w.arguments(*end);
			for (const field &x : f->fields)
				if (x.kind == kind::number && x.path.find("delay") != std::string::npos)
					set_field(a, x, 700);
			// In one ring, so that some of it overtakes the end; and once more behind it.
			w.put(*end, e, 2);
			w.put(*f, a, 3);
			w.d().kick();
			if (end->wait && !settled(w, *end, w.d().wait(2, 130'000)))
				return;
			if (f->wait && !settled(w, *f, w.d().wait(3, 130'000)))
				return;
			if (!settled(w, *f, w.send(*f, a)))
				return;
			sent += 3;
			w.mend({end, f});
		}
		sleep_ms(1500);
	}
	say("%u messages, %u domains", sent, w.domains());
	EXPECT(link_up("lo"));
}

HOSTILE_TEST(generated_two_looks, "generated-two-looks",
	     "arguments that another CPU changes while the host reads them: each message through its area")
{
	world w;
	unsigned sent = 0;
	for (const function *f : from_domain(true)) {
		for (unsigned round = 0; round < (is_long() ? 300u : 12u); round++) {
			if (!w.mend({}))
				give_up("no domain any more before %s", f->name.c_str());
			std::vector<uint8_t> a = w.arguments(*f);
			uint8_t *area = w.d().areas(); // of call 1
			std::atomic<bool> stop = false;
			uint64_t noise = random64();
			std::thread flipper([&] {
				for (uint64_t n = noise; !stop; n = n * 6364136223846793005ull + 1442695040888963407ull) {
					const field *x = f->fields.empty() ? nullptr : &f->fields[(n >> 33) % f->fields.size()];
					if (x && x->kind != kind::text && x->kind != kind::bytes)
						__atomic_store_n(area + x->offset, static_cast<uint8_t>(n >> 40), __ATOMIC_RELAXED);
					else
						__atomic_store_n(area + (n >> 33) % std::max(f->most, 1u), static_cast<uint8_t>(n >> 41), __ATOMIC_RELAXED);
				}
			});
			hostile_slot s{};
			s.queue = -1;
			s.fn = f->fn | LXD_FN_AREA;
			s.call = 1;
			s.w[0] = f->most;
			s.area = reinterpret_cast<uint64_t>(a.data());
			s.bytes = static_cast<uint32_t>(a.size());
			w.d().put({&s, 1}, true);
			long result = w.d().wait(1, 130'000);
			stop = true;
			flipper.join();
			sent++;
			if (!settled(w, *f, result))
				return;
			if (result == 0)
				w.mend({f});
		}
	}
	say("%u messages, %u domains", sent, w.domains());
}

HOSTILE_TEST(generated_fuzz, "generated-fuzz", "random messages from four threads, valid handles among them, under traffic; then the end")
{
	world w;
	std::vector<const function *> all = from_domain(false);
	unsigned rounds = is_long() ? 400 : 2;
	uint64_t total = 0;
	for (unsigned round = 0; round < rounds; round++) {
		if (!w.mend({}))
			give_up("no domain any more");
		std::atomic<bool> stop = false;
		std::atomic<uint64_t> sent = 0;
		std::vector<std::thread> threads;
		for (unsigned t = 0; t < 4; t++)
			threads.emplace_back([&, t, mine = random64()]() mutable {
				auto next = [&] { return mine = mine * 6364136223846793005ull + 1442695040888963407ull, mine >> 24; };
				while (!stop) {
					const function &f = *all[next() % all.size()];
					if (next() % 8 && (ends_object(f) || f.name == "pci_unregister_driver"))
						continue;
					std::vector<uint8_t> a = w.arguments(f);
					for (const field &x : f.fields)
						if (next() % 3 == 0 && x.kind != kind::handle) {
							auto at = bounds(x);
							set_field(a, x, next() & 1 ? at[next() % at.size()] : next() & next());
						}
					w.put(f, a, static_cast<uint16_t>(1 + t * 8 + next() % 8));
					w.d().kick();
					w.d().pardon();
					sent++;
				}
			});
		sleep_ms(is_long() ? 20'000 : 2'500);
		stop = true;
		for (std::thread &t : threads)
			t.join();
		total += sent;
		EXPECT_EQUAL(w.d().stop(true), 0);
		EXPECT_EQUAL(w.d().now(), dead);
	}
	say("%llu messages", static_cast<unsigned long long>(total));
	EXPECT(link_up("lo"));
}
