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
  refused({static_cast<optimizer>(2)});
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
