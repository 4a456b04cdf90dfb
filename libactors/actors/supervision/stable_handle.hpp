#pragma once

#include <actors/observe/trace_buffer.hpp>
#include <actors/supervision/handle_settings.hpp>

#include <caf/all.hpp>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace actors {

/// One handle for the whole life of a supervised child. It passes each message
/// straight on to the current incarnation, in the sender's thread: no mailbox,
/// no hop. It works with every CAF call; the answer's sender is the
/// incarnation. Monitors on it fire when the child is gone for good, never
/// when it restarts; `send_exit` reaches the incarnation.
///
/// What becomes of messages while there is no incarnation is a setting of the
/// child, see downtime.hpp. By default requests get `sup_errc::restarting` and
/// other messages are dropped; requests that were in the mailbox of an
/// incarnation when it died get `sec::request_receiver_down` from CAF. Who has
/// seen a request crash a child of `actor_child` gets `restarting` until the
/// next one is there.
///
/// The supervisor owns the handle: only it and the incarnation call the
/// functions below. Thread safe. Cost of a message: two plain stores and three
/// loads; all that is unusual (no incarnation, suspended, holding, traced)
/// shows as a null pointer to the incarnation, and goes the slow way.
class stable_handle : public caf::monitorable_actor {
public:
  static caf::actor make(caf::actor_system& sys);

  /// The stable handle behind `x`, which must be one.
  static stable_handle& of(const caf::actor& x);

  explicit stable_handle(caf::actor_config& cfg);

  ~stable_handle() override;

  const char* name() const override { return "stable_handle"; }

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override;

  void on_destroy() override;

  /// Before the first start; without it: `fail_fast`.
  void configure(handle_settings settings);

  /// The incarnation that is about to be started may `join`.
  void expect(uint64_t incarnation);

  /// Messages go to this incarnation if it is the expected one. Called by
  /// itself when it comes to life, so that nobody it tells of itself finds the
  /// handle without it. Messages that waited are in its mailbox then.
  void join(caf::abstract_actor* self, uint64_t incarnation);

  /// Messages go to `next` from now on; nobody, if null.
  void point_to(caf::strong_actor_ptr next);

  /// An incarnation is about to end: no message goes to it any more. Called by
  /// itself, in its own thread.
  void leave(caf::abstract_actor* self);

  /// The child stays down: who waits is refused, nothing is held any more
  /// until the next `expect`.
  void park(const std::string& why);

  /// The incarnation that messages go to now; null between two.
  caf::strong_actor_ptr current() const;

  /// Keeps messages until `resume`, up to a bound; beyond it they are refused.
  /// `resume` hands them on in their order, before any newer one.
  void suspend();
  void resume();

  bool suspended() const { return suspended_; }

  /// The child is gone for good: see `close`.
  bool closed() const { return closed_; }

  /// Where its supervisor keeps the child; only the supervisor uses it.
  void set_place(uint32_t slot) { place_ = slot; }

  uint32_t place() const { return place_; }

  /// Notes all messages from now on, until `lease` after the last call: then
  /// the next message finds the plain way again. Any thread.
  std::shared_ptr<trace_buffer> trace(trace_buffer::clock::duration lease);

  /// The child is gone for good: monitors fire with `reason`.
  void close(caf::error reason);

  // -- for held messages, in the incarnation's thread -------------------------

  /// After `leave`: waits (a moment) for those who are in the middle of an
  /// enqueue to `self`. Then its mailbox has all that it will ever get.
  void await_senders(const caf::abstract_actor* self);

  /// After `await_senders`: what `self` has not handled, in order.
  void hand_back(caf::abstract_actor* self, std::vector<held_message> rest);

  /// The message that crashed a child before and has been handed on again;
  /// null unless messages are held.
  std::shared_ptr<suspicion> suspect() const;

  uint32_t poison_after() const;

  /// Gives a message up: a dead letter, an event, and `why` to who asked.
  void give_up(caf::mailbox_element& what,
               caf::error why,
               const std::string& reason,
               uint32_t crashes);

  /// What the incarnation was handling when it crashed, for the report.
  void note_handled(std::string message);
  std::string take_handled();

private:
  static constexpr size_t stash_limit = 10'000;

  enum class route : uint8_t { pass, keep, drop, refuse, overflow };

  struct side;

  void enqueue_slow(caf::mailbox_element_ptr what, caf::execution_unit* host);
  std::shared_ptr<trace_buffer> running_trace();
  route route_of(const caf::mailbox_element& what) const;

  static std::string outcome_of(route x);

  bool serving() const { return owned_ && !left_; }

  void note(std::shared_ptr<trace_buffer> trace,
            traced_message traced,
            route way,
            caf::mailbox_element& what);
  size_t limit() const;
  side& beside();
  void publish();
  void flush();
  void refuse_all(std::vector<held_message> what, const caf::error& why);
  caf::error refusal() const;

  std::atomic<caf::abstract_actor*> current_{nullptr};
  uint32_t place_ = 0;
  std::atomic<bool> suspended_{false};
  std::atomic<bool> closed_{false};
  // What follows is guarded by mtx_, as what CAF keeps of every actor is.
  bool left_ = false; ///< `owned_` takes no more messages
  caf::strong_actor_ptr owned_;
  uint64_t expected_ = 0;      ///< incarnation that may join; 0: none
  std::unique_ptr<side> side_; ///< made when first needed, then kept
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
