#include <models/core/parameters.hpp>
#include <models/data/csv_reader.hpp>
#include <models/nn/mlp_parameters.hpp>
#include <models/parallel/step_worker.hpp>
#include <roles/compute/job_run.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <optional>

using namespace roles;
using namespace std::chrono_literals;

namespace {

/// 60 rows that a line divides.
models::table two_classes() {
  std::string text = "a,b,is\n";
  for (int i = 0; i < 60; ++i)
    text += std::to_string(i) + "," + std::to_string(i * 7 % 11)
            + (i < 30 ? ",low\n" : ",high\n");
  return models::read_csv(models::memory_source(text), {});
}

nlohmann::json params_of(nlohmann::json some) {
  return models::complete(models::nn::mlp_parameters(), some);
}

/// A run, its memory, and a worker for it.
struct laboratory {
  explicit laboratory(const nlohmann::json& params, std::string checkpoint = {})
    : table(two_classes()) {
    auto source = [this](size_t bytes) {
      worker.reset();
      memory.assign(bytes / sizeof(line) + 1, {});
      return std::span{reinterpret_cast<std::byte*>(memory.data()), bytes};
    };
    run = find_job_kind("mlp")->begin(
      {{&table, {}, {}, params, "data"}, std::move(checkpoint)}, source);
    join();
  }

  /// Takes up what is in the memory, unless that is done.
  void join() {
    if (!worker)
      worker.emplace(std::span{reinterpret_cast<std::byte*>(memory.data()),
                               memory.size() * sizeof(line)},
                     uint8_t{1});
  }

  void compute() {
    join();
    while (!run->wait(0ns))
      worker->run(1s, models::wait_policy::none());
  }

  /// Goes on until `spans` are done or the run is over.
  void train(size_t spans = SIZE_MAX) {
    for (; spans > 0 && run->next_span(); --spans) {
      compute();
      run->span_done();
    }
  }

  job_result judge() {
    run->begin_judgement();
    compute();
    return run->result().record;
  }

  struct alignas(64) line {
    char bytes[64] = {};
  };

  models::table table;
  std::vector<line> memory;
  std::unique_ptr<job_run> run;
  std::optional<models::step_worker> worker;
};

} // namespace

BOOST_AUTO_TEST_SUITE(mlp_run)

BOOST_AUTO_TEST_CASE(what_it_tells_meanwhile_are_metrics_by_name) {
  laboratory lab(params_of({}));
  auto metrics = lab.run->progress().metrics;
  BOOST_TEST((!metrics || metrics->is_object()));
}

BOOST_AUTO_TEST_CASE(one_that_stops_early_stays_at_its_last_step) {
  laboratory lab(params_of({{"epochs", 500}, {"patience", 1}, {"lr", 1.0}}));
  while (lab.run->next_span()) {
    lab.compute();
    lab.run->span_done();
  }
  auto last = lab.run->progress();
  BOOST_TEST(last.epoch < 500);
  lab.run->begin_judgement();
  BOOST_TEST(lab.run->progress().step == last.step);
  lab.compute();
  BOOST_TEST(lab.run->progress().step == last.step);
}

BOOST_AUTO_TEST_CASE(
  one_that_has_to_leave_goes_on_from_there_to_the_same_bits) {
  auto params = params_of({{"epochs", 30}, {"patience", 0}});
  auto hash = [](laboratory& lab) {
    while (lab.run->next_span()) {
      lab.compute();
      lab.run->span_done();
    }
    lab.run->begin_judgement();
    lab.compute();
    return lab.run->result().record.weights_sha256;
  };
  laboratory undisturbed(params);
  laboratory first(params);
  first.run->next_span();
  first.worker->run(0ns, models::wait_policy::none());
  first.run->cut();
  first.compute();
  first.run->span_done();
  laboratory second(params, first.run->save());
  BOOST_TEST(second.run->progress().step == first.run->progress().step);
  BOOST_TEST(hash(second) == hash(undisturbed));
}

BOOST_AUTO_TEST_CASE(folds_are_scored_and_leave_the_model_as_it_is) {
  auto params = params_of({{"epochs", 8}});
  laboratory plain(params);
  plain.train();
  auto expected = plain.judge();
  params["folds"] = 3;
  laboratory lab(params);
  lab.train();
  auto record = lab.judge();
  BOOST_TEST(record.weights_sha256 == expected.weights_sha256);
  auto& folds = record.metrics["folds"];
  BOOST_TEST(folds["count"] == 3);
  BOOST_REQUIRE(folds["accuracy"]["values"].size() == 3u);
  double mean = 0;
  for (double x : folds["accuracy"]["values"])
    mean += x / 3;
  BOOST_TEST(std::abs(folds["accuracy"]["mean"].get<double>() - mean) < 1e-12);
  record.metrics.erase("folds");
  BOOST_TEST(record.metrics == expected.metrics);
}

BOOST_AUTO_TEST_CASE(a_cross_validation_goes_on_where_it_was_to_the_same_bits) {
  auto params =
    params_of({{"epochs", 4}, {"folds", 2}, {"checkpoint_every", 3}});
  laboratory undisturbed(params);
  undisturbed.train();
  auto expected = undisturbed.judge();
  for (size_t spans : {1u, 2u, 4u, 5u, 6u, 9u, 12u}) {
    laboratory first(params);
    first.train(spans);
    laboratory second(params, first.run->save());
    auto progress = second.run->progress();
    BOOST_TEST(progress.step == first.run->progress().step);
    BOOST_TEST(progress.metrics.value()["data"]["rows_read"] == 60);
    second.train();
    auto record = second.judge();
    BOOST_TEST(record.weights_sha256 == expected.weights_sha256);
    BOOST_TEST(record.metrics == expected.metrics, "after span " << spans);
  }
}

BOOST_AUTO_TEST_SUITE_END()
