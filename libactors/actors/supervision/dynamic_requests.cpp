// The requests of dynamic_core.

#include <actors/supervision/dynamic_core.hpp>

namespace actors {

op_result dynamic_core::problem_with_name(const std::string& name) const {
  if (find(name) != no_slot)
    return op_result::already_started;
  // What we might give ourselves, now or later.
  auto made = name.starts_with(template_->id + '-')
              && name.find_first_not_of("0123456789.", template_->id.size() + 1)
                   == std::string::npos;
  return made || name.find('/') != std::string::npos ? op_result::invalid
                                                     : op_result::ok;
}

slot_id dynamic_core::start_instance(const std::string& name,
                                     request_token from,
                                     time_point now) {
  auto problem = op_result::ok;
  if (mode_ != mode::running)
    problem = op_result::stopping;
  else if (size() >= max_children_ || size() >= no_slot)
    problem = op_result::max_children;
  else if (!name.empty())
    problem = problem_with_name(name);
  if (problem == op_result::invalid) {
    reply(from, problem, no_slot,
          "the name '" + name
            + "' must have no '/' and not look like one that is given to "
              "children without a name");
    return no_slot;
  }
  if (problem != op_result::ok) {
    reply(from, problem);
    return no_slot;
  }
  auto slot = take_place();
  names_.erase(slot);
  at(slot).fresh = true;
  if (!name.empty()) {
    by_name_.emplace(name, slot);
    names_.emplace(slot, name);
  }
  wait(slot, from, true);
  launch(slot, true, now);
  return slot;
}

void dynamic_core::terminate_child(const std::string& id,
                                   request_token from,
                                   time_point now) {
  auto slot = find(id);
  if (slot == no_slot)
    reply(from, op_result::not_found);
  else
    terminate(slot, from, now);
}

void dynamic_core::terminate(slot_id slot, request_token from, time_point now) {
  if (!in_use(slot)) {
    reply(from, op_result::not_found);
    return;
  }
  if (has_incarnation(at(slot).state)) {
    end_for(slot, from, now);
    return;
  }
  // It waits for its next start, which is called off.
  set_state(at(slot), child_state::stopped, now);
  reply(from, op_result::ok, slot);
  remove(slot);
}

void dynamic_core::start_child(policy_ptr, request_token from, time_point) {
  reply(from, op_result::unsupported, no_slot,
        "a dynamic supervisor starts children of its template only");
}

void dynamic_core::restart_child(const std::string&,
                                 request_token from,
                                 time_point) {
  reply(from, op_result::unsupported, no_slot,
        "a dynamic supervisor keeps no stopped children");
}

void dynamic_core::delete_child(const std::string& id,
                                request_token from,
                                time_point now) {
  restart_child(id, from, now);
}

void dynamic_core::replace(supervisor_policy policy,
                           size_t max_children,
                           policy_ptr pattern,
                           time_point now) {
  budgets_.change(policy, now);
  policy_ = std::move(policy);
  max_children_ = max_children;
  template_ = std::move(pattern);
  for (slot_id s = 0; s < end_slot(); ++s)
    if (in_use(s))
      budgets_.change(*template_, s, now);
}

} // namespace actors
