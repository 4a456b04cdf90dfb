#include <models/core/error.hpp>
#include <models/io/tensor_values.hpp>
#include <models/rl/tabular.hpp>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

namespace {

using nlohmann::json;

constexpr uint64_t most_values = 100'000'000;

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("learning: " + what);
}

bool is_part(double x) {
  return x >= 0 && x <= 1;
}

/// A worker's side: knows the world by its name.
class tabular_tasks : public round_tasks {
public:
  explicit tabular_tasks(std::span<std::byte> payload)
    : words_(words_of(payload)), world_(world_of(payload)) {
    m_.place(payload.data(), words_);
  }

  void compute(uint32_t task) override {
    std::visit([&](auto& world) { tabular_detail::do_share(world, m_, task); },
               world_);
  }

private:
  static const learning_words& words_of(std::span<std::byte> payload) {
    require(payload.size() >= sizeof(learning_words), "payload too short");
    auto& w = *reinterpret_cast<learning_words*>(payload.data());
    learning_memory nowhere;
    require(payload.size() >= nowhere.place(nullptr, w), "payload too short");
    return w;
  }

  static any_world world_of(std::span<std::byte> payload) {
    learning_memory m;
    auto& w = words_of(payload);
    m.place(payload.data(), w);
    return make_world(
      {std::string(m.name, w.name_bytes), std::string(m.text, w.text_bytes)});
  }

  const learning_words& words_;
  any_world world_;
  learning_memory m_;
};

} // namespace

void check(const learning_config& c) {
  require(c.episodes >= 1 && c.episodes <= 1'000'000'000'000,
          "episodes must be 1 to 10^12");
  require(is_part(c.discount), "discount must be 0 to 1");
  require(c.rate > 0 && c.rate <= 1, "rate must be above 0, at most 1");
  require(is_part(c.rate_decay), "rate_decay must be 0 to 1");
  require(is_part(c.epsilon), "epsilon must be 0 to 1");
  require(is_part(c.epsilon_end), "epsilon_end must be 0 to 1");
  require(is_part(c.exploration), "exploration must be 0 to 1");
  require(std::isfinite(c.initial), "initial must be a number");
  require(c.learners >= 1 && c.learners <= 256, "learners must be 1 to 256");
  require(c.round_episodes >= 1 && c.round_episodes <= 1'000'000,
          "round_episodes must be 1 to 1000000");
  require(c.test_episodes <= 1'000'000, "test_episodes must be 0 to 1000000");
}

uint32_t learned_values::best_action(uint32_t state) const {
  return tabular_detail::first_best(values.data() + size_t{state} * actions,
                                    actions);
}

size_t learning_memory::place(std::byte* base, const learning_words& w) {
  size_t at = 0;
  auto deal = [&]<class T>(T*& part, uint64_t n) {
    part = reinterpret_cast<T*>(base + at);
    at += (n * sizeof(T) + 63) / 64 * 64;
  };
  auto pairs = uint64_t{w.states} * w.actions;
  auto learners = w.config.learners;
  deal(words, 1);
  deal(name, w.name_bytes);
  deal(text, w.text_bytes);
  deal(values, pairs);
  deal(visits, pairs);
  deal(own_values, learners * pairs);
  deal(own_visits, learners * pairs);
  deal(own_stats, learners);
  return at;
}

struct tabular_algorithm::state {
  learning_words shape{};
  world_spec spec;
  learning_memory m{};
  uint64_t done = 0; ///< episodes
  bool tested = false;
  bool bad = false;
  episode_stats latest;
  learned_values kept;

  uint64_t pairs() const { return uint64_t{shape.states} * shape.actions; }

  bool over() const {
    auto& c = shape.config;
    return bad || (done == c.episodes && (tested || c.test_episodes == 0));
  }

  episode_stats stats_of_round() const {
    episode_stats sum;
    for (uint32_t i = 0; i < shape.config.learners; ++i)
      sum.add(m.own_stats[i]);
    return sum;
  }

  void merge();
  void merge_pair(uint64_t pair);

  /// What the result needs when the shared memory is gone.
  void keep() {
    kept.states = shape.states;
    kept.actions = shape.actions;
    kept.values.assign(m.values, m.values + pairs());
    kept.visits.assign(m.visits, m.visits + pairs());
  }
};

void tabular_algorithm::state::merge_pair(uint64_t pair) {
  uint64_t tries = 0;
  double change = 0;
  auto before = m.values[pair];
  for (uint64_t i = 0; i < shape.config.learners; ++i) {
    auto n = m.own_visits[i * pairs() + pair];
    tries += n;
    change += n * (m.own_values[i * pairs() + pair] - before);
  }
  if (tries == 0)
    return;
  m.values[pair] = before + change / static_cast<double>(tries);
  m.visits[pair] += tries;
  bad = bad || !std::isfinite(m.values[pair]);
}

void tabular_algorithm::state::merge() {
  for (uint64_t pair = 0; pair < pairs(); ++pair)
    merge_pair(pair);
}

tabular_algorithm::tabular_algorithm(const learning_config& config,
                                     uint32_t states,
                                     uint32_t actions,
                                     world_spec spec) {
  check(config);
  require(states >= 1 && actions >= 1, "a world needs states and actions");
  require(uint64_t{states} * actions <= most_values / (config.learners + 1),
          "a table of " + std::to_string(states) + " states x "
            + std::to_string(actions) + " actions is too large for "
            + std::to_string(config.learners) + " learners");
  state_ = std::make_unique<state>();
  auto& w = state_->shape;
  w.config = config;
  w.states = states;
  w.actions = actions;
  w.name_bytes = spec.name.size();
  w.text_bytes = spec.text.size();
  state_->spec = std::move(spec);
}

tabular_algorithm::~tabular_algorithm() = default;

uint32_t tabular_algorithm::tasks() const {
  return state_->shape.config.learners;
}

size_t tabular_algorithm::payload_bytes() const {
  learning_memory nowhere;
  return nowhere.place(nullptr, state_->shape);
}

void tabular_algorithm::lay_out(std::span<std::byte> payload) {
  auto& s = *state_;
  s.m.place(payload.data(), s.shape);
  *s.m.words = s.shape;
  std::copy(s.spec.name.begin(), s.spec.name.end(), s.m.name);
  std::copy(s.spec.text.begin(), s.spec.text.end(), s.m.text);
  std::fill_n(s.m.values, s.pairs(), s.shape.config.initial);
}

bool tabular_algorithm::next_round() {
  auto& s = *state_;
  if (s.over())
    return false;
  auto& w = *s.m.words;
  auto& c = w.config;
  w.tests = s.done == c.episodes ? 1 : 0;
  w.first = w.tests != 0 ? 0 : s.done;
  w.last =
    w.tests != 0
      ? c.test_episodes
      : std::min(c.episodes, s.done + uint64_t{c.round_episodes} * c.learners);
  return true;
}

void tabular_algorithm::end_round() {
  auto& s = *state_;
  auto stats = s.stats_of_round();
  if (s.m.words->tests != 0) {
    s.kept.test = stats;
    s.tested = true;
  } else {
    s.merge();
    s.done = s.m.words->last;
    s.latest = stats;
    s.kept.training.add(stats);
  }
  if (s.over())
    s.keep();
}

uint64_t tabular_algorithm::episodes() const {
  return state_->done;
}

const episode_stats& tabular_algorithm::latest() const {
  return state_->latest;
}

bool tabular_algorithm::diverged() const {
  return state_->bad;
}

round_state tabular_algorithm::save() const {
  auto& s = *state_;
  round_state saved;
  saved.tensors["values"] = tensor_from(std::span(s.m.values, s.pairs()));
  std::vector<int64_t> visits(s.m.visits, s.m.visits + s.pairs());
  saved.tensors["visits"] = tensor_from(visits);
  saved.json = json{{"done", s.done},
                    {"tested", s.tested},
                    {"bad", s.bad},
                    {"latest", to_json(s.latest)},
                    {"training", to_json(s.kept.training)},
                    {"test", to_json(s.kept.test)}}
                 .dump();
  return saved;
}

void tabular_algorithm::restore(const round_state& saved) {
  auto& s = *state_;
  try {
    auto j = json::parse(saved.json);
    auto values = values_of<double>(saved.tensors, "values", s.pairs());
    auto visits = values_of<int64_t>(saved.tensors, "visits", s.pairs());
    std::copy(values.begin(), values.end(), s.m.values);
    std::copy(visits.begin(), visits.end(), s.m.visits);
    j.at("done").get_to(s.done);
    j.at("tested").get_to(s.tested);
    j.at("bad").get_to(s.bad);
    require(s.done <= s.shape.config.episodes, "another checkpoint");
    s.latest = episode_stats_from(j.at("latest"));
    s.kept.training = episode_stats_from(j.at("training"));
    s.kept.test = episode_stats_from(j.at("test"));
    if (s.over())
      s.keep();
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("learning: checkpoint: ")
                                + e.what());
  }
}

learned_values tabular_algorithm::result() const {
  return state_->kept;
}

round_program tabular_program() {
  return {"tabular",
          [](std::span<std::byte> payload) -> std::unique_ptr<round_tasks> {
            return std::make_unique<tabular_tasks>(payload);
          }};
}

learned_values
learn(const world_spec& spec, const learning_config& config, uint32_t threads) {
  auto world = make_world(spec);
  auto actions = static_cast<uint32_t>(action_names(world).size());
  tabular_algorithm algorithm(config, states_of(world), actions, spec);
  run_rounds(algorithm, threads);
  return algorithm.result();
}

} // namespace models
