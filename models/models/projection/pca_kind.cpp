#include <models/core/error.hpp>
#include <models/io/tensor_values.hpp>
#include <models/kinds/table_input.hpp>
#include <models/projection/pca_kind.hpp>
#include <models/projection/pca_rounds.hpp>

#include <nlohmann/json.hpp>

namespace models {

namespace {

using nlohmann::json;
using enum parameter_type;

parameter_table parameters() {
  static const auto table = with_preparation({
    {.name = "components",
     .type = integer,
     .default_json = "2",
     .metavar = "N",
     .help = "how many, 0 for as many as keep --share of the variance",
     .min = 0,
     .max = pca::max_inputs},
    {.name = "share",
     .type = real,
     .default_json = "0.95",
     .metavar = "F",
     .help = "of the variance, if --components is 0",
     .min = 0,
     .max = 1,
     .above_min = true},
    {.name = "shards",
     .type = integer,
     .default_json = "32",
     .metavar = "N",
     .help = "parts the rows are cut into, whoever computes them",
     .min = 1,
     .max = 1024},
  });
  return table;
}

class pca_run : public kind_run {
public:
  explicit pca_run(const kind_input& input)
    : input_(prepare_table(input)),
      algorithm_(input_.rows(),
                 input.params.at("components"),
                 input.params.at("share"),
                 input.params.at("shards")),
      data_sha256_(input.data_sha256) {}

  round_algorithm& algorithm() override { return algorithm_; }

  kind_progress progress() const override {
    kind_progress p;
    p.epochs = p.steps = 1;
    p.epoch = p.step = algorithm_.over() ? 1 : 0;
    if (algorithm_.over())
      p.point = {1, 1 - algorithm_.result().kept()};
    return p;
  }

  bool checkpoint_due() const override { return false; }

  model_file result() const override {
    auto& found = algorithm_.result();
    std::vector<double> shares;
    for (auto v : found.variance)
      shares.push_back(found.total_variance > 0 ? v / found.total_variance : 0);
    model_file file;
    file.kind = "pca";
    for (size_t i = 1; i <= found.outputs; ++i)
      file.classes.push_back("component " + std::to_string(i));
    file.pipeline = to_json(input_.fitted);
    file.params = json{{"mean", found.mean}}.dump(); // for `evaluate`
    file.metrics = json{{"components", found.outputs},
                        {"explained_variance", found.kept()},
                        {"shares", shares},
                        {"rows", input_.data.rows},
                        {"on", "train"},
                        {"data", data_json(input_)}}
                     .dump();
    file.data_sha256 = data_sha256_;
    file.tensors["mean"] = tensor_from(found.mean);
    file.tensors["variance"] = tensor_from(found.variance);
    auto components = tensor_from(found.components);
    components.shape = {found.outputs, found.inputs};
    file.tensors["components"] = std::move(components);
    return file;
  }

private:
  table_input input_;
  pca_algorithm algorithm_;
  std::string data_sha256_;
};

class pca_predictor : public predictor {
public:
  explicit pca_predictor(const model_file& file) {
    try {
      auto& shape = file.tensors.at("components").shape;
      if (shape.size() != 2 || shape[0] != file.classes.size() || shape[1] == 0)
        throw std::invalid_argument("'components' is no matrix of them");
      pca_.outputs = shape[0];
      pca_.inputs = shape[1];
      pca_.mean = values_of<double>(file.tensors, "mean", pca_.inputs);
      pca_.components = values_of<double>(file.tensors, "components",
                                          pca_.outputs * pca_.inputs);
    } catch (const std::exception& e) {
      throw data_error(std::string("model: no principal components: ")
                       + e.what());
    }
  }

  size_t inputs() const override { return pca_.inputs; }

  size_t outputs() const override { return pca_.outputs; }

  void predict(std::span<const float> rows,
               size_t count,
               std::span<float> out) override {
    for (size_t i = 0; i < count; ++i)
      pca_.project(rows.subspan(i * inputs(), inputs()),
                   out.subspan(i * outputs(), outputs()));
  }

private:
  pca pca_;
};

/// The share of the rows' variance about the model's mean that it keeps.
json evaluate(const model_file& file,
              const dataset& data,
              std::span<const float> outputs) {
  auto mean = json::parse(file.params).at("mean").get<std::vector<double>>();
  if (mean.size() != data.inputs)
    throw data_error("model: the mean is not of the inputs");
  double all = 0, kept = 0;
  for (size_t i = 0; i < data.rows; ++i)
    for (size_t f = 0; f < data.inputs; ++f) {
      auto d = double{data.features[i * data.inputs + f]} - mean[f];
      all += d * d;
    }
  for (auto x : outputs)
    kept += double{x} * double{x};
  return {{"explained_variance", all > 0 ? kept / all : 1},
          {"rows", data.rows}};
}

} // namespace

model_kind pca_kind() {
  model_kind kind;
  kind.name = "pca";
  kind.summary = "the directions in which rows differ most";
  kind.example = "--data models/data/digits.csv --components 10 --name plane "
                 "--watch";
  kind.data = data_need::unlabelled;
  kind.parameters = parameters;
  kind.make = [](const kind_input& input) -> std::unique_ptr<kind_run> {
    return std::make_unique<pca_run>(input);
  };
  kind.load = [](const model_file& file) -> std::unique_ptr<predictor> {
    return std::make_unique<pca_predictor>(file);
  };
  kind.outputs = {"components", output_meaning::choice::none};
  kind.evaluate = evaluate;
  return kind;
}

} // namespace models
