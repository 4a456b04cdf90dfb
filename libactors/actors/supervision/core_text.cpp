// The words of supervisor_core, as views, reports and answers show them.

#include <actors/supervision/core.hpp>

namespace actors {

std::string to_string(child_state x) {
  switch (x) {
  case child_state::stopped:
    return "stopped";
  case child_state::starting:
    return "starting";
  case child_state::running:
    return "running";
  case child_state::restarting:
    return "restarting";
  case child_state::stopping:
    return "stopping";
  case child_state::killing:
    return "killing";
  case child_state::hung:
    return "hung";
  }
  return "unknown";
}

std::string to_string(op_result x) {
  switch (x) {
  case op_result::ok:
    return "ok";
  case op_result::ignored:
    return "ignored";
  case op_result::already_started:
    return "already_started";
  case op_result::already_present:
    return "already_present";
  case op_result::not_found:
    return "not_found";
  case op_result::running:
    return "running";
  case op_result::restarting:
    return "restarting";
  case op_result::start_failed:
    return "start_failed";
  case op_result::invalid:
    return "invalid";
  case op_result::stopping:
    return "stopping";
  case op_result::max_children:
    return "max_children";
  case op_result::unsupported:
    return "unsupported";
  }
  return "unknown";
}

std::string to_string(supervision_report::kind x) {
  using kind = supervision_report::kind;
  switch (x) {
  case kind::child_started:
    return "child_started";
  case kind::child_ended:
    return "child_ended";
  case kind::child_stopped:
    return "child_stopped";
  case kind::start_failed:
    return "start_failed";
  case kind::stop_failed:
    return "stop_failed";
  case kind::child_lost:
    return "child_lost";
  case kind::restarting:
    return "restarting";
  case kind::gave_up:
    return "gave_up";
  case kind::child_hung:
    return "child_hung";
  case kind::escalated:
    return "escalated";
  case kind::auto_shutdown:
    return "auto_shutdown";
  }
  return "unknown";
}

} // namespace actors
