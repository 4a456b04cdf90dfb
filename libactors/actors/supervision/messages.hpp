#pragma once

#include <actors/supervision/dynamic.hpp>
#include <actors/supervision/supervisor.hpp>

#include <caf/all.hpp>

/// The messages that a supervisor understands. They stay in the process.
namespace actors {

/// Answered by `child_reply`.
struct start_child_request {
  std::shared_ptr<const child_spec> spec;
};

/// To a dynamic supervisor: a child of its template, see `start_child` in
/// dynamic.hpp. Answered by `child_reply`.
struct start_instance_request {
  caf::message args;
  std::string name; ///< empty: one is made
};

/// To a dynamic supervisor: end and forget the child with this handle. Answered
/// by `child_reply`.
struct terminate_handle_request {
  caf::actor child;
};

/// To a dynamic supervisor: a new template. Answered by `child_reply`.
struct replace_template_request {
  std::shared_ptr<const dynamic_spec> spec;
};

/// What can be done to a child; answered by `child_reply`.
enum class child_verb : uint8_t {
  terminate,
  restart,
  remove,
  suspend, ///< its messages wait, up to a bound
  resume,
  kill, ///< end the incarnation by force, as a fault would
  show, ///< nothing: who is it and how is it?
};

struct child_request {
  child_verb verb;
  std::string id;
};

struct child_reply {
  op_result result;
  child_info child; ///< as far as there is one
  std::string text; ///< the reason, for people
};

/// Gives a supervisor another specification while it runs: children whose ids
/// it names go on running under their new specification, new ones are added and
/// not started, others stay as they are, after them. Null changes nothing
/// (`ignored`). Lasts over restarts. Answered by `child_reply`.
struct replace_request {
  std::shared_ptr<const supervisor_spec> spec;
};

/// Changes one child in the same way. Answered by `child_reply`.
struct replace_child_request {
  std::string id;
  child_changes changes;
};

/// Changes the supervisor itself, and of a dynamic one its template. Lasts over
/// restarts. Answered by `child_reply`.
struct change_supervisor_request {
  supervisor_changes changes;
};

/// The specification of a child with all that it leaves to defaults; answered
/// by `found_spec` or `sup_errc::not_found`.
struct child_spec_request {
  std::string id;
};

struct found_spec {
  std::shared_ptr<const child_spec> spec;
};

/// How a supervisor treats its children; answered by `supervisor_policy`.
struct policy_request {};

/// The template of a dynamic supervisor; answered by `found_template`, with
/// null by any other.
struct template_request {};

struct found_template {
  std::shared_ptr<const dynamic_spec> spec;
};

/// Answered by `std::vector<child_info>`.
struct which_children_request {};

/// Answered by `child_counts`.
struct count_children_request {};

/// The tree from here on; answered by `tree_node`.
struct tree_request {};

/// Who is at this path, relative to the supervisor? Answered by
/// `found_child` or `sup_errc::not_found`.
struct find_request {
  std::string path; ///< "workers/worker-1"; empty: the supervisor itself
};

struct found_child {
  child_info child;
  caf::actor parent; ///< the supervisor's stable handle; null for the root
  std::vector<message_signature> messages;
};

/// `child_reply` as an error; none if it was done.
caf::error error_of(const child_reply& x);

} // namespace actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::start_child_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::start_instance_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::terminate_handle_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::replace_template_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::child_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::child_reply)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::replace_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::replace_child_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::change_supervisor_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::template_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::found_template)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::child_spec_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::found_spec)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::policy_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::supervisor_policy)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::which_children_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::count_children_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::child_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::tree_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::tree_node)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::find_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(actors::found_child)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<actors::child_info>)
