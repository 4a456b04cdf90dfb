#include <models/data/dictionary.hpp>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

namespace models {

namespace {

std::optional<int64_t> integer_of(std::string_view word) {
  int64_t value = 0;
  auto last = word.data() + word.size();
  auto [end, error] = std::from_chars(word.data(), last, value);
  if (error != std::errc{} || end != last)
    return std::nullopt;
  return value;
}

} // namespace

int32_t dictionary::find(std::string_view word) const {
  auto found = numbers_.find(word);
  return found == numbers_.end() ? -1 : found->second;
}

int32_t dictionary::add(std::string_view word) {
  if (auto number = find(word); number >= 0)
    return number;
  auto number = static_cast<int32_t>(words_.size());
  words_.emplace_back(word);
  numbers_.emplace(words_.back(), number);
  return number;
}

sorted_words sort_words(std::span<const std::string> words,
                        bool integers_by_value) {
  std::vector<int64_t> keys(words.size(), 0);
  for (size_t i = 0; i < words.size() && integers_by_value; ++i) {
    auto value = integer_of(words[i]);
    integers_by_value = value.has_value();
    keys[i] = value.value_or(0);
  }
  if (!integers_by_value)
    std::fill(keys.begin(), keys.end(), 0);
  std::vector<size_t> order(words.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return keys[a] != keys[b] ? keys[a] < keys[b] : words[a] < words[b];
  });
  sorted_words result;
  result.renumbered.resize(words.size());
  for (auto i : order) {
    result.renumbered[i] = static_cast<int32_t>(result.words.size());
    result.words.push_back(words[i]);
  }
  return result;
}

} // namespace models
