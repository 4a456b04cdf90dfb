/// The program that runs the conformance suite's child in a process.

#include <actors/process/process_error.hpp>
#include <actors/process/worker_main.hpp>

#include <caf/all.hpp>

#include <iostream>
#include <stdexcept>
#include <unistd.h>

#include "tests/actors/conformance/subject.hpp"

namespace {

using conformance::at_start;
using conformance::at_stop;

caf::actor dead_actor(caf::actor_system& sys) {
  auto result = sys.spawn([](caf::event_based_actor*) {});
  caf::scoped_actor self{sys};
  self->wait_for(result);
  return result;
}

/// The arguments are the plan, as two numbers.
caf::actor make(caf::actor_system& sys, const actors::worker_context& context) {
  auto start = static_cast<at_start>(std::stoi(context.args.at(0)));
  auto stop = static_cast<at_stop>(std::stoi(context.args.at(1)));
  switch (start) {
  case at_start::throws:
  case at_start::throws_early:
  case at_start::says_failed:
    throw std::runtime_error{conformance::start_problem};
  case at_start::is_silent:
    for (;;)
      ::pause();
  case at_start::declines:
    throw actors::worker_declines{};
  case at_start::makes_nothing:
    return nullptr;
  case at_start::is_dead:
    return dead_actor(sys);
  case at_start::runs:
    break;
  }
  return sys.spawn([stop](caf::event_based_actor* self) {
    self->set_exception_handler(actors::keep_what);
    return conformance::subject(self, stop);
  });
}

} // namespace

int main(int argc, char** argv) {
  if (auto code = actors::worker_main(argc, argv, {{"subject", make}}))
    return *code;
  std::cerr << "for the conformance suite\n";
  return 2;
}
