#include <models/io/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <formats/keras_source.hpp>

namespace formats {

using nlohmann::json;

namespace {

constexpr size_t max_layers = 200;

} // namespace

bool is_square(const json& config, const char* name, uint32_t size) {
  auto i = config.find(name);
  if (i == config.end() || i->is_null())
    return true;
  if (i->is_number())
    return *i == size;
  return i->is_array() && i->size() == 2
         && std::all_of(i->begin(), i->end(),
                        [=](auto& x) { return x == size; });
}

uint32_t first_size(const json& config, const char* name) {
  auto& value = config.at(name);
  auto size = value.is_array() ? value.at(0) : value;
  return size.is_number_unsigned() ? size.get<uint32_t>() : 0;
}

keras_source::keras_source(std::string_view bytes, const std::string& path)
  : file_(bytes, path) {
  read_layers();
  if (shape_.empty())
    fail("model_config does not say the shape of the inputs "
         "(batch_input_shape)");
}

void keras_source::refuse(const keras_layer& layer,
                          const std::string& what) const {
  file_.fail("layer '" + layer.name + "' (" + layer.what + "): " + what);
}

void keras_source::read_layers() {
  if (!file_.has_text("/", "model_config"))
    file_.fail("no model_config: these are weights alone (save_weights); save "
               "the whole model");
  auto config = json::parse(file_.text("/", "model_config"), nullptr, false);
  if (!config.is_object() || config.value("class_name", "") != "Sequential")
    file_.fail("model_config is not that of a Sequential model");
  auto& inner = config.at("config");
  auto& list = inner.is_array() ? inner : inner.at("layers");
  if (!list.is_array() || list.empty() || list.size() > max_layers)
    file_.fail("model_config: expected 1 to 200 layers");
  for (auto& x : list) {
    auto& own = x.at("config");
    layers_.push_back(
      {x.at("class_name").get<std::string>(), own.value("name", ""), own});
    see_shape(own);
  }
}

/// The first layer, or an InputLayer, says what an input is.
void keras_source::see_shape(const json& config) {
  for (auto name : {"batch_input_shape", "batch_shape"}) {
    auto i = config.find(name);
    if (i == config.end() || !i->is_array() || i->size() < 2 || i->size() > 4
        || !shape_.empty())
      continue;
    for (size_t d = 1; d < i->size(); ++d) {
      auto& size = (*i)[d];
      if (!size.is_number_unsigned() || size.get<uint64_t>() < 1
          || size.get<uint64_t>() > 1 << 20)
        file_.fail("model_config: the shape of the inputs is open");
      shape_.push_back(size.get<uint64_t>());
    }
  }
}

/// `NAME` of a layer: its weights are listed by full names.
hdf5_reader::array keras_source::find(const keras_layer& layer,
                                      const char* name) const {
  std::string root = file_.has("/model_weights") ? "/model_weights/" : "/";
  auto group = root + layer.name;
  for (auto& full : file_.texts(group, "weight_names")) {
    auto end = full.substr(full.rfind('/') + 1);
    if (end.substr(0, end.find(':')) == name)
      return file_.floats(group + "/" + full);
  }
  refuse(layer, std::string("no array ") + name);
}

std::vector<float>
keras_source::array(const keras_layer& layer,
                    const char* name,
                    const std::vector<uint64_t>& shape) const {
  auto x = find(layer, name);
  if (x.shape != shape)
    refuse(layer, std::string(name) + " is " + models::shape_text(x.shape)
                    + ", expected " + models::shape_text(shape));
  for (auto value : x.values)
    if (!std::isfinite(value))
      refuse(layer, std::string(name) + " holds a value that is not finite");
  return std::move(x.values);
}

/// An array that a flag of the layer may leave out.
std::vector<float> keras_source::vector_of(const keras_layer& layer,
                                           const char* name,
                                           const char* flag,
                                           size_t size,
                                           float otherwise) const {
  if (!member(layer.config, flag, true))
    return std::vector<float>(size, otherwise);
  return array(layer, name, {size});
}

std::optional<std::vector<std::string>>
keras_source::outputs(size_t count) const {
  if (!file_.has_text("/", "lepton_outputs"))
    return std::nullopt;
  auto list = json::parse(file_.text("/", "lepton_outputs"), nullptr, false);
  if (!list.is_array() || list.size() != count
      || !std::all_of(list.begin(), list.end(),
                      [](auto& x) { return x.is_string(); }))
    return std::nullopt;
  return list.get<std::vector<std::string>>();
}

std::string keras_source::pipeline() const {
  return file_.has_text("/", "lepton_pipeline")
           ? file_.text("/", "lepton_pipeline")
           : std::string{};
}

} // namespace formats
