#include <roles/controller/job_record.hpp>
#include <roles/controller/strict_json.hpp>

#include <algorithm>
#include <array>

namespace roles {

namespace {

constexpr std::array<std::string_view, 5> state_names{
  "queued", "running", "succeeded", "failed", "cancelled"};

/// Revisions that may have been given out between two durable ones.
constexpr int64_t revision_leap = 1'000'000;

constexpr size_t max_metrics_bytes = size_t{256} << 10;
constexpr size_t max_error_bytes = 4096;

void require(const job_record& job, bool allowed, const char* step) {
  if (!allowed)
    throw job_error(job_errc::illegal, "job " + job.id + " cannot " + step
                                         + ": its state is "
                                         + to_string(job.state));
}

void require_running(const job_record& job, const char* step) {
  require(job, job.state == job_state::running, step);
}

job_record& end(job_record& job, job_state state, int64_t now_ms) {
  job.state = state;
  job.finished_ms = now_ms;
  job.checkpoint.reset(); // its blob may go
  ++job.revision;
  return job;
}

void add_point(std::vector<epoch_point>& history, const epoch_point& p) {
  auto at = std::lower_bound(
    history.begin(), history.end(), p.epoch,
    [](const epoch_point& a, int64_t epoch) { return a.epoch < epoch; });
  if (at != history.end() && at->epoch == p.epoch)
    *at = p;
  else
    history.insert(at, p);
}

void thin(std::vector<epoch_point>& history) {
  if (history.size() <= max_history)
    return;
  auto last = history.back();
  size_t kept = 0;
  for (size_t i = 0; i < history.size(); i += 2)
    history[kept++] = history[i];
  history.resize(kept);
  add_point(history, last);
}

void rewind(job_record& job) {
  job.step = job.checkpoint ? job.checkpoint->step : 0;
  job.epoch = job.checkpoint ? job.checkpoint->epoch : 0;
  std::erase_if(job.history, [&](auto& p) { return p.epoch > job.epoch; });
}

} // namespace

std::string to_string(job_state state) {
  return std::string(state_names.at(static_cast<size_t>(state)));
}

std::optional<job_state> parse_job_state(std::string_view text) {
  auto it = std::find(state_names.begin(), state_names.end(), text);
  if (it == state_names.end())
    return std::nullopt;
  return static_cast<job_state>(it - state_names.begin());
}

bool is_final(job_state state) noexcept {
  return state != job_state::queued && state != job_state::running;
}

job_record started(job_record job, int64_t now_ms) {
  require(job, job.state == job_state::queued, "start");
  job.state = job_state::running;
  if (job.started_ms == 0)
    job.started_ms = now_ms;
  ++job.revision;
  return job;
}

job_record requeued(job_record job) {
  require_running(job, "go back to the queue");
  job.state = job_state::queued;
  rewind(job);
  ++job.revision;
  return job;
}

job_record progressed(job_record job, const job_progress& progress) {
  require_running(job, "make progress");
  job.epoch = progress.epoch;
  job.step = progress.step;
  for (auto& p : progress.points)
    add_point(job.history, p);
  thin(job.history);
  if (progress.metrics)
    job.metrics = bounded_metrics(*progress.metrics, max_metrics_bytes);
  ++job.revision;
  return job;
}

job_record checkpointed(job_record job, const job_checkpoint& checkpoint) {
  require_running(job, "keep a checkpoint");
  job.checkpoint = checkpoint;
  ++job.revision;
  return job;
}

job_record after_death(job_record job) {
  require_running(job, "lose a worker");
  ++job.restarts;
  ++job.revision;
  return job;
}

job_record recovered(job_record job) {
  require_running(job, "be recovered");
  ++job.restarts;
  rewind(job);
  job.revision += revision_leap;
  return job;
}

job_record succeeded(job_record job,
                     const job_result& result,
                     int64_t version,
                     const std::string& expected,
                     int64_t now_ms) {
  require_running(job, "succeed");
  job.metrics = bounded_metrics(result.metrics, max_metrics_bytes);
  job.weights_sha256 = result.weights_sha256;
  job.version = version;
  if (!job.spec.of.empty())
    job.verify = job_verdict{expected, expected == result.weights_sha256};
  return end(job, job_state::succeeded, now_ms);
}

job_record failed(job_record job, const std::string& error, int64_t now_ms) {
  require(job, !is_final(job.state), "fail");
  job.error = error.substr(0, max_error_bytes);
  return end(job, job_state::failed, now_ms);
}

job_record cancelled(job_record job, int64_t now_ms) {
  require(job, !is_final(job.state), "be cancelled");
  return end(job, job_state::cancelled, now_ms);
}

nlohmann::json bounded_metrics(nlohmann::json metrics, size_t limit) {
  if (!metrics.is_object()) // such a record could be written, and never read
    throw job_error(job_errc::invalid, "metrics: expected an object");
  while (dump(metrics).size() > limit) {
    std::string largest;
    size_t most = 0;
    for (auto& [key, value] : metrics.items()) {
      auto size = key == "omitted" ? 0 : dump(value).size();
      if (size > most) {
        most = size;
        largest = key;
      }
    }
    if (most == 0)
      return nlohmann::json::object();
    metrics.erase(largest);
    metrics["omitted"].push_back(largest);
  }
  return metrics;
}

} // namespace roles
