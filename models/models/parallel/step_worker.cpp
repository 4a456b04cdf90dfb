#include <models/parallel/step_worker.hpp>

#include <algorithm>
#include <cmath>

namespace models {

step_worker::step_worker(std::span<std::byte> memory, uint8_t owner)
  : board_worker(owner),
    block_(training_block::attach(memory)),
    work_(block_.layout()) {
  auto batch = block_.batch_rows().size();
  batch_.resize(batch);
  rows_.reserve(batch);
  labels_.reserve(batch);
  targets_.reserve(batch);
}

void step_worker::execute(uint32_t task) {
  auto phase = block_.plan().at(current_phase());
  switch (phase.kind) {
  case phase_kind::gradient:
    return compute_shard(phase, task);
  case phase_kind::measure:
    return measure_slice(phase, task);
  case phase_kind::update:
    return compute_slice(phase, task);
  default:
    return compute_scores(phase, task);
  }
}

const permutation& step_worker::order(uint32_t epoch) {
  if (order_epoch_ != epoch) {
    order_.emplace(block_.config().seed, epoch, block_.rows().train);
    order_epoch_ = epoch;
  }
  return *order_;
}

void step_worker::compute_shard(const phase_info& phase, uint32_t task) {
  auto& plan = block_.plan();
  auto shard = plan.shard(phase.step, task);
  auto batch = plan.batch_rows(phase.step);
  auto& where = order(phase.epoch);
  auto before = phase.step * plan.batch_rows(0);
  auto numbers = block_.config().net.output != output_kind::classes;
  rows_.clear();
  labels_.clear();
  targets_.clear();
  for (auto i = shard.first; i < shard.last; ++i) {
    auto row = where(before + i);
    block_.batch_rows()[i] = row;
    rows_.push_back(block_.row(row));
    if (numbers)
      targets_.push_back(block_.targets(row));
    else
      labels_.push_back(block_.labels()[row]);
  }
  auto step = plan.step_of(current_phase());
  auto key = make_dropout_key(block_.config().seed, phase.epoch, phase.step);
  backward(block_.layout(), block_.state(step).w,
           {rows_, {labels_, targets_}, shard.first}, phase.stage,
           1.0f / static_cast<float>(batch), block_.config().class_weights, key,
           block_.trace(batch),
           block_.row_losses().subspan(shard.first, shard.size()),
           block_.row_hits().subspan(shard.first, shard.size()), work_);
}

void step_worker::find_batch(const phase_info& phase) {
  if (found_phase_ == current_phase())
    return;
  auto n = block_.plan().batch_rows(phase.step);
  for (uint32_t i = 0; i < n; ++i)
    batch_[i] = block_.row(block_.batch_rows()[i]);
  found_phase_ = current_phase();
}

std::span<const float> step_worker::slice_gradient(const phase_info& phase,
                                                   const update_slice& slice,
                                                   row_range rows) {
  find_batch(phase);
  auto batch = block_.plan().batch_rows(phase.step);
  auto x = std::span<const float* const>(batch_).first(batch);
  return gradient(block_.layout(), slice.group, rows.first, rows.last, x,
                  block_.trace(batch), work_);
}

namespace {

/// Calls `f` for pieces of a slice that fit into the workspace.
template <class F>
void for_pieces(const parameter_group& group, const update_slice& slice, F f) {
  auto most = mlp_workspace::max_rows(group);
  for (auto first = slice.rows.first; first < slice.rows.last; first += most)
    f(row_range{first, std::min(first + most, slice.rows.last)});
}

/// Offset of a group's row in the block.
size_t offset_of(const parameter_group& group, uint32_t row) {
  return group.offset + size_t{row} * group.stride;
}

} // namespace

void step_worker::measure_slice(const phase_info& phase, uint32_t task) {
  auto& slice = block_.plan().slice(task);
  auto& group = block_.layout().groups()[slice.group];
  double length = 0;
  for_pieces(group, slice, [&](row_range rows) {
    auto sums = slice_gradient(phase, slice, rows);
    auto to = block_.gradient().subspan(offset_of(group, rows.first));
    std::copy(sums.begin(), sums.end(), to.begin());
    auto trained = std::clamp(group.trained, rows.first, rows.last);
    for (auto x : sums.first(size_t{trained - rows.first} * group.stride))
      length += static_cast<double>(x) * static_cast<double>(x);
  });
  block_.lengths()[task] = length;
}

void step_worker::compute_slice(const phase_info& phase, uint32_t task) {
  auto& slice = block_.plan().slice(task);
  auto& group = block_.layout().groups()[slice.group];
  auto measured = block_.config().clip_norm > 0;
  auto share = measured ? clipped_share() : 1.0f;
  for_pieces(group, slice, [&](row_range rows) {
    auto n = size_t{rows.size()} * group.stride;
    auto sums = work_.sums().first(n);
    if (measured) {
      auto from = block_.gradient().subspan(offset_of(group, rows.first), n);
      auto trained = std::clamp(group.trained, rows.first, rows.last);
      auto clipped = size_t{trained - rows.first} * group.stride;
      for (size_t i = 0; i < n; ++i)
        sums[i] = i < clipped ? from[i] * share : from[i];
    } else {
      slice_gradient(phase, slice, rows);
    }
    update_rows(slice, rows, sums);
  });
  if (task == 0)
    sum_losses(phase);
}

float step_worker::clipped_share() const {
  double length = 0;
  for (auto x : block_.lengths())
    length += x;
  length = std::sqrt(length);
  auto most = static_cast<double>(block_.config().clip_norm);
  return length > most ? static_cast<float>(most / length) : 1.0f;
}

optimizer_config step_worker::optimiser_now() const {
  auto& config = block_.config();
  auto opt = config.opt;
  auto& plan = block_.plan();
  opt.rate *=
    rate_share(config.schedule, plan.step_of(current_phase()), plan.steps(),
               config.epochs, block_.drops().load(std::memory_order_relaxed));
  return opt;
}

void step_worker::update_rows(const update_slice& slice,
                              row_range rows,
                              std::span<float> sums) {
  auto& group = block_.layout().groups()[slice.group];
  auto opt = optimiser_now();
  auto weights = std::clamp(group.weights, rows.first, rows.last);
  auto trained = std::clamp(group.trained, rows.first, rows.last);
  auto part = [&](uint32_t first, uint32_t last) {
    return sums.subspan(size_t{first - rows.first} * group.stride,
                        size_t{last - first} * group.stride);
  };
  if (auto most = block_.config().clip_value; most > 0)
    for (auto& x : part(rows.first, trained))
      x = x > most ? most : x < -most ? -most : x; // keeps not-a-number
  descend(group, {rows.first, weights}, part(rows.first, weights), opt);
  descend(group, {weights, trained}, part(weights, trained),
          without_decay(opt));
  blend(group, {trained, rows.last}, part(trained, rows.last));
}

void step_worker::descend(const parameter_group& group,
                          row_range rows,
                          std::span<float> sums,
                          const optimizer_config& opt) {
  if (sums.empty())
    return;
  auto step = block_.plan().step_of(current_phase());
  auto offset = offset_of(group, rows.first);
  apply(opt, step + 1, block_.state(step).part(offset, sums.size()), sums,
        block_.state(step + 1).part_to_write(offset, sums.size()));
}

void step_worker::blend(const parameter_group& group,
                        row_range rows,
                        std::span<const float> sums) {
  if (sums.empty())
    return;
  auto step = block_.plan().step_of(current_phase());
  auto offset = offset_of(group, rows.first);
  auto before = block_.state(step).w.subspan(offset, sums.size());
  auto after = block_.state(step + 1).w.subspan(offset, sums.size());
  for (size_t i = 0; i < sums.size(); ++i)
    after[i] = before[i] + norm_momentum * (sums[i] - before[i]);
}

void step_worker::sum_losses(const phase_info& phase) {
  double loss = 0;
  uint32_t hits = 0;
  for (uint32_t i = 0; i < block_.plan().batch_rows(phase.step); ++i) {
    loss += static_cast<double>(block_.row_losses()[i]);
    hits += block_.row_hits()[i];
  }
  block_.step_losses()[phase.step].store(loss, std::memory_order_relaxed);
  block_.step_hits()[phase.step].store(hits, std::memory_order_relaxed);
  if (std::isfinite(loss))
    return;
  uint64_t none = 0;
  block_.diverged().compare_exchange_strong(
    none, block_.plan().step_of(current_phase()) + 1);
  set_flag(block_.words(), run_flag::aborted);
}

void step_worker::compute_scores(const phase_info& phase, uint32_t task) {
  auto range = block_.plan().evaluation_rows(phase.rows, task);
  rows_.clear();
  for (auto i = range.first; i < range.last; ++i)
    rows_.push_back(block_.row(i));
  auto params = phase.kind == phase_kind::evaluate_best
                  ? block_.best()
                  : block_.state(block_.plan().step_of(current_phase())).w;
  row_truth truth;
  row_predictions predicted;
  auto outputs = block_.config().net.outputs;
  if (block_.config().net.output == output_kind::classes) {
    truth.labels = block_.labels().subspan(range.first, range.size());
    predicted.classes = block_.predicted().subspan(range.first, range.size());
  } else {
    targets_.clear();
    for (auto i = range.first; i < range.last; ++i)
      targets_.push_back(block_.targets(i));
    truth.targets = targets_;
    predicted.outputs = block_.outputs().subspan(
      size_t{range.first} * outputs, size_t{range.size()} * outputs);
  }
  auto score =
    evaluate(block_.layout(), params, rows_, truth, predicted, work_);
  block_.scores()[task] = {score.loss, score.correct};
}

} // namespace models
