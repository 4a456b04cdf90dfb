#include <models/clustering/nn_chain.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace models::clustering {

namespace {

constexpr float infinite = std::numeric_limits<float>::infinity();
constexpr size_t scanned = 512;     // floats between two comparisons
constexpr size_t least_packed = 64; // less is not worth it

using array_map = Eigen::Map<Eigen::ArrayXf>;
using const_map = Eigen::Map<const Eigen::ArrayXf>;

const_map part(const float* p, size_t n) {
  return {p, static_cast<Eigen::Index>(n)};
}

} // namespace

nn_chain::nn_chain(float* distances, size_t n, linkage_method method)
  : d_(distances),
    width_(n),
    stride_(matrix_stride(n)),
    alive_(n),
    method_(method),
    ids_(n),
    sizes_(n, 1.0f),
    gone_(stride_, infinite),
    known_(n),
    born_(n) {
  std::iota(ids_.begin(), ids_.end(), 0u);
  std::fill_n(gone_.begin(), n, 0.0f);
  sizes_.resize(stride_);
}

bool nn_chain::join(size_t count) {
  while (count > 0 && alive_ > 1) {
    if (chain_.empty()) {
      while (sizes_[first_] == 0)
        ++first_;
      chain_.push_back(static_cast<uint32_t>(first_));
    }
    auto top = chain_.back();
    auto* before = chain_.size() > 1 ? &chain_[chain_.size() - 2] : nullptr;
    auto next = nearest(top, before);
    if (!before || next.column != *before) {
      chain_.push_back(next.column);
      continue;
    }
    chain_.resize(chain_.size() - 2);
    merge(std::min(top, next.column), std::max(top, next.column),
          next.distance);
    --count;
  }
  return alive_ > 1;
}

/// Looks up the distances to the clusters born since the row was read last:
/// they know it.
void nn_chain::refresh(uint32_t i) {
  auto since = known_[i];
  auto own = row(i);
  for (auto b = births_.rbegin(); b != births_.rend() && b->time > since; ++b)
    if (sizes_[b->column] > 0 && born_[b->column] == b->time)
      own[b->column] = row(b->column)[i];
  known_[i] = static_cast<uint32_t>(merges_.size());
}

/// The nearest cluster: of equals the one before in the chain, else the first.
nn_chain::neighbour nn_chain::nearest(uint32_t i, const uint32_t* before) {
  refresh(i);
  auto own = row(i);
  auto least = before ? own[*before] : infinite;
  auto found = width_;
  for (size_t first = 0; first < width_; first += scanned) {
    auto n = std::min(scanned, stride_ - first);
    auto here = (part(own + first, n) + part(&gone_[first], n)).minCoeff();
    if (here < least) {
      least = here;
      found = first;
    }
  }
  if (found == width_ && before)
    return {*before, least};
  while (own[found] + gone_[found] != least)
    ++found;
  return {static_cast<uint32_t>(found), least};
}

/// The distances of y after x has joined it.
/// Source: Lance, Williams (1967), "A general theory of classificatory sorting
/// strategies".
void nn_chain::combine(uint32_t x, uint32_t y, float distance) {
  auto n = static_cast<Eigen::Index>(stride_);
  const_map dx(row(x), n), sizes(sizes_.data(), n);
  array_map dy(row(y), n);
  auto a = sizes_[x], b = sizes_[y];
  switch (method_) {
  case linkage_method::single:
    dy = dy.min(dx);
    break;
  case linkage_method::complete:
    dy = dy.max(dx);
    break;
  case linkage_method::average:
    dy = ((dx * a + dy * b) / (a + b)).max(distance);
    break;
  case linkage_method::ward:
    dy = (((sizes + a) * dx + (sizes + b) * dy - sizes * distance)
          / (sizes + (a + b)))
           .max(distance);
  }
  row(y)[y] = infinite; // what is not a number to itself
}

void nn_chain::merge(uint32_t x, uint32_t y, float distance) {
  refresh(x);
  refresh(y);
  combine(x, y, distance);
  merges_.push_back({ids_[x], ids_[y], distance});
  auto now = static_cast<uint32_t>(merges_.size());
  sizes_[y] += sizes_[x];
  sizes_[x] = 0;
  gone_[x] = infinite;
  known_[y] = born_[y] = now;
  births_.push_back({now, y});
  if (--alive_ <= width_ / 2 && width_ > least_packed)
    pack();
}

void nn_chain::pack() {
  std::erase_if(births_, [&](const birth& b) {
    return sizes_[b.column] == 0 || born_[b.column] != b.time;
  });
  std::vector<uint32_t> kept, moved(width_);
  for (uint32_t i = 0; i < width_; ++i)
    if (sizes_[i] > 0) {
      moved[i] = static_cast<uint32_t>(kept.size());
      kept.push_back(i);
    }
  auto stride = matrix_stride(kept.size());
  for (size_t i = 0; i < kept.size(); ++i) {
    auto* from = row(kept[i]);
    auto* to = d_ + i * stride; // never behind `from`
    for (size_t j = 0; j < kept.size(); ++j)
      to[j] = from[kept[j]];
    std::fill(to + kept.size(), to + stride, infinite);
    ids_[i] = ids_[kept[i]];
    sizes_[i] = sizes_[kept[i]];
    known_[i] = known_[kept[i]];
    born_[i] = born_[kept[i]];
  }
  for (auto& b : births_)
    b.column = moved[b.column];
  for (auto& c : chain_)
    c = moved[c];
  width_ = kept.size();
  stride_ = stride;
  first_ = 0;
  sizes_.assign(sizes_.begin(), sizes_.begin() + static_cast<long>(width_));
  sizes_.resize(stride_);
  gone_.assign(stride_, infinite);
  std::fill_n(gone_.begin(), width_, 0.0f);
}

uint32_t nn_chain::column_of(uint32_t id) const {
  auto end = ids_.begin() + static_cast<long>(width_);
  auto found = std::lower_bound(ids_.begin(), end, id); // packing keeps order
  auto column = static_cast<uint32_t>(found - ids_.begin());
  if (found == end || *found != id || sizes_[column] == 0)
    throw std::invalid_argument("hclust: no such cluster to go on from");
  return column;
}

void nn_chain::replay(std::span<const uint32_t> pairs,
                      std::span<const uint32_t> chain) {
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) {
    auto x = column_of(pairs[i]), y = column_of(pairs[i + 1]);
    if (x >= y)
      throw std::invalid_argument("hclust: a pair in the wrong order");
    refresh(x);
    merge(x, y, row(x)[y]);
  }
  chain_.clear();
  for (auto id : chain)
    chain_.push_back(column_of(id));
}

std::vector<uint32_t> nn_chain::chain() const {
  std::vector<uint32_t> ids;
  for (auto c : chain_)
    ids.push_back(ids_[c]);
  return ids;
}

} // namespace models::clustering
