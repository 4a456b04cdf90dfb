#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// What is known of a job, and the steps it can take. Values and pure
/// functions: `job_table` makes them durable.

namespace roles {

enum class job_errc : uint8_t {
  not_found = 1, ///< no such job or model
  illegal,       ///< the job's state does not allow the step
  invalid,       ///< a value that is not allowed
  conflict,      ///< somebody else changed the record: not the leader any more
  corrupt,       ///< a stored record that this program did not write
};

class job_error : public std::runtime_error {
public:
  job_error(job_errc code, const std::string& what)
    : std::runtime_error(what), code_(code) {}

  job_errc code() const noexcept { return code_; }

private:
  job_errc code_;
};

enum class job_state : uint8_t {
  queued,
  running,
  succeeded,
  failed,
  cancelled
};

std::string to_string(job_state state);
std::optional<job_state> parse_job_state(std::string_view text);

/// Succeeded, failed or cancelled: nothing follows.
bool is_final(job_state state) noexcept;

/// What was asked for.
struct job_spec {
  std::string kind; ///< "mlp", ...
  std::string name; ///< of the model to publish; empty: the job's id
  nlohmann::json data = nlohmann::json::object();   ///< as in docs/api.md
  nlohmann::json params = nlohmann::json::object(); ///< as in docs/api.md
  std::string of; ///< the job that this one replays to verify it; or empty
};

/// A point of the learning curve; `epoch` counts from 1.
struct epoch_point {
  int64_t epoch = 0;
  double loss = 0;
  std::optional<double> val_loss;
  std::optional<double> val_accuracy;
};

/// From where training goes on after a crash.
struct job_checkpoint {
  std::string blob;
  int64_t step = 0;
  int64_t epoch = 0;
};

/// Whether a replay ended in the same weights.
struct job_verdict {
  std::string expected; ///< weights_sha256 of the job that was replayed
  bool equal = false;
};

struct job_record {
  std::string id; ///< "j-000001"
  job_spec spec;
  job_state state = job_state::queued;
  int64_t epoch = 0;  ///< complete ones
  int64_t epochs = 0; ///< at most
  int64_t step = 0;
  int64_t steps = 0;
  nlohmann::json metrics = nlohmann::json::object();
  std::string weights_sha256;       ///< empty until it succeeded
  std::string model;                ///< the name that it publishes; empty: none
  int64_t version = 0;              ///< 0 until published
  int64_t restarts = 0;             ///< deaths of workers or trainer survived
  std::string error;                ///< why it failed
  int64_t revision = 1;             ///< grows with every change
  std::vector<epoch_point> history; ///< by epoch, at most `max_history`
  std::optional<job_checkpoint> checkpoint;
  std::optional<job_verdict> verify;
  int64_t created_ms = 0;  ///< since 1970; so are the next two
  int64_t started_ms = 0;  ///< 0: not yet
  int64_t finished_ms = 0; ///< 0: not yet
};

/// More points than this are thinned to every other one: a curve stays a curve.
constexpr size_t max_history = 2048;

/// How far a running job has come.
struct job_progress {
  int64_t epoch = 0;
  int64_t step = 0;
  std::vector<epoch_point> points; ///< new ones; replace those they repeat
  std::optional<nlohmann::json> metrics; ///< replaces the last ones
};

/// What a job that succeeded leaves.
struct job_result {
  nlohmann::json metrics = nlohmann::json::object();
  std::string weights_sha256;
  std::string blob;   ///< the model's file
  uint64_t bytes = 0; ///< of the file
  int64_t inputs = 0; ///< features
  std::vector<std::string> classes;
};

/// A published model.
struct model_record {
  std::string name;
  int64_t version = 0;
  std::string kind;
  std::string job;
  std::string blob; ///< "sha256" in JSON
  uint64_t bytes = 0;
  std::string weights_sha256;
  nlohmann::json metrics = nlohmann::json::object();
  int64_t created_ms = 0;
  int64_t inputs = 0;
  std::vector<std::string> classes;
  nlohmann::json params = nlohmann::json::object(); ///< those of its job,
  nlohmann::json data = nlohmann::json::object();   ///< which may be gone
};

// -- the steps ----------------------------------------------------------------
// Each returns the record after the step, with the next revision.
// @throws job_error `illegal`: "job j-000003 is succeeded: it cannot ..."

job_record started(job_record job, int64_t now_ms);

/// Back to the queue by a clean shutdown, keeping its checkpoint.
job_record requeued(job_record job);

job_record progressed(job_record job, const job_progress& progress);
job_record checkpointed(job_record job, const job_checkpoint& checkpoint);
job_record after_death(job_record job);

/// A running job found when the controller starts: leptond has died. It goes on
/// from its checkpoint; the death counts. The revision leaps over those that
/// were given out and not kept.
job_record recovered(job_record job);

/// @param version of the model; 0 for a job that publishes none
/// @param expected what a replay must equal
job_record succeeded(job_record job,
                     const job_result& result,
                     int64_t version,
                     const std::string& expected,
                     int64_t now_ms);

job_record failed(job_record job, const std::string& error, int64_t now_ms);
job_record cancelled(job_record job, int64_t now_ms);

// -- as JSON ------------------------------------------------------------------

/// The record of docs/api.md, with more fields beside; also what is stored.
nlohmann::json to_json(const job_record& job);

/// Strict. @throws job_error `corrupt` with the field.
job_record parse_job(std::string_view text, const std::string& origin);

nlohmann::json to_json(const model_record& model);
model_record parse_model(std::string_view text, const std::string& origin);

/// Drops the largest members until the text is below `limit` bytes and lists
/// them in "omitted": a confusion matrix of 1,000 classes fits no record.
/// @throws job_error `invalid` if it is no object
nlohmann::json bounded_metrics(nlohmann::json metrics, size_t limit);

} // namespace roles
