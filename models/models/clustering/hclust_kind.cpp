#include <models/clustering/cluster_measures.hpp>
#include <models/clustering/hclust.hpp>
#include <models/clustering/hclust_kind.hpp>
#include <models/core/error.hpp>
#include <models/io/tensor_values.hpp>
#include <models/kinds/table_input.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

using nlohmann::json;
using enum parameter_type;

parameter_table parameters() {
  static const auto table = with_preparation({
    {.name = "clusters",
     .type = integer,
     .default_json = "2",
     .metavar = "K",
     .help = "where the tree is cut: into so many clusters",
     .min = 1,
     .max = hclust_model::max_rows},
    {.name = "height",
     .type = real,
     .default_json = "0",
     .metavar = "F",
     .help = "or at this distance between clusters, 0 for by --clusters",
     .min = 0,
     .max = 1e30},
    {.name = "linkage",
     .type = word,
     .default_json = R"("ward")",
     .metavar = "NAME",
     .help = "how far two clusters are from each other",
     .words = {"ward", "average", "complete", "single"}},
    {.name = "distance",
     .type = word,
     .default_json = R"("euclidean")",
     .metavar = "NAME",
     .help = "how far two rows are from each other (ward: euclidean)",
     .words = {"euclidean", "manhattan"}},
    {.name = "leaves",
     .type = integer,
     .default_json = "16",
     .metavar = "N",
     .help = "of the drawing of the tree",
     .min = 2,
     .max = 200},
    {.name = "checkpoint_every",
     .type = integer,
     .default_json = "50",
     .metavar = "ROUNDS",
     .help = "rounds (some hundredths of a second) between two checkpoints",
     .min = 1,
     .max = 1000000000},
  });
  return table;
}

linkage_method method_from(const json& word) {
  return word == "single"     ? linkage_method::single
         : word == "complete" ? linkage_method::complete
         : word == "average"  ? linkage_method::average
                              : linkage_method::ward;
}

row_distance distance_from(const json& word) {
  return word == "manhattan" ? row_distance::manhattan
                             : row_distance::euclidean;
}

hclust_config config_of(const json& params) {
  hclust_config c;
  c.clusters = params.at("clusters");
  c.height = params.at("height");
  c.method = method_from(params.at("linkage"));
  c.distance = distance_from(params.at("distance"));
  check(c);
  return c;
}

/// (rows - 1) x 4: the clusters joined, their distance, the rows of both.
tensor linkage_tensor(const std::vector<linkage_step>& steps) {
  std::vector<double> values;
  for (auto& s : steps)
    values.insert(values.end(),
                  {static_cast<double>(s.a), static_cast<double>(s.b), s.height,
                   static_cast<double>(s.rows)});
  auto t = tensor_from(values);
  t.shape = {steps.size(), 4};
  return t;
}

class hclust_run : public kind_run {
public:
  explicit hclust_run(const kind_input& input)
    : params_(input.params),
      every_(input.params.at("checkpoint_every")),
      input_(prepare_table(input)),
      algorithm_(config_of(input.params), input_.rows()),
      data_sha256_(input.data_sha256) {}

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    kind_progress p;
    p.epochs = p.steps = static_cast<int64_t>(input_.data.rows) - 1;
    p.epoch = p.step = static_cast<int64_t>(algorithm_.joined());
    if (p.step > 0)
      p.point = {p.step, algorithm_.height()};
    return p;
  }

  bool checkpoint_due() const override { return ++rounds_ % every_ == 0; }

  model_file result() const override;

private:
  json params_;
  uint64_t every_;
  table_input input_;
  hclust_algorithm algorithm_;
  std::string data_sha256_;
  mutable uint64_t rounds_ = 0;
};

model_file hclust_run::result() const {
  auto found = algorithm_.result();
  json metrics{{"clusters", found.clusters()},
               {"sizes", found.sizes()},
               {"height", found.linkage.back().height},
               {"dendrogram", dendrogram(found.linkage, params_.at("leaves"))},
               {"rows", input_.data.rows},
               {"on", "train"},
               {"data", data_json(input_)}};
  add_silhouette(metrics, input_.rows(), found.labels);
  add_agreement(metrics, input_.data.labels, found.labels);
  model_file file;
  file.kind = "hclust";
  file.classes = cluster_names(found.clusters());
  file.pipeline = to_json(input_.fitted);
  file.params = json{{"linkage", params_.at("linkage")},
                     {"distance", params_.at("distance")}}
                  .dump();
  file.metrics = metrics.dump();
  file.data_sha256 = data_sha256_;
  file.tensors["linkage"] = linkage_tensor(found.linkage);
  file.tensors["labels"] = tensor_from(found.labels);
  file.tensors["rows"] =
    make_tensor({found.row_labels().size(), found.columns()}, found.rows());
  file.tensors["row_labels"] = tensor_from(found.row_labels());
  file.tensors["sizes"] = tensor_from(
    std::vector<int64_t>(found.sizes().begin(), found.sizes().end()));
  return file;
}

hclust_model read(const model_file& file) {
  try {
    auto params = json::parse(file.params);
    auto& rows = file.tensors.at("rows");
    if (rows.shape.size() != 2)
      throw std::invalid_argument("'rows' is no matrix");
    auto values = rows.f32();
    auto sizes = values_of<int64_t>(file.tensors, "sizes", file.classes.size());
    return {method_from(params.at("linkage")),
            distance_from(params.at("distance")),
            {values.begin(), values.end()},
            rows.shape[1],
            values_of<int32_t>(file.tensors, "row_labels", rows.shape[0]),
            {sizes.begin(), sizes.end()}};
  } catch (const std::exception& e) {
    throw data_error(std::string("model: no hierarchical clustering: ")
                     + e.what());
  }
}

class hclust_predictor : public predictor {
public:
  explicit hclust_predictor(const model_file& file) : model_(read(file)) {}

  size_t inputs() const override { return model_.columns(); }

  size_t outputs() const override { return model_.clusters(); }

  void predict(std::span<const float> rows,
               size_t count,
               std::span<float> out) override {
    model_.transform({rows.data(), count, inputs()}, out);
  }

private:
  hclust_model model_;
};

constexpr output_meaning distances{"distances", output_meaning::choice::least};

/// Measures of the rows as the model assigns them.
json evaluate(const model_file& file,
              const dataset& data,
              std::span<const float> outputs) {
  auto clusters = file.classes.size();
  return measure_clusters({data.features, data.inputs}, data.labels,
                          chosen_clusters(outputs, clusters, distances),
                          clusters);
}

} // namespace

model_kind hclust_kind() {
  model_kind kind;
  kind.name = "hclust";
  kind.summary = "a tree of clusters, cut where you like";
  kind.example = "--data models/data/digits.csv --clusters 10 --name tree "
                 "--watch";
  kind.data = data_need::unlabelled;
  kind.parameters = parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<hclust_run>(input);
  };
  kind.load = [](const model_file& file) -> std::unique_ptr<predictor> {
    return std::make_unique<hclust_predictor>(file);
  };
  kind.outputs = distances;
  kind.evaluate = evaluate;
  return kind;
}

} // namespace models
