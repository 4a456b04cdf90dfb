#include <actors/supervision/error.hpp>
#include <actors/supervision/hazard.hpp>
#include <actors/supervision/stable_handle.hpp>

namespace actors {

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
  hazard::guard<caf::abstract_actor> incarnation{current_};
  if (!incarnation.usable())
    enqueue_slow(std::move(what), host);
  else if (auto* target = incarnation.get())
    target->enqueue(std::move(what), host);
  else
    refuse(what);
}

/// Too many handles in a row for hazard pointers: count a reference instead.
void stable_handle::enqueue_slow(caf::mailbox_element_ptr what,
                                 caf::execution_unit* host) {
  if (auto target = current())
    target->enqueue(std::move(what), host);
  else
    refuse(what);
}

void stable_handle::refuse(caf::mailbox_element_ptr& what) {
  bounce(what, closed_
                 ? make_sup_error(sup_errc::gone, "the actor is gone for good")
                 : make_sup_error(sup_errc::restarting,
                                  "the actor is being restarted; try "
                                  "again"));
}

bool stable_handle::stash(caf::mailbox_element_ptr& what) {
  std::lock_guard guard{mutex_};
  if (!suspended_)
    return false;
  if (stashed_.size() < stash_limit)
    stashed_.push_back(std::move(what));
  else
    bounce(what, make_sup_error(sup_errc::bad_state,
                                "the actor is suspended and its backlog full"));
  return true;
}

void stable_handle::point_to(caf::strong_actor_ptr next) {
  caf::strong_actor_ptr old;
  {
    std::lock_guard guard{mutex_};
    old = std::exchange(owned_, next);
    current_.store(caf::actor_cast<caf::abstract_actor*>(next),
                   std::memory_order_release);
  }
  hazard::retire(std::move(old));
}

caf::strong_actor_ptr stable_handle::current() const {
  std::lock_guard guard{mutex_};
  return owned_;
}

void stable_handle::suspend() {
  suspended_ = true;
}

void stable_handle::resume() {
  std::deque<caf::mailbox_element_ptr> kept;
  {
    std::lock_guard guard{mutex_};
    suspended_ = false;
    kept.swap(stashed_);
  }
  for (auto& x : kept)
    enqueue(std::move(x), nullptr);
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
  hazard::retire(std::exchange(owned_, nullptr));
  caf::monitorable_actor::on_destroy();
}

} // namespace actors
