#pragma once

/// The second line between a supervisor and its worker: a SOCK_SEQPACKET pair.
/// Down go segments (a descriptor with its id and size), up go records of one
/// byte that say that all is well, and one with the reason of the root actor's
/// end. One machine, one build: records
/// are structs in native layout.

#include <actors/process/segment_source.hpp>

#include <caf/error.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace actors {

/// The supervisor's end for segments. Shares the descriptor.
class channel_sink : public segment_sink {
public:
  explicit channel_sink(std::shared_ptr<unique_fd> fd) : fd_{std::move(fd)} {}

  caf::error offer(const segment_ptr& segment) override;

private:
  std::shared_ptr<unique_fd> fd_;
};

/// The worker's end for segments. Keeps those that arrive before they are
/// asked for, up to `max_pending`.
class channel_source : public segment_source {
public:
  static constexpr size_t max_pending = 256;

  /// @param fd borrowed, open for as long as this lives
  explicit channel_source(int fd) : fd_{fd} {}

  caf::expected<segment_ptr>
  attach(uint64_t id, std::chrono::milliseconds deadline) override;

private:
  struct arrived {
    unique_fd fd;
    size_t bytes;
  };

  caf::error receive_one(int timeout_ms);

  int fd_;
  std::timed_mutex mutex_;
  std::unordered_map<uint64_t, arrived> pending_;
};

/// Tells the supervisor that all is well. Any thread.
void send_healthy(int fd);

/// Tells the supervisor why the root actor has ended; `none` for normally.
/// The text is cut to 8 KiB. Errors are of no interest: it is told or not.
void send_last_words(int fd, const caf::error& reason, const std::string& text);

/// What `receive_words` has found.
enum class control_state { nothing, closed, healthy, last_words };

/// Reads the record without blocking; malformed ones count as none.
/// @param reason of the same code and category, with the text as context
control_state receive_words(int fd, caf::error& reason);

/// A pair of connected close-on-exec sockets of this type; empty on failure.
std::optional<std::pair<unique_fd, unique_fd>> make_socket_pair(int type);

} // namespace actors
