#include <models/clustering/kmeans_payload.hpp>
#include <models/core/random.hpp>
#include <models/metrics/clustering.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace models {

namespace {

using clustering::few;
using clustering::nearest;

/// Rows looked at together.
constexpr size_t block_rows = 252;

constexpr auto infinite = std::numeric_limits<float>::infinity();

class kmeans_tasks : public round_tasks {
public:
  explicit kmeans_tasks(std::span<std::byte> payload)
    : p_(kmeans_payload::attach(payload)) {
    rows_.reserve(block_rows);
    which_.reserve(block_rows);
    found_.resize(block_rows);
  }

  void compute(uint32_t task) override;

private:
  void seed(uint32_t task);
  void lloyd(uint32_t task, bool score);
  void hamerly(uint32_t task);
  void batch(uint32_t task);
  void judge(uint32_t task);

  void clear(uint32_t task);
  void take(size_t row);
  void find(bool want_second);
  void move(uint32_t task, size_t row, int32_t from, int32_t to);
  void add(uint32_t task, size_t row, int32_t cluster, int sign);
  void settle(uint32_t task);
  float distance_above(float square, float norm) const;
  float distance_below(float square, float norm) const;

  kmeans_payload p_;
  std::vector<const float*> rows_; ///< of a block
  std::vector<size_t> which_;      ///< their numbers
  std::vector<nearest> found_;     ///< their centres
  clustering::nearest_scratch scratch_;
  float largest_ = 0; ///< |c|^2 of the centres, at most
};

void kmeans_tasks::compute(uint32_t task) {
  switch (p_.words->stage) {
  case kmeans_stage::seed:
    return seed(task);
  case kmeans_stage::lloyd:
    return lloyd(task, false);
  case kmeans_stage::hamerly:
    return hamerly(task);
  case kmeans_stage::batch:
    return batch(task);
  case kmeans_stage::score:
    return lloyd(task, true);
  case kmeans_stage::silhouette:
    return judge(task);
  }
}

// -- seeding ------------------------------------------------------------------

void kmeans_tasks::seed(uint32_t task) {
  auto& w = *p_.words;
  auto [first, last] = p_.range(w.seed_rows, task);
  auto contiguous = w.seed_rows == w.rows;
  auto* before = p_.closest[w.slot];
  auto* after = p_.closest[1 - w.slot];
  auto* old = p_.distances[w.slot];
  auto* now = p_.distances[1 - w.slot];
  double total[few] = {};
  for (auto at = first; at < last; at += 64) {
    auto n = std::min<size_t>(64, last - at);
    if (contiguous)
      clustering::distances_to_few(p_.row(at), n, w.columns, w.columns,
                                   p_.few_rows, now + at * few);
    else
      for (size_t i = at; i < at + n; ++i)
        clustering::distances_to_few(p_.row(p_.seed_row(i)), 1, w.columns,
                                     w.columns, p_.few_rows, now + i * few);
    float sum[few] = {};
    for (size_t i = at; i < at + n; ++i) {
      auto near = w.chosen == few
                    ? infinite
                    : std::min(before[i], old[i * few + w.chosen]);
      after[i] = near;
      for (size_t c = 0; c < few; ++c)
        sum[c] += std::min(near, now[i * few + c]);
    }
    for (size_t c = 0; c < few; ++c)
      total[c] += static_cast<double>(sum[c]);
  }
  std::copy_n(total, few, p_.potentials + task * few);
}

// -- rounds -------------------------------------------------------------------

void kmeans_tasks::clear(uint32_t task) {
  auto& w = *p_.words;
  std::fill_n(p_.deltas + size_t{task} * w.most_clusters * w.columns,
              w.clusters * w.columns, 0.0);
  std::fill_n(p_.counts + size_t{task} * w.most_clusters, w.clusters, 0);
  p_.changed[task] = 0;
}

void kmeans_tasks::take(size_t row) {
  rows_.push_back(p_.row(row));
  which_.push_back(row);
}

void kmeans_tasks::find(bool want_second) {
  clustering::find_nearest(p_.centre_view(), rows_, found_.data(), want_second,
                           scratch_);
}

void kmeans_tasks::add(uint32_t task, size_t row, int32_t cluster, int sign) {
  auto& w = *p_.words;
  auto place = size_t{task} * w.most_clusters + static_cast<size_t>(cluster);
  auto* __restrict to = p_.deltas + place * w.columns;
  auto* __restrict from = p_.row(row);
  if (sign > 0)
    for (size_t f = 0; f < w.columns; ++f)
      to[f] += static_cast<double>(from[f]);
  else
    for (size_t f = 0; f < w.columns; ++f)
      to[f] -= static_cast<double>(from[f]);
  p_.counts[place] += sign;
}

void kmeans_tasks::move(uint32_t task, size_t row, int32_t from, int32_t to) {
  p_.labels[1 - p_.words->slot][row] = to;
  if (from == to)
    return;
  ++p_.changed[task];
  if (from >= 0)
    add(task, row, from, -1);
  add(task, row, to, 1);
}

void kmeans_tasks::lloyd(uint32_t task, bool score) {
  auto& w = *p_.words;
  auto [first, last] = p_.range(w.rows, task);
  if (!score)
    clear(task);
  double sum = 0;
  for (auto at = first; at < last; at += block_rows) {
    rows_.clear();
    which_.clear();
    for (auto i = at; i < std::min(at + block_rows, last); ++i)
      take(i);
    find(false);
    for (size_t i = 0; i < rows_.size(); ++i) {
      auto to = static_cast<int32_t>(found_[i].cluster);
      if (!score) {
        move(task, at + i, p_.labels[w.slot][at + i], to);
        continue;
      }
      p_.labels[1 - w.slot][at + i] = to;
      sum += static_cast<double>(clustering::squared_distance(
        rows_[i], p_.centres + found_[i].cluster * w.columns, w.columns));
    }
  }
  p_.figures[task] = sum;
}

// The square of a distance is known up to what rounding can take from a sum of
// products; bounds allow for it, so that they never spare a distance that
// would have changed a label.

float kmeans_tasks::distance_above(float square, float norm) const {
  auto room = p_.words->slack * (norm + largest_);
  return std::sqrt(std::max(square, 0.0f) + room);
}

float kmeans_tasks::distance_below(float square, float norm) const {
  auto room = p_.words->slack * (norm + largest_);
  return std::sqrt(std::max(square - room, 0.0f));
}

/// Finds the centres of the rows in question.
void kmeans_tasks::settle(uint32_t task) {
  auto& w = *p_.words;
  find(true);
  for (size_t i = 0; i < rows_.size(); ++i) {
    auto row = which_[i];
    auto norm = p_.squares[row];
    move(task, row, p_.labels[w.slot][row],
         static_cast<int32_t>(found_[i].cluster));
    p_.upper[1 - w.slot][row] =
      distance_above(norm + 2 * found_[i].score, norm);
    p_.lower[1 - w.slot][row] =
      distance_below(norm + 2 * found_[i].second, norm);
  }
  rows_.clear();
  which_.clear();
}

void kmeans_tasks::hamerly(uint32_t task) {
  auto& w = *p_.words;
  auto [first, last] = p_.range(w.rows, task);
  clear(task);
  largest_ = 2 * *std::max_element(p_.halves, p_.halves + w.clusters);
  rows_.clear();
  which_.clear();
  auto* labels = p_.labels[w.slot];
  for (auto i = first; i < last; ++i) {
    auto label = labels[i];
    if (label < 0) {
      take(i);
    } else {
      auto own = static_cast<uint32_t>(label);
      auto upper = (p_.upper[w.slot][i] + p_.drifts[own]) * 1.000001f;
      auto drift = own == w.drifter ? w.second_drift : w.drift;
      auto lower = (p_.lower[w.slot][i] - drift) * 0.999999f;
      auto bound = std::max(lower, p_.reaches[own]);
      if (upper >= bound) { // the true distance may still be below
        auto* centre = p_.centres + own * w.columns;
        auto square =
          clustering::squared_distance(p_.row(i), centre, w.columns);
        upper = distance_above(square, p_.squares[i]);
      }
      p_.labels[1 - w.slot][i] = label;
      p_.upper[1 - w.slot][i] = upper;
      p_.lower[1 - w.slot][i] = lower;
      if (upper >= bound)
        take(i);
    }
    if (rows_.size() == block_rows)
      settle(task);
  }
  settle(task);
}

/// Some rows of a mini-batch.
void kmeans_tasks::batch(uint32_t task) {
  auto& w = *p_.words;
  auto [first, last] = p_.range(w.batch, task);
  clear(task);
  double sum = 0;
  auto rows = static_cast<uint32_t>(w.rows);
  for (auto at = first; at < last; at += block_rows) {
    rows_.clear();
    which_.clear();
    for (auto i = at; i < std::min(at + block_rows, last); ++i) {
      auto drawn = w.batch_at + i;
      permutation order(w.order_seed, drawn / rows, rows);
      take(order(static_cast<uint32_t>(drawn % rows)));
    }
    find(false);
    for (size_t i = 0; i < rows_.size(); ++i) {
      add(task, which_[i], static_cast<int32_t>(found_[i].cluster), 1);
      sum += static_cast<double>(
        std::max(p_.squares[which_[i]] + 2 * found_[i].score, 0.0f));
    }
  }
  p_.figures[task] = sum;
}

void kmeans_tasks::judge(uint32_t task) {
  auto& w = *p_.words;
  auto [first, last] = p_.range(w.judged, task);
  std::vector<const float*> rows;
  std::vector<int32_t> labels;
  for (size_t i = 0; i < w.judged; ++i) {
    rows.push_back(p_.row(p_.judged_row(i)));
    labels.push_back(p_.labels[w.slot][p_.judged_row(i)]);
  }
  p_.figures[task] =
    silhouette_sum(rows, w.columns, labels, w.clusters, first, last);
}

} // namespace

round_program kmeans_program() {
  return {"kmeans",
          [](std::span<std::byte> payload) -> std::unique_ptr<round_tasks> {
            return std::make_unique<kmeans_tasks>(payload);
          }};
}

} // namespace models
