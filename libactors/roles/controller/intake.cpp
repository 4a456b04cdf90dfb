#include <models/core/error.hpp>
#include <roles/compute/job_run.hpp>
#include <roles/controller/intake.hpp>
#include <roles/controller/versioned.hpp>
#include <roles/core/error.hpp>

#include <array>
#include <stdexcept>

namespace roles {

namespace {

using nlohmann::json;
using self_ptr = caf::stateful_actor<intake_state>*;

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

} // namespace

caf::behavior intake_actor(self_ptr self, intake_links links) {
  self->state.links = std::move(links);
  return {
    [self](const submit_request& x) -> caf::result<job_record> {
      submit_job job;
      try { // before there is a promise: with one, only it can answer
        job = check(self->state.links, x.body);
      } catch (...) {
        return error_in_flight();
      }
      auto scheduler = self->state.links.scheduler->get();
      if (!scheduler)
        return make_role_error(role_errc::unavailable,
                               "the controller is starting; try again");
      using promise_type = caf::typed_response_promise<job_record>;
      auto promise = self->make_response_promise<promise_type>();
      promise.delegate(scheduler, std::move(job));
      return promise;
    },
  };
}

} // namespace roles
