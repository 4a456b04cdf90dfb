#include <models/core/error.hpp>
#include <models/kinds/kind.hpp>
#include <roles/compute/job_run.hpp>
#include <roles/controller/intake.hpp>
#include <roles/controller/state.hpp>
#include <roles/controller/versioned.hpp>
#include <roles/core/error.hpp>

#include <cmath>
#include <stdexcept>

namespace roles {

namespace {

using nlohmann::json;
using self_ptr = caf::stateful_actor<intake_state>*;

constexpr uint64_t max_model_bytes = uint64_t{4} << 30;
constexpr size_t max_metrics = size_t{64} << 10;

const job_kind& kind_of(const json& body) {
  auto i = body.find("kind");
  auto name = i != body.end() && i->is_string() ? i->get<std::string>() : "";
  auto* kind = find_job_kind(name);
  if (!kind)
    throw std::invalid_argument{"kind: no job kind '" + name
                                + "'; there are: " + list_of_job_kinds()};
  return *kind;
}

json params_of(const json& body, const job_kind& kind) {
  auto params = body.value("params", json::object());
  auto problems = models::check(kind.parameters, params);
  std::string text;
  for (auto& x : problems)
    text += (text.empty() ? "" : "; ") + x;
  if (!text.empty())
    throw std::invalid_argument{text};
  return models::complete(kind.parameters, params);
}

submit_job check(const intake_links& links, const json& body) {
  for (auto& [name, value] : body.items())
    if (name != "kind" && name != "name" && name != "data" && name != "params")
      throw std::invalid_argument{name + ": unknown field"};
  auto& kind = kind_of(body);
  submit_job job;
  job.spec.kind = kind.name;
  if (auto i = body.find("name"); i != body.end() && !i->is_null()) {
    if (!i->is_string())
      throw std::invalid_argument{"name: expected a text"};
    job.spec.name = i->get<std::string>();
    if (!job.spec.name.empty())
      check_name(job.spec.name);
  }
  job.spec.params = params_of(body, kind);
  auto request =
    parse_data(body.value("data", json::object()), *links.names, *links.store);
  job.spec.data = to_json(request);
  auto data = load_data(request, *links.store, need_of(kind, job.spec.params));
  auto size = kind.plan({input_of(request, data, job.spec.params)});
  job.epochs = size.epochs;
  job.steps = size.steps;
  return job;
}

// -- models from elsewhere ----------------------------------------------------

void check_finite(const models::model_file& file, const std::string& path) {
  for (auto& [name, tensor] : file.tensors)
    if (tensor.type == models::dtype::f32)
      for (auto x : tensor.f32())
        if (!std::isfinite(x))
          throw models::data_error{path + ": tensor " + name
                                   + " holds a value that is not finite"};
}

/// Whether its parts fit each other: it could answer.
void check_use(const models::model_file& file, const std::string& path) {
  auto predictor = models::kind_of(file).load(file);
  auto pipeline = models::pipeline_from_json(file.pipeline);
  if (predictor->inputs() != pipeline.inputs()
      || predictor->outputs() != file.classes.size())
    throw models::data_error{
      path + ": the network has " + std::to_string(predictor->inputs())
      + " inputs and " + std::to_string(predictor->outputs())
      + " outputs, its pipeline makes " + std::to_string(pipeline.inputs())
      + ", and it names " + std::to_string(file.classes.size()) + " outputs"};
}

model_record check(const intake_links& links, const import_request& x) {
  auto text = [&](const char* name) {
    auto i = x.body.find(name);
    if (i == x.body.end())
      return std::string{};
    if (!i->is_string())
      throw std::invalid_argument{std::string{name} + ": expected a text"};
    return i->get<std::string>();
  };
  for (auto& [name, value] : x.body.items())
    if (name != "blob" && name != "path")
      throw std::invalid_argument{name + ": unknown field"};
  check_name(x.name);
  model_record model;
  model.name = x.name;
  model.blob = text("blob");
  auto path = text("path").empty() ? "model " + model.blob : text("path");
  auto bytes = read_blob(*links.store, model.blob, max_model_bytes);
  auto file = models::read_model(bytes, "", path);
  check_finite(file, path);
  try {
    check_use(file, path);
  } catch (const std::invalid_argument& e) {
    throw models::data_error{path + ": " + e.what()};
  }
  model.kind = file.kind;
  model.bytes = bytes.size();
  model.weights_sha256 = models::weights_sha256(file.tensors);
  model.metrics = bounded_metrics(json::parse(file.metrics), max_metrics);
  model.inputs =
    static_cast<int64_t>(models::pipeline_from_json(file.pipeline).inputs());
  model.classes = file.classes;
  return model;
}

/// Answers by asking `whom`; `order()` makes the order, and what it throws is
/// the answer.
template <class Result, class Order>
caf::result<Result> after(self_ptr self, const handle_ptr& whom, Order order) {
  decltype(order()) checked;
  try { // before there is a promise: with one, only it can answer
    checked = order();
  } catch (...) {
    return error_in_flight();
  }
  auto next = whom->get();
  if (!next)
    return make_role_error(role_errc::unavailable,
                           "the controller is starting; try again");
  auto promise =
    self->make_response_promise<caf::typed_response_promise<Result>>();
  promise.delegate(next, std::move(checked));
  return promise;
}

} // namespace

caf::behavior intake_actor(self_ptr self, intake_links links) {
  self->state.links = std::move(links);
  return {
    [self](const submit_request& x) {
      auto& own = self->state.links;
      return after<job_record>(self, own.scheduler,
                               [&] { return check(own, x.body); });
    },
    [self](const import_request& x) {
      auto& own = self->state.links;
      return after<model_record>(self, own.state,
                                 [&] { return add_model{check(own, x)}; });
    },
  };
}

} // namespace roles
