#pragma once

// Named arrays of numbers, as files hold them. Values; any thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace models {

/// Element types that we read and write, by their names in safetensors.
enum class dtype : uint8_t { f32, f64, i32, i64, u8 };

/// "F32", "F64", "I32", "I64", "U8".
std::string_view to_string(dtype type);

/// Bytes of one element.
size_t size_of(dtype type);

/// A tensor that lies elsewhere, for example in shared memory.
struct tensor_view {
  dtype type = dtype::f32;
  std::vector<uint64_t> shape;      ///< empty: one element
  std::span<const std::byte> bytes; ///< little-endian, row-major
};

/// A tensor that owns its elements.
struct tensor {
  dtype type = dtype::f32;
  std::vector<uint64_t> shape;  ///< empty: one element
  std::vector<std::byte> bytes; ///< little-endian, row-major

  tensor_view view() const { return {type, shape, bytes}; }

  /// The elements. Throws `std::invalid_argument` for another type.
  std::span<const float> f32() const;

  friend bool operator==(const tensor&, const tensor&) = default;
};

using tensor_map = std::map<std::string, tensor>;
using tensor_views = std::map<std::string, tensor_view>;

/// Views of all tensors of a map, which has to outlive them.
tensor_views views_of(const tensor_map& tensors);

/// A float tensor. Throws `std::invalid_argument` if shape and size differ.
tensor make_tensor(std::vector<uint64_t> shape, std::span<const float> values);

/// A view of floats. Throws `std::invalid_argument` if shape and size differ.
tensor_view view_of(std::vector<uint64_t> shape, std::span<const float> values);

/// Bytes that a tensor has by its type and shape. Throws
/// `std::invalid_argument` if they are more than 2^63.
uint64_t byte_size(dtype type, std::span<const uint64_t> shape);

/// "[64, 10]"
std::string shape_text(std::span<const uint64_t> shape);

/// SHA-256 over tensors sorted by name: for each its name, NUL, type, NUL, its
/// shape as little-endian uint64, then its bytes. Nothing else enters it.
/// @returns 64 hexadecimal digits
/// Throws `std::invalid_argument` if bytes and shape differ.
std::string weights_sha256(const tensor_views& tensors);
std::string weights_sha256(const tensor_map& tensors);

} // namespace models
