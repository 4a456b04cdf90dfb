#include <shell/jobs/compare.hpp>
#include <shell/text/utf8.hpp>
#include <shell/text/wrap.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <tests/lepton/shell/fixture.hpp>

using namespace lepton_shell;
using namespace lepton_test;

namespace {

json card(const char* name, double accuracy, int hidden) {
  return {
    {"name", name},
    {"version", 1},
    {"kind", "mlp"},
    {"bytes", 2048},
    {"inputs", 4},
    {"classes", {"a", "b"}},
    {"params", {{"hidden", {hidden}}, {"lr", 0.1}, {"seed", 7}}},
    {"data", {{"path", "rows.csv"}, {"blob", "ab12"}}},
    {"metrics",
     {{"accuracy", accuracy}, {"loss", 0.5}, {"on", "test"}, {"rows", 1000}}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(comparing)

BOOST_AUTO_TEST_CASE(only_parameters_that_differ_are_shown) {
  auto all = compare({card("x", 0.9, 8), card("y", 0.99, 16)});
  BOOST_REQUIRE(all.params.size() == 1u);
  BOOST_TEST(all.params[0].name == "hidden");
  BOOST_TEST(all.params[0].values[1] == "16");
}

BOOST_AUTO_TEST_CASE(a_clear_lead_is_better) {
  auto all = compare({card("x", 0.9, 8), card("y", 0.99, 16)});
  BOOST_TEST(all.same_rows);
  BOOST_REQUIRE(all.better.has_value());
  BOOST_TEST(all.models[*all.better] == "y@1");
  BOOST_TEST((all.measures[0].best == 1u));
  BOOST_TEST(!all.measures[1].best.has_value()); // equal losses
}

// two standard errors of 0.90 and 0.91 on 1000 rows are 0.026
BOOST_AUTO_TEST_CASE(a_lead_that_chance_explains_is_not) {
  auto all = compare({card("x", 0.90, 8), card("y", 0.91, 16)});
  BOOST_TEST(!all.better.has_value());
  BOOST_TEST(all.verdict.starts_with("No clear winner: y@1 is ahead"));
}

BOOST_AUTO_TEST_CASE(figures_of_different_rows_do_not_compare) {
  for (auto member : {"seed", "test_split"}) {
    auto other = card("y", 0.99, 16);
    other["params"][member] = 8;
    auto all = compare({card("x", 0.9, 8), other});
    BOOST_TEST(!all.same_rows);
    BOOST_TEST(!all.better.has_value());
    BOOST_TEST(!all.measures[0].best.has_value());
    BOOST_TEST((all.verdict.find("--data FILE") != std::string::npos));
    BOOST_TEST((compare({card("x", 0.9, 8), other}, 500).better == 1u));
  }
}

BOOST_AUTO_TEST_CASE(a_smaller_error_is_better) {
  auto x = card("x", 0, 8);
  auto y = card("y", 0, 8);
  x["metrics"] = {{"rmse", 2.0}, {"on", "test"}};
  y["metrics"] = {{"rmse", 3.0}, {"on", "test"}};
  auto all = compare({x, y});
  BOOST_TEST((all.better == 0u));
  BOOST_TEST((all.verdict == "x@1 is better: rmse 2 against 3."));
}

BOOST_AUTO_TEST_CASE(cards_without_figures_do_no_harm) {
  auto all = compare({json::object(), json{{"metrics", 5}}, json()});
  BOOST_TEST(!all.better.has_value());
  auto text = to_json(all).dump();
  BOOST_TEST((text.find("\"better\":null") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_command_asks_for_each_card) {
  fake_node node(
    answers({{"GET /api/v1/models/x", card("x", 0.9, 8).dump()},
             {"GET /api/v1/models/y%401", card("y", 0.99, 16).dump()}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"compare", "x", "y@1"}) == 0);
  BOOST_TEST((s.out.str().find("y@1 is better") != std::string::npos));
  BOOST_TEST((s.out.str().find("0.9900 *") != std::string::npos));
  BOOST_TEST(s.run({"compare", "x", "y@1", "-o", "json"}) == 0);
  BOOST_TEST(json::parse(s.out.str())["better"] == "y@1");
  BOOST_TEST(s.run({"compare", "x"}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(cards_and_predictions)

BOOST_AUTO_TEST_CASE(a_card_tells_where_a_model_comes_from) {
  fake_node node(answers({{"GET /api/v1/models/x", card("x", 0.9, 8).dump()}}));
  caught_shell s(node.url());
  BOOST_TEST(s.run({"models", "x"}) == 0);
  for (auto part : {"x@1  mlp  2.0 KiB", "rows.csv", "ab12", "hidden 8, lr 0.1",
                    "seed", "on test", "accuracy 0.9000", "a, b"})
    BOOST_TEST((s.out.str().find(part) != std::string::npos), part);
}

BOOST_AUTO_TEST_CASE(predictions_go_to_a_file_that_is_whole_or_not_there) {
  scratch dir;
  bool good = true;
  fake_node node([&](const fake_request&) -> fake_answer {
    if (good)
      return {200, "prediction,p_a\n\"x\ny\",1\nb,0.5\n"};
    return {422, R"({"error": "rows.csv:3: a value is missing"})"};
  });
  caught_shell s(node.url());
  auto file = dir.path("said.csv");
  BOOST_TEST(s.run({"predict", "m", "1,2", "--output", file}) == 0);
  BOOST_TEST((s.out.str().find("said.csv: 2 rows") != std::string::npos));
  BOOST_TEST((content(file) == "prediction,p_a\n\"x\ny\",1\nb,0.5\n"));
  BOOST_TEST(json::parse(node.requests()[0].body)["format"] == "csv");
  good = false;
  auto other = dir.path("none.csv");
  BOOST_TEST(s.run({"predict", "m", "1,2", "--output", other}) == 1);
  BOOST_TEST(dir.files().size() == 1u);
}

BOOST_AUTO_TEST_CASE(long_lines_are_broken_at_blanks) {
  BOOST_TEST(wrapped("aa bb  cc", 5)
               == (std::vector<std::string>{"aa bb", "cc"}),
             boost::test_tools::per_element());
  BOOST_TEST(wrapped("aaaaaaaa b", 5).size() == 2u);
  BOOST_TEST(wrapped("  ", 5).empty());
}

BOOST_AUTO_TEST_SUITE_END()
