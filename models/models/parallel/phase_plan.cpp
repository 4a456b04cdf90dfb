#include <models/parallel/phase_plan.hpp>

#include <algorithm>

namespace models {

namespace {

/// Parts of the data: an evaluation of the best weights has each in turn.
constexpr uint64_t parts = 3;

/// Rows of an evaluation's task: enough to be worth a claim.
constexpr uint32_t least_evaluation_rows = 64;
constexpr uint32_t most_evaluation_tasks = 256;

/// Floats of an update's task: below this a claim costs more than it brings;
/// above, work is dealt unevenly.
constexpr size_t least_slice_floats = 2048;
constexpr size_t most_slice_floats = 65536;
constexpr size_t wanted_slices = 16;

/// Rows that the product computes together.
constexpr uint32_t rows_unit = 6;
constexpr uint32_t convolution_rows = 12;

uint32_t stages_of(const training_config& config) {
  return mlp_layout(config.net).stages();
}

std::vector<update_slice> cut(const mlp_layout& layout) {
  auto floats = std::clamp(layout.parameters() / wanted_slices,
                           least_slice_floats, most_slice_floats);
  std::vector<update_slice> slices;
  uint32_t g = 0;
  for (auto& group : layout.groups()) {
    auto rows = static_cast<uint32_t>(floats / group.stride);
    // A weight of a convolution is as much work as many of a dense layer.
    if (!layout.place_of(g).dense)
      rows = std::min(rows, convolution_rows);
    rows = std::max(rows / rows_unit * rows_unit, rows_unit);
    for (uint32_t first = 0; first < group.rows; first += rows)
      slices.push_back({g, {first, std::min(first + rows, group.rows)}});
    ++g;
  }
  return slices;
}

/// Part `i` of `n` even parts of `size`.
row_range even_part(uint32_t size, uint32_t i, uint32_t n) {
  return {static_cast<uint32_t>(uint64_t{size} * i / n),
          static_cast<uint32_t>(uint64_t{size} * (i + 1) / n)};
}

} // namespace

phase_plan::phase_plan(const training_config& config, row_counts rows)
  : rows_(rows),
    batch_(std::min(config.batch, rows.train)),
    epochs_(config.epochs),
    shards_(config.shards),
    steps_((rows.train + batch_ - 1) / batch_),
    stages_(stages_of(config)),
    step_phases_(stages_ + 1 + (config.clip_norm > 0)),
    epoch_phases_(uint64_t{step_phases_} * steps_ + (rows.validation > 0)),
    slices_(cut(mlp_layout(config.net))) {
  shards_ = std::min(shards_, batch_);
}

phase_info phase_plan::at(uint64_t phase) const {
  auto epoch = phase / epoch_phases_;
  if (epoch >= epochs_)
    return {phase_kind::evaluate_best, epochs_, 0,
            static_cast<part>((phase - epochs_ * epoch_phases_) % parts)};
  auto in_epoch = phase % epoch_phases_;
  phase_info info;
  info.epoch = static_cast<uint32_t>(epoch);
  if (in_epoch == uint64_t{step_phases_} * steps_) {
    info.kind = phase_kind::evaluate;
    info.step = steps_;
    info.rows = part::validation;
    return info;
  }
  info.step = static_cast<uint32_t>(in_epoch / step_phases_);
  auto in_step = static_cast<uint32_t>(in_epoch % step_phases_);
  if (in_step < stages_)
    info.stage = in_step;
  else
    info.kind =
      in_step + 1 < step_phases_ ? phase_kind::measure : phase_kind::update;
  return info;
}

uint32_t phase_plan::tasks(const phase_info& phase) const {
  switch (phase.kind) {
  case phase_kind::gradient:
    return shards_;
  case phase_kind::measure:
  case phase_kind::update:
    return static_cast<uint32_t>(slices_.size());
  default: {
    auto size = evaluation_size(phase.rows);
    return std::max(1u, (part_rows(phase.rows).size() + size - 1) / size);
  }
  }
}

uint32_t phase_plan::max_tasks() const {
  auto most = std::max(shards_, static_cast<uint32_t>(slices_.size()));
  return std::max(most, most_evaluation_tasks);
}

uint64_t phase_plan::phase_of(uint64_t step) const {
  return step / steps_ * epoch_phases_ + step % steps_ * step_phases_;
}

uint64_t phase_plan::step_of(uint64_t phase) const {
  auto epoch = std::min<uint64_t>(phase / epoch_phases_, epochs_);
  if (epoch == epochs_)
    return epoch * steps_;
  return epoch * steps_ + phase % epoch_phases_ / step_phases_;
}

uint64_t phase_plan::end_of(uint32_t epoch) const {
  return (epoch + 1) * epoch_phases_;
}

uint64_t phase_plan::evaluation(part rows, uint64_t phase) const {
  auto first = std::max(phase, epochs_ * epoch_phases_);
  while (at(first).rows != rows)
    ++first;
  return first;
}

uint32_t phase_plan::batch_rows(uint32_t step) const {
  return std::min(batch_, rows_.train - step * batch_);
}

row_range phase_plan::shard(uint32_t step, uint32_t task) const {
  return even_part(batch_rows(step), task, shards_);
}

row_range phase_plan::evaluation_rows(part rows, uint32_t task) const {
  auto all = part_rows(rows);
  auto size = evaluation_size(rows);
  auto first = std::min(all.first + task * size, all.last);
  return {first, std::min(first + size, all.last)};
}

row_range phase_plan::part_rows(part rows) const {
  auto validation = rows_.train + rows_.validation;
  switch (rows) {
  case part::train:
    return {0, rows_.train};
  case part::validation:
    return {rows_.train, validation};
  default:
    return {validation, validation + rows_.test};
  }
}

uint32_t phase_plan::evaluation_size(part rows) const {
  auto size = part_rows(rows).size();
  auto least = (size + most_evaluation_tasks - 1) / most_evaluation_tasks;
  return std::max(least, least_evaluation_rows);
}

} // namespace models
