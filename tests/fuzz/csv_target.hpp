#pragma once

// What has to hold for any bytes that are given as a CSV file.

#include <models/core/error.hpp>
#include <models/data/csv_reader.hpp>
#include <models/data/csv_summary.hpp>
#include <models/data/pipeline.hpp>
#include <models/data/split.hpp>
#include <models/data/tensor_table.hpp>

#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

namespace fuzz {

inline void require(bool truth, const char* what) {
  if (!truth)
    throw std::logic_error(what);
}

inline std::string_view text_of(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline models::byte_source byte_by_byte(std::string_view text) {
  return [source = models::memory_source(text)](char* out, size_t) {
    return source(out, 1);
  };
}

/// The options that a byte of the input stands for.
inline models::table_options csv_options(uint8_t choice) {
  models::table_options options;
  options.missing = static_cast<models::missing_policy>(choice % 5);
  options.header = (choice & 8) == 0;
  options.delimiter = (choice & 16) == 0 ? ',' : ';';
  options.labels = (choice & 32) == 0 ? models::label_need::required
                                      : models::label_need::none;
  options.label = (choice & 64) == 0 ? "last" : "first";
  options.max_line = (choice & 128) == 0 ? 65536 : 100;
  options.max_cells = 1 << 16;
  options.max_bytes = 1 << 20;
  return options;
}

inline std::optional<models::table> try_csv(models::byte_source source,
                                            const models::table_options& o) {
  try {
    return models::read_csv(std::move(source), o);
  } catch (const models::data_error& e) {
    require(std::string_view(e.what()).starts_with("data:"), "no place");
    return std::nullopt;
  }
}

/// A value may be too large for the scale; then without components.
inline models::pipeline fit(const models::table& t,
                            std::span<const uint32_t> rows,
                            models::preparation steps) {
  try {
    return models::fit_pipeline(t, rows, steps);
  } catch (const models::data_error&) {
    steps.pca = 0;
    return models::fit_pipeline(t, rows, steps);
  }
}

inline void check_pipeline(const models::table& t,
                           const models::table& again,
                           models::missing_policy missing,
                           uint8_t choice) {
  auto split = t.labels.empty() ? models::split_rows(t.rows, 0.2, 0.1, 1)
                                : models::split_rows(t.labels, 0.2, 0.1, 1);
  require(split.train.size() + split.validation.size() + split.test.size()
            == t.rows,
          "rows lost by the split");
  constexpr std::array scales{models::scaling::standard,
                              models::scaling::minmax, models::scaling::robust,
                              models::scaling::largest};
  models::preparation steps{scales[choice / 5 % scales.size()], missing};
  auto width = models::fit_pipeline(t, split.train, steps).encoded();
  if (width <= 64 && std::min(width, split.train.size()) > 1)
    steps.pca = choice % 2;
  auto p = fit(t, split.train, steps);
  auto q = models::pipeline_from_json(models::to_json(p));
  try {
    auto features = p.transform(t).features;
    for (auto x : features)
      require(std::isfinite(x), "a feature that is not finite");
    require(q.transform(again).features == features,
            "other features after JSON");
  } catch (const models::data_error&) {
    // a value beyond float once scaled
  }
}

/// Blocks of rows are the whole file, and so is its description.
inline void check_streams(std::string_view text,
                          const models::table_options& options,
                          const models::table& t) {
  models::csv_stream stream(models::memory_source(text), options, t.schema);
  size_t rows = 0;
  while (auto* block = stream.next(3)) {
    require(block->rows > 0 && block->rows <= 3, "a block of another size");
    for (size_t i = 0; i < block->rows; ++i, ++rows)
      require(block->lines[i] == t.lines.at(rows), "another row in a block");
  }
  require(rows == t.rows, "rows lost by blocks");
  require(stream.report().rows_read == t.report.rows_read, "rows not counted");
  auto summary =
    models::summarise_csv([&] { return models::memory_source(text); }, options);
  require(summary.rows_read == t.report.rows_read
            && summary.rows_dropped == t.report.rows_dropped
            && summary.classes == t.schema.classes,
          "another description");
}

/// The table survives as tensors.
inline void check_tensors(const models::table& t) {
  models::table_options options;
  options.labels =
    t.labels.empty() ? models::label_need::none : models::label_need::required;
  options.missing = models::missing_policy::mode; // gaps stay gaps
  auto again =
    models::read_tensor_table(models::write_tensor_table(t), options);
  require(again.rows == t.rows && again.labels == t.labels, "other tensors");
}

/// The first byte chooses the options, the others are the file.
inline void fuzz_csv(std::span<const uint8_t> input) {
  if (input.empty())
    return;
  auto options = csv_options(input[0]);
  auto text = text_of(input.subspan(1));
  auto whole = try_csv(models::memory_source(text), options);
  auto pieces = try_csv(byte_by_byte(text), options);
  require(whole.has_value() == pieces.has_value(), "chunks matter");
  if (!whole)
    return;
  const auto& t = *whole;
  require(t.rows > 0 && t.values.size() == t.rows * t.schema.columns.size(),
          "rows and values differ");
  require(t.lines == pieces->lines && t.labels == pieces->labels,
          "chunks change rows");
  // A model that was trained on a file can read it.
  auto again =
    models::read_csv(models::memory_source(text), options, &t.schema);
  require(again.labels == t.labels, "other labels by the schema");
  check_pipeline(t, again, options.missing, input[0]);
  check_streams(text, options, t);
  check_tensors(t);
  models::to_text(t.report);
}

} // namespace fuzz
