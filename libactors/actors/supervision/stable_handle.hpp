#pragma once

#include <caf/all.hpp>

#include <atomic>
#include <deque>
#include <mutex>

namespace actors {

/// One handle for the whole life of a supervised child. It passes each message
/// straight on to the current incarnation, in the sender's thread: no mailbox,
/// no hop. It works with every CAF call; the answer's sender is the
/// incarnation. Monitors on it fire when the child is gone for good, never
/// when it restarts; `send_exit` reaches the incarnation.
///
/// While there is no incarnation, requests get `sup_errc::restarting` and
/// other messages are dropped (`fail_fast`). Requests that were in the mailbox
/// of an incarnation when it died get `sec::request_receiver_down` from CAF.
///
/// The supervisor owns the handle: only it calls the functions below. Thread
/// safe. Cost of a message: two plain stores and a load.
class stable_handle : public caf::monitorable_actor {
public:
  static caf::actor make(caf::actor_system& sys);

  /// The stable handle behind `x`, which must be one.
  static stable_handle& of(const caf::actor& x);

  explicit stable_handle(caf::actor_config& cfg);

  const char* name() const override { return "stable_handle"; }

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override;

  void on_destroy() override;

  /// Messages go to `next` from now on; nobody, if null.
  void point_to(caf::strong_actor_ptr next);

  /// The incarnation that messages go to now; null between two.
  caf::strong_actor_ptr current() const;

  /// Keeps messages until `resume`, up to a bound; beyond it they are refused.
  void suspend();
  void resume();

  bool suspended() const { return suspended_; }

  /// The child is gone for good: monitors fire with `reason`.
  void close(caf::error reason);

private:
  static constexpr size_t stash_limit = 10'000;

  void refuse(caf::mailbox_element_ptr& what);
  void enqueue_slow(caf::mailbox_element_ptr what, caf::execution_unit* host);
  bool stash(caf::mailbox_element_ptr& what);

  std::atomic<caf::abstract_actor*> current_{nullptr};
  std::atomic<bool> suspended_{false};
  std::atomic<bool> closed_{false};
  mutable std::mutex mutex_; // guards what follows
  caf::strong_actor_ptr owned_;
  std::deque<caf::mailbox_element_ptr> stashed_;
};

} // namespace actors
