#pragma once

#include <actors/process/shared_segment.hpp>
#include <roles/compute/job_data.hpp>
#include <roles/compute/job_run.hpp>
#include <roles/controller/scheduler.hpp>

#include <caf/all.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

/// The trainer of a job of any kind: lays its run out in shared memory, opens
/// it span by span for the workers it was lent, saves checkpoints, and at the
/// end publishes the model. It has a thread of its own and may block in it.
/// When it dies its supervisor starts it again, and it goes on from the last
/// checkpoint, to the same bits.
namespace roles {

/// Where a trainer finds the others.
struct trainer_links {
  handle_ptr state;
  handle_ptr scheduler;
  handle_ptr storage;
  std::shared_ptr<chunk_store> store;
  std::shared_ptr<name_table> names;
  std::function<void(const std::string&)>
    report; ///< what went wrong on the way
};

struct lent_worker {
  worker_info info;
  uint8_t owner;
};

struct trainer_state {
  trainer_links links;
  job_record job;
  actors::segment_ptr segment;
  std::unique_ptr<job_run> run;               // in the segment
  std::map<std::string, lent_worker> workers; ///< by path
  bool judging = false;
  uint64_t checkpoint_bytes = 0; ///< of the last one this incarnation saved
  uint64_t forsaken_bytes = 0;   ///< of those that wait to be removed
  bool over = false;             ///< the record is final: nothing to give back
  std::chrono::steady_clock::time_point last_progress{};
};

/// @param incarnation of the trainer; the second and later ones count a death
caf::behavior trainer_actor(caf::stateful_actor<trainer_state>* self,
                            trainer_links links,
                            std::string job,
                            uint64_t incarnation);

/// The trainer under a supervisor of its own, as a child of `controller/jobs`.
actors::child_spec trainer_child(const trainer_links& links,
                                 const std::string& job);

} // namespace roles
