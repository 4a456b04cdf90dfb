#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <tests/lepton/shell/fixture.hpp>
#include <tests/lepton/shell/terminal.hpp>

using namespace lepton_test;

namespace {

using words = std::vector<std::string>;

words environment(const std::string& api, const std::string& home = "/none") {
  return {"LEPTON_API=" + api, "HOME=" + home, "TERM=xterm", "LANG=C.UTF-8",
          "PATH=/usr/bin:/bin"};
}

program_result lepton(words call,
                      const std::string& api,
                      const std::string& input = {},
                      long cut = -1) {
  call.insert(call.begin(), LEPTON_PROGRAM);
  return run_program_with(call, input, environment(api), cut);
}

fake_node::handler small_node() {
  return answers(
    {{"GET /api/v1/status",
      R"({"node": "alpha", "version": "0.1.0", "uptime_s": 185, "ready": true,
          "roles": ["controller", "storage"],
          "cluster": {"name": "lepton", "members": 1, "alive": 1,
                      "leader": "alpha"},
          "jobs": {"running": 1, "succeeded": 2, "failed": 0},
          "restarts": 3})"},
     {"GET /api/v1/tree",
      R"({"path": "alpha", "kind": "supervisor", "state": "running",
          "children": [{"path": "alpha/compute", "kind": "supervisor",
                        "state": "running", "children": []},
                       {"path": "alpha/controller", "kind": "supervisor",
                        "state": "running", "children": []}]})"},
     {"GET /api/v1/jobs", "[]"},
     {"POST /api/v1/actors/ask", R"({"reply": 5})"}});
}

/// A shell in a terminal, its history in a folder of its own.
struct session {
  explicit session(const std::string& api, bool colours = false)
    : tty({LEPTON_PROGRAM}, with(api, dir, colours)) {}

  static words with(const std::string& api, const scratch& dir, bool colours) {
    auto env = environment(api, dir.path(""));
    if (!colours)
      env.emplace_back("NO_COLOR=1");
    return env;
  }

  scratch dir;
  terminal tty;
};

} // namespace

BOOST_AUTO_TEST_SUITE(program)

BOOST_AUTO_TEST_CASE(exit_codes_reach_the_caller) {
  fake_node node(small_node());
  BOOST_TEST(lepton({"jobs"}, node.url()).code == 0);
  BOOST_TEST(lepton({"rm", "x"}, node.url()).code == 1);
  BOOST_TEST(lepton({"jobz"}, node.url()).code == 2);
  BOOST_TEST(lepton({"jobs"}, "http://127.0.0.1:9").code == 3);
  BOOST_TEST(lepton({"--api", "x y", "jobs"}, node.url()).code == 2);
  BOOST_TEST(lepton({"--version"}, "").out.starts_with("lepton "));
  BOOST_TEST(lepton({"--help"}, "").code == 0);
}

BOOST_AUTO_TEST_CASE(status_at_a_glance) {
  fake_node node(small_node());
  auto r = lepton({"status"}, node.url());
  BOOST_TEST(r.out
             == "alpha  ready  lepton 0.1.0, up 3m 05s\n"
                "  cluster   lepton: 1 of 1 alive, leader alpha\n"
                "  roles     controller storage\n"
                "  jobs      1 running, 2 succeeded, 0 failed\n"
                "  restarts  3\n");
}

BOOST_AUTO_TEST_CASE(without_a_terminal_commands_come_from_standard_input) {
  fake_node node(small_node());
  auto r =
    lepton({}, node.url(), "jobs\n# no more\nask c add -5\nrm x\njobs\n");
  BOOST_TEST(r.code == 1);
  BOOST_TEST(r.out == "no jobs yet\n5\n");
  BOOST_TEST(r.err == "lepton: line 4: no such thing\n");
  BOOST_TEST(lepton({"-o", "json"}, node.url(), "jobs").out == "[]\n");
}

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_ends_it_quietly) {
  std::string list = "[";
  for (int i = 0; i < 50000; ++i)
    list += R"({"name": "data/some-name", "version": 1, "bytes": 5},)";
  list.back() = ']';
  fake_node node(answers({{"GET /api/v1/store/list", list}}));
  auto r = lepton({"ls"}, node.url(), "", 100);
  BOOST_TEST(r.code == 0);
  BOOST_TEST(r.err == "");
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error) {
  fake_node node(small_node());
  auto r =
    run_program_with({"/bin/sh", "-c", LEPTON_PROGRAM " status > /dev/full"},
                     "", environment(node.url()));
  BOOST_TEST(r.code == 1);
  BOOST_TEST((r.err.find("No space left") != std::string::npos), r.err);
}

BOOST_AUTO_TEST_CASE(standard_input_can_be_stored) {
  fake_node node(
    answers({{"PUT /api/v1/store?name=x", R"({"name": "x", "version": 1})"}}));
  BOOST_TEST(lepton({"put", "x", "-"}, node.url(), "abc").code == 0);
  BOOST_TEST(node.requests().at(0).body == "abc");
}

BOOST_AUTO_TEST_CASE(a_proxy_does_not_stand_before_this_machine) {
  fake_node node(small_node());
  auto env = environment(node.url());
  env.emplace_back("http_proxy=http://127.0.0.1:9");
  BOOST_TEST(run_program_with({LEPTON_PROGRAM, "jobs"}, "", env).code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(interactive)

BOOST_AUTO_TEST_CASE(a_session_runs_commands_until_end_of_file) {
  fake_node node(small_node());
  session s(node.url());
  BOOST_TEST(s.tty.expect("alpha> "));
  s.tty.type("ask c add 5\r");
  BOOST_TEST(s.tty.expect("\n5\r\n"));
  BOOST_TEST(s.tty.expect("alpha> "));
  s.tty.type("jobz\r");
  BOOST_TEST(s.tty.expect("did you mean jobs?"));
  BOOST_TEST(s.tty.expect("alpha> "));
  s.tty.type("\x04");
  BOOST_TEST(s.tty.wait() == 0);
  BOOST_TEST((s.tty.seen().find("\x1b[1;36m") == std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_prompt_is_coloured_on_a_terminal) {
  fake_node node(small_node());
  session s(node.url(), true);
  BOOST_TEST(s.tty.expect("\x1b[1;36malpha\x1b[0m> "), s.tty.seen());
  s.tty.type("exit\r");
  BOOST_TEST(s.tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(control_c_clears_the_line_and_no_more) {
  fake_node node(small_node());
  session s(node.url());
  BOOST_TEST(s.tty.expect("alpha> "));
  s.tty.type("rm precious");
  BOOST_TEST(s.tty.expect("precious"));
  s.tty.type("\x03");
  BOOST_TEST(s.tty.expect("alpha> "), s.tty.seen());
  s.tty.type("jobs\r");
  BOOST_TEST(s.tty.expect("no jobs yet"), s.tty.seen());
  BOOST_TEST(s.tty.expect("alpha> "));
  for (auto& r : node.requests())
    BOOST_TEST(r.method != "DELETE");
  s.tty.type("exit\r");
  BOOST_TEST(s.tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(control_c_ends_a_command_not_the_shell) {
  fake_node node([](const fake_request& r) -> fake_answer {
    if (r.target == "/api/v1/status")
      return {200, R"({"node": "alpha"})"};
    return {.silent = true};
  });
  session s(node.url());
  BOOST_TEST(s.tty.expect("alpha> "));
  s.tty.type("jobs\r");
  while (node.requests().size() < 2)
    std::this_thread::yield();
  s.tty.type("\x03");
  BOOST_TEST(s.tty.expect("alpha> "), s.tty.seen());
  s.tty.type("exit\r");
  BOOST_TEST(s.tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(tab_completes_commands_and_the_nodes_paths) {
  fake_node node(small_node());
  session s(node.url());
  BOOST_TEST(s.tty.expect("alpha> "));
  s.tty.type("stat\t");
  BOOST_TEST(s.tty.expect("stat    status"), s.tty.seen());
  s.tty.type("\x15"
             "desc\talpha/cont\t");
  BOOST_TEST(s.tty.expect("roller "), s.tty.seen());
  s.tty.type("\x15"
             "tre\tal\t");
  BOOST_TEST(s.tty.expect("pha"), s.tty.seen());
  s.tty.type("\x15"
             "exit\r");
  BOOST_TEST(s.tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(history_outlives_the_session_and_is_private) {
  fake_node node(small_node());
  scratch home;
  auto env = environment(node.url(), home.path(""));
  {
    terminal first({LEPTON_PROGRAM}, env);
    BOOST_TEST(first.expect("> "));
    first.type("ask c add 5\r");
    BOOST_TEST(first.expect("\n5\r\n"));
    BOOST_TEST(first.expect("> "));
    first.type("jobs\r");
    BOOST_TEST(first.expect("no jobs yet"));
    BOOST_TEST(first.expect("> "));
    first.type("exit\r");
    BOOST_TEST(first.wait() == 0);
  }
  auto file = home.path(".local/state/lepton/history");

  struct stat info {};

  BOOST_REQUIRE(stat(file.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
  terminal second({LEPTON_PROGRAM}, env);
  BOOST_TEST(second.expect("> "));
  second.type("\x12"
              "add"); // search back
  BOOST_TEST(second.expect("ask c add 5"), second.seen());
  second.type("\r");
  BOOST_TEST(second.expect("\n5\r\n"), second.seen());
  BOOST_TEST(second.expect("> "));
  second.type("\x1b[A\x1b[A\x1b[A\r"); // up, past ask and exit, to jobs
  BOOST_TEST(second.expect("no jobs yet"), second.seen());
  BOOST_TEST(second.expect("> "));
  second.type("\x04");
  BOOST_TEST(second.wait() == 0);
}

BOOST_AUTO_TEST_CASE(without_a_node_the_shell_still_opens) {
  session s("http://127.0.0.1:9");
  BOOST_TEST(s.tty.expect("No node answers"));
  BOOST_TEST(s.tty.expect("(no node)> "));
  s.tty.type("status\r");
  BOOST_TEST(s.tty.expect("no node can be reached"));
  s.tty.type("exit\r");
  BOOST_TEST(s.tty.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_progress_line_is_painted_over_on_a_terminal) {
  std::atomic<int> asked = 0;
  fake_node node([&](const fake_request&) -> fake_answer {
    auto n = ++asked;
    auto state = n < 4 ? "running" : "succeeded";
    return {200, R"({"id": "7", "kind": "mlp", "epoch": 1, "epochs": 2, "step":
      )" + std::to_string(n * 10)
                   + R"(, "steps": 40, "revision": )" + std::to_string(n)
                   + R"(, "state": ")" + state + "\"}"};
  });
  terminal tty({LEPTON_PROGRAM, "job", "7", "--watch"},
               environment(node.url()));
  BOOST_TEST(tty.wait() == 0);
  BOOST_TEST(
    (tty.seen().find("\r██████                   25.0 %") != std::string::npos),
    tty.seen());
  BOOST_TEST((tty.seen().find("\r\x1b[Kjob 7") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
