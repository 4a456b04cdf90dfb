#include <models/rl/tabular.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>

using namespace models;

BOOST_AUTO_TEST_SUITE(tabular)

namespace {

learning_config for_the_cliff(value_rule rule) {
  learning_config c;
  c.rule = rule;
  c.discount = 1;
  return c;
}

/// The path of the best actions from the start, as cells.
std::vector<uint32_t> path_of(const learned_values& learned) {
  grid_world world{cliff_map()};
  random_stream random{{}, {}};
  std::vector<uint32_t> path{world.reset(random)};
  for (bool over = false; !over && path.size() < 100;) {
    auto [state, reward, terminal] =
      world.step(learned.best_action(path.back()), random);
    path.push_back(state);
    over = terminal;
  }
  return path;
}

/// A walk of ten steps to the right, one way through the interface that is
/// known at compile time and one through the virtual one.
struct corridor {
  uint32_t states() const { return 10; }

  uint32_t actions() const { return 2; }

  uint32_t step_limit() const { return 200; }

  uint32_t reset(random_stream&) { return at = 0; }

  world_step step(uint32_t action, random_stream& random) {
    auto goes = (action == 1) != (random.uniform() < 0.1);
    at = goes ? at + 1 : at - (at > 0);
    return {at, -1, at == 9};
  }

  uint32_t at = 0;
};

class virtual_corridor : public virtual_world {
public:
  uint32_t states() const override { return same_.states(); }

  uint32_t actions() const override { return same_.actions(); }

  uint32_t step_limit() const override { return same_.step_limit(); }

  uint32_t reset(random_stream& random) override { return same_.reset(random); }

  world_step step(uint32_t action, random_stream& random) override {
    return same_.step(action, random);
  }

private:
  corridor same_;
};

bool same(const learned_values& a, const learned_values& b) {
  return a.values == b.values && a.visits == b.visits
         && a.test.sum == b.test.sum && a.training.sum == b.training.sum;
}

learning_config short_run() {
  learning_config c;
  c.episodes = 2010;
  c.seed = 7;
  c.test_episodes = 101;
  return c;
}

} // namespace

// Sutton, Barto (2018), example 6.6: the best path is along the edge, 13 steps;
// while some actions are random the path two rows away, 17 steps, is better.
BOOST_AUTO_TEST_CASE(q_learning_walks_along_the_cliff) {
  for (uint64_t seed = 0; seed < 5; ++seed) {
    auto c = for_the_cliff(value_rule::q_learning);
    c.seed = seed;
    auto learned = learn({"cliff", ""}, c);
    BOOST_TEST(learned.test.least == -13);
    BOOST_TEST(learned.test.greatest == -13);
    BOOST_TEST(path_of(learned).size() == 14u);
  }
}

BOOST_AUTO_TEST_CASE(sarsa_takes_the_safe_path) {
  for (auto rule : {value_rule::sarsa, value_rule::expected_sarsa}) {
    auto learned = learn({"cliff", ""}, for_the_cliff(rule));
    BOOST_TEST(learned.test.mean() == -17);
    for (auto cell : path_of(learned))
      BOOST_TEST((cell / 12 != 2 || cell % 12 == 0 || cell % 12 == 11),
                 "beside the cliff: " << cell);
  }
}

BOOST_AUTO_TEST_CASE(q_learning_comes_near_what_value_iteration_finds) {
  grid_world lake{frozen_lake_map(false)};
  auto process = lake.process(0.99);
  auto known =
    action_values(process, solve(process, {.tolerance = 1e-9}).values);
  // gym's FrozenLake-v1 with discount 0.99
  BOOST_TEST(*std::max_element(known.begin(), known.begin() + 4) == 0.54202593,
             boost::test_tools::tolerance(1e-5));
  learning_config c;
  c.episodes = 400000;
  c.rate = 0.5;
  c.rate_decay = 0.005;
  c.epsilon_end = 0.5;
  c.step_limit = 1000;
  c.test_episodes = 10000;
  auto learned = learn(lake, c);
  double worst = 0;
  for (size_t i = 0; i < known.size(); ++i)
    if (learned.visits[i] > 0)
      worst = std::max(worst, std::abs(learned.values[i] - known[i]));
  BOOST_TEST(worst < 0.03);
  BOOST_TEST(learned.test.mean() > 0.79); // without a limit 0.8235 is best
}

BOOST_AUTO_TEST_CASE(a_pole_is_balanced_with_the_boxes_of_1983) {
  learning_config c;
  auto learned = learn({"cart-pole", ""}, c);
  BOOST_TEST(learned.states == 162u);
  BOOST_TEST(learned.test.mean() > 300); // 496; at random 22
}

BOOST_AUTO_TEST_CASE(a_car_learns_to_swing) {
  auto learned = learn({"mountain-car", ""}, {});
  BOOST_TEST(learned.test.mean() > -200); // -146; it starts with -1000
  BOOST_TEST(learned.test.ended >= 990u);
}

BOOST_AUTO_TEST_CASE(the_bits_are_those_of_any_number_of_threads) {
  for (auto rule : {value_rule::q_learning, value_rule::sarsa}) {
    auto c = short_run();
    c.rule = rule;
    auto one = learn({"frozen-lake", ""}, c, 1);
    BOOST_TEST(same(one, learn({"frozen-lake", ""}, c, 3)));
    ++c.seed;
    BOOST_TEST(!same(one, learn({"frozen-lake", ""}, c, 1)));
  }
}

BOOST_AUTO_TEST_CASE(a_world_of_ones_own_learns_through_both_interfaces) {
  corridor fast;
  virtual_corridor slow;
  auto learned = learn(fast, short_run());
  BOOST_TEST(same(learned, learn(slow, short_run())));
  for (uint32_t state = 0; state < 9; ++state)
    BOOST_TEST(learned.best_action(state) == 1u);
}

BOOST_AUTO_TEST_CASE(a_named_world_learns_as_the_same_one_in_hand) {
  grid_world lake{frozen_lake_map(false)};
  BOOST_TEST(
    same(learn(lake, short_run()), learn({"frozen-lake", ""}, short_run())));
}

namespace {

/// Rounds done one after the other, in memory of its own.
struct by_hand {
  explicit by_hand(const round_state* from = nullptr)
    : algorithm(short_run(), 16, 4, {"frozen-lake", ""}),
      memory(algorithm.payload_bytes() / 64 + 1) {
    std::span bytes{reinterpret_cast<std::byte*>(memory.data()),
                    memory.size() * 64};
    algorithm.lay_out(bytes);
    if (from != nullptr)
      algorithm.restore(*from);
    tasks = tabular_program().attach(bytes);
  }

  bool round(int times = 1) {
    if (!algorithm.next_round())
      return false;
    for (int i = 0; i < times; ++i)
      for (auto task = algorithm.tasks(); task > 0; --task)
        tasks->compute(task - 1);
    algorithm.end_round();
    return true;
  }

  tabular_algorithm algorithm;
  std::vector<tabular_detail::line> memory;
  std::unique_ptr<round_tasks> tasks;
};

} // namespace

BOOST_AUTO_TEST_CASE(it_goes_on_from_any_round_to_the_same_bits) {
  auto whole = learn({"frozen-lake", ""}, short_run());
  for (int stop : {0, 1, 7, 20, 21, 22}) {
    by_hand first;
    for (int i = 0; i < stop; ++i)
      first.round();
    auto saved = first.algorithm.save();
    by_hand second{&saved};
    while (second.round())
      ;
    BOOST_TEST(same(whole, second.algorithm.result()), "stopped at " << stop);
  }
}

BOOST_AUTO_TEST_CASE(a_task_that_is_done_again_changes_nothing) {
  by_hand run;
  while (run.round(2))
    ;
  BOOST_TEST(
    same(run.algorithm.result(), learn({"frozen-lake", ""}, short_run())));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_table_is_refused) {
  by_hand run;
  run.round();
  auto saved = run.algorithm.save();
  saved.tensors["values"] = saved.tensors["visits"];
  BOOST_CHECK_THROW(by_hand{&saved}, std::invalid_argument);
  saved = run.algorithm.save();
  saved.json = "{}";
  BOOST_CHECK_THROW(by_hand{&saved}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(an_episode_that_is_cut_off_has_not_ended) {
  auto c = short_run();
  c.step_limit = 5; // nine steps are needed
  corridor world;
  auto learned = learn(world, c);
  BOOST_TEST(learned.test.ended == 0u);
  BOOST_TEST(learned.test.steps == 5 * c.test_episodes);
}

BOOST_AUTO_TEST_CASE(values_beyond_all_numbers_end_it) {
  struct : corridor {
    world_step step(uint32_t, random_stream&) { return {0, 1e308, false}; }
  } world;

  auto c = short_run();
  c.discount = 1;
  c.rate = 1;
  auto learned = learn(world, c);
  BOOST_TEST(learned.training.episodes < c.episodes);
}

BOOST_AUTO_TEST_CASE(parameters_out_of_range_are_refused) {
  auto refused = [](auto change) {
    learning_config c;
    change(c);
    BOOST_CHECK_THROW(check(c), std::invalid_argument);
  };
  refused([](auto& c) { c.episodes = 0; });
  refused([](auto& c) { c.rate = 0; });
  refused([](auto& c) { c.rate = std::nan(""); });
  refused([](auto& c) { c.discount = 1.1; });
  refused([](auto& c) { c.epsilon_end = -0.1; });
  refused([](auto& c) { c.learners = 0; });
  BOOST_CHECK_THROW(tabular_algorithm({}, 0, 4), std::invalid_argument);
  BOOST_CHECK_THROW(tabular_algorithm({}, 1 << 24, 4), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
