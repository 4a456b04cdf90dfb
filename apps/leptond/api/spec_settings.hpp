#pragma once

#include <actors/supervision/changes.hpp>
#include <actors/supervision/dynamic.hpp>

#include <nlohmann/json.hpp>

/// Specifications as people read and change them: the words that `lepton child
/// spec` and `lepton child replace` use, which are those of the configuration
/// where it has them. OTP's `shutdown`, `intensity` and `period` are
/// understood as well. Pure.
namespace leptond::api {

/// What is to be changed. A call changes either how a child is kept by the
/// supervisor above it, or how a supervisor keeps its own children.
struct wanted_changes {
  actors::child_changes child;
  actors::supervisor_changes supervisor;
  bool of_supervisor = false;
};

/// @param set `{"restart": "transient", "grace": "5s"}`; values are texts,
///   numbers or booleans
/// @throws http::http_error 400 that names the key, and what it takes or the
///   nearest one
wanted_changes read_changes(const nlohmann::json& set);

/// `{"restart": "permanent", "grace": "5s", ...}`
nlohmann::json settings_json(const actors::child_policy& x);

/// `{"strategy": "one_for_one", "max_restarts": 1, ...}`
nlohmann::json settings_json(const actors::supervisor_policy& x);

/// The same with `max_children` and `template`.
nlohmann::json settings_json(const actors::dynamic_spec& x);

} // namespace leptond::api
