#include <models/io/sha256.hpp>
#include <shell/core/errors.hpp>

#include <boost/test/unit_test.hpp>

#include <tests/lepton/shell/fixture.hpp>

using namespace lepton_shell;
using namespace lepton_test;

namespace {

std::string hash_of(std::string_view text) {
  models::sha256 sum;
  sum.update(text);
  return sum.finish_hex();
}

const char* const tree_text = R"({
  "path": "alpha", "kind": "supervisor", "carrier": "actor",
  "state": "running", "incarnation": 1, "restarts": 0,
  "strategy": "one_for_one", "children": [
    {"path": "alpha/compute", "kind": "supervisor", "carrier": "actor",
     "state": "running", "incarnation": 1, "restarts": 0,
     "strategy": "one_for_one", "children": [
       {"path": "alpha/compute/worker-1", "kind": "worker",
        "carrier": "process", "state": "restarting", "incarnation": 3,
        "restarts": 2, "pid": 4711, "children": []}]},
    {"path": "alpha/network", "kind": "supervisor", "carrier": "actor",
     "state": "running", "incarnation": 1, "restarts": 0,
     "strategy": "one_for_one", "children": []}]})";

std::string job_text(const char* state, int revision) {
  return std::string(R"({"id": "7", "kind": "mlp", "state": ")") + state
         + R"(", "epoch": 3, "epochs": 5, "step": 30, "steps": 50,
  "metrics": {"accuracy": 0.9722, "loss": 0.1, "on": "test",
              "confusion": [[5, 1], [0, 7]]},
  "weights_sha256": "ab12", "model": "digits", "version": 2, "restarts": 1,
  "error": null, "revision": )"
         + std::to_string(revision) + R"(,
  "history": [{"epoch": 1, "loss": 0.9, "val_loss": 1.0, "val_accuracy": 0.5},
              {"epoch": 2, "loss": 0.4, "val_loss": 0.5, "val_accuracy": 0.9}]
  })";
}

} // namespace

BOOST_AUTO_TEST_SUITE(commands_against_a_node)

BOOST_AUTO_TEST_CASE(the_tree_is_drawn_with_its_states) {
  fake_node node(answers({{"GET /api/v1/tree", tree_text}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"tree"}) == 0);
  BOOST_TEST(
    s.out.str()
    == "actor             state       carrier  restarts   pid  strategy\n"
       "alpha             running     actor                    one_for_one\n"
       "├── compute       running     actor                    one_for_one\n"
       "│   └── worker-1  restarting  process         2  4711\n"
       "└── network       running     actor                    one_for_one\n");
}

BOOST_AUTO_TEST_CASE(json_output_is_the_nodes_own_document) {
  fake_node node(answers({{"GET /api/v1/tree", tree_text}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"tree", "-o", "json"}) == 0);
  BOOST_TEST((json::parse(s.out.str()) == json::parse(tree_text)));
}

BOOST_AUTO_TEST_CASE(paths_travel_percent_encoded) {
  fake_node node(answers({{"GET /api/v1/ps?path=a%2Fb%20%26c%FF", "[]"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"ps", "a/b &c\xff"}) == 0);
  BOOST_TEST(s.out.str() == "no actors\n");
}

BOOST_AUTO_TEST_CASE(a_message_reaches_the_actor_as_typed) {
  fake_node node(answers({{"POST /api/v1/actors/ask", R"({"reply": 5})"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"ask", "alpha/examples/counter", "add", "-5"}) == 0);
  BOOST_TEST(s.out.str() == "5\n");
  BOOST_TEST(s.script("ask c  {\"a\": [1,  \"x # y\"]}   # why\n") == 0);
  BOOST_TEST(s.script("ask c it's \"open\n") == 0);
  auto seen = node.requests();
  BOOST_REQUIRE(seen.size() == 3u);
  BOOST_TEST(json::parse(seen[0].body)["message"] == "add -5");
  BOOST_TEST(json::parse(seen[1].body)["message"]
             == "{\"a\": [1,  \"x # y\"]}");
  BOOST_TEST(json::parse(seen[2].body)["message"] == "it's \"open");
}

BOOST_AUTO_TEST_CASE(a_job_shows_metrics_matrix_and_curves) {
  fake_node node(answers({{"GET /api/v1/jobs/7", job_text("succeeded", 9)}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"job", "7"}) == 0);
  for (auto part :
       {"job 7  mlp  succeeded  survived 1 death", "digits@2",
        "accuracy 0.9722", "true \\ said", "Accuracy, share of rows", "ab12"})
    BOOST_TEST((s.out.str().find(part) != std::string::npos), part);
}

BOOST_AUTO_TEST_CASE(a_jobs_pictures_go_to_a_file) {
  scratch dir;
  fake_node node(answers({{"GET /api/v1/jobs/7", job_text("succeeded", 9)}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"job", "7", "--svg", dir.path("j.svg")}) == 0);
  BOOST_TEST((content(dir.path("j.svg")).find("</svg>") != std::string::npos));
  BOOST_TEST(s.run({"job", "7", "--svg", "-"}) == 0);
  BOOST_TEST(s.out.str().starts_with("<?xml"));
  BOOST_TEST(s.run({"job", "7", "--plot"}) == 0);
  BOOST_TEST((s.out.str().find("recall") != std::string::npos));
  BOOST_TEST(s.run({"job", "7", "--svg", dir.path("no/such/j.svg")}) == 1);
}

BOOST_AUTO_TEST_CASE(predictions_are_drawn_as_bars) {
  fake_node node(answers({{"POST /api/v1/models/digits/predict",
                           R"({"model": "digits", "version": 1, "predictions": [
          {"label": "7", "probabilities": {"1": 0.25, "7": 0.75}}]})"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"predict", "digits", "-1.5,2", "3e2"}) == 0);
  BOOST_TEST(s.out.str().starts_with("7\n  7                █████████████"
                                     "█████       "));
  BOOST_TEST(json::parse(node.requests()[0].body)["rows"].dump()
             == "[[-1.5,2.0,300.0]]");
  BOOST_TEST(s.run({"predict", "digits", "1;2;"}) == 0);
  BOOST_TEST(json::parse(node.requests()[1].body)["rows"].size() == 2u);
}

BOOST_AUTO_TEST_CASE(hostile_text_from_a_node_stays_harmless) {
  fake_node node(
    answers({{"GET /api/v1/store/list",
              R"([{"name": "\u001b[2Jx", "version": 1, "bytes": 5}])"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"ls"}) == 0);
  BOOST_TEST((s.out.str().find('\x1b') == std::string::npos));
  BOOST_TEST((s.out.str().find("\\x1b[2Jx") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(connections_are_kept_alive) {
  fake_node node(answers({{"GET /api/v1/store/list", "[]"}}));
  caught_shell s(node.url());
  for (int i = 0; i < 5; ++i)
    BOOST_TEST(s.run({"ls"}) == 0);
  BOOST_TEST(node.connections() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(storage_and_data)

BOOST_AUTO_TEST_CASE(put_sends_the_files_bytes) {
  scratch dir;
  std::string bytes("a\0b\xff\n", 5);
  bytes += std::string(3000000, 'x');
  auto file = dir.write("f", bytes);
  fake_node node(answers(
    {{"PUT /api/v1/store?name=data%2Fx",
      R"({"name": "data/x", "version": 1, "sha256": "aa", "bytes": 5})"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"put", "data/x", file}) == 0);
  BOOST_TEST((node.requests().at(0).body == bytes));
}

BOOST_AUTO_TEST_CASE(get_writes_the_file_only_when_its_hash_is_right) {
  scratch dir;
  std::string bytes("a\0b", 3);
  auto tag = hash_of(bytes);
  fake_node node([&](const fake_request& r) -> fake_answer {
    auto good = r.target.ends_with("good");
    return {200, good ? bytes : "other", {"ETag: \"" + tag + "\""}};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"get", "good", dir.path("f")}) == 0);
  BOOST_TEST((content(dir.path("f")) == bytes));
  BOOST_TEST(s.run({"get", "bad", dir.path("g")}) == 1);
  BOOST_TEST((s.err.str().find("the node promised") != std::string::npos));
  BOOST_TEST(dir.files().size() == 1u);
  BOOST_TEST(s.run({"get", "good"}) == 0);
  BOOST_TEST((s.out.str() == bytes));
}

BOOST_AUTO_TEST_CASE(a_broken_download_leaves_the_old_file) {
  scratch dir;
  auto file = dir.write("f", "old");
  fake_node node([](const fake_request&) -> fake_answer {
    return {200, std::string(100000, 'n'), {}, true};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"get", "x", file}) == 3);
  BOOST_TEST(content(file) == "old");
  BOOST_TEST(dir.files().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_download_makes_no_file) {
  scratch dir;
  fake_node node(answers({}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"get", "x", dir.path("f")}) == 1);
  BOOST_TEST(s.err.str() == "lepton: no such thing\n");
  BOOST_TEST(dir.files().empty());
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read_are_named) {
  scratch dir;
  fake_node node(answers({}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"put", "x", dir.path("none")}) == 1);
  BOOST_TEST((s.err.str().find("none: No such file") != std::string::npos));
  BOOST_TEST(s.run({"put", "x", dir.path("")}) == 1);
  BOOST_TEST((s.err.str().find("is a directory") != std::string::npos));
  BOOST_TEST(s.run({"get", "x", dir.path("no/such/f")}) == 1);
  BOOST_TEST(node.requests().size() == 1u); // puts asked nothing
}

BOOST_AUTO_TEST_CASE(data_is_uploaded_by_content_and_only_once) {
  scratch dir;
  auto file = dir.write("d\xff.csv", "a,b\n1,2\n");
  auto hash = hash_of("a,b\n1,2\n");
  bool known = false;
  fake_node node([&](const fake_request& r) -> fake_answer {
    if (r.target == "/api/v1/jobs")
      return {200, R"({"job": "7"})"};
    if (r.target != "/api/v1/blobs?sha256=" + hash)
      return {500, "{}"};
    if (r.method == "GET" && !known)
      return {404, R"({"error": "no such blob"})"};
    known = true;
    return {200, R"({"sha256": "x", "bytes": 8})"};
  });
  caught_shell s(node.url());
  std::vector<std::string> call{"train",    "mlp",  "--data",     file,
                                "--epochs", "3",    "--missing",  "mean",
                                "--drop",   "a, b", "--no-header"};
  BOOST_TEST(s.run(call) == 0);
  BOOST_TEST(s.out.str() == "job 7\n");
  BOOST_TEST(s.run(call) == 0);
  auto seen = node.requests();
  BOOST_REQUIRE(seen.size() == 5u);
  BOOST_TEST(seen[1].method == "PUT");
  BOOST_TEST(seen[1].body == "a,b\n1,2\n");
  auto body = json::parse(seen[2].body);
  BOOST_TEST(body["kind"] == "mlp");
  BOOST_TEST(body["params"].dump() == R"({"epochs":3})");
  BOOST_TEST(body["data"]["blob"] == hash);
  BOOST_TEST(body["data"]["path"].get<std::string>().ends_with("\ufffd.csv"));
  BOOST_TEST(body["data"]["options"].dump()
             == R"({"header":false,"drop":["a","b"],"missing":"mean"})");
}

BOOST_AUTO_TEST_CASE(a_word_that_is_no_file_is_a_stored_name) {
  fake_node node(answers({{"GET /api/v1/store/stat?name=data%2Fx", "{}"},
                          {"POST /api/v1/jobs", R"({"job": "7"})"}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"train", "mlp", "--data", "data/x", "-o", "json"}) == 0);
  BOOST_TEST(json::parse(s.out.str())["job"] == "7");
  BOOST_TEST(json::parse(node.requests()[1].body)["data"].dump()
             == R"({"path":"data/x","name":"data/x"})");
  BOOST_TEST(s.run({"train", "mlp", "--data", "nope.csv"}) == 1);
  BOOST_TEST(s.err.str()
             == "lepton: nope.csv: no such file here, and nothing stored has "
                "this name\n");
}

BOOST_AUTO_TEST_CASE(wrong_parameters_end_before_anything_is_read) {
  fake_node node(answers({}));
  caught_shell s(node.url());
  std::vector<std::vector<std::string>> calls{
    {"--epochs", "0"},
    {"--epochs", "x"},
    {"--lr", "0"},
    {"--hidden", "64,,2"},
    {"--dropout", "1"},
    {"--activation", "rulu"},
    {"--missing", "guess"},
    {"--delimiter", ""},
    {"--delimiter", "ab"},
    {"--drop", "a,,b"},
    {"--max-line", "0"},
    {"--classes", "x"},
    {"--label", ""},
    {"--seed", "1e3"},
    {"--watsh"},
    {"--test-split", "nan"},
    {"--batch", "99999999999999999999"}};
  for (auto& flags : calls) {
    std::vector<std::string> call{"train", "mlp", "--data", "/nonexistent"};
    call.insert(call.end(), flags.begin(), flags.end());
    BOOST_TEST(s.run(call) == 2, flags[0] << ": " << s.err.str());
  }
  BOOST_TEST(s.run({"train", "mlp"}) == 2);
  BOOST_TEST(s.run({"train", "mpl", "--data", "x"}) == 2);
  BOOST_TEST(s.run({"predict", "m", "1,x"}) == 2);
  BOOST_TEST(s.run({"predict", "m"}) == 2);
  BOOST_TEST(node.connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(watching)

BOOST_AUTO_TEST_CASE(a_watched_job_ends_with_its_record) {
  std::atomic<int> asked = 0;
  fake_node node([&](const fake_request&) -> fake_answer {
    auto n = ++asked;
    return {200, job_text(n < 3 ? "running" : "succeeded", n)};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"job", "7", "--watch"}) == 0);
  BOOST_TEST((s.out.str().find("epoch 3/5  step 30/50  loss 0.4  val accuracy "
                               "0.9000")
              != std::string::npos));
  BOOST_TEST((s.out.str().find("job 7  mlp  succeeded") != std::string::npos));
  BOOST_TEST(node.requests()[1].target
             == "/api/v1/jobs/7?since=1&wait_ms=5000");
}

BOOST_AUTO_TEST_CASE(with_json_only_the_record_is_on_standard_output) {
  std::atomic<int> asked = 0;
  fake_node node([&](const fake_request&) -> fake_answer {
    auto n = ++asked;
    return {200, job_text(n < 2 ? "running" : "succeeded", n)};
  });
  caught_shell s(node.url());
  BOOST_TEST(s.run({"job", "7", "--watch", "-o", "json"}) == 0);
  BOOST_TEST(json::parse(s.out.str())["state"] == "succeeded");
  BOOST_TEST((s.err.str().find("epoch 3/5") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(a_failed_job_is_exit_1_with_its_error) {
  auto record = json::parse(job_text("failed", 1));
  record["error"] = "digits.csv:12: column 3 'x' is not a number";
  fake_node node(answers({{"GET /api/v1/jobs/7", record.dump()}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"job", "7", "--watch"}) == 1);
  BOOST_TEST((s.err.str().find("job 7 failed: digits.csv:12") //
              != std::string::npos));
}

BOOST_AUTO_TEST_CASE(watching_survives_a_restart_of_the_node) {
  auto first = std::make_unique<fake_node>([](const fake_request& r) {
    // the second poll breaks off in the middle, as with kill -9
    return r.target.find("since") == std::string::npos
             ? fake_answer{200, job_text("running", 1)}
             : fake_answer{200, "{", {}, true};
  });
  auto port = first->port();
  caught_shell s(first->url());
  std::thread restart([&] {
    while (first->requests().size() < 2)
      std::this_thread::yield();
    first.reset();
    // 503 while it starts, then the end of the job
    auto asked = std::make_shared<std::atomic<int>>(0);
    first = std::make_unique<fake_node>(
      [asked](const fake_request&) {
        return ++*asked == 1 ? fake_answer{503, R"({"error": "starting"})"}
                             : fake_answer{200, job_text("succeeded", 2)};
      },
      port);
  });
  auto code = s.run({"job", "7", "--watch"});
  restart.join();
  BOOST_TEST(code == 0);
  BOOST_TEST((s.err.str().find("the node is away") != std::string::npos));
  BOOST_TEST((s.err.str().find("the node is back") != std::string::npos));
  BOOST_TEST((s.out.str().find("succeeded") != std::string::npos));
}

BOOST_AUTO_TEST_SUITE_END()
