#include <models/core/error.hpp>
#include <models/rl/worlds.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cmath>

using namespace models;

BOOST_AUTO_TEST_SUITE(worlds)

namespace {

/// What is said of a map that is refused.
std::string refusal(std::string_view text) {
  try {
    grid_world world{text, "map"};
  } catch (const data_error& e) {
    return e.what();
  }
  return "";
}

random_stream fixed() {
  return {{1, 2}, {}};
}

} // namespace

BOOST_AUTO_TEST_CASE(walls_and_borders_are_not_passed) {
  grid_world world{"S#\n.G\n"};
  auto random = fixed();
  BOOST_TEST(world.reset(random) == 0u);
  BOOST_TEST(world.step(0, random).state == 0u); // the border above
  BOOST_TEST(world.step(1, random).state == 0u); // the wall
  BOOST_TEST(world.step(2, random).state == 2u);
  auto last = world.step(1, random);
  BOOST_TEST(last.state == 3u);
  BOOST_TEST(last.terminal);
}

BOOST_AUTO_TEST_CASE(the_cliff_puts_the_walker_back_without_an_end) {
  grid_world world{cliff_map()};
  auto random = fixed();
  BOOST_TEST(world.reset(random) == 36u);
  auto fallen = world.step(1, random);
  BOOST_TEST(fallen.state == 36u);
  BOOST_TEST(fallen.reward == -100);
  BOOST_TEST(!fallen.terminal);
}

BOOST_AUTO_TEST_CASE(settings_before_the_map_hold) {
  grid_world world{"; a lake\nslip 1\nstep -0.5\nlimit 7\n.\nS\n.\n"};
  auto random = fixed();
  BOOST_TEST(world.step_limit() == 7u);
  world.reset(random);
  for (int i = 0; i < 50; ++i) { // to the sides only, where borders are
    auto seen = world.step(0, random);
    BOOST_TEST(seen.state == 1u);
    BOOST_TEST(seen.reward == -0.5);
  }
}

BOOST_AUTO_TEST_CASE(who_slips_goes_to_both_sides_as_often) {
  grid_world world{"slip 0.5\n...\n.S.\n...\n"};
  auto random = fixed();
  std::array<int, 9> seen{};
  constexpr int tries = 20000;
  for (int i = 0; i < tries; ++i) {
    world.reset(random);
    ++seen[world.step(0, random).state];
  }
  BOOST_TEST(std::abs(seen[1] - tries / 2) < 400); // more than 5 sigma
  BOOST_TEST(std::abs(seen[3] - tries / 4) < 400);
  BOOST_TEST(std::abs(seen[5] - tries / 4) < 400);
}

BOOST_AUTO_TEST_CASE(a_walk_is_the_process_that_it_says) {
  grid_world world{frozen_lake_map(false)};
  process_world same{world.process(0.99)};
  BOOST_TEST(same.states() == 16u);
  auto random = fixed();
  std::array<std::array<int, 16>, 2> seen{};
  constexpr int tries = 20000;
  for (int i = 0; i < tries; ++i) {
    world.reset(random);
    ++seen[0][world.step(1, random).state];
    same.reset(random);
    ++seen[1][same.step(1, random).state];
  }
  for (size_t i = 0; i < 16; ++i)
    BOOST_TEST(std::abs(seen[0][i] - seen[1][i]) < 500);
  BOOST_TEST(seen[0][1] > 0);
}

BOOST_AUTO_TEST_CASE(a_wrong_map_is_refused_with_its_place) {
  BOOST_TEST(refusal("S.\n.x\n").starts_with("map:2:2: not a letter"));
  BOOST_TEST(refusal("S.\n...\n").starts_with("map:2:3: a row of 3 letters"));
  BOOST_TEST(refusal("S...\n.\n").starts_with("map:2:2: a row of 1 letters"));
  BOOST_TEST(refusal("slip 2\nS\n").starts_with("map:1:6: expected 0 to 1"));
  BOOST_TEST(refusal("slip a\nS\n").starts_with("map:1:6: expected a number"));
  BOOST_TEST(refusal("slap 1\nS\n").starts_with("map:1:1: expected slip"));
  BOOST_TEST(refusal("S.\nslip 1\n").starts_with("map:2:1: settings come"));
  BOOST_TEST(refusal("..\n").starts_with("map: the map has no start"));
  BOOST_TEST(refusal("").starts_with("map: no map"));
}

// The numbers of the equations by hand: from rest 10 N move cart and pole so.
BOOST_AUTO_TEST_CASE(a_push_moves_cart_and_pole_by_the_equations) {
  cart_pole world;
  auto random = fixed();
  world.now() = {0, 0, 0, 0};
  auto seen = world.step(1, random);
  auto close = boost::test_tools::tolerance(1e-6);
  BOOST_TEST(seen.reward == 1);
  BOOST_TEST(!seen.terminal);
  BOOST_TEST(world.now()[0] == 0);
  BOOST_TEST(world.now()[1] == 0.19512195, close);
  BOOST_TEST(world.now()[2] == 0);
  BOOST_TEST(world.now()[3] == -0.29268293, close);
  world.now() = {0, 0, 0.2, 1};
  BOOST_TEST(world.step(1, random).terminal);
}

BOOST_AUTO_TEST_CASE(the_car_gets_out_by_swinging_only) {
  for (bool swings : {false, true}) {
    mountain_car world;
    auto random = fixed();
    world.reset(random);
    std::array<float, 2> shown{};
    bool out = false;
    for (int i = 0; i < 200 && !out; ++i) {
      world.observe(shown);
      out = world.step(swings && shown[1] < 0 ? 0 : 2, random).terminal;
    }
    BOOST_TEST(out == swings);
  }
}

BOOST_AUTO_TEST_CASE(a_box_is_found_by_its_edges) {
  boxes cut{{{0, 1}, {5}}};
  BOOST_TEST(cut.count() == 6u);
  auto box = [&](float a, float b) {
    std::array shown{a, b};
    return cut.of(shown.data());
  };
  BOOST_TEST(box(-1, 0) == 0u);
  BOOST_TEST(box(-1, 5) == 1u);
  BOOST_TEST(box(0, 0) == 2u);
  BOOST_TEST(box(9, 9) == 5u);
  BOOST_CHECK_THROW(boxes({{1, 1}}), std::invalid_argument);
  BOOST_CHECK_THROW(boxes({}), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_world_needs_its_file_or_none) {
  BOOST_CHECK_THROW(make_world({"grid", ""}), std::invalid_argument);
  BOOST_CHECK_THROW(make_world({"cliff", "SG"}), std::invalid_argument);
  BOOST_CHECK_THROW(make_world({"moon", ""}), std::invalid_argument);
  auto world = make_world({"process", "a go b 1 2\nb go c 1\n"});
  BOOST_TEST(states_of(world) == 3u);
  BOOST_TEST(state_names(world)[2] == "c");
  BOOST_TEST(action_names(world)[0] == "go");
  BOOST_CHECK_THROW(make_world({"process", "a go b 1\nb go c 1\nb no c 1\n"}),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_SUITE_END()
