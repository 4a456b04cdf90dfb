#pragma once

#include <actors/process/process_host.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

namespace actors {

/// Cuts a stream of bytes into lines, bounded in length and rate. Control
/// characters become '?', so that a child cannot forge lines of the log. Pure:
/// the caller brings the time.
class line_splitter {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using sink = std::function<void(std::string_view)>;

  explicit line_splitter(process_output limits = {}) : limits_{limits} {}

  /// Takes some bytes; gives the lines that they complete to `out`. Before
  /// the first line after a gap comes `(12 lines dropped)`.
  void feed(std::string_view bytes, time_point now, const sink& out);

  /// The stream has ended: gives out what has no line end yet, and the number
  /// of lines dropped.
  void finish(time_point now, const sink& out);

private:
  void append(std::string_view piece);
  void end_line(time_point now, const sink& out);
  bool admit(time_point now);
  void report_dropped(const sink& out);

  process_output limits_;
  std::string line_;
  bool cut_ = false;
  double tokens_ = 0;
  time_point refilled_{};
  size_t dropped_ = 0;
};

} // namespace actors
