#include <actors/runtime/sparing_clock.hpp>

#include <caf/all.hpp>

namespace actors {

void sparing_clock::set_ordinary_timeout(time_point t,
                                         caf::abstract_actor* self,
                                         caf::atom_value type,
                                         uint64_t id) {
  note(self);
  clock_.set_ordinary_timeout(t, self, type, id);
}

void sparing_clock::set_multi_timeout(time_point t,
                                      caf::abstract_actor* self,
                                      caf::atom_value type,
                                      uint64_t id) {
  note(self);
  clock_.set_multi_timeout(t, self, type, id);
}

void sparing_clock::set_request_timeout(time_point t,
                                        caf::abstract_actor* self,
                                        caf::message_id id) {
  note(self);
  clock_.set_request_timeout(t, self, id);
}

void sparing_clock::cancel_ordinary_timeout(caf::abstract_actor* self,
                                            caf::atom_value type) {
  if (noted(self))
    clock_.cancel_ordinary_timeout(self, type);
}

void sparing_clock::cancel_request_timeout(caf::abstract_actor* self,
                                           caf::message_id id) {
  if (noted(self))
    clock_.cancel_request_timeout(self, id);
}

void sparing_clock::cancel_timeouts(caf::abstract_actor* self) {
  if (forget(self))
    clock_.cancel_timeouts(self);
}

void sparing_clock::schedule_message(time_point t,
                                     caf::strong_actor_ptr receiver,
                                     caf::mailbox_element_ptr content) {
  clock_.schedule_message(t, std::move(receiver), std::move(content));
}

void sparing_clock::schedule_message(time_point t,
                                     caf::group target,
                                     caf::strong_actor_ptr sender,
                                     caf::message content) {
  clock_.schedule_message(t, std::move(target), std::move(sender),
                          std::move(content));
}

void sparing_clock::cancel_all() {
  clock_.cancel_all();
}

sparing_clock::part& sparing_clock::part_of(caf::abstract_actor* self) {
  return parts_[self->id() % parts_.size()];
}

void sparing_clock::note(caf::abstract_actor* self) {
  auto& x = part_of(self);
  std::lock_guard lock{x.mutex};
  x.ids.insert(self->id());
}

bool sparing_clock::noted(caf::abstract_actor* self) {
  auto& x = part_of(self);
  std::lock_guard lock{x.mutex};
  return x.ids.count(self->id()) > 0;
}

bool sparing_clock::forget(caf::abstract_actor* self) {
  auto& x = part_of(self);
  std::lock_guard lock{x.mutex};
  return x.ids.erase(self->id()) > 0;
}

} // namespace actors
