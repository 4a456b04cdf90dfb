#include <roles/controller/state.hpp>
#include <roles/core/error.hpp>

#include <chrono>

namespace roles {

/// A get_job has waited long enough.
struct wait_over {
  uint64_t number;
};

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::wait_over)

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<state_data>*;

int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
    .count();
}

/// Answers those who wait for news of this job.
void notify(self_ptr self, const job_record& job) {
  std::erase_if(self->state.waiters, [&](auto& x) {
    if (x.id != job.id || (job.revision <= x.since && !is_final(job.state)))
      return false;
    x.promise.deliver(job);
    return true;
  });
}

/// A handler for `Message` that makes one step of the table and tells who
/// waits; what the table throws becomes the answer.
template <class Message, class Step>
auto step(self_ptr self, Step f) {
  return [self, f](const Message& x) -> caf::result<job_record> {
    try {
      job_record job = f(*self->state.table, x);
      notify(self, job);
      return job;
    } catch (...) {
      return error_in_flight();
    }
  };
}

template <class Message, class Result, class Query>
auto query(self_ptr self, Query f) {
  return [self, f](const Message& x) -> caf::result<Result> {
    try {
      return f(*self->state.table, x);
    } catch (...) {
      return error_in_flight();
    }
  };
}

caf::result<job_record> on_get(self_ptr self, const get_job& x) {
  try {
    auto job = self->state.table->get(x.id);
    if (job.revision > x.since || x.wait_ms <= 0 || is_final(job.state))
      return job;
  } catch (...) {
    return error_in_flight();
  }
  auto promise =
    self->make_response_promise<caf::typed_response_promise<job_record>>();
  auto number = ++self->state.last_number;
  self->state.waiters.push_back({x.id, x.since, number, promise});
  self->delayed_send(self, std::chrono::milliseconds{x.wait_ms},
                     wait_over{number});
  return promise;
}

void on_wait_over(self_ptr self, wait_over x) {
  std::erase_if(self->state.waiters, [&](auto& w) {
    if (w.number != x.number)
      return false;
    w.promise.deliver(self->state.table->get(w.id));
    return true;
  });
}

std::vector<job_record> unfinished(job_table& table) {
  auto jobs = table.list();
  std::erase_if(jobs, [](auto& x) { return is_final(x.state); });
  return jobs;
}

job_counts counts_of(const job_table& table) {
  return {table.count(job_state::queued), table.count(job_state::running),
          table.count(job_state::succeeded), table.count(job_state::failed),
          table.count(job_state::cancelled)};
}

} // namespace

/// Those who wait must not wait for ever.
state_data::~state_data() {
  for (auto& x : waiters)
    x.promise.deliver(make_role_error(
      role_errc::unavailable, "the controller is restarting; try again"));
}

caf::behavior state_actor(self_ptr self,
                          std::shared_ptr<meta_store> store,
                          size_t keep_jobs) {
  self->state.store = std::move(store);
  self->state.table =
    std::make_unique<job_table>(*self->state.store, std::nullopt, keep_jobs);
  self->state.table->recover();
  return {
    step<create_job>(self,
                     [](auto& t, auto& x) {
                       return t.create(x.spec, x.epochs, x.steps, now_ms());
                     }),
    step<create_verification>(
      self,
      [](auto& t, auto& x) { return t.create_verification(x.of, now_ms()); }),
    [self](const get_job& x) { return on_get(self, x); },
    [self](wait_over x) { on_wait_over(self, x); },
    query<list_jobs, std::vector<job_record>>(
      self, [](auto& t, auto&) { return t.list(); }),
    query<count_jobs, job_counts>(self,
                                  [](auto& t, auto&) { return counts_of(t); }),
    query<list_unfinished_jobs, std::vector<job_record>>(
      self, [](auto& t, auto&) { return unfinished(t); }),
    step<start_job>(self,
                    [](auto& t, auto& x) {
                      auto job = t.get(x.id);
                      return job.state == job_state::running
                               ? job
                               : t.start(x.id, now_ms());
                    }),
    step<requeue_job>(self, [](auto& t, auto& x) { return t.requeue(x.id); }),
    step<progress_job>(
      self, [](auto& t, auto& x) { return t.progress(x.id, x.progress); }),
    step<checkpoint_job>(
      self, [](auto& t, auto& x) { return t.checkpoint(x.id, x.checkpoint); }),
    step<count_death>(self,
                      [](auto& t, auto& x) { return t.worker_died(x.id); }),
    step<finish_job>(
      self,
      [](auto& t, auto& x) { return t.finish(x.id, x.result, now_ms()); }),
    step<fail_job>(
      self, [](auto& t, auto& x) { return t.fail(x.id, x.error, now_ms()); }),
    step<cancel_job>(self,
                     [](auto& t, auto& x) { return t.cancel(x.id, now_ms()); }),
    query<get_model, model_record>(
      self, [](auto& t, auto& x) { return t.model(x.name); }),
    query<add_model, model_record>(self,
                                   [](auto& t, auto& x) {
                                     auto model = x.model;
                                     model.created_ms = now_ms();
                                     return t.add_model(std::move(model));
                                   }),
    query<list_models, std::vector<model_record>>(
      self, [](auto& t, auto&) { return t.models(); }),
  };
}

} // namespace roles
