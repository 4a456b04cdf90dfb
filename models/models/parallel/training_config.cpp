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

} // namespace

void check(const training_config& c) {
  check(c.net);
  check(c.opt);
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
  require(set.labels.size() == rows, std::to_string(set.labels.size())
                                       + " labels for " + std::to_string(rows)
                                       + " rows");
  require(set.features.size() == rows * config.net.inputs,
          std::to_string(set.features.size()) + " features for "
            + std::to_string(rows) + " rows of "
            + std::to_string(config.net.inputs));
  for (size_t i = 0; i < rows; ++i)
    if (set.labels[i] < 0
        || static_cast<uint32_t>(set.labels[i]) >= config.net.outputs)
      require(false, "row " + std::to_string(i) + ": label "
                       + std::to_string(set.labels[i]) + ", expected 0 to "
                       + std::to_string(config.net.outputs - 1));
  for (size_t i = 0; i < set.features.size(); ++i)
    if (!std::isfinite(set.features[i]))
      require(false, "row " + std::to_string(i / config.net.inputs)
                       + ", column " + std::to_string(i % config.net.inputs)
                       + " is not a finite number");
}

} // namespace models
