#include <models/rl/mdp.hpp>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <tuple>

namespace models {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("process: " + what);
}

void check_transitions(const mdp& p,
                       std::span<const mdp_transition> transitions) {
  if (p.states() == 0 || p.actions() == 0)
    refuse("no states or no actions");
  if (p.states() > INT32_MAX || p.actions() > INT32_MAX)
    refuse("too many states or actions");
  if (!(p.discount >= 0 && p.discount <= 1))
    refuse("discount must be 0 to 1");
  for (auto& t : transitions) {
    if (t.state >= p.states() || t.next >= p.states()
        || t.action >= p.actions())
      refuse("a transition of a state or action that is not there");
    if (!(t.probability >= 0 && t.probability <= 1) || !std::isfinite(t.reward))
      refuse(p.state_names[t.state] + " " + p.action_names[t.action]
             + ": a probability must be 0 to 1 and a reward finite");
  }
}

/// Closes the pair whose outcomes were added last.
void close_pair(mdp& p, uint32_t state, double sum) {
  if (std::abs(sum - 1) > 1e-6)
    refuse(p.state_names[state] + " " + p.action_names[p.pair_action.back()]
           + ": its probabilities sum to " + std::to_string(sum));
  p.first_outcome.push_back(p.outcome_next.size());
}

} // namespace

mdp make_mdp(std::vector<std::string> state_names,
             std::vector<std::string> action_names,
             std::vector<mdp_transition> transitions,
             double discount) {
  mdp p;
  p.state_names = std::move(state_names);
  p.action_names = std::move(action_names);
  p.discount = discount;
  check_transitions(p, transitions);
  std::stable_sort(transitions.begin(), transitions.end(),
                   [](auto& a, auto& b) {
                     return std::tie(a.state, a.action, a.next)
                            < std::tie(b.state, b.action, b.next);
                   });
  p.first_pair.assign(p.states() + 1, 0);
  p.first_outcome.push_back(0);
  double sum = 0;
  const mdp_transition* before = nullptr;
  for (auto& t : transitions) {
    auto same_pair =
      before && before->state == t.state && before->action == t.action;
    if (!same_pair) {
      if (before)
        close_pair(p, before->state, sum);
      sum = 0;
      p.pair_action.push_back(t.action);
      p.pair_reward.push_back(0);
      ++p.first_pair[t.state + 1];
    }
    sum += t.probability;
    p.pair_reward.back() += t.probability * t.reward;
    if (same_pair && before->next == t.next) {
      p.outcome_probability.back() += t.probability;
    } else {
      p.outcome_next.push_back(t.next);
      p.outcome_probability.push_back(t.probability);
    }
    before = &t;
  }
  if (!before)
    refuse("no transitions");
  close_pair(p, before->state, sum);
  for (size_t s = 0; s < p.states(); ++s)
    p.first_pair[s + 1] += p.first_pair[s];
  return p;
}

} // namespace models
