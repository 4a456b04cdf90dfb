#include <leptond/cli/command_line.hpp>
#include <leptond/node/run_node.hpp>
#include <leptond/node/worker_process.hpp>

#include <exception>
#include <iostream>

namespace {

int check(const leptond::loaded_config& loaded, const std::string& file) {
  for (const auto& notice : loaded.notices)
    std::cerr << notice << '\n';
  std::cout << file << ": right\n";
  return leptond::exit_asked;
}

int run(const leptond::command_line& line) {
  using action = leptond::command_line::action;
  if (line.what == action::print) {
    std::cout << line.text;
    return leptond::exit_asked;
  }
  const auto loaded = leptond::load_config(line.config_file, line.settings);
  if (!loaded) {
    std::cerr << loaded.error().text();
    return loaded.error().status;
  }
  if (line.what == action::check_config)
    return check(loaded.value(), line.config_file);
  leptond::stop_requests stop; // before the first thread
  return leptond::run_node(loaded.value(), stop);
}

} // namespace

int main(int argc, char** argv) {
  try {
    if (const auto status = leptond::run_as_worker(argc, argv))
      return *status;
    const auto line = leptond::parse_command_line(argc, argv);
    if (line)
      return run(line.value());
    std::cerr << line.error().text();
    return line.error().status;
  } catch (const std::exception& error) {
    std::cerr << "leptond: " << error.what() << '\n';
    return leptond::exit_gave_up;
  }
}
