#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace leptond {

/// How leptond ends; a part of the contract with scripts and systemd.
enum exit_status : int {
  exit_asked = 0,     ///< asked to stop, and stopped
  exit_gave_up = 1,   ///< the root supervisor gave up
  exit_bad_usage = 2, ///< bad command line or configuration
  exit_no_place = 3,  ///< cannot listen, cannot use its data directory
};

/// Why something did not start: lines for people, and the exit status.
struct failure {
  int status = exit_gave_up;
  std::vector<std::string> lines; ///< each names the thing and the remedy

  /// All lines, one below the other, each ended by a newline.
  std::string text() const {
    std::string all;
    for (const auto& line : lines)
      all += line + '\n';
    return all;
  }
};

/// Either a value or the failure that kept it from being.
template <class T>
class result {
public:
  result(T value) : state_(std::move(value)) {}

  result(failure why) : state_(std::move(why)) {}

  explicit operator bool() const noexcept { return state_.index() == 0; }

  /// @pre the result holds a value
  T& value() { return std::get<0>(state_); }

  const T& value() const { return std::get<0>(state_); }

  T* operator->() { return &value(); }

  T& operator*() { return value(); }

  /// @pre the result holds a failure
  const failure& error() const { return std::get<1>(state_); }

private:
  std::variant<T, failure> state_;
};

} // namespace leptond
