#include <leptond/api/context.hpp>

namespace leptond::api {

void visitors::add(const caf::actor& visitor) {
  auto address = visitor.address();
  {
    std::lock_guard guard{list_->mutex};
    list_->addresses.insert(address);
  }
  // Runs when the visitor ends, or now if it has ended already.
  caf::actor_cast<caf::abstract_actor*>(visitor)->attach_functor(
    [list = list_, address] {
      std::lock_guard guard{list->mutex};
      list->addresses.erase(address);
    });
}

void visitors::end_all() {
  std::unordered_set<caf::actor_addr> left;
  {
    std::lock_guard guard{list_->mutex};
    left = list_->addresses;
  }
  for (auto& x : left)
    if (auto ptr = caf::actor_cast<caf::strong_actor_ptr>(x))
      caf::anon_send_exit(ptr, caf::exit_reason::kill);
}

} // namespace leptond::api
