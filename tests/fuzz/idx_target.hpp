#pragma once

// What has to hold for any bytes that are given as a pair of IDX files.

#include <models/data/idx_reader.hpp>

#include "csv_target.hpp"

namespace fuzz {

/// The first two bytes say how long the images are; the labels follow, or there
/// are none if the images are all.
inline void fuzz_idx(std::span<const uint8_t> input) {
  if (input.size() < 2)
    return;
  auto rest = input.subspan(2);
  auto length = std::min<size_t>(input[0] * 256u + input[1], rest.size());
  auto images = text_of(rest.first(length));
  auto labels = text_of(rest.subspan(length));
  models::idx_options options;
  options.max_cells = 1 << 16;
  try {
    auto t = models::read_idx(models::memory_source(images),
                              labels.empty() ? models::byte_source{}
                                             : models::memory_source(labels),
                              options);
    require(t.values.size() == t.rows * t.schema.columns.size(),
            "rows and values differ");
    require(t.labels.empty() == labels.empty(), "labels lost");
    auto again = models::read_idx(byte_by_byte(images),
                                  labels.empty() ? models::byte_source{}
                                                 : byte_by_byte(labels),
                                  options, &t.schema);
    require(again.values == t.values && again.labels == t.labels,
            "chunks or schema matter");
  } catch (const models::data_error&) {
  }
}

} // namespace fuzz
