#pragma once

#include <actors/supervision/changes.hpp>
#include <actors/supervision/core.hpp>
#include <actors/supervision/error.hpp>
#include <actors/supervision/spec.hpp>

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

/// Supervisors as actors. The functions here block and are for `main` and
/// other plain threads; an actor sends the messages of messages.hpp instead.
/// In the code of a supervised child, a supervisor's hook or a factory they
/// return `sup_errc::bad_state` at once and do nothing.
///
///   auto sup = actors::spawn_supervisor(sys, "app", spec, runtime);
///   auto handle = actors::start_child(sys, *sup, actor_child("w", worker));
///   ...
///   actors::stop_supervisor(sys, *sup);
namespace actors {

/// One child as `which_children` and `lepton ps` show it.
struct child_info {
  std::string id;
  std::string path;
  child_kind kind = child_kind::worker;
  carrier runs_on = carrier::actor;
  std::string state; ///< as in tree_node
  uint64_t incarnation = 0;
  uint64_t restarts = 0;
  size_t mailbox = 0;
  pid_t pid = 0;         ///< of a process that runs, else 0
  size_t lost = 0;       ///< earlier incarnations that will not go away
  double uptime_s = 0;   ///< 0 unless it runs
  std::string last_exit; ///< of the previous incarnation; empty if none
  caf::actor handle;     ///< the stable handle
};

/// A supervisor or worker with what is below it.
struct tree_node {
  child_info self;
  std::string how; ///< the strategy, for supervisors
  std::vector<tree_node> children;
};

/// Starts every child, or none: when one fails, those before it are stopped.
/// @param path the address of the tree's root: "alpha"
/// @returns the supervisor, or `sup_errc::bad_spec` or
///   `sup_errc::start_failed` with the id and the cause
caf::expected<caf::actor> spawn_supervisor(caf::actor_system& sys,
                                           std::string path,
                                           supervisor_spec spec,
                                           runtime_ptr runtime);

/// Stops the children in their order, then the supervisor; waits for its end.
caf::error stop_supervisor(caf::actor_system& sys,
                           const caf::actor& supervisor);

/// Adds a child and starts it.
/// @returns its stable handle (null if it declined to start), or
///   `start_failed`, `bad_state` (already_started, already_present, stopping)
///   or `bad_spec`
caf::expected<caf::actor> start_child(caf::actor_system& sys,
                                      const caf::actor& supervisor,
                                      child_spec spec);

/// Stops a child and keeps its specification (unless it is temporary); no
/// error if it is stopped already.
caf::error terminate_child(caf::actor_system& sys,
                           const caf::actor& supervisor,
                           const std::string& id);

/// Starts a stopped child again.
caf::expected<caf::actor> restart_child(caf::actor_system& sys,
                                        const caf::actor& supervisor,
                                        const std::string& id);

/// Drops the specification of a stopped child.
caf::error delete_child(caf::actor_system& sys,
                        const caf::actor& supervisor,
                        const std::string& id);

/// Gives a supervisor another specification while it runs, by OTP's rules (see
/// replace_request): running children go on running.
/// @returns none, `bad_spec` (then nothing is changed) or `bad_state`
caf::error replace_children(caf::actor_system& sys,
                            const caf::actor& supervisor,
                            supervisor_spec spec);

/// Changes one child of a running supervisor.
/// @returns none, `not_found`, `bad_spec` or `bad_state`
caf::error replace_child(caf::actor_system& sys,
                         const caf::actor& supervisor,
                         const std::string& id,
                         child_changes changes);

/// Changes a running supervisor itself (strategy, budget, ...), and of a
/// dynamic one its template; its children are left alone.
/// @returns none, `bad_spec` (then nothing is changed) or `bad_state`
caf::error change_supervisor(caf::actor_system& sys,
                             const caf::actor& supervisor,
                             supervisor_changes changes);

/// One child; `not_found` if there is none of this id.
caf::expected<child_info> which_child(caf::actor_system& sys,
                                      const caf::actor& supervisor,
                                      const std::string& id);

/// The specification of a child, defaults filled in.
caf::expected<std::shared_ptr<const child_spec>> child_spec_of(
  caf::actor_system& sys, const caf::actor& supervisor, const std::string& id);

/// In start order.
caf::expected<std::vector<child_info>>
which_children(caf::actor_system& sys, const caf::actor& supervisor);

caf::expected<child_counts> count_children(caf::actor_system& sys,
                                           const caf::actor& supervisor);

} // namespace actors
