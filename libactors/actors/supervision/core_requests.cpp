// The requests of supervisor_core: start_child, terminate_child, restart_child
// and delete_child, answered as OTP's supervisor answers them.

#include <actors/supervision/core.hpp>

namespace actors {

void supervisor_core::start_child(policy_ptr policy,
                                  request_token from,
                                  time_point now) {
  auto id = policy->id;
  handle({request::kind::start, from, std::move(id), std::move(policy)}, now);
}

void supervisor_core::terminate_child(const std::string& id,
                                      request_token from,
                                      time_point now) {
  handle({request::kind::terminate, from, id, nullptr}, now);
}

void supervisor_core::restart_child(const std::string& id,
                                    request_token from,
                                    time_point now) {
  handle({request::kind::restart, from, id, nullptr}, now);
}

void supervisor_core::delete_child(const std::string& id,
                                   request_token from,
                                   time_point now) {
  handle({request::kind::remove, from, id, nullptr}, now);
}

/// While children are being stopped and started together requests wait; while
/// a failed one waits for its next start they are served.
bool supervisor_core::busy() const {
  return mode_ == mode::idle || mode_ == mode::booting
         || (round_ && round_->now != phase::waiting);
}

void supervisor_core::handle(request req, time_point now) {
  if (is_over())
    reply(req.from, op_result::stopping);
  else if (busy())
    deferred_.push_back(std::move(req));
  else
    execute(req, now);
}

void supervisor_core::drain_requests(time_point now) {
  while (!deferred_.empty() && !busy() && mode_ == mode::running) {
    auto req = std::move(deferred_.front());
    deferred_.pop_front();
    execute(req, now);
  }
}

void supervisor_core::execute(request& req, time_point now) {
  switch (req.what) {
  case request::kind::start:
    return execute_start(req, now);
  case request::kind::terminate:
    return execute_terminate(req, now);
  case request::kind::restart:
    return execute_restart(req, now);
  case request::kind::remove:
    return execute_delete(req, now);
  case request::kind::replace:
    return execute_replace(req, now);
  case request::kind::replace_one:
    return execute_replace_one(req, now);
  case request::kind::replace_policy:
    return execute_replace_policy(req, now);
  }
}

void supervisor_core::execute_start(request& req, time_point now) {
  if (auto slot = find(req.id); slot != no_slot) {
    auto known = at(slot).state == child_state::stopped
                   ? op_result::already_present
                   : op_result::already_started;
    reply(req.from, known, slot);
    return;
  }
  if (auto problem = problem_with(policy_, *req.policy); !problem.empty()) {
    reply(req.from, op_result::invalid, no_slot, problem);
    return;
  }
  auto slot = add(std::move(req.policy));
  at(slot).fresh = true;
  wait(slot, req.from, true);
  launch(slot, false, now);
}

void supervisor_core::execute_terminate(request& req, time_point now) {
  auto slot = find(req.id);
  if (slot == no_slot) {
    reply(req.from, op_result::not_found);
    return;
  }
  auto state = at(slot).state;
  if (has_incarnation(state)) {
    end_for(slot, req.from, now);
    return;
  }
  if (state == child_state::restarting)
    call_off(slot, now);
  reply(req.from, op_result::ok, slot);
  if (places_[slot].policy->when == restart::temporary)
    remove(slot);
}

/// The stopped child that a request is about; no_slot when it was refused.
slot_id supervisor_core::find_stopped(const request& req) {
  auto slot = find(req.id);
  auto state = slot == no_slot ? child_state::stopped : at(slot).state;
  if (slot != no_slot && state == child_state::stopped)
    return slot;
  auto refusal = op_result::running;
  if (slot == no_slot)
    refusal = op_result::not_found;
  else if (state == child_state::restarting)
    refusal = op_result::restarting;
  reply(req.from, refusal, slot);
  return no_slot;
}

void supervisor_core::execute_restart(request& req, time_point now) {
  auto slot = find_stopped(req);
  if (slot == no_slot)
    return;
  at(slot).attempts = 0;
  wait(slot, req.from, true);
  launch(slot, false, now);
}

void supervisor_core::execute_delete(request& req, time_point) {
  auto slot = find_stopped(req);
  if (slot == no_slot)
    return;
  reply(req.from, op_result::ok, slot);
  remove(slot);
}

} // namespace actors
