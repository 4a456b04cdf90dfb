#include <models/core/error.hpp>
#include <models/io/tensor_values.hpp>
#include <models/rl/cart_pole.hpp>
#include <models/rl/dqn.hpp>
#include <models/rl/mountain_car.hpp>

#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace models {

namespace {

using nlohmann::json;
using part = dqn_words::part;

void require(bool good, const std::string& what) {
  if (!good)
    throw std::invalid_argument("learning: " + what);
}

bool is_part(double x) {
  return x >= 0 && x <= 1;
}

mlp_config network_of(const dqn_config& c, control_shape shape) {
  mlp_config net;
  net.inputs = shape.features;
  net.hidden = c.hidden;
  net.outputs = shape.actions;
  net.output = output_kind::huber;
  return net;
}

dqn_words words_of(const dqn_config& c, control_shape shape, size_t name) {
  mlp_layout layout(network_of(c, shape));
  dqn_words w{};
  w.learners = c.learners;
  w.features = shape.features;
  w.actions = shape.actions;
  w.layers = static_cast<uint32_t>(c.hidden.size());
  std::copy(c.hidden.begin(), c.hidden.end(), w.hidden);
  w.memory = c.memory;
  w.batch = c.batch;
  w.round_steps = c.round_steps;
  w.step_limit = c.step_limit;
  w.test_episodes = c.test_episodes;
  w.single = c.single ? 1 : 0;
  w.seed = c.seed;
  w.discount = c.discount;
  w.parameters = layout.parameters();
  w.name_bytes = name;
  return w;
}

std::vector<int64_t> as_integers(const remembered_step* steps, size_t n) {
  std::vector<int64_t> packed;
  packed.reserve(n);
  for (size_t i = 0; i < n; ++i)
    packed.push_back(int64_t{steps[i].action} << 1 | steps[i].terminal);
  return packed;
}

} // namespace

void check(const dqn_config& c) {
  require(!c.hidden.empty() && c.hidden.size() <= 16,
          "hidden must be 1 to 16 layers");
  require(c.steps >= 1 && c.steps <= 10'000'000'000,
          "steps must be 1 to 10^10");
  require(is_part(c.discount), "discount must be 0 to 1");
  require(c.rate > 0 && c.rate <= 1, "rate must be above 0, at most 1");
  require(c.batch >= 1 && c.batch <= 65536, "batch must be 1 to 65536");
  require(c.memory >= 1 && c.memory <= 10'000'000,
          "memory must be 1 to 10000000");
  require(c.target_every >= 1, "target_every must be at least 1");
  require(is_part(c.epsilon), "epsilon must be 0 to 1");
  require(is_part(c.epsilon_end), "epsilon_end must be 0 to 1");
  require(is_part(c.exploration), "exploration must be 0 to 1");
  require(c.learners >= 1 && c.learners <= 64, "learners must be 1 to 64");
  require(c.round_steps >= 1 && c.round_steps <= 10'000,
          "round_steps must be 1 to 10000");
  require(c.learn_after <= c.memory, "learn_after must be at most memory");
  require(uint64_t{c.learners} * c.round_steps <= c.memory,
          "memory must hold a round: learners x round_steps");
  require(c.test_every >= 1, "test_every must be at least 1");
  require(c.test_episodes >= 1 && c.test_episodes <= 1'000'000,
          "test_episodes must be 1 to 1000000");
}

mlp_layout dqn_layout(const dqn_words& w) {
  require(w.layers <= 16, "no such network");
  mlp_config net;
  net.inputs = w.features;
  net.hidden.assign(w.hidden, w.hidden + w.layers);
  net.outputs = w.actions;
  net.output = output_kind::huber;
  return mlp_layout(net);
}

size_t dqn_memory::place(std::byte* base, const dqn_words& w) {
  size_t at = 0;
  auto deal = [&]<class T>(T*& begin, uint64_t n) {
    begin = reinterpret_cast<T*>(base + at);
    at += (n * sizeof(T) + 63) / 64 * 64;
  };
  auto steps_held = w.memory + uint64_t{w.learners} * w.round_steps;
  deal(words, 1);
  deal(name, w.name_bytes);
  deal(network, w.parameters);
  deal(target, w.parameters);
  deal(best, w.parameters);
  deal(steps, steps_held);
  deal(before, steps_held * w.features);
  deal(after, steps_held * w.features);
  deal(worlds, 2 * uint64_t{w.learners});
  deal(gradients, w.learners * w.parameters);
  deal(stats, w.learners);
  return at;
}

struct dqn_algorithm::state {
  dqn_config config;
  dqn_words shape{};
  std::string name;
  dqn_memory m{};
  std::vector<float> mean;
  std::vector<float> square;
  uint64_t round = 0;
  uint64_t batches = 0;
  uint64_t tests = 0;
  uint32_t known = 0;
  uint32_t at = 0; ///< where the next step is remembered
  uint32_t slot = 0;
  bool tested = true; ///< since the last multiple of `test_every`
  bool over = false;
  bool bad = false;
  double best = -INFINITY;
  episode_stats latest;
  learned_network kept;

  uint64_t round_steps() const {
    return uint64_t{config.learners} * config.round_steps;
  }

  uint64_t steps() const { return round * round_steps(); }

  bool learned() const { return steps() >= config.steps; }

  part next_part() const {
    if (!tested)
      return part::test;
    return learned() ? part::last_test : part::learn;
  }

  double epsilon() const {
    auto until = config.exploration * static_cast<double>(config.steps);
    auto now = static_cast<double>(steps());
    if (now >= until)
      return config.epsilon_end;
    return config.epsilon + (config.epsilon_end - config.epsilon) * now / until;
  }

  episode_stats stats_of_round() const {
    episode_stats sum;
    for (uint32_t i = 0; i < config.learners; ++i)
      sum.add(m.stats[i]);
    return sum;
  }

  void remember();
  void descend();
  void end_learning();
  void end_test();
  void take_counts(const std::string& text);
  void take_steps(const tensor_map& tensors);

  /// What the result needs when the shared memory is gone.
  void keep() {
    kept.parameters.assign(m.best, m.best + shape.parameters);
    kept.batches = batches;
    over = true;
  }
};

void dqn_algorithm::state::remember() {
  auto features = shape.features;
  for (uint64_t i = 0; i < round_steps(); ++i) {
    auto from = shape.memory + i;
    m.steps[at] = m.steps[from];
    bad = bad || !std::isfinite(m.steps[at].reward);
    std::copy_n(m.before + from * features, features,
                m.before + size_t{at} * features);
    std::copy_n(m.after + from * features, features,
                m.after + size_t{at} * features);
    at = (at + 1) % shape.memory;
    known = std::min(known + 1, shape.memory);
  }
}

/// One step of Adam along the sum of the learners' gradients, in their order.
void dqn_algorithm::state::descend() {
  denormals_off guard;
  auto n = shape.parameters;
  std::vector<float> sum(m.gradients, m.gradients + n);
  for (uint32_t i = 1; i < config.learners; ++i)
    for (size_t k = 0; k < n; ++k)
      sum[k] += m.gradients[i * n + k];
  for (auto x : sum)
    bad = bad || !std::isfinite(x);
  optimizer_config rule;
  rule.rate = static_cast<float>(config.rate);
  std::span network{m.network, n};
  apply(rule, ++batches, {network, mean, square}, sum, {network, mean, square});
  if (batches % config.target_every == 0)
    std::copy_n(m.network, n, m.target);
}

void dqn_algorithm::state::end_learning() {
  if (m.words->batches != 0)
    descend();
  remember();
  kept.training.add(stats_of_round());
  slot = 1 - slot;
  auto before = steps() / config.test_every;
  ++round;
  tested = steps() / config.test_every == before && !learned();
  if (bad)
    keep();
}

void dqn_algorithm::state::end_test() {
  auto stats = stats_of_round();
  if (m.words->doing == part::last_test) {
    kept.test = stats;
    return keep();
  }
  latest = stats;
  ++tests;
  tested = true;
  if (stats.mean() >= best) { // of equal ones that which learned longer
    best = stats.mean();
    std::copy_n(m.network, shape.parameters, m.best);
  }
}

dqn_algorithm::dqn_algorithm(const dqn_config& config,
                             control_shape shape,
                             std::string name) {
  check(config);
  require(shape.features >= 1 && shape.actions >= 2,
          "a world needs numbers and two actions");
  state_ = std::make_unique<state>();
  state_->config = config;
  state_->shape = words_of(config, shape, name.size());
  state_->kept.shape = network_of(config, shape);
  state_->name = std::move(name);
}

dqn_algorithm::~dqn_algorithm() = default;

uint32_t dqn_algorithm::tasks() const {
  return state_->config.learners;
}

size_t dqn_algorithm::payload_bytes() const {
  dqn_memory nowhere;
  return nowhere.place(nullptr, state_->shape);
}

void dqn_algorithm::lay_out(std::span<std::byte> payload) {
  auto& s = *state_;
  auto n = s.shape.parameters;
  s.m.place(payload.data(), s.shape);
  *s.m.words = s.shape;
  std::copy(s.name.begin(), s.name.end(), s.m.name);
  auto first = initial_parameters(dqn_layout(s.shape), s.config.seed);
  for (auto* network : {s.m.network, s.m.target, s.m.best})
    std::copy(first.begin(), first.end(), network);
  s.mean.assign(n, 0);
  s.square.assign(n, 0);
}

bool dqn_algorithm::next_round() {
  auto& s = *state_;
  if (s.over)
    return false;
  auto& w = *s.m.words;
  w.doing = s.next_part();
  w.slot = s.slot;
  w.known = s.known;
  w.batches = s.known > 0 && s.known >= s.config.learn_after ? 1 : 0;
  w.round = s.round;
  w.tests = s.tests;
  w.epsilon = s.epsilon();
  return true;
}

void dqn_algorithm::end_round() {
  auto& s = *state_;
  if (s.m.words->doing == part::learn)
    s.end_learning();
  else
    s.end_test();
}

uint64_t dqn_algorithm::rounds() const {
  return state_->round;
}

uint64_t dqn_algorithm::steps() const {
  return std::min(state_->steps(), state_->config.steps);
}

const episode_stats& dqn_algorithm::latest() const {
  return state_->latest;
}

bool dqn_algorithm::diverged() const {
  return state_->bad;
}

round_state dqn_algorithm::save() const {
  auto& s = *state_;
  auto n = s.shape.parameters;
  auto numbers = size_t{s.known} * s.shape.features;
  round_state saved;
  auto& t = saved.tensors;
  t["network"] = tensor_from(std::span(s.m.network, n));
  t["target"] = tensor_from(std::span(s.m.target, n));
  t["best"] = tensor_from(std::span(s.m.best, n));
  t["mean"] = tensor_from(s.mean);
  t["square"] = tensor_from(s.square);
  t["before"] = tensor_from(std::span(s.m.before, numbers));
  t["after"] = tensor_from(std::span(s.m.after, numbers));
  t["steps"] = tensor_from(as_integers(s.m.steps, s.known));
  std::vector<float> rewards;
  for (uint32_t i = 0; i < s.known; ++i)
    rewards.push_back(s.m.steps[i].reward);
  t["rewards"] = tensor_from(rewards);
  auto worlds =
    std::span(s.m.worlds + s.slot * s.config.learners, s.config.learners);
  auto bytes = std::as_bytes(worlds);
  t["worlds"] = tensor_from(
    std::span(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()));
  saved.json = json{{"round", s.round},
                    {"batches", s.batches},
                    {"tests", s.tests},
                    {"known", s.known},
                    {"at", s.at},
                    {"tested", s.tested},
                    {"over", s.over},
                    {"bad", s.bad},
                    {"best", s.tests > 0 ? json(s.best) : json()},
                    {"latest", to_json(s.latest)},
                    {"training", to_json(s.kept.training)},
                    {"test", to_json(s.kept.test)}}
                 .dump();
  return saved;
}

void dqn_algorithm::state::take_counts(const std::string& text) {
  try {
    auto j = json::parse(text);
    j.at("round").get_to(round);
    j.at("batches").get_to(batches);
    j.at("tests").get_to(tests);
    j.at("known").get_to(known);
    j.at("at").get_to(at);
    j.at("tested").get_to(tested);
    j.at("over").get_to(over);
    j.at("bad").get_to(bad);
    best = j.at("best").is_null() ? -INFINITY : j.at("best").get<double>();
    latest = episode_stats_from(j.at("latest"));
    kept.training = episode_stats_from(j.at("training"));
    kept.test = episode_stats_from(j.at("test"));
  } catch (const json::exception& e) {
    throw std::invalid_argument(std::string("learning: checkpoint: ")
                                + e.what());
  }
  require(known <= shape.memory && at < shape.memory, "another checkpoint");
}

void dqn_algorithm::state::take_steps(const tensor_map& tensors) {
  auto steps = values_of<int64_t>(tensors, "steps", known);
  auto rewards = values_of<float>(tensors, "rewards", known);
  for (uint32_t i = 0; i < known; ++i) {
    require(steps[i] >= 0 && steps[i] >> 1 < shape.actions,
            "another checkpoint");
    m.steps[i] = {static_cast<uint32_t>(steps[i] >> 1), rewards[i],
                  static_cast<uint32_t>(steps[i] & 1)};
  }
}

void dqn_algorithm::restore(const round_state& saved) {
  auto& s = *state_;
  s.take_counts(saved.json);
  auto take = [&](const char* name, float* to, size_t count) {
    auto values = values_of<float>(saved.tensors, name, count);
    std::copy(values.begin(), values.end(), to);
  };
  auto n = s.shape.parameters;
  auto numbers = size_t{s.known} * s.shape.features;
  take("network", s.m.network, n);
  take("target", s.m.target, n);
  take("best", s.m.best, n);
  take("mean", s.mean.data(), n);
  take("square", s.square.data(), n);
  take("before", s.m.before, numbers);
  take("after", s.m.after, numbers);
  s.take_steps(saved.tensors);
  auto bytes = s.config.learners * sizeof(world_slot);
  auto worlds = values_of<uint8_t>(saved.tensors, "worlds", bytes);
  std::memcpy(static_cast<void*>(s.m.worlds), worlds.data(), bytes);
  s.slot = 0;
  if (s.over)
    s.keep();
}

learned_network dqn_algorithm::result() const {
  return state_->kept;
}

namespace {

template <class World>
control_about about(const World& world) {
  auto scales = World::scales();
  return {{world.features(), world.actions()},
          World::action_names(),
          World::feature_names(),
          {scales.begin(), scales.end()}};
}

std::unique_ptr<round_tasks> attach(std::span<std::byte> payload) {
  dqn_memory m;
  require(payload.size() >= sizeof(dqn_words), "payload too short");
  auto& w = *reinterpret_cast<dqn_words*>(payload.data());
  require(payload.size() >= m.place(payload.data(), w), "payload too short");
  std::string_view name{m.name, w.name_bytes};
  if (name == "cart-pole")
    return std::make_unique<dqn_tasks<cart_pole>>(payload, cart_pole{});
  require(name == "mountain-car", "no world is called " + std::string(name));
  return std::make_unique<dqn_tasks<mountain_car>>(payload, mountain_car{});
}

} // namespace

round_program dqn_program() {
  return {"dqn", attach};
}

std::vector<std::string_view> control_names() {
  return {"cart-pole", "mountain-car"};
}

control_about about_control(std::string_view name) {
  if (name == "cart-pole")
    return about(cart_pole{});
  if (name == "mountain-car")
    return about(mountain_car{});
  throw std::invalid_argument("no world is called " + std::string(name));
}

learned_network
learn_deep(std::string_view world, const dqn_config& config, uint32_t threads) {
  dqn_algorithm algorithm(config, about_control(world).shape,
                          std::string(world));
  run_rounds(algorithm, threads);
  return algorithm.result();
}

} // namespace models
