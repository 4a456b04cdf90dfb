#include "bare.hpp"

#include <functional>
#include <unordered_map>

namespace bench {

namespace {

/// A child that ends when a handler throws, caught around the handler.
class catching : public caf::event_based_actor {
public:
  catching(caf::actor_config& cfg, caf::actor tester, int64_t index)
    : caf::event_based_actor{cfg}, tester_{std::move(tester)}, index_{index} {}

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    try {
      return caf::event_based_actor::consume(x);
    } catch (const std::exception&) {
      quit(caf::exit_reason::unhandled_exception);
      return caf::invoke_message_result::consumed;
    }
  }

protected:
  caf::behavior make_behavior() override {
    return victim(this, tester_, index_);
  }

private:
  caf::actor tester_;
  int64_t index_;
};

using factory = std::function<caf::actor(caf::event_based_actor*, int64_t)>;

class bare : public caf::event_based_actor {
public:
  bare(caf::actor_config& cfg,
       actors::strategy how,
       int n,
       factory make,
       bool groups = false)
    : caf::event_based_actor{cfg},
      how_{how},
      make_{std::move(make)},
      children_(static_cast<size_t>(n)),
      groups_{groups} {}

protected:
  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) { on_down(x); });
    set_exit_handler([this](caf::exit_msg&) {
      ending_ = true;
      stop_last();
    });
    by_address_.reserve(children_.size());
    start_all();
    return {[this](go_a) { return when_all_are_up(); }};
  }

private:
  /// The children are spawned; if they are supervisors they are asked, too.
  caf::result<go_a> when_all_are_up() {
    auto answer = make_response_promise<caf::typed_response_promise<go_a>>();
    auto missing = std::make_shared<size_t>(groups_ ? children_.size() : 0);
    if (*missing == 0)
      answer.deliver(go_a::value);
    else
      for (auto& x : children_)
        request(x, caf::infinite, go_a::value).then([=](go_a) mutable {
          if (--*missing == 0)
            answer.deliver(go_a::value);
        });
    return answer;
  }

  void start(size_t i) {
    auto child = make_(this, static_cast<int64_t>(i));
    monitor(child);
    by_address_.emplace(child.address(), i);
    children_[i] = std::move(child);
  }

  void start_all() {
    stopping_ = false;
    for (size_t i = 0; i < children_.size(); ++i)
      start(i);
  }

  void on_down(caf::down_msg& x) {
    auto entry = by_address_.find(x.source);
    if (entry == by_address_.end())
      return;
    auto i = entry->second;
    by_address_.erase(entry);
    children_[i] = nullptr;
    if (ending_ || stopping_ || how_ == actors::strategy::one_for_all)
      stop_last();
    else
      start(i);
  }

  /// Asks the last child that lives to end; when there is none, all start
  /// again, or it is the end.
  void stop_last() {
    if (!stopping_)
      last_ = children_.size();
    stopping_ = true;
    while (last_ > 0 && !children_[last_ - 1])
      --last_;
    if (last_ > 0)
      send_exit(children_[last_ - 1], caf::exit_reason::user_shutdown);
    else if (ending_)
      quit(caf::exit_reason::user_shutdown);
    else
      start_all();
  }

  actors::strategy how_;
  factory make_;
  std::vector<caf::actor> children_;
  std::unordered_map<caf::actor_addr, size_t> by_address_;
  size_t last_ = 0;
  bool groups_;
  bool stopping_ = false;
  bool ending_ = false;
};

factory victims(const caf::actor& tester) {
  return [tester](caf::event_based_actor* self, int64_t i) -> caf::actor {
    return self->spawn<catching>(tester, i);
  };
}

class bare_dynamic : public caf::event_based_actor {
public:
  using caf::event_based_actor::event_based_actor;

protected:
  caf::behavior make_behavior() override {
    set_down_handler([this](caf::down_msg& x) {
      auto i = children_.find(x.source);
      if (i == children_.end())
        return;
      children_.erase(i);
      if (!ending_)
        start();
      else if (children_.empty())
        quit(caf::exit_reason::user_shutdown);
    });
    set_exit_handler([this](caf::exit_msg&) {
      ending_ = true;
      for (auto& [address, child] : children_)
        send_exit(child, caf::exit_reason::user_shutdown);
      if (children_.empty())
        quit(caf::exit_reason::user_shutdown);
    });
    return {[this](start_a) { return start(); }};
  }

private:
  caf::actor start() {
    auto child = spawn<catching>(caf::actor{}, int64_t{0});
    monitor(child);
    children_.emplace(child.address(), child);
    return child;
  }

  std::unordered_map<caf::actor_addr, caf::actor> children_;
  bool ending_ = false;
};

} // namespace

caf::actor spawn_bare(caf::actor_system& sys,
                      actors::strategy how,
                      int n,
                      const caf::actor& tester) {
  return sys.spawn<bare>(how, n, victims(tester));
}

caf::actor spawn_bare_groups(caf::actor_system& sys, int groups, int n) {
  auto group = [n](caf::event_based_actor* self, int64_t) -> caf::actor {
    return self->spawn<bare>(actors::strategy::one_for_one, n,
                             victims(caf::actor{}));
  };
  return sys.spawn<bare>(actors::strategy::one_for_one, groups, factory{group},
                         true);
}

caf::actor spawn_bare_dynamic(caf::actor_system& sys) {
  return sys.spawn<bare_dynamic>();
}

} // namespace bench
