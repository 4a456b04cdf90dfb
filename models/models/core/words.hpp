#pragma once

// The words by which settings and files name the values of an enumeration.

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>

namespace models {

/// A word for each value of `Enum`, in its order, which counts from 0.
template <class Enum, size_t N>
struct enum_words {
  std::string_view what; ///< what they are, for the error
  std::array<std::string_view, N> words;

  /// @throws std::out_of_range for a value that has no word
  std::string word_of(Enum x) const {
    return std::string{words.at(static_cast<size_t>(x))};
  }

  /// @throws std::invalid_argument "optimizer: no such one: sdg"
  Enum value_of(std::string_view word) const {
    for (size_t i = 0; i < N; ++i)
      if (words[i] == word)
        return static_cast<Enum>(i);
    throw std::invalid_argument(std::string{what}
                                + ": no such one: " + std::string{word});
  }
};

} // namespace models
