#pragma once

// The worlds of this library by their names, for those who have a name only.

#include <models/rl/boxes.hpp>
#include <models/rl/cart_pole.hpp>
#include <models/rl/grid_world.hpp>
#include <models/rl/mountain_car.hpp>
#include <models/rl/process_world.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace models {

/// Which world, so that others can make the same.
struct world_spec {
  std::string name; ///< see `world_names`
  std::string text; ///< of `grid` and `process`: the file's; else empty
};

/// Worlds with numbered states. Loops over them are made for each of them.
using any_world = std::variant<grid_world,
                               process_world,
                               boxed_world<cart_pole>,
                               boxed_world<mountain_car>>;

/// grid, process, cliff, frozen-lake, frozen-lake-8x8, cart-pole, mountain-car
std::vector<std::string_view> world_names();

/// @param path of the text, for errors
/// @throws std::invalid_argument for a name that is unknown, a text that is
/// missing or not asked for, data_error for what is wrong in it
any_world make_world(const world_spec& spec, const std::string& path = "map");

uint32_t states_of(const any_world& world);
std::vector<std::string> action_names(const any_world& world);

/// Names of the states; none of a world that is cut into boxes.
std::vector<std::string> state_names(const any_world& world);

/// Names of the numbers that a world shows, and how they are cut; none and
/// nullptr of a world that is not cut into boxes.
std::vector<std::string> feature_names(const any_world& world);
const boxes* boxes_of(const any_world& world);

} // namespace models
