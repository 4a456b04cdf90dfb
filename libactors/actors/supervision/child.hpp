#pragma once

#include <actors/snapshot/snapshot_sink.hpp>
#include <actors/supervision/actor_scope.hpp>
#include <actors/supervision/membership.hpp>
#include <actors/supervision/spec.hpp>

#include <caf/detail/default_invoke_result_visitor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <type_traits>
#include <utility>

/// Children from functions that return a `caf::behavior`, as CAF's own
/// function-based actors:
///
///   caf::behavior counter(caf::stateful_actor<state>* self, int start);
///   auto spec = actors::actor_child("counter", counter, 5);
namespace actors {

/// Called first in a child's own thread: a crash keeps its text, and faults
/// injected by `lepton chaos` take effect.
void prepare_child(caf::scheduled_actor* self);

/// For an own exit handler: does what an injected fault asks for (throws, or
/// never returns) if `reason` is one.
void take_injected_fault(const caf::error& reason);

/// Called by a child of `actor_child`, or by an actor in a worker process for
/// that process: all is well, its backoff starts anew. Of any other actor it
/// means nothing.
void healthy(caf::local_actor* self);

/// The mark that a child of `actor_child` with a `liveness` advances inside
/// work that takes longer than a moment. Get it once, advance it often. Of any
/// other actor it does nothing.
progress_mark progress_of(caf::local_actor* self);

/// The exit reasons that `prepare_child` understands as injected faults.
caf::error injected_crash();
caf::error injected_hang();

namespace detail {

/// Whether it asks an actor to end.
bool is_exit(caf::mailbox_element& x);

/// The exception handler of `prepare_child`.
caf::error crash_handler(caf::scheduled_actor*, std::exception_ptr& x);

/// Gives the newest snapshot to the behavior of a child that has not handled
/// anything yet. Throws what the behavior throws.
void restore_child(restoration& from, caf::behavior& child);

/// Whether a message counts for `after_messages`.
bool is_work(const caf::mailbox_element& x, const caf::abstract_actor* self);

/// What a child of `actor_child` knows of its supervisor.
class linked {
public:
  const acknowledgement& ack() const { return ack_; }

  /// Its function has returned its behavior.
  bool begun() const { return begun_; }

  progress_mark progress() const {
    return care_ ? care_->progress : progress_mark{};
  }

  /// Null unless it keeps snapshots.
  restoration* restores() const {
    return care_ ? care_->restores.get() : nullptr;
  }

  bool counts_messages() const {
    return care_ && care_->restores && care_->restores->after_messages > 0;
  }

  /// A message has been handled: the request for a snapshot, if one is due now.
  caf::mailbox_element_ptr next_snapshot();

protected:
  explicit linked(const start_context& ctx)
    : ack_{ctx.ack}, started_here_{ctx.host != nullptr} {
    if (ctx.restores || ctx.progress)
      care_ = std::make_unique<care>(care{ctx.progress, ctx.restores, 0});
  }

  ~linked() = default; // of an actor, which CAF destroys

  /// Its function has returned its behavior: who starts it sees that, or is
  /// told.
  void begin() {
    begun_ = true;
    if (!started_here_)
      ack_.started();
  }

private:
  struct care {
    progress_mark progress;
    restoration_ptr restores;
    uint32_t handled = 0; ///< messages since the last snapshot
  };

  // In the room that `ack_` leaves; there are as many of these as children.
  [[no_unique_address]] acknowledgement ack_;
  bool started_here_ = false;
  bool begun_ = false;
  std::unique_ptr<care> care_; // few need it
};

/// `Base` that runs a function as its body. Exceptions of handlers are caught
/// one frame above them and not thrown a second time to read their text: a
/// crash costs half of what it costs across CAF's frames.
template <class Base, class Body>
class supervised : public Base, public linked {
public:
  supervised(caf::actor_config& cfg, Body body, const start_context& ctx)
    : Base{cfg}, linked{ctx}, body_{std::move(body)}, place_{ctx} {}

  caf::resumable::resume_result resume(caf::execution_unit* host,
                                       size_t max_throughput) override {
    actor_scope scope;
    return Base::resume(host, max_throughput);
  }

  using Base::enqueue;

  /// As CAF's own, but for one thing: that copies the sender in case the
  /// mailbox is closed, which only a request needs. Two atomic operations a
  /// message: as much as the stable handle in front of us costs.
  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override {
    if (what->mid.is_request()
        || this->getf(caf::abstract_actor::is_detached_flag)) {
      Base::enqueue(std::move(what), host);
      return;
    }
    if (this->mailbox().push_back(what.release())
        != caf::intrusive::inbox_result::unblocked_reader)
      return;
    caf::intrusive_ptr_add_ref(this->ctrl()); // the scheduler's
    if (host)
      host->exec_later(this);
    else
      this->home_system().scheduler().enqueue(this);
  }

  caf::invoke_message_result consume(caf::mailbox_element& x) override {
    try {
      if (place_.holds() || counts_messages()
          || !this->awaited_responses_.empty()) [[unlikely]]
        return consume_with_care(x);
      return dispatch(x);
    } catch (const std::exception& e) {
      if (!has_crash_handler())
        throw; // the child has a handler of its own
      place_.crashed(this, x, e.what());
      return caf::invoke_message_result::consumed;
    }
  }

  // Whatever ends it. It leaves its handle before its mailbox is closed, and
  // its supervisor hears of its end when all is done.
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    auto first = place_.leave(this, reason);
    auto result = Base::cleanup(std::move(reason), host);
    if (first)
      ack().ended(this->fail_state(), host);
    return result;
  }

protected:
  caf::behavior make_behavior() override {
    prepare_child(this);
    place_.join(this); // whom it tells of itself may answer
    auto result = body_(static_cast<Base*>(this));
    if (restores())
      restore_child(*restores(), result);
    begin();
    return result;
  }

private:
  /// What CAF's own `consume` does with a message that a handler takes, which
  /// it is left for in every other case. An exception then passes one frame
  /// less, and nothing is to be tidied up in the others.
  caf::invoke_message_result dispatch(caf::mailbox_element& x) {
    if (x.mid.is_response() || this->bhvr_stack_.empty()
        || this->getf(caf::abstract_actor::has_timeout_flag)) [[unlikely]]
      return Base::consume(x);
    this->current_element_ = &x;
    switch (this->categorize(x)) {
    case caf::scheduled_actor::message_category::skipped:
      return caf::invoke_message_result::skipped;
    case caf::scheduled_actor::message_category::internal:
      return caf::invoke_message_result::consumed;
    default:
      break;
    }
    caf::detail::default_invoke_result_visitor<caf::scheduled_actor> reply{
      this};
    switch (this->bhvr_stack_.back()(reply, x.content())) {
    case caf::match_case::match:
      return caf::invoke_message_result::consumed;
    case caf::match_case::skip:
      return caf::invoke_message_result::skipped;
    default:
      return Base::consume(x); // as what nobody understands
    }
  }

  /// When messages are held or counted, or an answer is awaited.
  [[gnu::noinline]] caf::invoke_message_result
  consume_with_care(caf::mailbox_element& x) {
    auto holds = place_.holds();
    if (holds)
      place_.remember(x);
    auto counts = counts_messages() && is_work(x, this);
    // CAF lets nothing but the answer through to an actor that awaits one; a
    // child has to be stopped and killed all the same.
    if (!this->awaited_responses_.empty() && is_exit(x)) {
      this->categorize(x);
      return caf::invoke_message_result::consumed;
    }
    auto result = Base::consume(x);
    if (holds && result != caf::invoke_message_result::skipped)
      place_.handled(x);
    if (counts && result == caf::invoke_message_result::consumed)
      if (auto request = next_snapshot(); request && this->has_behavior())
        take_snapshot(*request);
    return result;
  }

  /// Here and now, or when it has got the answer that it awaits.
  void take_snapshot(caf::mailbox_element& request) {
    if (consume(request) == caf::invoke_message_result::skipped)
      this->enqueue(snapshot_request(restores()->sink), this->context());
  }

  using handler_ptr = caf::error (*)(caf::scheduled_actor*,
                                     std::exception_ptr&);

  bool has_crash_handler() {
    auto f = this->exception_handler_.template target<handler_ptr>();
    return f && *f == &crash_handler;
  }

  Body body_;
  membership place_;
};

/// Runs the function of an actor that was just made, then hands it to its
/// scheduler; not if it has ended already. (CAF's own way to start an actor
/// gives it a turn of its own, whose outcome would be told by a message: half
/// of what a restart costs.)
void run_here(caf::scheduled_actor* self, caf::execution_unit* host);

/// Starts `body(self)` as the child that `ctx` is for.
template <class Self, class Body>
caf::actor launch_child(start_context& ctx, Body body) {
  ctx.acknowledges = true;
  ctx.tells_end = true;
  using impl = supervised<Self, Body>;
  if (ctx.host) {
    caf::actor_config cfg{ctx.host};
    auto child = caf::make_actor<impl, caf::actor>(
      ctx.system.next_actor_id(), ctx.system.node(), &ctx.system, cfg,
      std::move(body), ctx);
    auto* self =
      static_cast<impl*>(caf::actor_cast<caf::abstract_actor*>(child));
    run_here(self, ctx.host);
    ctx.has_begun = self->begun(); // else its end will be told
    return child;
  }
  return ctx.runs_on == carrier::thread
           ? ctx.system.spawn<impl, caf::detached>(std::move(body), ctx)
           : ctx.system.spawn<impl>(std::move(body), ctx);
}

template <class Function>
struct self_of;

template <class Self, class... Ts>
struct self_of<caf::behavior (*)(Self*, Ts...)> {
  using type = Self;
};

template <class Function, class Self, class... Ts>
struct self_of<caf::behavior (Function::*)(Self*, Ts...) const> {
  using type = Self;
};

template <class Function, class = void>
struct self_of_any {
  using type = typename self_of<std::decay_t<Function>>::type;
};

template <class Function>
struct self_of_any<Function, std::void_t<decltype(&Function::operator())>> {
  using type = typename self_of<decltype(&Function::operator())>::type;
};

} // namespace detail

/// A child that runs `fun(self, args...)`; its start is acknowledged when
/// `fun` has returned its behavior. `fun` and `args` are copied for each
/// start. Set `runs_on = carrier::thread` for a thread of its own.
template <class Function, class... Ts>
child_spec actor_child(std::string id, Function fun, Ts... args) {
  using self_type = typename detail::self_of_any<Function>::type;
  child_spec spec;
  spec.id = std::move(id);
  spec.start = [fun, args...](start_context& ctx) -> caf::actor {
    auto body = [fun, args...](self_type* self) -> caf::behavior {
      return fun(self, args...);
    };
    return detail::launch_child<self_type>(ctx, std::move(body));
  };
  return spec;
}

} // namespace actors
