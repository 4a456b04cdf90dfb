// The slow way through a stable handle: messages that cannot go straight on.

#include <actors/observe/answer_tap.hpp>
#include <actors/observe/message_brief.hpp>
#include <actors/supervision/error.hpp>
#include <actors/supervision/handle_side.hpp>
#include <actors/supervision/hazard.hpp>

#include <thread>

namespace actors {

namespace {

/// Answers a request with an error. (CAF's own `bounce` takes an error, too,
/// but sends request_receiver_down whatever it is.)
void answer(const caf::mailbox_element& what,
            caf::error why,
            caf::execution_unit* host) {
  answer_tap::note_refusal(what.stages, why);
  if (what.sender && what.mid.is_request())
    what.sender->enqueue(nullptr, what.mid.response_id(),
                         caf::make_message(std::move(why)), host);
}

/// An exit is for the incarnation of now, not for a later one.
bool is_exit(const caf::mailbox_element& x) {
  return x.content().match_elements<caf::exit_msg>();
}

std::string name_of(const caf::strong_actor_ptr& x) {
  return x ? caf::to_string(x) : std::string{};
}

traced_message describe(const caf::mailbox_element& x) {
  traced_message result;
  result.sender = name_of(x.sender);
  result.request = x.mid.is_request();
  result.message = message_brief(x.content());
  return result;
}

caf::abstract_actor* instance(const caf::strong_actor_ptr& x) {
  return caf::actor_cast<caf::abstract_actor*>(x);
}

caf::error overflow_error(bool suspended) {
  return make_sup_error(sup_errc::bad_state,
                        suspended ? "the actor is suspended and its backlog "
                                    "full"
                                  : "the actor is being restarted and its "
                                    "backlog full");
}

void tell(const supervision_runtime& runtime, dead_letter x) {
  if (runtime.on_event) {
    event e;
    e.kind = "dead_letter";
    set_path(e, x.path);
    e.incarnation = x.incarnation;
    e.text = x.reason;
    e.message = x.message;
    try {
      runtime.on_event(std::move(e));
    } catch (...) { // a hook of the user: what it throws stays with it
    }
  }
  if (runtime.dead_letters)
    runtime.dead_letters->add(std::move(x));
}

} // namespace

stable_handle::side& stable_handle::beside() {
  if (!side_)
    side_ = std::make_unique<side>();
  return *side_;
}

void stable_handle::configure(handle_settings settings) {
  std::lock_guard guard{mtx_};
  beside().settings = std::move(settings);
}

// -- routing ------------------------------------------------------------------

void stable_handle::enqueue_slow(caf::mailbox_element_ptr what,
                                 caf::execution_unit* host) {
  if (!hazard::mine)
    hazard::acquire_record(); // from its next message on a thread has one
  auto trace = running_trace();
  auto traced = trace ? describe(*what) : traced_message{};
  caf::strong_actor_ptr target;
  side* extra = nullptr;
  auto counted = false;
  auto way = route::refuse;
  {
    std::lock_guard guard{mtx_};
    extra = side_.get();
    way = route_of(*what);
    if (way == route::keep && beside().waiting.size() >= limit())
      way = route::overflow;
    if (trace)
      note(std::move(trace), std::move(traced), way, *what);
    if (way == route::keep)
      side_->waiting.push_back({std::move(what), 0});
    if (way == route::pass) {
      target = owned_;
      counted = extra && extra->is_to_tell();
      if (extra)
        ++extra->slow_senders;
    }
  }
  switch (way) {
  case route::pass:
    target->enqueue(std::move(what), host);
    if (extra)
      --extra->slow_senders;
    if (counted)
      extra->settings.on_count(*instance(target));
    return;
  case route::overflow:
    return give_up(*what, overflow_error(suspended_),
                   "more messages than are held", 0);
  case route::refuse:
    return answer(*what, refusal(), host);
  default:
    return; // kept or dropped
  }
}

/// Under the lock, so that the trace has messages in their order and none
/// behind its answer.
void stable_handle::note(std::shared_ptr<trace_buffer> trace,
                         traced_message traced,
                         route way,
                         caf::mailbox_element& what) {
  traced.outcome = outcome_of(way);
  auto number = trace->add(std::move(traced));
  auto goes_on = way == route::pass || way == route::keep;
  if (goes_on && what.mid.is_request() && what.sender)
    answer_tap::insert(home_system(), what, std::move(trace), number,
                       way == route::pass ? owned_.get() : ctrl());
}

/// The trace, if somebody still looks at it.
std::shared_ptr<trace_buffer> stable_handle::running_trace() {
  std::lock_guard guard{mtx_};
  if (!side_ || !side_->trace)
    return nullptr;
  if (side_->trace->expired()) {
    side_->trace = nullptr;
    publish();
    return nullptr;
  }
  return side_->trace;
}

std::shared_ptr<trace_buffer>
stable_handle::trace(trace_buffer::clock::duration lease) {
  std::lock_guard guard{mtx_};
  auto& extra = beside();
  if (!extra.trace || extra.trace->expired())
    extra.trace = std::make_shared<trace_buffer>();
  extra.trace->extend(lease);
  publish();
  return extra.trace;
}

std::string stable_handle::outcome_of(route x) {
  switch (x) {
  case route::pass:
    return "delivered";
  case route::keep:
    return "held";
  case route::drop:
    return "dropped";
  default:
    return "refused";
  }
}

stable_handle::route
stable_handle::route_of(const caf::mailbox_element& what) const {
  if (closed_)
    return route::refuse;
  if (is_exit(what))
    return serving() ? route::pass : route::drop;
  if (suspended_)
    return route::keep;
  if (serving())
    return !side_ || side_->in_order() ? route::pass : route::keep;
  if (!side_ || side_->parked)
    return route::refuse;
  using kind = messages_while_down::kind;
  switch (side_->settings.while_down.how) {
  case kind::hold:
    return route::keep;
  case kind::drop:
    return route::drop;
  default:
    return route::refuse;
  }
}

caf::error stable_handle::refusal() const {
  if (closed_)
    return make_sup_error(sup_errc::gone, "the actor is gone for good");
  return make_sup_error(sup_errc::restarting,
                        "the actor is being restarted; try again");
}

// -- waiting messages ---------------------------------------------------------

size_t stable_handle::limit() const {
  auto& down = side_->settings.while_down;
  auto held = down.how == messages_while_down::kind::hold ? down.limit : 0;
  return suspended_ || serving() ? std::max<size_t>(stash_limit, held) : held;
}

/// Hands on what waits, in order; new messages go on to wait until nothing
/// does, so that none overtakes.
void stable_handle::flush() {
  for (;;) {
    std::deque<held_message> batch;
    caf::strong_actor_ptr target;
    {
      std::lock_guard guard{mtx_};
      if (!side_ || side_->draining)
        return; // whoever drains takes care of the rest
      if (!serving() || suspended_ || side_->waiting.empty())
        return publish();
      side_->draining = true;
      batch.swap(side_->waiting);
      target = owned_;
    }
    for (auto& x : batch) {
      if (x.crashes > 0) {
        side_->suspect->crashes = x.crashes;
        side_->suspect->element.store(x.element.get(),
                                      std::memory_order_release);
      }
      target->enqueue(std::move(x.element), nullptr);
    }
    std::lock_guard guard{mtx_};
    side_->draining = false;
  }
}

void stable_handle::park(const std::string& why) {
  std::vector<held_message> rest;
  {
    std::lock_guard guard{mtx_};
    if (!side_)
      return;
    side_->parked = true;
    if (serving() || suspended_)
      return;
    for (auto& x : side_->waiting)
      rest.push_back(std::move(x));
    side_->waiting.clear();
  }
  refuse_all(std::move(rest), make_sup_error(sup_errc::gone, why));
}

void stable_handle::refuse_all(std::vector<held_message> what,
                               const caf::error& why) {
  for (auto& x : what)
    give_up(*x.element, why, text_of(why), x.crashes);
}

// -- what a dead incarnation leaves -------------------------------------------

void stable_handle::await_senders(const caf::abstract_actor* self) {
  auto busy = [&] {
    std::unique_lock guard{mtx_};
    auto slow = side_ && (side_->slow_senders > 0 || side_->draining);
    guard.unlock();
    return slow || hazard::protected_by_others(self);
  };
  hazard::heavy_fence();
  while (busy())
    std::this_thread::yield();
}

void stable_handle::hand_back(caf::abstract_actor* self,
                              std::vector<held_message> rest) {
  std::vector<held_message> late;
  std::vector<held_message> excess;
  {
    std::lock_guard guard{mtx_};
    auto& extra = beside();
    auto ours = owned_ && caf::actor_cast<caf::abstract_actor*>(owned_) == self;
    if (!ours || closed_) {
      late = std::move(rest);
    } else {
      extra.waiting.insert(extra.waiting.begin(),
                           std::make_move_iterator(rest.begin()),
                           std::make_move_iterator(rest.end()));
      for (auto n = limit(); extra.waiting.size() > n;) {
        excess.insert(excess.begin(), std::move(extra.waiting.back()));
        extra.waiting.pop_back();
      }
    }
  }
  // It was cut off and has come round: better late than never.
  for (auto& x : late)
    enqueue(std::move(x.element), nullptr);
  refuse_all(std::move(excess), overflow_error(false));
}

std::shared_ptr<suspicion> stable_handle::suspect() const {
  std::lock_guard guard{mtx_};
  using kind = messages_while_down::kind;
  return side_ && side_->settings.while_down.how == kind::hold ? side_->suspect
                                                               : nullptr;
}

uint32_t stable_handle::poison_after() const {
  std::lock_guard guard{mtx_};
  return side_ ? side_->settings.poison_after : 0;
}

void stable_handle::give_up(caf::mailbox_element& what,
                            caf::error why,
                            const std::string& reason,
                            uint32_t crashes) {
  handle_settings known;
  dead_letter letter;
  {
    std::lock_guard guard{mtx_};
    if (side_)
      known = side_->settings;
    letter.incarnation = side_ ? side_->incarnation : 0;
  }
  if (known.runtime) {
    letter.path = known.path;
    letter.sender = name_of(what.sender);
    letter.request = what.mid.is_request();
    letter.message = message_brief(what.content());
    letter.reason = reason;
    letter.crashes = crashes;
    tell(*known.runtime, std::move(letter));
  }
  answer(what, std::move(why), nullptr);
}

void stable_handle::note_handled(std::string message) {
  std::lock_guard guard{mtx_};
  beside().handled = std::move(message);
}

std::string stable_handle::take_handled() {
  std::lock_guard guard{mtx_};
  return side_ ? std::exchange(side_->handled, {}) : std::string{};
}

} // namespace actors
