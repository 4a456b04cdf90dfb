#pragma once

/// What waits to be sent through a link: which frame goes next and how much
/// may wait. Pure, no CAF, no socket. Not thread safe.

#include <actors/link/frame.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace actors::link {

/// What became of bytes to be sent.
enum class send_outcome : uint8_t {
  accepted,
  full,      ///< no room now; `relieved` tells when to try again
  too_large, ///< longer than the channel ever takes
  closed,    ///< there is no link
};

std::string to_string(send_outcome x);

/// How many bytes may wait, as `channel_counts` counts them. A single message
/// that is longer than its channel's bound still finds room in an empty
/// channel.
struct send_limits {
  size_t control = size_t{256} << 10;
  size_t caf = size_t{4} << 20;
  size_t bulk = size_t{16} << 20;
};

/// Of one channel, since the link began. Bytes are payloads; on the control
/// channel with their headers, so that empty frames have a bound too.
struct channel_counts {
  uint64_t messages = 0; ///< accepted; pieces, on the channel of CAF
  uint64_t bytes = 0;    ///< of these
  uint64_t refused = 0;  ///< messages that found no room
  uint64_t frames = 0;   ///< given to the wire
  size_t waiting = 0;    ///< bytes, now
};

/// Control frames first, then CAF's bytes, then bulk, in pieces of one frame so
/// that a heartbeat waits for one piece and not for a message. Where CAF's
/// bytes never end, bulk still gets one frame in `caf_share`. What is full
/// refuses: the sender is told and nothing grows.
///
/// Bulk also needs the receiver's credit: it is not sent faster than it is
/// used there. Control and CAF never wait for it.
class send_queue {
public:
  /// Frames of CAF that may go while bulk waits, before one of bulk does.
  static constexpr size_t caf_share = 8;

  /// @param bulk_credit bytes of bulk that may go before any credit comes
  explicit send_queue(send_limits limits = {}, uint64_t bulk_credit = 0)
    : limits_{limits}, credit_{bulk_credit} {}

  send_outcome push_control(control_kind kind, std::string_view payload);

  /// A piece of CAF's stream, of any length.
  send_outcome push_caf(std::string bytes);

  /// A message, of 1 to `max_bulk_message` bytes; empty is `too_large` too.
  send_outcome push_bulk(std::string message);

  /// More bytes of bulk may go.
  void add_credit(uint64_t bytes) { credit_ += bytes; }

  uint64_t credit() const noexcept { return credit_; }

  /// Appends frames until `out` has `enough` bytes or nothing may go. Exceeds
  /// `enough` by less than a frame.
  void fill(std::string& out, size_t enough);

  /// Whether `fill` would append something.
  bool ready() const noexcept;

  /// Whether a channel that has refused something since it was asked last has
  /// room again: half of its bound is free. True once for each such time.
  bool relieved(channel which);

  const channel_counts& counts(channel which) const;

private:
  struct lane {
    std::deque<std::string> messages;
    size_t at = 0; ///< bytes of the first that have gone
    bool has_refused = false;
    channel_counts counts;
  };

  lane& lane_of(channel which);
  send_outcome admit(channel which, size_t bytes);
  bool bulk_may_go() const noexcept;
  void append_control(std::string& out);
  void append_caf(std::string& out);
  void append_bulk(std::string& out);
  static void drop_sent(lane& of, size_t bytes);

  send_limits limits_;
  std::array<lane, 3> lanes_;
  uint64_t credit_;
  size_t caf_in_a_row_ = 0;
};

} // namespace actors::link
