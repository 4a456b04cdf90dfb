#include <actors/supervision/timer_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using actors::time_point;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(timer_queue)

BOOST_AUTO_TEST_CASE(timers_come_out_when_due_earliest_first) {
  actors::timer_queue q;
  time_point begin{1h};
  std::mt19937 random{7};
  for (uint64_t i = 0; i < 1000; ++i)
    q.add(begin + 1ms * (random() % 500), i);
  auto last = begin;
  for (auto now = begin; now < begin + 600ms; now += 7ms)
    while (q.next() && *q.next() <= now) {
      BOOST_TEST((*q.next() >= last));
      last = *q.next();
      BOOST_TEST(q.pop(now).has_value());
    }
  BOOST_TEST(q.size() == 0u);
}

BOOST_AUTO_TEST_CASE(nothing_comes_out_too_early) {
  actors::timer_queue q;
  time_point begin{1h};
  BOOST_TEST(!q.pop(begin).has_value());
  q.add(begin + 1s, 1);
  BOOST_TEST(!q.pop(begin).has_value());
  BOOST_TEST((*q.next() == begin + 1s));
  BOOST_TEST((q.pop(begin + 1s) == uint64_t{1}));
  BOOST_TEST(!q.next().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
