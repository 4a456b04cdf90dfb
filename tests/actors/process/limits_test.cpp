// Limits on child processes, and that nothing of them is left behind.

#include <actors/process/cgroup.hpp>
#include <actors/process/pidfd.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/actors/process/harness.hpp"

using namespace process_tests;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

actors::process_child_spec shell(const std::string& script) {
  actors::process_child_spec spec;
  spec.path = "test/command";
  spec.command = {"sh", "-c", script};
  spec.limits.core_bytes = 0;
  return spec;
}

/// A directory that looks like a cgroup as far as we read it.
struct fake_cgroup {
  fake_cgroup() {
    std::string name = fs::temp_directory_path() / "lepton-cgroup-XXXXXX";
    path = ::mkdtemp(name.data());
  }

  ~fake_cgroup() { fs::remove_all(path); }

  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path{path + "/" + name}.parent_path());
    std::ofstream{path + "/" + name} << text;
  }

  std::string path;
};

/// Waits for the end of a process that is no child of ours.
bool is_gone(const actors::unique_fd& pidfd) {
  pollfd gone{pidfd.get(), POLLIN, 0};
  return ::poll(&gone, 1, 30'000) == 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(process_limit)

BOOST_AUTO_TEST_CASE(endless_loop_ends_at_its_processor_time) {
  node here;
  probe x{here};
  auto spec = shell("while :; do :; done");
  spec.limits.cpu_seconds = 1;
  x.start(spec);
  x.running();
  BOOST_TEST(x.ended().text
             == "killed by signal 24 (SIGXCPU, out of processor time); "
                "processor-time limit of 1 s");
}

BOOST_AUTO_TEST_CASE(endless_loop_cannot_ignore_its_processor_time) {
  node here;
  probe x{here};
  auto spec = shell("trap '' XCPU; while :; do :; done");
  spec.limits.cpu_seconds = 1;
  x.start(spec);
  x.running();
  BOOST_TEST(x.ended().text
             == "killed by signal 9 (SIGKILL); processor-time limit of 1 s");
}

#ifndef __SANITIZE_ADDRESS__ // its shadow alone is beyond any limit
BOOST_AUTO_TEST_CASE(allocation_beyond_the_limit_is_the_reason) {
  for (auto field : {&actors::process_limits::data_bytes,
                     &actors::process_limits::address_bytes}) {
    node here;
    probe x{here};
    auto spec = worker_spec("subject");
    spec.limits.*field = 1u << 30;
    x.start(spec);
    x.running();
    x.tell("hoard", std::to_string(2ull << 30));
    auto end = x.ended();
    BOOST_TEST(contains(end.text, "bad_alloc; memory limit 1 GiB"), end.text);
  }
}
#endif

BOOST_AUTO_TEST_CASE(limits_are_those_that_the_child_sees) {
  node here;
  probe x{here};
  auto spec = shell("ulimit -n; ulimit -d; ulimit -v; ulimit -t; nice");
  spec.limits.open_files = 40;
  spec.limits.data_bytes = 300u << 20;
  spec.limits.address_bytes = 400u << 20;
  spec.limits.cpu_seconds = 50;
  spec.limits.nice = 3;
  x.start(spec);
  x.running();
  x.ended();
  std::vector<std::string> expected{"40", "307200", "409600", "50", "3"};
  BOOST_TEST(x.lines() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(core_file_is_told) {
  rlimit most{};
  ::getrlimit(RLIMIT_CORE, &most);
  if (most.rlim_max < 64u << 20) {
    BOOST_TEST_MESSAGE("no core files may be written here");
    return;
  }
  fake_cgroup place;
  node here;
  probe x{here};
  auto spec = shell("kill -SEGV $$");
  spec.limits.core_bytes = 64u << 20;
  spec.directory = place.path;
  x.start(spec);
  x.running();
  auto end = x.ended();
  auto text = "killed by signal 11 (SIGSEGV, segmentation fault)"s;
  BOOST_TEST(end.text == (end.how.core_dumped ? text + ", core dumped" : text));
  // A pattern that is a pipe or a directory that is not there may refuse it.
  if (!fs::is_empty(place.path))
    BOOST_TEST(end.how.core_dumped);
}

BOOST_AUTO_TEST_CASE(reason_names_the_limit_as_far_as_it_is_known) {
  using actors::process_exit;
  actors::process_limits limits;
  limits.memory_bytes = 64u << 20;
  process_exit sigkill{true, SIGKILL, false, {}};
  process_exit abort{true, SIGABRT, false, {}};
  auto told = [&](const process_exit& how, const actors::process_usage& used) {
    return limit_reached(how, limits, used);
  };
  BOOST_TEST(told(sigkill, {0, true, false}) == "out of memory, limit 64 MiB");
  BOOST_TEST(told(sigkill, {0, false, false}) == "");
  BOOST_TEST(told({}, {0, true, false}) == ""); // it ended well all the same
  limits.data_bytes = 1000;
  BOOST_TEST(told(abort, {0, false, false}) == "memory limit 1000 bytes");
  BOOST_TEST(told(sigkill, {0, false, false}) == ""); // no allocation sends it
  BOOST_TEST(told(sigkill, {0, false, true}) == "");  // we know who did it
  limits = {};
  limits.cpu_seconds = 2;
  BOOST_TEST(told(sigkill, {1.9, false, false}) == "");
  BOOST_TEST(told(sigkill, {2.5, false, false})
             == "processor-time limit of 2 s");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(process_cgroup)

BOOST_AUTO_TEST_CASE(own_group_is_found_below_its_mount) {
  auto mounts = "25 30 0:23 / /sys rw - sysfs sysfs rw\n"
                "31 25 0:27 / /sys/fs/cgroup\\040two rw,nosuid shared:9 - "
                "cgroup2 cgroup2 rw\n";
  BOOST_TEST(actors::own_cgroup_directory(mounts, "1:cpu:/x\n0::/a/b\n")
             == "/sys/fs/cgroup two/a/b");
  BOOST_TEST(actors::own_cgroup_directory(mounts, "0::/\n")
             == "/sys/fs/cgroup two");
  BOOST_TEST(actors::own_cgroup_directory(mounts, "1:cpu:/x\n") == "");
  BOOST_TEST(actors::own_cgroup_directory("", "0::/a\n") == "");
}

BOOST_AUTO_TEST_CASE(limits_are_written_where_the_controllers_are) {
  fake_cgroup home;
  home.write("cgroup.controllers", "cpu memory\n");
  home.write("cgroup.subtree_control", "cpu memory\n");
  auto name = "lepton-" + std::to_string(::getpid()) + "-7/";
  for (auto file : {"cgroup.procs", "memory.max", "cpu.max", "memory.swap.max"})
    home.write(name + file, "");
  actors::cgroup_home where{home.path};
  actors::process_limits limits;
  limits.memory_bytes = 1234567;
  limits.processors = 0.25;
  limits.tasks = 9;
  std::vector<std::string> notices;
  auto group = where.make("7", limits, notices);
  BOOST_REQUIRE(group);
  auto text = [&](const char* file) {
    std::ifstream in{group->directory() + "/" + file};
    std::string line;
    std::getline(in, line);
    return line;
  };
  BOOST_TEST(text("memory.max") == "1234567");
  BOOST_TEST(text("memory.swap.max") == "0");
  BOOST_TEST(text("cpu.max") == "25000 100000");
  std::vector<std::string> expected{
    "limit ignored: tasks: the cgroup has no controller 'pids'"};
  BOOST_TEST(notices == expected, boost::test_tools::per_element());
  BOOST_TEST(!group->out_of_memory());
  home.write(name + "memory.events", "low 0\nhigh 0\nmax 5\noom 1\noom_kill 1");
  BOOST_TEST(group->out_of_memory());
}

BOOST_AUTO_TEST_CASE(groups_of_a_dead_program_are_removed) {
  fake_cgroup home;
  auto ended = ::fork();
  if (ended == 0)
    ::_exit(0);
  ::waitpid(ended, nullptr, 0);
  auto old = home.path + "/lepton-" + std::to_string(ended) + "-3";
  auto other = home.path + "/somebody-else";
  fs::create_directory(old);
  fs::create_directory(other);
  actors::cgroup_home where{home.path};
  std::vector<std::string> notices;
  auto group = where.make("1", {}, notices);
  BOOST_TEST(!fs::exists(old));
  BOOST_TEST(fs::exists(other));
}

BOOST_AUTO_TEST_CASE(nowhere_to_make_a_group_is_a_notice) {
  std::vector<std::string> notices;
  actors::process_limits limits;
  limits.memory_bytes = 1;
  BOOST_TEST(!actors::cgroup_home{std::string{}}.make("1", limits, notices));
  std::vector<std::string> expected{
    "limits ignored: memory_bytes: there is no cgroup v2 here"};
  BOOST_TEST(notices == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(member_that_left_its_process_group_ends_too) {
  node here;
  probe x{here};
  auto spec = shell("setsid sleep 1000 & echo $!; wait");
  spec.limits.own_cgroup = true;
  x.start(spec);
  x.running();
  auto pid = std::stoi(x.first_line());
  actors::unique_fd grandchild{::pidfd_open(pid, 0)};
  BOOST_REQUIRE(grandchild);
  x.child().kill();
  x.ended();
  if (x.notices().empty()) {
    BOOST_TEST(is_gone(grandchild));
  } else {
    BOOST_TEST(contains(x.notices().front(), "limits ignored: own_cgroup"),
               x.notices().front());
    ::kill(pid, SIGKILL);
  }
}

BOOST_AUTO_TEST_CASE(memory_limit_holds_or_is_said_to_be_ignored) {
  node here;
  probe x{here};
  auto spec = shell("head -c 100000000 /dev/zero | tail; exit 5");
  spec.limits.memory_bytes = 16u << 20;
  x.start(spec);
  x.running();
  auto end = x.ended();
  if (x.notices().empty())
    BOOST_TEST(contains(end.text, "out of memory, limit 16 MiB"), end.text);
  else
    BOOST_TEST(contains(x.notices().front(), "memory_bytes"),
               x.notices().front());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(process_guardian)

BOOST_AUTO_TEST_CASE(killed_parent_leaves_no_grandchild_behind) {
  node here;
  probe x{here};
  actors::process_child_spec spec;
  spec.path = "test/parent";
  spec.command = {LEPTON_TEST_WORKER, "--grandparent"};
  x.start(spec);
  auto parent = x.running();
  actors::unique_fd pidfd{::pidfd_open(std::stoi(x.first_line()), 0)};
  BOOST_REQUIRE(pidfd);
  ::kill(parent.pid, SIGKILL);
  BOOST_TEST(is_gone(pidfd));
}

BOOST_AUTO_TEST_SUITE_END()
