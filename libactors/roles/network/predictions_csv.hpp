#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace roles {

/// Predictions as CSV (RFC 4180, LF): a header, then a line for each row: its
/// label, if there are labels, and its values. A pure function.
/// @param header a name for each column, the label's included
/// @param labels one a row, or none
/// @param values rows x (columns without the label), row-major
/// @param left_out rows whose fields stay empty; itself empty: none
std::string predictions_csv(const std::vector<std::string>& header,
                            const std::vector<std::string>& labels,
                            std::span<const float> values,
                            size_t rows,
                            const std::vector<bool>& left_out);

} // namespace roles
