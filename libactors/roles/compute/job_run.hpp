#pragma once

#include <models/kinds/kind.hpp>
#include <roles/controller/job_record.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a kind of job is, so that the trainer, the intake and the client need
/// not know any of them. What computes in rounds, as most kinds do, is one as
/// soon as the models library has it, see models/kinds/kind.hpp.
namespace roles {

/// What a span of a run brought.
struct span_result {
  std::vector<epoch_point> points;   ///< epochs that ended
  bool checkpoint_due = false;       ///< `save` now
  std::optional<std::string> failed; ///< why the run is of no use
};

/// What a run leaves: a model file and what the job's record says of it.
struct run_result {
  std::string model; ///< the bytes of the file
  job_result record; ///< all but the blob
};

/// A run in shared memory as its trainer drives it: span by span, between which
/// the state can be saved, then one span more that judges the result. Workers
/// compute in the memory meanwhile. The bits do not depend on who they are, how
/// many, or what becomes of them.
///
///   while (run.next_span()) { wait until run.wait(..); run.span_done(); .. }
///   run.begin_judgement(); wait until run.wait(..); run.result();
///
/// Destroying it lets the workers end. Thread: the trainer's.
class job_run {
public:
  job_run() = default;
  job_run(const job_run&) = delete;
  job_run& operator=(const job_run&) = delete;
  virtual ~job_run() = default;

  /// Opens the next span for workers. @returns false if the run is over
  virtual bool next_span() = 0;

  /// Sleeps until the workers have done what was opened, at most for `limit`.
  virtual bool wait(std::chrono::nanoseconds limit) = 0;

  /// Lets the open span end as soon as the state can be saved: the trainer has
  /// to leave. A kind whose spans are short need not do anything.
  virtual void cut() {}

  /// Takes the results of a span.
  virtual span_result span_done() = 0;

  /// The state between two spans, from which a run goes on to the same bits.
  virtual std::string save() const = 0;

  /// How far it is; at any moment.
  virtual job_progress progress() const = 0;

  /// Opens the judgement of the result.
  virtual void begin_judgement() = 0;

  /// @pre begin_judgement was called and `wait` returned true
  virtual run_result result() = 0;

  /// Lets others do what the worker with this number has left undone. Call it
  /// when that worker is certainly gone.
  virtual void release(uint8_t owner) = 0;
};

/// Gives the memory of a run: zeroed, on a cache line.
using memory_source = std::function<std::span<std::byte>(size_t bytes)>;

/// What is asked of a run.
struct run_request {
  models::kind_input input;
  std::string checkpoint = {}; ///< what `save` gave; empty: from the beginning
};

/// What the job's record says before it runs.
struct job_size {
  int64_t epochs = 0;
  int64_t steps = 0;
};

/// A kind of job: `train KIND` of the shell.
struct job_kind {
  std::string_view name;
  models::data_need data;
  models::parameter_table parameters;

  /// Checks all that can be wrong with the job before it is queued.
  /// @throws std::invalid_argument, models::data_error
  std::function<job_size(const run_request& request)> plan;

  /// @throws as `plan`, and for a checkpoint of another run
  std::function<std::unique_ptr<job_run>(const run_request& request,
                                         const memory_source& memory)>
    begin;
};

/// What the data of a job have to be.
models::data_need need_of(const job_kind& kind, const nlohmann::json& params);

/// @returns the kind, or nullptr
const job_kind* find_job_kind(std::string_view name);

/// "mlp": for error texts.
std::string list_of_job_kinds();

} // namespace roles
