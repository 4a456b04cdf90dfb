#include <models/core/error.hpp>
#include <models/data/pipeline.hpp>

#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <set>
#include <stdexcept>

namespace models {

namespace {

using json = nlohmann::json;

constexpr int version = 2;

[[noreturn]] void fail(const std::string& text) {
  throw data_error("pipeline: " + text);
}

/// The member `key` of an object, of type T; anything else is an error.
template <class T>
T get(const json& object, const char* key) {
  auto found = object.find(key);
  if (found == object.end())
    fail(std::string("no field '") + key + "'");
  // Numbers convert to each other, and booleans to numbers: be exact instead.
  if constexpr (std::is_same_v<T, int>)
    if (!found->is_number_integer())
      fail(std::string("field '") + key + "' is no integer");
  if constexpr (std::is_same_v<T, float>)
    if (!found->is_number())
      fail(std::string("field '") + key + "' is no number");
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    fail(std::string("field '") + key + "' has the wrong type");
  }
}

/// Strings, and nothing that only converts to them.
std::vector<std::string> get_strings(const json& object, const char* key) {
  return get<std::vector<std::string>>(object, key);
}

void check_keys(const json& object,
                const std::set<std::string>& known,
                const char* where) {
  if (!object.is_object())
    fail(std::string(where) + " is not an object");
  for (const auto& item : object.items())
    if (!known.contains(item.key()))
      fail(std::string(where) + " has an unknown field '" + item.key() + "'");
}

std::vector<float>
get_floats(const json& object, const char* key, size_t size) {
  auto found = object.find(key);
  if (found == object.end() || !found->is_array() || found->size() != size)
    fail(std::string("field '") + key + "' is no array of "
         + std::to_string(size) + " numbers");
  std::vector<float> result;
  for (const auto& value : *found) {
    auto number = value.is_number() ? value.get<float>() : NAN;
    if (!std::isfinite(number))
      fail(std::string("field '") + key + "' holds more than finite numbers");
    result.push_back(number);
  }
  return result;
}

/// A value that is spelled by the enum's own to_string.
template <class Parse>
auto get_enum(const json& object, const char* key, Parse parse) {
  try {
    return parse(get<std::string>(object, key));
  } catch (const std::invalid_argument& e) {
    fail(std::string("field '") + key + "': " + e.what());
  }
}

column_role role_from(const std::string& text) {
  if (text == "feature")
    return column_role::feature;
  if (text == "label")
    return column_role::label;
  if (text == "dropped")
    return column_role::dropped;
  throw std::invalid_argument("'" + text
                              + "' is none of feature, label, dropped");
}

const char* to_text(column_role role) {
  switch (role) {
  case column_role::feature:
    return "feature";
  case column_role::label:
    return "label";
  default:
    return "dropped";
  }
}

column_kind kind_from(const std::string& text) {
  if (text == "number")
    return column_kind::number;
  if (text == "text")
    return column_kind::text;
  throw std::invalid_argument("'" + text + "' is none of number, text");
}

json column_json(const table_column& column, float fill) {
  json j{{"name", column.name}, {"fill", fill}};
  if (column.kind == column_kind::text) {
    j["kind"] = "text";
    j["categories"] = column.categories;
  } else {
    j["kind"] = "number";
  }
  return j;
}

void read_column(const json& j, pipeline& p) {
  check_keys(j, {"name", "fill", "kind", "categories"}, "a column");
  table_column column;
  column.name = get<std::string>(j, "name");
  column.kind = get_enum(j, "kind", kind_from);
  auto fill = get<float>(j, "fill");
  if (!std::isfinite(fill))
    fail("column '" + column.name + "': fill is not finite");
  if (column.kind == column_kind::text) {
    column.categories = get_strings(j, "categories");
    auto& c = column.categories;
    if (c.size() > 1000
        || std::adjacent_find(c.begin(), c.end(), std::greater_equal<>{})
             != c.end())
      fail("column '" + column.name
           + "': categories are not sorted, unique and at most 1000");
    if (fill < 0 || fill != std::floor(fill)
        || (fill > 0 && fill >= static_cast<float>(c.size())))
      fail("column '" + column.name + "': fill is not a category");
  } else if (j.contains("categories")) {
    fail("column '" + column.name + "': a number column with categories");
  }
  p.schema.columns.push_back(std::move(column));
  p.fill.push_back(fill);
}

void read_layout(const json& j, table_schema& schema) {
  auto layout = get<json>(j, "layout");
  if (!layout.is_array())
    fail("field 'layout' is no array");
  size_t features = 0;
  size_t labels = 0;
  for (const auto& item : layout) {
    check_keys(item, {"name", "role"}, "a column of the layout");
    schema.layout.push_back(
      {get<std::string>(item, "name"), get_enum(item, "role", role_from)});
    features += schema.layout.back().role == column_role::feature;
    labels += schema.layout.back().role == column_role::label;
  }
  if (features != schema.columns.size())
    fail("the layout does not fit the columns");
  if (labels > 1 && !schema.classes.empty())
    fail("classes, and more than one label column");
}

void check_unique(const std::vector<std::string>& names, const char* what) {
  if (std::set<std::string>(names.begin(), names.end()).size() != names.size())
    fail(std::string(what) + " are not unique");
}

void read_schema(const json& j, pipeline& p) {
  auto columns = get<json>(j, "columns");
  if (!columns.is_array() || columns.empty())
    fail("field 'columns' is no array of columns");
  for (const auto& column : columns)
    read_column(column, p);
  std::vector<std::string> names;
  for (const auto& column : p.schema.columns)
    names.push_back(column.name);
  check_unique(names, "names of columns");
  read_layout(j, p.schema);
  p.schema.classes = get_strings(j, "classes");
  check_unique(p.schema.classes, "classes");
  p.schema.named = get<bool>(j, "named");
  auto image = get<std::vector<uint32_t>>(j, "image");
  if (image.size() != 2 || !j["image"][0].is_number_unsigned()
      || !j["image"][1].is_number_unsigned()
      || (image[0] != 0
          && uint64_t{image[0]} * image[1] != p.schema.columns.size()))
    fail("field 'image' does not fit the columns");
  p.schema.image = {image[0], image[1]};
}

void read_scale(const json& j, pipeline& p) {
  p.steps.scale = get_enum(j, "scale", scaling_from);
  if (p.steps.scale == scaling::none || p.steps.scale == scaling::divide255)
    return;
  p.shift = get_floats(j, "shift", p.schema.columns.size());
  p.divisor = get_floats(j, "divisor", p.schema.columns.size());
  for (auto s : p.divisor)
    if (!std::isnormal(s) || s < 0)
      fail("field 'divisor' holds a value that is not above 0");
}

json base64_of(const std::vector<double>& numbers) {
  auto size = numbers.size() * sizeof(double);
  std::string text(4 * ((size + 2) / 3) + 1, '\0');
  auto length =
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(numbers.data()),
                    static_cast<int>(size));
  text.resize(static_cast<size_t>(length));
  return text;
}

/// Little-endian doubles in base64, of which there have to be `count`.
std::vector<double> get_doubles(const json& j, const char* key, size_t count) {
  auto text = get<std::string>(j, key);
  auto size = count * sizeof(double);
  if (text.size() != 4 * ((size + 2) / 3))
    fail(std::string("field '") + key + "' holds no " + std::to_string(count)
         + " numbers");
  std::vector<unsigned char> bytes(text.size());
  auto got = EVP_DecodeBlock(
    bytes.data(), reinterpret_cast<const unsigned char*>(text.data()),
    static_cast<int>(text.size()));
  if (got < 0 || static_cast<size_t>(got) < size)
    fail(std::string("field '") + key + "' is not base64");
  std::vector<double> result(count);
  std::memcpy(result.data(), bytes.data(), size);
  for (auto x : result)
    if (!std::isfinite(x))
      fail(std::string("field '") + key + "' holds more than finite numbers");
  return result;
}

json pca_json(const pca& x) {
  return {{"outputs", x.outputs},
          {"mean", base64_of(x.mean)},
          {"components", base64_of(x.components)},
          {"variance", base64_of(x.variance)},
          {"total_variance", x.total_variance}};
}

void read_pca(const json& j, pipeline& p) {
  if (!j.contains("pca"))
    return;
  const auto& object = j["pca"];
  check_keys(object,
             {"outputs", "mean", "components", "variance", "total_variance"},
             "'pca'");
  auto outputs = get<int>(object, "outputs");
  auto& x = p.projection;
  x.inputs = p.encoded();
  if (outputs < 1 || static_cast<size_t>(outputs) > x.inputs
      || x.inputs > pca::max_inputs)
    fail("field 'outputs' does not fit the columns");
  x.outputs = static_cast<size_t>(outputs);
  x.mean = get_doubles(object, "mean", x.inputs);
  x.components = get_doubles(object, "components", x.inputs * x.outputs);
  x.variance = get_doubles(object, "variance", x.outputs);
  x.total_variance = get<float>(object, "total_variance");
  x.total_variance = object["total_variance"].get<double>();
  p.steps.pca = static_cast<uint32_t>(outputs);
}

void read_image_steps(const json& j, pipeline& p) {
  p.steps.center = get<bool>(j, "center");
  p.steps.deskew = get<bool>(j, "deskew");
  if ((p.steps.center || p.steps.deskew) && p.schema.image[0] == 0)
    fail("steps for images, and no image");
}

} // namespace

std::string to_json(const pipeline& p) {
  json j{{"version", version},
         {"named", p.schema.named},
         {"image", p.schema.image},
         {"classes", p.schema.classes},
         {"missing", to_string(p.steps.missing)},
         {"scale", to_string(p.steps.scale)},
         {"center", p.steps.center},
         {"deskew", p.steps.deskew}};
  for (size_t i = 0; i < p.schema.columns.size(); ++i)
    j["columns"].push_back(column_json(p.schema.columns[i], p.fill.at(i)));
  j["layout"] = json::array();
  for (const auto& column : p.schema.layout)
    j["layout"].push_back(
      {{"name", column.name}, {"role", to_text(column.role)}});
  if (!p.shift.empty()) {
    j["shift"] = p.shift;
    j["divisor"] = p.divisor;
  }
  if (p.steps.pca > 0)
    j["pca"] = pca_json(p.projection);
  return j.dump();
}

pipeline pipeline_from_json(std::string_view text) {
  auto j = json::parse(text, nullptr, false);
  if (j.is_discarded())
    fail("not JSON");
  check_keys(j,
             {"version", "named", "image", "classes", "missing", "scale",
              "columns", "layout", "shift", "divisor", "center", "deskew",
              "pca"},
             "it");
  if (get<int>(j, "version") != version)
    fail("version " + j["version"].dump() + "; this build reads version "
         + std::to_string(version));
  pipeline p;
  read_schema(j, p);
  p.steps.missing = get_enum(j, "missing", missing_policy_from);
  read_scale(j, p);
  read_image_steps(j, p);
  read_pca(j, p);
  return p;
}

} // namespace models
