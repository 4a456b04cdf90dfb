#pragma once

#include <actors/observe/trace_buffer.hpp>

#include <caf/all.hpp>

#include <atomic>
#include <memory>

namespace actors {

/// Sees the answer to one traced request on its way back. It is the request's
/// last *stage*, CAF's own means for composed actors: whoever answers sends to
/// it instead, and it hands the answer on at once, in the same thread. Neither
/// side notices: the one who is asked sees the asker as the sender, the asker
/// gets the answer from the one whom it has asked. Has no mailbox.
///
/// When the request is dropped without an answer, which is when nobody holds
/// the tap any more, that is noted, too.
class answer_tap : public caf::monitorable_actor {
public:
  /// Adds a tap to a request.
  /// @param number the request's id in the trace
  /// @param whom   what the answer comes from, for the asker; not kept alive
  static void insert(caf::actor_system& sys,
                     caf::mailbox_element& request,
                     std::shared_ptr<trace_buffer> trace,
                     uint64_t number,
                     caf::actor_control_block* whom);

  /// Whoever has one of these stages is told that the request is refused.
  static void note_refusal(const caf::mailbox_element::forwarding_stack& stages,
                           const caf::error& why);

  answer_tap(caf::actor_config& cfg,
             std::shared_ptr<trace_buffer> trace,
             uint64_t number,
             caf::actor_control_block* whom);

  ~answer_tap() override;

  const char* name() const override { return "answer_tap"; }

  void enqueue(caf::mailbox_element_ptr what,
               caf::execution_unit* host) override;

  void on_destroy() override;

private:
  void note(std::string text, std::string outcome);

  const std::shared_ptr<trace_buffer> trace_;
  const uint64_t number_;
  const trace_buffer::clock::time_point since_ = trace_buffer::clock::now();
  caf::weak_actor_ptr whom_;
  std::atomic<bool> answered_{false};
};

} // namespace actors
