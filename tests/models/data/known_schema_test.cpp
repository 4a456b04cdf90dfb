#include <boost/test/unit_test.hpp>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

using floats = std::vector<float>;

table_schema schema_of(const std::string& text, table_options options = {}) {
  return read(text, std::move(options)).schema;
}

const std::string training = "day,n,l\nmon,1,x\ntue,2,y\nwed,3,y\n";

table_options optional_label() {
  table_options options;
  options.labels = label_need::optional;
  return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(known_schema)

BOOST_AUTO_TEST_CASE(columns_are_found_by_name_in_any_order) {
  auto schema = schema_of(training);
  auto t = read("l,n,day\ny,7,wed\n", {}, &schema);
  BOOST_TEST(t.values == (floats{2, 7}), boost::test_tools::per_element());
  BOOST_TEST(t.labels[0] == 1);
  BOOST_TEST(t.schema.classes.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_label_is_needed_only_to_evaluate) {
  auto schema = schema_of(training);
  auto t = read("day,n\nmon,7\n", optional_label(), &schema);
  BOOST_TEST(t.labels.empty());
  BOOST_TEST(refusal("day,n\nmon,7\n", {}, &schema)
             == "x.csv:1: no label column; name it with --label");
}

BOOST_AUTO_TEST_CASE(unknown_categories_and_classes_are_refused_by_name) {
  auto schema = schema_of(training);
  BOOST_TEST(refusal("day,n,l\nsun,7,x\n", {}, &schema)
             == "x.csv:2: column 1 (day): 'sun' is a category that the model "
                "has not seen; it knows 'mon', 'tue', 'wed'");
  BOOST_TEST(refusal("day,n,l\nmon,7,z\n", {}, &schema)
             == "x.csv:2: column 3 (l): 'z' is not a class of the model; it "
                "knows 'x', 'y'");
}

BOOST_AUTO_TEST_CASE(a_number_column_stays_one) {
  auto schema = schema_of(training);
  BOOST_TEST(starts_with(refusal("day,n,l\nmon,word,x\n", {}, &schema),
                         "x.csv:2: column 2 (n): 'word' is not a number"));
}

BOOST_AUTO_TEST_CASE(missing_and_surplus_columns_are_named) {
  auto schema = schema_of(training);
  BOOST_TEST(starts_with(refusal("day,l\nmon,x\n", {}, &schema),
                         "x.csv:1: no column 'n', which the model needs"));
  BOOST_TEST(starts_with(refusal("day,n,extra,l\nmon,1,2,x\n", {}, &schema),
                         "x.csv:1: column 3 (extra): the model knows no such"));
  table_options options;
  options.drop = {"extra"};
  BOOST_TEST(refusal("day,n,extra,l\nmon,1,2,x\n", options, &schema) == "");
}

BOOST_AUTO_TEST_CASE(columns_dropped_in_training_are_ignored) {
  table_options options;
  options.drop = {"id"};
  auto schema = schema_of("id,n,l\n1,2,x\n2,3,y\n", options);
  BOOST_TEST(read("id,n,l\nwhat,2,x\n", {}, &schema).values[0] == 2.f);
  BOOST_TEST(read("n,l\n2,x\n", {}, &schema).values[0] == 2.f);
}

BOOST_AUTO_TEST_CASE(without_names_the_place_decides) {
  auto schema = schema_of("a,b,l\n1,2,x\n3,4,y\n");
  auto options = optional_label();
  options.header = false;
  BOOST_TEST(read("5,6\n", options, &schema).values == (floats{5, 6}),
             boost::test_tools::per_element());
  auto labelled = read("5,6,y\n", options, &schema);
  BOOST_TEST(labelled.labels[0] == 1);
  options.label = "first";
  BOOST_TEST(read("y,5,6\n", options, &schema).values == (floats{5, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(starts_with(refusal("5\n", options, &schema),
                         "x.csv:1: 1 columns do not fit the model, which has "
                         "2 features"));
}

BOOST_AUTO_TEST_CASE(a_place_in_the_middle_is_kept_for_the_label) {
  table_options options;
  options.header = false;
  options.label = "column 2";
  auto schema = schema_of("1,x,2\n3,y,4\n", options);
  options.label = "last"; // the default, which says nothing
  BOOST_TEST(read("5,y,6\n", options, &schema).values == (floats{5, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_training_file_fits_although_rows_were_left_out) {
  table_options options;
  options.missing = missing_policy::mean;
  const std::string gaps = "d,l\nmon,x\ntue,y\nsun,\n";
  auto schema = schema_of(gaps, options);
  BOOST_TEST(schema.columns[0].categories.size() == 2u);
  BOOST_TEST(refusal(gaps, options, &schema) == "");
}

BOOST_AUTO_TEST_CASE(one_class_is_enough_to_evaluate) {
  auto schema = schema_of(training);
  BOOST_TEST(refusal("day,n,l\nmon,1,x\nmon,1,x\n", {}, &schema) == "");
}

BOOST_AUTO_TEST_SUITE_END()
