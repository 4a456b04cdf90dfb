#include <actors/supervision/restart_budgets.hpp>

#include <algorithm>

namespace actors {

restart_budgets::restart_budgets(const supervisor_policy& policy)
  : policy_{policy}, all_{policy.max_restarts, policy.within} {
  if (policy.subtree)
    subtree_.emplace(policy.subtree->max_restarts, policy.subtree->within);
}

bool restart_budgets::spend(const child_policy& child,
                            uint32_t place,
                            time_point now) {
  restart_window* own = nullptr;
  if (const auto& x = child.own_budget)
    own = &own_.try_emplace(place, x->max_restarts, x->within).first->second;
  if (all_.left(now) == 0)
    spent_ = to_string(budget{policy_.max_restarts, policy_.within});
  else if (own && own->left(now) == 0)
    spent_ = to_string(*child.own_budget) + " of this child";
  else if (subtree_ && subtree_->left(now) == 0)
    spent_ = to_string(*policy_.subtree) + " in the subtree";
  else
    spent_.clear();
  if (!spent_.empty())
    return false;
  all_.add(now);
  if (own)
    own->add(now);
  if (subtree_)
    subtree_->add(now);
  return true;
}

bool restart_budgets::spend_below(time_point now) {
  if (!subtree_ || subtree_->add(now))
    return true;
  spent_ = to_string(*policy_.subtree) + " in the subtree";
  return false;
}

void restart_budgets::change(const supervisor_policy& policy, time_point now) {
  policy_ = policy;
  all_.change(policy.max_restarts, policy.within, now);
  const auto& subtree = policy.subtree;
  if (!subtree)
    subtree_.reset();
  else if (subtree_)
    subtree_->change(subtree->max_restarts, subtree->within, now);
  else
    subtree_.emplace(subtree->max_restarts, subtree->within);
}

void restart_budgets::change(const child_policy& child,
                             uint32_t place,
                             time_point now) {
  const auto& own = child.own_budget;
  if (!own)
    own_.erase(place);
  else if (auto i = own_.find(place); i != own_.end())
    i->second.change(own->max_restarts, own->within, now);
}

uint32_t restart_budgets::left(const child_policy& child,
                               uint32_t place,
                               time_point now) {
  auto result = all_.left(now);
  if (const auto& x = child.own_budget) {
    auto i = own_.find(place);
    result =
      std::min(result, i == own_.end() ? x->max_restarts : i->second.left(now));
  }
  if (subtree_)
    result = std::min(result, subtree_->left(now));
  return result;
}

} // namespace actors
