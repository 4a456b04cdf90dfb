#include <models/data/csv_summary.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

csv_summary summary_of(const std::string& text, table_options options = {}) {
  options.path = "x.csv";
  return summarise_csv([&] { return memory_source(text); }, options);
}

/// Every row has its number in column n; classes go round.
std::string counting(size_t rows) {
  std::string text = "word,n,is\n";
  for (size_t i = 1; i <= rows; ++i)
    text += std::string(i % 4 == 0 ? "b" : "a") + "," + std::to_string(i) + ","
            + (i % 2 == 0 ? "even\n" : "odd\n");
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(csv_summaries)

BOOST_AUTO_TEST_CASE(files_of_many_blocks_are_described) {
  for (size_t rows : {4095u, 4096u, 4097u, 20000u}) {
    auto s = summary_of(counting(rows));
    auto n = static_cast<double>(rows);
    BOOST_TEST(s.rows_read == rows);
    BOOST_TEST((s.columns[0].kind == column_kind::text));
    BOOST_TEST(s.columns[0].categories == 2u);
    BOOST_TEST(s.columns[1].least == 1);
    BOOST_TEST(s.columns[1].largest == n);
    BOOST_TEST(std::abs(s.columns[1].mean - (n + 1) / 2) < 1e-9 * n);
    BOOST_TEST(std::abs(s.columns[1].deviation - std::sqrt((n * n - 1) / 12))
               < 1e-9 * n);
    BOOST_TEST(s.classes == (std::vector<std::string>{"even", "odd"}),
               boost::test_tools::per_element());
    BOOST_TEST(s.class_rows
                 == (std::vector<uint64_t>{rows / 2, (rows + 1) / 2}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(gaps_are_counted_and_not_averaged) {
  table_options options;
  options.missing = missing_policy::mean;
  auto s = summary_of("a,is\n1,x\n,y\n5,x\n3,\n", options);
  BOOST_TEST(s.rows_read == 4u);
  BOOST_TEST(s.rows_dropped == 1u);
  BOOST_TEST(s.columns[0].missing == 1u);
  BOOST_TEST(s.columns[0].mean == 3);
  options.missing = missing_policy::error;
  BOOST_CHECK_THROW(summary_of("a,is\n1,x\n,y\n", options), data_error);
}

BOOST_AUTO_TEST_CASE(a_column_that_is_empty_for_long_is_found) {
  auto options = table_options{};
  options.missing = missing_policy::mean;
  std::string text = "a,is\n";
  for (int i = 0; i < 10000; ++i)
    text += i % 2 == 0 ? ",x\n" : ",y\n";
  BOOST_CHECK_THROW(summary_of(text, options), data_error);
  text += "1,x\n";
  BOOST_TEST(summary_of(text, options).columns[0].missing == 10000u);
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_between_the_passes_is_refused) {
  auto text = counting(10);
  int pass = 0;
  std::string longer = text + "a,11,odd\n";
  BOOST_CHECK_THROW(
    summarise_csv([&] { return memory_source(pass++ == 0 ? text : longer); },
                  {}),
    data_error);
}

BOOST_AUTO_TEST_SUITE_END()
