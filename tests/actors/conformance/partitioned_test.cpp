// A dynamic supervisor for each core, whatever its children run on.

#include <actors/supervision/partitioned.hpp>

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

actors::partitioned_spec three_pools(stage& on) {
  actors::partitioned_spec spec;
  spec.partitions = 3;
  spec.above.max_restarts = 1'000;
  spec.above.within = 1h;
  spec.each = on.pool();
  return spec;
}

actors::partitioned run(stage& on, const actors::partitioned_spec& spec) {
  on.run(actors::supervisor_of_partitions(spec));
  auto pool = actors::find_partitions(on.system(), on.top());
  if (!pool)
    BOOST_FAIL(actors::text_of(pool.error()));
  return *pool;
}

caf::actor start(stage& on, const actors::partitioned& pool, std::string key) {
  auto child =
    actors::start_child(on.system(), pool, key, caf::make_message(key), key);
  if (!child)
    BOOST_FAIL(actors::text_of(child.error()));
  return *child;
}

/// Two keys of different partitions.
std::pair<std::string, std::string> two_keys() {
  auto first = std::string{"a0"};
  for (char c = '1';; ++c) {
    auto other = std::string{"a"} + c;
    if (actors::partition_of(other, 3) != actors::partition_of(first, 3))
      return {first, other};
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(conformance_partitioned)

CONFORMANCE_CASE(children_live_in_the_partition_of_their_key) {
  auto pool = run(on, three_pools(on));
  constexpr size_t n = 9;
  for (size_t i = 0; i < n; ++i) {
    auto key = "k" + std::to_string(i);
    auto child = start(on, pool, key);
    BOOST_TEST(on.ask(child, "echo", key) == key);
    auto part =
      "part-" + std::to_string(actors::partition_of(key, 3) + 1) + "/" + key;
    on.await("child_started", part);
  }
  BOOST_TEST(actors::count_children(on.system(), pool).active == n);
  BOOST_TEST(actors::which_children(on.system(), pool).size() == n);
}

CONFORMANCE_CASE(partition_that_gives_up_leaves_the_others_alone) {
  auto spec = three_pools(on);
  spec.each.max_restarts = 0;
  auto pool = run(on, spec);
  auto [weak, other] = two_keys();
  auto victim = start(on, pool, weak);
  auto bystander = start(on, pool, other);
  auto part = "part-" + std::to_string(actors::partition_of(weak, 3) + 1);
  on.ask(victim, "crash", "boom");
  on.await("child_started", part, 2);
  BOOST_TEST(on.ask(bystander, "echo", "still") == "still");
  BOOST_TEST(actors::count_children(on.system(), pool).active == 1u);
  auto again = start(on, pool, weak);
  BOOST_TEST(on.ask(again, "echo", "new") == "new");
}

CONFORMANCE_CASE(children_of_all_partitions_stop_with_them) {
  auto pool = run(on, three_pools(on));
  for (auto key : {"a", "b", "c", "d"})
    start(on, pool, key);
  pool = {};
  on.stop();
  BOOST_TEST((on.end_of_top() == caf::exit_reason::user_shutdown));
}

BOOST_AUTO_TEST_SUITE_END()
