#include <models/core/parameters.hpp>
#include <models/data/csv_reader.hpp>
#include <models/nn/mlp_parameters.hpp>
#include <models/parallel/step_worker.hpp>
#include <roles/compute/job_run.hpp>

#include <boost/test/unit_test.hpp>

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
      memory.resize(bytes / sizeof(line) + 1);
      return std::span{reinterpret_cast<std::byte*>(memory.data()), bytes};
    };
    run = find_job_kind("mlp")->begin(
      {{&table, {}, {}, params, "data"}, std::move(checkpoint)}, source);
    worker.emplace(std::span{reinterpret_cast<std::byte*>(memory.data()),
                             memory.size() * sizeof(line)},
                   uint8_t{1});
  }

  void compute() {
    while (!run->wait(0ns))
      worker->run(1s, models::wait_policy::none());
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

BOOST_AUTO_TEST_SUITE_END()
