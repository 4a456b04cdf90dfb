#include <models/data/image_steps.hpp>
#include <models/data/pipeline_encoder.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace models {

namespace {

constexpr double largest = std::numeric_limits<float>::max();

} // namespace

size_t width_of(const table_column& column) {
  return column.kind == column_kind::text ? column.categories.size() : 1;
}

encoder::encoder(const pipeline& p, bool projecting)
  : pipeline_(p), projecting_(projecting && p.steps.pca > 0) {
  auto columns = p.schema.columns.size();
  for (size_t i = 0; i < columns; ++i) {
    rules_.push_back(rule_of(p, i));
    plain_ = plain_ && p.schema.columns[i].kind == column_kind::number;
  }
  if (p.steps.deskew)
    upright_.resize(columns);
  if (p.steps.center)
    centred_.resize(columns);
  if (projecting_)
    encoded_.resize(p.encoded());
}

encoder::number_rule encoder::rule_of(const pipeline& p, size_t column) {
  if (p.steps.scale == scaling::divide255)
    return {p.fill[column], 0, 255};
  if (p.shift.empty())
    return {p.fill[column], 0, 1};
  return {p.fill[column], p.shift[column], p.divisor[column]};
}

bool encoder::row(const float* in, float* out) {
  in = image(in);
  if (!projecting_)
    return features(in, out);
  if (!features(in, encoded_.data()))
    return false;
  auto outputs = pipeline_.projection.outputs;
  pipeline_.projection.project(encoded_, {out, outputs});
  return std::all_of(out, out + outputs,
                     [](float y) { return std::isfinite(y); });
}

const table_column& encoder::offender(const float* in) const {
  for (size_t i = 0; i + 1 < rules_.size(); ++i)
    if (pipeline_.schema.columns[i].kind == column_kind::number
        && !(std::abs(scaled(rules_[i], in[i])) <= largest))
      return pipeline_.schema.columns[i];
  return pipeline_.schema.columns.back();
}

// In double: x - shift of two floats may be beyond float, their quotient by
// the divisor is not.
double encoder::scaled(const number_rule& rule, float x) {
  x = x == x ? x : rule.fill;
  return (static_cast<double>(x) - rule.shift) / rule.divisor;
}

const float* encoder::image(const float* in) {
  auto columns = rules_.size();
  image_size size{pipeline_.schema.image[0], pipeline_.schema.image[1]};
  if (pipeline_.steps.deskew) {
    deskew({in, columns}, size, upright_);
    in = upright_.data();
  }
  if (pipeline_.steps.center) {
    center({in, columns}, size, centred_);
    in = centred_.data();
  }
  return in;
}

bool encoder::features(const float* in, float* out) const {
  return plain_ ? numbers(in, out) : mixed(in, out);
}

bool encoder::numbers(const float* in, float* out) const {
  bool fits = true;
  for (size_t i = 0; i < rules_.size(); ++i) {
    auto y = scaled(rules_[i], in[i]);
    fits &= std::abs(y) <= largest;
    out[i] = static_cast<float>(y);
  }
  return fits;
}

bool encoder::mixed(const float* in, float* out) const {
  bool fits = true;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const auto& column = pipeline_.schema.columns[i];
    auto width = width_of(column);
    if (column.kind == column_kind::number) {
      auto y = scaled(rules_[i], in[i]);
      fits &= std::abs(y) <= largest;
      *out = static_cast<float>(y);
    } else {
      std::fill_n(out, width, 0.f);
      auto code = in[i] == in[i] ? in[i] : rules_[i].fill;
      if (code >= 0 && code < static_cast<float>(width))
        out[static_cast<size_t>(code)] = 1;
    }
    out += width;
  }
  return fits;
}

} // namespace models
