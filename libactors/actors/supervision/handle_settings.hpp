#pragma once

#include <actors/supervision/spec.hpp>

#include <caf/all.hpp>

#include <atomic>
#include <memory>
#include <string>

namespace actors {

/// What a stable handle has to know of its child to hold messages for it.
struct handle_settings {
  std::string path;
  messages_while_down while_down;
  uint32_t poison_after = 0; ///< see child_spec
  runtime_ptr runtime;
  uint32_t count = 0; ///< call `on_count` after so many messages; 0: never
  /// In a sender's thread, with the incarnation behind the n-th message.
  std::function<void(caf::abstract_actor&)> on_count = {};
};

/// A message that waits for an incarnation.
struct held_message {
  caf::mailbox_element_ptr element;
  uint32_t crashes = 0; ///< in a row, while it was being handled
};

/// Which message to watch: it was being handled when the child crashed, and
/// has been handed to the next incarnation. The address is compared only.
struct suspicion {
  std::atomic<const caf::mailbox_element*> element{nullptr};
  uint32_t crashes = 0; ///< in a row; written before `element`
};

} // namespace actors
