#pragma once

#include <caf/detail/thread_safe_actor_clock.hpp>

#include <array>
#include <mutex>
#include <unordered_set>

namespace actors {

/// A clock that passes everything on to another one, except cancellations for
/// actors that have set no timeout. CAF 0.17.6 cancels the timeouts of every
/// actor that ends, which wakes the clock's thread for nothing: that was a
/// sixth of the time from a crash to the next answer, and a burst of ending
/// actors waited for that thread (its queue holds 64 events).
///
/// Derived from CAF's clock because a coordinator must return one; what is
/// inherited stays unused. Thread safe. Cost of a timeout: one uncontended
/// mutex more.
class sparing_clock : public caf::detail::thread_safe_actor_clock {
public:
  /// `clock` must outlive this one.
  explicit sparing_clock(caf::actor_clock& clock) : clock_{clock} {}

  time_point now() const noexcept override { return clock_.now(); }

  void set_ordinary_timeout(time_point t,
                            caf::abstract_actor* self,
                            caf::atom_value type,
                            uint64_t id) override;
  void set_multi_timeout(time_point t,
                         caf::abstract_actor* self,
                         caf::atom_value type,
                         uint64_t id) override;
  void set_request_timeout(time_point t,
                           caf::abstract_actor* self,
                           caf::message_id id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self,
                               caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self,
                              caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point t,
                        caf::strong_actor_ptr receiver,
                        caf::mailbox_element_ptr content) override;
  void schedule_message(time_point t,
                        caf::group target,
                        caf::strong_actor_ptr sender,
                        caf::message content) override;
  void cancel_all() override;

private:
  /// Actors that have set a timeout. In parts, so that threads seldom meet.
  struct part {
    std::mutex mutex;
    std::unordered_set<caf::actor_id> ids;
  };

  part& part_of(caf::abstract_actor* self);
  void note(caf::abstract_actor* self);
  bool noted(caf::abstract_actor* self);
  bool forget(caf::abstract_actor* self);

  caf::actor_clock& clock_;
  std::array<part, 16> parts_;
};

} // namespace actors
