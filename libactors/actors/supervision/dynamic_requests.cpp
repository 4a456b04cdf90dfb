// The requests of dynamic_core, and how it stops.

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
  else if (size_ >= max_children_ || size_ >= no_slot)
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
  auto& c = children_[slot];
  c.fresh = true;
  if (!name.empty()) {
    c.named = true;
    by_name_.emplace(name, slot);
    names_.emplace(slot, name);
  }
  wait(slot, from, true);
  launch(slot, now);
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
  if (slot >= children_.size() || !children_[slot].in_use) {
    reply(from, op_result::not_found);
    return;
  }
  auto& c = children_[slot];
  if (has_incarnation(c.state)) {
    wait(slot, from, false);
    c.unwanted = true;
    if (c.state == child_state::running || c.state == child_state::starting)
      halt(slot, now);
    return;
  }
  // It waits for its next start, which is called off.
  set_state(c, child_state::stopped, now);
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
  for (slot_id s = 0; s < children_.size(); ++s)
    if (children_[s].in_use)
      budgets_.change(*template_, s, now);
}

// -- answers ------------------------------------------------------------------

void dynamic_core::wait(slot_id slot, request_token token, bool for_start) {
  children_[slot].awaited = true;
  waiting_.emplace(slot, waiter{token, for_start});
}

/// Answers those who wait for the start of this child, or for its end.
void dynamic_core::answer(slot_id slot,
                          bool starters,
                          op_result result,
                          const std::string& text) {
  if (!children_[slot].awaited)
    return;
  auto [i, last] = waiting_.equal_range(slot);
  auto left = false;
  while (i != last) {
    if (i->second.for_start == starters) {
      reply(i->second.token, result, slot, text);
      i = waiting_.erase(i);
    } else {
      left = true;
      ++i;
    }
  }
  children_[slot].awaited = left;
}

void dynamic_core::reply(request_token to,
                         op_result result,
                         slot_id slot,
                         std::string text) {
  act(action::reply{to, result, slot == no_slot ? child_view{} : view(slot),
                    std::move(text)});
}

// -- stopping -----------------------------------------------------------------

void dynamic_core::begin_stop(exit_status why, time_point now) {
  if (mode_ == mode::stopping || mode_ == mode::ended)
    return;
  mode_ = mode::stopping;
  exit_status_ = std::move(why);
  for (slot_id s = 0; s < children_.size(); ++s) {
    auto& c = children_[s];
    if (!c.in_use)
      continue;
    answer(s, true, op_result::stopping);
    if (c.state == child_state::restarting) {
      set_state(c, child_state::stopped, now);
      remove(s);
    } else if (c.state == child_state::running
               || c.state == child_state::starting) {
      halt(s, now);
    }
  }
  killing_ = template_->grace == duration::zero();
  if (live_ > 0 && killing_)
    arm_all(policy_.lost_after);
  else if (live_ > 0 && template_->grace != infinite)
    arm_all(template_->grace);
  end_if_empty(now);
}

/// The one timer of the stop: first all stragglers are killed, then those that
/// are still there are lost.
void dynamic_core::stop_timeout(time_point now) {
  auto kill_now = !killing_;
  killing_ = true;
  for (slot_id s = 0; s < children_.size(); ++s) {
    auto& c = children_[s];
    if (!c.in_use || !has_incarnation(c.state))
      continue;
    if (!kill_now) {
      lost(s, now);
    } else if (c.state == child_state::stopping) {
      c.overdue = true;
      kill(s, child_state::killing, now);
    }
  }
  if (kill_now && live_ > 0)
    arm_all(policy_.lost_after);
}

/// Says how a child ended that was stopped; when all stop, those that ended
/// well are one report, and those that did not one for each reason.
void dynamic_core::report_stop(slot_id slot, exit_status why, time_point now) {
  using kind = supervision_report::kind;
  auto& c = children_[slot];
  auto took = now - c.since;
  if (why.how == exit_status::kind::lost)
    return; // has been said
  auto good = ended_as_asked(template_->when, c.by_force && !c.overdue, why);
  if (!good && c.overdue && why.how == exit_status::kind::killed
      && why.text.empty())
    why.text = "did not end within " + in_seconds(template_->grace);
  if (mode_ != mode::stopping)
    report(good ? kind::child_stopped : kind::stop_failed, slot, std::move(why),
           now, took);
  else if (good)
    ++stopped_well_;
  else
    stop_errors_.add(std::move(why), took);
}

void dynamic_core::end_if_empty(time_point now) {
  if (mode_ != mode::stopping || live_ > 0)
    return;
  mode_ = mode::ended;
  auto left = budgets_.left(now);
  auto say = [&](supervision_report::kind what, exit_status why, duration took,
                 uint32_t count) {
    act(supervision_report{
      what, no_slot, 0, std::move(why), took, {}, left, count});
  };
  if (stopped_well_ > 0)
    say(supervision_report::kind::child_stopped,
        {exit_status::kind::shutdown, {}}, {}, stopped_well_);
  for (auto& x : stop_errors_.take())
    say(supervision_report::kind::stop_failed, std::move(x.why), x.took,
        x.count);
  act(action::exit{exit_status_});
}

} // namespace actors
