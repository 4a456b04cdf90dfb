#include <models/rl/dqn.hpp>

namespace models {

namespace {

/// "dqnb": the key of what is drawn.
constexpr uint32_t batch_stream = 0x64716E62;

dqn_words& words_of(std::span<std::byte> payload) {
  dqn_memory nowhere;
  auto& w = *reinterpret_cast<dqn_words*>(payload.data());
  if (payload.size() < sizeof(dqn_words)
      || payload.size() < nowhere.place(nullptr, w))
    throw std::invalid_argument("learning: payload too short");
  return w;
}

} // namespace

dqn_learner::dqn_learner(std::span<std::byte> payload)
  : layout_(dqn_layout(words_of(payload))), work_(layout_) {
  m_.place(payload.data(), words_of(payload));
  auto rows = words().batch / words().learners + 1;
  trace_.resize(layout_.trace_floats() * rows);
  for (auto* x : {&outputs_, &next_, &deciding_})
    x->resize(size_t{rows} * words().actions);
  losses_.resize(rows);
  hits_.resize(rows);
}

uint32_t dqn_learner::best_action(const float* network, const float* shown) {
  std::span values{outputs_.data(), words().actions};
  predict(layout_, {network, layout_.parameters()}, std::span(&shown, 1),
          values, work_);
  auto best = std::max_element(values.begin(), values.end());
  return static_cast<uint32_t>(best - values.begin());
}

void dqn_learner::learn(uint32_t task) {
  auto& w = words();
  random_stream random{make_key(w.seed, batch_stream),
                       {static_cast<uint32_t>(w.round),
                        static_cast<uint32_t>(w.round >> 32), task, 0}};
  std::vector<uint32_t> drawn;
  for (auto row = task; row < w.batch; row += w.learners)
    drawn.push_back(random.below(w.known));
  std::fill_n(m_.gradients + task * w.parameters, w.parameters, 0.f);
  if (drawn.empty())
    return;
  targets(drawn);
  add_gradient(task, drawn.size());
}

/// What the network should say: what it says, but for the action that was taken
/// what came of it.
void dqn_learner::targets(std::span<const uint32_t> drawn) {
  auto& w = words();
  before_.clear();
  after_.clear();
  wanted_.clear();
  for (size_t i = 0; i < drawn.size(); ++i) {
    before_.push_back(m_.before + size_t{drawn[i]} * w.features);
    after_.push_back(m_.after + size_t{drawn[i]} * w.features);
    wanted_.push_back(outputs_.data() + i * w.actions);
  }
  auto n = drawn.size() * w.actions;
  auto ask = [&](const float* network, auto& rows, std::vector<float>& out) {
    predict(layout_, {network, layout_.parameters()}, rows,
            std::span(out).first(n), work_);
  };
  ask(m_.network, before_, outputs_);
  ask(m_.target, after_, next_);
  ask(w.single != 0 ? m_.target : m_.network, after_, deciding_);
  for (size_t i = 0; i < drawn.size(); ++i) {
    auto& step = m_.steps[drawn[i]];
    auto* chooses = deciding_.data() + i * w.actions;
    auto best = std::max_element(chooses, chooses + w.actions) - chooses;
    auto follows =
      step.terminal != 0 ? 0 : next_[i * w.actions + static_cast<size_t>(best)];
    outputs_[i * w.actions + step.action] =
      step.reward + static_cast<float>(w.discount) * follows;
  }
}

void dqn_learner::add_gradient(uint32_t task, size_t rows) {
  auto& w = words();
  std::span parameters{m_.network, layout_.parameters()};
  mlp_trace trace{trace_.data(), rows};
  // The loss is a mean over the outputs, of which one is not as it should be.
  auto scale = static_cast<float>(w.actions) / static_cast<float>(w.batch);
  backward(layout_, parameters, {before_, {{}, wanted_}, 0}, 0, scale, {}, {},
           trace, std::span(losses_).first(rows), std::span(hits_).first(rows),
           work_);
  for (size_t g = 0; g < layout_.groups().size(); ++g) {
    auto& group = layout_.groups()[g];
    auto most = mlp_workspace::max_rows(group);
    for (uint32_t row = 0; row < group.rows; row += most) {
      auto last = std::min(group.rows, row + most);
      auto part = gradient(layout_, g, row, last, before_, trace, work_);
      std::copy(part.begin(), part.end(),
                m_.gradients + task * w.parameters + group.offset
                  + size_t{row} * group.stride);
    }
  }
}

} // namespace models
