#pragma once

#include <roles/compute/worker_pool.hpp>
#include <roles/controller/scheduler_core.hpp>
#include <roles/controller/state.hpp>
#include <roles/core/handle_slot.hpp>

#include <caf/all.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>

/// `controller/scheduler`: takes jobs in, starts a supervised trainer for each,
/// and lends them workers. It keeps nothing that cannot be lost: when it starts
/// it reads the unfinished jobs from the state and carries them on.
namespace roles {

/// A job whose data and parameters have been checked; answered by `job_record`
/// once it is durable.
struct submit_job {
  job_spec spec;
  int64_t epochs = 0;
  int64_t steps = 0;
};

/// Replays a finished job; answered by the new `job_record`.
struct verify_job {
  std::string id;
};

/// Answered by `job_record`.
struct stop_job {
  std::string id;
};

// -- between trainer and scheduler --------------------------------------------

/// The trainer takes workers; answered by nothing, followed by `lend_worker`.
struct trainer_ready {
  std::string job;
  caf::actor trainer;
};

/// The job is over and its record says so.
struct trainer_done {
  std::string job;
};

/// The worker is the trainer's until it is taken back or dies.
struct lend_worker {
  worker_info worker;
};

struct take_back_worker {
  std::string path;
};

/// Answer to `take_back_worker`.
struct return_worker {
  std::string job;
  std::string path;
};

/// A lent worker's incarnation is certainly gone: its claims may be released.
struct lost_worker {
  worker_info worker;
};

/// The job was cancelled: the trainer ends.
struct cancel_training {};

/// Where the scheduler finds the others.
struct scheduler_links {
  handle_ptr state;
  handle_ptr jobs; ///< the supervisor of the jobs' supervisors
  std::shared_ptr<worker_pool> workers;
  /// The supervised trainer of a job, as a child of `jobs`.
  std::function<actors::child_spec(const std::string& job)> trainer_of;
};

struct scheduler_state {
  scheduler_links links;
  scheduler_core core;
  std::map<std::string, worker_info> workers;   ///< by path
  std::map<std::string, caf::actor> trainers;   ///< by job
  std::map<caf::actor_addr, std::string> watch; ///< supervisors of jobs
};

caf::behavior scheduler_actor(caf::stateful_actor<scheduler_state>* self,
                              scheduler_links links);

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::action::admit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::submit_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::verify_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::stop_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::trainer_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::trainer_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::lend_worker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::take_back_worker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::return_worker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::lost_worker)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::cancel_training)
