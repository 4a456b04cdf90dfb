#include <models/clustering/gmm_payload.hpp>

#include <algorithm>
#include <cmath>

namespace models {

namespace {

constexpr size_t line = 64;

constexpr size_t padded(size_t bytes) {
  return (bytes + line - 1) / line * line;
}

size_t size_of(const gmm_words& w) {
  return w.form == covariance_form::full ? w.columns * w.columns : w.columns;
}

/// Doubles of a task's sums.
size_t result_size(const gmm_words& w) {
  auto n = 8 + w.clusters + w.clusters * (w.columns + size_of(w));
  return (n + 7) / 8 * 8;
}

} // namespace

size_t gmm_payload::bytes(const gmm_words& w) {
  auto doubles = [](size_t n) { return padded(n * sizeof(double)); };
  return padded(sizeof(gmm_words)) + padded(w.rows * w.columns * sizeof(float))
         + padded(w.rows * sizeof(int32_t)) + doubles(w.clusters)
         + doubles(w.clusters * w.columns) + doubles(w.clusters * size_of(w))
         + doubles(w.tasks * result_size(w));
}

gmm_payload::gmm_payload(std::span<std::byte> memory, const gmm_words& w) {
  if (memory.size() < bytes(w))
    throw std::invalid_argument("gmm: the memory is too short");
  auto* at = memory.data();
  auto take = [&](auto*& part, size_t n) {
    part = reinterpret_cast<std::remove_reference_t<decltype(part)>>(at);
    at += padded(n * sizeof(*part));
  };
  take(words, 1);
  take(x, w.rows * w.columns);
  take(labels, w.rows);
  take(offsets, w.clusters);
  take(means, w.clusters * w.columns);
  take(factors, w.clusters * size_of(w));
  result_ = result_size(w);
  take(results_, w.tasks * result_);
}

gmm_payload gmm_payload::attach(std::span<std::byte> memory) {
  if (memory.size() < sizeof(gmm_words))
    throw std::invalid_argument("gmm: the memory is too short");
  auto words = *reinterpret_cast<const gmm_words*>(memory.data());
  return {memory, words};
}

gmm_sums gmm_payload::sums(uint32_t task) const {
  auto* first = results_ + task * result_;
  auto* counts = first + 8;
  auto* firsts = counts + words->clusters;
  return {first, counts, firsts, firsts + words->clusters * words->columns};
}

namespace {

using clustering::matrix;

class gmm_tasks : public round_tasks {
public:
  explicit gmm_tasks(const gmm_payload& p) : p_(p) {}

  void compute(uint32_t task) override {
    auto& w = *p_.words;
    auto s = p_.sums(task);
    auto first = w.rows * task / w.tasks, last = w.rows * (task + 1) / w.tasks;
    std::fill(s.likelihood, s.seconds + w.clusters * size_of(w), 0.0);
    for (auto i = first; i < last; i += clustering::gmm_block_rows) {
      auto n = std::min<size_t>(clustering::gmm_block_rows, last - i);
      share(i, n, *s.likelihood);
      for (uint32_t c = 0; c < w.clusters; ++c)
        add(c, i, n, s);
    }
  }

private:
  /// How much of each row belongs to each cluster.
  void share(size_t first, size_t n, double& likelihood) {
    auto& w = *p_.words;
    if (w.stage == gmm_stage::expectation) {
      clustering::log_densities(p_.mixture(), p_.x + first * w.columns, n,
                                shares_);
      likelihood += clustering::normalise(shares_);
      return;
    }
    shares_.setZero(w.clusters, static_cast<Eigen::Index>(n));
    for (size_t i = 0; i < n; ++i)
      shares_(p_.labels[first + i], static_cast<Eigen::Index>(i)) = 1;
  }

  void add(uint32_t c, size_t first, size_t n, const gmm_sums& s) {
    auto& w = *p_.words;
    auto d = static_cast<Eigen::Index>(w.columns);
    auto x = clustering::centred(p_.mixture(), c, p_.x + first * w.columns, n);
    clustering::vector share = shares_.row(c).transpose();
    s.counts[c] += share.sum();
    Eigen::Map<clustering::vector>(s.firsts + c * w.columns, d) += x * share;
    if (w.form == covariance_form::full) {
      x.array().rowwise() *= share.array().sqrt().transpose();
      Eigen::Map<matrix> seconds(s.seconds + c * size_of(w), d, d);
      seconds.selfadjointView<Eigen::Lower>().rankUpdate(x);
    } else
      Eigen::Map<clustering::vector>(s.seconds + c * w.columns, d) +=
        x.cwiseAbs2() * share;
  }

  gmm_payload p_;
  matrix shares_; ///< clusters x rows of a block
};

} // namespace

round_program gmm_program() {
  return {"gmm",
          [](std::span<std::byte> memory) -> std::unique_ptr<round_tasks> {
            return std::make_unique<gmm_tasks>(gmm_payload::attach(memory));
          }};
}

} // namespace models
