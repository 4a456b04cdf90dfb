#include <models/clustering/gmm_payload.hpp>
#include <models/clustering/kmeans.hpp>
#include <models/io/tensor_values.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace models {

namespace {

using nlohmann::json;

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("gmm: " + what);
}

/// What is known of a run.
struct trial {
  std::optional<gmm_model> model;
  double likelihood = 0; ///< of the model before
};

} // namespace

void check(const gmm_config& c) {
  require(c.clusters >= 1 && c.clusters <= 1024, "clusters must be 1 to 1024");
  require(c.starts >= 1 && c.starts <= 1000, "starts must be 1 to 1000");
  require(c.iterations >= 1 && c.iterations <= 1000000,
          "iterations must be 1 to 1000000");
  require(c.tolerance >= 0 && c.tolerance <= 1, "tolerance must be 0 to 1");
  require(c.floor >= 0 && c.floor <= 1e6, "floor must be 0 to 1000000");
  require(c.shards >= 1 && c.shards <= 1024, "shards must be 1 to 1024");
}

struct gmm_algorithm::state {
  gmm_config config;
  rows_view x;
  gmm_words shape{};
  std::optional<gmm_payload> p;
  uint32_t run = 0;
  uint32_t iteration = 0;
  trial now;  ///< no model: the run has not begun
  trial best; ///< of the runs before
  std::string failed;

  bool over() const { return run == config.starts || !failed.empty(); }

  void begin_run();
  void show();
  std::vector<double> gather();
  gmm_model maximise(std::vector<double> sums) const;
  void end_run(bool converged);
};

/// First clusters by k-means.
void gmm_algorithm::state::begin_run() {
  kmeans_config first;
  first.clusters = config.clusters;
  first.starts = 1;
  first.silhouette_rows = 0;
  first.seed = config.seed + run;
  auto found = kmeans{first}.fit(x);
  std::copy(found.labels.begin(), found.labels.end(), p->labels);
  std::copy(found.centres().begin(), found.centres().end(), p->means);
  p->words->stage = gmm_stage::labels;
}

/// Gives the workers the mixture at hand.
void gmm_algorithm::state::show() {
  auto& m = *now.model;
  std::copy(m.means().begin(), m.means().end(), p->means);
  std::copy(m.parts().offsets.begin(), m.parts().offsets.end(), p->offsets);
  std::copy(m.parts().values.begin(), m.parts().values.end(), p->factors);
  p->words->stage = gmm_stage::expectation;
}

/// The sums of all tasks, in their order.
std::vector<double> gmm_algorithm::state::gather() {
  auto first = p->sums(0);
  auto size =
    first.seconds + shape.clusters * p->mixture().size() - first.likelihood;
  std::vector<double> all(first.likelihood, first.likelihood + size);
  for (uint32_t t = 1; t < shape.tasks; ++t) {
    auto* other = p->sums(t).likelihood;
    for (size_t i = 0; i < all.size(); ++i)
      all[i] += other[i];
  }
  return all;
}

/// @param all sums of rows less the means that the workers had
gmm_model gmm_algorithm::state::maximise(std::vector<double> all) const {
  auto k = config.clusters;
  auto d = x.columns, size = p->mixture().size();
  auto* counts = all.data() + 8;
  auto* firsts = counts + k;
  auto* seconds = firsts + k * d;
  std::vector<double> weights, means(p->means, p->means + k * d);
  double sum = 0;
  for (size_t c = 0; c < k; ++c)
    sum += counts[c] += 10 * std::numeric_limits<double>::epsilon();
  for (size_t c = 0; c < k; ++c) {
    weights.push_back(counts[c] / sum);
    auto* move = firsts + c * d;
    auto* cov = seconds + c * size;
    for (size_t f = 0; f < d; ++f)
      means[c * d + f] += move[f] /= counts[c];
    auto full = config.form == covariance_form::full;
    for (size_t f = 0; f < d; ++f)
      for (size_t g = full ? f : 0; g < (full ? d : 1); ++g) {
        auto& value = full ? cov[f * d + g] : cov[f];
        value = value / counts[c] - move[f] * (full ? move[g] : move[f]);
        if (!full || f == g)
          value += config.floor;
        if (full)
          cov[g * d + f] = value;
      }
  }
  return {config.form,
          std::move(weights),
          std::move(means),
          {seconds, seconds + k * size}};
}

void gmm_algorithm::state::end_run(bool converged) {
  now.model->log_likelihood = now.likelihood;
  now.model->iterations = iteration;
  now.model->converged = converged;
  if (!best.model || now.likelihood > best.likelihood)
    best = std::move(now);
  now = {};
  iteration = 0;
  ++run;
}

gmm_algorithm::gmm_algorithm(const gmm_config& config, const rows_view& x)
  : state_(std::make_unique<state>()) {
  check(config);
  check_finite(x, "gmm");
  require(config.clusters <= x.rows, std::to_string(config.clusters)
                                       + " clusters of "
                                       + std::to_string(x.rows) + " rows");
  auto numbers = uint64_t{config.clusters} * x.columns
                 * (config.form == covariance_form::full ? x.columns : 1);
  require(numbers <= uint64_t{1} << 27,
          "covariances of " + std::to_string(numbers)
            + " numbers, of at most 2^27; use diagonal ones or --pca");
  constexpr uint64_t most = uint64_t{1} << 24; // numbers of all tasks
  auto tasks = std::min<uint64_t>(
    {config.shards, x.rows, std::max<uint64_t>(4, most / numbers)});
  state_->config = config;
  state_->x = x;
  state_->shape = {x.rows,          x.columns,
                   config.clusters, static_cast<uint32_t>(tasks),
                   config.form,     gmm_stage::labels};
}

gmm_algorithm::~gmm_algorithm() = default;

uint32_t gmm_algorithm::tasks() const {
  return state_->shape.tasks;
}

size_t gmm_algorithm::payload_bytes() const {
  return gmm_payload::bytes(state_->shape);
}

void gmm_algorithm::lay_out(std::span<std::byte> memory) {
  auto& s = *state_;
  s.p.emplace(memory, s.shape);
  *s.p->words = s.shape;
  std::copy_n(s.x.data, s.x.rows * s.x.columns, s.p->x);
}

bool gmm_algorithm::next_round() {
  auto& s = *state_;
  if (s.over())
    return false;
  if (s.now.model)
    s.show();
  else
    s.begin_run();
  return true;
}

void gmm_algorithm::end_round() {
  auto& s = *state_;
  auto sums = s.gather();
  auto before = s.now.likelihood;
  auto begun = s.now.model.has_value();
  auto likelihood = sums[0] / static_cast<double>(s.x.rows);
  try {
    s.now.model = s.maximise(std::move(sums));
  } catch (const std::invalid_argument& e) {
    s.failed = e.what();
    return;
  }
  if (!begun)
    return;
  s.now.likelihood = likelihood;
  ++s.iteration;
  auto converged =
    s.iteration > 1 && std::abs(likelihood - before) < s.config.tolerance;
  if (converged || s.iteration == s.config.iterations)
    s.end_run(converged);
}

uint32_t gmm_algorithm::run() const {
  return state_->run;
}

uint32_t gmm_algorithm::iteration() const {
  return state_->iteration;
}

double gmm_algorithm::log_likelihood() const {
  auto& s = *state_;
  return s.now.model ? s.now.likelihood : s.best.likelihood;
}

const std::string& gmm_algorithm::failed() const {
  return state_->failed;
}

gmm_model gmm_algorithm::result() const {
  return *state_->best.model;
}

round_state gmm_algorithm::save() const {
  auto& s = *state_;
  round_state saved;
  auto put = [&](const std::string& name, const trial& t) {
    if (!t.model)
      return json();
    saved.tensors[name + ".weights"] = tensor_from(t.model->weights());
    saved.tensors[name + ".means"] = tensor_from(t.model->means());
    saved.tensors[name + ".covariances"] = tensor_from(t.model->covariances());
    return json{{"likelihood", t.likelihood},
                {"iterations", t.model->iterations},
                {"converged", t.model->converged}};
  };
  auto now = put("now", s.now), best = put("best", s.best);
  saved.json = json{{"rows", s.x.rows},      {"columns", s.x.columns},
                    {"run", s.run},          {"iteration", s.iteration},
                    {"now", std::move(now)}, {"best", std::move(best)}}
                 .dump();
  return saved;
}

void gmm_algorithm::restore(const round_state& saved) {
  auto& s = *state_;
  try {
    auto j = json::parse(saved.json);
    require(j.at("rows") == s.x.rows && j.at("columns") == s.x.columns,
            "the state of another computation");
    auto get = [&](const std::string& name) {
      trial t;
      auto& about = j.at(name);
      if (about.is_null())
        return t;
      auto values = [&](const std::string& part, size_t n) {
        return values_of<double>(saved.tensors, name + part, n);
      };
      size_t k = s.config.clusters;
      t.model.emplace(s.config.form, values(".weights", k),
                      values(".means", k * s.x.columns),
                      values(".covariances", k * s.p->mixture().size()));
      t.likelihood = t.model->log_likelihood = about.at("likelihood");
      t.model->iterations = about.at("iterations");
      t.model->converged = about.at("converged");
      return t;
    };
    s.now = get("now");
    s.best = get("best");
    s.run = j.at("run");
    s.iteration = j.at("iteration");
  } catch (const json::exception& e) {
    require(false, std::string("a damaged state: ") + e.what());
  }
}

gmm::gmm(gmm_config config) : config_(config) {
  check(config);
}

gmm_model gmm::fit(const rows_view& x, uint32_t threads) const {
  gmm_algorithm algorithm(config_, x);
  run_rounds(algorithm, threads);
  if (!algorithm.failed().empty())
    throw std::runtime_error(algorithm.failed());
  return algorithm.result();
}

} // namespace models
