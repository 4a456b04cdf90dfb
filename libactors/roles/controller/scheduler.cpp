#include <actors/supervision/child.hpp>
#include <actors/supervision/messages.hpp>
#include <roles/controller/scheduler.hpp>

#include <algorithm>
#include <chrono>

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<scheduler_state>*;
using record_promise = caf::typed_response_promise<job_record>;
using recover_now = caf::atom_constant<caf::atom("recover")>;

constexpr size_t max_workers = 255; // of one run: owners are numbers of a byte
constexpr auto patience = std::chrono::seconds{30};
constexpr auto retry_after = std::chrono::milliseconds{20};

void carry_out(self_ptr self, const std::vector<scheduler_action>& actions);

size_t workers_wanted(const job_record& job) {
  return std::min<size_t>(job.spec.params.value("shards", size_t{8}),
                          max_workers);
}

/// Tells the state something that needs no answer but must not go wrong
/// unseen; the record is then as it was.
template <class Message>
void tell_state(self_ptr self, Message message) {
  self->request(self->state.links.state->get(), patience, std::move(message))
    .then([](const job_record&) {}, [](const caf::error&) {});
}

// -- jobs ---------------------------------------------------------------------

void end_job(self_ptr self, const std::string& job) {
  auto& st = self->state;
  st.trainers.erase(job);
  std::erase_if(st.watch, [&](auto& x) { return x.second == job; });
  // A temporary child: its specification goes with it.
  caf::anon_send(st.links.jobs->get(),
                 actors::child_request{actors::child_verb::terminate, job});
  carry_out(self, st.core.ended(job));
}

void fail(self_ptr self, const std::string& job, const std::string& why) {
  tell_state(self, fail_job{job, why});
  end_job(self, job);
}

/// What the supervisor of the jobs said to the start of a trainer.
void on_start(self_ptr self,
              const action::admit& x,
              const actors::child_reply& reply) {
  using actors::op_result;
  switch (reply.result) {
  case op_result::ok:
    self->monitor(reply.child.handle);
    self->state.watch.emplace(reply.child.handle.address(), x.job);
    break;
  case op_result::invalid:
  case op_result::start_failed:
    fail(self, x.job,
         "cannot start: " + actors::text_of(actors::error_of(reply)));
    break;
  default: // it ends, or the trainer before is not quite gone
    self->delayed_send(self, retry_after, x);
  }
}

void perform(self_ptr self, const action::admit& x) {
  auto& st = self->state;
  if (!st.core.knows(x.job)) // cancelled meanwhile
    return;
  auto jobs = st.links.jobs->get();
  if (!jobs) { // being started: come back
    self->delayed_send(self, retry_after, x);
    return;
  }
  auto spec =
    std::make_shared<const actors::child_spec>(st.links.trainer_of(x.job));
  self->request(jobs, patience, actors::start_child_request{spec})
    .then(
      [self, x](const actors::child_reply& reply) { on_start(self, x, reply); },
      [self, x](const caf::error&) { // the supervisor is being restarted
        self->delayed_send(self, retry_after, x);
      });
}

void perform(self_ptr self, const action::grant& x) {
  auto& st = self->state;
  auto trainer = st.trainers.find(x.job);
  auto worker = st.workers.find(x.worker);
  if (trainer != st.trainers.end() && worker != st.workers.end())
    self->send(trainer->second, lend_worker{worker->second});
}

void perform(self_ptr self, const action::revoke& x) {
  auto trainer = self->state.trainers.find(x.job);
  if (trainer != self->state.trainers.end())
    self->send(trainer->second, take_back_worker{x.worker});
}

void carry_out(self_ptr self, const std::vector<scheduler_action>& actions) {
  for (auto& x : actions)
    std::visit([self](auto& y) { perform(self, y); }, x);
}

// -- inputs -------------------------------------------------------------------

void on_worker(self_ptr self, const worker_change& change) {
  auto& st = self->state;
  auto& path = change.worker.path;
  if (change.up) {
    st.workers[path] = change.worker;
    carry_out(self, st.core.worker_up(path));
    return;
  }
  auto job = st.core.job_of(path);
  st.workers.erase(path);
  if (auto i = st.trainers.find(job); i != st.trainers.end())
    self->send(i->second, lost_worker{change.worker});
  carry_out(self, st.core.worker_down(path));
}

/// Makes the record durable, answers, and puts the job in the queue.
template <class Message>
caf::result<job_record> enqueue(self_ptr self, Message create) {
  auto promise = self->make_response_promise<record_promise>();
  self->request(self->state.links.state->get(), patience, std::move(create))
    .then(
      [self, promise](const job_record& job) mutable {
        promise.deliver(job);
        carry_out(self, self->state.core.submit(job.id, workers_wanted(job)));
      },
      [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

/// The record says cancelled first; then the trainer is ended.
caf::result<job_record> on_stop(self_ptr self, const stop_job& x) {
  auto promise = self->make_response_promise<record_promise>();
  self->request(self->state.links.state->get(), patience, cancel_job{x.id})
    .then(
      [self, promise](const job_record& job) mutable {
        promise.deliver(job);
        auto i = self->state.trainers.find(job.id);
        if (i != self->state.trainers.end())
          self->send(i->second, cancel_training{});
        else
          end_job(self, job.id);
      },
      [promise](caf::error& e) mutable { promise.deliver(std::move(e)); });
  return promise;
}

void on_ready(self_ptr self, trainer_ready& x) {
  if (!self->state.core.knows(x.job)) { // cancelled while it started
    self->send(x.trainer, cancel_training{});
    return;
  }
  self->state.trainers[x.job] = std::move(x.trainer);
  carry_out(self, self->state.core.ready(x.job));
}

/// Whether the supervisor of a trainer ended because it restarted too often,
/// and not because it was ended from outside.
bool gave_up(const caf::error& reason) {
  return actors::status_of(reason).because
         == actors::exit_status::cause::gave_up;
}

/// A job's supervisor is gone without its trainer having finished.
void on_down(self_ptr self, const caf::down_msg& x) {
  auto& st = self->state;
  auto i = st.watch.find(x.source);
  if (i == st.watch.end())
    return;
  auto job = i->second;
  st.watch.erase(i);
  if (gave_up(x.reason)) {
    fail(self, job,
         "its trainer failed too often: " + actors::text_of(x.reason));
    return;
  }
  st.trainers.erase(job);
  tell_state(self, count_death{job}); // refused if it went back to the queue
  carry_out(self, st.core.trainer_lost(job));
}

void recover(self_ptr self) {
  auto state = self->state.links.state->get();
  if (!state) {
    self->delayed_send(self, retry_after, recover_now::value);
    return;
  }
  self->request(state, patience, list_unfinished_jobs{})
    .then(
      [self](const std::vector<job_record>& jobs) {
        for (auto& job : jobs)
          carry_out(self, self->state.core.submit(job.id, workers_wanted(job)));
        self->state.links.workers->subscribe(caf::actor{self});
      },
      [self](const caf::error&) {
        self->delayed_send(self, retry_after, recover_now::value);
      });
}

} // namespace

caf::behavior scheduler_actor(self_ptr self, scheduler_links links) {
  self->state.links = std::move(links);
  self->set_down_handler([self](caf::down_msg& x) { on_down(self, x); });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->send(self, recover_now::value);
  return {
    [self](recover_now) { recover(self); },
    [self](const action::admit& x) { perform(self, x); },
    [self](const worker_change& x) { on_worker(self, x); },
    [self](submit_job& x) {
      return enqueue(self, create_job{std::move(x.spec), x.epochs, x.steps});
    },
    [self](const verify_job& x) {
      return enqueue(self, create_verification{x.id});
    },
    [self](const stop_job& x) { return on_stop(self, x); },
    [self](trainer_ready& x) { on_ready(self, x); },
    [self](const trainer_done& x) { end_job(self, x.job); },
    [self](const return_worker& x) {
      carry_out(self, self->state.core.released(x.job, x.path));
    },
  };
}

} // namespace roles
