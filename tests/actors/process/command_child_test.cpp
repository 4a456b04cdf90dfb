#include <actors/process/pidfd.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/actors/process/harness.hpp"

using namespace process_tests;
using namespace std::chrono_literals;

namespace {

actors::process_child_spec command(std::vector<std::string> argv) {
  actors::process_child_spec spec;
  spec.path = "test/command";
  spec.command = std::move(argv);
  spec.limits.core_bytes = 0;
  return spec;
}

actors::process_child_spec shell(const std::string& script) {
  return command({"sh", "-c", script});
}

/// The text of the error with which it failed to start.
std::string refusal(actors::process_child_spec spec) {
  node here;
  probe x{here};
  x.start(std::move(spec));
  auto result = x.started();
  return result ? "started" : here.system.render(result.error());
}

} // namespace

BOOST_AUTO_TEST_SUITE(command_child)

BOOST_AUTO_TEST_CASE(any_command_runs_and_its_code_is_the_reason) {
  node here;
  probe x{here};
  x.start(shell("exit 3"));
  auto running = x.running();
  BOOST_TEST(!running.root);
  BOOST_TEST(!running.memory);
  BOOST_TEST(x.ended().text == "exited with code 3");
}

BOOST_AUTO_TEST_CASE(code_zero_is_a_normal_end) {
  node here;
  probe x{here};
  x.start(shell("exit 0"));
  x.running();
  BOOST_TEST(!x.ended().reason);
}

BOOST_AUTO_TEST_CASE(command_that_cannot_run_says_which_and_why) {
  BOOST_TEST(refusal(command({"/nonexistent/program"}))
             == "cannot run '/nonexistent/program': No such file or "
                "directory");
  BOOST_TEST(refusal(command({"no-such-program-in-path"}))
             == "cannot run 'no-such-program-in-path': No such file or "
                "directory");
  BOOST_TEST(refusal(command({"/etc/passwd"}))
             == "cannot run '/etc/passwd': Permission denied");
  auto lost = shell("true");
  lost.directory = "/nonexistent";
  BOOST_TEST(refusal(lost)
             == "cannot run 'sh' in directory '/nonexistent': No such file or "
                "directory");
}

BOOST_AUTO_TEST_CASE(arguments_too_long_for_the_kernel_are_an_error) {
  auto text = refusal(command({"true", std::string(4u << 20, 'x')}));
  BOOST_TEST(text == "cannot run 'true': Argument list too long");
}

BOOST_AUTO_TEST_CASE(both_outputs_come_as_lines) {
  node here;
  probe x{here};
  x.start(shell("echo one; echo two >&2; printf three"));
  x.running();
  x.ended();
  std::vector<std::string> expected{"one", "two", "three"};
  BOOST_TEST(x.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(flood_of_output_neither_stops_the_child_nor_us) {
  node here;
  probe x{here};
  auto spec = shell("yes | head -c 3000000; exit 4");
  spec.output.lines_per_second = 5;
  x.start(spec);
  x.running();
  BOOST_TEST(x.ended().how.value == 4);
  auto lines = x.lines();
  BOOST_REQUIRE(!lines.empty());
  BOOST_TEST(lines.size() < 1000u);
  BOOST_TEST(lines.back().find("lines dropped") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(junk_in_the_output_cannot_forge_lines_or_fill_us) {
  node here;
  probe x{here};
  auto spec = shell("printf 'a\\000\\033[2Jb\\n'; head -c 50000 /dev/zero");
  spec.output.max_line = 100;
  x.start(spec);
  x.running();
  x.ended();
  std::vector<std::string> expected{"a??[2Jb", std::string(100, '?')};
  BOOST_TEST(x.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(child_starts_with_default_signals_and_none_blocked) {
  auto before = std::signal(SIGPIPE, SIG_IGN);
  {
    node here;
    probe x{here};
    x.start(shell("grep -E 'Sig(Blk|Ign)' /proc/self/status"));
    x.running();
    x.ended();
    std::vector<std::string> expected{"SigBlk:\t0000000000000000",
                                      "SigIgn:\t0000000000000000"};
    BOOST_TEST(x.lines() == expected, boost::test_tools::per_element());
  }
  std::signal(SIGPIPE, before);
}

BOOST_AUTO_TEST_CASE(end_of_a_command_takes_its_own_children_along) {
  node here;
  probe x{here};
  x.start(shell("sleep 1000 & echo $!; wait"));
  x.running();
  actors::unique_fd grandchild{::pidfd_open(std::stoi(x.first_line()), 0)};
  BOOST_REQUIRE(grandchild);
  x.child().signal(SIGTERM);
  BOOST_TEST(x.ended().text == "killed by signal 15 (SIGTERM)");
  pollfd gone{grandchild.get(), POLLIN, 0};
  BOOST_TEST(::poll(&gone, 1, 30'000) == 1);
}

BOOST_AUTO_TEST_CASE(command_that_ignores_the_request_is_killed) {
  node here;
  probe x{here};
  x.start(shell("trap '' TERM; echo ready; while :; do sleep 1; done"));
  x.running();
  x.first_line();
  x.child().stop(100ms);
  BOOST_TEST(x.ended().text == "killed by signal 9 (SIGKILL)");
}

BOOST_AUTO_TEST_CASE(request_without_a_deadline_waits_for_the_command) {
  node here;
  probe x{here};
  x.start(shell("trap 'sleep 0.2; exit 7' TERM; echo ready;"
                "while :; do sleep 0.1; done"));
  x.running();
  x.first_line();
  x.child().stop(caf::timespan::max());
  BOOST_TEST(x.ended().text == "exited with code 7");
}

BOOST_AUTO_TEST_CASE(request_reaches_what_the_command_has_started) {
  node here;
  probe x{here};
  x.start(shell("exec 2>/dev/null; " // the shell tells of a killed sleep
                "trap : TERM; "
                "(trap 'echo asked; exit' TERM; echo up;"
                " while :; do sleep 0.1; done) & "
                "wait; wait; exit 8"));
  x.running();
  x.first_line();
  x.child().stop(caf::timespan::max());
  BOOST_TEST(x.ended().text == "exited with code 8");
  std::vector<std::string> expected{"up", "asked"};
  BOOST_TEST(x.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stopped_command_is_killed_after_its_grace) {
  node here;
  probe x{here};
  x.start(shell("trap : TERM; echo ready; while :; do sleep 1; done"));
  x.running();
  x.first_line();
  x.child().signal(SIGSTOP);
  x.child().stop(50ms);
  BOOST_TEST(x.ended().text == "killed by signal 9 (SIGKILL)");
}

BOOST_AUTO_TEST_CASE(orders_to_a_child_that_has_ended_do_nothing) {
  node here;
  probe x{here};
  x.start(shell("exit 0"));
  x.running();
  x.ended();
  x.child().signal(SIGTERM);
  x.child().stop(1ms);
  x.child().kill();
  probe y{here};
  y.start(shell("exit 5"));
  y.running();
  BOOST_TEST(y.ended().how.value == 5);
}

BOOST_AUTO_TEST_CASE(descriptors_arrive_under_the_numbers_asked_for) {
  actors::process_host host;
  int a[2], b[2];
  BOOST_REQUIRE(::pipe2(a, O_CLOEXEC) == 0 && ::pipe2(b, O_CLOEXEC) == 0);
  actors::unique_fd read_a{a[0]}, read_b{b[0]};
  actors::process_spec spec;
  spec.executable = "/bin/sh";
  spec.argv = {"sh", "-c", "printf a >&4; printf b >&3"};
  // Crossed: each target may be the number of the other's source.
  auto move_to = [](int from, int to) {
    actors::unique_fd closes{from};
    return actors::unique_fd{::fcntl(from, F_DUPFD_CLOEXEC, to)};
  };
  spec.descriptors.emplace_back(4, move_to(a[1], 3));
  spec.descriptors.emplace_back(3, move_to(b[1], 4));
  std::promise<actors::process_exit> ended;
  actors::process_callbacks calls;
  calls.on_exit = [&](const actors::process_exit& x) { ended.set_value(x); };
  host.spawn(std::move(spec), std::move(calls));
  BOOST_TEST(await(ended.get_future()).clean());
  char x[2] = {}, y[2] = {};
  BOOST_TEST(::read(read_a.get(), x, 2) == 1);
  BOOST_TEST(::read(read_b.get(), y, 2) == 1);
  BOOST_TEST(x[0] == 'a');
  BOOST_TEST(y[0] == 'b');
}

BOOST_AUTO_TEST_CASE(no_descriptors_left_is_an_error_and_passes) {
  node here;
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  auto tight = before;
  tight.rlim_cur = count_descriptors() + 1;
  ::setrlimit(RLIMIT_NOFILE, &tight);
  probe x{here};
  x.start(shell("true"));
  auto result = x.started();
  ::setrlimit(RLIMIT_NOFILE, &before);
  BOOST_REQUIRE(!result);
  BOOST_TEST(here.system.render(result.error())
             == "cannot set up 'sh': Too many open files");
  probe y{here};
  y.start(shell("exit 6"));
  y.running();
  BOOST_TEST(y.ended().how.value == 6);
}

BOOST_AUTO_TEST_CASE(two_hundred_commands_leak_nothing) {
  actors::process_host host;
  std::vector<std::future<actors::process_exit>> ends;
  auto run = [&] {
    auto ended = std::make_shared<std::promise<actors::process_exit>>();
    ends.push_back(ended->get_future());
    actors::process_spec spec;
    spec.executable = "true";
    actors::process_callbacks calls;
    calls.on_exit = [ended](const actors::process_exit& x) {
      ended->set_value(x);
    };
    host.spawn(std::move(spec), std::move(calls));
  };
  run(); // starts the guardian as well
  BOOST_TEST(await(std::move(ends.back())).clean());
  ends.clear();
  auto before = count_descriptors();
  for (int i = 0; i < 200; ++i)
    run();
  for (auto& end : ends)
    BOOST_TEST(await(std::move(end)).clean());
  BOOST_TEST(host.running() == 0u);
  // The last descriptors go when the thread returns from the last callback.
  auto until = std::chrono::steady_clock::now() + patience;
  while (count_descriptors() > before
         && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(count_descriptors() <= before);
}

BOOST_AUTO_TEST_SUITE_END()
