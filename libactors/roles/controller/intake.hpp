#pragma once

#include <models/core/parameters.hpp>
#include <roles/compute/job_data.hpp>
#include <roles/controller/scheduler.hpp>

#include <caf/all.hpp>

#include <nlohmann/json.hpp>

/// `controller/intake`: checks a job before it is queued, parameters first,
/// then the whole data file; so a refused job leaves no record. Likewise model
/// files from elsewhere. Reading takes long, hence a thread of its own.
namespace roles {

/// Body of `POST /api/v1/jobs`; answered by the `job_record` once it is
/// durable, `bad_request` or `bad_content`.
struct submit_request {
  nlohmann::json body;
};

/// Publishes an uploaded model file under a name, checking all of it. Body:
/// `{blob, path?}`. Answered by the `model_record`, `bad_request` or
/// `bad_content`.
struct import_request {
  std::string name;
  nlohmann::json body;
};

struct intake_links {
  handle_ptr scheduler;
  handle_ptr state;
  std::shared_ptr<chunk_store> store;
  std::shared_ptr<name_table> names;
};

struct intake_state {
  intake_links links;
};

caf::behavior intake_actor(caf::stateful_actor<intake_state>* self,
                           intake_links links);

} // namespace roles

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::submit_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(roles::import_request)
