#include <roles/controller/job_table.hpp>
#include <roles/controller/strict_json.hpp>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace roles {

namespace {

constexpr const char* next_key = "jobs-next";
constexpr size_t max_spec_bytes = size_t{64} << 10;
constexpr int max_tries = 64;
constexpr size_t max_dropped = 100; // in one transaction

std::string key_of(const std::string& id) {
  return "jobs/" + id;
}

/// "j-000042"; longer from a million on.
std::string id_of(int64_t number) {
  auto digits = std::to_string(number);
  return "j-" + std::string(6 - std::min<size_t>(6, digits.size()), '0')
         + digits;
}

int64_t parse_next(const std::optional<meta_record>& record) {
  if (!record)
    return 1;
  int64_t n = 0;
  auto* end = record->value.data() + record->value.size();
  if (std::from_chars(record->value.data(), end, n).ptr != end || n < 1)
    throw job_error(job_errc::corrupt, "record 'jobs-next' is no number");
  return n;
}

void check_spec(const job_spec& spec) {
  if (spec.kind.empty() || !spec.data.is_object() || !spec.params.is_object())
    throw job_error(job_errc::invalid, "a job has a kind, data and parameters");
  try {
    if (!spec.name.empty())
      check_name(spec.name);
  } catch (const name_error& e) {
    throw job_error(job_errc::invalid, std::string("model ") + e.what());
  }
  if (dump(spec.data).size() + dump(spec.params).size() > max_spec_bytes)
    throw job_error(job_errc::invalid,
                    "data and parameters have more than 64 KiB");
}

void add_blob(const nlohmann::json& data, std::set<std::string>& out) {
  if (auto it = data.find("blob"); it != data.end() && it->is_string())
    out.insert(it->get<std::string>());
}

/// As it is held in memory: a curve may have 2,048 points.
job_record without_curve(job_record job) {
  if (is_final(job.state))
    job.history = {};
  return job;
}

[[noreturn]] void moved_on(const std::string& id) {
  throw job_error(job_errc::conflict,
                  "job " + id + " was changed by another controller");
}

} // namespace

job_table::job_table(meta_store& store,
                     std::optional<meta_compare> fence,
                     size_t keep)
  : store_(store),
    fence_(std::move(fence)),
    keep_(std::max<size_t>(keep, 1)),
    models_(store, "models") {
  for (auto& r : store_.range("jobs/").records) {
    auto job = parse_job(r.value, "record '" + r.key + "'");
    auto id = job.id;
    jobs_.emplace(std::move(id),
                  entry{without_curve(std::move(job)), r.mod_revision});
  }
}

// -- writing ------------------------------------------------------------------

job_table::entry& job_table::at(const std::string& id) {
  auto it = jobs_.find(id);
  if (it == jobs_.end())
    throw job_error(job_errc::not_found, "no job '" + id + "'");
  return it->second;
}

/// Writes a step of a job, with the deletion of those that it makes too many.
/// @returns false if a condition did not hold; nothing is changed then
bool job_table::commit(entry& e, const job_record& next, meta_txn more) {
  auto key = key_of(next.id);
  more.compare.push_back({key, meta_compare::field::mod_revision, e.stored});
  if (fence_)
    more.compare.push_back(*fence_);
  more.puts.push_back({std::move(key), dump(to_json(next)), 0});
  auto dropped = is_final(next.state) ? surplus(1) : std::vector<std::string>{};
  for (auto& id : dropped)
    more.deletes.push_back(key_of(id));
  auto result = store_.apply(std::move(more));
  if (!result.succeeded)
    return false;
  e = {without_curve(next), result.revision};
  for (auto& id : dropped)
    jobs_.erase(id);
  return true;
}

job_record job_table::save(entry& e, job_record next) {
  if (!commit(e, next, {}))
    moved_on(next.id);
  return next;
}

/// Jobs that are over and too many, those that ended first, as far as one
/// transaction takes them.
/// @param ending how many will be over besides
std::vector<std::string> job_table::surplus(size_t ending) const {
  std::vector<const job_record*> over;
  std::set<std::string> replayed;
  for (auto& [id, e] : jobs_)
    if (is_final(e.job.state))
      over.push_back(&e.job);
    else
      replayed.insert(e.job.spec.of);
  if (over.size() + ending <= keep_)
    return {};
  auto too_many = std::min(over.size() + ending - keep_, max_dropped);
  std::sort(over.begin(), over.end(), [](auto* a, auto* b) {
    return std::tuple(a->finished_ms, a->id.size(), a->id)
           < std::tuple(b->finished_ms, b->id.size(), b->id);
  });
  std::vector<std::string> out;
  for (auto* job : over)
    if (out.size() < too_many && !replayed.contains(job->id))
      out.push_back(job->id);
  return out;
}

/// What a larger limit has left.
void job_table::drop_surplus() {
  for (auto ids = surplus(0); !ids.empty(); ids = surplus(0)) {
    meta_txn txn;
    if (fence_)
      txn.compare.push_back(*fence_);
    for (auto& id : ids)
      txn.deletes.push_back(key_of(id));
    if (!store_.apply(std::move(txn)).succeeded)
      moved_on(ids.front());
    for (auto& id : ids)
      jobs_.erase(id);
  }
}

job_record job_table::insert(job_record job) {
  for (int i = 0; i < max_tries; ++i) {
    auto head = store_.get(next_key);
    auto number = parse_next(head);
    job.id = id_of(number);
    if (job.spec.of.empty())
      job.model = job.spec.name.empty() ? job.id : job.spec.name;
    meta_txn txn;
    txn.compare.push_back({next_key, meta_compare::field::mod_revision,
                           head ? head->mod_revision : 0});
    txn.puts.push_back({next_key, std::to_string(number + 1), 0});
    entry fresh;
    if (commit(fresh, job, std::move(txn))) {
      jobs_.insert_or_assign(job.id, std::move(fresh));
      return job;
    }
  }
  moved_on("table");
}

job_record job_table::create(job_spec spec,
                             int64_t epochs,
                             int64_t steps,
                             int64_t now_ms) {
  check_spec(spec);
  job_record job;
  job.spec = std::move(spec);
  job.epochs = epochs;
  job.steps = steps;
  job.created_ms = now_ms;
  return insert(std::move(job));
}

job_record job_table::create_verification(const std::string& of,
                                          int64_t now_ms) {
  auto& original = at(of).job;
  if (original.state != job_state::succeeded)
    throw job_error(job_errc::illegal, "job " + of
                                         + " cannot be verified: its state is "
                                         + to_string(original.state));
  job_record job;
  job.spec = original.spec;
  job.spec.of = of;
  job.epochs = original.epochs;
  job.steps = original.steps;
  job.created_ms = now_ms;
  return insert(std::move(job));
}

job_record job_table::start(const std::string& id, int64_t now_ms) {
  auto& e = at(id);
  return save(e, started(e.job, now_ms));
}

job_record job_table::requeue(const std::string& id) {
  auto& e = at(id);
  return save(e, requeued(e.job));
}

job_record job_table::progress(const std::string& id,
                               const job_progress& progress) {
  auto& e = at(id);
  e.job = progressed(e.job, progress);
  return e.job;
}

job_record job_table::checkpoint(const std::string& id,
                                 const job_checkpoint& checkpoint) {
  auto& e = at(id);
  return save(e, checkpointed(e.job, checkpoint));
}

job_record job_table::worker_died(const std::string& id) {
  auto& e = at(id);
  return save(e, after_death(e.job));
}

job_record job_table::fail(const std::string& id,
                           const std::string& error,
                           int64_t now_ms) {
  auto& e = at(id);
  return save(e, failed(e.job, error, now_ms));
}

job_record job_table::cancel(const std::string& id, int64_t now_ms) {
  auto& e = at(id);
  return save(e, cancelled(e.job, now_ms));
}

job_record job_table::finish(const std::string& id,
                             const job_result& result,
                             int64_t now_ms) {
  auto& e = at(id);
  if (e.job.spec.of.empty())
    return publish(e, result, now_ms);
  auto expected = at(e.job.spec.of).job.weights_sha256;
  return save(e, succeeded(e.job, result, 0, expected, now_ms));
}

job_record
job_table::publish(entry& e, const job_result& result, int64_t now_ms) {
  for (int i = 0; i < max_tries; ++i) {
    auto claim = models_.claim_next(e.job.model);
    auto next = succeeded(e.job, result, claim.version, {}, now_ms);
    model_record m{
      next.model,    claim.version, next.spec.kind,        next.id,
      result.blob,   result.bytes,  result.weights_sha256, next.metrics,
      now_ms,        result.inputs, result.classes,        next.spec.params,
      next.spec.data};
    meta_txn txn{
      {claim.unchanged},
      {claim.next, {models_.key(m.name, m.version), dump(to_json(m)), 0}},
      {}};
    if (commit(e, next, std::move(txn)))
      return next;
  }
  moved_on(e.job.id);
}

model_record job_table::add_model(model_record m) {
  try {
    check_name(m.name);
  } catch (const name_error& e) {
    throw job_error(job_errc::invalid, std::string("model ") + e.what());
  }
  for (int i = 0; i < max_tries; ++i) {
    auto claim = models_.claim_next(m.name);
    m.version = claim.version;
    meta_txn txn{
      {claim.unchanged},
      {claim.next, {models_.key(m.name, m.version), dump(to_json(m)), 0}},
      {}};
    if (fence_)
      txn.compare.push_back(*fence_);
    if (store_.apply(std::move(txn)).succeeded)
      return m;
  }
  throw job_error(job_errc::conflict,
                  "model " + m.name + " was changed by another controller");
}

std::vector<std::string> job_table::recover() {
  std::vector<std::string> out;
  for (auto& [id, e] : jobs_)
    if (e.job.state == job_state::running) {
      save(e, recovered(e.job));
      out.push_back(id);
    }
  drop_surplus();
  return out;
}

// -- reading ------------------------------------------------------------------

job_record job_table::get(const std::string& id) const {
  auto it = jobs_.find(id);
  if (it == jobs_.end())
    throw job_error(job_errc::not_found, "no job '" + id + "'");
  auto& job = it->second.job;
  if (!is_final(job.state))
    return job;
  auto stored = store_.get(key_of(id));
  if (!stored)
    throw job_error(job_errc::corrupt, "record 'jobs/" + id + "' is gone");
  return parse_job(stored->value, "record '" + stored->key + "'");
}

std::vector<job_record> job_table::list() const {
  std::vector<job_record> out;
  for (auto& [id, e] : jobs_) {
    out.push_back(e.job);
    out.back().history.clear();
  }
  std::sort(out.begin(), out.end(), [](auto& a, auto& b) {
    return std::pair(a.id.size(), a.id) < std::pair(b.id.size(), b.id);
  });
  return out;
}

size_t job_table::count(job_state state) const {
  return static_cast<size_t>(
    std::count_if(jobs_.begin(), jobs_.end(),
                  [&](auto& j) { return j.second.job.state == state; }));
}

model_record job_table::model(std::string_view name) const {
  try {
    auto wanted = parse_versioned(name);
    auto found = models_.find(wanted);
    if (!found)
      throw job_error(job_errc::not_found,
                      "no model '" + std::string(name) + "'");
    return parse_model(found->value, "record of model '" + found->name + "'");
  } catch (const name_error& e) {
    throw job_error(job_errc::invalid, std::string("model ") + e.what());
  }
}

std::vector<model_record> job_table::models() const {
  std::vector<model_record> out;
  for (auto& r : models_.list("")) {
    auto m = parse_model(r.value, "record of model '" + r.name + "'");
    if (!out.empty() && out.back().name == m.name)
      out.back() = std::move(m);
    else
      out.push_back(std::move(m));
  }
  return out;
}

std::vector<model_record>
job_table::model_versions(const std::string& name) const {
  std::vector<model_record> out;
  for (auto& r : models_.versions(name))
    out.push_back(parse_model(r.value, "record of model '" + r.name + "'"));
  if (out.empty())
    throw job_error(job_errc::not_found, "no model '" + name + "'");
  return out;
}

std::set<std::string> blobs_of_jobs(meta_store& store) {
  std::set<std::string> out;
  for (auto& r : store.range("jobs/").records) {
    auto job = parse_job(r.value, "record '" + r.key + "'");
    add_blob(job.spec.data, out);
    auto labels = job.spec.data.find("labels");
    if (labels != job.spec.data.end() && labels->is_object())
      add_blob(*labels, out);
    if (job.checkpoint)
      out.insert(job.checkpoint->blob);
  }
  for (auto& r : store.range("models/").records)
    out.insert(parse_model(r.value, "record '" + r.key + "'").blob);
  return out;
}

} // namespace roles
