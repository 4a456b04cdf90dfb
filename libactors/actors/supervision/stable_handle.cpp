#include <actors/supervision/error.hpp>
#include <actors/supervision/hazard.hpp>
#include <actors/supervision/stable_handle.hpp>

#include <thread>

namespace actors {

namespace {

struct address_of {
  const void* operator()(const caf::strong_actor_ptr& x) const {
    return caf::actor_cast<caf::abstract_actor*>(x);
  }
};

using retired_incarnations =
  hazard::retire_list<caf::strong_actor_ptr, address_of>;

/// Answers a request with an error. (CAF's own `bounce` takes an error, too,
/// but sends request_receiver_down whatever it is.)
void answer(const caf::mailbox_element& what,
            caf::error why,
            caf::execution_unit* host) {
  if (what.sender && what.mid.is_request())
    what.sender->enqueue(nullptr, what.mid.response_id(),
                         caf::make_message(std::move(why)), host);
}

/// So many dead incarnations may wait, so that a membarrier is paid seldom.
constexpr size_t batch = 128;

retired_incarnations& retired() {
  static retired_incarnations list;
  return list;
}

} // namespace

void reclaim_incarnations_if_due() {
  if (retired().size() >= batch)
    retired().drain();
}

void reclaim_incarnations() {
  retired().drain();
}

void reclaim_all_incarnations() {
  for (int i = 0; i < 10'000 && retired().size() > 0; ++i) {
    retired().drain();
    if (retired().size() > 0)
      std::this_thread::yield(); // somebody is in the middle of an enqueue
  }
}

caf::actor stable_handle::make(caf::actor_system& sys) {
  caf::actor_config cfg;
  return caf::make_actor<stable_handle, caf::actor>(sys.next_actor_id(),
                                                    sys.node(), &sys, cfg);
}

stable_handle& stable_handle::of(const caf::actor& x) {
  return *static_cast<stable_handle*>(caf::actor_cast<caf::abstract_actor*>(x));
}

stable_handle::stable_handle(caf::actor_config& cfg)
  : caf::monitorable_actor{cfg} {}

void stable_handle::enqueue(caf::mailbox_element_ptr what,
                            caf::execution_unit* host) {
  if (suspended_.load(std::memory_order_relaxed) && stash(what))
    return;
  deliver(std::move(what), host);
}

void stable_handle::deliver(caf::mailbox_element_ptr what,
                            caf::execution_unit* host) {
  hazard::guard<caf::abstract_actor> incarnation{current_};
  if (!incarnation.usable())
    enqueue_slow(std::move(what), host);
  else if (auto* target = incarnation.get())
    target->enqueue(std::move(what), host);
  else
    refuse(what, host);
}

/// Too many handles in a row for hazard pointers: count a reference instead.
void stable_handle::enqueue_slow(caf::mailbox_element_ptr what,
                                 caf::execution_unit* host) {
  if (auto target = current_.load() ? current() : nullptr)
    target->enqueue(std::move(what), host);
  else
    refuse(what, host);
}

void stable_handle::refuse(caf::mailbox_element_ptr& what,
                           caf::execution_unit* host) {
  if (closed_)
    answer(*what, make_sup_error(sup_errc::gone, "the actor is gone for good"),
           host);
  else
    answer(*what,
           make_sup_error(sup_errc::restarting,
                          "the actor is being restarted; try again"),
           host);
}

bool stable_handle::stash(caf::mailbox_element_ptr& what) {
  std::lock_guard guard{mutex_};
  if (!suspended_)
    return false;
  if (!stashed_)
    stashed_ = std::make_unique<backlog>();
  if (stashed_->size() < stash_limit)
    stashed_->push_back(std::move(what));
  else
    answer(*what,
           make_sup_error(sup_errc::bad_state,
                          "the actor is suspended and its backlog full"),
           nullptr);
  return true;
}

void stable_handle::expect(uint64_t incarnation) {
  std::lock_guard guard{mutex_};
  expected_ = incarnation;
}

void stable_handle::join(caf::abstract_actor* self, uint64_t incarnation) {
  std::lock_guard guard{mutex_};
  if (expected_ != incarnation || owned_)
    return; // too late: cut off, or pointed to already
  owned_ = caf::strong_actor_ptr{self->ctrl()};
  current_.store(self, std::memory_order_release);
}

void stable_handle::point_to(caf::strong_actor_ptr next) {
  // CAF's cast turns a null reference into an address that is not null.
  auto target = next ? caf::actor_cast<caf::abstract_actor*>(next) : nullptr;
  caf::strong_actor_ptr old;
  {
    std::lock_guard guard{mutex_};
    expected_ = 0;
    if (target && owned_ == next)
      return; // it has joined by itself, and may have left already
    old = std::exchange(owned_, std::move(next));
    current_.store(target, std::memory_order_release);
  }
  if (old)
    retired().add(std::move(old));
}

void stable_handle::leave(caf::abstract_actor* self) {
  // Ours is still `owned_`: the supervisor replaces that when it hears of it.
  current_.compare_exchange_strong(self, nullptr, std::memory_order_acq_rel,
                                   std::memory_order_relaxed);
}

caf::strong_actor_ptr stable_handle::current() const {
  std::lock_guard guard{mutex_};
  return owned_;
}

void stable_handle::suspend() {
  suspended_ = true;
}

void stable_handle::resume() {
  // New messages go on to the backlog until it is empty: none overtakes.
  for (;;) {
    std::unique_ptr<backlog> kept;
    {
      std::lock_guard guard{mutex_};
      kept.swap(stashed_);
      if (!kept) {
        suspended_ = false;
        return;
      }
    }
    for (auto& x : *kept)
      deliver(std::move(x), nullptr);
  }
}

void stable_handle::close(caf::error reason) {
  closed_ = true;
  resume();
  point_to(nullptr);
  cleanup(std::move(reason), nullptr);
}

void stable_handle::on_destroy() {
  if (!getf(is_cleaned_up_flag))
    cleanup(caf::exit_reason::unreachable, nullptr);
  current_ = nullptr;
  owned_ = nullptr; // nobody holds this handle, so nobody is sending
  caf::monitorable_actor::on_destroy();
}

} // namespace actors
