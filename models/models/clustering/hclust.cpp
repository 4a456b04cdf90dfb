#include <models/clustering/distances.hpp>
#include <models/clustering/hclust.hpp>
#include <models/clustering/nn_chain.hpp>
#include <models/io/tensor_values.hpp>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace models {

namespace {

using clustering::block_rows;
using clustering::distance_measure;

constexpr uint32_t most_tasks = 256;
constexpr size_t numbers_a_round = size_t{1} << 24; // hundredths of a second

struct hclust_words {
  uint64_t rows;
  uint64_t columns;
  uint32_t tasks;
  distance_measure measure;
  uint32_t measuring; ///< 0: the round has nothing to do for workers
};

/// Where everything lies.
struct payload {
  hclust_words* words;
  float* x;         ///< columns x stride
  float* distances; ///< rows x stride

  static constexpr size_t head = 64;
  static_assert(sizeof(hclust_words) <= head);

  static size_t bytes(size_t rows, size_t columns) {
    return head
           + clustering::matrix_stride(rows) * (rows + columns) * sizeof(float);
  }

  payload(std::span<std::byte> memory, size_t rows, size_t columns)
    : words(reinterpret_cast<hclust_words*>(memory.data())),
      x(reinterpret_cast<float*>(memory.data() + head)),
      distances(x + columns * clustering::matrix_stride(rows)) {
    if (memory.size() < bytes(rows, columns))
      throw std::invalid_argument("hclust: the memory is too short");
  }
};

class hclust_tasks : public round_tasks {
public:
  explicit hclust_tasks(const payload& p) : p_(p) {}

  static std::unique_ptr<round_tasks> attach(std::span<std::byte> memory) {
    if (memory.size() < payload::head)
      throw std::invalid_argument("hclust: the memory is too short");
    auto& w = *reinterpret_cast<const hclust_words*>(memory.data());
    return std::make_unique<hclust_tasks>(payload(memory, w.rows, w.columns));
  }

  /// Every so many blocks: the first ones have most to do.
  void compute(uint32_t task) override {
    auto& w = *p_.words;
    if (w.measuring == 0)
      return;
    clustering::columns_view view{p_.x, w.rows, w.columns,
                                  clustering::matrix_stride(w.rows)};
    for (size_t b = task; b * block_rows < w.rows; b += w.tasks)
      clustering::distances_of_block(view, w.measure, b, p_.distances);
  }

private:
  payload p_;
};

distance_measure measure_of(const hclust_config& c) {
  if (c.method == linkage_method::ward)
    return distance_measure::squared;
  return c.distance == row_distance::manhattan ? distance_measure::manhattan
                                               : distance_measure::euclidean;
}

/// The middle of each column: distances between rows far from 0 need it.
std::vector<double> middles(const rows_view& x) {
  std::vector<float> least(x.row(0), x.row(0) + x.columns), most = least;
  for (size_t i = 1; i < x.rows; ++i)
    for (size_t f = 0; f < x.columns; ++f) {
      least[f] = std::min(least[f], x.row(i)[f]);
      most[f] = std::max(most[f], x.row(i)[f]);
    }
  std::vector<double> middle;
  double squares = 0;
  for (size_t f = 0; f < x.columns; ++f) {
    auto range = double{most[f]} - double{least[f]};
    middle.push_back(double{least[f]} + range / 2);
    squares += range * range;
  }
  if (squares * static_cast<double>(x.rows) > 1e37)
    throw std::invalid_argument("hclust: the rows are so far apart that their "
                                "distances are beyond float; scale them");
  return middle;
}

} // namespace

struct hclust_algorithm::state {
  hclust_config config;
  rows_view x;
  std::vector<double> middle;
  std::optional<payload> p;
  std::optional<clustering::nn_chain> chain;
  bool over = false;
  std::vector<uint32_t> saved_pairs; ///< to go on from
  std::vector<uint32_t> saved_chain;
};

void check(const hclust_config& c) {
  auto fail = [](const std::string& what) {
    throw std::invalid_argument("hclust: " + what);
  };
  if (c.clusters < 1)
    fail("clusters is 0, expected 1 or more");
  if (!(c.height >= 0) || !std::isfinite(c.height))
    fail("height is " + std::to_string(c.height)
         + ", expected a number of 0 or more");
  if (c.method == linkage_method::ward && c.distance != row_distance::euclidean)
    fail("ward joins by squared Euclidean distances; choose another linkage "
         "for another distance");
}

hclust_algorithm::hclust_algorithm(const hclust_config& config,
                                   const rows_view& x)
  : state_(std::make_unique<state>()) {
  check(config);
  check_finite(x, "hclust");
  if (x.rows < 2 || x.rows > hclust_model::max_rows)
    throw std::invalid_argument("hclust: " + std::to_string(x.rows)
                                + " rows; it takes 2 to "
                                + std::to_string(hclust_model::max_rows)
                                + ", as it needs the distances of all to all");
  if (config.clusters > x.rows)
    throw std::invalid_argument("hclust: " + std::to_string(config.clusters)
                                + " clusters of " + std::to_string(x.rows)
                                + " rows");
  state_->config = config;
  state_->x = x;
  state_->middle = middles(x);
}

hclust_algorithm::~hclust_algorithm() = default;

uint32_t hclust_algorithm::tasks() const {
  auto blocks = (state_->x.rows + block_rows - 1) / block_rows;
  return static_cast<uint32_t>(std::min<size_t>(blocks, most_tasks));
}

size_t hclust_algorithm::payload_bytes() const {
  return payload::bytes(state_->x.rows, state_->x.columns);
}

void hclust_algorithm::lay_out(std::span<std::byte> memory) {
  auto& s = *state_;
  s.p.emplace(memory, s.x.rows, s.x.columns);
  *s.p->words = {s.x.rows, s.x.columns, tasks(), measure_of(s.config), 0};
  auto stride = clustering::matrix_stride(s.x.rows);
  for (size_t i = 0; i < s.x.rows; ++i)
    for (size_t f = 0; f < s.x.columns; ++f)
      s.p->x[f * stride + i] =
        static_cast<float>(double{s.x.row(i)[f]} - s.middle[f]);
}

bool hclust_algorithm::next_round() {
  if (state_->over)
    return false;
  state_->p->words->measuring = state_->chain ? 0 : 1;
  return true;
}

void hclust_algorithm::end_round() {
  auto& s = *state_;
  if (!s.chain) {
    s.chain.emplace(s.p->distances, s.x.rows, s.config.method);
    s.chain->replay(s.saved_pairs, s.saved_chain);
    return;
  }
  auto some = numbers_a_round / s.x.rows;
  s.over = !s.chain->join(s.config.merges_a_round > 0 ? s.config.merges_a_round
                                                      : some);
}

round_state hclust_algorithm::save() const {
  auto& s = *state_;
  auto pairs = s.saved_pairs, chain = s.saved_chain;
  if (s.chain) {
    pairs.clear();
    for (auto& m : s.chain->merges())
      pairs.insert(pairs.end(), {m.a, m.b});
    chain = s.chain->chain();
  }
  auto ids = [](const std::vector<uint32_t>& values) {
    return tensor_from(std::vector<int32_t>(values.begin(), values.end()));
  };
  round_state saved;
  saved.tensors["pairs"] = ids(pairs);
  saved.tensors["chain"] = ids(chain);
  saved.json = nlohmann::json{{"rows", s.x.rows},
                              {"columns", s.x.columns},
                              {"pairs", pairs.size()},
                              {"chain", chain.size()}}
                 .dump();
  return saved;
}

void hclust_algorithm::restore(const round_state& saved) {
  auto& s = *state_;
  try {
    auto j = nlohmann::json::parse(saved.json);
    auto ids = [&](const char* name) {
      auto values = values_of<int32_t>(saved.tensors, name, j.at(name));
      return std::vector<uint32_t>(values.begin(), values.end());
    };
    auto pairs = ids("pairs"), chain = ids("chain");
    if (j.at("rows") != s.x.rows || j.at("columns") != s.x.columns
        || pairs.size() > 2 * s.x.rows)
      throw std::invalid_argument("hclust: the state of another computation");
    s.saved_pairs = std::move(pairs);
    s.saved_chain = std::move(chain);
  } catch (const nlohmann::json::exception& e) {
    throw std::invalid_argument(std::string("hclust: a damaged state: ")
                                + e.what());
  }
}

size_t hclust_algorithm::joined() const {
  return state_->chain ? state_->chain->merges().size()
                       : state_->saved_pairs.size() / 2;
}

double hclust_algorithm::height() const {
  auto& s = *state_;
  double most = 0;
  if (s.chain)
    for (auto& m : s.chain->merges())
      most = std::max(most, m.height);
  return s.config.method == linkage_method::ward ? std::sqrt(most) : most;
}

hclust_model hclust_algorithm::result() const {
  auto& s = *state_;
  auto merges = s.chain->merges();
  auto ward = s.config.method == linkage_method::ward;
  if (ward)
    for (auto& m : merges)
      m.height = std::sqrt(m.height);
  auto steps = make_linkage(std::move(merges));
  auto clusters = s.config.height > 0 ? clusters_below(steps, s.config.height)
                                      : s.config.clusters;
  auto labels = cut_tree(steps, clusters);
  std::vector<uint64_t> sizes(clusters);
  std::vector<double> sums(clusters * s.x.columns);
  for (size_t i = 0; i < s.x.rows; ++i) {
    auto own = static_cast<size_t>(labels[i]);
    ++sizes[own];
    for (size_t f = 0; f < s.x.columns; ++f)
      sums[own * s.x.columns + f] += double{s.x.row(i)[f]};
  }
  std::vector<float> rows(s.x.data, s.x.data + s.x.rows * s.x.columns);
  auto of_rows = labels;
  if (ward) {
    rows.resize(sums.size());
    of_rows.resize(clusters);
    for (size_t i = 0; i < sums.size(); ++i)
      rows[i] = static_cast<float>(
        sums[i] / static_cast<double>(sizes[i / s.x.columns]));
    for (uint32_t c = 0; c < clusters; ++c)
      of_rows[c] = static_cast<int32_t>(c);
  }
  hclust_model model(s.config.method, s.config.distance, std::move(rows),
                     s.x.columns, std::move(of_rows), std::move(sizes));
  model.labels = std::move(labels);
  model.linkage = std::move(steps);
  return model;
}

round_program hclust_program() {
  return {"hclust", hclust_tasks::attach};
}

hclust::hclust(hclust_config config) : config_(config) {
  check(config);
}

hclust_model hclust::fit(const rows_view& x, uint32_t threads) const {
  hclust_algorithm algorithm(config_, x);
  run_rounds(algorithm, threads);
  return algorithm.result();
}

} // namespace models
