// Reference values: tests/models/reference/mdp.py.

#include <models/core/error.hpp>
#include <models/rl/mdp.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stdexcept>
#include <tests/models/clustering/support.hpp>

using namespace models;
namespace tt = boost::test_tools;

namespace {

double noise(uint64_t i) {
  auto x = (i * 1103515245 + 12345) % 2147483648;
  x = (x * 1103515245 + 12345) % 2147483648;
  return static_cast<double>(x) / 2147483648.0;
}

std::vector<std::string> numbered(const char* what, size_t n) {
  std::vector<std::string> names;
  for (size_t i = 0; i < n; ++i)
    names.push_back(what + std::to_string(i));
  return names;
}

/// As in the script of the reference.
mdp random_process(uint32_t states, uint32_t actions, uint32_t outcomes) {
  std::vector<mdp_transition> all;
  uint64_t i = 0;
  for (uint32_t s = 0; s < states; ++s)
    for (uint32_t a = 0; a < actions; ++a) {
      double total = 0;
      auto first = all.size();
      for (uint32_t n = 0; n < outcomes; ++n, i += 3) {
        all.push_back({s, a, static_cast<uint32_t>(noise(i) * states),
                       0.1 + noise(i + 1), noise(i + 2)});
        total += all.back().probability;
      }
      for (auto k = first; k < all.size(); ++k)
        all[k].probability /= total;
    }
  return make_mdp(numbered("s", states), numbered("a", actions), std::move(all),
                  0.95);
}

const std::vector<int32_t> best{2, 0, 1, 2, 1, 2, 2, 0, 1, 2, 1, 0, 1, 2, 1,
                                2, 1, 2, 1, 0, 1, 2, 1, 0, 1, 0, 1, 2, 2, 1};

std::string refusal(const std::string& text) {
  try {
    parse_mdp(text, "robot.mdp");
  } catch (const data_error& e) {
    return e.what();
  }
  return "accepted";
}

} // namespace

BOOST_AUTO_TEST_SUITE(mdp_solving)

BOOST_AUTO_TEST_CASE(every_method_finds_the_best_values_and_policy) {
  auto process = random_process(30, 3, 4);
  for (auto method : {mdp_method::value_iteration, mdp_method::policy_iteration,
                      mdp_method::modified})
    for (uint32_t shards : {1u, 4u, 30u}) {
      mdp_config config{method, 1e-10, 100000, 20, shards};
      auto solved = solve(process, config);
      BOOST_TEST(solved.converged);
      BOOST_TEST(solved.policy == best, tt::per_element());
      BOOST_TEST(solved.values[0] == 10.784671498602531, tt::tolerance(1e-8));
      BOOST_TEST(solved.values[7] == 10.721807612926812, tt::tolerance(1e-8));
      BOOST_TEST(solved.values[29] == 10.828191488187244, tt::tolerance(1e-8));
    }
}

BOOST_AUTO_TEST_CASE(threads_and_deaths_change_no_bit) {
  auto process = random_process(200, 3, 4);
  mdp_config config{mdp_method::modified, 1e-9, 100000, 5, 7};
  auto alone = solve(process, config);
  BOOST_TEST((solve(process, config, 3).values == alone.values));
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    mdp_algorithm algorithm(config, process);
    BOOST_TEST(clustering_test::run_with_deaths(algorithm, seed) > 0);
    BOOST_TEST((algorithm.result().values == alone.values));
  }
}

BOOST_AUTO_TEST_CASE(one_that_goes_on_elsewhere_comes_to_the_same_bits) {
  auto process = random_process(200, 3, 4);
  for (auto method : {mdp_method::value_iteration, mdp_method::policy_iteration,
                      mdp_method::modified}) {
    mdp_config config{method, 1e-9, 100000, 5, 3};
    auto alone = solve(process, config);
    for (int rounds : {0, 1, 2, 7, 30, 100000}) {
      mdp_algorithm first(config, process), second(config, process);
      clustering_test::hand_over(first, second, rounds);
      BOOST_TEST((second.result().values == alone.values));
      BOOST_TEST(second.result().sweeps == alone.sweeps);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_process_that_never_ends_without_discount_says_so) {
  auto process = parse_mdp("discount 1\nhere wait here 1 1\n");
  auto solved = solve(process, {.sweeps = 500});
  BOOST_TEST(!solved.converged);
  BOOST_TEST(solved.sweeps == 500);
}

BOOST_AUTO_TEST_CASE(a_state_without_actions_is_an_end) {
  auto process = parse_mdp("# a corridor\n"
                           "discount 0.5\n"
                           "a right b 1\n"
                           "b right end 0.5 10  # it may slip\r\n"
                           "b right b 0.5\n"
                           "b left a 1\n");
  auto solved = solve(process);
  BOOST_TEST(process.state_names.size() == 3);
  BOOST_TEST(solved.policy[2] == -1);
  BOOST_TEST(solved.values[2] == 0);
  // v = 0.5 (10 + 0.5 0) + 0.5 (0.5 v)
  BOOST_TEST(solved.values[1] == 5 / 0.75, tt::tolerance(1e-6));
  BOOST_TEST(solved.values[0] == 2.5 / 0.75, tt::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(bad_files_are_refused_with_their_place) {
  BOOST_TEST(refusal("a go b 0.5 1\na go c x\n")
             == "robot.mdp:2:8: 'x' is not a number");
  BOOST_TEST(refusal("a go b 1.5 1\n").find("robot.mdp:1:8: a probability")
             == 0);
  BOOST_TEST(refusal("a go b\n").find("robot.mdp:1:6: expected STATE") == 0);
  BOOST_TEST(refusal("a go b 0.5 1\n").find("sum to 0.5") != std::string::npos);
  BOOST_TEST(refusal("a go b 1 inf\n").find("robot.mdp:1:10:") == 0);
  BOOST_TEST(refusal("discount 2\n").find("robot.mdp:1:10:") == 0);
  BOOST_TEST(refusal("# nothing\n").find("no transitions")
             != std::string::npos);
  BOOST_TEST(refusal("a go b 1 2 3\n").find("robot.mdp:1:12:") == 0);
}

BOOST_AUTO_TEST_CASE(bad_requests_are_refused) {
  auto process = random_process(5, 2, 2);
  BOOST_CHECK_THROW(solve(process, {.tolerance = 0}), std::invalid_argument);
  BOOST_CHECK_THROW(solve(process, {.sweeps = 0}), std::invalid_argument);
  BOOST_CHECK_THROW(make_mdp({"a"}, {"b"}, {{0, 0, 1, 1, 0}}, 0.5),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
