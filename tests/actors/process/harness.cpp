#include "tests/actors/process/harness.hpp"

#include <filesystem>

namespace process_tests {

size_t count_descriptors() {
  std::filesystem::directory_iterator i{"/proc/self/fd"};
  return static_cast<size_t>(std::distance(begin(i), end(i)));
}

caf::actor_system_config& node::configure(caf::actor_system_config& cfg) {
  cfg.load<caf::io::middleman>();
  cfg.set("scheduler.policy", caf::atom("sharing"));
  cfg.set("scheduler.max-threads", size_t{2});
  cfg.set("middleman.workers", size_t{0});
  actors::add_process_errors(cfg);
  return cfg;
}

actors::process_child_spec worker_spec(const std::string& type) {
  actors::process_child_spec spec;
  spec.path = "test/" + type;
  spec.type = type;
  spec.executable = LEPTON_TEST_WORKER;
  spec.limits.core_bytes = 0;
  // A sanitizer would turn signals into exit codes.
  spec.environment = {{"ASAN_OPTIONS", "handle_segv=0:handle_abort=0"}};
  return spec;
}

void probe::start(actors::process_child_spec spec) {
  actors::process_child_events events;
  events.on_started = [x = state_](const auto& result) {
    x->started.set_value(result);
  };
  events.on_exit = [x = state_, &sys = node_.system](const caf::error& reason,
                                                     actors::process_exit how) {
    x->ended.set_value({reason, how, sys.render(reason)});
  };
  events.on_line = [x = state_](std::string_view line) {
    std::lock_guard guard{x->mutex};
    x->lines.emplace_back(line);
    if (x->lines.size() == 1)
      x->first_line.set_value(std::string{line});
  };
  events.on_notice = [x = state_](std::string_view text) {
    std::lock_guard guard{x->mutex};
    x->notices.emplace_back(text);
  };
  child_ = actors::start_process_child(node_.host, node_.system,
                                       std::move(spec), std::move(events));
}

void probe::start_worker(const std::string& type,
                         std::vector<std::string> args) {
  auto spec = worker_spec(type);
  spec.args = std::move(args);
  start(std::move(spec));
}

actors::process_started probe::running() {
  auto result = started();
  if (!result)
    throw std::runtime_error(node_.system.render(result.error()));
  root_ = result->root;
  return *result;
}

std::string probe::ask(const std::string& what, const std::string& arg) {
  caf::scoped_actor self{node_.system};
  std::string answer;
  self->request(root_, patience, what, arg)
    .receive(
      [&](std::string& x) { answer = std::move(x); },
      [&](caf::error& e) { answer = "[" + node_.system.render(e) + "]"; });
  return answer;
}

void probe::tell(const std::string& what, const std::string& arg) {
  caf::anon_send(root_, what, arg);
}

} // namespace process_tests
