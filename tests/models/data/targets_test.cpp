#include <models/core/error.hpp>
#include <models/data/csv_reader.hpp>
#include <models/data/pipeline.hpp>
#include <models/data/targets.hpp>

#include <boost/test/unit_test.hpp>

#include <numeric>
#include <tests/models/data/support.hpp>

using namespace models;
using data_tests::read;

namespace {

table_options numbers(const std::string& label) {
  table_options options;
  options.labels = label_need::numbers;
  options.label = label;
  return options;
}

const std::string houses = "area,price,town,rooms\n"
                           "50,100.5,A,2\n"
                           "80,170,B,3\n"
                           "65,130,A,3\n";

} // namespace

BOOST_AUTO_TEST_SUITE(targets)

BOOST_AUTO_TEST_CASE(are_taken_out_of_the_features) {
  auto t = read(houses, numbers("price"));
  BOOST_TEST((t.targets == std::vector<float>{100.5f, 170, 130}));
  BOOST_TEST(t.labels.empty());
  BOOST_TEST(t.schema.columns.size() == 3u);
  BOOST_TEST(t.schema.columns[2].name == "rooms");
  BOOST_TEST(t.values[3 + 2] == 3);
  BOOST_TEST((target_names(t.schema) == std::vector<std::string>{"price"}));
  BOOST_TEST(has_targets(t.schema));
  BOOST_TEST(read(houses, numbers("last")).targets[1] == 3);
  BOOST_TEST(read(houses, numbers("first")).targets[1] == 80);
}

BOOST_AUTO_TEST_CASE(may_be_several_in_the_order_of_the_file) {
  auto t = read(houses, numbers("rooms,area"));
  BOOST_TEST((t.targets == std::vector<float>{50, 2, 80, 3, 65, 3}));
  BOOST_TEST(t.schema.columns.size() == 2u);
}

BOOST_AUTO_TEST_CASE(that_are_missing_take_their_row_along) {
  auto options = numbers("price");
  options.missing = missing_policy::mean;
  auto t = read("price,area\n1,5\n,6\n3,\n", options);
  BOOST_TEST((t.targets == std::vector<float>{1, 3}));
  BOOST_TEST(t.rows == 2u);
  BOOST_TEST(t.report.rows_dropped == 1u);
  BOOST_TEST((t.lines == std::vector<uint64_t>{2, 4}));
}

BOOST_AUTO_TEST_CASE(of_a_known_schema_are_found_again) {
  auto t = read(houses, numbers("price"));
  table_options plain;
  auto again = read("rooms,town,price,area\n4,B,200,90\n", plain, &t.schema);
  BOOST_TEST((again.targets == std::vector<float>{200}));
  BOOST_TEST((again.values == std::vector<float>{90, 1, 4}));
  BOOST_CHECK_THROW(read("rooms,town,area\n4,B,90\n", plain, &t.schema),
                    data_error);
}

BOOST_AUTO_TEST_CASE(need_not_be_there_for_a_prediction) {
  auto t = read(houses, numbers("price"));
  table_options optional;
  optional.labels = label_need::optional;
  for (auto text :
       {"rooms,town,area\n4,B,90\n", "rooms,town,price,area\n4,B,?,90\n"}) {
    auto rows = read(text, optional, &t.schema);
    BOOST_TEST(rows.targets.empty());
    BOOST_TEST((rows.values == std::vector<float>{90, 1, 4}));
  }
}

BOOST_AUTO_TEST_CASE(of_words_or_of_nowhere_are_refused) {
  for (auto label : {"town", "cost", "price,price", "area,price,rooms,town"})
    BOOST_CHECK_THROW(read(houses, numbers(label)), data_error);
  BOOST_CHECK_THROW(read("a\n1\n2\n", numbers("a")), data_error);
  auto options = numbers("b");
  options.missing = missing_policy::mean;
  BOOST_CHECK_THROW(read("a,b\n1,\n", options), data_error);
}

BOOST_AUTO_TEST_CASE(go_with_their_rows_through_a_pipeline) {
  auto t = read(houses, numbers("price"));
  std::vector<uint32_t> all{0, 1, 2}, some{2, 0};
  auto steps = fit_pipeline(t, all, scaling::standard);
  auto set = steps.transform(t, some);
  BOOST_TEST((set.targets == std::vector<float>{130, 100.5f}));
  auto kept = pipeline_from_json(to_json(steps));
  BOOST_TEST(has_targets(kept.schema));
  auto two = read(houses, numbers("price,rooms"));
  auto both =
    pipeline_from_json(to_json(fit_pipeline(two, all, scaling::standard)));
  BOOST_TEST(target_names(both.schema).size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
