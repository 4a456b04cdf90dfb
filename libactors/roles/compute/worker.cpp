#include <actors/supervision/child.hpp>
#include <roles/compute/worker.hpp>
#include <roles/core/error.hpp>

#include <cstring>

namespace roles {

namespace {

using self_ptr = caf::stateful_actor<worker_state>*;
using go_on = caf::atom_constant<caf::atom("go_on")>;

constexpr auto slice = std::chrono::milliseconds{2};
constexpr auto attach_within = std::chrono::milliseconds{5000};
constexpr size_t models_kept = 8;

// -- training -----------------------------------------------------------------

/// Ends the work on the current training and tells who ordered it.
void leave(self_ptr self) {
  auto& st = self->state;
  if (!st.worker)
    return;
  auto tasks = st.worker->tasks();
  st.worker.reset();
  st.segment.reset();
  st.promise.deliver(work_report{st.segment_id, tasks});
}

caf::result<work_report> on_work(self_ptr self, const work_order& order) {
  auto& st = self->state;
  leave(self);
  auto segment = st.memory->attach(order.segment, attach_within);
  if (!segment)
    return std::move(segment.error());
  try {
    st.worker =
      models::make_worker(std::span{(*segment)->data(), (*segment)->size()},
                          static_cast<uint8_t>(order.owner));
  } catch (...) {
    return error_in_flight();
  }
  st.segment = *segment;
  st.segment_id = order.segment;
  st.promise =
    self->make_response_promise<caf::typed_response_promise<work_report>>();
  self->send(self, go_on::value);
  return st.promise;
}

/// Computes for one slice, then looks at the mailbox again.
void work(self_ptr self) {
  auto& st = self->state;
  if (!st.worker)
    return;
  auto policy =
    st.may_wait ? models::wait_policy{} : models::wait_policy::none();
  switch (st.worker->run(slice, policy)) {
  case models::worker_status::working:
    self->send(self, go_on::value);
    break;
  case models::worker_status::waiting:
    if (st.may_wait)
      self->send(self, go_on::value);
    else
      self->delayed_send(self, std::chrono::microseconds{200}, go_on::value);
    break;
  case models::worker_status::finished:
  case models::worker_status::aborted:
    leave(self);
    break;
  }
}

// -- prediction ---------------------------------------------------------------

std::unique_ptr<loaded_model> parse(const std::string& sha256,
                                    std::string_view bytes) {
  auto file = models::read_model(bytes, "", sha256);
  return std::make_unique<loaded_model>(
    loaded_model{sha256, models::kind_of(file).load(file)});
}

loaded_model* find_model(worker_state& st, const std::string& sha256) {
  for (auto& x : st.models)
    if (x->sha256 == sha256)
      return x.get();
  return nullptr;
}

caf::result<void> on_load(self_ptr self, const load_order& order) {
  auto& st = self->state;
  if (find_model(st, order.model)) // somebody brought it meanwhile
    return caf::unit;
  auto segment = st.memory->attach(order.segment, attach_within);
  if (!segment)
    return std::move(segment.error());
  if (order.bytes > (*segment)->size())
    return make_role_error(role_errc::failed, "the model's segment is short");
  try {
    std::string_view bytes{reinterpret_cast<const char*>((*segment)->data()),
                           order.bytes};
    st.models.push_front(parse(order.model, bytes));
  } catch (...) {
    return error_in_flight();
  }
  if (st.models.size() > models_kept)
    st.models.pop_back();
  return caf::unit;
}

caf::result<infer_report> on_infer(self_ptr self, const infer_order& order) {
  auto* model = find_model(self->state, order.model);
  if (!model)
    return make_role_error(role_errc::need_model, order.model);
  auto& predictor = *model->predictor;
  auto floats = size_t{order.rows} * predictor.inputs();
  if (order.rows == 0 || order.features.size() != floats * sizeof(float))
    return make_role_error(role_errc::bad_content,
                           "the model takes rows of "
                             + std::to_string(predictor.inputs()) + " numbers");
  std::vector<float> features(floats);
  std::memcpy(features.data(), order.features.data(), order.features.size());
  std::vector<float> outputs(order.rows * predictor.outputs());
  try {
    predictor.predict(features, order.rows, outputs);
  } catch (...) {
    return error_in_flight();
  }
  infer_report report;
  report.outputs = static_cast<uint32_t>(predictor.outputs());
  report.values.assign(reinterpret_cast<const char*>(outputs.data()),
                       outputs.size() * sizeof(float));
  return report;
}

} // namespace

caf::behavior compute_worker(self_ptr self,
                             std::shared_ptr<actors::segment_source> memory,
                             bool may_wait) {
  self->state.memory = std::move(memory);
  self->state.may_wait = may_wait;
  return {
    [self](const work_order& x) { return on_work(self, x); },
    [self](const leave_order& x) {
      if (self->state.segment_id == x.segment)
        leave(self);
    },
    [self](go_on) { work(self); },
    [self](const load_order& x) { return on_load(self, x); },
    [self](const infer_order& x) { return on_infer(self, x); },
  };
}

actors::child_spec worker_child(size_t n, const worker_settings& settings) {
  auto id = "worker-" + std::to_string(n);
  actors::child_spec spec;
  if (settings.runs_on != actors::carrier::process)
    spec = actors::actor_child(
      id, compute_worker,
      std::shared_ptr<actors::segment_source>{actors::local_segments()},
      settings.runs_on == actors::carrier::thread);
  else
    spec.process = [limits = settings.limits](const actors::start_context&) {
      actors::process_child_spec process;
      process.type = worker_type;
      process.limits = limits;
      return process;
    };
  spec.id = id;
  spec.runs_on = settings.runs_on;
  spec.liveness = settings.liveness;
  return spec;
}

void add_compute_types(caf::actor_system_config& cfg) {
  cfg.add_message_types<caf::id_block::lepton_compute>();
}

} // namespace roles
