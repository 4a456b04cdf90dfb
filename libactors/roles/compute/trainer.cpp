#include <actors/supervision/child.hpp>
#include <actors/supervision/error.hpp>
#include <models/core/error.hpp>
#include <roles/compute/messages.hpp>
#include <roles/compute/trainer.hpp>
#include <roles/core/ask.hpp>
#include <roles/storage/messages.hpp>

#include <array>

namespace roles {

/// A lent worker did not begin to work.
struct refused_work {
  worker_info worker;
};

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::refused_work)

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<trainer_state>*;
using tick = caf::atom_constant<caf::atom("tick")>;
using clock = std::chrono::steady_clock;

constexpr auto watch = std::chrono::milliseconds{2};
constexpr auto progress_every = std::chrono::milliseconds{100};
const caf::duration requeue_within{std::chrono::seconds{2}};
constexpr auto cut_within = std::chrono::seconds{2};
constexpr auto pause_after_refusal = std::chrono::milliseconds{100};
constexpr uint64_t collect_from = uint64_t{64} << 20;
constexpr uint64_t max_checkpoint = uint64_t{8} << 30;

/// The job's record is final: somebody has cancelled it.
struct record_is_final {};

/// Asks the state; an error ends this incarnation, its supervisor decides.
/// @throws record_is_final
template <class Message>
job_record ask_state(self_ptr self, Message message) {
  auto record = ask<job_record>(
    self->home_system(), self->state.links.state->get(), std::move(message));
  if (!record && record.error() == role_errc::conflict)
    throw record_is_final{};
  if (!record)
    throw std::runtime_error{"the state does not answer: "
                             + actors::text_of(record.error())};
  return std::move(*record);
}

/// Ends well: the record is final.
void retire(self_ptr self) {
  self->state.over = true;
  self->send(self->state.links.scheduler->get(),
             trainer_done{self->state.job.id});
  self->quit();
}

// -- beginning ----------------------------------------------------------------

/// Shared memory that the state keeps.
std::span<std::byte> make_memory(trainer_state& st, size_t bytes) {
  auto segment = actors::shared_segment::create(bytes, "lepton-" + st.job.id);
  if (!segment)
    throw std::runtime_error{actors::text_of(segment.error())};
  st.segment = *segment;
  return {st.segment->data(), st.segment->size()};
}

std::unique_ptr<job_run> begin(trainer_state& st,
                               const job_kind& kind,
                               const models::kind_input& input,
                               std::string checkpoint) {
  return kind.begin({input, std::move(checkpoint)},
                    [&st](size_t bytes) { return make_memory(st, bytes); });
}

/// From the last checkpoint; from the beginning if that cannot be used, which
/// leads to the same bits.
void lay_out(self_ptr self) {
  auto& st = self->state;
  auto* kind = find_job_kind(st.job.spec.kind);
  if (!kind)
    throw models::data_error{"this version has no job kind '" + st.job.spec.kind
                             + "'"};
  auto request = parse_data(st.job.spec.data, *st.links.names, *st.links.store);
  auto data =
    load_data(request, *st.links.store, need_of(*kind, st.job.spec.params));
  auto input = input_of(request, data, st.job.spec.params);
  if (auto& from = st.job.checkpoint) {
    try {
      st.run = begin(st, *kind, input,
                     read_blob(*st.links.store, from->blob, max_checkpoint));
      return;
    } catch (const std::exception& e) {
      st.links.report(
        st.job.id + ": begins anew, its checkpoint is of no use: " + e.what());
    }
  }
  st.run = begin(st, *kind, input, {});
}

// -- workers ------------------------------------------------------------------

uint8_t free_owner(const trainer_state& st) {
  std::array<bool, 256> used{};
  for (auto& [path, worker] : st.workers)
    used[worker.owner] = true;
  for (size_t i = 1; i < used.size(); ++i)
    if (!used[i])
      return static_cast<uint8_t>(i);
  return 0;
}

void give_back(self_ptr self, const std::string& path) {
  if (self->state.workers.erase(path) > 0)
    self->send(self->state.links.scheduler->get(),
               return_worker{self->state.job.id, path});
}

/// An error of a worker that lives: it could not attach. It claimed nothing.
bool is_refusal(const caf::error& why) {
  return why.category() == caf::atom("process")
         || why.category() == caf::atom("role");
}

/// The worker did not take the order. It may be about to go, then it will be
/// reported lost; else somebody may try again in a moment.
void refused(self_ptr self, const worker_info& worker) {
  self->delayed_send(self, pause_after_refusal, refused_work{worker});
}

bool is_lent(const trainer_state& st, const worker_info& worker) {
  auto i = st.workers.find(worker.path);
  return i != st.workers.end() && i->second.info.current == worker.current;
}

void on_lend(self_ptr self, const lend_worker& x) {
  auto& st = self->state;
  auto& worker = x.worker;
  auto owner = free_owner(st);
  st.workers[worker.path] = {worker, owner};
  if (owner == 0) { // full
    give_back(self, worker.path);
    return;
  }
  if (worker.memory->offer(st.segment)) {
    refused(self, worker);
    return;
  }
  // To this incarnation: the next one must not work under this one's claims.
  self
    ->request(worker.current, caf::infinite,
              work_order{st.segment->id(), owner})
    .then(
      [self, worker](const work_report&) {
        if (is_lent(self->state, worker))
          give_back(self, worker.path);
      },
      [self, worker](const caf::error& why) {
        if (is_refusal(why)) // else it died; `lost_worker` follows
          refused(self, worker);
      });
}

void on_take_back(self_ptr self, const take_back_worker& x) {
  auto i = self->state.workers.find(x.path);
  if (i != self->state.workers.end())
    self->send(i->second.info.current, leave_order{self->state.segment->id()});
}

void on_lost(self_ptr self, const lost_worker& x) {
  auto& st = self->state;
  auto i = st.workers.find(x.worker.path);
  if (i == st.workers.end() || !is_lent(st, x.worker))
    return;
  st.run->release(i->second.owner);
  st.workers.erase(i);
  caf::anon_send(st.links.state->get(), count_death{st.job.id});
}

// -- training -----------------------------------------------------------------

void tell_progress(self_ptr self, std::vector<epoch_point> points = {}) {
  auto& st = self->state;
  auto now = clock::now();
  if (points.empty() && now - st.last_progress < progress_every)
    return;
  st.last_progress = now;
  auto progress = st.run->progress();
  progress.points = std::move(points);
  caf::anon_send(st.links.state->get(),
                 progress_job{st.job.id, std::move(progress)});
}

stored_blob store_blob(self_ptr self, std::string_view bytes) {
  auto writer = self->state.links.store->begin_blob();
  writer.append(bytes);
  return writer.finish(); // pinned until a record refers to it
}

/// The record refers to this checkpoint no more. Many of a large model would
/// fill the disk long before the next sweep, so one is asked for.
void forsake(self_ptr self, const std::optional<job_checkpoint>& old) {
  auto& st = self->state;
  if (!old)
    return;
  st.links.store->forsake(old->blob);
  st.forsaken_bytes += st.checkpoint_bytes;
  if (st.forsaken_bytes >= collect_from) {
    st.forsaken_bytes = 0;
    caf::anon_send(st.links.storage->get(), collect_blobs{});
  }
}

void save_checkpoint(self_ptr self,
                     const std::string& bytes,
                     const job_progress& at) {
  auto& st = self->state;
  try {
    auto blob = store_blob(self, bytes);
    job_checkpoint next{blob.sha256, at.step, at.epoch};
    ask_state(self, checkpoint_job{st.job.id, next});
    if (!st.job.checkpoint || st.job.checkpoint->blob != next.blob)
      forsake(self, st.job.checkpoint);
    st.job.checkpoint = std::move(next);
    st.checkpoint_bytes = blob.bytes;
  } catch (const storage_error& e) { // a full disk: the next one may fit
    st.links.report(st.job.id + ": no checkpoint: " + e.what());
  }
}

/// Lets the workers go on: the next span, or the judgement of the result.
void open_work(trainer_state& st) {
  if (!st.run->next_span()) {
    st.judging = true;
    st.run->begin_judgement();
  }
}

/// A span is done: save, go on.
void on_span(self_ptr self) {
  auto& st = self->state;
  auto done = st.run->span_done();
  if (done.failed) {
    ask_state(self, fail_job{st.job.id, *done.failed});
    retire(self);
    return;
  }
  auto at = st.run->progress();
  auto state = done.checkpoint_due ? st.run->save() : std::string{};
  if (!done.points.empty())
    tell_progress(self, std::move(done.points));
  open_work(st);
  if (!state.empty()) // while the workers compute the next span
    save_checkpoint(self, state, at);
}

void publish(self_ptr self) {
  auto& st = self->state;
  auto result = st.run->result();
  stored_blob blob; // a replay publishes nothing: nobody would refer to it
  if (st.job.spec.of.empty())
    blob = store_blob(self, result.model);
  result.record.blob = blob.sha256;
  result.record.bytes = blob.bytes;
  ask_state(self, finish_job{st.job.id, std::move(result.record)});
  forsake(self, st.job.checkpoint);
  retire(self);
}

void advance(self_ptr self) {
  auto& st = self->state;
  if (st.run->wait(watch)) {
    if (st.judging)
      publish(self);
    else
      on_span(self);
  }
  if (st.over)
    return;
  tell_progress(self);
  self->send(self, tick::value);
}

void on_tick(self_ptr self) {
  if (self->state.over)
    return;
  try {
    advance(self);
  } catch (const record_is_final&) {
    self->state.run.reset();
    retire(self);
  }
}

/// Whether the workers, who are stopped after the trainers, came to an end of
/// their span. A bell that a cut makes silent is why it looks again and again.
bool span_ended(job_run& run) {
  for (auto until = clock::now() + cut_within; clock::now() < until;)
    if (run.wait(watch))
      return true;
  return false;
}

/// The steps since the last checkpoint need not be repeated after the start.
void save_on_leaving(self_ptr self) {
  auto& st = self->state;
  if (!st.run)
    return;
  if (!st.judging) {
    st.run->cut();
    if (!span_ended(*st.run))
      return;
    auto done = st.run->span_done();
    if (done.failed) // will be found again
      return;
    tell_progress(self, std::move(done.points));
  }
  save_checkpoint(self, st.run->save(), st.run->progress());
}

/// Waits for the state, who is stopped next, and an exit overtakes messages.
void leave(self_ptr self) {
  auto& st = self->state;
  try {
    save_on_leaving(self);
  } catch (const record_is_final&) {
    return;
  } catch (const std::exception& e) {
    st.links.report(st.job.id + ": no checkpoint on leaving: " + e.what());
  }
  ask<job_record>(self->home_system(), st.links.state->get(),
                  requeue_job{st.job.id}, requeue_within);
}

void on_exit(self_ptr self, caf::exit_msg& x) {
  actors::take_injected_fault(x.reason);
  if (x.reason == caf::exit_reason::user_shutdown && !self->state.over)
    leave(self);
  self->quit(x.reason);
}

/// Reads the record and lays the run out. @returns false if the job is over
bool open(self_ptr self, uint64_t incarnation) {
  auto& st = self->state;
  try {
    st.job = ask_state(self, get_job{st.job.id});
    if (is_final(st.job.state))
      return false;
    if (incarnation > 1 && st.job.state == job_state::running)
      ask_state(self, count_death{st.job.id});
    lay_out(self);
    st.job = ask_state(self, start_job{st.job.id});
    return true;
  } catch (const record_is_final&) {
  } catch (const models::data_error& e) {
    ask_state(self, fail_job{st.job.id, e.what()});
  } catch (const storage_error& e) {
    ask_state(self, fail_job{st.job.id, e.what()});
  } catch (const std::invalid_argument& e) {
    ask_state(self, fail_job{st.job.id, e.what()});
  }
  return false;
}

} // namespace

caf::behavior trainer_actor(self_ptr self,
                            trainer_links links,
                            std::string job,
                            uint64_t incarnation) {
  auto& st = self->state;
  self->set_exit_handler([self](caf::exit_msg& x) { on_exit(self, x); });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  st.links = std::move(links);
  st.job.id = job;
  if (!open(self, incarnation)) {
    retire(self);
    return {[](tick) {}};
  }
  open_work(st); // after the checkpoint of the last step there is no span left
  self->send(st.links.scheduler->get(), trainer_ready{job, caf::actor{self}});
  self->send(self, tick::value);
  return {
    [self](tick) { on_tick(self); },
    [self](const lend_worker& x) { on_lend(self, x); },
    [self](const take_back_worker& x) { on_take_back(self, x); },
    [self](const lost_worker& x) { on_lost(self, x); },
    [self](const refused_work& x) {
      if (is_lent(self->state, x.worker))
        give_back(self, x.worker.path);
    },
    [self](cancel_training) {
      self->state.run.reset();
      retire(self);
    },
  };
}

actors::child_spec trainer_child(const trainer_links& links,
                                 const std::string& job) {
  actors::child_spec trainer;
  trainer.id = "trainer";
  trainer.when = actors::restart::transient;
  trainer.runs_on = actors::carrier::thread;
  trainer.delay = {std::chrono::milliseconds{100}, std::chrono::seconds{5}};
  trainer.start = [links, job](actors::start_context& ctx) -> caf::actor {
    ctx.acknowledges = true;
    return ctx.system.spawn<caf::detached>(
      [links, job, ack = ctx.ack,
       incarnation = ctx.incarnation](self_ptr self) -> caf::behavior {
        actors::prepare_child(self);
        ack.started(); // reading the data may take long
        return trainer_actor(self, links, job, incarnation);
      });
  };
  actors::supervisor_spec spec;
  spec.max_restarts = 10;
  spec.within = std::chrono::minutes{1};
  spec.children.push_back(std::move(trainer));
  auto child = actors::supervisor_child(job, std::move(spec));
  child.when = actors::restart::temporary;
  return child;
}

} // namespace roles
