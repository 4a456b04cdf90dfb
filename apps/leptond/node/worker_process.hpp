#pragma once

#include <optional>

namespace leptond {

/// If this process was started as a worker: serves as one and returns its exit
/// code. To be called first of all in `main`.
std::optional<int> run_as_worker(int argc, char** argv);

} // namespace leptond
