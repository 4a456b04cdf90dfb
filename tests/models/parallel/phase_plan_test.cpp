#include <models/parallel/phase_plan.hpp>

#include <boost/test/unit_test.hpp>

#include <vector>

using namespace models;

namespace {

training_config config_of(uint32_t batch, uint32_t epochs, uint32_t shards) {
  training_config config;
  config.net = {9, {20}, 3};
  config.batch = batch;
  config.epochs = epochs;
  config.shards = shards;
  return config;
}

/// Counts how often tasks hit each row; every row must be hit once.
void check_cover(const std::vector<int>& hits) {
  for (auto n : hits)
    BOOST_REQUIRE_EQUAL(n, 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(phase_plans)

BOOST_AUTO_TEST_CASE(an_epoch_is_steps_of_two_phases_and_an_evaluation) {
  phase_plan plan(config_of(4, 2, 2), {9, 5, 3});
  BOOST_TEST(plan.steps() == 3u);
  std::vector<phase_info> epoch;
  for (uint32_t step = 0; step < 3; ++step) {
    epoch.push_back({phase_kind::gradient, 0, step});
    epoch.push_back({phase_kind::update, 0, step});
  }
  epoch.push_back({phase_kind::evaluate, 0, 3, part::validation});
  for (uint64_t p = 0; p < 14; ++p) {
    auto expected = epoch[p % 7];
    expected.epoch = static_cast<uint32_t>(p / 7);
    BOOST_TEST((plan.at(p) == expected));
  }
  BOOST_TEST((plan.at(14).kind == phase_kind::evaluate_best));
  BOOST_TEST(plan.end_of(0) == 7u);
}

BOOST_AUTO_TEST_CASE(without_validation_rows_an_epoch_has_only_steps) {
  phase_plan plan(config_of(4, 2, 2), {9, 0, 3});
  BOOST_TEST(plan.end_of(0) == 6u);
  BOOST_TEST((plan.at(6).kind == phase_kind::gradient));
}

BOOST_AUTO_TEST_CASE(steps_and_phases_lead_to_each_other) {
  for (uint32_t train : {1u, 4u, 9u, 33u})
    for (uint32_t validation : {0u, 2u}) {
      phase_plan plan(config_of(4, 3, 2), {train, validation, 0});
      for (uint64_t step = 0; step < 3 * plan.steps(); ++step) {
        auto phase = plan.phase_of(step);
        BOOST_REQUIRE((plan.at(phase).kind == phase_kind::gradient));
        BOOST_REQUIRE_EQUAL(plan.step_of(phase), step);
        BOOST_REQUIRE_EQUAL(plan.step_of(phase + 1), step);
      }
      for (uint32_t epoch = 0; epoch < 3; ++epoch)
        BOOST_REQUIRE_EQUAL(plan.step_of(plan.end_of(epoch)),
                            (epoch + 1) * plan.steps());
    }
}

BOOST_AUTO_TEST_CASE(shards_cover_every_row_of_every_batch_once) {
  for (uint32_t train = 1; train < 40; ++train)
    for (uint32_t batch : {1u, 3u, 8u, 64u})
      for (uint32_t shards : {1u, 2u, 8u}) {
        phase_plan plan(config_of(batch, 1, shards), {train, 0, 0});
        uint32_t sum = 0;
        for (uint32_t step = 0; step < plan.steps(); ++step) {
          std::vector<int> hits(plan.batch_rows(step));
          for (uint32_t t = 0; t < plan.tasks({phase_kind::gradient}); ++t) {
            auto rows = plan.shard(step, t);
            for (auto i = rows.first; i < rows.last; ++i)
              ++hits.at(i);
          }
          check_cover(hits);
          sum += plan.batch_rows(step);
        }
        BOOST_REQUIRE_EQUAL(sum, train);
      }
}

BOOST_AUTO_TEST_CASE(a_step_has_a_phase_for_each_stage_and_for_the_length) {
  auto config = config_of(4, 3, 2);
  config.net.hidden = {5, 5};
  config.net.norm = true;
  config.clip_norm = 1;
  phase_plan plan(config, {8, 1, 0}); // 2 steps of 5 + 2 phases, an evaluation
  BOOST_TEST(plan.end_of(0) == 15u);
  for (uint32_t stage = 0; stage < 5; ++stage) {
    BOOST_TEST((plan.at(7 + stage)
                == phase_info{phase_kind::gradient, 0, 1, part::train, stage}));
    BOOST_TEST(plan.step_of(7 + stage) == 1u);
  }
  BOOST_TEST((plan.at(12).kind == phase_kind::measure));
  BOOST_TEST((plan.at(13).kind == phase_kind::update));
  BOOST_TEST((plan.at(14).kind == phase_kind::evaluate));
  BOOST_TEST(plan.phase_of(3) == 22u);
  BOOST_TEST(plan.tasks(plan.at(12)) == plan.tasks(plan.at(13)));
}

BOOST_AUTO_TEST_CASE(slices_cover_every_parameter_once) {
  for (std::vector<uint32_t> hidden :
       {std::vector<uint32_t>{}, {1}, {64}, {300, 7}, {2000, 2000}}) {
    auto config = config_of(4, 1, 2);
    config.net.hidden = hidden;
    config.net.inputs = 70;
    phase_plan plan(config, {9, 0, 0});
    mlp_layout layout(config.net);
    std::vector<std::vector<int>> hits;
    for (auto& group : layout.groups())
      hits.emplace_back(group.rows);
    for (uint32_t t = 0; t < plan.tasks({phase_kind::update}); ++t) {
      auto& slice = plan.slice(t);
      for (auto i = slice.rows.first; i < slice.rows.last; ++i)
        ++hits.at(slice.group).at(i);
    }
    for (auto& layer : hits)
      check_cover(layer);
  }
}

BOOST_AUTO_TEST_CASE(evaluations_cover_every_row_of_their_part_once) {
  for (row_counts rows : {row_counts{5, 70, 64}, {100, 0, 1}, {1, 100000, 0}}) {
    phase_plan plan(config_of(4, 1, 2), rows);
    for (auto p : {part::train, part::validation, part::test}) {
      auto all = plan.part_rows(p);
      std::vector<int> hits(all.size());
      auto tasks = plan.tasks({phase_kind::evaluate_best, 0, 0, p});
      BOOST_REQUIRE_GE(tasks, 1u);
      BOOST_REQUIRE_LE(tasks, plan.max_tasks());
      for (uint32_t t = 0; t < tasks; ++t) {
        auto part_rows = plan.evaluation_rows(p, t);
        for (auto i = part_rows.first; i < part_rows.last; ++i)
          ++hits.at(i - all.first);
      }
      check_cover(hits);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_best_weights_can_be_evaluated_again_and_again) {
  phase_plan plan(config_of(4, 2, 2), {9, 5, 3});
  uint64_t phase = 3; // stopped early
  for (auto p : {part::test, part::train, part::test, part::validation}) {
    auto next = plan.evaluation(p, phase);
    BOOST_TEST(next >= phase);
    BOOST_TEST((plan.at(next).kind == phase_kind::evaluate_best));
    BOOST_TEST((plan.at(next).rows == p));
    phase = next + 1;
  }
}

BOOST_AUTO_TEST_SUITE_END()
