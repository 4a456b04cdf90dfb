#include <models/core/error.hpp>
#include <models/data/text.hpp>
#include <models/io/safetensors.hpp>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

namespace models {

namespace {

using json = nlohmann::json;

constexpr size_t length_bytes = 8;
constexpr const char* metadata_key = "__metadata__";

// -- writing -----------------------------------------------------------------

using named_view = std::pair<const std::string, tensor_view>;

/// The order in the file: large elements first, so that all are aligned.
std::vector<const named_view*> file_order(const tensor_views& tensors) {
  std::vector<const named_view*> order;
  for (const auto& entry : tensors)
    order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) {
    return size_of(a->second.type) > size_of(b->second.type);
  });
  return order;
}

std::string header_of(const std::vector<const named_view*>& order,
                      const std::map<std::string, std::string>& metadata) {
  auto header = nlohmann::ordered_json::object();
  if (!metadata.empty())
    header[metadata_key] = metadata;
  uint64_t offset = 0;
  for (const auto* entry : order) {
    const auto& [name, t] = *entry;
    if (name == metadata_key || byte_size(t.type, t.shape) != t.bytes.size())
      throw std::invalid_argument(
        "tensor " + shown(name) + " of shape " + shape_text(t.shape) + " with "
        + std::to_string(t.bytes.size()) + " bytes cannot be written");
    auto end = offset + t.bytes.size();
    header[name] = {{"dtype", to_string(t.type)},
                    {"shape", t.shape},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  try {
    auto text = header.dump();
    text.append((length_bytes - text.size() % length_bytes) % length_bytes,
                ' ');
    return text;
  } catch (const json::exception&) {
    throw std::invalid_argument("a name or metadata that is not UTF-8");
  }
}

// -- reading -----------------------------------------------------------------

class file_reader {
public:
  file_reader(std::string_view bytes, const std::string& path) : path_(path) {
    split(bytes);
    parse();
  }

  safetensors read() {
    safetensors result;
    std::vector<extent> extents;
    for (const auto& item : header_.items())
      if (item.key() == metadata_key)
        result.metadata = metadata_of(item.value());
      else
        result.tensors.emplace(item.key(),
                               tensor_of(item.key(), item.value(), extents));
    check_extents(extents);
    // Bytes are copied only now that all of the header is known to be right.
    for (const auto& e : extents) {
      auto part = std::as_bytes(std::span(data_.substr(e.begin, e.size())));
      result.tensors.at(e.name).bytes.assign(part.begin(), part.end());
    }
    return result;
  }

private:
  struct extent {
    uint64_t begin;
    uint64_t end;
    std::string name;

    uint64_t size() const { return end - begin; }
  };

  [[noreturn]] void fail(const std::string& text) const {
    throw data_error(path_ + ": " + text);
  }

  [[noreturn]] void fail(const std::string& tensor,
                         const std::string& text) const {
    fail("tensor " + shown(tensor) + ": " + text);
  }

  void split(std::string_view bytes) {
    if (bytes.size() < length_bytes)
      fail("not a safetensors file: only " + std::to_string(bytes.size())
           + " bytes");
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), length_bytes); // little-endian, as we
    bytes.remove_prefix(length_bytes);
    if (length > max_safetensors_header || length > bytes.size())
      fail("not a safetensors file, or cut off: a header of "
           + std::to_string(length) + " bytes in a file of "
           + std::to_string(bytes.size() + length_bytes));
    text_ = bytes.substr(0, length);
    data_ = bytes.substr(length);
  }

  void parse() {
    if (!text_.starts_with('{'))
      fail("the header is not a JSON object");
    std::vector<std::set<std::string>> keys;
    auto watch = [&](int depth, json::parse_event_t event, json& value) {
      using event_t = json::parse_event_t;
      if (depth > 3)
        fail("the header is nested too deeply");
      if (event == event_t::object_start)
        keys.emplace_back();
      else if (event == event_t::object_end)
        keys.pop_back();
      else if (event == event_t::key
               && !keys.back().insert(value.get<std::string>()).second)
        fail("the name " + shown(value.get<std::string>()) + " occurs twice");
      return true;
    };
    header_ = json::parse(text_, watch, false);
    if (!header_.is_object())
      fail("the header is not a JSON object");
  }

  std::map<std::string, std::string> metadata_of(const json& value) const {
    if (!value.is_object())
      fail("__metadata__ is not an object");
    std::map<std::string, std::string> result;
    for (const auto& item : value.items()) {
      if (!item.value().is_string())
        fail("__metadata__ " + shown(item.key()) + " is not a string");
      result.emplace(item.key(), item.value().get<std::string>());
    }
    return result;
  }

  /// A tensor without its bytes, which `extents` notes.
  tensor tensor_of(const std::string& name,
                   const json& value,
                   std::vector<extent>& extents) const {
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype")
        || !value.contains("shape") || !value.contains("data_offsets"))
      fail(name, "expected dtype, shape and data_offsets, and nothing else");
    tensor t;
    t.type = type_of(name, value["dtype"]);
    t.shape = numbers_of(name, value["shape"], "shape");
    auto offsets = numbers_of(name, value["data_offsets"], "data_offsets");
    if (offsets.size() != 2 || offsets[0] > offsets[1]
        || offsets[1] > data_.size())
      fail(name, "data_offsets " + shape_text(offsets)
                   + " do not lie in the file's " + std::to_string(data_.size())
                   + " bytes of data");
    extents.push_back({offsets[0], offsets[1], name});
    check_shape(name, t, extents.back().size());
    return t;
  }

  dtype type_of(const std::string& name, const json& value) const {
    for (auto type :
         {dtype::f32, dtype::f64, dtype::i32, dtype::i64, dtype::u8})
      if (value.is_string() && value.get<std::string>() == to_string(type))
        return type;
    fail(name, "type "
                 + shown(value.is_string() ? value.get<std::string>()
                                           : std::string("?"))
                 + " is none of F32, F64, I32, I64, U8");
  }

  std::vector<uint64_t> numbers_of(const std::string& name,
                                   const json& value,
                                   const char* field) const {
    std::vector<uint64_t> result;
    if (!value.is_array())
      fail(name, std::string(field) + " is not an array");
    for (const auto& number : value) {
      if (!number.is_number_unsigned())
        fail(name, std::string(field) + " holds more than natural numbers");
      result.push_back(number.get<uint64_t>());
    }
    if (result.size() > 32)
      fail(name, std::string(field) + " has more than 32 entries");
    return result;
  }

  void
  check_shape(const std::string& name, const tensor& t, uint64_t size) const {
    uint64_t expected = 0;
    try {
      expected = byte_size(t.type, t.shape);
    } catch (const std::invalid_argument& e) {
      fail(name, e.what());
    }
    if (expected != size)
      fail(name, "shape " + shape_text(t.shape) + " of "
                   + std::string(to_string(t.type)) + " needs "
                   + std::to_string(expected) + " bytes, data_offsets give "
                   + std::to_string(size));
  }

  void check_extents(std::vector<extent>& extents) const {
    std::sort(extents.begin(), extents.end(), [](auto& a, auto& b) {
      return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    uint64_t at = 0;
    for (const auto& e : extents) {
      if (e.begin != at)
        fail(e.name, std::string(e.begin < at ? "overlaps another tensor"
                                              : "leaves a hole before it")
                       + " at byte " + std::to_string(std::min(at, e.begin)));
      at = e.end;
    }
    if (at != data_.size())
      fail(std::to_string(data_.size() - at) + " bytes after the last tensor");
  }

  const std::string& path_;
  std::string_view text_;
  std::string_view data_;
  json header_;
};

} // namespace

std::string
write_safetensors(const tensor_views& tensors,
                  const std::map<std::string, std::string>& metadata) {
  auto order = file_order(tensors);
  auto header = header_of(order, metadata);
  if (header.size() > max_safetensors_header)
    throw std::invalid_argument("a header of " + std::to_string(header.size())
                                + " bytes is too large");
  uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char*>(&length), length_bytes);
  bytes += header;
  for (const auto* entry : order) {
    auto part = entry->second.bytes;
    bytes.append(reinterpret_cast<const char*>(part.data()), part.size());
  }
  return bytes;
}

safetensors read_safetensors(std::string_view bytes, const std::string& path) {
  return file_reader(bytes, path).read();
}

} // namespace models
