#pragma once

#include <cstdint>
#include <string>

namespace actors {

/// One thing that happened, as subscribers, the log and `lepton events` see it.
struct event {
  uint64_t id = 0;        ///< grows by one; given by the event_log
  int64_t time_ms = 0;    ///< since the epoch, UTC; given by the event_log
  std::string kind;       ///< child_ended, restarting, gave_up, ...
  std::string path;       ///< of whom it tells
  std::string supervisor; ///< path of the one that tells, or is above `path`
  std::string child;      ///< its id; empty if it is about none
  std::string restart;    ///< permanent, transient, temporary; or empty
  std::string carrier;    ///< of the child; or empty
  uint64_t incarnation = 0;
  int64_t pid = 0;     ///< of that incarnation, if it is a process
  std::string reason;  ///< normal, shutdown, crashed, killed, lost; or empty
  std::string text;    ///< the exception's text, for people
  std::string message; ///< that was being handled, or was given up; or empty
  int64_t duration_us = -1;   ///< -1: none
  int64_t restarts_left = -1; ///< -1: does not apply
};

/// Sets `path`, and `supervisor` and `child` as it names them.
void set_path(event& x, std::string path);

/// The event in one line, without id and time.
std::string to_line(const event& x);

} // namespace actors
