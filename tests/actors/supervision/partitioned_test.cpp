// Partitioned supervisors on a real scheduler.

#include <actors/runtime/configure.hpp>
#include <actors/supervision/partitioned.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include <set>
#include <thread>

namespace {

using namespace std::chrono_literals;

using get_a = caf::atom_constant<caf::atom("get")>;

caf::behavior keeper(caf::event_based_actor*, int64_t value) {
  return {[=](get_a) { return value; }};
}

struct machine {
  machine() : sys{configure()} {}

  caf::actor_system_config& configure() {
    actors::configure_runtime(cfg, 2);
    return cfg;
  }

  static actors::partitioned_spec spec(size_t n) {
    actors::partitioned_spec x;
    x.partitions = n;
    x.each.child = actors::child_template("k", keeper);
    return x;
  }

  int64_t get(const caf::actor& from) {
    caf::scoped_actor self{sys};
    int64_t result = -1;
    self->request(from, 60s, get_a::value)
      .receive([&](int64_t x) { result = x; }, [](caf::error&) {});
    return result;
  }

  caf::actor_system_config cfg;
  caf::actor_system sys;
  actors::runtime_ptr runtime =
    std::make_shared<const actors::supervision_runtime>();
};

} // namespace

BOOST_AUTO_TEST_SUITE(partitioned_supervisor)

BOOST_AUTO_TEST_CASE(a_key_belongs_to_one_partition) {
  std::vector<size_t> hits(4);
  for (uint64_t key = 0; key < 4000; key += 4) {
    auto i = actors::partition_of(key, 4);
    BOOST_REQUIRE(i < 4u);
    BOOST_REQUIRE(i == actors::partition_of(key, 4));
    ++hits[i];
  }
  for (auto n : hits) // counted in fours, and yet spread
    BOOST_TEST((n > 150 && n < 350), n);
  BOOST_TEST(actors::partition_of("ada", 7) == actors::partition_of("ada", 7));
}

BOOST_AUTO_TEST_CASE(children_are_started_counted_and_stopped_over_all) {
  machine m;
  auto pool =
    *actors::spawn_partitioned(m.sys, "pool", machine::spec(3), m.runtime);
  BOOST_REQUIRE(pool.places.size() == 3u);
  std::vector<caf::actor> all;
  for (uint64_t key = 0; key < 60; ++key)
    all.push_back(*actors::start_child(
      m.sys, pool, key, caf::make_message(static_cast<int64_t>(key))));
  for (size_t i = 0; i < all.size(); ++i)
    BOOST_TEST(m.get(all[i]) == static_cast<int64_t>(i));
  auto n = actors::count_children(m.sys, pool);
  BOOST_TEST(n.specs == 1u);
  BOOST_TEST(n.active == 60u);
  BOOST_TEST(n.workers == 60u);
  std::set<std::string> paths;
  for (auto& x : actors::which_children(m.sys, pool))
    paths.insert(x.path);
  BOOST_TEST(paths.size() == 60u);
  BOOST_TEST(paths.count("pool/part-1/k-1") == 1u);
  actors::stop_supervisor(m.sys, pool.supervisor);
  BOOST_TEST(m.get(all[7]) == -1);
}

BOOST_AUTO_TEST_CASE(a_partition_restarts_alone_behind_the_same_handle) {
  machine m;
  auto pool =
    *actors::spawn_partitioned(m.sys, "pool", machine::spec(2), m.runtime);
  auto zero = caf::make_message(int64_t{0});
  std::vector<caf::actor> mine;
  std::vector<caf::actor> others;
  for (uint64_t key = 0; key < 20; ++key) {
    auto child = *actors::start_child(m.sys, pool, key, zero);
    (actors::partition_of(key, 2) == 0 ? mine : others).push_back(child);
  }
  caf::anon_send_exit(pool.places[0], caf::exit_reason::kill);
  for (auto again = true; again; std::this_thread::yield())
    again = (*actors::which_children(m.sys, pool.supervisor))[0].incarnation < 2
            || !actors::count_children(m.sys, pool.places[0]);
  BOOST_TEST(actors::count_children(m.sys, pool).workers == others.size());
  for (auto& x : mine)
    BOOST_TEST(m.get(x) == -1);
  for (auto& x : others)
    BOOST_TEST(m.get(x) == 0);
  uint64_t key = 0;
  while (actors::partition_of(key, 2) != 0)
    ++key;
  BOOST_TEST(m.get(*actors::start_child(m.sys, pool, key, zero)) == 0);
  actors::stop_supervisor(m.sys, pool.supervisor);
}

BOOST_AUTO_TEST_CASE(many_threads_start_children_at_once) {
  machine m;
  auto pool =
    *actors::spawn_partitioned(m.sys, "pool", machine::spec(2), m.runtime);
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 200; ++i)
        BOOST_CHECK(actors::start_child(m.sys, pool, t * 1000 + i,
                                        caf::make_message(int64_t{1})));
    });
  for (auto& x : threads)
    x.join();
  BOOST_TEST(actors::count_children(m.sys, pool).active == 800u);
  actors::stop_supervisor(m.sys, pool.supervisor);
}

BOOST_AUTO_TEST_CASE(it_is_a_child_of_an_ordinary_supervisor) {
  machine m;
  actors::supervisor_spec top;
  top.children = {actors::supervisor_child(
    "sessions", actors::supervisor_of_partitions(machine::spec(2)))};
  auto sup = *actors::spawn_supervisor(m.sys, "app", top, m.runtime);
  auto below = *actors::which_children(m.sys, sup);
  auto pool = *actors::find_partitions(m.sys, below.at(0).handle);
  auto child = *actors::start_child(m.sys, pool, "ada",
                                    caf::make_message(int64_t{7}), "ada");
  BOOST_TEST(m.get(child) == 7);
  actors::stop_supervisor(m.sys, sup);
}

BOOST_AUTO_TEST_CASE(a_bad_specification_starts_nothing) {
  machine m;
  auto spec = machine::spec(2);
  spec.each.max_children = 0;
  auto pool = actors::spawn_partitioned(m.sys, "pool", spec, m.runtime);
  BOOST_REQUIRE(!pool);
  BOOST_TEST(actors::text_of(pool.error())
             == "pool: max_children must be positive");
}

BOOST_AUTO_TEST_SUITE_END()
