#include <models/core/error.hpp>
#include <models/data/preparation.hpp>
#include <models/io/tensor.hpp>
#include <models/nn/mlp_kind.hpp>
#include <models/nn/mlp_parameters.hpp>
#include <roles/compute/fold_scores.hpp>
#include <roles/compute/job_memory.hpp>
#include <roles/compute/mlp_job.hpp>
#include <roles/compute/mlp_run.hpp>

#include <numeric>

namespace roles {

namespace {

/// Trains the folds of a cross-validation, if there are any, then the model.
/// Each training has memory of its own; workers go from one to the next.
class mlp_run : public job_run {
public:
  mlp_run(const run_request& request, const memory_source& memory);

  /// Nobody shall compute for a training that nobody reads.
  ~mlp_run() override {
    if (loop_)
      loop_->abort();
  }

  bool next_span() override;

  bool wait(std::chrono::nanoseconds limit) override {
    return loop_->wait(limit);
  }

  void cut() override {
    if (!judging_fold_)
      loop_->cut();
  }

  span_result span_done() override;

  std::string save() const override {
    return write_checkpoint(loop_->save(),
                            folds_ > 0 ? scores_.save() : std::string{});
  }

  job_progress progress() const override;

  void begin_judgement() override { loop_->begin_evaluation(judged()); }

  run_result result() override;

  void release(uint8_t owner) override { loop_->release(owner); }

private:
  models::part judged() const {
    return training_.rows.test > 0 ? models::part::test : models::part::train;
  }

  bool in_fold() const { return scores_.done() < folds_; }

  void begin_training(const models::checkpoint* from);
  nlohmann::json judge(const models::evaluation_result& x) const;
  void end_fold();
  epoch_point point_of(const models::epoch_result& x) const;
  models::model_file model(const nlohmann::json& metrics) const;

  models::table table_; ///< for the trainings to come, if there are any
  nlohmann::json params_;
  memory_source memory_;
  std::string data_sha256_;
  uint32_t folds_;
  fold_scores scores_;
  std::vector<int64_t> steps_before_; ///< each training
  mlp_training training_;             ///< the current one
  nlohmann::json data_; ///< what was read and done, for the record
  bool judging_fold_ = false;
  std::unique_ptr<models::training_loop> loop_;
};

/// The steps of all trainings, one after another.
std::vector<int64_t> steps_of(const models::table& table,
                              const nlohmann::json& params) {
  std::vector<int64_t> steps;
  auto batch = params.at("batch").get<int64_t>();
  auto epochs = params.at("epochs").get<int64_t>();
  auto stops = params.at("patience").get<uint32_t>() > 0;
  auto add = [&](std::optional<uint32_t> fold) {
    auto rows = models::split_from(params, table, stops, fold).train.size();
    steps.push_back((static_cast<int64_t>(rows) + batch - 1) / batch * epochs);
  };
  auto folds = params.at("folds").get<uint32_t>();
  for (uint32_t fold = 0; fold < folds; ++fold)
    add(fold);
  add(std::nullopt);
  return steps;
}

mlp_run::mlp_run(const run_request& request, const memory_source& memory)
  : params_(complete_network(request.input.params)),
    memory_{memory},
    data_sha256_{request.input.data_sha256},
    folds_{params_.at("folds").get<uint32_t>()} {
  table_ = *request.input.data;
  int64_t before = 0;
  for (auto steps : steps_of(table_, params_)) {
    steps_before_.push_back(before);
    before += steps;
  }
  std::optional<models::checkpoint> from;
  if (!request.checkpoint.empty()) {
    std::string folds;
    from = read_checkpoint(request.checkpoint, "checkpoint", &folds);
    if (!folds.empty())
      scores_ = fold_scores::load(folds);
    if (scores_.done() > folds_)
      throw models::data_error{"checkpoint: of another cross-validation"};
  }
  begin_training(from ? &*from : nullptr);
}

void mlp_run::begin_training(const models::checkpoint* from) {
  auto fold = in_fold() ? std::optional{scores_.done()} : std::nullopt;
  training_ = prepare_mlp(table_, params_, fold);
  if (!fold)
    table_ = {}; // the last one
  data_ = data_json(training_);
  auto bytes = models::training_block::bytes(training_.config, training_.rows);
  loop_ = std::make_unique<models::training_loop>(
    memory_(bytes), training_.config, training_.set(), from);
  // The workers see the rows in the shared memory: no second copy here.
  training_.data.features = {};
}

bool mlp_run::next_span() {
  if (loop_->next_span())
    return true;
  if (!in_fold())
    return false;
  judging_fold_ = true;
  loop_->begin_evaluation(models::part::test);
  return true;
}

/// Takes the scores of a fold and lays out what comes next.
void mlp_run::end_fold() {
  judging_fold_ = false;
  scores_.add(judge(loop_->evaluation()));
  loop_->finish();
  loop_.reset(); // before its memory goes
  begin_training(nullptr);
}

epoch_point mlp_run::point_of(const models::epoch_result& x) const {
  epoch_point point;
  point.epoch = int64_t{x.epoch} + 1;
  point.loss = x.loss;
  if (training_.rows.validation > 0) {
    point.val_loss = x.val_loss;
    if (!models::is_regression(training_.config.net.output))
      point.val_accuracy = x.val_accuracy;
  }
  return point;
}

span_result mlp_run::span_done() {
  span_result result;
  if (judging_fold_) {
    end_fold();
    result.checkpoint_due = true;
    return result;
  }
  auto report = loop_->span_done();
  result.checkpoint_due = report.checkpoint_due;
  if (report.epoch && !in_fold()) // the curve is the model's
    result.points.push_back(point_of(*report.epoch));
  if (report.diverged_at > 0)
    result.failed = "diverged at step " + std::to_string(report.diverged_at)
                    + ": the loss is not a finite number; try a smaller --lr "
                      "or scaled features";
  return result;
}

job_progress mlp_run::progress() const {
  job_progress progress;
  progress.epoch = int64_t{scores_.done()} * training_.config.epochs
                   + static_cast<int64_t>(loop_->history().size());
  auto step = loop_->ended() ? loop_->step() : loop_->progress().total;
  progress.step = steps_before_[scores_.done()] + static_cast<int64_t>(step);
  auto metrics = nlohmann::json::object();
  metrics["data"] = data_;
  if (scores_.done() > 0)
    metrics["folds"] = scores_.summary();
  progress.metrics = std::move(metrics);
  return progress;
}

models::model_file mlp_run::model(const nlohmann::json& metrics) const {
  models::model_file file;
  file.kind = training_.config.net.front.empty() ? "mlp" : "cnn";
  file.params = models::to_json(params_of(training_.config.net));
  file.classes = training_.data.classes;
  file.pipeline = models::to_json(training_.pipeline);
  file.seed = training_.config.seed;
  file.metrics = metrics.dump();
  file.data_sha256 = data_sha256_;
  file.tensors = tensors_of(
    loop_->layout(), model_weights(training_, loop_->layout(), loop_->best()));
  return file;
}

nlohmann::json mlp_run::judge(const models::evaluation_result& x) const {
  auto kind = training_.config.net.output;
  auto width = training_.data.classes.size();
  if (kind == models::output_kind::classes)
    return models::to_json(report_of(x.labels, x.predicted, width, x.loss));
  std::vector<float> outputs(x.outputs.begin(), x.outputs.end());
  for (size_t i = 0; i < outputs.size(); ++i)
    outputs[i] =
      outputs[i] * training_.deviation[i % width] + training_.mean[i % width];
  auto first = judged() == models::part::test
                 ? training_.rows.sum() - training_.rows.test
                 : 0;
  auto truth = std::span<const float>(training_.data.targets)
                 .subspan(first * width, outputs.size());
  auto metrics = models::measure_outputs(kind, truth, outputs, width);
  metrics["loss"] = x.loss;
  return metrics;
}

run_result mlp_run::result() {
  auto metrics = judge(loop_->evaluation());
  metrics["on"] = judged() == models::part::test ? "test" : "train";
  metrics["data"] = data_;
  metrics["classes"] = training_.data.classes;
  if (folds_ > 0)
    metrics["folds"] = scores_.summary();
  auto file = model(metrics);
  run_result result;
  result.model = models::write_model(file);
  result.record.metrics = std::move(metrics);
  result.record.weights_sha256 = models::weights_sha256(file.tensors);
  result.record.inputs = static_cast<int64_t>(training_.pipeline.inputs());
  result.record.classes = file.classes;
  loop_->finish();
  return result;
}

/// The training is prepared as it will be later, and thrown away.
job_size plan(const run_request& request) {
  auto& table = *request.input.data;
  auto all = steps_of(table, complete_network(request.input.params));
  auto check_training = [&](std::optional<uint32_t> fold) {
    std::vector<uint32_t> order;
    auto training = fit_mlp(table, request.input.params, order, fold);
    require_memory(training.memory(), "the job",
                   "smaller layers, a smaller batch or fewer rows need less");
    take_data(training, table, order);
    models::check(training.config, training.set());
    return training.config.epochs;
  };
  if (all.size() > 1) // the first fold stands for all: they differ by a row
    check_training(0u);
  return {check_training(std::nullopt) * static_cast<int64_t>(all.size()),
          std::accumulate(all.begin(), all.end(), int64_t{0})};
}

std::unique_ptr<job_run> begin(const run_request& request,
                               const memory_source& memory) {
  return std::make_unique<mlp_run>(request, memory);
}

} // namespace

job_kind network_kind(const models::model_kind& kind) {
  return {kind.name, kind.data, kind.parameters(), plan, begin};
}

} // namespace roles
