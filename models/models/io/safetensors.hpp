#pragma once

// The safetensors format: eight bytes with the little-endian length of the
// header, the header (one JSON object, padded with blanks), the elements.
// Source: https://huggingface.co/docs/safetensors, "Format".

#include <models/io/tensor.hpp>

#include <map>
#include <string>
#include <string_view>

namespace models {

/// What a safetensors file holds.
struct safetensors {
  tensor_map tensors;
  std::map<std::string, std::string> metadata; ///< "__metadata__"
};

/// Largest header that is read or written.
constexpr uint64_t max_safetensors_header = uint64_t{16} << 20;

/// A file's bytes: tensors by size of element, then by name; the same content
/// gives the same bytes. Throws `std::invalid_argument` for a tensor whose
/// bytes do not fit its shape, a name that is not UTF-8 or is "__metadata__",
/// and a header that would be too large.
std::string
write_safetensors(const tensor_views& tensors,
                  const std::map<std::string, std::string>& metadata = {});

/// Reads a file's bytes, strictly: a header within its limit and the file, one
/// JSON object without doubled names, known types, shapes that fit their bytes,
/// tensors that fill the rest of the file without hole, overlap or remainder,
/// metadata of strings only. Nothing is allocated from a number that was not
/// checked against the bytes that are there.
/// @param path shown in errors
/// Throws `data_error` that names the file, the tensor and what is wrong.
safetensors read_safetensors(std::string_view bytes,
                             const std::string& path = "model");

} // namespace models
