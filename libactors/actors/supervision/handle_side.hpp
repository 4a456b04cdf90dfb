#pragma once

#include <actors/supervision/stable_handle.hpp>

/// Private to the library: what a stable handle keeps for the unusual.
namespace actors {

struct stable_handle::side {
  /// Whether messages may go straight to the incarnation.
  bool plain() const { return !draining && waiting.empty(); }

  handle_settings settings;
  std::deque<held_message> waiting;
  bool draining = false;    ///< somebody hands the waiting messages on
  bool parked = false;      ///< the child stays down
  uint64_t incarnation = 0; ///< the last that was started
  /// Who is about to enqueue without a hazard pointer.
  std::atomic<uint32_t> slow_senders{0};
  std::shared_ptr<suspicion> suspect = std::make_shared<suspicion>();
  std::string handled; ///< see note_handled
};

} // namespace actors
