#include <actors/supervision/doubts.hpp>
#include <actors/supervision/warnings.hpp>

#include <algorithm>

namespace actors {

namespace {

/// Of one child.
class child_doubts {
public:
  child_doubts(const supervisor_policy& above,
               const child_spec& child,
               std::vector<std::string>& found)
    : above_{above}, child_{child}, found_{found} {}

  void find() {
    about_messages();
    about_backoff();
    about_temporary();
    about_snapshots();
    about_grace();
  }

private:
  void say(const std::string& text) {
    found_.push_back("child '" + child_.id + "': " + text);
  }

  bool holds() const {
    return child_.while_down.how == messages_while_down::kind::hold;
  }

  /// The restarts that it may cause before somebody gives up.
  uint32_t allowed() const {
    auto n = above_.max_restarts;
    if (child_.own_budget)
      n = std::min(n, child_.own_budget->max_restarts);
    if (above_.subtree)
      n = std::min(n, above_.subtree->max_restarts);
    return n;
  }

  void about_messages() {
    if (!holds())
      return;
    if (child_.while_down.limit == 0)
      say("hold(0) keeps no message");
    if (child_.when == restart::temporary)
      say("it is temporary, never restarted, so that messages are held for "
          "nobody");
    else if (child_.poison_after > allowed())
      say("a message that always crashes it is set aside after "
          + std::to_string(child_.poison_after)
          + " crashes (poison_after), but its supervisor gives up when there "
            "are more than "
          + std::to_string(allowed())
          + " restarts: allow as many restarts at least");
  }

  void about_backoff() {
    auto& x = child_.delay;
    if (x.min == duration::zero() && x.max > duration::zero())
      say("backoff with min 0 never waits, whatever max is");
    if (x.min > duration::zero() && x.reset_after == duration::zero())
      say("backoff with reset_after 0 takes each restart for the first, and "
          "never waits");
  }

  void about_temporary() {
    if (child_.when != restart::temporary)
      return;
    if (child_.delay.min > duration::zero())
      say("it is temporary, never restarted: a backoff says nothing");
    if (child_.own_budget)
      say("it is temporary, never restarted: an own_budget says nothing");
  }

  void about_snapshots() {
    auto& x = child_.snapshots;
    if (!x.store && (x.every != infinite || x.after_messages > 0))
      say("snapshots without a store are never taken");
    if (x.store && child_.kind == child_kind::supervisor)
      say("a supervisor has no snapshots, only its children have");
  }

  void about_grace() {
    if (!child_.below || child_.grace == infinite)
      return;
    auto needed = longest_stop(*child_.below);
    if (needed > child_.grace)
      say("it has " + in_seconds(child_.grace)
          + " to stop, and its own children may take "
          + (needed == infinite ? "for ever" : in_seconds(needed))
          + ": they would be killed; give a supervisor infinite grace");
  }

  const supervisor_policy& above_;
  const child_spec& child_;
  std::vector<std::string>& found_;
};

} // namespace

std::vector<std::string> doubts(const supervisor_spec& spec) {
  std::vector<std::string> found;
  auto significant = [](auto& x) { return x.significant; };
  if (spec.ends != auto_shutdown::never && !spec.children.empty()
      && std::none_of(spec.children.begin(), spec.children.end(), significant))
    found.push_back("ends is " + to_string(spec.ends)
                    + ", but none of its children is significant: it never "
                      "ends by itself");
  for (auto& child : spec.children)
    child_doubts{spec, child, found}.find();
  return found;
}

} // namespace actors
