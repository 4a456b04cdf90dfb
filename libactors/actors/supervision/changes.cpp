#include <actors/supervision/changes.hpp>

#include <limits>

namespace actors {

namespace {

template <class Field, class Value>
void set(Field& field, const std::optional<Value>& value) {
  if (value)
    field = *value;
}

/// `name = value` for each field that is not empty.
class sentence {
public:
  explicit sentence(std::string prefix) : prefix_{std::move(prefix)} {}

  void add(const char* name, const std::string& value) {
    text_ += (text_.empty() ? "" : ", ") + prefix_ + name + " = " + value;
  }

  void add(const char* name, const std::optional<duration>& x) {
    if (x)
      add(name, *x == infinite ? "infinite" : in_seconds(*x));
  }

  void add(const char* name, const std::optional<std::optional<budget>>& x) {
    if (x)
      add(name, *x ? to_string(**x) : "none");
  }

  template <class Enum>
  void add_word(const char* name, const std::optional<Enum>& x) {
    if (x)
      add(name, to_string(*x));
  }

  template <class Number>
  void add_number(const char* name, const std::optional<Number>& x) {
    if (x)
      add(name, std::to_string(*x));
  }

  void append(const std::string& more) {
    text_ += (text_.empty() || more.empty() ? "" : ", ") + more;
  }

  std::string text() const { return text_; }

private:
  std::string prefix_;
  std::string text_;
};

std::string text_of(const child_changes& x, const std::string& prefix) {
  sentence s{prefix};
  s.add_word("restart", x.when);
  s.add("grace", x.grace);
  s.add("start_within", x.start_within);
  s.add("liveness", x.liveness);
  s.add("backoff", x.delay.min);
  s.add("backoff_max", x.delay.max);
  s.add_number("backoff_factor", x.delay.factor);
  s.add("backoff_reset", x.delay.reset_after);
  if (x.significant)
    s.add("significant", *x.significant ? "true" : "false");
  s.add("own_budget", x.own_budget);
  return s.text();
}

} // namespace

void apply(const child_changes& changes, child_policy& policy) {
  set(policy.when, changes.when);
  set(policy.grace, changes.grace);
  set(policy.start_within, changes.start_within);
  set(policy.liveness, changes.liveness);
  set(policy.delay.min, changes.delay.min);
  set(policy.delay.max, changes.delay.max);
  set(policy.delay.factor, changes.delay.factor);
  set(policy.delay.reset_after, changes.delay.reset_after);
  set(policy.significant, changes.significant);
  set(policy.own_budget, changes.own_budget);
}

void apply(const supervisor_changes& changes, supervisor_policy& policy) {
  set(policy.how, changes.how);
  set(policy.max_restarts, changes.max_restarts);
  set(policy.within, changes.within);
  set(policy.stop, changes.stop);
  set(policy.lost_after, changes.lost_after);
  set(policy.ends, changes.ends);
  set(policy.subtree, changes.subtree);
}

std::string to_string(const child_changes& changes) {
  return text_of(changes, {});
}

std::string to_string(const supervisor_changes& x) {
  sentence s{{}};
  s.add_word("strategy", x.how);
  s.add_number("max_restarts", x.max_restarts);
  s.add("within", x.within);
  s.add_word("stop_order", x.stop);
  s.add("lost_after", x.lost_after);
  s.add_word("auto_shutdown", x.ends);
  s.add("subtree_budget", x.subtree);
  if (x.max_children == std::numeric_limits<size_t>::max())
    s.add("max_children", "unlimited");
  else
    s.add_number("max_children", x.max_children);
  s.append(text_of(x.pattern, "template."));
  return s.text();
}

} // namespace actors
