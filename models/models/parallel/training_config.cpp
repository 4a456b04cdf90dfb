#include <models/parallel/training_config.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

namespace models {

namespace {

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("training: " + what);
}

void check_labels(const mlp_config& net, const training_set& set) {
  auto rows = set.rows.sum();
  require(set.labels.size() == rows, std::to_string(set.labels.size())
                                       + " labels for " + std::to_string(rows)
                                       + " rows");
  for (size_t i = 0; i < rows; ++i)
    if (set.labels[i] < 0
        || static_cast<uint32_t>(set.labels[i]) >= net.outputs)
      require(false, "row " + std::to_string(i) + ": label "
                       + std::to_string(set.labels[i]) + ", expected 0 to "
                       + std::to_string(net.outputs - 1));
}

void check_truth(const mlp_config& net, const training_set& set) {
  if (net.output == output_kind::classes)
    return check_labels(net, set);
  require(set.targets.size() == set.rows.sum() * net.outputs,
          std::to_string(set.targets.size()) + " targets for "
            + std::to_string(set.rows.sum()) + " rows of "
            + std::to_string(net.outputs));
  for (size_t i = 0; i < set.targets.size(); ++i) {
    auto x = set.targets[i];
    if (!std::isfinite(x)
        || (net.output == output_kind::flags && x != 0 && x != 1))
      require(false, "row " + std::to_string(i / net.outputs) + ", target "
                       + std::to_string(i % net.outputs)
                       + (net.output == output_kind::flags
                            ? " is not 0 or 1"
                            : " is not a finite number"));
  }
}

} // namespace

void check(const training_config& c) {
  check(c.net);
  check(c.opt);
  check(c.schedule);
  require(c.clip_norm >= 0 && c.clip_norm <= 1e6f,
          "clip_norm must be at least 0");
  require(c.clip_value >= 0 && c.clip_value <= 1e6f,
          "clip_value must be at least 0");
  require(c.class_weights.empty()
            || (c.net.output == output_kind::classes
                && c.class_weights.size() == c.net.outputs),
          "class weights must be as many as classes");
  for (auto weight : c.class_weights)
    require(weight >= 0 && weight <= 1e6f, "a class weight must be 0 to 1e6");
  require(c.batch >= 1 && c.batch <= 65536, "batch must be 1 to 65536");
  require(c.epochs >= 1 && c.epochs <= 1000000, "epochs must be 1 to 1000000");
  require(c.patience <= 1000000, "patience must be 0 to 1000000");
  require(c.shards >= 1 && c.shards <= 1024, "shards must be 1 to 1024");
}

void check(const training_config& config, const training_set& set) {
  check(config);
  auto rows = set.rows.sum();
  require(set.rows.train >= 1, "no rows to train on");
  require(rows <= std::numeric_limits<int32_t>::max(), "too many rows");
  check_truth(config.net, set);
  require(set.features.size() == rows * config.net.inputs,
          std::to_string(set.features.size()) + " features for "
            + std::to_string(rows) + " rows of "
            + std::to_string(config.net.inputs));
  for (size_t i = 0; i < set.features.size(); ++i)
    if (!std::isfinite(set.features[i]))
      require(false, "row " + std::to_string(i / config.net.inputs)
                       + ", column " + std::to_string(i % config.net.inputs)
                       + " is not a finite number");
}

} // namespace models
