#include <models/data/preparation.hpp>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace models {

namespace {

using enum parameter_type;

std::vector<parameter> make_preparation() {
  return {
    {.name = "scale",
     .type = word,
     .default_json = R"("auto")",
     .metavar = "HOW",
     .help = "scaling of numbers; auto standardises (IDX: divides by 255)",
     .words = {"auto", "standard", "minmax", "robust", "largest", "none"}},
    {.name = "pca",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "project on this many principal components, 0 for none",
     .min = 0,
     .max = pca::max_inputs},
    {.name = "center",
     .type = flag,
     .default_json = "false",
     .metavar = "",
     .help = "move images to their centre of mass"},
    {.name = "deskew",
     .type = flag,
     .default_json = "false",
     .metavar = "",
     .help = "shear images upright"},
  };
}

bool is_image(const table& t) {
  return t.schema.image[0] > 0;
}

scaling image_scaling(const table& t) {
  constexpr float few_shades = 64;
  auto largest = std::max_element(t.values.begin(), t.values.end());
  return largest != t.values.end() && *largest < few_shades
           ? scaling::largest
           : scaling::divide255;
}

} // namespace

parameter_table preparation_parameters() {
  static const std::vector<parameter> table = make_preparation();
  return table;
}

preparation preparation_from(const nlohmann::json& params, const table& t) {
  preparation steps;
  auto scale = params.at("scale").get<std::string>();
  if (scale != "auto")
    steps.scale = scaling_from(scale);
  else
    steps.scale = is_image(t) ? image_scaling(t) : scaling::standard;
  steps.missing = t.report.missing;
  steps.pca = params.at("pca").get<uint32_t>();
  steps.center = params.at("center").get<bool>();
  steps.deskew = params.at("deskew").get<bool>();
  return steps;
}

} // namespace models
