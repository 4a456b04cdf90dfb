#include <actors/supervision/hazard.hpp>

#include <boost/test/unit_test.hpp>

#include <memory>
#include <thread>

namespace {

namespace hazard = actors::hazard;

/// Says whether it is still there when somebody looks at it.
struct object {
  static constexpr uint64_t alive = 0x600df00d;

  ~object() { mark = 0; }

  uint64_t mark = alive;
  uint64_t number = 0;
};

struct address_of {
  const void* operator()(const std::unique_ptr<object>& x) const {
    return x.get();
  }
};

using retired = hazard::retire_list<std::unique_ptr<object>, address_of>;

} // namespace

BOOST_AUTO_TEST_SUITE(hazard_pointers)

BOOST_AUTO_TEST_CASE(object_is_kept_for_as_long_as_a_guard_holds_it) {
  retired list;
  auto x = std::make_unique<object>();
  std::atomic<object*> source{x.get()};
  {
    hazard::guard guard{source};
    source = nullptr;
    list.add(std::move(x));
    list.drain();
    BOOST_TEST(list.size() == 1);
    BOOST_TEST(guard.get()->mark == object::alive);
  }
  list.drain();
  BOOST_TEST(list.size() == 0);
}

BOOST_AUTO_TEST_CASE(guards_nest_up_to_their_limit) {
  object x;
  std::atomic<object*> source{&x};
  hazard::guard a{source};
  hazard::guard b{source};
  {
    hazard::guard c{source};
    hazard::guard d{source};
    hazard::guard e{source};
    BOOST_TEST(d.usable());
    BOOST_TEST(!e.usable());
  }
  hazard::guard f{source};
  BOOST_TEST(f.usable());
}

BOOST_AUTO_TEST_CASE(guard_of_nothing_holds_nothing) {
  std::atomic<object*> source{nullptr};
  hazard::guard guard{source};
  BOOST_TEST(guard.usable());
  BOOST_TEST(!guard.get());
  BOOST_TEST(hazard::all_protected().empty());
}

BOOST_AUTO_TEST_CASE(records_of_ended_threads_are_used_again) {
  object x;
  std::atomic<object*> source{&x};
  auto record_of_a_thread = [&] {
    const void* result = nullptr;
    std::thread{[&] {
      hazard::guard guard{source};
      result = hazard::mine;
    }}.join();
    return result;
  };
  auto first = record_of_a_thread();
  BOOST_TEST(record_of_a_thread() == first);
}

BOOST_AUTO_TEST_CASE(no_reader_sees_a_freed_object_while_it_is_replaced) {
  constexpr uint64_t replacements = 20'000;
  auto owner = std::make_unique<object>();
  std::atomic<object*> source{owner.get()};
  std::atomic<bool> done{false};
  std::atomic<uint64_t> broken{0};
  std::atomic<uint64_t> seen{0};
  auto read = [&] {
    uint64_t last = 0;
    uint64_t count = 0;
    while (!done || count == 0) {
      hazard::guard guard{source};
      auto x = guard.get();
      broken += x->mark != object::alive || x->number < last;
      last = x->number;
      ++count;
    }
    seen += count;
  };
  std::thread readers[] = {std::thread{read}, std::thread{read},
                           std::thread{read}};
  retired list;
  for (uint64_t i = 1; i <= replacements; ++i) {
    auto next = std::make_unique<object>();
    next->number = i;
    source.store(next.get(), std::memory_order_release);
    list.add(std::exchange(owner, std::move(next)));
    if (i % 8 == 0)
      list.drain();
  }
  done = true;
  for (auto& x : readers)
    x.join();
  BOOST_TEST(broken == 0);
  BOOST_TEST(seen > 0);
  list.drain();
  BOOST_TEST(list.size() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
