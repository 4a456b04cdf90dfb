#pragma once

// The last step of every reader. Internal.

#include <models/data/table.hpp>

namespace models {

/// Notes duplicates, constant columns and the rows of each class in `t.report`
/// and `t.schema.columns`. Cost: one pass over the values and a sort of a
/// 64-bit hash for each row.
void complete_report(table& t);

} // namespace models
