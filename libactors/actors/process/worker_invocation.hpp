#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace actors {

/// The command line between a supervisor and its worker:
/// `PROGRAM --worker-host TYPE --path PATH ... -- ARG...`. What the two actor
/// systems must agree on travels in it. Pure.
struct worker_invocation {
  static constexpr const char* flag = "--worker-host";
  static constexpr int link_fd = 3;     ///< stream socket for CAF's protocol
  static constexpr int control_fd = 4;  ///< seqpacket, see control_channel.hpp
  static constexpr int progress_fd = 5; ///< see progress_mark.hpp; or closed

  std::string type;
  std::string path;
  std::string parent_node; ///< the supervisor's node id: never the worker's
  uint64_t serial = 0;     ///< of this start among those of the supervisor
  std::chrono::nanoseconds heartbeat{0};
  std::chrono::nanoseconds timeout{0};
  std::vector<std::string> app_ids;
  std::vector<std::string> args;

  bool operator==(const worker_invocation&) const = default;
};

/// @param program argv[0]
std::vector<std::string> to_argv(const worker_invocation& x,
                                 const std::string& program);

/// @param argv without argv[0]; argv[0] is the flag
/// @param problem what is wrong when nothing is returned
std::optional<worker_invocation>
parse_worker_invocation(const std::vector<std::string>& argv,
                        std::string& problem);

} // namespace actors
