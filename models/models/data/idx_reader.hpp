#pragma once

// IDX files (the format of MNIST) as tables.

#include <models/data/byte_source.hpp>
#include <models/data/table.hpp>

#include <string>

namespace models {

/// Where an image set comes from and what it has to be.
struct idx_options {
  std::string images = "images"; ///< shown in errors, as the user typed it
  std::string labels = "labels";
  uint32_t classes = 0; ///< 0: as many as there are; else exactly these
  uint64_t max_cells = uint64_t{1} << 28; ///< values held: 1 GiB of floats
};

/// Reads an IDX pair, plain or gzip, checking all of it: images are unsigned
/// bytes of rank 3 (count, height, width; big-endian), labels unsigned bytes of
/// rank 1, as many as images, and nothing follows the last element.
///
/// The table has one number column per pixel, row by row: "pixel 1" to
/// "pixel N", values 0 to 255; classes are the labels that occur, by value.
/// @param labels empty: images without labels
/// @param known the schema of a model: image size and classes have to fit it
/// Memory grows with the bytes read, never with what a header claims.
/// Throws `data_error` that names the file (both if they do not match), the
/// byte and the remedy; `std::invalid_argument` for bad options.
table read_idx(byte_source images,
               byte_source labels,
               const idx_options& options,
               const table_schema* known = nullptr);

} // namespace models
