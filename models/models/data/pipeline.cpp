#include <models/core/error.hpp>
#include <models/data/pipeline.hpp>
#include <models/data/pipeline_encoder.hpp>
#include <models/data/text.hpp>

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace models {

namespace {

constexpr std::array scaling_names{"none",   "standard", "divide255",
                                   "minmax", "robust",   "largest"};
constexpr auto missing_value = std::numeric_limits<float>::quiet_NaN();
constexpr double largest = std::numeric_limits<float>::max();

void check_shape(const pipeline& p, const table& t, size_t rows, size_t out) {
  if (t.schema.columns.size() != p.schema.columns.size()
      || t.values.size() != t.rows * t.schema.columns.size())
    throw std::invalid_argument(
      "pipeline: a table of " + std::to_string(t.schema.columns.size())
      + " columns, fitted on " + std::to_string(p.schema.columns.size()));
  for (size_t i = 0; i < p.schema.columns.size(); ++i)
    if (t.schema.columns[i].kind != p.schema.columns[i].kind
        || t.schema.columns[i].categories != p.schema.columns[i].categories)
      throw std::invalid_argument("pipeline: column " + p.schema.columns[i].name
                                  + " has other categories; read the file "
                                    "with the pipeline's schema");
  if (out != rows * p.inputs())
    throw std::invalid_argument("pipeline: room for " + std::to_string(out)
                                + " values, need " + std::to_string(rows)
                                + " x " + std::to_string(p.inputs()));
}

[[noreturn]] void refuse_size(const std::string& place,
                              const table_column& column) {
  throw data_error(place + ": column " + column.name
                   + ": a value too large for the model's scale");
}

std::string place_of(const table& t, size_t row) {
  if (t.lines.empty())
    return t.report.path + (t.schema.image[0] > 0 ? ": image " : ": row ")
           + std::to_string(row + 1);
  return t.report.path + ":" + std::to_string(t.lines[row]);
}

float number_of(const cell& value, const std::string& place) {
  if (const auto* number = std::get_if<double>(&value)) {
    if (!(std::abs(*number) <= largest))
      throw data_error(place + "expected a number up to 3.4e38");
    return static_cast<float>(*number);
  }
  const auto& text = std::get<std::string>(value);
  float number = 0;
  if (parse_number(text, number) != number_form::number)
    throw data_error(place + shown(text) + " is not a number");
  return number;
}

float category_of(const table_column& column,
                  const cell& value,
                  const std::string& place) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr)
    throw data_error(place + "expected a word, got a number; put it in quotes");
  auto found =
    std::lower_bound(column.categories.begin(), column.categories.end(), *text);
  if (found == column.categories.end() || *found != *text)
    throw data_error(place + shown(*text)
                     + " is a category that the model has not seen");
  return static_cast<float>(found - column.categories.begin());
}

} // namespace

std::string to_string(scaling kind) {
  return scaling_names.at(static_cast<size_t>(kind));
}

scaling scaling_from(const std::string& text) {
  for (size_t i = 0; i < scaling_names.size(); ++i)
    if (text == scaling_names[i])
      return static_cast<scaling>(i);
  throw std::invalid_argument("scale: '" + text
                              + "' is none of none, standard, divide255, "
                                "minmax, robust, largest");
}

size_t pipeline::inputs() const {
  return steps.pca > 0 ? projection.outputs : encoded();
}

size_t pipeline::encoded() const {
  size_t count = 0;
  for (const auto& column : schema.columns)
    count += width_of(column);
  return count;
}

std::vector<std::string> pipeline::feature_names() const {
  std::vector<std::string> names;
  for (size_t i = 1; steps.pca > 0 && i <= projection.outputs; ++i)
    names.push_back("component " + std::to_string(i));
  if (steps.pca > 0)
    return names;
  for (const auto& column : schema.columns)
    if (column.kind == column_kind::number)
      names.push_back(column.name);
    else
      for (const auto& category : column.categories)
        names.push_back(column.name + "=" + category);
  return names;
}

void pipeline::transform(const table& t,
                         std::span<const uint32_t> rows,
                         std::span<float> out) const {
  check_shape(*this, t, rows.size(), out.size());
  encoder encode(*this);
  auto to = out.data();
  auto width = inputs();
  for (auto row : rows) {
    if (row >= t.rows)
      throw std::invalid_argument("pipeline: no row " + std::to_string(row)
                                  + " in a table of " + std::to_string(t.rows));
    auto from = t.values.data() + row * schema.columns.size();
    if (!encode.row(from, to))
      refuse_size(place_of(t, row), encode.offender(from));
    to += width;
  }
}

dataset pipeline::transform(const table& t,
                            std::span<const uint32_t> rows) const {
  dataset result;
  result.rows = rows.size();
  result.inputs = inputs();
  result.features.resize(rows.size() * result.inputs);
  transform(t, rows, result.features);
  auto targets = t.rows > 0 ? t.targets.size() / t.rows : 0;
  for (auto row : rows) {
    auto own = t.targets.begin() + static_cast<ptrdiff_t>(row * targets);
    result.targets.insert(result.targets.end(), own,
                          own + static_cast<ptrdiff_t>(targets));
    if (!t.labels.empty())
      result.labels.push_back(t.labels[row]);
    if (!t.lines.empty())
      result.lines.push_back(t.lines[row]);
  }
  result.classes = schema.classes;
  result.feature_names = feature_names();
  result.report = t.report;
  return result;
}

dataset pipeline::transform(const table& t) const {
  std::vector<uint32_t> rows(t.rows);
  std::iota(rows.begin(), rows.end(), 0u);
  return transform(t, rows);
}

void pipeline::transform_numbers(std::span<const float> values,
                                 size_t rows,
                                 std::span<float> out) const {
  auto columns = schema.columns.size();
  // By quotients: a product of numbers from outside may wrap around.
  auto fits = [rows](size_t size, size_t width) {
    return width > 0 ? size % width == 0 && size / width == rows : size == 0;
  };
  if (!fits(values.size(), columns) || !fits(out.size(), inputs()))
    throw std::invalid_argument(std::to_string(values.size()) + " values for "
                                + std::to_string(rows) + " rows of "
                                + std::to_string(columns));
  for (const auto& column : schema.columns)
    if (column.kind == column_kind::text)
      throw data_error("column " + column.name
                       + " holds words; send the rows as text");
  encoder encode(*this);
  for (size_t row = 0; row < rows; ++row) {
    auto from = values.data() + row * columns;
    for (size_t i = 0; i < columns; ++i)
      if (steps.missing == missing_policy::error && from[i] != from[i])
        throw data_error("row " + std::to_string(row + 1) + ": column "
                         + schema.columns[i].name + ": missing (NaN)");
    if (!encode.row(from, out.data() + row * inputs()))
      refuse_size("row " + std::to_string(row + 1), encode.offender(from));
  }
}

std::vector<float> pipeline::transform_row(std::span<const cell> values) const {
  if (values.size() != schema.columns.size())
    throw data_error(std::to_string(values.size())
                     + " values where the model needs "
                     + std::to_string(schema.columns.size()));
  std::vector<float> raw(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto& column = schema.columns[i];
    auto place = "value " + std::to_string(i + 1) + " (" + column.name + "): ";
    const auto* text = std::get_if<std::string>(&values[i]);
    if (text != nullptr && is_missing(*text)) {
      if (steps.missing == missing_policy::error
          || steps.missing == missing_policy::drop)
        throw data_error(place + "is missing");
      raw[i] = missing_value;
    } else {
      raw[i] = column.kind == column_kind::text
                 ? category_of(column, values[i], place)
                 : number_of(values[i], place);
    }
  }
  std::vector<float> result(inputs());
  encoder encode(*this);
  if (!encode.row(raw.data(), result.data()))
    refuse_size("values", encode.offender(raw.data()));
  return result;
}

} // namespace models
