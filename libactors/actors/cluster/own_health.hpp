#pragma once

#include <actors/cluster/evidence.hpp>

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// How a node judges itself, before it dies of it: steps that take longer than
/// its own history says, queues that grow, lines of its log. What comes out
/// travels in its member record; others give it no new work. Pure, one thread.
namespace actors {

/// The times of one kind of step against their own history.
class step_history {
public:
  /// @param took seconds, > 0
  void add(double took);

  /// After 64 steps at least: the last eight or so take twice as long as usual
  /// and more than chance explains.
  bool slow() const;
  double usual() const;  ///< seconds, geometric mean
  double recent() const; ///< seconds, of the last eight or so

private:
  uint64_t count_ = 0;
  double long_ = 0;     ///< of log(seconds)
  double variance_ = 0; ///< of log(seconds)
  double short_ = 0;
};

/// The length of one queue, sampled at regular times.
class queue_history {
public:
  void add(double length);

  /// Eight samples in a row not shorter than the one before, and at the end
  /// over 64 and four times the usual length.
  bool growing() const;

  double usual() const { return usual_; }

  double length() const { return last_; }

private:
  double usual_ = 0;
  double last_ = 0;
  uint32_t growth_ = 0;
};

/// Lines of the log: known fatal ones, and how many errors.
class log_history {
public:
  /// @param error whether the line is of level error or above
  void line(std::string_view text, bool error, time_point now);

  /// Fatal lines count for a minute after the last.
  std::vector<evidence> why(time_point now) const;

  /// The known fatal pattern in `text`, or nothing.
  static std::string_view fatal_pattern(std::string_view text);

private:
  void roll(time_point now);

  time_point window_begins_{};
  double errors_ = 0; ///< in this window
  double usual_ = 0;  ///< per window
  std::string fatal_;
  time_point fatal_at_{};
};

/// All of a node.
class own_health {
public:
  /// At most 64 kinds of steps and of queues are kept apart; more are ignored.
  void step(const std::string& what, double seconds);
  void queue(const std::string& what, double length);
  void log_line(std::string_view text, bool error, time_point now);

  std::vector<evidence> why(time_point now) const;
  evidence_bits bits(time_point now) const;

private:
  std::map<std::string, step_history> steps_;
  std::map<std::string, queue_history> queues_;
  log_history log_;
};

} // namespace actors
