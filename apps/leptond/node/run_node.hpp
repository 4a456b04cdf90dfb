#pragma once

#include <leptond/config/load.hpp>
#include <leptond/system/stop_requests.hpp>

namespace leptond {

/// Runs a node until it is asked to stop.
/// @param stop made before any thread, see there
/// @returns the exit status, see `exit_status`
int run_node(const loaded_config& loaded, stop_requests& stop);

} // namespace leptond
