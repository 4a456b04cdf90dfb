#include <models/rl/cart_pole.hpp>

#include <cmath>
#include <numbers>

namespace models {

namespace {

constexpr double gravity = 9.8;
constexpr double cart = 1.0; ///< kg
constexpr double pole = 0.1; ///< kg
constexpr double both = cart + pole;
constexpr double half_length = 0.5; ///< m
constexpr double force = 10;        ///< N
constexpr double seconds = 0.02;
constexpr double widest = 2.4;
constexpr double steepest = 12 * std::numbers::pi / 180;

} // namespace

void cart_pole::reset(random_stream& random) {
  for (auto& x : now_)
    x = random.uniform() * 0.1 - 0.05;
}

control_step cart_pole::step(uint32_t action, random_stream&) {
  auto& [x, speed, angle, turning] = now_;
  auto sine = std::sin(angle);
  auto cosine = std::cos(angle);
  auto push = action == 1 ? force : -force;
  auto common = (push + pole * half_length * turning * turning * sine) / both;
  auto turn = (gravity * sine - cosine * common)
              / (half_length * (4.0 / 3.0 - pole * cosine * cosine / both));
  auto go = common - pole * half_length * turn * cosine / both;
  x += seconds * speed;
  speed += seconds * go;
  angle += seconds * turning;
  turning += seconds * turn;
  return {1, std::abs(x) > widest || std::abs(angle) > steepest};
}

void cart_pole::observe(std::span<float> out) const {
  for (size_t i = 0; i < now_.size(); ++i)
    out[i] = static_cast<float>(now_[i]);
}

} // namespace models
