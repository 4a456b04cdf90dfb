#pragma once

#include <roles/controller/job_record.hpp>
#include <roles/controller/versioned.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace roles {

/// The jobs and the models they published, on the state store. Every function
/// that changes a job is one transaction and durable when it returns, except
/// `progress`: that is kept in memory and written by the next durable step, so
/// a crash takes the job back to its last checkpoint and no further.
///
/// Owned by one thread, the controller's; blocks on the store's disk. With a
/// fence (`leadership::fence`) nothing is written once somebody else leads.
///
/// Of the jobs that are over only so many are kept: with the end of another one
/// the record of the one that ended first goes, and no model. One that an
/// unfinished replay refers to stays until that ends. The learning curves of
/// jobs that are over are not held in memory; `get` reads them from the store.
///
/// Every function throws `job_error`, and `meta_error` when the store fails;
/// the table is then as it was before.
class job_table {
public:
  static constexpr size_t default_keep = 1000;

  /// Reads all jobs. @param store outlives the table
  /// @param keep how many that are over, at least 1
  /// @throws job_error `corrupt`
  explicit job_table(meta_store& store,
                     std::optional<meta_compare> fence = {},
                     size_t keep = default_keep);

  // -- steps of a job ---------------------------------------------------------

  /// Records a new job as queued.
  /// @throws job_error `invalid`: a bad model name, or data and parameters of
  /// more than 64 KiB.
  job_record
  create(job_spec spec, int64_t epochs, int64_t steps, int64_t now_ms);

  /// A job that replays a finished one. @throws job_error `illegal` unless that
  /// one succeeded.
  job_record create_verification(const std::string& of, int64_t now_ms);

  job_record start(const std::string& id, int64_t now_ms);
  job_record requeue(const std::string& id);

  /// In memory only; costs no disk.
  job_record progress(const std::string& id, const job_progress& progress);

  /// Call when the blob is durable. The blob of the checkpoint before is not
  /// referred to any more.
  job_record checkpoint(const std::string& id,
                        const job_checkpoint& checkpoint);

  /// A worker or the trainer of a running job died.
  job_record worker_died(const std::string& id);

  /// Ends the job and publishes its model under the next version, in one
  /// transaction. A replay publishes nothing; it gets its verdict.
  job_record
  finish(const std::string& id, const job_result& result, int64_t now_ms);

  job_record
  fail(const std::string& id, const std::string& error, int64_t now_ms);
  job_record cancel(const std::string& id, int64_t now_ms);

  /// Publishes a model that no job has trained, under the next version of its
  /// name. @returns it with its version
  /// @throws job_error `invalid`: a bad name
  model_record add_model(model_record model);

  /// Call once after opening: counts the death of the process for every job
  /// that was running and takes it back to its checkpoint. Drops what is too
  /// much of the jobs that are over.
  /// @returns their ids; they are still `running` and have to be carried on.
  std::vector<std::string> recover();

  // -- reading ----------------------------------------------------------------

  job_record get(const std::string& id) const;

  /// By number, oldest first; without learning curves.
  std::vector<job_record> list() const;

  /// How many jobs are in a state.
  size_t count(job_state state) const;

  /// @param name NAME (the newest version) or NAME@VERSION
  model_record model(std::string_view name) const;

  /// The newest version of every model.
  std::vector<model_record> models() const;

  /// All versions of one model, oldest first. @throws job_error `not_found`
  std::vector<model_record> model_versions(const std::string& name) const;

private:
  struct entry {
    job_record job;
    revision_t stored = 0; ///< of the record in the store
  };

  entry& at(const std::string& id);
  job_record insert(job_record job);
  job_record save(entry& e, job_record next);
  bool commit(entry& e, const job_record& next, meta_txn more);
  std::vector<std::string> surplus(size_t ending) const;
  void drop_surplus();
  job_record publish(entry& e, const job_result& result, int64_t now_ms);

  meta_store& store_;
  std::optional<meta_compare> fence_;
  size_t keep_;
  version_space models_;
  std::map<std::string, entry> jobs_;
};

/// The blobs that the jobs and models in `store` need: data, checkpoints, model
/// files. Reads the records, so any thread may ask; a table need not exist.
/// @throws job_error `corrupt`, meta_error
std::set<std::string> blobs_of_jobs(meta_store& store);

} // namespace roles
