#pragma once

#include <cstdint>

namespace actors {

/// What becomes of messages for a child that is between two incarnations.
/// Plain data; the stable handle acts by it.
struct messages_while_down {
  enum class kind : uint8_t {
    fail_fast, ///< requests get `sup_errc::restarting`, others are dropped
    hold,      ///< kept in order for the next incarnation
    drop,      ///< all are dropped: who asked has to wait for its own timeout
  };
  kind how = kind::fail_fast;
  /// Most messages that are kept (hold); what comes then is refused.
  uint32_t limit = 0;
};

/// Nothing is answered and nothing is kept.
constexpr messages_while_down drop() {
  return {messages_while_down::kind::drop, 0};
}

/// At most `n` messages wait for the next incarnation. Those in the mailbox of
/// the dead one and the one that it was handling are handed to the next, too,
/// in their order, so a message may be handled twice but none is lost.
///
/// What an incarnation sent to itself dies with it. A handler that takes its
/// arguments by reference, moves them away and throws, gets them empty.
constexpr messages_while_down hold(uint32_t n) {
  return {messages_while_down::kind::hold, n};
}

} // namespace actors
