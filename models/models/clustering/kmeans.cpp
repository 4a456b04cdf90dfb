#include <models/clustering/kmeans_state.hpp>
#include <models/io/tensor_values.hpp>
#include <models/metrics/clustering.hpp>
#include <models/nn/denormals.hpp>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

namespace {

using nlohmann::json;

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("k-means: " + what);
}

double nan_or(const json& x) {
  return x.is_null() ? std::numeric_limits<double>::quiet_NaN()
                     : x.get<double>();
}

} // namespace

void check(const kmeans_config& c) {
  require(c.clusters >= 1 && c.clusters <= 65536,
          "clusters must be 1 to 65536");
  require(c.max_clusters == 0
            || (c.max_clusters >= c.clusters && c.max_clusters <= 65536),
          "max_clusters must be 0, or from clusters to 65536");
  require(c.starts >= 1 && c.starts <= 1000, "starts must be 1 to 1000");
  require(c.iterations >= 1 && c.iterations <= 1000000,
          "iterations must be 1 to 1000000");
  require(c.tolerance >= 0 && c.tolerance <= 1, "tolerance must be 0 to 1");
  require(c.batch <= 1 << 24, "batch must be 0 to 16777216");
  require(c.shards >= 1 && c.shards <= 1024, "shards must be 1 to 1024");
  require(c.silhouette_rows == 0
            || (c.silhouette_rows >= 2 && c.silhouette_rows <= 100000),
          "silhouette_rows must be 0, or 2 to 100000");
  require(c.max_clusters <= c.clusters || c.choose != cluster_choice::silhouette
            || (c.clusters >= 2 && c.silhouette_rows > c.max_clusters),
          "to choose by silhouette, clusters must be at least 2 and "
          "silhouette_rows more than max_clusters");
}

kmeans_algorithm::kmeans_algorithm(const kmeans_config& config,
                                   const rows_view& x) {
  check(config);
  check_finite(x, "k-means");
  auto most = std::max(config.clusters, config.max_clusters);
  require(most <= x.rows, std::to_string(most) + " clusters of "
                            + std::to_string(x.rows) + " rows");
  require(uint64_t{most} * x.columns <= uint64_t{1} << 28,
          "clusters times columns must be at most 2^28");
  require(config.max_clusters <= config.clusters
            || config.choose != cluster_choice::silhouette
            || x.rows > config.max_clusters,
          "to choose by silhouette there must be more rows than clusters");
  state_ = std::make_unique<state>(config, x);
}

kmeans_algorithm::~kmeans_algorithm() = default;

uint32_t kmeans_algorithm::tasks() const {
  return state_->shape.tasks;
}

size_t kmeans_algorithm::payload_bytes() const {
  return kmeans_payload::bytes(state_->shape);
}

void kmeans_algorithm::lay_out(std::span<std::byte> payload) {
  state_->lay_out(payload);
}

bool kmeans_algorithm::next_round() {
  return state_->prepare();
}

void kmeans_algorithm::end_round() {
  state_->end();
}

// -- state --------------------------------------------------------------------

round_state kmeans_algorithm::save() const {
  auto& s = *state_;
  round_state saved;
  json found = json::array();
  for (size_t i = 0; i < s.found.size(); ++i) {
    auto& f = s.found[i];
    found.push_back({{"clusters", f.clusters},
                     {"inertia", f.inertia},
                     {"silhouette", f.silhouette},
                     {"iterations", f.iterations},
                     {"converged", f.converged}});
    auto name = "found" + std::to_string(i);
    saved.tensors[name + ".centres"] = tensor_from(f.centres);
    saved.tensors[name + ".labels"] = tensor_from(f.labels);
  }
  // The seeding of a run is done anew: it is short.
  auto in_rounds = s.at == state::step::rounds && s.rounds > 0;
  json j{{"rows", s.x.rows},
         {"columns", s.x.columns},
         {"clusters", s.clusters},
         {"run", s.run},
         {"all_rounds", s.all_rounds},
         {"found", found},
         {"in_rounds", in_rounds},
         {"over", s.at == state::step::over},
         {"judging", s.at == state::step::judging}};
  if (in_rounds) {
    auto& w = *s.p->words;
    auto rows = [&](auto* values) {
      return tensor_from(std::span(values, s.x.rows));
    };
    j["rounds"] = s.rounds;
    j["drift"] = {w.drift, w.second_drift, w.drifter};
    j["smooth"] = {s.smooth, s.least_smooth, s.without};
    saved.tensors["centres"] =
      tensor_from(std::span(s.p->centres, s.clusters * s.x.columns));
    saved.tensors["drifts"] = tensor_from(std::span(s.p->drifts, s.clusters));
    saved.tensors["sums"] = tensor_from(s.sums);
    saved.tensors["counts"] = tensor_from(s.counts);
    saved.tensors["labels"] = rows(s.p->labels[w.slot]);
    saved.tensors["upper"] = rows(s.p->upper[w.slot]);
    saved.tensors["lower"] = rows(s.p->lower[w.slot]);
  }
  saved.json = j.dump();
  return saved;
}

void kmeans_algorithm::restore(const round_state& saved) {
  auto& s = *state_;
  try {
    auto j = json::parse(saved.json);
    require(j.at("rows") == s.x.rows && j.at("columns") == s.x.columns,
            "a checkpoint of other data");
    s.clusters = j.at("clusters");
    s.run = j.at("run");
    s.all_rounds = j.at("all_rounds");
    s.at = j.at("over") ? state::step::over : state::step::start;
    for (auto& f : j.at("found")) {
      auto name = "found" + std::to_string(s.found.size());
      kmeans_found found{f.at("clusters"),
                         f.at("inertia"),
                         nan_or(f.at("silhouette")),
                         f.at("iterations"),
                         f.at("converged"),
                         {},
                         {}};
      found.centres = values_of<float>(saved.tensors, name + ".centres",
                                       found.clusters * s.x.columns);
      found.labels =
        values_of<int32_t>(saved.tensors, name + ".labels", s.x.rows);
      s.found.push_back(std::move(found));
    }
    require(s.at == state::step::over || s.clusters <= s.most(),
            "a checkpoint of another request");
    if (j.at("judging")) {
      require(!s.found.empty(), "a checkpoint without clusters");
      std::copy(s.found.back().labels.begin(), s.found.back().labels.end(),
                s.p->labels[s.p->words->slot]);
      s.at = state::step::judging;
    }
    if (!j.at("in_rounds"))
      return;
    s.begin_rounds();
    auto& w = *s.p->words;
    s.rounds = j.at("rounds");
    w.drift = j.at("drift").at(0);
    w.second_drift = j.at("drift").at(1);
    w.drifter = j.at("drift").at(2);
    s.smooth = j.at("smooth").at(0);
    s.least_smooth = j.at("smooth").at(1);
    s.without = j.at("smooth").at(2);
    s.sums = values_of<double>(saved.tensors, "sums", s.clusters * s.x.columns);
    s.counts = values_of<int64_t>(saved.tensors, "counts", s.clusters);
    auto put = [&]<class T>(T* to, const char* name, size_t n) {
      auto values = values_of<T>(saved.tensors, name, n);
      std::copy(values.begin(), values.end(), to);
    };
    put(s.p->centres, "centres", s.clusters * s.x.columns);
    put(s.p->drifts, "drifts", s.clusters);
    put(s.p->labels[w.slot], "labels", s.x.rows);
    put(s.p->upper[w.slot], "upper", s.x.rows);
    put(s.p->lower[w.slot], "lower", s.x.rows);
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("k-means: checkpoint: ")
                                + e.what());
  }
}

kmeans_progress kmeans_algorithm::progress() const {
  auto& s = *state_;
  auto before = s.clusters - s.config.clusters;
  auto in_run = s.at == state::step::rounds || s.at == state::step::scoring;
  return {before * s.config.starts + s.run,
          (s.most() - s.config.clusters + 1) * s.config.starts,
          s.all_rounds,
          in_run ? s.rounds : 0,
          s.most_rounds(),
          s.last_inertia};
}

kmeans_model kmeans_algorithm::result() const {
  auto& s = *state_;
  auto& best = s.chosen();
  auto centres = best.centres;
  for (size_t i = 0; i < centres.size(); ++i)
    centres[i] = static_cast<float>(static_cast<double>(centres[i])
                                    + s.mean[i % s.x.columns]);
  kmeans_model model(std::move(centres), s.x.columns);
  model.labels = best.labels;
  model.inertia = best.inertia;
  model.iterations = best.iterations;
  model.converged = best.converged;
  model.sizes.resize(best.clusters);
  for (auto label : best.labels)
    ++model.sizes[static_cast<size_t>(label)];
  model.unused = static_cast<uint32_t>(
    std::count(model.sizes.begin(), model.sizes.end(), 0u));
  for (auto& f : s.found)
    model.trials.push_back({f.clusters, f.inertia, f.silhouette});
  return model;
}

// -- model --------------------------------------------------------------------

kmeans_model::kmeans_model(std::vector<float> centres, size_t columns)
  : centres_(std::move(centres)), columns_(columns) {
  check_finite(rows_view(centres_, columns_), "k-means: centres");
}

uint32_t kmeans_model::clusters() const {
  return columns_ > 0 ? static_cast<uint32_t>(centres_.size() / columns_) : 0;
}

std::vector<int32_t> kmeans_model::predict(const rows_view& x) const {
  std::vector<float> distances(x.rows * clusters());
  transform(x, distances);
  std::vector<int32_t> result;
  for (size_t i = 0; i < x.rows; ++i) {
    auto first = distances.begin() + static_cast<long>(i * clusters());
    auto least = std::min_element(first, first + clusters());
    result.push_back(static_cast<int32_t>(least - first));
  }
  return result;
}

void kmeans_model::transform(const rows_view& x, std::span<float> out) const {
  require(x.columns == columns_ && out.size() == x.rows * clusters(),
          std::to_string(x.columns) + " columns, the model has "
            + std::to_string(columns_));
  for (size_t i = 0; i < x.rows; ++i)
    for (uint32_t j = 0; j < clusters(); ++j)
      out[i * clusters() + j] = std::sqrt(clustering::squared_distance(
        x.row(i), centres_.data() + j * columns_, columns_));
}

kmeans::kmeans(kmeans_config config) : config_(config) {
  check(config_);
}

kmeans_model kmeans::fit(const rows_view& x, uint32_t threads) const {
  kmeans_algorithm algorithm(config_, x);
  run_rounds(algorithm, threads);
  return algorithm.result();
}

} // namespace models
