#pragma once

#include <cstdint>
#include <string>

namespace actors {

/// One thing that happened, as subscribers, the log and `lepton events` see it.
struct event {
  uint64_t id = 0;     ///< grows by one; given by the event_log
  int64_t time_ms = 0; ///< since the epoch, UTC; given by the event_log
  std::string kind;    ///< child_ended, restarting, gave_up, ...
  std::string path;    ///< of whom it tells
  std::string carrier; ///< empty if it tells of no child
  uint64_t incarnation = 0;
  std::string reason;  ///< normal, shutdown, crashed, killed, lost; or empty
  std::string text;    ///< the exception's text, for people
  std::string message; ///< that was being handled, or was given up; or empty
  int64_t duration_us = -1;   ///< -1: none
  int64_t restarts_left = -1; ///< -1: does not apply
};

/// The event in one line, without id and time.
std::string to_line(const event& x);

} // namespace actors
