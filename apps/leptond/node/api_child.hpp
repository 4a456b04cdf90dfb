#pragma once

#include <actors/supervision/spec.hpp>
#include <leptond/api/context.hpp>
#include <leptond/core/result.hpp>
#include <leptond/http/server.hpp>

#include <memory>
#include <mutex>
#include <optional>

namespace leptond {

/// What the outside knows of the HTTP API: where it listens, or why not.
struct api_status {
  std::mutex mutex;
  std::optional<listen_address> address;
  std::optional<failure> problem;
};

/// `network/api`: the HTTP server as a supervised child. It opens the port when
/// it starts and closes it when it ends; after a crash it is there again, on
/// the same port.
actors::child_spec api_child(std::shared_ptr<api::context> ctx,
                             std::shared_ptr<api_status> status);

} // namespace leptond
