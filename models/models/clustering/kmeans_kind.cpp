#include <models/clustering/cluster_measures.hpp>
#include <models/clustering/kmeans.hpp>
#include <models/clustering/kmeans_kind.hpp>
#include <models/core/error.hpp>
#include <models/kinds/table_input.hpp>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

namespace models {

namespace {

using nlohmann::json;
using enum parameter_type;

parameter_table parameters() {
  static const auto table = with_preparation({
    {.name = "clusters",
     .type = integer,
     .default_json = "8",
     .metavar = "K",
     .help = "how many clusters, or the least number tried",
     .min = 1,
     .max = 65536},
    {.name = "max_clusters",
     .type = integer,
     .default_json = "0",
     .metavar = "K",
     .help = "try all numbers up to this one, 0 for only --clusters",
     .min = 0,
     .max = 65536},
    {.name = "choose",
     .type = word,
     .default_json = R"("silhouette")",
     .metavar = "HOW",
     .help = "which of the numbers tried is taken",
     .words = {"silhouette", "elbow"}},
    {.name = "init",
     .type = word,
     .default_json = R"("k-means++")",
     .metavar = "HOW",
     .help = "how the first centres are chosen",
     .words = {"k-means++", "random"}},
    {.name = "starts",
     .type = integer,
     .default_json = "10",
     .metavar = "N",
     .help = "runs from other first centres, the best is kept",
     .min = 1,
     .max = 1000},
    {.name = "algorithm",
     .type = word,
     .default_json = R"("auto")",
     .metavar = "NAME",
     .help = "how nearest centres are found; the result is the same",
     .words = {"auto", "lloyd", "hamerly"}},
    {.name = "iterations",
     .type = integer,
     .default_json = "300",
     .metavar = "N",
     .help = "most rounds of a run (mini-batch: passes over the rows)",
     .min = 1,
     .max = 1000000},
    {.name = "tolerance",
     .type = real,
     .default_json = "0.0001",
     .metavar = "F",
     .help = "a run ends when centres move less, by the variance",
     .min = 0,
     .max = 1},
    {.name = "batch",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "rows of a mini-batch, 0 for all rows each round",
     .min = 0,
     .max = 1 << 24},
    {.name = "silhouette_rows",
     .type = integer,
     .default_json = "4000",
     .metavar = "N",
     .help = "rows that the silhouette is measured on, 0 for none",
     .min = 0,
     .max = 100000},
    {.name = "seed",
     .type = integer,
     .default_json = "0",
     .metavar = "N",
     .help = "where all randomness comes from",
     .min = 0,
     .max = 9007199254740991.0},
    {.name = "shards",
     .type = integer,
     .default_json = "32",
     .metavar = "N",
     .help = "parts the rows are cut into, whoever computes them",
     .min = 1,
     .max = 1024},
    {.name = "checkpoint_every",
     .type = integer,
     .default_json = "50",
     .metavar = "ROUNDS",
     .help = "rounds between two checkpoints",
     .min = 1,
     .max = 1000000000},
  });
  return table;
}

kmeans_config config_of(const json& params) {
  kmeans_config c;
  c.clusters = params.at("clusters");
  c.max_clusters = params.at("max_clusters");
  c.choose = params.at("choose") == "elbow" ? cluster_choice::elbow
                                            : cluster_choice::silhouette;
  c.start = params.at("init") == "random" ? kmeans_start::random
                                          : kmeans_start::plus_plus;
  c.starts = params.at("starts");
  c.method = params.at("algorithm") == "lloyd" ? kmeans_method::lloyd
                                               : kmeans_method::automatic;
  c.iterations = params.at("iterations");
  c.tolerance = params.at("tolerance");
  c.batch = params.at("batch");
  c.silhouette_rows = params.at("silhouette_rows");
  c.seed = params.at("seed");
  c.shards = params.at("shards");
  check(c);
  return c;
}

class kmeans_run : public kind_run {
public:
  explicit kmeans_run(const kind_input& input)
    : config_(config_of(input.params)),
      every_(input.params.at("checkpoint_every")),
      input_(prepare_table(input)),
      algorithm_(config_, input_.rows()),
      data_sha256_(input.data_sha256) {}

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    auto p = algorithm_.progress();
    kind_progress result;
    auto most = int64_t{p.most_rounds};
    result.epochs = result.steps = p.all_runs * most;
    result.epoch = result.step = p.runs * most + p.run_rounds;
    if (p.run_rounds > 0)
      result.point = {result.step, p.inertia};
    return result;
  }

  bool checkpoint_due() const override {
    auto rounds = algorithm_.progress().run_rounds;
    return rounds > 0 && rounds % every_ == 0;
  }

  model_file result() const override;

private:
  kmeans_config config_;
  uint32_t every_;
  table_input input_;
  kmeans_algorithm algorithm_;
  std::string data_sha256_;
};

json number(double x) {
  return std::isfinite(x) ? json(x) : json(nullptr);
}

model_file kmeans_run::result() const {
  auto found = algorithm_.result();
  json metrics{{"inertia", found.inertia},
               {"clusters", found.clusters()},
               {"sizes", found.sizes},
               {"iterations", found.iterations},
               {"converged", found.converged},
               {"rows", input_.data.rows},
               {"on", "train"},
               {"data", data_json(input_)}};
  json trials = json::array();
  for (auto& t : found.trials) {
    trials.push_back({{"clusters", t.clusters},
                      {"inertia", t.inertia},
                      {"silhouette", number(t.silhouette)}});
    if (t.clusters == found.clusters() && std::isfinite(t.silhouette))
      metrics["silhouette"] = t.silhouette;
  }
  if (found.trials.size() > 1)
    metrics["trials"] = trials;
  if (found.unused > 0)
    metrics["unused_clusters"] = found.unused;
  add_agreement(metrics, input_.data.labels, found.labels);
  model_file file;
  file.kind = "kmeans";
  file.classes = cluster_names(found.clusters());
  file.pipeline = to_json(input_.fitted);
  file.seed = config_.seed;
  file.metrics = metrics.dump();
  file.data_sha256 = data_sha256_;
  file.tensors.emplace(
    "centres",
    make_tensor({found.clusters(), found.columns()}, found.centres()));
  return file;
}

class kmeans_predictor : public predictor {
public:
  explicit kmeans_predictor(const model_file& file) {
    auto found = file.tensors.find("centres");
    if (found == file.tensors.end() || found->second.shape.size() != 2
        || found->second.type != dtype::f32 || found->second.shape[1] == 0
        || found->second.shape[0] != file.classes.size())
      throw data_error("model: no centres of "
                       + std::to_string(file.classes.size()) + " clusters");
    auto values = found->second.f32();
    model_ =
      kmeans_model({values.begin(), values.end()}, found->second.shape[1]);
  }

  size_t inputs() const override { return model_.columns(); }

  size_t outputs() const override { return model_.clusters(); }

  void predict(std::span<const float> rows,
               size_t count,
               std::span<float> out) override {
    model_.transform({rows.data(), count, inputs()}, out);
  }

private:
  kmeans_model model_;
};

constexpr output_meaning distances{"distances", output_meaning::choice::least};

/// Measures of the rows as the model assigns them; `outputs` are distances.
json evaluate(const model_file& file,
              const dataset& data,
              std::span<const float> outputs) {
  auto clusters = file.classes.size();
  auto labels = chosen_clusters(outputs, clusters, distances);
  double sum = 0;
  for (size_t i = 0; i < data.rows; ++i) {
    double own = outputs[i * clusters + static_cast<size_t>(labels[i])];
    sum += own * own;
  }
  json metrics{{"inertia", sum},
               {"sizes", cluster_sizes(labels, clusters)},
               {"rows", data.rows}};
  add_silhouette(metrics, {data.features, data.inputs}, labels);
  add_agreement(metrics, data.labels, labels);
  return metrics;
}

} // namespace

model_kind kmeans_kind() {
  model_kind kind;
  kind.name = "kmeans";
  kind.summary = "clusters around the means of their rows";
  kind.example = "--data models/data/digits.csv --clusters 10 --name groups "
                 "--watch";
  kind.data = data_need::unlabelled;
  kind.parameters = parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<kmeans_run>(input);
  };
  kind.load = [](const model_file& file) -> std::unique_ptr<predictor> {
    return std::make_unique<kmeans_predictor>(file);
  };
  kind.outputs = distances;
  kind.evaluate = evaluate;
  return kind;
}

} // namespace models
