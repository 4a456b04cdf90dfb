#include <actors/supervision/error.hpp>
#include <actors/supervision/handle_side.hpp>
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

/// So many dead incarnations may wait, so that a membarrier is paid seldom.
constexpr size_t batch = 512;

retired_incarnations& retired() {
  static retired_incarnations list;
  return list;
}

/// CAF's cast turns a null reference into an address that is not null.
caf::abstract_actor* instance(const caf::strong_actor_ptr& x) {
  return x ? caf::actor_cast<caf::abstract_actor*>(x) : nullptr;
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

stable_handle::~stable_handle() = default;

void stable_handle::enqueue(caf::mailbox_element_ptr what,
                            caf::execution_unit* host) {
  if (hazard::mine) [[likely]] {
    hazard::guard<caf::abstract_actor> incarnation{current_};
    if (auto* target = incarnation.get()) [[likely]] {
      target->enqueue(std::move(what), host);
      return;
    }
  }
  enqueue_slow(std::move(what), host);
}

// -- incarnations come and go -------------------------------------------------

void stable_handle::expect(uint64_t incarnation) {
  std::lock_guard guard{mtx_};
  expected_ = incarnation;
  if (side_) {
    side_->parked = false;
    side_->incarnation = incarnation;
  }
}

void stable_handle::join(caf::abstract_actor* self, uint64_t incarnation) {
  {
    std::lock_guard guard{mtx_};
    if (expected_ != incarnation || owned_)
      return; // too late: cut off, or pointed to already
    owned_ = caf::strong_actor_ptr{self->ctrl()};
    left_ = false;
    publish();
  }
  flush();
}

void stable_handle::point_to(caf::strong_actor_ptr next) {
  caf::strong_actor_ptr old;
  {
    std::lock_guard guard{mtx_};
    expected_ = 0;
    if (next && owned_ == next)
      return; // it has joined by itself, and may have left already
    old = std::exchange(owned_, std::move(next));
    left_ = false;
    publish();
  }
  if (old)
    retired().add(std::move(old));
  flush();
}

void stable_handle::leave(caf::abstract_actor* self) {
  std::lock_guard guard{mtx_};
  if (instance(owned_) != self || left_)
    return;
  // Ours is still `owned_`: the supervisor replaces that when it hears of it.
  left_ = true;
  publish();
}

/// Senders find the incarnation as long as there is nothing unusual about it.
void stable_handle::publish() {
  auto plain = serving() && !suspended_ && (!side_ || side_->plain());
  current_.store(plain ? instance(owned_) : nullptr, std::memory_order_release);
}

caf::strong_actor_ptr stable_handle::current() const {
  std::lock_guard guard{mtx_};
  return owned_;
}

void stable_handle::suspend() {
  std::lock_guard guard{mtx_};
  beside();
  suspended_ = true;
  publish();
}

void stable_handle::resume() {
  {
    std::lock_guard guard{mtx_};
    suspended_ = false;
    publish();
  }
  flush();
}

void stable_handle::close(caf::error reason) {
  closed_ = true;
  suspended_ = false;
  point_to(nullptr);
  park("the actor is gone for good");
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
