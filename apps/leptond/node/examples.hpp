#pragma once

#include <actors/supervision/spec.hpp>

namespace leptond {

/// Two small actors to talk to from the shell: `echo` gives back what it gets,
/// `counter` adds up.
actors::supervisor_spec examples_role();

} // namespace leptond
