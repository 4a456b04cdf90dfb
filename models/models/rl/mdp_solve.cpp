#include <models/io/tensor_values.hpp>
#include <models/rl/mdp.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

namespace {

using nlohmann::json;

constexpr auto lowest = std::numeric_limits<double>::lowest();

/// States that are worth a task of their own.
constexpr uint64_t states_of_a_task = 4096;
constexpr uint32_t most_tasks = 16;

/// Sweeps of a round where one task has all states: rounds cost something.
constexpr uint32_t sweeps_of_a_round = 64;

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("process: " + what);
}

/// The words of a round.
struct mdp_words {
  uint64_t states;
  uint64_t pairs;
  uint64_t outcomes;
  uint32_t tasks;
  uint32_t slot;     ///< values read; the other ones are written
  uint32_t improves; ///< actions are chosen anew
  uint32_t sweeps;   ///< of this round, at most
  double stop_below; ///< changes
  double discount;
};

struct mdp_payload {
  mdp_words* words;
  uint32_t* first_pair;
  double* reward;
  uint64_t* first_outcome;
  uint32_t* next;
  double* probability;
  uint32_t* choice; ///< the pair that each state takes
  std::array<double*, 2> values;
  double* changes;  ///< tasks: the largest of the last sweep
  uint32_t* sweeps; ///< tasks: done

  size_t place(std::byte* base, const mdp_words& w) {
    size_t at = 0;
    auto deal = [&]<class T>(T*& part, size_t n) {
      part = reinterpret_cast<T*>(base + at);
      at += (n * sizeof(T) + 63) / 64 * 64;
    };
    deal(words, 1);
    deal(first_pair, w.states + 1);
    deal(reward, w.pairs);
    deal(first_outcome, w.pairs + 1);
    deal(next, w.outcomes);
    deal(probability, w.outcomes);
    deal(choice, w.states);
    deal(values[0], w.states);
    deal(values[1], w.states);
    deal(changes, w.tasks);
    deal(sweeps, w.tasks);
    return at;
  }
};

class mdp_tasks : public round_tasks {
public:
  explicit mdp_tasks(std::span<std::byte> memory) {
    require(memory.size() >= sizeof(mdp_words), "the memory is too short");
    auto& w = *reinterpret_cast<mdp_words*>(memory.data());
    mdp_payload nowhere;
    require(nowhere.place(nullptr, w) <= memory.size(),
            "the memory is too short");
    p_.place(memory.data(), w);
  }

  void compute(uint32_t task) override {
    auto& w = *p_.words;
    first_ = w.states * task / w.tasks;
    last_ = w.states * (task + 1) / w.tasks;
    old_ = p_.values[w.slot];
    now_ = p_.values[1 - w.slot];
    std::copy(old_ + first_, old_ + last_, now_ + first_);
    double change = 0;
    uint32_t done = 0;
    do {
      change = w.improves ? sweep<true>() : sweep<false>();
      ++done;
    } while (done < w.sweeps && change > w.stop_below && std::isfinite(change));
    p_.changes[task] = change;
    p_.sweeps[task] = done;
  }

private:
  double value(uint32_t pair) const {
    double sum = 0;
    auto own = last_ - first_;
    auto last = p_.first_outcome[pair + 1];
    for (auto i = p_.first_outcome[pair]; i < last; ++i) {
      auto next = p_.next[i];
      auto* from = next - first_ < own ? now_ : old_;
      sum += p_.probability[i] * from[next];
    }
    return p_.reward[pair] + p_.words->discount * sum;
  }

  template <bool Improve>
  double sweep() {
    double change = 0;
    for (auto s = first_; s < last_; ++s) {
      auto first = p_.first_pair[s];
      auto last = p_.first_pair[s + 1];
      if (first == last)
        continue;
      double best = 0;
      if constexpr (Improve) {
        best = lowest;
        for (auto pair = first; pair < last; ++pair)
          if (auto v = value(pair); v > best) {
            best = v;
            p_.choice[s] = pair;
          }
      } else {
        best = value(p_.choice[s]);
      }
      auto way = std::abs(best - now_[s]);
      if (!(way <= change)) // also a value that is not finite
        change = way;
      now_[s] = best;
    }
    return change;
  }

  mdp_payload p_;
  uint64_t first_ = 0;
  uint64_t last_ = 0;
  const double* old_ = nullptr;
  double* now_ = nullptr;
};

} // namespace

struct mdp_algorithm::state {
  mdp_config config;
  const mdp& process;
  mdp_words shape{};
  mdp_payload p{};
  bool improves = true;
  bool over = false;
  uint32_t inner = 0; ///< sweeps since the last policy
  uint64_t sweeps = 0;
  uint32_t policies = 0;
  double residual = 0;
  bool converged = false;
  std::vector<double> values; ///< at the end
  std::vector<uint32_t> choice;

  state(const mdp_config& c, const mdp& m) : config(c), process(m) {
    shape.states = m.states();
    shape.pairs = m.pair_action.size();
    shape.outcomes = m.outcome_next.size();
    auto tasks =
      c.shards > 0
        ? uint64_t{c.shards}
        : std::min<uint64_t>(most_tasks, m.states() / states_of_a_task);
    shape.tasks =
      static_cast<uint32_t>(std::clamp<uint64_t>(tasks, 1, shape.states));
    shape.discount = m.discount;
  }

  /// What the result needs when the shared memory is gone.
  void keep() {
    auto* from = p.values[p.words->slot];
    values.assign(from, from + shape.states);
    choice.assign(p.choice, p.choice + shape.states);
  }

  /// Sweeps that are left until something has to be decided.
  uint32_t next_sweeps() const {
    auto most = config.sweeps - sweeps;
    if (shape.tasks > 1)
      return 1;
    if (improves && config.method != mdp_method::value_iteration)
      return 1;
    most = std::min<uint64_t>(most, sweeps_of_a_round);
    if (!improves && config.method == mdp_method::modified)
      most = std::min<uint64_t>(most, config.inner_sweeps - inner);
    return static_cast<uint32_t>(most);
  }

  void decide(double change) {
    if (!std::isfinite(change) || sweeps >= config.sweeps)
      over = true;
    auto small = change <= config.tolerance;
    if (improves) {
      ++policies;
      residual = change;
      converged = small;
      over = over || small;
      improves = config.method == mdp_method::value_iteration;
      inner = 0;
      return;
    }
    auto enough =
      config.method == mdp_method::modified && inner >= config.inner_sweeps;
    improves = enough || change <= config.tolerance / 2;
  }
};

mdp_algorithm::mdp_algorithm(const mdp_config& config, const mdp& process) {
  check(config);
  state_ = std::make_unique<state>(config, process);
}

mdp_algorithm::~mdp_algorithm() = default;

uint32_t mdp_algorithm::tasks() const {
  return state_->shape.tasks;
}

size_t mdp_algorithm::payload_bytes() const {
  mdp_payload nowhere;
  return nowhere.place(nullptr, state_->shape);
}

void mdp_algorithm::lay_out(std::span<std::byte> payload) {
  auto& s = *state_;
  auto& m = s.process;
  s.p.place(payload.data(), s.shape);
  *s.p.words = s.shape;
  std::copy(m.first_pair.begin(), m.first_pair.end(), s.p.first_pair);
  std::copy(m.pair_reward.begin(), m.pair_reward.end(), s.p.reward);
  std::copy(m.first_outcome.begin(), m.first_outcome.end(), s.p.first_outcome);
  std::copy(m.outcome_next.begin(), m.outcome_next.end(), s.p.next);
  std::copy(m.outcome_probability.begin(), m.outcome_probability.end(),
            s.p.probability);
  std::copy_n(m.first_pair.begin(), m.states(), s.p.choice);
}

bool mdp_algorithm::next_round() {
  auto& s = *state_;
  if (s.over)
    return false;
  auto& w = *s.p.words;
  w.improves = s.improves;
  w.sweeps = s.next_sweeps();
  w.stop_below = s.improves ? s.config.tolerance : s.config.tolerance / 2;
  return true;
}

void mdp_algorithm::end_round() {
  auto& s = *state_;
  auto& w = *s.p.words;
  double change = 0;
  for (uint32_t t = 0; t < w.tasks; ++t)
    if (!(s.p.changes[t] <= change))
      change = s.p.changes[t];
  s.sweeps += s.p.sweeps[0];
  s.inner += s.p.sweeps[0];
  w.slot = 1 - w.slot;
  s.decide(change);
  if (s.over)
    s.keep();
}

uint64_t mdp_algorithm::sweeps() const {
  return state_->sweeps;
}

double mdp_algorithm::residual() const {
  return state_->residual;
}

round_state mdp_algorithm::save() const {
  auto& s = *state_;
  round_state saved;
  saved.tensors["values"] =
    tensor_from(std::span(s.p.values[s.p.words->slot], s.shape.states));
  std::vector<int64_t> choice(s.p.choice, s.p.choice + s.shape.states);
  saved.tensors["choice"] = tensor_from(choice);
  saved.json = json{{"improves", s.improves},  {"over", s.over},
                    {"inner", s.inner},        {"sweeps", s.sweeps},
                    {"policies", s.policies},  {"residual", s.residual},
                    {"converged", s.converged}}
                 .dump();
  return saved;
}

void mdp_algorithm::restore(const round_state& saved) {
  auto& s = *state_;
  try {
    auto j = json::parse(saved.json);
    auto n = s.shape.states;
    auto values = values_of<double>(saved.tensors, "values", n);
    auto choice = values_of<int64_t>(saved.tensors, "choice", n);
    std::copy(values.begin(), values.end(), s.p.values[s.p.words->slot]);
    for (size_t i = 0; i < n; ++i) {
      auto pairs = static_cast<int64_t>(s.shape.pairs);
      require(choice[i] >= 0 && choice[i] <= pairs, "another checkpoint");
      s.p.choice[i] = static_cast<uint32_t>(choice[i]);
    }
    j.at("improves").get_to(s.improves);
    j.at("over").get_to(s.over);
    j.at("inner").get_to(s.inner);
    j.at("sweeps").get_to(s.sweeps);
    j.at("policies").get_to(s.policies);
    s.residual =
      j.at("residual").is_null() ? INFINITY : j.at("residual").get<double>();
    j.at("converged").get_to(s.converged);
    if (s.over)
      s.keep();
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("process: checkpoint: ")
                                + e.what());
  }
}

mdp_solution mdp_algorithm::result() const {
  auto& s = *state_;
  mdp_solution solution;
  solution.values = s.values;
  for (uint64_t i = 0; i < s.shape.states; ++i)
    solution.policy.push_back(
      s.process.first_pair[i] == s.process.first_pair[i + 1]
        ? -1
        : static_cast<int32_t>(s.process.pair_action[s.choice[i]]));
  solution.sweeps = s.sweeps;
  solution.policies = s.policies;
  solution.residual = s.residual;
  solution.converged = s.converged;
  return solution;
}

round_program mdp_program() {
  return {"mdp",
          [](std::span<std::byte> payload) -> std::unique_ptr<round_tasks> {
            return std::make_unique<mdp_tasks>(payload);
          }};
}

void check(const mdp_config& c) {
  require(c.tolerance > 0 && c.tolerance <= 1,
          "tolerance must be above 0, at most 1");
  require(c.sweeps >= 1 && c.sweeps <= 1000000000,
          "sweeps must be 1 to 1000000000");
  require(c.inner_sweeps >= 1 && c.inner_sweeps <= 10000,
          "inner_sweeps must be 1 to 10000");
  require(c.shards <= 1024, "shards must be 0 to 1024");
}

mdp_solution
solve(const mdp& process, const mdp_config& config, uint32_t threads) {
  mdp_algorithm algorithm(config, process);
  run_rounds(algorithm, threads);
  return algorithm.result();
}

std::vector<double> action_values(const mdp& p,
                                  std::span<const double> values) {
  std::vector<double> result(p.states() * p.actions(), lowest);
  for (size_t s = 0; s < p.states(); ++s)
    for (auto pair = p.first_pair[s]; pair < p.first_pair[s + 1]; ++pair) {
      double sum = 0;
      for (auto i = p.first_outcome[pair]; i < p.first_outcome[pair + 1]; ++i)
        sum += p.outcome_probability[i] * values[p.outcome_next[i]];
      result[s * p.actions() + p.pair_action[pair]] =
        p.pair_reward[pair] + p.discount * sum;
    }
  return result;
}

} // namespace models
