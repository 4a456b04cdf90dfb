#pragma once

/// CAF's protocol over one end of a connected stream socket. This header and
/// its source are the only ones here that name `caf/io`.

#include <actors/process/unique_fd.hpp>

#include <caf/all.hpp>

#include <functional>

namespace actors {

/// What the supervisor's side of a link tells, from a CAF thread, at most once
/// each.
struct link_events {
  std::function<void(caf::expected<caf::actor>)> linked;
  /// After `linked` with an actor: it has ended, or the link has.
  std::function<void()> lost;
};

/// Takes over the descriptor and asks the other side for its root actor.
/// @returns an actor that keeps watch; to be sent `kill` when the process has
///   been reaped
caf::actor open_link(caf::actor_system& sys,
                     unique_fd fd,
                     caf::timespan deadline,
                     link_events events);

/// The worker's side: offers `root` to whoever is at the other end.
void offer_root(caf::actor_system& sys, unique_fd fd, const caf::actor& root);

} // namespace actors
