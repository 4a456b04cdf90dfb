#include <actors/observe/message_brief.hpp>
#include <actors/supervision/error.hpp>
#include <actors/supervision/membership.hpp>
#include <actors/supervision/stable_handle.hpp>

#include <caf/detail/sync_request_bouncer.hpp>

namespace actors::detail {

namespace {

/// The handle, kept alive; null if it is gone.
caf::actor lock(const caf::actor_addr& handle) {
  auto ptr = caf::actor_cast<caf::strong_actor_ptr>(handle);
  return ptr ? caf::actor_cast<caf::actor>(ptr) : caf::actor{};
}

template <size_t Index>
void take(caf::scheduled_actor* self,
          const caf::error& why,
          std::vector<held_message>& out) {
  auto& queue = std::get<Index>(self->mailbox().queue().queues());
  caf::detail::sync_request_bouncer bounce{why};
  while (auto x = queue.take_front())
    if (is_from_outside(x->sender, x->mid, x->content(), self))
      out.push_back({std::move(x), 0});
    else
      bounce(*x);
}

} // namespace

bool is_from_outside(const caf::strong_actor_ptr& sender,
                     caf::message_id id,
                     const caf::type_erased_tuple& content,
                     const caf::abstract_actor* self) {
  auto own = sender && caf::actor_cast<caf::abstract_actor*>(sender) == self;
  return !own && !id.is_response() && !content.match_elements<caf::exit_msg>()
         && !content.match_elements<caf::down_msg>()
         && !content.match_elements<caf::timeout_msg>();
}

membership::membership(const start_context& ctx)
  : handle_{ctx.handle.address()},
    incarnation_{ctx.incarnation},
    reports_{ctx.runtime && ctx.runtime->on_event} {
  auto& handle = stable_handle::of(ctx.handle);
  auto suspect = handle.suspect();
  if (!suspect)
    return;
  held_ = std::make_unique<holding>();
  held_->suspect = std::move(suspect);
  held_->poison_after = handle.poison_after();
}

void membership::join(caf::abstract_actor* self) {
  if (auto handle = lock(handle_))
    stable_handle::of(handle).join(self, incarnation_);
}

void membership::remember(const caf::mailbox_element& x) {
  held_->sender = x.sender;
  held_->id = x.mid;
  held_->stages = x.stages;
}

void membership::crashed(caf::scheduled_actor* self,
                         caf::mailbox_element& x,
                         const char* why) {
  auto reason = crash_reason(why);
  auto handle = lock(handle_);
  if (handle) {
    stable_handle::of(handle).leave(self); // before the requester hears of it
    if (reports_)
      stable_handle::of(handle).note_handled(message_brief(x.content()));
  }
  if (handle && holds()
      && is_from_outside(held_->sender, held_->id, x.content(), self))
    try_again(x, why);
  else if (x.mid.is_request())
    self->make_response_promise().deliver(reason);
  self->quit(std::move(reason));
}

void give_up_poison(stable_handle& handle,
                    caf::mailbox_element& what,
                    const std::string& why,
                    uint32_t crashes) {
  auto times =
    std::to_string(crashes) + (crashes == 1 ? " time" : " times in a row");
  handle.give_up(
    what,
    make_sup_error(sup_errc::poisoned, "this message crashed the actor " + times
                                         + " and is not tried again: " + why),
    "crashed it " + times + ": " + why, crashes);
}

void membership::try_again(caf::mailbox_element& x, const char* why) {
  auto known = held_->suspect->element.load(std::memory_order_acquire) == &x;
  auto crashes = 1 + (known ? held_->suspect->crashes : 0);
  held_->suspect->element.store(nullptr, std::memory_order_relaxed);
  auto element = caf::make_mailbox_element(std::move(held_->sender), held_->id,
                                           std::move(held_->stages),
                                           x.move_content_to_message());
  x.sender = nullptr; // nobody answers for this incarnation
  if (held_->poison_after == 0 || crashes < held_->poison_after) {
    held_->again.push_back({std::move(element), crashes});
    return;
  }
  give_up_poison(stable_handle::of(lock(handle_)), *element, why, crashes);
}

bool membership::leave(caf::scheduled_actor* self, const caf::error& why) {
  if (left_)
    return false;
  left_ = true;
  auto handle = lock(handle_);
  if (!handle)
    return true;
  auto& it = stable_handle::of(handle);
  it.leave(self);
  if (!holds())
    return true;
  it.await_senders(self);
  auto rest = std::move(held_->again);
  self->mailbox().fetch_more();
  take<caf::scheduled_actor::urgent_queue_index>(self, why, rest);
  take<caf::scheduled_actor::normal_queue_index>(self, why, rest);
  if (!rest.empty())
    it.hand_back(self, std::move(rest));
  return true;
}

} // namespace actors::detail
