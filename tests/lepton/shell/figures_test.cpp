#include <shell/core/errors.hpp>
#include <shell/plots/curves_text.hpp>
#include <shell/plots/figures.hpp>
#include <shell/plots/job_svg.hpp>
#include <shell/plots/scale.hpp>
#include <shell/plots/svg.hpp>
#include <shell/text/utf8.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <stack>

using namespace lepton_shell;

namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

json record_of(size_t epochs) {
  auto history = json::array();
  for (size_t i = 1; i <= epochs; ++i)
    history.push_back({{"epoch", i},
                       {"loss", 2.0 / static_cast<double>(i)},
                       {"val_loss", i == 3 ? json(0.25) : json(0.5)},
                       {"val_accuracy", nullptr}});
  return {{"id", "j-000007"},
          {"kind", "mlp"},
          {"model", "a<b>&\"c\""},
          {"version", 2},
          {"data", {{"path", "rows.csv"}}},
          {"metrics",
           {{"accuracy", 0.75},
            {"on", "test"},
            {"classes", {"no", "<yes>"}},
            {"confusion", {{5, 1}, {2, 4}}}}},
          {"history", history}};
}

/// Whether each element is closed, in order; enough for what we write.
bool well_formed(const std::string& text) {
  std::stack<std::string> open;
  size_t at = text.find("<svg");
  while ((at = text.find('<', at)) != std::string::npos) {
    auto end = text.find('>', at);
    if (end == std::string::npos)
      return false;
    auto tag = text.substr(at + 1, end - at - 1);
    auto name = tag.substr(0, tag.find(' '));
    at = end;
    if (tag.ends_with('/'))
      continue;
    if (!name.starts_with('/'))
      open.push(name);
    else if (open.empty() || open.top() != name.substr(1))
      return false;
    else
      open.pop();
  }
  return open.empty();
}

} // namespace

BOOST_AUTO_TEST_SUITE(figures)

BOOST_AUTO_TEST_CASE(what_a_learner_of_policies_lost_is_drawn_as_earned) {
  auto record = json::parse(R"({"kind": "sarsa", "history": [
    {"epoch": 25, "loss": 90}, {"epoch": 50, "loss": 17}]})");
  auto all = figures_of(record);
  BOOST_REQUIRE(all.curves.size() == 1u);
  BOOST_TEST(all.curves[0].title == "Return");
  BOOST_TEST(all.curves[0].curves[0].y.back() == -17);
  BOOST_TEST(!all.curves[0].logarithmic);
  BOOST_TEST(!all.curves[0].mark.has_value());
}

BOOST_AUTO_TEST_CASE(a_record_becomes_curves_and_a_matrix) {
  auto all = figures_of(record_of(8));
  BOOST_REQUIRE(all.curves.size() == 1u); // no accuracy: all of them are null
  auto& loss = all.curves[0];
  BOOST_REQUIRE(loss.curves.size() == 2u);
  BOOST_TEST(loss.curves[0].x.back() == 8);
  BOOST_TEST(loss.curves[0].y.back() == 0.25);
  BOOST_REQUIRE(loss.mark.has_value());
  BOOST_TEST(loss.mark->x == 3);
  BOOST_REQUIRE(all.matrix.has_value());
  BOOST_TEST(all.matrix->classes[1] == "<yes>");
  BOOST_TEST(has(in_words(loss), "training goes from 2 (epoch 1) to 0.25"));
  BOOST_TEST(has(in_words(*all.matrix), "9 of 12 rows"));
}

BOOST_AUTO_TEST_CASE(scores_by_class_are_those_of_the_matrix) {
  auto all = by_class({"", {{5, 1, 0}, {2, 4, 0}, {0, 0, 0}}, {"a", "b", "c"}});
  BOOST_TEST(all[0].precision == 5.0 / 7);
  BOOST_TEST(all[0].recall == 5.0 / 6);
  BOOST_TEST(std::abs(all[1].f1 - 2 * 0.8 * (4.0 / 6) / (0.8 + 4.0 / 6))
             < 1e-12);
  BOOST_TEST(all[1].rows == 6);
  BOOST_TEST(std::isnan(all[2].recall));
}

BOOST_AUTO_TEST_CASE(damaged_records_are_drawn_as_far_as_they_go) {
  auto none = json::parse(R"([{}, {"history": 5}, {"history": [1, "x"]},
    {"history": [{"epoch": 1, "loss": 1}]}, {"metrics": {"confusion": [[1, 2]]}},
    {"metrics": {"confusion": [["a"]]}}, {"metrics": 7}, null])");
  for (auto& record : none) {
    auto all = figures_of(record);
    BOOST_TEST(all.empty(), record.dump());
    BOOST_CHECK_THROW(draw_svg(all), refusal);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scales)

BOOST_AUTO_TEST_CASE(ticks_are_round_and_hold_all_values) {
  auto a = round_axis(0.013, 0.972, 7);
  BOOST_TEST(a.low == 0.0);
  BOOST_TEST(std::abs(a.high - 1.0) < 1e-12);
  BOOST_TEST(a.ticks.size() == 6u);
  BOOST_TEST(tick_texts(a)[1] == "0.2");
  for (auto [low, high] : {std::pair{-3.7, 912.0},
                           {1e-9, 2e-9},
                           {5.0, 5.0},
                           {0.0, 0.0},
                           {-1e300, 1e300}}) {
    auto b = round_axis(low, high, 6);
    BOOST_TEST(b.low <= low);
    BOOST_TEST(b.high >= high);
    BOOST_TEST(b.ticks.size() <= 8u);
  }
}

BOOST_AUTO_TEST_CASE(few_decades_get_ticks_between) {
  auto wide = logarithmic_axis(3e-6, 40, 7);
  BOOST_TEST(wide.low <= 3e-6);
  BOOST_TEST(wide.ticks.size() <= 8u);
  auto narrow = logarithmic_axis(0.025, 1.9, 7);
  BOOST_TEST(std::abs(narrow.place(0.2) - 0.5) < 1e-12);
  BOOST_TEST(tick_texts(narrow).size() == 7u);
  BOOST_TEST(logarithmic_axis(3, 3, 5).high >= 20);
}

BOOST_AUTO_TEST_CASE(counts_have_whole_ticks) {
  auto a = counting_axis(1, 50, 8);
  BOOST_TEST(tick_texts(a).back() == "50");
  for (auto x : a.ticks)
    BOOST_TEST(x == std::floor(x));
  BOOST_TEST(counting_axis(1, 2, 8).ticks.size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(drawn_as_svg)

BOOST_AUTO_TEST_CASE(a_picture_is_well_formed_and_says_what_it_shows) {
  auto text = draw_svg(figures_of(record_of(120)));
  BOOST_TEST(well_formed(text));
  for (auto part :
       {"<title id=\"title\">job j-000007: mlp, "
        "a&lt;b&gt;&amp;&quot;c&quot;@2</title>",
        "<desc id=", "aria-labelledby=", ">epoch</text>", "logarithmic",
        "prefers-color-scheme: dark", "true &lt;yes&gt;, said no: 2"})
    BOOST_TEST(has(text, part), part);
  BOOST_TEST(!has(text, "nan"));
  BOOST_TEST(!has(text, "inf"));
}

BOOST_AUTO_TEST_CASE(hostile_text_stays_text) {
  BOOST_TEST(svg_escape("a<b>\"\x01\xff\xEF\xBF\xBF")
             == "a&lt;b&gt;&quot;\\x01\\xff?");
}

BOOST_AUTO_TEST_CASE(gaps_break_a_line) {
  svg_picture p;
  p.path({{0, 1}, {NAN, 1}, {2, 3.5}, {4, 1.0 / 3}}, "s0");
  BOOST_TEST(has(p.document(10, 10, "t", "d"), "d=\"M0 1M2 3.5L4 0.33\""));
}

BOOST_AUTO_TEST_CASE(many_classes_still_make_a_small_picture) {
  auto record = record_of(4);
  std::vector<std::vector<int>> counts(300, std::vector<int>(300, 0));
  for (size_t i = 0; i < 300; ++i)
    counts[i][i] = counts[i][(i * 7) % 300] = 3;
  record["metrics"]["confusion"] = counts;
  auto text = draw_svg(figures_of(record));
  BOOST_TEST(well_formed(text));
  BOOST_TEST(text.size() < 200'000u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(drawn_for_a_terminal)

BOOST_AUTO_TEST_CASE(a_curve_falls_where_its_values_fall) {
  curve_figure f{
    "Loss",       "epoch", "loss", "nats", {{"training", {1, 2}, {1, 0}}},
    std::nullopt, false};
  auto lines = curves_text(f, 30, 4, {});
  BOOST_REQUIRE(lines.size() == 7u);
  BOOST_TEST(lines[0] == "Loss, nats   ━━ training");
  BOOST_TEST(lines[1].starts_with("1 │⠉"), lines[1]);
  BOOST_TEST(lines[4].starts_with("0 │ "), lines[4]);
  BOOST_TEST(lines[4].ends_with("⣀"), lines[4]);
  BOOST_TEST(lines[5].ends_with("─ epoch"));
  BOOST_TEST(has(lines[6], "1"));
  BOOST_TEST(lines[6].ends_with("2"));
  for (auto& line : lines)
    BOOST_TEST(width(line) <= 30u);
}

BOOST_AUTO_TEST_CASE(without_colours_each_curve_is_alone) {
  auto loss = figures_of(record_of(8)).curves[0];
  auto plain = curves_text(loss, 60, 5, {});
  style coloured{.colour = true, .terminal = true, .columns = 60};
  BOOST_TEST(plain.size() == 17u); // 8 each, and the mark
  BOOST_TEST(curves_text(loss, 60, 5, coloured).size() == 9u);
}

BOOST_AUTO_TEST_CASE(every_width_and_height_holds) {
  auto loss = figures_of(record_of(3000)).curves[0];
  for (size_t columns = 30; columns < 130; columns += 7)
    for (size_t height = 3; height < 20; height += 4)
      for (auto& line : curves_text(loss, columns, height, {}))
        BOOST_TEST((width(line) <= std::max<size_t>(columns, 50)),
                   columns << " columns: " << line);
}

BOOST_AUTO_TEST_SUITE_END()
