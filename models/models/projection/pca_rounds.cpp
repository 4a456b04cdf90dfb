#include <models/projection/pca_rounds.hpp>

#include <Eigen/Core>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace models {

namespace {

using matrix = Eigen::MatrixXd;
constexpr size_t block_rows = 256;
constexpr size_t line = 64;

constexpr size_t padded(size_t bytes) {
  return (bytes + line - 1) / line * line;
}

struct pca_words {
  uint64_t rows;
  uint64_t columns;
  uint32_t tasks;
};

/// Where everything lies.
struct payload {
  pca_words* words;
  float* x;     ///< rows x columns
  double* mean; ///< columns
  double* sums; ///< tasks x columns x columns

  static size_t sums_at(const pca_words& w) {
    return padded(sizeof(pca_words))
           + padded(w.rows * w.columns * sizeof(float))
           + padded(w.columns * sizeof(double));
  }

  static size_t bytes(const pca_words& w) {
    return sums_at(w) + w.tasks * w.columns * w.columns * sizeof(double);
  }

  payload(std::span<std::byte> memory, const pca_words& w)
    : words(reinterpret_cast<pca_words*>(memory.data())),
      x(reinterpret_cast<float*>(memory.data() + padded(sizeof(pca_words)))),
      mean(reinterpret_cast<double*>(
        memory.data() + padded(sizeof(pca_words))
        + padded(w.rows * w.columns * sizeof(float)))),
      sums(reinterpret_cast<double*>(memory.data() + sums_at(w))) {
    if (memory.size() < bytes(w))
      throw std::invalid_argument("pca: the memory is too short");
  }
};

class pca_tasks : public round_tasks {
public:
  explicit pca_tasks(const payload& p) : p_(p) {}

  static std::unique_ptr<round_tasks> attach(std::span<std::byte> memory) {
    if (memory.size() < sizeof(pca_words))
      throw std::invalid_argument("pca: the memory is too short");
    auto words = *reinterpret_cast<const pca_words*>(memory.data());
    return std::make_unique<pca_tasks>(payload(memory, words));
  }

  void compute(uint32_t task) override {
    auto& w = *p_.words;
    auto d = static_cast<Eigen::Index>(w.columns);
    Eigen::Map<const Eigen::VectorXd> mean(p_.mean, d);
    matrix sum = matrix::Zero(d, d);
    auto first = w.rows * task / w.tasks, last = w.rows * (task + 1) / w.tasks;
    for (auto i = first; i < last; i += block_rows) {
      auto n =
        static_cast<Eigen::Index>(std::min<uint64_t>(block_rows, last - i));
      matrix x = Eigen::Map<const Eigen::MatrixXf>(p_.x + i * w.columns, d, n)
                   .cast<double>();
      x.colwise() -= mean;
      sum.selfadjointView<Eigen::Lower>().rankUpdate(x);
    }
    std::copy_n(sum.data(), sum.size(), p_.sums + task * w.columns * w.columns);
  }

private:
  payload p_;
};

[[noreturn]] void refuse(const std::string& what) {
  throw std::invalid_argument("pca: " + what);
}

} // namespace

struct pca_algorithm::state {
  rows_view x;
  size_t components;
  double share;
  pca_words shape;
  std::vector<double> mean;
  std::optional<payload> p;
  std::optional<pca> found;
};

pca_algorithm::pca_algorithm(const rows_view& x,
                             size_t components,
                             double share,
                             uint32_t shards)
  : state_(std::make_unique<state>()) {
  check_finite(x, "pca");
  auto most = std::min(x.rows, x.columns);
  if (x.rows < 2 || x.columns > pca::max_inputs)
    refuse(std::to_string(x.rows) + " rows of " + std::to_string(x.columns)
           + " columns; it takes 2 rows or more of at most "
           + std::to_string(pca::max_inputs) + " columns");
  if (components > most)
    refuse(std::to_string(components) + " components of "
           + std::to_string(x.rows) + " rows with " + std::to_string(x.columns)
           + " columns; expected 1 to " + std::to_string(most));
  if (!(share > 0 && share <= 1) || shards < 1 || shards > 1024)
    refuse("share must be above 0 to 1, shards 1 to 1024");
  constexpr size_t numbers = size_t{1} << 25; // of all tasks' sums
  auto tasks = std::min<size_t>(
    {shards, x.rows, std::max<size_t>(2, numbers / (x.columns * x.columns))});
  std::vector<double> mean(x.columns);
  for (size_t i = 0; i < x.rows; ++i)
    for (size_t f = 0; f < x.columns; ++f)
      mean[f] += double{x.row(i)[f]};
  for (auto& m : mean)
    m /= static_cast<double>(x.rows);
  *state_ = {x,
             components,
             share,
             {x.rows, x.columns, static_cast<uint32_t>(tasks)},
             std::move(mean),
             {},
             {}};
}

pca_algorithm::~pca_algorithm() = default;

uint32_t pca_algorithm::tasks() const {
  return state_->shape.tasks;
}

size_t pca_algorithm::payload_bytes() const {
  return payload::bytes(state_->shape);
}

void pca_algorithm::lay_out(std::span<std::byte> memory) {
  auto& s = *state_;
  s.p.emplace(memory, s.shape);
  *s.p->words = s.shape;
  std::copy_n(s.x.data, s.x.rows * s.x.columns, s.p->x);
  std::copy(s.mean.begin(), s.mean.end(), s.p->mean);
}

bool pca_algorithm::next_round() {
  return !over();
}

void pca_algorithm::end_round() {
  auto& s = *state_;
  auto d = static_cast<Eigen::Index>(s.x.columns);
  matrix sum = matrix::Zero(d, d);
  for (uint32_t t = 0; t < s.shape.tasks; ++t)
    sum += Eigen::Map<const matrix>(s.p->sums + t * d * d, d, d);
  sum /= static_cast<double>(s.x.rows - 1);
  auto most = s.components > 0 ? s.components : std::min(s.x.rows, s.x.columns);
  auto all = pca_of(s.mean, {sum.data(), s.x.columns * s.x.columns}, most);
  if (s.components == 0) {
    double kept = 0;
    size_t n = 0;
    while (n < most && (n == 0 || kept < s.share * all.total_variance))
      kept += all.variance[n++];
    all.outputs = n;
    all.variance.resize(n);
    all.components.resize(n * all.inputs);
  }
  s.found = std::move(all);
}

/// One round is all: who goes on begins anew.
round_state pca_algorithm::save() const {
  return {};
}

void pca_algorithm::restore(const round_state&) {}

bool pca_algorithm::over() const {
  return state_->found.has_value();
}

const pca& pca_algorithm::result() const {
  return *state_->found;
}

round_program pca_program() {
  return {"pca", pca_tasks::attach};
}

} // namespace models
