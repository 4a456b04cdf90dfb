#pragma once

#include <actors/observe/dead_letters.hpp>
#include <actors/observe/event.hpp>
#include <actors/process/process_child.hpp>
#include <actors/process/progress_mark.hpp>
#include <actors/supervision/downtime.hpp>
#include <actors/supervision/policy.hpp>
#include <actors/supervision/root_names.hpp>
#include <actors/supervision/snapshots.hpp>

#include <caf/all.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace actors {

/// What a tree of supervisors shares. Outlives the tree.
struct supervision_runtime {
  /// Hears of every start, exit, restart, give-up and dead letter; runs in the
  /// thread of a supervisor or child, several at once, and must be quick. May
  /// be empty.
  std::function<void(event)> on_event;
  /// Takes each line that a child process prints to stdout or stderr, with the
  /// child's path, in the process host's thread. Empty: lines go to our stderr.
  std::function<void(const std::string& path, std::string_view line)> on_output;
  /// For children with `carrier::process`; may be null if there are none.
  process_host* processes = nullptr;
  /// Takes messages that were given up; null: nobody wants to see them.
  std::shared_ptr<dead_letter_box> dead_letters =
    std::make_shared<dead_letter_box>();
  /// No two roots with the same path.
  std::shared_ptr<root_names> roots = std::make_shared<root_names>();
};

using runtime_ptr = std::shared_ptr<const supervision_runtime>;

/// One message that an actor understands, for `describe` and for checking
/// what a person typed before it is sent.
struct message_signature {
  std::string verb; ///< the first word, an atom; empty if there is none
  /// Of what follows: integer, number, text, bool, list, map, any.
  std::vector<std::string> parameters;
  std::string reply; ///< a type as above, or nothing
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, message_signature& x) {
  return f(caf::meta::type_name("message_signature"), x.verb, x.parameters,
           x.reply);
}

/// `add(integer) -> integer`
std::string to_string(const message_signature& x);

/// Tells the supervisor how a start went, once; later calls do nothing. May be
/// copied and called from any thread.
class acknowledgement {
public:
  acknowledgement() = default;
  acknowledgement(caf::actor_addr supervisor, uint32_t slot, uint64_t serial);

  void started() const;
  void failed(caf::error why) const;
  void ignored() const; ///< declines to run; not an error

  /// For an incarnation that runs, as often as it likes: all is well, its
  /// backoff starts anew.
  void healthy() const;

  /// For supervisors: something was restarted below this child.
  void restarted_below() const;

  /// The incarnation has ended, see start_context::tells_end.
  void ended(caf::error why, caf::execution_unit* host) const;

private:
  caf::actor_addr supervisor_;
  uint64_t serial_ = 0;
  uint32_t slot_ = 0;
};

/// What a child's factory knows of its surroundings.
struct start_context {
  caf::actor_system& system;
  std::string path;     ///< of the child, from the root
  uint64_t incarnation; ///< 1 for its first start
  carrier runs_on;      ///< actor or thread
  caf::actor handle;    ///< the child's stable handle
  runtime_ptr runtime;
  acknowledgement ack;
  caf::message args; ///< what start_child of a dynamic supervisor was given
  progress_mark progress = {};   ///< for a child with a `liveness`
  restoration_ptr restores = {}; ///< for a child with snapshots
  /// Set by the factory when the child will call `ack` itself; else the
  /// start counts as acknowledged when the factory returns.
  bool acknowledges = false;
  /// Set by the factory of a child that would call `ack`, when it has nothing
  /// to wait for: it runs.
  bool has_begun = false;
  /// Set by the factory of a child that will itself call `ack.ended`, whatever
  /// its end: it is not watched.
  bool tells_end = false;
  /// Set by a factory that returns no actor because there is nothing to run;
  /// not an error.
  bool declines = false;
  /// For supervisors: what is to be started instead of the specification
  /// itself, after it was replaced while it ran; and where to say so.
  std::shared_ptr<class spec_cell> cell = nullptr;
  /// Where a child of `actor_child` may run its function at once, in the
  /// supervisor's turn; null: in a turn of its own.
  caf::execution_unit* host = nullptr;
  /// For supervisors: whether one above keeps a subtree budget, and so wants
  /// to hear of restarts.
  bool counts_restarts = false;
};

/// An incarnation that runs, for who keeps account of a pool.
struct running_child {
  std::string path;
  uint64_t incarnation;
  caf::actor handle;
  pid_t pid;                            ///< 0 unless it is a process
  std::shared_ptr<segment_sink> memory; ///< where to offer shared memory
  caf::actor current; ///< this incarnation itself; null for a command
};

struct supervisor_spec;
struct dynamic_spec;

/// How to start, restart and stop one child, and on what it runs.
struct child_spec : child_policy {
  carrier runs_on = carrier::actor;

  /// What becomes of messages while it is between two incarnations.
  messages_while_down while_down;

  /// With `hold`: a message that was being handled at so many crashes in a row
  /// becomes a dead letter, and who asked is told so. 0: it is tried for ever.
  /// One second chance is the default: a child may well be killed by chance
  /// while it handles a message, but hardly twice. Give the supervisor as many
  /// restarts at least.
  uint32_t poison_after = 2;

  /// Whether and when its state is kept for the next incarnation. For
  /// `actor_child` and worker processes.
  snapshot_settings snapshots;

  /// Makes an incarnation (actor, thread): spawns it and returns it. May throw;
  /// that is a failed start. See `actor_child` in child.hpp.
  std::function<caf::actor(start_context&)> start;

  /// Says how to run an incarnation (process); `path` is filled in.
  std::function<process_child_spec(const start_context&)> process;

  /// What it starts, for a supervisor: checked with the rest.
  std::shared_ptr<const supervisor_spec> below;
  std::shared_ptr<const dynamic_spec> pool; ///< the same for a dynamic one

  /// What it understands, as far as people may send it.
  std::vector<message_signature> messages;

  /// Called when an incarnation runs, and when it is certainly gone. In the
  /// supervisor's thread, but the end of an incarnation that outlives its
  /// supervisor (which was killed) is told by the thread that sees it. Must be
  /// quick. May be empty.
  std::function<void(const running_child&)> on_up;
  std::function<void(const running_child&)> on_down;
};

/// A supervisor as a value: build it, `check` it, spawn it.
struct supervisor_spec : supervisor_policy {
  std::vector<child_spec> children; ///< started in order, stopped in reverse
};

/// Returns no error, or `sup_errc::bad_spec` with a text that names supervisor,
/// child, field and remedy: "app/pool: child 'a': grace must not be negative".
/// Looks into all supervisors below. Starts nothing.
/// @param path of the supervisor, for the text
caf::error check(const supervisor_spec& spec, const std::string& path = {});

/// The same for one child, wherever it is to be started.
caf::error check(const child_spec& spec, const std::string& path = {});

/// What a supervisor is started with next time: kept by the one above for as
/// long as it knows the child, and set by the supervisor itself when it is
/// given other specifications while it runs. Thread safe.
class spec_cell {
public:
  /// Null until it was set. `Spec` is what the supervisor is made of.
  template <class Spec>
  std::shared_ptr<const Spec> get() const {
    return std::static_pointer_cast<const Spec>(load());
  }

  void set(std::shared_ptr<const supervisor_policy> spec);

private:
  std::shared_ptr<const supervisor_policy> load() const;

  mutable std::mutex mutex_;
  std::shared_ptr<const supervisor_policy> spec_;
};

/// A supervisor as a child of another one.
child_spec supervisor_child(std::string id, supervisor_spec spec);

} // namespace actors
