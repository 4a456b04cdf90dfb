#include <models/data/table_finish.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace models {

namespace {

/// 64 bits of a row and its label. Equal rows have equal ones; others collide
/// with probability 2^-64 a pair, which a remark in a report can bear.
uint64_t row_hash(const table& t, size_t row) {
  constexpr uint64_t multiplier = 0x9E3779B97F4A7C15;
  auto width = t.schema.columns.size();
  auto p = t.values.data() + row * width;
  uint64_t hash =
    t.labels.empty() ? 1 : 2 + static_cast<uint64_t>(t.labels[row]);
  auto mix = [&](uint64_t word) {
    hash = (hash ^ word) * multiplier;
    hash ^= hash >> 32;
  };
  size_t i = 0;
  for (; i + 2 <= width; i += 2) {
    uint64_t word = 0;
    std::memcpy(&word, p + i, 8);
    mix(word);
  }
  if (i < width) {
    uint32_t word = 0;
    std::memcpy(&word, p + i, 4);
    mix(word);
  }
  return hash;
}

/// The hashes seen so far: open addressing, at most half full.
class hash_set {
public:
  explicit hash_set(size_t count) : slots_(std::bit_ceil(count * 2 + 2), 0) {}

  /// Fetches what `add` will need; it is far apart.
  void prepare(uint64_t hash) const {
    __builtin_prefetch(&slots_[hash & (slots_.size() - 1)], 1);
  }

  /// @returns whether it is new
  bool add(uint64_t hash) {
    hash += hash == 0; // 0: empty
    auto mask = slots_.size() - 1;
    for (auto i = hash & mask;; i = (i + 1) & mask) {
      if (slots_[i] == hash)
        return false;
      if (slots_[i] == 0) {
        slots_[i] = hash;
        return true;
      }
    }
  }

private:
  std::vector<uint64_t> slots_;
};

/// The first row that equals `row`.
size_t first_like(const table& t, size_t row) {
  auto hash = row_hash(t, row);
  size_t first = 0;
  while (row_hash(t, first) != hash)
    ++first;
  return first;
}

void find_duplicates(table& t) {
  constexpr size_t ahead = 16;
  std::array<uint64_t, ahead> hashes{};
  hash_set seen(t.rows);
  auto first = t.rows;
  for (size_t begin = 0; begin < t.rows; begin += ahead) {
    auto count = std::min(ahead, t.rows - begin);
    for (size_t i = 0; i < count; ++i) {
      hashes[i] = row_hash(t, begin + i);
      seen.prepare(hashes[i]);
    }
    for (size_t i = 0; i < count; ++i)
      if (!seen.add(hashes[i]) && t.report.duplicates++ == 0)
        first = begin + i;
  }
  if (t.report.duplicates > 0 && !t.lines.empty()) {
    t.report.duplicate_line = t.lines[first];
    t.report.duplicate_of_line = t.lines[first_like(t, first)];
  }
}

void find_constants(table& t) {
  auto& columns = t.schema.columns;
  auto width = columns.size();
  if (t.rows == 0)
    return;
  std::vector<char> varies(width, 0);
  for (size_t row = 1; row < t.rows; ++row) {
    auto p = t.values.data() + row * width;
    for (size_t i = 0; i < width; ++i) // NaN: missing, differs from all
      varies[i] |= static_cast<char>(!(p[i] == t.values[i]));
  }
  for (size_t i = 0; i < width; ++i)
    columns[i].constant = varies[i] == 0;
}

} // namespace

void complete_report(table& t) {
  find_duplicates(t);
  find_constants(t);
  t.report.classes = t.schema.classes;
  t.report.class_rows.assign(t.schema.classes.size(), 0);
  for (auto label : t.labels)
    ++t.report.class_rows[static_cast<size_t>(label)];
  for (const auto& column : t.schema.columns) {
    auto copy = column;
    copy.categories.clear();
    t.report.columns.push_back(std::move(copy));
    t.report.category_counts.push_back(
      static_cast<uint32_t>(column.categories.size()));
  }
}

} // namespace models
