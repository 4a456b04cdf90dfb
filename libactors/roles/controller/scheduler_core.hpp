#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

/// Which job runs, and which worker works for which job, as a state machine
/// without actors: inputs in, actions out. A job is admitted when there is a
/// worker for it; admitted jobs share the workers evenly, the oldest first.
/// Not thread safe.
namespace roles {

namespace action {

/// Start the job's trainer; answer with `ready` when it can take workers.
struct admit {
  std::string job;
};

/// The worker belongs to the job now.
struct grant {
  std::string job;
  std::string worker;
};

/// Ask the job to give the worker back; answered by `released`.
struct revoke {
  std::string job;
  std::string worker;
};

} // namespace action

using scheduler_action =
  std::variant<action::admit, action::grant, action::revoke>;

class scheduler_core {
public:
  // -- inputs: each returns what is to be done --------------------------------

  std::vector<scheduler_action> worker_up(const std::string& worker);

  /// The worker is gone, and with it its place in its job.
  std::vector<scheduler_action> worker_down(const std::string& worker);

  /// A new job, at the end of the queue.
  /// @param most how many workers it has use for, at least 1
  std::vector<scheduler_action> submit(const std::string& job, size_t most);

  /// The job's trainer (a new incarnation, maybe) takes workers; those that
  /// the job had are free again.
  std::vector<scheduler_action> ready(const std::string& job);

  /// The job's trainer is gone with all that supervised it, and the job is not
  /// over: starts it again.
  std::vector<scheduler_action> trainer_lost(const std::string& job);

  /// The job has ended; its workers are free.
  std::vector<scheduler_action> ended(const std::string& job);

  /// The job has given the worker back.
  std::vector<scheduler_action> released(const std::string& job,
                                         const std::string& worker);

  // -- queries ----------------------------------------------------------------

  size_t workers() const { return workers_.size(); }

  size_t queued() const;

  /// Whether the job was submitted and has not ended.
  bool knows(const std::string& job) const { return jobs_.contains(job); }

  /// The job that the worker works for; empty if it is idle or unknown.
  std::string job_of(const std::string& worker) const;

private:
  struct job_state {
    uint64_t order;
    size_t most;
    bool admitted = false;
    bool ready = false;
    size_t workers = 0;
  };

  struct worker_state {
    std::string job; ///< empty: idle
    bool revoked = false;
  };

  std::vector<scheduler_action> plan();
  void admit_jobs(std::vector<scheduler_action>& out);
  void grant_idle(std::vector<scheduler_action>& out);
  void balance(std::vector<scheduler_action>& out);
  void free_workers_of(const std::string& job);
  std::map<std::string, job_state>::iterator neediest();

  std::map<std::string, job_state> jobs_;
  std::map<std::string, worker_state> workers_;
  uint64_t order_ = 0;
};

} // namespace roles
