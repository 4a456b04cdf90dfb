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

/// Share of the rows that do not test, to decide when to stop.
constexpr double validation_share = 0.1;

std::vector<parameter> make_split() {
  return {
    {.name = "split",
     .type = word,
     .default_json = R"("stratified")",
     .metavar = "HOW",
     .help = "which rows test; time takes the last of the file",
     .words = {"stratified", "random", "time"}},
    {.name = "folds",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "cross-validate with so many folds as well, 0 for not",
     .min = 0,
     .max = 1000},
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

parameter_table split_parameters() {
  static const std::vector<parameter> table = make_split();
  return table;
}

row_split split_from(const nlohmann::json& params,
                     const table& t,
                     bool stops_early,
                     std::optional<uint32_t> fold) {
  auto kind = split_kind_from(params.at("split").get<std::string>());
  auto seed = params.at("seed").get<uint64_t>();
  auto share = stops_early ? validation_share : 0;
  auto labels = t.labels;
  labels.resize(t.rows); // without classes: all rows are of one
  if (fold)
    return fold_rows(labels, params.at("folds").get<uint32_t>(), *fold, share,
                     seed, kind);
  auto test = params.at("test_split").get<double>();
  return split_rows(labels, test, share * (1 - test), seed, kind);
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
