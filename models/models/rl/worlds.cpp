#include <models/rl/worlds.hpp>

#include <stdexcept>

namespace models {

namespace {

template <class World>
constexpr bool is_boxed = false;

template <class World>
constexpr bool is_boxed<boxed_world<World>> = true;

template <class World>
std::vector<std::string> shown_by(const boxed_world<World>&) {
  return World::feature_names();
}

template <class World>
std::vector<std::string> acts_of(const boxed_world<World>&) {
  return World::action_names();
}

std::vector<std::string> acts_of(const grid_world&) {
  return grid_world::action_names();
}

std::vector<std::string> acts_of(const process_world& world) {
  return world.process().action_names;
}

void expect_text(const world_spec& spec, bool needs) {
  if (needs && spec.text.empty())
    throw std::invalid_argument("environment " + spec.name
                                + " needs a file, --data FILE; these need "
                                  "none: cliff, frozen-lake, "
                                  "frozen-lake-8x8, cart-pole, mountain-car");
  if (!needs && !spec.text.empty())
    throw std::invalid_argument("environment " + spec.name
                                + " needs no file; of a file are grid and "
                                  "process");
}

} // namespace

std::vector<std::string_view> world_names() {
  return {"grid",      "process",     "cliff", "frozen-lake", "frozen-lake-8x8",
          "cart-pole", "mountain-car"};
}

any_world make_world(const world_spec& spec, const std::string& path) {
  auto& name = spec.name;
  expect_text(spec, name == "grid" || name == "process");
  if (name == "grid")
    return grid_world(spec.text, path);
  if (name == "process")
    return process_world(parse_mdp(spec.text, path));
  if (name == "cliff")
    return grid_world(cliff_map(), name);
  if (name == "frozen-lake" || name == "frozen-lake-8x8")
    return grid_world(frozen_lake_map(name == "frozen-lake-8x8"), name);
  if (name == "cart-pole")
    return boxed_world<cart_pole>(cart_pole_boxes());
  if (name == "mountain-car")
    return boxed_world<mountain_car>(mountain_car_boxes());
  throw std::invalid_argument("no environment is called " + name);
}

uint32_t states_of(const any_world& world) {
  return std::visit([](auto& x) { return x.states(); }, world);
}

std::vector<std::string> action_names(const any_world& world) {
  return std::visit([](auto& x) { return acts_of(x); }, world);
}

std::vector<std::string> state_names(const any_world& world) {
  if (auto* grid = std::get_if<grid_world>(&world))
    return grid->state_names();
  if (auto* process = std::get_if<process_world>(&world))
    return process->process().state_names;
  return {};
}

std::vector<std::string> feature_names(const any_world& world) {
  return std::visit(
    []<class T>(const T& x) -> std::vector<std::string> {
      if constexpr (is_boxed<T>)
        return shown_by(x);
      else
        return {};
    },
    world);
}

const boxes* boxes_of(const any_world& world) {
  return std::visit(
    []<class T>(const T& x) -> const boxes* {
      if constexpr (is_boxed<T>)
        return &x.cut();
      else
        return nullptr;
    },
    world);
}

} // namespace models
