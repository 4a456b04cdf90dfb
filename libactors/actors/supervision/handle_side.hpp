#pragma once

#include <actors/supervision/stable_handle.hpp>

/// Private to the library: what a stable handle keeps for the unusual.
namespace actors {

struct stable_handle::side {
  /// Whether messages may go straight to the incarnation.
  bool plain() const { return in_order() && settings.count == 0 && !trace; }

  /// Whether no message waits that must come before new ones.
  bool in_order() const { return !draining && waiting.empty(); }

  /// Counts a message; whether `on_count` is due.
  bool is_to_tell() {
    if (settings.count == 0 || ++passed < settings.count)
      return false;
    passed = 0;
    return true;
  }

  handle_settings settings;
  uint32_t passed = 0; ///< messages since `on_count` was called
  std::deque<held_message> waiting;
  bool draining = false;    ///< somebody hands the waiting messages on
  bool parked = false;      ///< the child stays down
  uint64_t incarnation = 0; ///< the last that was started
  /// Who is about to enqueue without a hazard pointer.
  std::atomic<uint32_t> slow_senders{0};
  std::shared_ptr<suspicion> suspect = std::make_shared<suspicion>();
  std::shared_ptr<trace_buffer> trace; ///< null: nobody looks
  std::string handled;                 ///< see note_handled
};

} // namespace actors
