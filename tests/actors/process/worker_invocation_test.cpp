#include <actors/process/worker_invocation.hpp>

#include <boost/test/unit_test.hpp>

using actors::parse_worker_invocation;
using actors::worker_invocation;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(worker_invocation_line)

BOOST_AUTO_TEST_CASE(what_the_supervisor_writes_the_worker_reads) {
  worker_invocation x{"mlp", "a/b c", "node#7",      12,
                      500ms, 2s,      {"one", "--"}, {"", "--path", "--", "ü"}};
  x.app_ids = {"one", "two"};
  auto argv = to_argv(x, "leptond");
  BOOST_TEST(argv.front() == "leptond");
  argv.erase(argv.begin());
  std::string problem;
  auto y = parse_worker_invocation(argv, problem);
  BOOST_REQUIRE(y);
  BOOST_TEST((*y == x));
}

BOOST_AUTO_TEST_CASE(what_nobody_wrote_is_refused_by_name) {
  struct row {
    std::vector<std::string> argv;
    const char* problem;
  };

  for (auto& [argv, expected] :
       {row{{"--worker-host"}, "'--worker-host' lacks a value"},
        row{{"--worker-host", "t", "--colour", "red"},
            "cannot use '--colour red'"},
        row{{"--worker-host", "t", "--serial", "-1"},
            "cannot use '--serial -1'"},
        row{{"--worker-host", "t", "--heartbeat", "1s"},
            "cannot use '--heartbeat 1s'"},
        row{{"--worker-host", ""}, "no actor type is named"}}) {
    std::string problem;
    BOOST_TEST(!parse_worker_invocation(argv, problem));
    BOOST_TEST(problem == expected);
  }
}

BOOST_AUTO_TEST_SUITE_END()
