#include <models/clustering/kmeans_payload.hpp>

#include <stdexcept>

namespace models {

namespace {

constexpr size_t cache_line = 64;

/// Deals out memory, each part on a cache line.
class dealer {
public:
  explicit dealer(std::byte* base) : base_(base) {}

  template <class T>
  void deal(T*& part, size_t n) {
    part = reinterpret_cast<T*>(base_ + at_);
    at_ += (n * sizeof(T) + cache_line - 1) / cache_line * cache_line;
  }

  size_t used() const { return at_; }

private:
  std::byte* base_;
  size_t at_ = 0;
};

} // namespace

size_t kmeans_payload::place(std::byte* base, const shape& s) {
  dealer d(base);
  auto padded = clustering::padded_clusters(s.most_clusters);
  auto sums = size_t{s.most_clusters} * s.columns;
  d.deal(words, 1);
  d.deal(x, s.rows * s.columns);
  d.deal(squares, s.rows);
  d.deal(centres, sums);
  d.deal(negated, s.columns * padded);
  d.deal(halves, padded);
  d.deal(drifts, s.most_clusters);
  d.deal(reaches, s.most_clusters);
  d.deal(few_rows, s.columns * clustering::few);
  for (size_t i = 0; i < 2; ++i) {
    d.deal(labels[i], s.rows);
    d.deal(upper[i], s.rows);
    d.deal(lower[i], s.rows);
    d.deal(closest[i], s.rows);
    d.deal(distances[i], s.rows * clustering::few);
  }
  d.deal(potentials, s.tasks * clustering::few);
  d.deal(deltas, s.tasks * sums);
  d.deal(counts, size_t{s.tasks} * s.most_clusters);
  d.deal(figures, s.tasks);
  d.deal(changed, s.tasks);
  return d.used();
}

size_t kmeans_payload::bytes(const shape& s) {
  kmeans_payload nowhere;
  return nowhere.place(nullptr, s);
}

kmeans_payload::kmeans_payload(std::span<std::byte> memory, const shape& s) {
  if (memory.size() < bytes(s))
    throw std::invalid_argument("k-means: the memory is too short");
  place(memory.data(), s);
}

kmeans_payload kmeans_payload::attach(std::span<std::byte> memory) {
  if (memory.size() < sizeof(kmeans_words))
    throw std::invalid_argument("k-means: the memory is too short");
  auto& w = *reinterpret_cast<kmeans_words*>(memory.data());
  return {memory, {w.rows, w.columns, w.most_clusters, w.tasks, w.judged}};
}

} // namespace models
