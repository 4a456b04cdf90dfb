#include <models/io/sha256.hpp>
#include <models/io/tensor.hpp>

#include <array>
#include <bit>
#include <cstring>
#include <stdexcept>

namespace models {

// Files are little-endian, and elements are copied as they are.
static_assert(std::endian::native == std::endian::little);

namespace {

struct type_facts {
  std::string_view name;
  size_t size;
};

constexpr std::array<type_facts, 5> facts{
  {{"F32", 4}, {"F64", 8}, {"I32", 4}, {"I64", 8}, {"U8", 1}}};

void require_size(const std::string& what, const tensor_view& t) {
  auto expected = byte_size(t.type, t.shape);
  if (expected != t.bytes.size())
    throw std::invalid_argument(what + ": shape " + shape_text(t.shape)
                                + " needs " + std::to_string(expected)
                                + " bytes, got "
                                + std::to_string(t.bytes.size()));
}

} // namespace

std::string_view to_string(dtype type) {
  return facts.at(static_cast<size_t>(type)).name;
}

size_t size_of(dtype type) {
  return facts.at(static_cast<size_t>(type)).size;
}

std::span<const float> tensor::f32() const {
  if (type != dtype::f32)
    throw std::invalid_argument("a tensor of type "
                                + std::string(to_string(type))
                                + " where F32 is expected");
  // The bytes come from operator new, so they are aligned for any number.
  return {reinterpret_cast<const float*>(bytes.data()),
          bytes.size() / sizeof(float)};
}

tensor_views views_of(const tensor_map& tensors) {
  tensor_views views;
  for (const auto& [name, t] : tensors)
    views.emplace(name, t.view());
  return views;
}

tensor make_tensor(std::vector<uint64_t> shape, std::span<const float> values) {
  auto view = view_of(std::move(shape), values);
  return {
    view.type, std::move(view.shape), {view.bytes.begin(), view.bytes.end()}};
}

tensor_view view_of(std::vector<uint64_t> shape,
                    std::span<const float> values) {
  tensor_view view{dtype::f32, std::move(shape), std::as_bytes(values)};
  require_size("tensor", view);
  return view;
}

uint64_t byte_size(dtype type, std::span<const uint64_t> shape) {
  constexpr auto limit = uint64_t{1} << 63;
  uint64_t size = size_of(type);
  bool empty = false;
  for (auto d : shape) {
    empty |= d == 0;
    if (d != 0 && size > limit / d)
      throw std::invalid_argument("shape " + shape_text(shape)
                                  + " is too large");
    size *= d == 0 ? 1 : d;
  }
  return empty ? 0 : size;
}

std::string shape_text(std::span<const uint64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += i == 0 ? "" : ", ";
    text += std::to_string(shape[i]);
  }
  return text + "]";
}

std::string weights_sha256(const tensor_views& tensors) {
  using namespace std::string_view_literals;
  sha256 hash;
  for (const auto& [name, t] : tensors) {
    require_size(name, t);
    hash.update(name);
    hash.update("\0"sv);
    hash.update(to_string(t.type));
    hash.update("\0"sv);
    for (auto d : t.shape)
      hash.update_uint64(d);
    hash.update(t.bytes);
  }
  return hash.finish_hex();
}

std::string weights_sha256(const tensor_map& tensors) {
  return weights_sha256(views_of(tensors));
}

} // namespace models
