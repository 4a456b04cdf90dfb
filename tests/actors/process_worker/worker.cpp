/// The program that the process tests start: a worker host with actors that
/// misbehave on request, and (`--parent`) a supervisor to be killed.

#include <actors/process/process_child.hpp>
#include <actors/process/process_error.hpp>
#include <actors/process/worker_main.hpp>
#include <actors/supervision/snapshots.hpp>

#include <caf/all.hpp>
#include <caf/io/middleman.hpp>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <stdexcept>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace std::string_literals;

std::string open_descriptors() {
  std::string result;
  for (auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone; // the one that lists
    auto target = std::filesystem::read_symlink(entry.path(), gone);
    result += entry.path().filename().string() + "=" + target.string() + "\n";
  }
  return result;
}

std::string resident_kib() {
  std::ifstream in{"/proc/self/status"};
  for (std::string line; std::getline(in, line);)
    if (line.compare(0, 6, "VmRSS:") == 0)
      return line.substr(6);
  return {};
}

/// Adds one to every byte of the segment; answers the first byte before.
std::string increment(const actors::worker_context& context, uint64_t id) {
  auto segment = context.memory->attach(id, std::chrono::seconds{10});
  if (!segment)
    return "error: " + actors::process_error_text(segment.error());
  auto bytes = (*segment)->data();
  auto before = std::to_integer<int>(bytes[0]);
  for (size_t i = 0; i < (*segment)->size(); ++i)
    bytes[i] = std::byte(std::to_integer<int>(bytes[i]) + 1);
  return std::to_string(before);
}

std::string inspect(const std::string& what, const std::string& arg) {
  if (what == "echo")
    return arg;
  if (what == "descriptors")
    return open_descriptors();
  if (what == "resident")
    return resident_kib();
  if (what == "nice")
    return std::to_string(::getpriority(PRIO_PROCESS, 0));
  if (what == "environment")
    return std::getenv(arg.c_str()) ? std::getenv(arg.c_str()) : "(unset)";
  if (what == "directory")
    return std::filesystem::current_path();
  if (what == "allocate") {
    auto p = std::malloc(std::stoull(arg));
    std::free(p);
    return p ? "granted" : "refused";
  }
  if (what == "pid")
    return std::to_string(::getpid());
  return "unknown: " + what;
}

void misbehave(const std::string& what, const std::string& arg) {
  if (what == "throw")
    throw std::runtime_error(arg);
  if (what == "segfault")
    ::raise(SIGSEGV); // what the kernel does for a bad address
  if (what == "abort")
    std::abort();
  if (what == "hoard")
    std::vector<char> hoard(std::stoull(arg), 'x');
  if (what == "exit")
    ::_exit(std::stoi(arg));
  if (what == "hang")
    for (;;)
      ::pause();
  if (what == "print")
    std::cout << arg << std::flush;
  if (what == "orphan" && ::fork() == 0)
    ::pause();
}

caf::behavior subject(caf::event_based_actor* self,
                      const actors::worker_context& context) {
  self->set_exception_handler(actors::keep_what);
  return {[=](const std::string& what, const std::string& arg) -> std::string {
    misbehave(what, arg);
    if (what == "quit")
      self->quit(arg.empty() ? caf::error{}
                             : caf::error{caf::sec::bad_function_call});
    if (what == "args")
      return context.args.at(std::stoul(arg));
    if (what == "node")
      return to_string(self->node());
    if (what == "path")
      return context.path;
    if (what == "increment")
      return increment(context, std::stoull(arg));
    return inspect(what, arg);
  }};
}

/// Does not end when asked to.
caf::behavior stubborn(caf::event_based_actor* self,
                       const actors::worker_context& context) {
  auto result = subject(self, context);
  self->set_exit_handler(
    [](caf::exit_msg&) { std::cout << "never" << std::endl; });
  return result;
}

/// Counts, and keeps its count over restarts; cannot be restored from "13".
caf::behavior keeper(caf::event_based_actor* self) {
  self->set_exception_handler(actors::keep_what);
  auto total = std::make_shared<int64_t>(0);
  return {
    [=](const std::string& what, const std::string& arg) {
      misbehave(what, arg);
      *total += what == "add" ? std::stoll(arg) : 0;
      return std::to_string(*total);
    },
    [=](actors::snapshot_atom) { return std::to_string(*total); },
    [=](actors::restore_atom, const std::string& bytes) {
      *total = std::stoll(bytes);
      if (*total == 13)
        throw std::runtime_error("bad luck");
    },
  };
}

actors::worker_registry make_registry() {
  using context = const actors::worker_context&;
  return {
    {"subject",
     [](caf::actor_system& sys, context x) { return sys.spawn(subject, x); }},
    {"stubborn",
     [](caf::actor_system& sys, context x) { return sys.spawn(stubborn, x); }},
    {"keeper",
     [](caf::actor_system& sys, context) { return sys.spawn(keeper); }},
    {"broken",
     [](caf::actor_system&, context) -> caf::actor {
       throw std::runtime_error("no such table");
     }},
    {"idle",
     [](caf::actor_system&, context) -> caf::actor {
       throw actors::worker_declines{};
     }},
    {"short-lived",
     [](caf::actor_system& sys, context) {
       auto result = sys.spawn([](caf::event_based_actor*) {});
       caf::scoped_actor {
         sys
         } -> wait_for(result);
       return result;
     }},
    {"mute",
     [](caf::actor_system&, context) -> caf::actor {
       for (;;)
         ::pause();
     }},
  };
}

/// Starts a command that starts another one, prints that one's pid, and waits
/// to be killed.
int be_grandparent() {
  actors::process_host host;
  actors::process_spec spec;
  spec.executable = "sh";
  spec.argv = {"sh", "-c", "sleep 1000 & echo $!; wait"};
  actors::process_callbacks calls;
  calls.on_line = [](std::string_view line) { std::cout << line << std::endl; };
  host.spawn(std::move(spec), std::move(calls));
  for (;;)
    ::pause();
}

/// Starts one worker, prints its pid, and waits to be killed.
int be_parent() {
  caf::actor_system_config cfg;
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  actors::process_host host;
  actors::process_child_spec spec;
  spec.path = "parent/worker";
  spec.type = "subject";
  std::promise<actors::process_started> started;
  actors::process_child_events events;
  events.on_started = [&](caf::expected<actors::process_started> x) {
    started.set_value(*x);
  };
  events.on_exit = [](const caf::error&, const actors::process_exit&) {};
  auto child = actors::start_process_child(host, sys, spec, events);
  auto running = started.get_future().get();
  std::cout << running.pid << std::endl;
  for (;;)
    ::pause();
}

} // namespace

int main(int argc, char** argv) {
  if (auto code = actors::worker_main(argc, argv, make_registry()))
    return *code;
  if (argc == 2 && argv[1] == "--parent"s)
    return be_parent();
  if (argc == 2 && argv[1] == "--grandparent"s)
    return be_grandparent();
  std::cerr << "for the tests of actors/process\n";
  return 2;
}
