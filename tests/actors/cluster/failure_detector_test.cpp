#include <actors/cluster/failure_detector.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>

using namespace actors;
using namespace std::chrono_literals;

namespace {

/// A sender whose heartbeats arrive as the test says.
struct world {
  failure_detector detector{{1s, std::chrono::hours{24}}};
  time_point now{1h};
  uint64_t seq = 0;
  duration interval = 100ms;

  world() { detector.watch("b", now); }

  void beat(duration late = 0ns, bool rebased = false) {
    detector.heartbeat("b", ++seq, interval, rebased, now + late);
  }

  void beats(int count) {
    for (int i = 0; i < count; ++i) {
      beat();
      now += interval;
    }
  }

  /// From now on in silence: how long until it is late.
  duration until_late() {
    auto begin = now;
    while (!detector.late("b", now))
      now += 1ms;
    return now - begin;
  }

  bool has(evidence_kind kind) {
    for (auto& x : detector.why("b", now))
      if (x.kind == kind)
        return true;
    return false;
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(failure_detectors)

BOOST_AUTO_TEST_CASE(a_peer_that_beats_is_not_late) {
  world w;
  for (int i = 0; i < 1000; ++i) {
    BOOST_REQUIRE(!w.detector.late("b", w.now));
    w.beats(1);
  }
  BOOST_TEST(w.detector.why("b", w.now).empty());
}

BOOST_AUTO_TEST_CASE(silence_is_noticed_in_the_time_until_suspicion) {
  world w;
  w.beats(100);
  w.now -= w.interval; // the last one went just now
  auto took = w.until_late();
  BOOST_TEST((took > 500ms));
  BOOST_TEST((took <= 601ms));
  BOOST_TEST(w.has(evidence_kind::silent));
}

BOOST_AUTO_TEST_CASE(one_that_is_never_heard_becomes_late) {
  world w;
  BOOST_TEST(!w.detector.late("b", w.now));
  BOOST_TEST((w.until_late() == 1s));
  BOOST_TEST(!w.detector.heard("b"));
}

BOOST_AUTO_TEST_CASE(a_lost_connection_makes_late_at_once_until_a_heartbeat) {
  world w;
  w.beats(20);
  w.detector.link_lost("b", w.now);
  BOOST_TEST(w.detector.late("b", w.now));
  BOOST_TEST(w.has(evidence_kind::link_lost));
  w.beats(1);
  BOOST_TEST(!w.detector.late("b", w.now));
  BOOST_TEST(!w.has(evidence_kind::link_lost));
}

BOOST_AUTO_TEST_CASE(an_observer_that_slept_does_not_accuse) {
  world w;
  w.beats(100);
  auto due = w.now;
  w.now += 5s; // stopped; what came in is still unread
  w.detector.woke(due, w.now);
  BOOST_TEST(!w.detector.late("b", w.now));
  BOOST_TEST(w.detector.health().score() > 0);
  BOOST_TEST((w.until_late() <= 601ms)); // and is not blind afterwards
}

BOOST_AUTO_TEST_CASE(its_own_sleep_does_not_count_as_jitter_of_the_link) {
  world w;
  w.beats(100);
  auto before = w.detector.report("b", w.now)->quality.jitter;
  w.detector.woke(w.now, w.now + 400ms);
  w.beat(400ms);
  auto after = w.detector.report("b", w.now)->quality.jitter;
  BOOST_TEST((before == after));
}

BOOST_AUTO_TEST_CASE(loss_and_jitter_are_measured) {
  world w;
  std::mt19937_64 random{7};
  std::normal_distribution<double> delay{0.020, 0.005};
  uint64_t lost = 0;
  for (int i = 0; i < 4000; ++i) {
    if (random() % 5 == 0) {
      ++w.seq;
      ++lost;
    } else {
      w.beat(std::chrono::duration_cast<duration>(
        std::chrono::duration<double>(std::abs(delay(random)))));
    }
    w.now += w.interval;
  }
  auto link = w.detector.report("b", w.now)->quality;
  BOOST_TEST(std::abs(link.loss - 0.2) < 0.06);
  auto jitter = std::chrono::duration<double>(link.jitter).count();
  BOOST_TEST(std::abs(jitter - 0.005) < 0.002);
}

BOOST_AUTO_TEST_CASE(a_lossy_link_asks_for_more_heartbeats) {
  world w;
  w.beats(200);
  auto good = w.detector.wanted_interval("b");
  for (int i = 0; i < 300; ++i) {
    w.seq += i % 4 == 0 ? 1 : 0;
    w.beats(1);
  }
  BOOST_TEST((w.detector.wanted_interval("b") < good));
}

/// 100 ppm: 0.36 s an hour, which is more than a margin.
BOOST_AUTO_TEST_CASE(clocks_that_run_apart_do_no_harm) {
  world w;
  for (int i = 0; i < 36'000 * 3; ++i) {
    w.beat();
    w.now += w.interval + 10us;
    BOOST_REQUIRE(!w.detector.late("b", w.now));
  }
  BOOST_TEST((w.detector.report("b", w.now)->quality.jitter < 2ms));
}

BOOST_AUTO_TEST_CASE(a_sender_that_was_late_once_is_forgiven_and_remembered) {
  world w;
  w.beats(100);
  w.now += 300ms;
  w.beat(0ns, true);
  w.now += w.interval;
  BOOST_TEST((w.detector.report("b", w.now)->quality.jitter > 30ms));
  w.beats(64);
  BOOST_TEST((w.detector.report("b", w.now)->quality.jitter < 5ms));
}

BOOST_AUTO_TEST_CASE(phi_grows_with_silence) {
  world w;
  w.beats(100);
  auto at = [&](duration x) { return w.detector.report("b", w.now + x)->phi; };
  BOOST_TEST(at(-50ms) == 0);
  BOOST_TEST(at(1ms) > 0.3);
  BOOST_TEST(at(5ms) > at(1ms));
  BOOST_TEST(at(10s) <= 300);
}

BOOST_AUTO_TEST_CASE(a_goal_out_of_reach_is_in_the_evidence) {
  world w;
  for (int i = 0; i < 64; ++i) {
    w.detector.round_trip("b", 900ms);
    w.beats(1);
  }
  BOOST_TEST(w.has(evidence_kind::detection_slow));
  BOOST_TEST(!w.detector.report("b", w.now)->timing.reachable);
  BOOST_TEST((w.detector.probe_budget("b") > 400ms));
}

BOOST_AUTO_TEST_CASE(old_and_repeated_heartbeats_prolong_nothing) {
  world w;
  w.beats(100);
  while (!w.detector.late("b", w.now)) {
    w.detector.heartbeat("b", 100, w.interval, false, w.now);
    w.detector.heartbeat("b", 99, w.interval, false, w.now);
    w.now += 10ms;
    BOOST_REQUIRE((w.now < time_point{2h}));
  }
}

BOOST_AUTO_TEST_CASE(nonsense_in_a_heartbeat_is_ignored) {
  world w;
  w.detector.heartbeat("b", 0, 100ms, false, w.now);
  w.detector.heartbeat("b", 1, 0ms, false, w.now);
  w.detector.heartbeat("b", 1, -1s, false, w.now);
  w.detector.heartbeat("c", 1, 1s, false, w.now);
  BOOST_TEST(!w.detector.heard("b"));
  BOOST_TEST(!w.detector.watches("c"));
}

BOOST_AUTO_TEST_SUITE_END()
