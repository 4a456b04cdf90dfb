#pragma once

#include <caf/all.hpp>

#include <atomic>
#include <deque>
#include <memory>
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
/// Who has seen a request crash a child of `actor_child` gets `restarting`
/// until the next one is there.
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

  /// The incarnation that is about to be started may `join`.
  void expect(uint64_t incarnation);

  /// Messages go to this incarnation if it is the expected one. Called by
  /// itself when it comes to life, so that nobody it tells of itself finds the
  /// handle without it.
  void join(caf::abstract_actor* self, uint64_t incarnation);

  /// Messages go to `next` from now on; nobody, if null.
  void point_to(caf::strong_actor_ptr next);

  /// An incarnation is about to end: no message goes to it any more. Called by
  /// itself, in its own thread.
  void leave(caf::abstract_actor* self);

  /// The incarnation that messages go to now; null between two.
  caf::strong_actor_ptr current() const;

  /// Keeps messages until `resume`, up to a bound; beyond it they are refused.
  /// `resume` hands them on in their order, before any newer one.
  void suspend();
  void resume();

  bool suspended() const { return suspended_; }

  /// The child is gone for good: monitors fire with `reason`.
  void close(caf::error reason);

private:
  static constexpr size_t stash_limit = 10'000;

  using backlog = std::deque<caf::mailbox_element_ptr>;

  void deliver(caf::mailbox_element_ptr what, caf::execution_unit* host);
  void refuse(caf::mailbox_element_ptr& what, caf::execution_unit* host);
  void enqueue_slow(caf::mailbox_element_ptr what, caf::execution_unit* host);
  bool stash(caf::mailbox_element_ptr& what);

  std::atomic<caf::abstract_actor*> current_{nullptr};
  std::atomic<bool> suspended_{false};
  std::atomic<bool> closed_{false};
  mutable std::mutex mutex_; // guards what follows
  caf::strong_actor_ptr owned_;
  uint64_t expected_ = 0;            ///< incarnation that may join; 0: none
  std::unique_ptr<backlog> stashed_; // made when first needed: a deque is big
};

/// Drops references to incarnations that are gone, if enough of them wait. The
/// supervisor calls it when it has nothing more urgent to do.
void reclaim_incarnations_if_due();

/// Drops all that no sender is using just now.
void reclaim_incarnations();

/// The same, but waits (a moment) for the senders. For plain threads, when
/// supervision ends: references must not outlive their actor system.
void reclaim_all_incarnations();

} // namespace actors
