#pragma once

#include <actors/supervision/handle_settings.hpp>

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

namespace actors {
class stable_handle;
}

namespace actors::detail {

/// A message that crashed its receivers again and again becomes a dead letter.
void give_up_poison(stable_handle& handle,
                    caf::mailbox_element& what,
                    const std::string& why,
                    uint32_t crashes);

/// Whether a message to `self` is of use to another incarnation as well: not
/// what it sent to itself, not answers to what it asked, no signals.
bool is_from_outside(const caf::strong_actor_ptr& sender,
                     caf::message_id id,
                     const caf::type_erased_tuple& content,
                     const caf::abstract_actor* self);

/// How an incarnation made by `actor_child` behaves towards its stable handle:
/// it joins when it comes to life, leaves before its end can be seen, and,
/// with `hold`, gives back what it has not handled. Its own thread only.
class membership {
public:
  explicit membership(const start_context& ctx);

  /// The handle may pass messages on to `self`.
  void join(caf::abstract_actor* self);

  /// Whether the two functions below must be called for every message.
  bool holds() const { return held_ != nullptr; }

  /// Before a message is handled: a handler may take its sender out.
  void remember(const caf::mailbox_element& x);

  /// It has been handled without a crash.
  void handled(const caf::mailbox_element& x) {
    auto& element = held_->suspect->element;
    if (element.load(std::memory_order_relaxed) == &x)
      element.store(nullptr, std::memory_order_relaxed);
  }

  /// An exception came out of the handler of `x`: ends `self`.
  void
  crashed(caf::scheduled_actor* self, caf::mailbox_element& x, const char* why);

  /// `self` takes no more messages: the handle refuses or holds them.
  /// @returns whether this is the first time
  bool leave(caf::scheduled_actor* self, const caf::error& why);

private:
  void try_again(caf::mailbox_element& x, const char* why);

  /// Only when messages are held.
  struct holding {
    std::shared_ptr<suspicion> suspect;
    uint32_t poison_after = 0;
    // Of the message that is being handled:
    caf::strong_actor_ptr sender;
    caf::message_id id;
    caf::mailbox_element::forwarding_stack stages;
    std::vector<held_message> again; ///< the one that crashed us
  };

  caf::actor_addr handle_;
  uint64_t incarnation_ : 62; // there are as many of these as children
  bool reports_ : 1;
  bool left_ : 1 = false;
  std::unique_ptr<holding> held_;
};

} // namespace actors::detail
