#pragma once

#include <roles/controller/job_table.hpp>

#include <caf/all.hpp>

#include <memory>
#include <string>
#include <vector>

/// `controller/state`: the actor that owns the job table. It has a thread of
/// its own, because every durable step waits for the disk. All messages stay in
/// the process; each is answered by a `job_record` unless it says otherwise, or
/// by a `role_errc`.
namespace roles {

struct create_job {
  job_spec spec;
  int64_t epochs = 0;
  int64_t steps = 0;
};

struct create_verification {
  std::string of;
};

/// Waits up to `wait_ms` for a revision greater than `since`.
struct get_job {
  std::string id;
  int64_t since = 0;
  int64_t wait_ms = 0;
};

/// Answered by `std::vector<job_record>`, oldest first, without curves.
struct list_jobs {};

/// Answered by `job_counts`.
struct count_jobs {};

struct job_counts {
  size_t queued = 0;
  size_t running = 0;
  size_t succeeded = 0;
  size_t failed = 0;
  size_t cancelled = 0;
};

/// Answered by `std::vector<job_record>`: those that are not over. When the
/// actor starts it counts the death of the process for those that were running.
struct list_unfinished_jobs {};

struct start_job {
  std::string id;
};

/// Back to the queue by a clean shutdown; goes on from its checkpoint.
struct requeue_job {
  std::string id;
};

struct progress_job {
  std::string id;
  job_progress progress;
};

struct checkpoint_job {
  std::string id;
  job_checkpoint checkpoint;
};

/// A worker or the trainer of the job has died.
struct count_death {
  std::string id;
};

struct finish_job {
  std::string id;
  job_result result;
};

struct fail_job {
  std::string id;
  std::string error;
};

struct cancel_job {
  std::string id;
};

/// NAME or NAME@VERSION; answered by `model_record`.
struct get_model {
  std::string name;
};

/// Publishes a model that no job has trained; answered by its `model_record`,
/// with version and time.
struct add_model {
  model_record model;
};

/// Answered by `std::vector<model_record>`: the newest versions.
struct list_models {};

struct state_data {
  ~state_data();

  std::shared_ptr<meta_store> store; // outlives the table
  std::unique_ptr<job_table> table;

  struct waiter {
    std::string id;
    int64_t since;
    uint64_t number;
    caf::typed_response_promise<job_record> promise;
  };

  std::vector<waiter> waiters;
  uint64_t last_number = 0;
};

/// @param keep_jobs how many jobs that are over, see `job_table`
caf::behavior state_actor(caf::stateful_actor<state_data>* self,
                          std::shared_ptr<meta_store> store,
                          size_t keep_jobs);

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::create_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::create_verification)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::get_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::list_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::count_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::job_counts)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::list_unfinished_jobs)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::start_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::requeue_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::progress_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::checkpoint_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::count_death)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::finish_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::fail_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::cancel_job)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::get_model)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::add_model)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::list_models)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::job_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::model_record)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<roles::job_record>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::vector<roles::model_record>)
