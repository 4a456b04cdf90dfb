#pragma once

// The last step of every reader. Internal.

#include <models/data/table.hpp>

namespace models {

/// Notes duplicates, constant columns and the rows of each class in `t.report`
/// and `t.schema.columns`. Cost: one pass over the values and 16 to 32
/// bytes for each row while it works.
void complete_report(table& t);

} // namespace models
