#include <actors/supervision/child.hpp>
#include <actors/supervision/error.hpp>
#include <models/core/error.hpp>
#include <models/io/tensor.hpp>
#include <roles/compute/messages.hpp>
#include <roles/compute/trainer.hpp>
#include <roles/core/ask.hpp>

#include <array>

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<trainer_state>*;
using tick = caf::atom_constant<caf::atom("tick")>;
using clock = std::chrono::steady_clock;

constexpr auto watch = std::chrono::milliseconds{2};
constexpr auto progress_every = std::chrono::milliseconds{100};
constexpr uint64_t max_checkpoint = uint64_t{8} << 30;

/// Asks the state; an error ends this incarnation, its supervisor decides.
template <class Message>
job_record ask_state(self_ptr self, Message message) {
  auto record = ask<job_record>(
    self->home_system(), self->state.links.state->get(), std::move(message));
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

std::optional<models::checkpoint> last_checkpoint(trainer_state& st) {
  if (!st.job.checkpoint)
    return std::nullopt;
  auto& blob = st.job.checkpoint->blob;
  return read_checkpoint(read_blob(*st.links.store, blob, max_checkpoint),
                         "checkpoint " + blob);
}

void lay_out(self_ptr self) {
  auto& st = self->state;
  auto request = parse_data(st.job.spec.data, *st.links.names, *st.links.store);
  auto images = request.labels.has_value();
  st.training = prepare_mlp(load_table(request, *st.links.store),
                            st.job.spec.params, images);
  auto bytes =
    models::training_block::bytes(st.training.config, st.training.rows);
  auto segment = actors::shared_segment::create(bytes, "lepton-" + st.job.id);
  if (!segment)
    throw std::runtime_error{actors::text_of(segment.error())};
  st.segment = *segment;
  auto from = last_checkpoint(st);
  st.loop = std::make_unique<models::training_loop>(
    std::span{st.segment->data(), st.segment->size()}, st.training.config,
    st.training.set(), from ? &*from : nullptr);
  // The workers see the rows in the segment: no second copy here.
  st.training.data.features = {};
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

void on_lend(self_ptr self, const lend_worker& x) {
  auto& st = self->state;
  auto owner = free_owner(st);
  auto& worker = x.worker;
  st.workers[worker.path] = {worker, owner};
  if (owner == 0 || worker.memory->offer(st.segment)) {
    // Full, or the worker is about to go: the scheduler will hear of it.
    if (owner == 0)
      give_back(self, worker.path);
    return;
  }
  auto path = worker.path;
  auto incarnation = worker.incarnation;
  auto done = [self, path, incarnation] {
    auto i = self->state.workers.find(path);
    if (i != self->state.workers.end()
        && i->second.info.incarnation == incarnation)
      give_back(self, path);
  };
  self
    ->request(worker.handle, caf::infinite, work_order{st.segment->id(), owner})
    .then([done](const work_report&) { done(); },
          // It died; `lost_worker` follows when that is certain.
          [](const caf::error&) {});
}

void on_take_back(self_ptr self, const take_back_worker& x) {
  auto i = self->state.workers.find(x.path);
  if (i != self->state.workers.end())
    self->send(i->second.info.handle, leave_order{self->state.segment->id()});
}

void on_lost(self_ptr self, const lost_worker& x) {
  auto& st = self->state;
  auto i = st.workers.find(x.worker.path);
  if (i == st.workers.end()
      || i->second.info.incarnation != x.worker.incarnation)
    return;
  st.loop->release(i->second.owner);
  st.workers.erase(i);
  caf::anon_send(st.links.state->get(), count_death{st.job.id});
}

// -- training -----------------------------------------------------------------

epoch_point point_of(const models::epoch_result& x, bool validates) {
  epoch_point point;
  point.epoch = int64_t{x.epoch} + 1;
  point.loss = x.loss;
  if (validates) {
    point.val_loss = x.val_loss;
    point.val_accuracy = x.val_accuracy;
  }
  return point;
}

void tell_progress(self_ptr self, const models::epoch_result* epoch) {
  auto& st = self->state;
  auto now = clock::now();
  if (!epoch && now - st.last_progress < progress_every)
    return;
  st.last_progress = now;
  auto at = st.loop->progress();
  job_progress progress;
  progress.epoch = static_cast<int64_t>(st.loop->history().size());
  progress.step = static_cast<int64_t>(at.total);
  if (epoch)
    progress.points.push_back(
      point_of(*epoch, st.training.rows.validation > 0));
  caf::anon_send(st.links.state->get(),
                 progress_job{st.job.id, std::move(progress)});
}

void save_checkpoint(self_ptr self, const models::checkpoint& state) {
  auto& st = self->state;
  auto bytes = write_checkpoint(state);
  auto writer = st.links.store->begin_blob();
  writer.append(std::string_view{bytes});
  auto blob = writer.finish(); // pinned until the record refers to it
  ask_state(self, checkpoint_job{st.job.id,
                                 {blob.sha256, static_cast<int64_t>(state.step),
                                  static_cast<int64_t>(state.history.size())}});
}

void fail_training(self_ptr self, const std::string& why) {
  ask_state(self, fail_job{self->state.job.id, why});
  self->state.loop->abort();
  retire(self);
}

models::part judged_part(const trainer_state& st) {
  return st.training.rows.test > 0 ? models::part::test : models::part::train;
}

/// A span is done: save, go on, or judge the result.
void on_span(self_ptr self) {
  auto& st = self->state;
  auto report = st.loop->span_done();
  if (report.diverged_at > 0) {
    fail_training(self, "diverged at step " + std::to_string(report.diverged_at)
                          + ": the loss is not a finite number; try a smaller "
                            "--lr or scaled features");
    return;
  }
  std::optional<models::checkpoint> state;
  if (report.checkpoint_due)
    state = st.loop->save();
  if (report.epoch)
    tell_progress(self, &*report.epoch);
  if (!st.loop->next_span()) {
    st.evaluating = true;
    st.loop->begin_evaluation(judged_part(st));
  }
  if (state) // while the workers compute the next span
    save_checkpoint(self, *state);
}

models::model_file model_of(const trainer_state& st,
                            const nlohmann::json& metrics) {
  auto& net = st.training.config.net;
  models::mlp_params params;
  params.layers.push_back(net.inputs);
  params.layers.insert(params.layers.end(), net.hidden.begin(),
                       net.hidden.end());
  params.layers.push_back(net.outputs);
  params.activation = st.job.spec.params.value("activation", "relu");
  models::model_file file;
  file.kind = "mlp";
  file.params = models::to_json(params);
  file.classes = st.training.data.classes;
  file.pipeline = models::to_json(st.training.pipeline);
  file.seed = st.training.config.seed;
  file.metrics = metrics.dump();
  file.data_sha256 = st.job.spec.data.value("blob", "");
  file.tensors = tensors_of(st.loop->layout(), st.loop->best());
  return file;
}

void publish(self_ptr self) {
  auto& st = self->state;
  auto result = st.loop->evaluation();
  auto on = judged_part(st) == models::part::test ? "test" : "train";
  auto metrics =
    metrics_json(report_of(result.labels, result.predicted,
                           st.training.data.classes.size(), result.loss),
                 on);
  auto model = model_of(st, metrics);
  auto bytes = models::write_model(model);
  auto writer = st.links.store->begin_blob();
  writer.append(std::string_view{bytes});
  auto blob = writer.finish();
  job_result outcome;
  outcome.metrics = std::move(metrics);
  outcome.weights_sha256 = models::weights_sha256(model.tensors);
  outcome.blob = blob.sha256;
  outcome.bytes = blob.bytes;
  outcome.inputs = static_cast<int64_t>(st.training.pipeline.inputs());
  outcome.classes = model.classes;
  ask_state(self, finish_job{st.job.id, std::move(outcome)});
  st.loop->finish();
  retire(self);
}

void on_tick(self_ptr self) {
  auto& st = self->state;
  if (st.over)
    return;
  if (st.loop->wait(watch)) {
    if (st.evaluating)
      publish(self);
    else
      on_span(self);
  }
  if (st.over)
    return;
  tell_progress(self, nullptr);
  self->send(self, tick::value);
}

void on_exit(self_ptr self, caf::exit_msg& x) {
  auto& st = self->state;
  if (x.reason == actors::sup_errc::injected)
    throw std::runtime_error{actors::text_of(x.reason)};
  if (x.reason == caf::exit_reason::user_shutdown && !st.over)
    caf::anon_send(st.links.state->get(), requeue_job{st.job.id});
  self->quit(x.reason);
}

} // namespace

trainer_state::~trainer_state() {
  // Whatever ended us: nobody shall compute for a training that nobody reads.
  if (loop)
    loop->abort();
}

caf::behavior trainer_actor(self_ptr self,
                            trainer_links links,
                            std::string job,
                            uint64_t incarnation) {
  auto& st = self->state;
  self->set_exit_handler([self](caf::exit_msg& x) { on_exit(self, x); });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  st.links = std::move(links);
  st.job.id = job;
  st.job = ask_state(self, get_job{job});
  if (is_final(st.job.state)) {
    retire(self);
    return {[](tick) {}};
  }
  if (incarnation > 1 && st.job.state == job_state::running)
    ask_state(self, count_death{job});
  try {
    lay_out(self);
  } catch (const models::data_error& e) {
    ask_state(self, fail_job{job, e.what()});
    retire(self);
    return {[](tick) {}};
  }
  st.job = ask_state(self, start_job{job});
  st.loop->next_span();
  self->send(st.links.scheduler->get(), trainer_ready{job, caf::actor{self}});
  self->send(self, tick::value);
  return {
    [self](tick) { on_tick(self); },
    [self](const lend_worker& x) { on_lend(self, x); },
    [self](const take_back_worker& x) { on_take_back(self, x); },
    [self](const lost_worker& x) { on_lost(self, x); },
    [self](cancel_training) {
      self->state.loop->abort();
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
