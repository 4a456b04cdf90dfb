#pragma once

#include <actors/process/segment_source.hpp>
#include <actors/supervision/spec.hpp>
#include <models/kinds/kind.hpp>
#include <roles/compute/messages.hpp>

#include <caf/all.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>

/// A compute worker: works on trainings in shared memory and predicts. The same
/// actor, whether it shares the scheduler, has a thread or a process of its
/// own: it computes in slices of about 2 ms and returns to its mailbox, so that
/// it answers, can be stopped and can be broken on purpose in the middle.
namespace roles {

/// A model that the worker holds ready.
struct loaded_model {
  std::string sha256;
  std::unique_ptr<models::predictor> predictor;
};

struct worker_state {
  std::shared_ptr<actors::segment_source> memory;
  bool may_wait = true; ///< false if it shares its thread with others

  // the training that it works on
  uint64_t segment_id = 0;
  actors::segment_ptr segment;
  std::unique_ptr<models::board_worker> worker;
  caf::typed_response_promise<work_report> promise;

  std::deque<std::unique_ptr<loaded_model>> models; ///< newest first
};

/// @param memory where offered segments arrive
/// @param may_wait whether the actor may sleep in its handler (thread, process)
caf::behavior compute_worker(caf::stateful_actor<worker_state>* self,
                             std::shared_ptr<actors::segment_source> memory,
                             bool may_wait);

/// The name of the worker in the registry of worker processes.
inline constexpr auto worker_type = "compute-worker";

/// What a worker runs on, and what it may use.
struct worker_settings {
  actors::carrier runs_on = actors::carrier::process;
  /// A slice takes 2 ms and the largest request well below a second: who says
  /// nothing for so long, and again when asked, is hung.
  actors::duration liveness = std::chrono::seconds{3};
  actors::process_limits limits = {}; ///< of a process
};

/// The specification of worker number `n`.
actors::child_spec worker_child(size_t n, const worker_settings& settings);

} // namespace roles
