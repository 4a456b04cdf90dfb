#pragma once

// Words and their numbers, while a file is read. Internal to the readers.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace models {

/// Numbers words in the order of their first appearance.
class dictionary {
public:
  /// The number of `word`, or -1.
  int32_t find(std::string_view word) const;

  /// The number of `word`, which is added if it is new.
  int32_t add(std::string_view word);

  size_t size() const { return words_.size(); }

  const std::vector<std::string>& words() const { return words_; }

private:
  struct hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string, int32_t, hash, std::equal_to<>> numbers_;
  std::vector<std::string> words_;
};

/// The words in their lasting order (by value if all are integers, else by
/// their bytes) and, for each number so far, its new one.
struct sorted_words {
  std::vector<std::string> words;
  std::vector<int32_t> renumbered;
};

sorted_words sort_words(std::span<const std::string> words,
                        bool integers_by_value);

} // namespace models
