// What only processes suffer, as their supervisor tells it.

#include <atomic>
#include <csignal>

#include "tests/actors/conformance/stage.hpp"

using namespace conformance;

namespace {

struct process_stage : stage {
  process_stage() : stage{carrier::process} {}

  child_spec command(std::string id, words argv) {
    auto spec = child(std::move(id));
    spec.process = [argv](const actors::start_context&) {
      actors::process_child_spec x;
      x.command = argv;
      x.limits.cpu_seconds = 1;
      x.limits.core_bytes = 0;
      return x;
    };
    return spec;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(conformance_process_fault, process_stage)

BOOST_AUTO_TEST_CASE(stopped_process_is_killed_when_its_grace_is_over) {
  run(team(""));
  auto spec = child("a");
  spec.grace = 50ms;
  BOOST_REQUIRE(actors::start_child(system(), top(), spec));
  ::kill(info("a").pid, SIGSTOP);
  BOOST_TEST(!actors::terminate_child(system(), top(), "a"));
  BOOST_TEST(await("stop_failed", "a").reason == "killed");
  BOOST_TEST(processes().running() == 0u);
}

BOOST_AUTO_TEST_CASE(endless_loop_is_ended_by_its_limit_and_restarted) {
  run(team(""));
  BOOST_REQUIRE(actors::start_child(
    system(), top(), command("a", {"sh", "-c", "while :; do :; done"})));
  auto told = await("child_ended", "a");
  BOOST_TEST(told.reason == "crashed");
  BOOST_TEST(told.text.find("processor-time limit of 1 s") != std::string::npos,
             told.text);
  await("child_started", "a", 2);
}

BOOST_AUTO_TEST_CASE(command_that_exits_at_once_waits_longer_each_time) {
  auto spec = team("");
  spec.children = {command("a", {"sh", "-c", "exit 3"})};
  spec.children[0].delay = {1ms, 20ms, 2.0, 1h};
  run(spec);
  auto told = await("child_ended", "a", 3);
  BOOST_TEST(told.reason == "crashed");
  BOOST_TEST(told.text == "exited with code 3");
  BOOST_TEST(await("restarting", "a", 1).duration_us == 0);
  size_t waited = 0; // full jitter may be nothing, but not every time
  for (size_t n = 2; n <= 12; ++n)
    waited += await("restarting", "a", n).duration_us > 0;
  BOOST_TEST(waited > 0u);
}

BOOST_AUTO_TEST_CASE(program_that_has_gone_is_tried_again_with_its_reason) {
  auto spec = team("");
  auto gone = std::make_shared<std::atomic<bool>>(false);
  spec.children = {child("a")};
  spec.children[0].process = [gone](const actors::start_context&) {
    actors::process_child_spec x;
    x.command = *gone ? words{"/no/such/program"} : words{"sleep", "1000"};
    return x;
  };
  spec.children[0].delay = {1ms, 5ms, 2.0, 1h};
  run(spec);
  *gone = true;
  kill("a");
  auto told = await("start_failed", "a", 2);
  BOOST_TEST(told.text
             == "cannot run '/no/such/program': No such file or directory");
  *gone = false;
  await("child_started", "a", 2);
}

BOOST_AUTO_TEST_CASE(limit_that_is_ignored_is_said_once) {
  auto spec = team("");
  spec.children = {child("a")};
  spec.children[0].process = [](const actors::start_context&) {
    actors::process_child_spec x;
    x.command = {"sleep", "1000"};
    x.limits.processors = 1e6; // more than any quota takes
    return x;
  };
  run(spec);
  auto told = await("notice", "a");
  BOOST_TEST(told.text.find("processors") != std::string::npos, told.text);
  kill("a");
  await("child_started", "a", 2);
  BOOST_TEST(count("notice", "a") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
