#include <models/clustering/kmeans_state.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace models {

namespace {

using clustering::few;
using clustering::squared_distance;

constexpr uint32_t stream = 0x6B6D; // "km"

/// Rounds without improvement after which a mini-batch run ends.
constexpr uint32_t batch_patience = 10;

/// Products of centres with each other that a round may cost at most.
constexpr uint64_t most_reach_work = uint64_t{1} << 25;

/// A function of the request alone, so that the bits are.
uint32_t tasks_for(const kmeans_config& c, const rows_view& x, uint64_t sums) {
  constexpr uint64_t most_floats = uint64_t{1} << 23;
  auto by_memory = std::max<uint64_t>(8, most_floats / sums);
  return static_cast<uint32_t>(
    std::min<uint64_t>({c.shards, x.rows, by_memory}));
}

} // namespace

kmeans_algorithm::state::state(const kmeans_config& c, const rows_view& rows)
  : config(c), x(rows), clusters(c.clusters) {
  shape.rows = x.rows;
  shape.columns = x.columns;
  shape.most_clusters = most();
  shape.tasks = tasks_for(c, x, uint64_t{most()} * x.columns);
  shape.judged =
    static_cast<uint32_t>(std::min<uint64_t>(c.silhouette_rows, x.rows));
  mean.resize(x.columns);
  for (size_t i = 0; i < x.rows; ++i)
    for (size_t f = 0; f < x.columns; ++f)
      mean[f] += static_cast<double>(x.row(i)[f]);
  for (auto& m : mean)
    m /= static_cast<double>(x.rows);
}

uint32_t kmeans_algorithm::state::most() const {
  return std::max(config.clusters, config.max_clusters);
}

uint32_t kmeans_algorithm::state::most_rounds() const {
  if (config.batch == 0)
    return config.iterations;
  auto batch = std::min<uint64_t>(config.batch, x.rows);
  auto passes = (x.rows + batch - 1) / batch;
  return static_cast<uint32_t>(
    std::min<uint64_t>(passes * config.iterations, 1u << 30));
}

bool kmeans_algorithm::state::judges() const {
  return shape.judged > clusters && clusters > 1;
}

void kmeans_algorithm::state::lay_out(std::span<std::byte> memory) {
  p.emplace(memory, shape);
  auto& w = *p->words;
  w.rows = shape.rows;
  w.columns = shape.columns;
  w.most_clusters = shape.most_clusters;
  w.tasks = shape.tasks;
  w.judged = shape.judged;
  w.batch = config.batch > 0
              ? static_cast<uint32_t>(std::min<uint64_t>(config.batch, x.rows))
              : 0;
  w.slack = 0x1p-24f * static_cast<float>(x.columns + 16);
  w.seed_rows = x.rows;
  if (w.batch > 0)
    w.seed_rows = std::min<uint64_t>(
      x.rows, std::max<uint64_t>(3 * uint64_t{w.batch}, 3 * uint64_t{most()}));
  squares = 0;
  for (size_t i = 0; i < x.rows; ++i) {
    double square = 0;
    for (size_t f = 0; f < x.columns; ++f) {
      auto y = static_cast<float>(static_cast<double>(x.row(i)[f]) - mean[f]);
      p->x[i * x.columns + f] = y;
      square += static_cast<double>(y) * static_cast<double>(y);
    }
    p->squares[i] = static_cast<float>(square);
    squares += square;
  }
  variance = squares / static_cast<double>(x.rows * x.columns);
}

bool kmeans_algorithm::state::prepare() {
  auto& w = *p->words;
  if (at == step::start)
    begin_run();
  w.clusters = clusters;
  switch (at) {
  case step::seeding:
    w.stage = kmeans_stage::seed;
    break;
  case step::rounds:
    prepare_round();
    break;
  case step::scoring:
    w.stage = kmeans_stage::score;
    break;
  case step::judging:
    w.stage = kmeans_stage::silhouette;
    break;
  default:
    return false;
  }
  return true;
}

void kmeans_algorithm::state::end() {
  switch (at) {
  case step::seeding:
    return end_seed();
  case step::rounds:
    return p->words->batch > 0 ? end_batch() : end_round();
  case step::scoring:
    return end_score();
  default:
    return end_judging();
  }
}

// -- seeding ------------------------------------------------------------------

/// [0, 1), the next of this run.
double kmeans_algorithm::state::uniform() {
  auto bits =
    philox(make_key(config.seed, stream), {clusters, run, draws++, 0});
  return (bits[0] * 0x1p32 + bits[1]) * 0x1p-64;
}

void kmeans_algorithm::state::begin_run() {
  draws = 0;
  seeded = 0;
  auto rows = p->words->seed_rows;
  if (config.start == kmeans_start::random) {
    permutation order(config.seed + stream, uint64_t{clusters} << 32 | run,
                      static_cast<uint32_t>(x.rows));
    for (uint32_t j = 0; j < clusters; ++j)
      std::copy_n(p->row(order(j)), x.columns, p->centres + j * x.columns);
    begin_rounds();
    return;
  }
  p->words->chosen = few;
  auto first = static_cast<size_t>(uniform() * static_cast<double>(rows));
  set_candidates({std::min<size_t>(first, rows - 1)});
  at = step::seeding;
}

void kmeans_algorithm::state::set_candidates(std::vector<size_t> rows) {
  candidates = std::move(rows);
  p->words->candidates = static_cast<uint32_t>(candidates.size());
  for (size_t c = 0; c < few; ++c) {
    auto* row =
      p->row(p->seed_row(candidates[std::min(c, candidates.size() - 1)]));
    for (size_t f = 0; f < x.columns; ++f)
      p->few_rows[f * few + c] = row[f];
  }
}

double kmeans_algorithm::state::potential(uint32_t candidate) const {
  double sum = 0;
  for (uint32_t task = 0; task < shape.tasks; ++task)
    sum += p->potentials[task * few + candidate];
  return sum;
}

/// A row drawn with the weight of its squared distance to the centres, the
/// candidate among them.
size_t kmeans_algorithm::state::draw_row(uint32_t candidate, double total) {
  auto rows = p->words->seed_rows;
  auto slot = 1 - p->words->slot;
  auto rest = uniform() * total;
  uint32_t task = 0;
  while (task + 1 < shape.tasks
         && rest >= p->potentials[task * few + candidate])
    rest -= p->potentials[task++ * few + candidate];
  auto [first, last] = p->range(rows, task);
  for (auto i = first; i < last; ++i) {
    auto square =
      std::min(p->closest[slot][i], p->distances[slot][i * few + candidate]);
    rest -= static_cast<double>(square);
    if (rest < 0 && square > 0)
      return i;
  }
  return last > first ? last - 1 : 0;
}

void kmeans_algorithm::state::end_seed() {
  uint32_t best = 0;
  auto least = potential(0);
  for (uint32_t c = 1; c < p->words->candidates; ++c)
    if (auto sum = potential(c); sum < least) {
      least = sum;
      best = c;
    }
  std::copy_n(p->row(p->seed_row(candidates[best])), x.columns,
              p->centres + seeded * x.columns);
  if (++seeded == clusters) {
    begin_rounds();
    return;
  }
  auto trials = std::min<size_t>(
    few, 2 + static_cast<size_t>(std::log(static_cast<double>(clusters))));
  std::vector<size_t> next;
  for (size_t i = 0; i < trials; ++i)
    next.push_back(draw_row(best, least));
  p->words->chosen = best;
  p->words->slot = 1 - p->words->slot;
  set_candidates(std::move(next));
}

// -- rounds -------------------------------------------------------------------

void kmeans_algorithm::state::begin_rounds() {
  at = step::rounds;
  rounds = 0;
  converged = false;
  without = 0;
  smooth = 0;
  sums.assign(size_t{clusters} * x.columns, 0.0);
  counts.assign(clusters, 0);
  auto& w = *p->words;
  std::fill_n(p->labels[w.slot], x.rows, -1);
  std::fill_n(p->drifts, clusters, 0.0f);
  w.drift = w.second_drift = 0;
  w.drifter = 0;
}

void kmeans_algorithm::state::prepare_round() {
  auto& w = *p->words;
  if (w.batch > 0) {
    w.stage = kmeans_stage::batch;
    w.order_seed = config.seed + stream + 1 + run;
    w.batch_at = uint64_t{rounds} * w.batch;
  } else {
    w.stage = config.method == kmeans_method::lloyd ? kmeans_stage::lloyd
                                                    : kmeans_stage::hamerly;
  }
  clustering::arrange_centres(
    {p->centres, clusters * x.columns}, x.columns,
    {p->negated, x.columns * clustering::padded_clusters(clusters)},
    {p->halves, clustering::padded_clusters(clusters)});
  if (w.stage == kmeans_stage::hamerly)
    measure_reaches();
}

/// Half the way of each centre to its nearest: a point closer than that has no
/// nearer one.
void kmeans_algorithm::state::measure_reaches() {
  auto* reach = p->reaches;
  std::fill_n(reach, clusters, 0.0f);
  if (uint64_t{clusters} * clusters * x.columns > most_reach_work)
    return;
  std::fill_n(reach, clusters, std::numeric_limits<float>::infinity());
  for (uint32_t i = 0; i < clusters; ++i)
    for (uint32_t j = 0; j < i; ++j) {
      auto square = squared_distance(p->centres + i * x.columns,
                                     p->centres + j * x.columns, x.columns);
      reach[i] = std::min(reach[i], square);
      reach[j] = std::min(reach[j], square);
    }
  auto room =
    p->words->slack * 4 * *std::max_element(p->halves, p->halves + clusters);
  for (uint32_t i = 0; i < clusters; ++i)
    reach[i] = std::sqrt(std::max(0.0f, reach[i] / 4 - room)) * 0.999999f;
}

uint64_t kmeans_algorithm::state::changed() const {
  uint64_t sum = 0;
  for (uint32_t task = 0; task < shape.tasks; ++task)
    sum += p->changed[task];
  return sum;
}

double kmeans_algorithm::state::figures() const {
  double sum = 0;
  for (uint32_t task = 0; task < shape.tasks; ++task)
    sum += p->figures[task];
  return sum;
}

/// In the order of the tasks, so that the bits do not depend on who was first.
void kmeans_algorithm::state::add_deltas() {
  auto most_clusters = size_t{shape.most_clusters};
  for (uint32_t task = 0; task < shape.tasks; ++task) {
    if (p->changed[task] == 0)
      continue;
    auto* __restrict delta = p->deltas + task * most_clusters * x.columns;
    auto* __restrict to = sums.data();
    for (size_t i = 0; i < sums.size(); ++i)
      to[i] += delta[i];
    for (size_t j = 0; j < clusters; ++j)
      counts[j] += p->counts[task * most_clusters + j];
  }
}

/// To the means. @returns the sum of the squared ways
double kmeans_algorithm::state::move_centres() {
  auto& w = *p->words;
  double shift = 0;
  for (uint32_t j = 0; j < clusters; ++j) {
    auto* centre = p->centres + j * x.columns;
    double way = 0;
    auto share = 1 / static_cast<double>(counts[j]);
    if (counts[j] == 0)
      fill_empty(j);
    for (size_t f = 0; f < x.columns && counts[j] > 0; ++f) {
      auto next = static_cast<float>(sums[j * x.columns + f] * share);
      auto d = static_cast<double>(next) - static_cast<double>(centre[f]);
      way += d * d;
      centre[f] = next;
    }
    shift += way;
    if (counts[j] > 0)
      p->drifts[j] = static_cast<float>(std::sqrt(way)) * 1.000001f;
  }
  w.drifter = static_cast<uint32_t>(
    std::max_element(p->drifts, p->drifts + clusters) - p->drifts);
  w.drift = p->drifts[w.drifter];
  w.second_drift = 0;
  for (uint32_t j = 0; j < clusters; ++j)
    if (j != w.drifter)
      w.second_drift = std::max(w.second_drift, p->drifts[j]);
  return shift;
}

/// A cluster without rows takes the one that is worst served, as scikit-learn
/// does; where all are served well there are fewer distinct rows than clusters.
void kmeans_algorithm::state::fill_empty(uint32_t cluster) {
  auto* labels = p->labels[1 - p->words->slot];
  auto* centre = p->centres + cluster * x.columns;
  float worst = 0;
  size_t row = 0;
  for (size_t i = 0; i < x.rows; ++i) {
    auto own = static_cast<size_t>(labels[i]);
    auto square =
      squared_distance(p->row(i), p->centres + own * x.columns, x.columns);
    for (uint32_t j = 0; j < cluster && square > worst; ++j)
      if (counts[j] == 0) // filled just now
        square = std::min(
          square,
          squared_distance(p->row(i), p->centres + j * x.columns, x.columns));
    if (square > worst) {
      worst = square;
      row = i;
    }
  }
  auto way = squared_distance(p->row(row), centre, x.columns);
  p->drifts[cluster] = worst > 0 ? std::sqrt(way) * 1.000001f : 0;
  if (worst > 0)
    std::copy_n(p->row(row), x.columns, centre);
}

void kmeans_algorithm::state::end_round() {
  add_deltas();
  auto moved = changed();
  auto shift = move_centres();
  p->words->slot = 1 - p->words->slot;
  ++rounds;
  ++all_rounds;
  last_inertia = squares;
  for (uint32_t j = 0; j < clusters; ++j) {
    double square = 0;
    for (size_t f = 0; f < x.columns; ++f)
      square += sums[j * x.columns + f] * sums[j * x.columns + f];
    if (counts[j] > 0)
      last_inertia -= square / static_cast<double>(counts[j]);
  }
  last_inertia = std::max(last_inertia, 0.0);
  converged = moved == 0 || shift <= config.tolerance * variance;
  if (converged || rounds == config.iterations)
    at = step::scoring;
}

/// Each centre goes on towards the mean of all rows that it was ever given.
void kmeans_algorithm::state::end_batch() {
  auto& w = *p->words;
  std::fill_n(sums.begin(), sums.size(), 0.0);
  std::vector<int64_t> given(clusters);
  for (uint32_t task = 0; task < shape.tasks; ++task)
    for (uint32_t j = 0; j < clusters; ++j) {
      auto place = size_t{task} * shape.most_clusters + j;
      given[j] += p->counts[place];
      for (size_t f = 0; f < x.columns; ++f)
        sums[j * x.columns + f] += p->deltas[place * x.columns + f];
    }
  for (uint32_t j = 0; j < clusters; ++j) {
    counts[j] += given[j];
    for (size_t f = 0; f < x.columns && given[j] > 0; ++f) {
      auto& c = p->centres[j * x.columns + f];
      auto old = static_cast<double>(c);
      c = static_cast<float>(
        old
        + (sums[j * x.columns + f] - static_cast<double>(given[j]) * old)
            / static_cast<double>(counts[j]));
    }
  }
  auto inertia = figures() / w.batch;
  auto share = std::min(1.0, 2.0 * w.batch / static_cast<double>(x.rows + 1));
  smooth = rounds == 0 ? inertia : smooth * (1 - share) + inertia * share;
  if (rounds == 0 || smooth < least_smooth) {
    least_smooth = smooth;
    without = 0;
  } else {
    ++without;
  }
  last_inertia = smooth * static_cast<double>(x.rows);
  ++rounds;
  ++all_rounds;
  converged = without >= batch_patience;
  if (converged || rounds >= most_rounds())
    at = step::scoring;
}

// -- ends ---------------------------------------------------------------------

void kmeans_algorithm::state::end_score() {
  auto& w = *p->words;
  w.slot = 1 - w.slot;
  auto inertia = figures();
  last_inertia = inertia;
  if (found.empty() || found.back().clusters != clusters)
    found.emplace_back();
  auto& best = found.back();
  if (best.clusters == 0 || inertia < best.inertia) {
    best.clusters = clusters;
    best.inertia = inertia;
    best.silhouette = std::numeric_limits<double>::quiet_NaN();
    best.iterations = rounds;
    best.converged = converged;
    best.centres.assign(p->centres, p->centres + clusters * x.columns);
    best.labels.assign(p->labels[w.slot], p->labels[w.slot] + x.rows);
  }
  if (++run < config.starts) {
    at = step::start;
  } else if (judges()) {
    std::copy(best.labels.begin(), best.labels.end(), p->labels[w.slot]);
    at = step::judging;
  } else {
    next_run();
  }
}

void kmeans_algorithm::state::end_judging() {
  found.back().silhouette = figures() / shape.judged;
  next_run();
}

/// Of the next number of clusters.
void kmeans_algorithm::state::next_run() {
  run = 0;
  ++clusters;
  at = clusters <= most() ? step::start : step::over;
}

const kmeans_found& kmeans_algorithm::state::chosen() const {
  if (found.size() == 1)
    return found.front();
  if (config.choose == cluster_choice::silhouette)
    return *std::max_element(found.begin(), found.end(), [](auto& a, auto& b) {
      return a.silhouette < b.silhouette;
    });
  // The point farthest below the line through the first and the last one.
  auto& first = found.front();
  auto& last = found.back();
  auto depth = [&](const kmeans_found& f) {
    auto t = static_cast<double>(f.clusters - first.clusters)
             / (last.clusters - first.clusters);
    return first.inertia + t * (last.inertia - first.inertia) - f.inertia;
  };
  return *std::max_element(found.begin(), found.end(), [&](auto& a, auto& b) {
    return depth(a) < depth(b);
  });
}

} // namespace models
