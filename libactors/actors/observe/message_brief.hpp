#pragma once

#include <caf/fwd.hpp>

#include <string>

namespace actors {

/// A message in one short line, for reports and traces: `add 5`, `put "key"
/// [1048576 floats]`. Long texts and the usual vectors are cut before they are
/// written out, so that the cost does not depend on their size.
std::string message_brief(const caf::type_erased_tuple& x,
                          size_t max_bytes = 200);

} // namespace actors
