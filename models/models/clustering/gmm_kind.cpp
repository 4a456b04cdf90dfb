#include <models/clustering/cluster_measures.hpp>
#include <models/clustering/gmm.hpp>
#include <models/clustering/gmm_kind.hpp>
#include <models/core/error.hpp>
#include <models/io/tensor_values.hpp>
#include <models/kinds/table_input.hpp>

#include <cmath>
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
     .help = "how many normal distributions",
     .min = 1,
     .max = 1024},
    {.name = "covariance",
     .type = word,
     .default_json = R"("full")",
     .metavar = "FORM",
     .help = "any covariances, or those of independent columns",
     .words = {"full", "diagonal"}},
    {.name = "starts",
     .type = integer,
     .default_json = "1",
     .metavar = "N",
     .help = "runs from other first clusters, the likeliest is kept",
     .min = 1,
     .max = 1000},
    {.name = "iterations",
     .type = integer,
     .default_json = "100",
     .metavar = "N",
     .help = "most rounds of a run",
     .min = 1,
     .max = 1000000},
    {.name = "tolerance",
     .type = real,
     .default_json = "0.001",
     .metavar = "F",
     .help = "a run ends when the log-likelihood of a row grows by less",
     .min = 0,
     .max = 1},
    {.name = "floor",
     .type = real,
     .default_json = "0.000001",
     .metavar = "F",
     .help = "added to all variances",
     .min = 0,
     .max = 1e6},
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
     .default_json = "20",
     .metavar = "ROUNDS",
     .help = "rounds between two checkpoints",
     .min = 1,
     .max = 1000000000},
  });
  return table;
}

covariance_form form_from(const json& word) {
  return word == "diagonal" ? covariance_form::diagonal : covariance_form::full;
}

gmm_config config_of(const json& params) {
  gmm_config c;
  c.clusters = params.at("clusters");
  c.form = form_from(params.at("covariance"));
  c.starts = params.at("starts");
  c.iterations = params.at("iterations");
  c.tolerance = params.at("tolerance");
  c.floor = params.at("floor");
  c.seed = params.at("seed");
  c.shards = params.at("shards");
  check(c);
  return c;
}

class gmm_run : public kind_run {
public:
  explicit gmm_run(const kind_input& input)
    : config_(config_of(input.params)),
      every_(input.params.at("checkpoint_every")),
      input_(prepare_table(input)),
      algorithm_(config_, input_.rows()),
      data_sha256_(input.data_sha256) {}

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    kind_progress p;
    auto most = int64_t{config_.iterations};
    p.epochs = p.steps = config_.starts * most;
    p.epoch = p.step = algorithm_.run() * most + algorithm_.iteration();
    if (p.step > 0)
      p.point = {p.step, -algorithm_.log_likelihood()};
    return p;
  }

  bool checkpoint_due() const override { return ++rounds_ % every_ == 0; }

  std::optional<std::string> failed() const override {
    if (algorithm_.failed().empty())
      return std::nullopt;
    return algorithm_.failed();
  }

  model_file result() const override;

private:
  gmm_config config_;
  uint64_t every_;
  table_input input_;
  gmm_algorithm algorithm_;
  std::string data_sha256_;
  mutable uint64_t rounds_ = 0;
};

tensor shaped(const std::vector<double>& values, std::vector<uint64_t> shape) {
  auto t = tensor_from(values);
  t.shape = std::move(shape);
  return t;
}

model_file gmm_run::result() const {
  auto found = algorithm_.result();
  uint64_t k = found.clusters(), d = found.columns();
  auto metrics = measure_clusters(input_.rows(), input_.data.labels,
                                  found.predict(input_.rows()), k);
  auto n = static_cast<double>(input_.data.rows);
  auto likelihood = found.score(input_.rows());
  auto freedom = static_cast<double>(found.freedom());
  metrics["log_likelihood"] = likelihood;
  metrics["bic"] = freedom * std::log(n) - 2 * n * likelihood;
  metrics["aic"] = 2 * freedom - 2 * n * likelihood;
  metrics["iterations"] = found.iterations;
  metrics["converged"] = found.converged;
  metrics["weights"] = found.weights();
  metrics["on"] = "train";
  metrics["data"] = data_json(input_);
  model_file file;
  file.kind = "gmm";
  file.classes = cluster_names(k);
  file.pipeline = to_json(input_.fitted);
  auto full = found.form() == covariance_form::full;
  file.params = json{{"covariance", full ? "full" : "diagonal"}}.dump();
  file.seed = config_.seed;
  file.metrics = metrics.dump();
  file.data_sha256 = data_sha256_;
  file.tensors["weights"] = shaped(found.weights(), {k});
  file.tensors["means"] = shaped(found.means(), {k, d});
  file.tensors["covariances"] = full ? shaped(found.covariances(), {k, d, d})
                                     : shaped(found.covariances(), {k, d});
  return file;
}

gmm_model read(const model_file& file) {
  try {
    auto form = form_from(json::parse(file.params).at("covariance"));
    auto k = file.classes.size();
    auto& shape = file.tensors.at("means").shape;
    if (shape.size() != 2 || shape[0] != k)
      throw std::invalid_argument("'means' is no matrix of the clusters");
    auto d = shape[1];
    auto size = form == covariance_form::full ? d * d : d;
    return {form, values_of<double>(file.tensors, "weights", k),
            values_of<double>(file.tensors, "means", k * d),
            values_of<double>(file.tensors, "covariances", k * size)};
  } catch (const std::exception& e) {
    throw data_error(std::string("model: no Gaussian mixture: ") + e.what());
  }
}

class gmm_predictor : public predictor {
public:
  explicit gmm_predictor(const model_file& file) : model_(read(file)) {}

  size_t inputs() const override { return model_.columns(); }

  size_t outputs() const override { return model_.clusters(); }

  void predict(std::span<const float> rows,
               size_t count,
               std::span<float> out) override {
    model_.transform({rows.data(), count, inputs()}, out);
  }

private:
  gmm_model model_;
};

json evaluate(const model_file& file,
              const dataset& data,
              std::span<const float> outputs) {
  auto k = file.classes.size();
  return measure_clusters({data.features, data.inputs}, data.labels,
                          chosen_clusters(outputs, k, {}), k);
}

} // namespace

model_kind gmm_kind() {
  model_kind kind;
  kind.name = "gmm";
  kind.summary = "clusters that are normal distributions";
  kind.example = "--data models/data/breast_cancer.csv --clusters 2 --name "
                 "mixture --watch";
  kind.data = data_need::unlabelled;
  kind.parameters = parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<gmm_run>(input);
  };
  kind.load = [](const model_file& file) -> std::unique_ptr<predictor> {
    return std::make_unique<gmm_predictor>(file);
  };
  kind.evaluate = evaluate;
  return kind;
}

} // namespace models
