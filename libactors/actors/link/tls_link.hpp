#pragma once

/// A link to one other node. Made by a `link_server`, whose thread carries it.

#include <actors/link/send_queue.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace actors::link {

/// The node at the other end.
struct link_peer {
  std::string node;
  uint64_t incarnation = 0;
  std::string address;  ///< `127.0.0.1:7500` as seen from here
  bool dialled = false; ///< by us
  bool encrypted = false;
};

/// Faults on demand, on this side of a link. They are those of a network under
/// TCP: what a cut withholds comes when it is mended, and only control
/// messages can be lost.
struct link_faults {
  std::chrono::milliseconds delay{0}; ///< of all that comes in
  double control_loss = 0; ///< share of messages and heartbeats not sent
  bool cut_in = false;     ///< nothing comes in
  bool cut_out = false;    ///< nothing goes out
};

/// Since the link began.
struct link_counters {
  std::array<channel_counts, 3> sent; ///< control, CAF, bulk
  uint64_t bytes_in = 0;              ///< of frames
  uint64_t bytes_out = 0;
  uint64_t bulk_in = 0; ///< bytes of bulk that have come
  uint64_t pings = 0;
  uint64_t pongs = 0;
  /// From heartbeats, 0 before the first answer: the last, and smoothed with
  /// its deviation as in RFC 6298.
  std::chrono::nanoseconds round_trip{0};
  std::chrono::nanoseconds smoothed{0};
  std::chrono::nanoseconds deviation{0};
  std::chrono::nanoseconds silent_for{0}; ///< since the last byte came in
};

/// Thread safe, and none of its calls waits.
class tls_link {
public:
  virtual ~tls_link() = default;

  virtual const link_peer& peer() const = 0;

  /// To the other node's `link_hooks::control`; at most 64 KiB.
  virtual send_outcome send_control(std::string_view bytes) = 0;

  /// A piece of CAF's stream.
  virtual send_outcome send_caf(std::string bytes) = 0;

  /// To the other node's `link_hooks::bulk`; 1 byte to `max_bulk_message`.
  virtual send_outcome send_bulk(std::string message) = 0;

  /// What came as bulk has been used: as much may come again. Without it the
  /// other side stops sending after `link_options::bulk_window` bytes.
  virtual void bulk_used(size_t bytes) = 0;

  /// Reads nothing more from the other side until told otherwise; for one that
  /// cannot take any more of CAF's bytes. Our silence check waits meanwhile.
  virtual void pause(bool on) = 0;

  /// Ends it at once; what waits is lost. `down` follows, here and there.
  virtual void drop(std::string reason) = 0;

  virtual link_counters counters() const = 0;

  virtual void inject(const link_faults& faults) = 0;
};

using link_ptr = std::shared_ptr<tls_link>;

} // namespace actors::link
