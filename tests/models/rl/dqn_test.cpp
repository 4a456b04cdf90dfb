#include <models/core/error.hpp>
#include <models/rl/cart_pole.hpp>
#include <models/rl/dqn.hpp>
#include <models/rl/dqn_kind.hpp>
#include <models/rl/dqn_parameters.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

using namespace models;

BOOST_AUTO_TEST_SUITE(dqn)

namespace {

bool same(const learned_network& a, const learned_network& b) {
  return a.parameters == b.parameters && a.test.sum == b.test.sum
         && a.training.sum == b.training.sum && a.batches == b.batches;
}

dqn_config short_run() {
  dqn_config c;
  c.hidden = {16};
  c.steps = 3000;
  c.batch = 30; // not the same for all learners
  c.memory = 1000;
  c.learn_after = 100;
  c.target_every = 50;
  c.test_every = 1000;
  c.test_episodes = 10;
  c.seed = 3;
  return c;
}

/// Where one is on a line from 0 to 1; the right end is worth 1.
struct line_walk {
  uint32_t features() const { return 1; }

  uint32_t actions() const { return 2; }

  uint32_t step_limit() const { return 50; }

  void reset(random_stream& random) {
    at = static_cast<float>(random.below(5)) / 10;
  }

  control_step step(uint32_t action, random_stream&) {
    at = std::max(0.f, at + (action == 1 ? 0.1f : -0.1f));
    return {at > 0.95f ? 1.0 : 0.0, at > 0.95f};
  }

  void observe(std::span<float> out) const { out[0] = at; }

  float at = 0;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_network_balances_the_pole) {
  auto learned = learn_deep("cart-pole", {}, 2);
  BOOST_TEST(learned.test.mean() > 400); // 500 is best; at random 22
}

// One step from the end the way there is worth 1, each step before it the
// discount less.
BOOST_AUTO_TEST_CASE(the_values_are_those_of_the_world) {
  for (bool single : {false, true}) {
    auto c = short_run();
    c.single = single;
    c.steps = 20000;
    c.discount = 0.9;
    auto learned = learn_deep(line_walk{}, c);
    BOOST_TEST(learned.test.mean() == 1);
    mlp_layout layout(learned.shape);
    mlp_workspace work(layout);
    for (int i = 4; i < 10; ++i) {
      auto at = static_cast<float>(i) / 10;
      const float* shown = &at;
      std::array<float, 2> values{};
      predict(layout, learned.parameters, std::span(&shown, 1), values, work);
      BOOST_TEST(std::abs(values[1] - std::pow(0.9, 9 - i)) < 0.1,
                 "at " << at << ": " << values[1]);
      BOOST_TEST(values[1] > values[0]);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_bits_are_those_of_any_number_of_threads) {
  auto one = learn_deep("cart-pole", short_run(), 1);
  BOOST_TEST(same(one, learn_deep("cart-pole", short_run(), 3)));
  BOOST_TEST(same(one, learn_deep(cart_pole{}, short_run())));
  auto other = short_run();
  ++other.seed;
  BOOST_TEST(!same(one, learn_deep("cart-pole", other, 1)));
}

namespace {

/// Rounds done one after the other, in memory of its own.
struct by_hand {
  struct alignas(64) line {
    std::byte bytes[64];
  };

  explicit by_hand(const round_state* from = nullptr)
    : algorithm(short_run(), about_control("cart-pole").shape, "cart-pole"),
      memory(algorithm.payload_bytes() / 64 + 1) {
    std::span bytes{reinterpret_cast<std::byte*>(memory.data()),
                    memory.size() * 64};
    algorithm.lay_out(bytes);
    if (from != nullptr)
      algorithm.restore(*from);
    tasks = dqn_program().attach(bytes);
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

  dqn_algorithm algorithm;
  std::vector<line> memory;
  std::unique_ptr<round_tasks> tasks;
};

} // namespace

BOOST_AUTO_TEST_CASE(it_goes_on_from_any_round_to_the_same_bits) {
  auto whole = learn_deep("cart-pole", short_run());
  // Before and after the first test (250), with a memory that is full (250)
  // and at the end (750 rounds and 4 tests).
  for (int stop : {0, 1, 100, 250, 251, 600, 753, 754}) {
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
    same(run.algorithm.result(), learn_deep("cart-pole", short_run())));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_network_is_refused) {
  by_hand run;
  run.round();
  auto saved = run.algorithm.save();
  saved.tensors["target"] = saved.tensors["before"];
  BOOST_CHECK_THROW(by_hand{&saved}, std::invalid_argument);
  saved = run.algorithm.save();
  saved.json = "{}";
  BOOST_CHECK_THROW(by_hand{&saved}, std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_reward_beyond_all_numbers_ends_it) {
  struct : line_walk {
    control_step step(uint32_t, random_stream&) { return {1e39, false}; }
  } world;

  auto learned = learn_deep(world, short_run());
  BOOST_TEST(learned.test.episodes == 0u);
  BOOST_TEST(learned.batches == 0u);
}

BOOST_AUTO_TEST_CASE(parameters_out_of_range_are_refused) {
  auto refused = [](auto change) {
    dqn_config c;
    change(c);
    BOOST_CHECK_THROW(check(c), std::invalid_argument);
  };
  refused([](auto& c) { c.hidden = {}; });
  refused([](auto& c) { c.steps = 0; });
  refused([](auto& c) { c.rate = std::nan(""); });
  refused([](auto& c) { c.memory = 500; }); // learn_after is 1000
  refused([](auto& c) { c.round_steps = 20000; });
  refused([](auto& c) { c.test_episodes = 0; });
  BOOST_CHECK_THROW(about_control("moon"), std::invalid_argument);
  BOOST_CHECK_THROW(dqn_algorithm({}, {4, 1}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_policy_from_a_file_answers_as_the_network) {
  auto params =
    complete(dqn_parameters(), {{"steps", 3000}, {"test_episodes", 10}});
  auto kind = dqn_kind();
  auto run = kind.make({nullptr, {}, "", params, ""});
  run_rounds(run->algorithm(), 1);
  auto file = run->result();
  BOOST_TEST(file.classes[1] == "right");
  auto read = read_model(write_model(file), "dqn");
  auto policy = kind.load(read);
  std::array<float, 4> now{0, 0, 0.5f, 0.5f};
  std::array<float, 2> first{};
  policy->predict(now, 1, first);
  BOOST_TEST(std::isfinite(first[0]));
  read.params = "{}";
  BOOST_CHECK_THROW(kind.load(read), data_error);
  kind_input with_text{nullptr, "SG", "map", params, ""};
  BOOST_CHECK_THROW(kind.make(with_text), std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
