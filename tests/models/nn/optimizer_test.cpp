#include <models/nn/denormals.hpp>
#include <models/nn/optimizer.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

using namespace models;

namespace {

struct state {
  std::vector<float> w = std::vector<float>(16, 1.0f);
  std::vector<float> m = std::vector<float>(16);
  std::vector<float> v = std::vector<float>(16);

  void apply(const optimizer_config& c, uint64_t step, float gradient) {
    std::vector<float> g(16, gradient);
    models::apply(c, step, {w, m, v}, g, {w, m, v});
  }
};

} // namespace

BOOST_AUTO_TEST_SUITE(optimisers)

BOOST_AUTO_TEST_CASE(sgd_goes_down_the_gradient) {
  state s;
  s.apply({optimizer::sgd, 0.5f}, 1, 0.25f);
  BOOST_TEST(s.w[0] == 0.875f);
  BOOST_TEST(s.m[0] == 0);
}

BOOST_AUTO_TEST_CASE(the_first_step_of_adam_has_the_length_of_the_rate) {
  for (auto g : {1e-3f, -5.0f}) {
    state s;
    s.apply({}, 1, g);
    BOOST_CHECK_CLOSE(1 - s.w[3], std::copysign(0.001f, g), 0.1);
  }
}

BOOST_AUTO_TEST_CASE(adam_follows_the_paper_over_many_steps) {
  state s;
  double w = 1, m = 0, v = 0;
  for (int t = 1; t <= 200; ++t) {
    auto g = std::sin(0.1 * t) + 0.3;
    s.apply({}, static_cast<uint64_t>(t), static_cast<float>(g));
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    auto mean = m / (1 - std::pow(0.9, t));
    auto square = v / (1 - std::pow(0.999, t));
    w -= 0.001 * mean / (std::sqrt(square) + 1e-8);
    BOOST_REQUIRE_SMALL(static_cast<double>(s.w[7]) - w, 2e-5);
  }
  BOOST_TEST(std::abs(w - 1) > 0.05);
}

/// The rules as their papers and PyTorch write them, in double precision.
struct textbook {
  double w = 1, m = 0, v = 0;

  void apply(const optimizer_config& c, int t, double g) {
    double rate = c.rate, momentum = c.momentum, rho = c.rho;
    g += double{c.l2} * w + double{c.l1} * (w > 0 ? 1 : w < 0 ? -1 : 0);
    switch (c.rule) {
    case optimizer::sgd:
      w -= rate * g;
      break;
    case optimizer::momentum:
      m = momentum * m + g;
      w -= rate * m;
      break;
    case optimizer::nesterov:
      m = momentum * m + g;
      w -= rate * (g + momentum * m);
      break;
    case optimizer::rmsprop:
      v = rho * v + (1 - rho) * g * g;
      w -= rate * g / (std::sqrt(v) + double{c.epsilon});
      break;
    default:
      if (c.rule == optimizer::adamw)
        w -= rate * double{c.decay} * w;
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      w -= rate * m / (1 - std::pow(0.9, t))
           / (std::sqrt(v / (1 - std::pow(0.999, t))) + double{c.epsilon});
    }
  }
};

BOOST_AUTO_TEST_CASE(every_rule_follows_its_textbook) {
  for (auto rule : {optimizer::sgd, optimizer::momentum, optimizer::nesterov,
                    optimizer::rmsprop, optimizer::adam, optimizer::adamw})
    for (auto penalty : {0.0f, 0.05f})
      BOOST_TEST_CONTEXT(to_string(rule) << ", penalty " << penalty) {
        optimizer_config c;
        c.rule = optimizer_from(to_string(rule));
        c.rate = 0.01f;
        c.decay = 0.3f;
        c.l1 = penalty;
        c.l2 = 2 * penalty;
        state s;
        textbook t;
        for (int i = 1; i <= 100; ++i) {
          auto g = 0.2 * std::sin(0.1 * i) + 0.3;
          s.apply(c, static_cast<uint64_t>(i), static_cast<float>(g));
          t.apply(c, i, g);
          BOOST_REQUIRE_SMALL(static_cast<double>(s.w[7]) - t.w, 5e-5);
        }
        BOOST_TEST(std::abs(t.w - 1) > 0.05);
      }
}

BOOST_AUTO_TEST_CASE(what_pulls_weights_to_zero_spares_biases) {
  optimizer_config c;
  c.l1 = c.l2 = c.decay = 0.5f;
  auto free = without_decay(c);
  BOOST_TEST((free.l1 == 0 && free.l2 == 0 && free.decay == 0));
  BOOST_TEST(free.rate == c.rate);
}

BOOST_AUTO_TEST_CASE(constants_out_of_range_are_refused) {
  auto refused = [](optimizer_config c) {
    BOOST_CHECK_THROW(check(c), std::invalid_argument);
  };
  refused({optimizer::adam, 0});
  refused({optimizer::adam, -1});
  refused({optimizer::adam, std::nanf("")});
  refused({optimizer::adam, std::numeric_limits<float>::infinity()});
  refused({optimizer::adam, 0.1f, 1});
  refused({optimizer::adam, 0.1f, 0.9f, 1});
  refused({optimizer::adam, 0.1f, 0.9f, 0.9f, 0});
  refused({static_cast<optimizer>(6)});
  check(optimizer_config{});
}

BOOST_AUTO_TEST_CASE(denormals_are_flushed_only_in_the_scope) {
  volatile float tiny = 1e-30f;
  volatile float product = 1;
  {
    denormals_off guard;
    product = tiny * 1e-10f;
    BOOST_TEST((product == 0));
  }
  product = tiny * 1e-10f;
  BOOST_TEST((product != 0));
}

BOOST_AUTO_TEST_SUITE_END()
