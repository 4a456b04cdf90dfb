#include <models/core/error.hpp>
#include <models/io/safetensors.hpp>
#include <roles/compute/job_memory.hpp>
#include <roles/compute/rounds_run.hpp>

namespace roles {

namespace {

std::string write_state(const models::round_state& state) {
  return models::write_safetensors(models::views_of(state.tensors),
                                   {{"checkpoint", state.json}});
}

models::round_state read_state(std::string_view bytes) {
  auto file = models::read_safetensors(bytes, "checkpoint");
  auto text = file.metadata.find("checkpoint");
  if (text == file.metadata.end())
    throw models::data_error{"checkpoint: no state of a training"};
  return {std::move(file.tensors), text->second};
}

/// A span is a round: workers compute its tasks, the trainer takes them.
class rounds_run : public job_run {
public:
  rounds_run(const models::model_kind& kind,
             const run_request& request,
             const memory_source& memory)
    : run_{kind.make(request.input)} {
    std::optional<models::round_state> from;
    if (!request.checkpoint.empty())
      from = read_state(request.checkpoint);
    auto bytes = models::round_block::bytes(run_->algorithm());
    loop_ = std::make_unique<models::round_loop>(
      memory(bytes), run_->algorithm(), from ? &*from : nullptr);
  }

  /// Nobody shall compute for a training that nobody reads.
  ~rounds_run() override {
    if (loop_)
      loop_->abort();
  }

  bool next_span() override { return loop_->next(); }

  bool wait(std::chrono::nanoseconds limit) override {
    return loop_->wait(limit);
  }

  span_result span_done() override {
    loop_->done();
    span_result result;
    result.failed = run_->failed();
    result.checkpoint_due = run_->checkpoint_due();
    if (auto point = run_->progress().point)
      result.points.push_back({point->number, point->loss, {}, {}});
    return result;
  }

  std::string save() const override {
    return write_state(run_->algorithm().save());
  }

  job_progress progress() const override {
    auto now = run_->progress();
    job_progress progress;
    progress.epoch = now.epoch;
    progress.step = now.step;
    return progress;
  }

  /// The last rounds have judged it.
  void begin_judgement() override {}

  run_result result() override {
    auto file = run_->result();
    run_result result;
    result.model = models::write_model(file);
    result.record.metrics = nlohmann::json::parse(file.metrics);
    result.record.weights_sha256 = models::weights_sha256(file.tensors);
    auto model = models::kind_of(file).load(file);
    result.record.inputs = static_cast<int64_t>(model->inputs());
    result.record.classes = file.classes;
    loop_->finish();
    return result;
  }

  void release(uint8_t owner) override { loop_->release(owner); }

private:
  std::unique_ptr<models::kind_run> run_;
  std::unique_ptr<models::round_loop> loop_;
};

} // namespace

job_kind rounds_kind(const models::model_kind& kind) {
  auto* which = &kind;
  return {kind.name, kind.data, kind.parameters(),
          [which](const run_request& request) -> job_size {
            auto run = which->make(request.input); // thrown away
            require_memory(
              static_cast<double>(models::round_block::bytes(run->algorithm())),
              "the job", "fewer rows need less");
            auto size = run->progress();
            return {size.epochs, size.steps};
          },
          [which](const run_request& request, const memory_source& memory) {
            return std::make_unique<rounds_run>(*which, request, memory);
          }};
}

} // namespace roles
