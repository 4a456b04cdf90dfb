#include <models/rl/process_world.hpp>

#include <stdexcept>

namespace models {

process_world::process_world(mdp process)
  : p_(std::make_shared<const mdp>(std::move(process))) {
  auto& p = *p_;
  for (size_t s = 0; s < p.states(); ++s) {
    auto n = p.first_pair[s + 1] - p.first_pair[s];
    if (n != 0 && n != p.actions())
      throw std::invalid_argument(
        "process: state " + p.state_names[s] + " has " + std::to_string(n)
        + " of " + std::to_string(p.actions())
        + " actions; to learn in it, a state needs all of them or none");
  }
  if (p.first_pair[1] == 0)
    throw std::invalid_argument("process: the first state, " + p.state_names[0]
                                + ", has no actions");
}

} // namespace models
