#include <actors/process/control_channel.hpp>
#include <actors/process/pidfd.hpp>
#include <actors/process/worker_invocation.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <list>
#include <netinet/in.h>
#include <poll.h>
#include <set>
#include <sys/socket.h>
#include <sys/stat.h>

#include "tests/actors/process/harness.hpp"

using namespace process_tests;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(worker_child)

BOOST_AUTO_TEST_CASE(root_actor_of_a_worker_answers_through_its_proxy) {
  node here;
  probe x{here};
  x.start_worker("subject", {"first", "--second"});
  auto running = x.running();
  BOOST_TEST(x.ask("echo", "hello") == "hello");
  BOOST_TEST(x.ask("args", "0") == "first");
  BOOST_TEST(x.ask("args", "1") == "--second");
  BOOST_TEST(x.ask("path") == "test/subject");
  BOOST_TEST(x.ask("pid") == std::to_string(running.pid));
  BOOST_TEST_MESSAGE("resident memory of an idle worker:" << x.ask("resident"));
}

BOOST_AUTO_TEST_CASE(text_of_an_exception_is_the_reason) {
  node here;
  probe x{here};
  x.start_worker("subject");
  x.running();
  x.tell("throw", "column 3 is not a number");
  auto end = x.ended();
  BOOST_TEST(contains(end.text, "column 3 is not a number"), end.text);
  BOOST_TEST((end.reason == caf::exit_reason::unhandled_exception));
  BOOST_TEST(to_string(end.how) == "exited with code 1");
}

BOOST_AUTO_TEST_CASE(answer_given_before_the_end_arrives) {
  node here;
  for (int i = 0; i < 20; ++i) {
    probe x{here};
    x.start_worker("subject");
    x.running();
    BOOST_TEST(x.ask("quit") == "unknown: quit");
    auto end = x.ended();
    BOOST_TEST(!end.reason, end.text);
    BOOST_TEST(end.how.clean(), to_string(end.how));
  }
}

BOOST_AUTO_TEST_CASE(error_given_to_quit_is_the_reason) {
  node here;
  probe x{here};
  x.start_worker("subject");
  x.running();
  x.tell("quit", "badly");
  auto end = x.ended();
  BOOST_TEST((end.reason == caf::sec::bad_function_call));
  BOOST_TEST(end.how.value == 1);
}

BOOST_AUTO_TEST_CASE(signals_and_codes_are_told_in_words) {
  struct row {
    const char* what;
    const char* arg;
    const char* text;
  };

  for (auto [what, arg, text] :
       {row{"segfault", "",
            "killed by signal 11 (SIGSEGV, segmentation fault)"},
        row{"abort", "", "killed by signal 6 (SIGABRT, aborted)"},
        row{"exit", "3", "exited with code 3"}}) {
    node here;
    probe x{here};
    x.start_worker("subject");
    x.running();
    x.tell(what, arg);
    BOOST_TEST(x.ended().text == text);
  }
}

BOOST_AUTO_TEST_CASE(worker_killed_from_outside_says_by_which_signal) {
  node here;
  probe x{here};
  x.start_worker("subject");
  ::kill(x.running().pid, SIGKILL);
  auto end = x.ended();
  BOOST_TEST(end.text == "killed by signal 9 (SIGKILL)");
  BOOST_TEST((end.reason == actors::process_errc::signalled));
}

BOOST_AUTO_TEST_CASE(worker_asked_to_stop_ends_normally) {
  node here;
  probe x{here};
  x.start_worker("subject");
  x.running();
  x.child().stop(30s);
  auto end = x.ended();
  BOOST_TEST((end.reason == caf::exit_reason::user_shutdown));
  BOOST_TEST(end.how.clean());
}

BOOST_AUTO_TEST_CASE(worker_that_does_not_stop_is_killed_after_the_grace) {
  node here;
  probe x{here};
  x.start_worker("stubborn");
  x.running();
  x.child().stop(200ms);
  BOOST_TEST(x.first_line() == "never");
  BOOST_TEST(x.ended().text == "killed by signal 9 (SIGKILL)");
}

BOOST_AUTO_TEST_CASE(kill_needs_no_cooperation) {
  node here;
  probe x{here};
  x.start_worker("stubborn");
  x.running();
  x.child().signal(SIGSTOP);
  x.child().kill();
  BOOST_TEST(x.ended().how.value == SIGKILL);
}

BOOST_AUTO_TEST_CASE(worker_inherits_nothing_but_its_two_sockets) {
  node here;
  // What a careless library leaves behind: without close-on-exec.
  actors::unique_fd listener{::socket(AF_INET, SOCK_STREAM, 0)};
  BOOST_REQUIRE(::listen(listener.get(), 1) == 0);

  struct stat status {};

  BOOST_REQUIRE(::fstat(listener.get(), &status) == 0);
  auto name = "socket:[" + std::to_string(status.st_ino) + "]";
  probe x{here};
  x.start_worker("subject");
  x.running();
  auto open = x.ask("descriptors");
  BOOST_TEST(!contains(open, name), open);
  BOOST_TEST(contains(open, "0=/dev/null"), open);
  BOOST_TEST(contains(open, "1=pipe:"), open);
  BOOST_TEST(contains(open, "3=socket:"), open);
  BOOST_TEST(contains(open, "4=socket:"), open);
  size_t pipes = 0;
  for (auto i = open.find("=pipe:"); i != std::string::npos;
       i = open.find("=pipe:", i + 1))
    ++pipes;
  BOOST_TEST(pipes <= 4, open); // its output, and a pair of CAF's own
}

BOOST_AUTO_TEST_CASE(exception_of_the_factory_fails_the_start) {
  node here;
  probe x{here};
  x.start_worker("broken");
  auto result = x.started();
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == actors::process_errc::start_failed));
  BOOST_TEST(here.system.render(result.error()) == "no such table");
}

BOOST_AUTO_TEST_CASE(factory_may_decline_to_start) {
  node here;
  probe x{here};
  x.start_worker("idle");
  auto result = x.started();
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == actors::process_errc::declined));
}

BOOST_AUTO_TEST_CASE(unknown_type_fails_the_start) {
  node here;
  probe x{here};
  x.start_worker("nonsense");
  auto result = x.started();
  BOOST_REQUIRE(!result);
  BOOST_TEST(
    contains(here.system.render(result.error()), "no actor type 'nonsense'"));
}

BOOST_AUTO_TEST_CASE(actor_that_is_dead_already_fails_the_start) {
  node here;
  probe x{here};
  x.start_worker("short-lived");
  BOOST_REQUIRE(!x.started());
}

BOOST_AUTO_TEST_CASE(worker_that_is_never_ready_is_killed) {
  node here;
  probe x{here};
  auto spec = worker_spec("mute");
  spec.start_within = 300ms;
  x.start(spec);
  auto result = x.started();
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == actors::process_errc::start_timeout));
  BOOST_TEST(here.host.running() == 0u);
}

BOOST_AUTO_TEST_CASE(program_without_worker_main_fails_the_start) {
  node here;
  probe x{here};
  auto spec = worker_spec("subject");
  spec.executable = "/bin/true";
  x.start(spec);
  auto result = x.started();
  BOOST_REQUIRE(!result);
  BOOST_TEST(
    contains(here.system.render(result.error()), "exited with code 0"));
}

BOOST_AUTO_TEST_CASE(stop_while_it_starts_ends_it) {
  node here;
  probe x{here};
  x.start_worker("mute");
  x.child().stop(0s);
  BOOST_TEST(!x.started());
}

BOOST_AUTO_TEST_CASE(killed_parent_leaves_no_worker_behind) {
  node here;
  probe x{here};
  actors::process_child_spec spec;
  spec.path = "test/parent";
  spec.command = {LEPTON_TEST_WORKER, "--parent"};
  x.start(spec);
  auto parent = x.running();
  auto worker = std::stoi(x.first_line());
  actors::unique_fd pidfd{::pidfd_open(worker, 0)};
  BOOST_REQUIRE(pidfd);
  ::kill(parent.pid, SIGKILL);
  pollfd gone{pidfd.get(), POLLIN, 0};
  BOOST_TEST(::poll(&gone, 1, 30'000) == 1);
}

BOOST_AUTO_TEST_CASE(two_hundred_restarts_leak_nothing) {
  node here;
  auto run = [&here] {
    probe x{here};
    x.start_worker("subject");
    auto pid = x.running().pid;
    BOOST_TEST(x.ask("echo", "here") == "here");
    ::kill(pid, SIGKILL);
    x.ended();
  };
  run(); // what is made once
  auto before = count_descriptors();
  for (int i = 0; i < 200; ++i)
    run();
  BOOST_TEST(here.host.running() == 0u);
  // CAF closes its end of the last links in its own time.
  auto until = std::chrono::steady_clock::now() + patience;
  while (count_descriptors() > before
         && std::chrono::steady_clock::now() < until)
    std::this_thread::yield();
  BOOST_TEST(count_descriptors() <= before);
}

BOOST_AUTO_TEST_CASE(destroyed_host_has_killed_and_reaped_everything) {
  pid_t pid = 0;
  auto here = std::make_unique<node>();
  probe x{*here};
  x.start_worker("stubborn");
  pid = x.running().pid;
  x.release();
  here.reset();
  BOOST_TEST(x.ended().how.value == SIGKILL);
  BOOST_TEST((::kill(pid, 0) == -1 && errno == ESRCH));
}

BOOST_AUTO_TEST_CASE(workers_and_supervisor_have_node_ids_of_their_own) {
  node here;
  std::set<std::string> ids{to_string(here.system.node())};
  std::list<probe> workers;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back(here).start_worker("subject");
    workers.back().running();
    ids.insert(workers.back().ask("node"));
  }
  BOOST_TEST(ids.size() == 5u);
}

BOOST_AUTO_TEST_CASE(worker_whose_link_closes_ends_at_once) {
  actors::process_host host;
  for (auto type : {SOCK_STREAM, SOCK_SEQPACKET}) {
    auto link = actors::make_socket_pair(SOCK_STREAM);
    auto control = actors::make_socket_pair(SOCK_SEQPACKET);
    actors::worker_invocation call;
    call.type = "stubborn";
    actors::process_spec spec;
    spec.executable = LEPTON_TEST_WORKER;
    spec.argv = to_argv(call, "worker");
    spec.descriptors.emplace_back(3, std::move(link->second));
    spec.descriptors.emplace_back(4, std::move(control->second));
    std::promise<actors::process_exit> ended;
    actors::process_callbacks calls;
    calls.on_exit = [&](const actors::process_exit& x) { ended.set_value(x); };
    host.spawn(std::move(spec), std::move(calls));
    (type == SOCK_STREAM ? link : control)->first.reset();
    BOOST_TEST(to_string(await(ended.get_future())) == "exited with code 3");
  }
}

BOOST_AUTO_TEST_CASE(worker_mode_without_a_supervisor_is_a_usage_error) {
  node here;
  probe x{here};
  actors::process_child_spec spec;
  spec.path = "test/misuse";
  spec.command = {LEPTON_TEST_WORKER, "--worker-host", "subject"};
  x.start(spec);
  x.running();
  BOOST_TEST(x.ended().text == "exited with code 2");
  BOOST_TEST(contains(x.first_line(), "is for supervisors to use"));
}

BOOST_AUTO_TEST_CASE(what_a_worker_prints_comes_as_lines) {
  node here;
  probe x{here};
  x.start_worker("subject");
  x.running();
  x.tell("print", "half a line\n");
  BOOST_TEST(x.first_line() == "half a line");
}

BOOST_AUTO_TEST_CASE(limits_hold_in_the_worker) {
  node here;
  probe x{here};
  auto spec = worker_spec("subject");
  spec.limits.nice = 7;
#ifndef __SANITIZE_ADDRESS__ // its shadow alone is beyond any limit
  spec.limits.data_bytes = 512u << 20;
#endif
  spec.environment = {{"LEPTON_TEST", "a=b"}};
  spec.directory = "/tmp";
  x.start(spec);
  x.running();
  BOOST_TEST(x.ask("nice") == "7");
#ifndef __SANITIZE_ADDRESS__
  BOOST_TEST(x.ask("allocate", std::to_string(1u << 30)) == "refused");
#endif
  BOOST_TEST(x.ask("allocate", std::to_string(1u << 20)) == "granted");
  BOOST_TEST(x.ask("environment", "LEPTON_TEST") == "a=b");
  BOOST_TEST(x.ask("directory") == "/tmp");
}

BOOST_AUTO_TEST_SUITE_END()
