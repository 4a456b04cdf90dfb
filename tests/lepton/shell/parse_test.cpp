#include <models/kinds/kind.hpp>
#include <shell/core/errors.hpp>
#include <shell/core/parse.hpp>
#include <shell/repl/completion.hpp>
#include <shell/text/tokens.hpp>

#include <boost/test/unit_test.hpp>

using namespace lepton_shell;

namespace {

arguments parse(const char* name, std::vector<std::string> words) {
  return parse_arguments(required_command(name), words);
}

std::string mistake(const char* name, std::vector<std::string> words) {
  try {
    parse(name, std::move(words));
  } catch (const usage_error& e) {
    return e.what();
  }
  return "accepted";
}

using words = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(parse_commands)

BOOST_AUTO_TEST_CASE(every_command_of_the_contract_is_there) {
  for (auto name : {"status",  "nodes", "tree",   "ps",           "describe",
                    "ask",     "send",  "child",  "chaos",        "put",
                    "get",     "ls",    "rm",     "stat",         "train",
                    "jobs",    "job",   "models", "events",       "evaluate",
                    "predict", "help",  "exit",   "dead-letters", "trace"})
    BOOST_TEST((find_command(name) != nullptr), name);
  for (auto& c : commands())
    BOOST_TEST((c.run != nullptr && !c.summary.empty()), c.name);
}

BOOST_AUTO_TEST_CASE(flags_stand_before_or_behind_words) {
  auto args = parse("get", {"-o", "json", "a", "b"});
  BOOST_TEST(args.words == (words{"a", "b"}));
  BOOST_TEST(args.value("-o") == "json");
  args = parse("get", {"a", "--output=json"});
  BOOST_TEST(args.value("-o") == "json");
  BOOST_TEST(args.words == (words{"a"}));
}

BOOST_AUTO_TEST_CASE(words_that_look_odd_stay_as_they_are) {
  BOOST_TEST(parse("ls", {"[x]"}).words == (words{"[x]"}));
  BOOST_TEST(parse("ls", {"{a,b}"}).words == (words{"{a,b}"}));
  BOOST_TEST(parse("ls", {""}).words == (words{""}));
  BOOST_TEST(parse("ls", {"--", "-x"}).words == (words{"-x"}));
  BOOST_TEST(parse("put", {"a", "-"}).words == (words{"a", "-"}));
  BOOST_TEST(parse("train", {"mlp", "--data", "[x]"}).value("--data") == "[x]");
}

BOOST_AUTO_TEST_CASE(a_commands_own_flag_goes_before_the_same_one_of_all) {
  auto& which = required_command("predict");
  auto args = parse_arguments(
    which, {"m", "--input", "x.csv", "--output", "y.csv", "-o", "json"});
  BOOST_TEST(args.value("--output") == "y.csv");
  BOOST_TEST(args.value("-o") == "json");
}

BOOST_AUTO_TEST_CASE(values_may_be_negative_numbers) {
  BOOST_TEST(parse("predict", {"m", "-1.5,2", "-.5", "3"}).words
             == (words{"m", "-1.5,2", "-.5", "3"}));
  BOOST_TEST(mistake("ls", {"-5"}).starts_with("ls: unknown flag -5"));
}

BOOST_AUTO_TEST_CASE(everything_behind_the_path_is_the_message) {
  auto args = parse("ask", {"a/b", "add", "-5"});
  BOOST_TEST(args.words == (words{"a/b"}));
  BOOST_TEST(args.message == "add -5");
  BOOST_TEST(parse("ask", {"a", "x", "--help"}).message == "x --help");
  BOOST_TEST(!parse("ask", {"a", "--help"}).help);
  BOOST_TEST(parse("ask", {"--help"}).help);
  BOOST_TEST(parse("ask", {"a", R"({"k": [1]})"}).message == R"({"k": [1]})");
  args = parse("ask", {"-o", "json", "a", "-o", "json"});
  BOOST_TEST(args.value("-o") == "json");
  BOOST_TEST(args.message == "-o json");
  BOOST_TEST(parse("send", {"--", "-a", "x"}).words == (words{"-a"}));
}

BOOST_AUTO_TEST_CASE(mistakes_name_the_nearest_flag) {
  BOOST_TEST(mistake("train", {"mlp", "--epoch", "3"})
             == "train: unknown flag --epoch, did you mean --epochs?");
  BOOST_TEST(mistake("nodes", {"--wyh"})
             == "nodes: unknown flag --wyh, did you mean --why?");
  BOOST_TEST(mistake("train", {"--epochs", "3", "mpl"}).starts_with("train: "));
  BOOST_TEST(
    mistake("child", {"restrat", "x"}).ends_with("did you mean restart?"));
}

BOOST_AUTO_TEST_CASE(wrong_numbers_of_words_show_the_usage) {
  BOOST_TEST(mistake("put", {"a"}) == "put: expected: put NAME FILE");
  BOOST_TEST(mistake("status", {"x"}).starts_with("status: expected"));
  BOOST_TEST(mistake("train", {"mlp", "--data"}) != "accepted");
  BOOST_TEST(mistake("train", {"mlp", "--lr", "1", "--lr", "2"}) != "accepted");
}

BOOST_AUTO_TEST_CASE(an_unknown_command_names_the_nearest) {
  try {
    required_command("statsu");
    BOOST_TEST(false);
  } catch (const usage_error& e) {
    BOOST_TEST(e.what()
               == std::string("unknown command \"statsu\", did you mean "
                              "status?"));
  }
}

BOOST_AUTO_TEST_CASE(globals_end_at_the_command) {
  auto globals =
    parse_globals({"--api", "h:1", "-o", "json", "ask", "p", "-o"});
  BOOST_TEST(globals.values["--api"] == "h:1");
  BOOST_TEST(globals.rest == (words{"ask", "p", "-o"}));
  BOOST_CHECK_THROW(parse_globals({"--apo", "x", "status"}), usage_error);
  BOOST_CHECK_THROW(parse_globals({"--api"}), usage_error);
}

BOOST_AUTO_TEST_CASE(global_values_are_checked) {
  settings s;
  BOOST_CHECK_THROW(apply_globals({{"-o", "xml"}}, s), usage_error);
  for (auto text : {"", "x", "0", "-1", "nan", "1e9", "5s"})
    BOOST_CHECK_THROW(apply_globals({{"--timeout", text}}, s), usage_error);
  BOOST_CHECK_THROW(apply_globals({{"--token-file", "/nonexistent"}}, s),
                    usage_error);
  apply_globals({{"--api", "a:1, b:2,"}, {"--timeout", "0.5"}}, s);
  BOOST_TEST(s.client.urls == (words{"a:1", "b:2"}));
}

BOOST_AUTO_TEST_CASE(urls_that_are_none_are_refused) {
  for (auto url : {"ftp://x", "file:///etc/passwd", "http://", "http://a b",
                   "http://h/?q=1", "http://h:99999"})
    BOOST_CHECK_THROW(http_client({{url}}), usage_error);
  http_client plain({{"127.0.0.1:7400/"}});
  BOOST_TEST(plain.url() == "http://127.0.0.1:7400");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(completion_rules)

namespace {

name_source names() {
  return {[](hint h) -> words {
            if (h == hint::actor)
              return {"alpha", "alpha/compute", "alpha/compute/workers",
                      "alpha/controller", "compute"};
            if (h == hint::stored)
              return {"data/a", "data/b"};
            return {};
          },
          [](const std::string& path) -> words {
            return path == "c" ? words{"add", "get"} : words{};
          }};
}

words offered(std::string_view line) {
  return complete(line, names()).candidates;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_first_word_is_a_command) {
  BOOST_TEST(offered("st") == (words{"stat", "status"}));
  BOOST_TEST(offered("").size() == commands().size());
  BOOST_TEST(offered("xyzzy ").empty());
}

BOOST_AUTO_TEST_CASE(paths_come_level_by_level) {
  BOOST_TEST(offered("tree al") == (words{"alpha", "alpha/"}));
  BOOST_TEST(offered("tree alpha/")
             == (words{"alpha/compute", "alpha/compute/", "alpha/controller"}));
  BOOST_TEST(offered("child restart alpha/con") == (words{"alpha/controller"}));
}

BOOST_AUTO_TEST_CASE(verbs_flags_and_their_values_are_offered) {
  BOOST_TEST(offered("child re") == (words{"replace", "restart", "resume"}));
  BOOST_TEST(offered("train ").size() == models::model_kinds().size());
  BOOST_TEST(offered("train m") == (words{"mdp", "mlp"}));
  BOOST_TEST(offered("train mlp --act") == (words{"--activation"}));
  BOOST_TEST(offered("train mlp --activation ")
             == (words{"gelu", "leaky_relu", "relu", "sigmoid", "tanh"}));
  BOOST_TEST(offered("train --act").empty()); // no kind yet
  BOOST_TEST(offered("get d") == (words{"data/"}));
}

BOOST_AUTO_TEST_CASE(messages_come_from_the_actor) {
  BOOST_TEST(offered("ask c ") == (words{"add", "get"}));
  BOOST_TEST(offered("ask c add ").empty());
}

BOOST_AUTO_TEST_CASE(the_common_prefix_ends_at_a_whole_character) {
  BOOST_TEST(common_prefix({"data/a", "data/b"}) == "data/");
  BOOST_TEST(common_prefix({"ä", "å"}) == "");
  BOOST_TEST(common_prefix({"same"}) == "same");
  BOOST_TEST(common_prefix({}) == "");
}

BOOST_AUTO_TEST_CASE(escaped_words_read_back_as_themselves) {
  for (auto word : {"plain", "a b", "it's", "a\"b", "a\\b", "#x", "a#b"}) {
    auto tokens = split_line(escape_word(word));
    BOOST_REQUIRE(tokens.size() == 1u);
    BOOST_TEST(tokens[0].text == word);
  }
}

BOOST_AUTO_TEST_SUITE_END()
