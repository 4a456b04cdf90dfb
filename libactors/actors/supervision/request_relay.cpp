#include <actors/observe/answer_tap.hpp>
#include <actors/supervision/error.hpp>
#include <actors/supervision/membership.hpp>
#include <actors/supervision/request_relay.hpp>
#include <actors/supervision/stable_handle.hpp>

namespace actors {

namespace {

caf::error refusal() {
  return make_sup_error(sup_errc::restarting,
                        "the process has ended; try again");
}

} // namespace

caf::actor request_relay::make(caf::actor_system& sys,
                               caf::actor root,
                               const caf::actor& handle) {
  caf::actor_config cfg;
  return caf::make_actor<request_relay, caf::actor>(
    sys.next_actor_id(), sys.node(), &sys, cfg, std::move(root), handle);
}

request_relay& request_relay::of(const caf::actor& x) {
  return *static_cast<request_relay*>(caf::actor_cast<caf::abstract_actor*>(x));
}

request_relay::request_relay(caf::actor_config& cfg,
                             caf::actor root,
                             const caf::actor& handle)
  : caf::monitorable_actor{cfg},
    root_{std::move(root)},
    handle_{handle.address()},
    suspect_{stable_handle::of(handle).suspect()} {}

request_relay::~request_relay() = default;

void request_relay::enqueue(caf::mailbox_element_ptr what,
                            caf::execution_unit* host) {
  if (what->mid.is_response())
    answer(*what, host);
  else if (what->mid.is_request() && what->sender)
    ask(*what, host);
  else
    root_->enqueue(std::move(what), host);
}

void request_relay::ask(caf::mailbox_element& what, caf::execution_unit* host) {
  request x{std::move(what.sender), what.mid, std::move(what.stages),
            what.move_content_to_message(), 0};
  if (suspect_ && suspect_->element.load(std::memory_order_acquire) == &what) {
    x.crashes = suspect_->crashes;
    suspect_->element.store(nullptr, std::memory_order_relaxed);
  }
  auto content = x.content;
  uint64_t number = 0;
  {
    std::lock_guard guard{mutex_};
    if (!closed_) {
      number = ++last_;
      open_.emplace(number, std::move(x));
    }
  }
  if (number == 0) // whoever is this late has passed the handle already
    return refuse(x, refusal());
  auto id = caf::message_id{number}.with_category(what.mid.category());
  root_->enqueue(caf::actor_cast<caf::strong_actor_ptr>(this), id,
                 std::move(content), host);
}

void request_relay::answer(caf::mailbox_element& what,
                           caf::execution_unit* host) {
  request asked;
  {
    std::lock_guard guard{mutex_};
    auto i = open_.find(what.mid.request_id().integer_value());
    if (i == open_.end())
      return;
    asked = std::move(i->second);
    open_.erase(i);
  }
  if (asked.stages.empty()) {
    asked.sender->enqueue(std::move(what.sender), asked.id.response_id(),
                          what.move_content_to_message(), host);
    return;
  }
  auto next = std::move(asked.stages.back());
  asked.stages.pop_back();
  next->enqueue(caf::make_mailbox_element(std::move(asked.sender), asked.id,
                                          std::move(asked.stages),
                                          what.move_content_to_message()),
                host);
}

void request_relay::close(const caf::error& why) {
  auto handle = caf::actor_cast<caf::actor>(handle_);
  if (handle) {
    stable_handle::of(handle).leave(this); // before anybody hears of it
    if (suspect_)
      stable_handle::of(handle).await_senders(this);
  }
  std::map<uint64_t, request> open;
  {
    std::lock_guard guard{mutex_};
    closed_ = true;
    open.swap(open_);
  }
  if (handle && suspect_)
    give_back(std::move(open), why);
  else
    for (auto& [number, x] : open)
      refuse(x, why ? why : refusal());
  cleanup(caf::error{why}, nullptr);
}

void request_relay::refuse(const request& x, caf::error why) {
  answer_tap::note_refusal(x.stages, why);
  x.sender->enqueue(nullptr, x.id.response_id(),
                    caf::make_message(std::move(why)), nullptr);
}

/// The first that is not answered is what the process was busy with.
void request_relay::give_back(std::map<uint64_t, request> open,
                              const caf::error& why) {
  auto handle = caf::actor_cast<caf::actor>(handle_);
  if (!handle)
    return;
  auto& it = stable_handle::of(handle);
  std::vector<held_message> rest;
  auto first = why != caf::none;
  for (auto& [number, x] : open) {
    auto element = caf::make_mailbox_element(
      std::move(x.sender), x.id, std::move(x.stages), std::move(x.content));
    x.crashes += std::exchange(first, false);
    if (x.crashes > 0 && x.crashes == it.poison_after())
      detail::give_up_poison(it, *element, text_of(why), x.crashes);
    else
      rest.push_back({std::move(element), x.crashes});
  }
  if (!rest.empty())
    it.hand_back(this, std::move(rest));
}

} // namespace actors
