#include <actors/cluster/own_health.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace actors;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(health_of_a_node)

BOOST_AUTO_TEST_CASE(steps_slower_than_their_own_history_count) {
  std::mt19937_64 random{3};
  std::lognormal_distribution<double> usual{-5, 0.3};
  step_history x;
  for (int i = 0; i < 5000; ++i) {
    x.add(usual(random));
    BOOST_REQUIRE(!x.slow());
  }
  int until = 0;
  for (; !x.slow() && until < 100; ++until)
    x.add(4 * usual(random));
  BOOST_TEST(until < 20);
  for (int i = 0; i < 200; ++i)
    x.add(4 * usual(random));
  BOOST_TEST(x.slow()); // a lasting illness does not become usual
  for (int i = 0; i < 50; ++i)
    x.add(usual(random));
  BOOST_TEST(!x.slow());
}

BOOST_AUTO_TEST_CASE(a_queue_counts_while_it_grows) {
  queue_history x;
  for (int i = 0; i < 500; ++i)
    x.add(i % 20);
  BOOST_TEST(!x.growing());
  for (int i = 0; i < 20; ++i)
    x.add(20.0 * i);
  BOOST_TEST(x.growing());
  x.add(300);
  BOOST_TEST(!x.growing()); // it gets shorter
}

BOOST_AUTO_TEST_CASE(known_fatal_lines_are_found_in_any_case) {
  BOOST_TEST(log_history::fatal_pattern("kernel: Out of Memory: killed 7")
             == "out of memory");
  BOOST_TEST(log_history::fatal_pattern("blk_update: I/O error, dev sda")
             == "i/o error");
  BOOST_TEST(log_history::fatal_pattern("out of tea").empty());
  BOOST_TEST(log_history::fatal_pattern("").empty());
}

BOOST_AUTO_TEST_CASE(a_fatal_line_counts_for_a_minute) {
  own_health x;
  time_point now{1h};
  x.log_line("No space left on device", true, now);
  BOOST_TEST(x.bits(now) == bit_of(evidence_kind::log_fatal));
  BOOST_TEST(x.why(now).front().detail == "no space left");
  BOOST_TEST(x.bits(now + 61s) == 0);
}

BOOST_AUTO_TEST_CASE(errors_count_against_their_own_rate) {
  own_health quiet;
  time_point now{1h};
  for (int i = 0; i < 20; ++i)
    quiet.log_line("refused", true, now + i * 10ms);
  BOOST_TEST(quiet.bits(now + 1s) == bit_of(evidence_kind::log_errors));
  own_health noisy;
  for (int i = 0; i < 2000; ++i)
    noisy.log_line("refused", true, now + i * 500ms); // 20 in 10 s, always
  BOOST_TEST(noisy.bits(now + 2000 * 500ms) == 0);
}

BOOST_AUTO_TEST_CASE(every_kind_of_evidence_has_words) {
  for (auto kind : kinds_of(0xffff)) {
    BOOST_TEST(to_string(kind) != "unknown");
    BOOST_TEST(describe({kind, 1, 2, "b"}).ends_with(": b"));
  }
  BOOST_TEST(kinds_of(0xffff).size() == 12U);
}

BOOST_AUTO_TEST_SUITE_END()
