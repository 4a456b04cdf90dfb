#pragma once

#include <Eigen/Core>

#include <cmath>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace models {

/// A matrix of samples as the library's own: a sample a row.
using row_matrix =
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Samples that lie elsewhere: rows x columns, row-major. Not owned.
struct rows_view {
  const float* data = nullptr;
  size_t rows = 0;
  size_t columns = 0;

  rows_view() = default;

  rows_view(const float* first, size_t n, size_t width)
    : data(first), rows(n), columns(width) {}

  /// @throws std::invalid_argument if `values` are not rows of `width`
  rows_view(std::span<const float> values, size_t width)
    : data(values.data()),
      rows(width > 0 ? values.size() / width : 0),
      columns(width) {
    if (rows * columns != values.size())
      throw std::invalid_argument(std::to_string(values.size())
                                  + " values are no rows of "
                                  + std::to_string(width));
  }

  /// The matrix has to outlive the view.
  rows_view(const row_matrix& m)
    : data(m.data()),
      rows(static_cast<size_t>(m.rows())),
      columns(static_cast<size_t>(m.cols())) {}

  const float* row(size_t i) const { return data + i * columns; }
};

/// @throws std::invalid_argument for no rows or columns, more than 2^31 - 1
/// rows, and a value that is not finite, naming its row and column
inline void check_finite(const rows_view& x, const std::string& who) {
  if (x.rows == 0 || x.columns == 0 || x.rows > 0x7FFFFFFF)
    throw std::invalid_argument(who + ": " + std::to_string(x.rows)
                                + " rows of " + std::to_string(x.columns)
                                + " columns");
  for (size_t i = 0; i < x.rows * x.columns; ++i)
    if (!std::isfinite(x.data[i]))
      throw std::invalid_argument(who + ": row " + std::to_string(i / x.columns)
                                  + ", column " + std::to_string(i % x.columns)
                                  + " is not a finite number");
}

} // namespace models
