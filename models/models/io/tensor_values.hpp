#pragma once

#include <models/io/tensor.hpp>

#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace models {

/// The element type of a C++ number.
template <class T>
constexpr dtype dtype_of() {
  if constexpr (std::is_same_v<T, float>)
    return dtype::f32;
  else if constexpr (std::is_same_v<T, double>)
    return dtype::f64;
  else if constexpr (std::is_same_v<T, int32_t>)
    return dtype::i32;
  else if constexpr (std::is_same_v<T, int64_t>)
    return dtype::i64;
  else {
    static_assert(std::is_same_v<T, uint8_t>);
    return dtype::u8;
  }
}

/// A flat tensor of these numbers.
template <class T>
tensor tensor_from(std::span<const T> values) {
  auto bytes = std::as_bytes(values);
  return {dtype_of<T>(), {values.size()}, {bytes.begin(), bytes.end()}};
}

template <class T>

requires(!std::is_const_v<T>) tensor tensor_from(std::span<T> values) {
  return tensor_from(std::span<const T>(values));
}

template <class T>
tensor tensor_from(const std::vector<T>& values) {
  return tensor_from(std::span<const T>(values));
}

/// The numbers of the tensor called `name`, whatever its shape.
/// @param count how many there must be
/// @throws std::invalid_argument if it is not there, or other
template <class T>
std::vector<T>
values_of(const tensor_map& tensors, const std::string& name, size_t count) {
  auto found = tensors.find(name);
  if (found == tensors.end() || found->second.type != dtype_of<T>()
      || found->second.bytes.size() != count * sizeof(T))
    throw std::invalid_argument("tensor " + name + ": expected "
                                + std::to_string(count) + " values of type "
                                + std::string(to_string(dtype_of<T>())));
  std::vector<T> values(count);
  if (count > 0)
    std::memcpy(values.data(), found->second.bytes.data(),
                found->second.bytes.size());
  return values;
}

} // namespace models
