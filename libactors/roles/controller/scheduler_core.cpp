#include <roles/controller/scheduler_core.hpp>

#include <algorithm>

namespace roles {

std::vector<scheduler_action>
scheduler_core::worker_up(const std::string& worker) {
  workers_[worker]; // a known one keeps its job: it did not go down
  return plan();
}

std::vector<scheduler_action>
scheduler_core::worker_down(const std::string& worker) {
  auto i = workers_.find(worker);
  if (i == workers_.end())
    return {};
  if (auto job = jobs_.find(i->second.job); job != jobs_.end())
    --job->second.workers;
  workers_.erase(i);
  return plan();
}

std::vector<scheduler_action> scheduler_core::submit(const std::string& job,
                                                     size_t most) {
  job_state state;
  state.order = ++order_;
  state.most = std::max<size_t>(most, 1);
  jobs_.emplace(job, state);
  return plan();
}

std::vector<scheduler_action> scheduler_core::ready(const std::string& job) {
  auto i = jobs_.find(job);
  if (i == jobs_.end())
    return {};
  free_workers_of(job);
  i->second.admitted = true;
  i->second.ready = true;
  return plan();
}

std::vector<scheduler_action>
scheduler_core::trainer_lost(const std::string& job) {
  auto i = jobs_.find(job);
  if (i == jobs_.end())
    return {};
  free_workers_of(job);
  i->second.admitted = false; // it keeps its place in the queue
  i->second.ready = false;
  return plan();
}

std::vector<scheduler_action> scheduler_core::ended(const std::string& job) {
  free_workers_of(job);
  jobs_.erase(job);
  return plan();
}

std::vector<scheduler_action>
scheduler_core::released(const std::string& job, const std::string& worker) {
  auto w = workers_.find(worker);
  auto j = jobs_.find(job);
  if (w == workers_.end() || j == jobs_.end() || w->second.job != job)
    return {};
  w->second = {};
  --j->second.workers;
  return plan();
}

size_t scheduler_core::queued() const {
  return static_cast<size_t>(std::count_if(
    jobs_.begin(), jobs_.end(), [](auto& x) { return !x.second.admitted; }));
}

std::string scheduler_core::job_of(const std::string& worker) const {
  auto i = workers_.find(worker);
  return i == workers_.end() ? std::string{} : i->second.job;
}

std::vector<scheduler_action> scheduler_core::plan() {
  std::vector<scheduler_action> out;
  admit_jobs(out);
  grant_idle(out);
  balance(out);
  return out;
}

/// As many jobs as there are workers, but one even if all workers are being
/// restarted just now.
void scheduler_core::admit_jobs(std::vector<scheduler_action>& out) {
  auto room = std::max<size_t>(workers_.size(), 1);
  for (auto& [name, job] : jobs_)
    room -= job.admitted && room > 0;
  while (room-- > 0) {
    auto next = jobs_.end();
    for (auto i = jobs_.begin(); i != jobs_.end(); ++i)
      if (!i->second.admitted
          && (next == jobs_.end() || i->second.order < next->second.order))
        next = i;
    if (next == jobs_.end())
      return;
    next->second.admitted = true;
    out.push_back(action::admit{next->first});
  }
}

/// The ready job that has the fewest workers and use for more.
std::map<std::string, scheduler_core::job_state>::iterator
scheduler_core::neediest() {
  auto best = jobs_.end();
  for (auto i = jobs_.begin(); i != jobs_.end(); ++i) {
    const auto& job = i->second;
    if (!job.ready || job.workers >= job.most)
      continue;
    if (best == jobs_.end()
        || std::pair{job.workers, job.order}
             < std::pair{best->second.workers, best->second.order})
      best = i;
  }
  return best;
}

void scheduler_core::grant_idle(std::vector<scheduler_action>& out) {
  for (auto& [name, worker] : workers_) {
    if (!worker.job.empty())
      continue;
    auto job = neediest();
    if (job == jobs_.end())
      return;
    worker.job = job->first;
    ++job->second.workers;
    out.push_back(action::grant{job->first, name});
  }
}

/// Takes a worker from the job that has most, for one that has two fewer.
void scheduler_core::balance(std::vector<scheduler_action>& out) {
  auto poor = neediest();
  if (poor == jobs_.end())
    return;
  std::map<std::string, size_t> kept; // without those being given back
  for (auto& [name, worker] : workers_)
    if (!worker.job.empty() && !worker.revoked)
      ++kept[worker.job];
  auto under_way = std::any_of(workers_.begin(), workers_.end(),
                               [](auto& x) { return x.second.revoked; });
  auto rich = std::max_element(kept.begin(), kept.end(), [](auto& a, auto& b) {
    return a.second < b.second;
  });
  if (under_way || rich == kept.end()
      || rich->second < poor->second.workers + 2)
    return;
  for (auto& [name, worker] : workers_) {
    if (worker.job != rich->first || worker.revoked)
      continue;
    worker.revoked = true;
    out.push_back(action::revoke{worker.job, name});
    return;
  }
}

void scheduler_core::free_workers_of(const std::string& job) {
  for (auto& [name, worker] : workers_)
    if (worker.job == job)
      worker = {};
  if (auto i = jobs_.find(job); i != jobs_.end())
    i->second.workers = 0;
}

} // namespace roles
