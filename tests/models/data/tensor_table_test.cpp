#include <models/data/pipeline.hpp>
#include <models/data/tensor_table.hpp>
#include <models/io/safetensors.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

using floats = std::vector<float>;
using metadata_t = std::map<std::string, std::string>;

const std::string text = "day,n,is\ntue,1,x\nmon,2,y\ntue,3.5,x\nwed,-4,y\n";

table_options named(std::string path = "t.safetensors") {
  table_options options;
  options.path = std::move(path);
  return options;
}

/// Two columns and labels, as another program writes them.
std::string file_of(floats features,
                    std::vector<int64_t> labels,
                    metadata_t metadata = {}) {
  auto rows = features.size() / 2;
  tensor_views views{{"features", view_of({rows, 2}, features)}};
  if (!labels.empty())
    views["labels"] = {
      dtype::i64, {labels.size()}, std::as_bytes(std::span(labels))};
  return write_safetensors(views, metadata);
}

std::string refusal_of(const std::string& bytes,
                       const table_options& options = named(),
                       const table_schema* known = nullptr) {
  try {
    read_tensor_table(bytes, options, known);
  } catch (const data_error& e) {
    return e.what();
  }
  return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(tensor_tables)

BOOST_AUTO_TEST_CASE(a_table_comes_back_as_it_was) {
  auto t = read(text);
  auto bytes = write_tensor_table(t);
  BOOST_TEST(is_safetensors(bytes));
  BOOST_TEST(!is_safetensors(text));
  auto again = read_tensor_table(bytes, named());
  BOOST_TEST(again.values == t.values, boost::test_tools::per_element());
  BOOST_TEST(again.labels == t.labels, boost::test_tools::per_element());
  BOOST_TEST(again.schema.classes == t.schema.classes,
             boost::test_tools::per_element());
  BOOST_TEST(again.schema.columns[0].categories
               == t.schema.columns[0].categories,
             boost::test_tools::per_element());
  BOOST_TEST(again.report.rows_read == 4u);
}

BOOST_AUTO_TEST_CASE(a_model_of_a_csv_file_reads_it_by_name) {
  auto t = read(text);
  auto later = read("n,day,is\n9,wed,y\n8,tue,x\n");
  // The later file has fewer categories, in other places.
  auto again = read_tensor_table(write_tensor_table(later), named(), &t.schema);
  BOOST_TEST(again.values == (floats{2, 9, 1, 8}),
             boost::test_tools::per_element());
  BOOST_TEST(again.labels == (std::vector<int32_t>{1, 0}),
             boost::test_tools::per_element());
  std::vector<uint32_t> rows{0, 1, 2, 3};
  BOOST_TEST(fit_pipeline(t, rows, scaling::standard).transform(again).rows
             == 2u);
}

BOOST_AUTO_TEST_CASE(bare_tensors_are_enough) {
  auto t = read_tensor_table(file_of({1, 2, 3, 4, 5, 6}, {7, -1, 7}), named());
  BOOST_TEST(t.rows == 3u);
  BOOST_TEST(t.schema.columns[1].name == "column 2");
  BOOST_TEST(t.schema.classes == (std::vector<std::string>{"-1", "7"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.labels == (std::vector<int32_t>{1, 0, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(missing_values_are_treated_as_in_text) {
  auto bytes = file_of({1, NAN, 3, 4, 5, 6}, {0, 1, 0});
  BOOST_TEST(starts_with(refusal_of(bytes),
                         "t.safetensors: row 1: column 2 (column 2): NaN"));
  auto options = named();
  options.missing = missing_policy::drop;
  auto t = read_tensor_table(bytes, options);
  BOOST_TEST(t.rows == 2u);
  BOOST_TEST(t.report.rows_read == 3u);
  BOOST_TEST(t.report.rows_dropped == 1u);
  options.missing = missing_policy::mean;
  t = read_tensor_table(bytes, options);
  BOOST_TEST(t.rows == 3u);
  BOOST_TEST(t.report.columns[1].missing == 1u);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_by_place) {
  auto inf = std::numeric_limits<float>::infinity();
  metadata_t words{{"categories", R"({"column 1":["a","b"]})"}};
  BOOST_TEST(
    starts_with(refusal_of(file_of({1, 2, 3, inf}, {0, 1})),
                "t.safetensors: row 2: column 2 (column 2): infinite"));
  BOOST_TEST(starts_with(refusal_of(file_of({1, 2, 3, 4}, {0, 1, 1})),
                         "t.safetensors: tensor 'labels' is I64[3]"));
  BOOST_TEST(starts_with(refusal_of(file_of({1, 2, 3, 4}, {})),
                         "t.safetensors: no tensor 'labels'"));
  BOOST_TEST(starts_with(refusal_of(file_of({1, 2, 3, 4}, {2, 2})),
                         "t.safetensors: fewer than two classes"));
  BOOST_TEST(starts_with(refusal_of(file_of({0, 2, 2, 4}, {0, 1}, words)),
                         "t.safetensors: row 2: column 1 (column 1): is no "));
  BOOST_TEST(starts_with(
    refusal_of(file_of({1, 2, 3, 4}, {0, 1}, {{"columns", R"(["a"])"}})),
    "t.safetensors: metadata 'columns' has 1 names"));
  BOOST_TEST(starts_with(
    refusal_of(file_of({1, 2, 3, 4}, {0, 1}, {{"columns", R"(["a","a"])"}})),
    "t.safetensors: metadata 'columns' is no list"));
  BOOST_TEST(starts_with(
    refusal_of(file_of({1, 2, 3, 4}, {0, 5}, {{"classes", R"(["a","b"])"}})),
    "t.safetensors: row 2: label 5 is none of the 2 classes"));
  auto t = read(text);
  BOOST_TEST(starts_with(
    refusal_of(file_of({1, 2, 3, 4}, {0, 1}), named(), &t.schema),
    "t.safetensors: column 'day' holds numbers, the model needs words"));
  auto cut = file_of({1, 2, 3, 4}, {0, 1});
  cut.pop_back();
  BOOST_TEST(starts_with(refusal_of(cut), "t.safetensors: "));
}

BOOST_AUTO_TEST_SUITE_END()
