#include <actors/observe/event_log.hpp>

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace actors;

namespace {

event about(std::string path) {
  event x;
  x.kind = "child_started";
  x.path = std::move(path);
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(event_log_rules)

BOOST_AUTO_TEST_CASE(ids_grow_by_one_from_one) {
  event_log log;
  BOOST_TEST(log.last_id() == 0u);
  for (int i = 0; i < 3; ++i)
    log.add(about("a"));
  BOOST_TEST(log.last_id() == 3u);
  auto all = log.since(0, 10);
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all.front().id == 1u);
  BOOST_TEST(all.front().time_ms > 0);
}

BOOST_AUTO_TEST_CASE(since_gives_the_oldest_newer_ones_up_to_the_limit) {
  event_log log;
  for (int i = 0; i < 5; ++i)
    log.add(about("a"));
  auto some = log.since(2, 2);
  BOOST_REQUIRE(some.size() == 2u);
  BOOST_TEST(some[0].id == 3u);
  BOOST_TEST(some[1].id == 4u);
  BOOST_TEST(log.since(5, 10).empty());
  BOOST_TEST(log.since(UINT64_MAX, 10).empty());
}

BOOST_AUTO_TEST_CASE(beyond_its_capacity_the_oldest_go) {
  event_log log{3};
  for (int i = 0; i < 10; ++i)
    log.add(about("a"));
  auto all = log.since(0, 100);
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all.front().id == 8u);
}

BOOST_AUTO_TEST_CASE(listeners_hear_every_event_once_and_may_ask_the_log) {
  event_log log;
  std::vector<uint64_t> heard;
  log.listen([&](const event& x) {
    heard.push_back(x.id);
    BOOST_TEST(log.last_id() >= x.id); // no lock is held
  });
  log.add(about("a"));
  log.add(about("b"));
  BOOST_TEST((heard == std::vector<uint64_t>{1, 2}));
}

BOOST_AUTO_TEST_CASE(no_id_is_lost_or_given_twice_among_threads) {
  event_log log{100'000};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&log] {
      for (int i = 0; i < 1000; ++i)
        log.add(about("a"));
    });
  for (auto& t : threads)
    t.join();
  auto all = log.since(0, 100'000);
  BOOST_REQUIRE(all.size() == 4000u);
  for (size_t i = 0; i < all.size(); ++i)
    BOOST_TEST_REQUIRE(all[i].id == i + 1);
}

BOOST_AUTO_TEST_CASE(a_line_says_who_what_why_and_what_is_left) {
  event x = about("alpha/a");
  BOOST_TEST(to_line(x) == "child_started alpha/a");
  x.kind = "child_ended";
  x.incarnation = 2;
  x.restart = "transient";
  x.carrier = "process";
  x.pid = 4711;
  x.reason = "crashed";
  x.text = "out of luck";
  x.duration_us = 1500;
  x.restarts_left = 3;
  BOOST_TEST(to_line(x)
             == "child_ended alpha/a #2 (transient process 4711): crashed, out "
                "of luck, after 1.5 ms, 3 restarts left");
}

BOOST_AUTO_TEST_CASE(path_names_the_supervisor_and_the_child) {
  event x;
  actors::set_path(x, "alpha/pool/a");
  BOOST_TEST(x.path == "alpha/pool/a");
  BOOST_TEST(x.supervisor == "alpha/pool");
  BOOST_TEST(x.child == "a");
  actors::set_path(x, "alpha");
  BOOST_TEST(x.supervisor == "");
  BOOST_TEST(x.child == "");
}

BOOST_AUTO_TEST_CASE(rule_91_event_is_one_line_however_long_its_text) {
  event x = about("alpha/a");
  x.text = "first\nsecond\tthird";
  BOOST_TEST(to_line(x) == "child_started alpha/a: first second third");
  x.text = std::string(499, 'x') + "\u00e4" + std::string(5000, 'y');
  auto line = to_line(x);
  BOOST_TEST(line == "child_started alpha/a: " + std::string(499, 'x') + "...");
  BOOST_TEST(x.text.size() == 5501); // the event itself loses nothing
}

BOOST_AUTO_TEST_SUITE_END()
