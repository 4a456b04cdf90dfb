#include <models/parallel/training_loop.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace models {

namespace {

/// A worker that read the target before it was cut may do one phase more.
[[noreturn]] void went_on() {
  throw std::runtime_error("training: workers went on after the span was cut");
}

} // namespace

training_loop::training_loop(std::span<std::byte> memory,
                             const training_config& config,
                             const training_set& set,
                             const checkpoint* from)
  : block_(training_block::create(memory, config, set)) {
  stop_.patience = config.patience;
  if (from)
    restore(*from);
  else
    start();
  auto phase = block_.plan().phase_of(step_);
  block_.words().phase.store(phase, std::memory_order_release);
  block_.words().target.store(phase, std::memory_order_release);
}

void training_loop::start() {
  auto w = initial_parameters(block_.layout(), block_.config().seed);
  std::copy(w.begin(), w.end(), block_.state(0).w.begin());
  std::copy(w.begin(), w.end(), block_.best().begin());
}

void training_loop::restore(const checkpoint& from) {
  check(from, block_.config(), block_.rows());
  step_ = from.step;
  stop_ = from.stop;
  history_ = from.history;
  auto state = block_.state(step_);
  std::copy(from.w.begin(), from.w.end(), state.w.begin());
  std::copy(from.m.begin(), from.m.end(), state.m.begin());
  std::copy(from.v.begin(), from.v.end(), state.v.begin());
  std::copy(from.best.begin(), from.best.end(), block_.best().begin());
  for (size_t i = 0; i < from.step_losses.size(); ++i) {
    block_.step_losses()[i].store(from.step_losses[i]);
    block_.step_hits()[i].store(from.step_hits[i]);
  }
  set_rate();
  if (stop_.exhausted())
    ended_ = training_end::stopped_early;
  else if (history_.size() == block_.config().epochs)
    ended_ = training_end::epochs_done;
}

bool training_loop::next_span() {
  if (ended_)
    return false;
  auto& plan = block_.plan();
  auto epoch = static_cast<uint32_t>(step_ / plan.steps());
  auto target = plan.end_of(epoch);
  if (auto every = block_.config().checkpoint_every; every > 0) {
    // A checkpoint on the last step of an epoch waits for its evaluation.
    auto next = (step_ / every + 1) * every;
    if (next < uint64_t{epoch + 1} * plan.steps())
      target = plan.phase_of(next);
  }
  open(target);
  return true;
}

void training_loop::open(uint64_t target) {
  block_.words().target.store(target, std::memory_order_release);
  open_gate(block_.words().gate);
}

uint64_t training_loop::phase() const {
  return block_.words().phase.load(std::memory_order_acquire);
}

bool training_loop::reached() const {
  return target_reached(block_.words());
}

bool training_loop::wait(std::chrono::nanoseconds limit) {
  return wait_for_target(block_.words(), limit);
}

span_report training_loop::span_done() {
  span_report report;
  report.diverged_at = diverged_at();
  if (report.diverged_at > 0) {
    ended_ = report.ended = training_end::diverged;
    return report;
  }
  if (phase() < block_.words().target.load()) {
    ended_ = report.ended = training_end::aborted;
    return report;
  }
  if (phase() > block_.words().target.load())
    went_on();
  auto& plan = block_.plan();
  step_ = plan.step_of(phase());
  auto every = block_.config().checkpoint_every;
  report.checkpoint_due = every > 0 && step_ % every == 0;
  if (step_ % plan.steps() == 0)
    end_epoch(report);
  return report;
}

void training_loop::end_epoch(span_report& report) {
  auto& plan = block_.plan();
  auto epoch = static_cast<uint32_t>(step_ / plan.steps() - 1);
  auto result = collect_epoch(epoch);
  report.epoch = result;
  auto loss = block_.rows().validation > 0 ? result.val_loss : result.loss;
  if (!std::isfinite(loss)) {
    report.diverged_at = step_;
    block_.diverged().store(step_);
    ended_ = report.ended = training_end::diverged;
    return;
  }
  history_.push_back(result);
  set_rate();
  auto verdict = stop_.observe(epoch, loss);
  report.improved = verdict == early_stop::verdict::improved;
  if (report.improved) {
    auto w = block_.state(step_).w;
    std::copy(w.begin(), w.end(), block_.best().begin());
  }
  if (verdict == early_stop::verdict::stop)
    ended_ = report.ended = training_end::stopped_early;
  else if (epoch + 1 == block_.config().epochs)
    ended_ = report.ended = training_end::epochs_done;
}

void training_loop::set_rate() {
  std::vector<double> losses;
  for (auto& epoch : history_)
    losses.push_back(block_.rows().validation > 0 ? epoch.val_loss
                                                  : epoch.loss);
  block_.drops().store(count_drops(block_.config().schedule, losses));
}

epoch_result training_loop::collect_epoch(uint32_t epoch) const {
  double loss = 0;
  uint64_t hits = 0;
  for (auto& x : block_.step_losses())
    loss += x.load(std::memory_order_relaxed);
  for (auto& x : block_.step_hits())
    hits += x.load(std::memory_order_relaxed);
  auto rows = static_cast<double>(block_.rows().train);
  epoch_result result{epoch, loss / rows, static_cast<double>(hits) / rows, 0,
                      0};
  if (block_.rows().validation > 0) {
    auto n = static_cast<double>(block_.rows().validation);
    auto score = collect_scores(part::validation);
    result.val_loss = score.loss / n;
    result.val_accuracy = score.correct / n;
  }
  return result;
}

mlp_score training_loop::collect_scores(part rows) const {
  mlp_score sum;
  auto tasks = block_.plan().tasks({phase_kind::evaluate_best, 0, 0, rows});
  for (auto& score : block_.scores().first(tasks)) {
    sum.loss += score.loss;
    sum.correct += static_cast<uint32_t>(score.correct);
  }
  return sum;
}

void training_loop::cut() {
  auto& plan = block_.plan();
  auto& target = block_.words().target;
  // Not the step that is up, which may be all but over, nor the next one.
  auto step = plan.step_of(phase()) + 2;
  auto epoch_end = (step_ / plan.steps() + 1) * plan.steps();
  if (step < epoch_end && plan.phase_of(step) < target.load())
    target.store(plan.phase_of(step), std::memory_order_release);
}

checkpoint training_loop::save() const {
  checkpoint c;
  c.step = step_;
  c.stop = stop_;
  c.history = history_;
  auto steps = step_ % block_.plan().steps();
  for (size_t i = 0; i < steps; ++i) {
    c.step_losses.push_back(block_.step_losses()[i].load());
    c.step_hits.push_back(block_.step_hits()[i].load());
  }
  auto state = block_.state(step_);
  c.w.assign(state.w.begin(), state.w.end());
  c.m.assign(state.m.begin(), state.m.end());
  c.v.assign(state.v.begin(), state.v.end());
  c.best.assign(block_.best().begin(), block_.best().end());
  // The buffer read here is written by the update of the step after the next.
  std::atomic_thread_fence(std::memory_order_acquire);
  if (!ended_ && phase() > block_.plan().phase_of(step_) + 2)
    went_on();
  return c;
}

uint64_t training_loop::diverged_at() const {
  return block_.diverged().load();
}

void training_loop::begin_evaluation(part rows) {
  evaluated_ = rows;
  auto next = block_.plan().evaluation(rows, phase());
  // The phase first: workers read the target before the phase.
  block_.words().phase.store(next, std::memory_order_release);
  open(next + 1);
}

evaluation_result training_loop::evaluation() const {
  auto range = block_.plan().part_rows(evaluated_);
  evaluation_result result;
  result.rows = evaluated_;
  result.count = range.size();
  result.predicted = block_.predicted().subspan(range.first, range.size());
  result.labels = block_.labels().subspan(range.first, range.size());
  if (auto all = block_.outputs(); !all.empty()) {
    auto width = size_t{block_.config().net.outputs};
    result.outputs = all.subspan(range.first * width, range.size() * width);
  }
  if (range.size() == 0)
    return result;
  auto score = collect_scores(evaluated_);
  result.loss = score.loss / range.size();
  result.accuracy = static_cast<double>(score.correct) / range.size();
  return result;
}

void training_loop::finish() {
  set_flag(block_.words(), run_flag::finished);
}

void training_loop::abort() {
  set_flag(block_.words(), run_flag::aborted);
}

uint32_t training_loop::release(uint8_t owner) {
  return release_owner(block_.words(), block_.tasks(), owner);
}

training_progress training_loop::progress() const {
  auto& plan = block_.plan();
  training_progress p;
  p.total = plan.step_of(phase());
  p.steps = plan.steps();
  p.epoch = static_cast<uint32_t>(p.total / p.steps);
  p.step = static_cast<uint32_t>(p.total % p.steps);
  double loss = 0;
  for (uint32_t i = 0; i < p.step; ++i)
    loss += block_.step_losses()[i].load(std::memory_order_relaxed);
  if (p.step > 0)
    p.loss = loss / (static_cast<double>(p.step) * plan.batch_rows(0));
  return p;
}

} // namespace models
