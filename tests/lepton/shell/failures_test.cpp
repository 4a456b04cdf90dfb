#include <shell/core/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <tests/lepton/shell/fixture.hpp>

using namespace lepton_shell;
using namespace lepton_test;

namespace {

/// A port that nobody listens on.
std::string closed_url() {
  fake_node node(answers({}));
  return node.url();
}

fake_node::handler status_only(int status, std::string body) {
  return [=](const fake_request&) { return fake_answer{status, body}; };
}

} // namespace

BOOST_AUTO_TEST_SUITE(exit_codes)

BOOST_AUTO_TEST_CASE(the_status_decides) {
  struct row {
    int status;
    int code;
  };

  for (auto [status, code] :
       {row{400, 2}, row{401, 1}, row{403, 1}, row{404, 1}, row{405, 1},
        row{409, 1}, row{413, 1}, row{422, 1}, row{429, 1}, row{500, 1},
        row{503, 1}, row{504, 1}, row{302, 1}}) {
    fake_node node(status_only(status, R"({"error": "because\nof it"})"));
    caught_shell s(node.url());
    BOOST_TEST(s.run({"status"}) == code, status);
    if (status >= 400)
      BOOST_TEST(s.err.str() == "lepton: because\nof it\n");
    BOOST_TEST(s.out.str().empty());
  }
}

BOOST_AUTO_TEST_CASE(retry_after_is_passed_on) {
  fake_node node([](const fake_request&) -> fake_answer {
    return {503, R"({"error": "busy"})", {"Retry-After: 2"}};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"ps"}) == 1);
  BOOST_TEST(s.err.str() == "lepton: busy (try again in 2 s)\n");
}

BOOST_AUTO_TEST_CASE(no_node_is_3) {
  caught_shell s(closed_url() + "," + closed_url());
  BOOST_TEST(s.run({"status"}) == 3);
  BOOST_TEST((s.err.str().find("no node can be reached") //
              != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_silent_node_is_3_within_the_time_out) {
  fake_node node(
    [](const fake_request&) -> fake_answer { return {.silent = true}; });
  caught_shell s(node.url(), 0.2);
  BOOST_TEST(s.run({"status"}) == 3);
  BOOST_TEST(s.err.str()
             == "lepton: no node answered: " + node.url()
                  + ": was reached, but did not answer within 200 ms\n");
  // a POST must not be repeated elsewhere: it may have been carried out
  fake_node other(answers({}));
  caught_shell two(node.url() + "," + other.url(), 0.2);
  BOOST_TEST(two.run({"child", "stop", "x"}) == 3);
  BOOST_TEST(other.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_node_that_falls_silent_was_reached_all_the_same) {
  std::atomic<bool> silent = false;
  fake_node node([&](const fake_request&) -> fake_answer {
    return {.body = "[]", .silent = silent};
  });
  fake_node other(answers({}));
  caught_shell s(node.url() + "," + other.url(), 0.2);
  BOOST_TEST(s.run({"jobs"}) == 0);
  silent = true; // on the connection that was kept
  BOOST_TEST(s.run({"child", "stop", "x"}) == 3);
  BOOST_TEST((s.err.str().find("did not answer within") != std::string::npos));
  BOOST_TEST(other.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_is_called_so) {
  fake_node node([](const fake_request&) -> fake_answer {
    return {.body = "{}", .cut = true};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"status"}) == 3);
  BOOST_TEST((s.err.str().find("the connection broke") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_next_url_is_tried_and_kept) {
  fake_node node(answers({{"GET /api/v1/jobs", "[]"}}));
  caught_shell s(closed_url() + "," + node.url());
  BOOST_TEST(s.run({"jobs"}) == 0);
  BOOST_TEST(s.shell.api().http().url() == node.url());
  fake_node silent(
    [](const fake_request&) -> fake_answer { return {.silent = true}; });
  caught_shell two(silent.url() + "," + node.url(), 0.2);
  BOOST_TEST(two.run({"jobs"}) == 0);
}

BOOST_AUTO_TEST_CASE(garbage_is_an_error_not_a_crash) {
  for (auto body : {"", "<html>", "{", "\xff\xfe", "[1,", "nul"}) {
    fake_node node(status_only(200, body));
    caught_shell s(node.url());
    for (auto command : {"status", "tree", "ps", "jobs", "models", "ls"}) {
      BOOST_TEST(s.run({command}) == 1, command << " " << body);
      BOOST_TEST((s.err.str().find("is not JSON") != std::string::npos));
    }
  }
}

BOOST_AUTO_TEST_CASE(json_of_another_shape_is_survived) {
  for (auto body :
       {"null", "5", "\"x\"", "[]", "{}", "[1, null, \"x\"]", "[[[]]]",
        R"({"children": 5, "events": {}, "metrics": [], "next": "x"})",
        R"([{"children": [{"path": 7}]}, {"metrics": {"confusion": [[1]]}}])",
        R"({"history": [1, 2], "metrics": {"confusion": [[1, "x"], [2]]}})",
        R"({"predictions": 5, "roles": {"a": 1}, "bytes": 1e308})"}) {
    fake_node node(status_only(200, body));
    caught_shell s(node.url());
    std::vector<std::vector<std::string>> calls{{"status"},
                                                {"nodes", "--why"},
                                                {"tree"},
                                                {"ps"},
                                                {"describe", "x"},
                                                {"ask", "x", "y"},
                                                {"jobs"},
                                                {"job", "1"},
                                                {"models"},
                                                {"models", "m"},
                                                {"ls"},
                                                {"stat", "x"},
                                                {"events"},
                                                {"dead-letters"},
                                                {"rm", "x"},
                                                {"chaos", "kill", "x"},
                                                {"predict", "m", "1"}};
    for (auto& call : calls) {
      auto code = s.run(call);
      BOOST_TEST((code == 0 || code == 1), call[0] << " " << body);
    }
  }
}

BOOST_AUTO_TEST_CASE(deep_and_huge_answers_are_survived) {
  std::string deep;
  for (int i = 0; i < 20000; ++i)
    deep += R"({"path": "a/b", "children": [)";
  for (int i = 0; i < 20000; ++i)
    deep += "]}";
  fake_node node(status_only(200, deep));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"tree"}) == 0);
  fake_node large(status_only(200, std::string((65 << 20), ' ')));
  caught_shell two(large.url());
  BOOST_TEST(two.run({"status"}) == 1);
  BOOST_TEST((two.err.str().find("larger than 64.0 MiB") //
              != std::string::npos));
}

BOOST_AUTO_TEST_CASE(another_protocol_is_told_apart) {
  fake_node node([](const fake_request&) -> fake_answer {
    return {.raw = "SSH-2.0-OpenSSH_9.2\r\n"};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"status"}) == 1);
  BOOST_TEST((s.err.str().find("does not speak HTTP") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scripts)

BOOST_AUTO_TEST_CASE(a_script_stops_at_its_first_failure) {
  fake_node node(answers({{"GET /api/v1/jobs", "[]"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.script("# all of them\n\n  jobs # now\nrm x\njobs\n") == 1);
  BOOST_TEST(s.err.str() == "lepton: line 4: no such thing\n");
  BOOST_TEST(node.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(mistakes_name_their_line) {
  caught_shell s(closed_url());
  BOOST_TEST(s.script("help\r\n\nstatsu\n") == 2);
  BOOST_TEST((s.err.str().find("line 3: unknown command") //
              != std::string::npos));
  caught_shell two(closed_url());
  BOOST_TEST(two.script("put 'a b\n") == 2);
  BOOST_TEST(two.err.str() == "lepton: line 1: a quote ' is not closed\n");
  caught_shell three(closed_url());
  BOOST_TEST(three.script("status\n") == 3);
}

BOOST_AUTO_TEST_CASE(exit_ends_a_script_well) {
  caught_shell s(closed_url());
  BOOST_TEST(s.script("help status\nexit\nstatus\n") == 0);
}

BOOST_AUTO_TEST_CASE(a_flag_of_one_line_does_not_reach_the_next) {
  fake_node node(answers({{"GET /api/v1/jobs", "[]"}}));
  caught_shell s(closed_url());
  BOOST_TEST(s.script("jobs -o json --api " + node.url() + "\njobs\n") == 3);
  BOOST_TEST(s.out.str() == "[]\n");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(help_texts)

BOOST_AUTO_TEST_CASE(every_command_has_a_help_that_needs_no_node) {
  caught_shell s(closed_url());
  for (auto& c : commands()) {
    BOOST_TEST(s.run({"help", std::string(c.name)}) == 0);
    auto text = s.out.str();
    BOOST_TEST(text.starts_with("Usage: lepton " + std::string(c.name)));
    BOOST_TEST(s.run({std::string(c.name), "--help"}) == 0);
    BOOST_TEST(s.out.str() == text);
  }
  BOOST_TEST(s.run({"help", "nothing"}) == 2);
}

BOOST_AUTO_TEST_CASE(train_mlp_shows_ranges_and_defaults) {
  caught_shell s(closed_url());
  BOOST_TEST(s.run({"train", "mlp", "--help"}) == 0);
  for (auto part : {"--hidden N[,N...]", "--test-split F", "0 <= F < 1 (0.2)",
                    "gelu, sigmoid, tanh (relu)", "--checkpoint-every STEPS"})
    BOOST_TEST((s.out.str().find(part) != std::string::npos), part);
}

BOOST_AUTO_TEST_SUITE_END()
