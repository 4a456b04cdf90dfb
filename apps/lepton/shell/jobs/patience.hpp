#pragma once

#include <shell/core/context.hpp>

#include <functional>

namespace lepton_shell {

/// Asks again while no node answers or is still starting (503), for up to 60
/// seconds in a row: a node that is killed and started again must not end what
/// follows a job or the events. Says so once, and when it is over.
/// @throws what `ask` throws otherwise, or at last
json with_patience(context& c, const std::function<json()>& ask);

} // namespace lepton_shell
