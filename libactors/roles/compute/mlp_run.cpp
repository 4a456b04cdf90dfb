#include <models/io/tensor.hpp>
#include <models/nn/mlp_parameters.hpp>
#include <roles/compute/job_memory.hpp>
#include <roles/compute/mlp_job.hpp>
#include <roles/compute/mlp_run.hpp>

namespace roles {

namespace {

class mlp_run : public job_run {
public:
  mlp_run(const run_request& request, const memory_source& memory);

  /// Nobody shall compute for a training that nobody reads.
  ~mlp_run() override { loop_->abort(); }

  bool next_span() override { return loop_->next_span(); }

  bool wait(std::chrono::nanoseconds limit) override {
    return loop_->wait(limit);
  }

  void cut() override { loop_->cut(); }

  span_result span_done() override;

  std::string save() const override { return write_checkpoint(loop_->save()); }

  job_progress progress() const override;

  void begin_judgement() override { loop_->begin_evaluation(judged()); }

  run_result result() override;

  void release(uint8_t owner) override { loop_->release(owner); }

private:
  models::part judged() const {
    return training_.rows.test > 0 ? models::part::test : models::part::train;
  }

  epoch_point point_of(const models::epoch_result& x) const;
  models::model_file model(const nlohmann::json& metrics) const;

  mlp_training training_;
  std::string data_sha256_;
  nlohmann::json data_; ///< what was read and done, for the record
  std::unique_ptr<models::training_loop> loop_;
};

mlp_run::mlp_run(const run_request& request, const memory_source& memory)
  : training_{prepare_mlp(*request.input.data, request.input.params)},
    data_sha256_{request.input.data_sha256},
    data_(data_json(training_)) {
  auto bytes = models::training_block::bytes(training_.config, training_.rows);
  std::optional<models::checkpoint> from;
  if (!request.checkpoint.empty())
    from = read_checkpoint(request.checkpoint, "checkpoint");
  loop_ = std::make_unique<models::training_loop>(
    memory(bytes), training_.config, training_.set(), from ? &*from : nullptr);
  // The workers see the rows in the shared memory: no second copy here.
  training_.data.features = {};
}

epoch_point mlp_run::point_of(const models::epoch_result& x) const {
  epoch_point point;
  point.epoch = int64_t{x.epoch} + 1;
  point.loss = x.loss;
  if (training_.rows.validation > 0) {
    point.val_loss = x.val_loss;
    point.val_accuracy = x.val_accuracy;
  }
  return point;
}

span_result mlp_run::span_done() {
  auto report = loop_->span_done();
  span_result result;
  result.checkpoint_due = report.checkpoint_due;
  if (report.epoch)
    result.points.push_back(point_of(*report.epoch));
  if (report.diverged_at > 0)
    result.failed = "diverged at step " + std::to_string(report.diverged_at)
                    + ": the loss is not a finite number; try a smaller --lr "
                      "or scaled features";
  return result;
}

job_progress mlp_run::progress() const {
  job_progress progress;
  progress.epoch = static_cast<int64_t>(loop_->history().size());
  auto step = loop_->ended() ? loop_->step() : loop_->progress().total;
  progress.step = static_cast<int64_t>(step);
  progress.metrics = nlohmann::json::object({{"data", data_}});
  return progress;
}

models::model_file mlp_run::model(const nlohmann::json& metrics) const {
  models::model_file file;
  file.kind = "mlp";
  file.params = models::to_json(params_of(training_.config.net));
  file.classes = training_.data.classes;
  file.pipeline = models::to_json(training_.pipeline);
  file.seed = training_.config.seed;
  file.metrics = metrics.dump();
  file.data_sha256 = data_sha256_;
  file.tensors = tensors_of(loop_->layout(), loop_->best());
  return file;
}

run_result mlp_run::result() {
  auto judged_rows = loop_->evaluation();
  auto metrics =
    metrics_json(report_of(judged_rows.labels, judged_rows.predicted,
                           training_.data.classes.size(), judged_rows.loss),
                 judged() == models::part::test ? "test" : "train");
  metrics["data"] = data_;
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
  std::vector<uint32_t> order;
  auto training = fit_mlp(table, request.input.params, order);
  require_memory(training.memory(), "the job",
                 "smaller layers, a smaller batch or fewer rows need less");
  training.data = training.pipeline.transform(table, order);
  models::check(training.config, training.set());
  return {training.config.epochs, training.steps()};
}

std::unique_ptr<job_run> begin(const run_request& request,
                               const memory_source& memory) {
  return std::make_unique<mlp_run>(request, memory);
}

} // namespace

job_kind mlp_kind() {
  return {"mlp", models::data_need::labelled, models::nn::mlp_parameters(),
          plan, begin};
}

} // namespace roles
