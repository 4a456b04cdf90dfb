// What decider says: reports, answers and timers.

#include <actors/supervision/decider.hpp>

#include <algorithm>

namespace actors {

// -- how a stop went ----------------------------------------------------------

/// Says how a child ended that was stopped. When all stop at once its errors
/// are gathered: a pool of thousands would else say the same thousands of
/// times.
void decider::report_stop(slot_id slot, exit_status why, time_point now) {
  using kind = supervision_report::kind;
  const auto& c = children_[slot];
  const auto& policy = *policy_of(slot);
  auto took = now - c.since;
  auto all = mode_ == mode::stopping;
  if (why.how == exit_status::kind::lost)
    return; // has been said
  if (ended_as_asked(policy.when, c.by_force && !c.overdue, why)) {
    if (all && counts_stopped_)
      ++stopped_well_;
    else
      report(kind::child_stopped, slot, std::move(why), now, took);
    return;
  }
  if (c.overdue && why.how == exit_status::kind::killed && why.text.empty())
    why.text = "did not end within " + in_seconds(policy.grace);
  if (all && stops_at_once_)
    stop_errors_.add(std::move(why), took);
  else
    report(kind::stop_failed, slot, std::move(why), now, took);
}

/// All children are gone.
void decider::finish(time_point now) {
  using kind = supervision_report::kind;
  mode_ = mode::ended;
  auto left = budgets_.left(now);
  auto say = [&](kind what, exit_status why, duration took, uint32_t count) {
    act(supervision_report{
      what, no_slot, 0, std::move(why), took, {}, left, count});
  };
  if (stopped_well_ > 0)
    say(kind::child_stopped, {exit_status::kind::shutdown, {}}, {},
        stopped_well_);
  for (auto& x : stop_errors_.take())
    say(kind::stop_failed, std::move(x.why), x.took, x.count);
  act(action::exit{exit_status_});
}

// -- requests -----------------------------------------------------------------

void decider::wait(slot_id slot, request_token token, bool for_start) {
  children_[slot].awaited = true;
  waiting_.emplace(slot, waiter{token, for_start});
}

/// Answers those who wait for the start of this child, or for its end.
void decider::answer(slot_id slot,
                     bool for_start,
                     op_result result,
                     const std::string& text) {
  if (!children_[slot].awaited)
    return;
  auto [i, last] = waiting_.equal_range(slot);
  auto left = false;
  while (i != last) {
    if (i->second.for_start == for_start) {
      reply(i->second.token, result, slot, text);
      i = waiting_.erase(i);
    } else {
      left = true;
      ++i;
    }
  }
  children_[slot].awaited = left;
}

bool decider::has_start_waiter(slot_id slot) const {
  if (!children_[slot].awaited)
    return false;
  auto [i, last] = waiting_.equal_range(slot);
  return std::any_of(i, last, [](auto& x) { return x.second.for_start; });
}

void decider::reply(request_token to,
                    op_result result,
                    slot_id slot,
                    std::string text) {
  act(action::reply{to, result, slot == no_slot ? child_view{} : view(slot),
                    std::move(text)});
}

// -- actions ------------------------------------------------------------------

void decider::report(supervision_report::kind what,
                     slot_id slot,
                     exit_status why,
                     time_point now,
                     duration took,
                     duration delay) {
  if (!listening_)
    return;
  if (slot == no_slot) {
    act(supervision_report{what, slot, 0, std::move(why), took, delay, 0});
    return;
  }
  act(supervision_report{what, slot, children_[slot].incarnation,
                         std::move(why), took, delay,
                         budgets_.left(*policy_of(slot), slot, now)});
}

void decider::arm(slot_id slot, duration delay) {
  auto number = next_timer();
  children_[slot].timer = number;
  act(action::set_timer{(uint64_t{slot} << 32) | number, delay});
}

uint32_t decider::arm_common(duration delay) {
  auto number = next_timer();
  act(action::set_timer{(uint64_t{no_slot} << 32) | number, delay});
  return number;
}

/// Never 0, which is no timer.
uint32_t decider::next_timer() {
  if (++timer_ == 0)
    ++timer_;
  return timer_;
}

} // namespace actors
