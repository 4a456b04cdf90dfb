#include <models/core/error.hpp>
#include <models/data/text.hpp>
#include <models/io/model_file.hpp>
#include <models/io/safetensors.hpp>

#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace models {

namespace {

using json = nlohmann::json;
using fields = std::map<std::string, std::string>;

const std::set<std::string> field_names{
  "lepton.format",   "lepton.kind", "lepton.params",  "lepton.classes",
  "lepton.pipeline", "lepton.seed", "lepton.metrics", "lepton.data_sha256"};

bool is_json_object(const std::string& text) {
  // Small documents of ours; a depth that could hurt does not occur, since
  // this parser keeps its stack on the heap.
  return json::parse(text, nullptr, false).is_object();
}

void require_object(const std::string& text, const char* what) {
  if (!is_json_object(text))
    throw std::invalid_argument(std::string("model: ") + what
                                + " is not a JSON object");
}

class metadata_reader {
public:
  metadata_reader(fields metadata, const std::string& path)
    : metadata_(std::move(metadata)), path_(path) {
    if (!metadata_.contains("lepton.format"))
      fail("not a model of lepton: its metadata have no lepton.format");
    if (metadata_["lepton.format"] != std::to_string(model_file::format))
      fail("format version " + shown(metadata_["lepton.format"])
           + "; this build reads version "
           + std::to_string(model_file::format));
    for (const auto& name : field_names)
      if (!metadata_.contains(name))
        fail("no field " + name);
    for (const auto& entry : metadata_)
      if (!field_names.contains(entry.first))
        fail("unknown field " + shown(entry.first));
  }

  model_file read(std::string_view kind) {
    model_file model;
    model.kind = metadata_["lepton.kind"];
    if (model.kind.empty())
      fail("field lepton.kind is empty");
    if (!kind.empty() && model.kind != kind)
      fail("a model of kind " + shown(model.kind) + " where " + shown(kind)
           + " is expected");
    model.params = object("lepton.params");
    model.pipeline = object("lepton.pipeline");
    model.metrics = object("lepton.metrics");
    model.classes = classes();
    model.seed = seed();
    model.data_sha256 = metadata_["lepton.data_sha256"];
    return model;
  }

private:
  [[noreturn]] void fail(const std::string& text) const {
    throw data_error(path_ + ": " + text);
  }

  std::string object(const char* name) {
    if (!is_json_object(metadata_[name]))
      fail(std::string("field ") + name + " is not a JSON object");
    return metadata_[name];
  }

  std::vector<std::string> classes() {
    auto list = json::parse(metadata_["lepton.classes"], nullptr, false);
    std::vector<std::string> result;
    if (!list.is_array())
      fail("field lepton.classes is not a JSON array");
    for (const auto& name : list) {
      if (!name.is_string())
        fail("field lepton.classes holds more than strings");
      result.push_back(name.get<std::string>());
    }
    return result;
  }

  uint64_t seed() {
    const auto& text = metadata_["lepton.seed"];
    uint64_t value = 0;
    auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      fail("field lepton.seed is not a number: " + shown(text));
    return value;
  }

  fields metadata_;
  const std::string& path_;
};

} // namespace

std::string write_model(const model_file& model) {
  if (model.kind.empty())
    throw std::invalid_argument("model: no kind");
  require_object(model.params, "params");
  require_object(model.pipeline, "pipeline");
  require_object(model.metrics, "metrics");
  return write_safetensors(
    views_of(model.tensors),
    {{"lepton.format", std::to_string(model_file::format)},
     {"lepton.kind", model.kind},
     {"lepton.params", model.params},
     {"lepton.classes", json(model.classes).dump()},
     {"lepton.pipeline", model.pipeline},
     {"lepton.seed", std::to_string(model.seed)},
     {"lepton.metrics", model.metrics},
     {"lepton.data_sha256", model.data_sha256}});
}

model_file read_model(std::string_view bytes,
                      std::string_view kind,
                      const std::string& path) {
  auto file = read_safetensors(bytes, path);
  auto model = metadata_reader(std::move(file.metadata), path).read(kind);
  model.tensors = std::move(file.tensors);
  return model;
}

const tensor& tensor_of(const model_file& model,
                        const std::string& name,
                        dtype type,
                        const std::vector<uint64_t>& shape) {
  auto found = model.tensors.find(name);
  if (found == model.tensors.end())
    throw data_error("model: no tensor " + shown(name));
  const auto& t = found->second;
  if (t.type != type || t.shape != shape)
    throw data_error("model: tensor " + shown(name) + " is "
                     + std::string(to_string(t.type)) + shape_text(t.shape)
                     + ", expected " + std::string(to_string(type))
                     + shape_text(shape));
  return t;
}

std::string to_json(const mlp_params& params) {
  json j{{"layers", params.layers},
         {"activation", params.activation},
         {"output", params.output},
         {"norm", params.norm}};
  if (!params.front.empty()) {
    j["front"] = params.front;
    j["image"] = params.image;
  }
  return j.dump();
}

namespace {

const std::set<std::string> network_fields{"layers", "activation", "output",
                                           "norm",   "front",      "image"};

/// A list of sizes, each from 1 to 2^24.
std::vector<uint32_t> sizes_of(const json& list, size_t least, size_t most) {
  std::vector<uint32_t> sizes;
  if (!list.is_array() || list.size() < least || list.size() > most)
    return sizes;
  for (const auto& size : list) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() == 0
        || size.get<uint64_t>() > 1 << 24)
      return {};
    sizes.push_back(size.get<uint32_t>());
  }
  return sizes;
}

} // namespace

mlp_params mlp_params_from_json(std::string_view text) {
  auto j = json::parse(text, nullptr, false);
  auto fail = [](const char* what) {
    throw data_error(std::string("model: params: ") + what);
  };
  if (!j.is_object() || !j.contains("layers") || !j.contains("activation"))
    fail("expected layers and activation");
  for (const auto& field : j.items())
    if (!network_fields.contains(field.key()))
      fail(("unknown field " + shown(field.key())).c_str());
  mlp_params params;
  params.layers = sizes_of(j["layers"], 2, 64);
  if (params.layers.empty())
    fail("layers is not an array of 2 to 64 sizes from 1 to 16777216");
  auto word = [&](const char* name, std::string missing) {
    auto i = j.find(name);
    if (i == j.end())
      return missing;
    if (!i->is_string())
      fail((std::string(name) + " is not a string").c_str());
    return i->get<std::string>();
  };
  params.activation = word("activation", "");
  params.output = word("output", "classes");
  if (j.contains("norm") && !j["norm"].is_boolean())
    fail("norm is neither true nor false");
  params.norm = j.value("norm", false);
  for (const auto& layer : j.value("front", json::array())) {
    if (!layer.is_string() || params.front.size() == 64)
      fail("front is not an array of at most 64 words");
    params.front.push_back(layer.get<std::string>());
  }
  if (!params.front.empty()) {
    params.image = sizes_of(j.value("image", json()), 3, 3);
    if (params.image.empty())
      fail("image is not an array of 3 sizes from 1 to 16777216");
  }
  return params;
}

} // namespace models
