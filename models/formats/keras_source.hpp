#pragma once

// The file of a sequential model of Keras: its layers as they are written, and
// their arrays. What they mean is for `read_keras`.

#include <cstdint>
#include <formats/hdf5_file.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace formats {

/// A layer as the file has it.
struct keras_layer {
  std::string what;
  std::string name;
  nlohmann::json config;
};

/// One thread at a time, see `hdf5_reader`. Every function throws `data_error`
/// naming the file, and the layer if there is one.
class keras_source {
public:
  /// @param bytes outlive the object
  keras_source(std::string_view bytes, const std::string& path);

  const std::vector<keras_layer>& layers() const { return layers_; }

  /// Of an input, without the rows; each size is 1 to 2^20.
  const std::vector<uint64_t>& shape() const { return shape_; }

  /// The array of a layer; all its values are finite.
  std::vector<float> array(const keras_layer& layer,
                           const char* name,
                           const std::vector<uint64_t>& shape) const;

  /// One that a flag of the layer may leave out: then `otherwise`.
  std::vector<float> vector_of(const keras_layer& layer,
                               const char* name,
                               const char* flag,
                               size_t size,
                               float otherwise) const;

  /// The names of the outputs if we wrote the file and they are so many.
  std::optional<std::vector<std::string>> outputs(size_t count) const;

  /// The pipeline if we wrote the file, else empty.
  std::string pipeline() const;

  [[noreturn]] void refuse(const keras_layer& layer,
                           const std::string& what) const;

  [[noreturn]] void fail(const std::string& what) const { file_.fail(what); }

private:
  void read_layers();
  void see_shape(const nlohmann::json& config);
  hdf5_reader::array find(const keras_layer& layer, const char* name) const;

  hdf5_reader file_;
  std::vector<keras_layer> layers_;
  std::vector<uint64_t> shape_;
};

/// A member of a configuration, or what it is if it is not there.
template <class T>
T member(const nlohmann::json& config, const char* name, T otherwise) {
  auto i = config.find(name);
  return i == config.end() || i->is_null() ? otherwise : i->get<T>();
}

/// Whether a setting that may be a number or a list is `size` everywhere; also
/// if it is not there.
bool is_square(const nlohmann::json& config, const char* name, uint32_t size);

/// The first or only number of a setting; 0 if it is none.
uint32_t first_size(const nlohmann::json& config, const char* name);

} // namespace formats
