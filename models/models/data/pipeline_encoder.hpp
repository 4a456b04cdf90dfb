#pragma once

// Applies a pipeline row by row. Internal.

#include <models/data/pipeline.hpp>

#include <span>
#include <vector>

namespace models {

/// Features that a column becomes.
size_t width_of(const table_column& column);

/// Turns raw rows into inputs; made once for a batch, used by one thread.
/// Refers to the pipeline.
class encoder {
public:
  /// @param projecting false: stop before the projection
  explicit encoder(const pipeline& p, bool projecting = true);

  /// Encodes one row. @param in values of all columns @param out the inputs
  /// @returns false if a result is beyond float: see `offender`
  bool row(const float* in, float* out);

  /// The column that made `row` fail.
  const table_column& offender(const float* in) const;

private:
  /// What is done to a number column: fill, then (x - shift) / divisor.
  struct number_rule {
    float fill;
    double shift;
    double divisor;
  };

  static number_rule rule_of(const pipeline& p, size_t column);
  static double scaled(const number_rule& rule, float x);
  const float* image(const float* in);
  bool features(const float* in, float* out) const;
  bool numbers(const float* in, float* out) const;
  bool mixed(const float* in, float* out) const;

  const pipeline& pipeline_;
  std::vector<number_rule> rules_;
  bool plain_ = true;
  bool projecting_;
  std::vector<float> upright_;
  std::vector<float> centred_;
  std::vector<float> encoded_;
};

} // namespace models
