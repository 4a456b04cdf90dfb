#include <models/data/pipeline.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <string>
#include <unistd.h>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

const std::string learned = "day,n,is\nmon,1,x\ntue,2,y\nmon,,x\n";

table_options filling() {
  table_options options;
  options.path = "x.csv";
  options.missing = missing_policy::mean;
  return options;
}

std::string rows_of(size_t n) {
  std::string text = "is,n,day\n";
  for (size_t i = 0; i < n; ++i)
    text += std::string(i % 3 == 0 ? "x" : "y") + ","
            + (i % 5 == 0 ? "" : std::to_string(i)) + ","
            + (i % 2 == 0 ? "mon" : "tue") + "\n";
  return text;
}

/// Resident memory of this process, in MiB.
double resident_mib() {
  std::ifstream in("/proc/self/statm");
  double size = 0;
  double resident = 0;
  in >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

} // namespace

BOOST_AUTO_TEST_SUITE(csv_streams)

BOOST_AUTO_TEST_CASE(blocks_together_are_the_whole_file) {
  auto schema = read(learned, filling()).schema;
  auto text = rows_of(100);
  auto whole = read(text, filling(), &schema);
  for (size_t rows : {1u, 7u, 50u, 100u, 1000u}) {
    csv_stream stream(memory_source(text), filling(), schema);
    std::vector<float> values;
    std::vector<int32_t> labels;
    std::vector<uint64_t> lines;
    while (auto* block = stream.next(rows)) {
      BOOST_TEST(block->rows <= rows);
      BOOST_TEST(block->values.size() == block->rows * 2);
      values.insert(values.end(), block->values.begin(), block->values.end());
      labels.insert(labels.end(), block->labels.begin(), block->labels.end());
      lines.insert(lines.end(), block->lines.begin(), block->lines.end());
    }
    BOOST_TEST(labels == whole.labels, boost::test_tools::per_element());
    BOOST_TEST(lines == whole.lines, boost::test_tools::per_element());
    for (size_t i = 0; i < values.size(); ++i)
      BOOST_TEST(
        (values[i] == whole.values[i]
         || (values[i] != values[i] && whole.values[i] != whole.values[i])));
    BOOST_TEST(stream.report().rows_read == 100u);
    BOOST_TEST(stream.report().columns[1].missing == 20u);
    BOOST_TEST(!stream.report().compared);
  }
}

BOOST_AUTO_TEST_CASE(a_file_without_header_keeps_its_first_row) {
  auto options = filling();
  options.header = false;
  auto schema = read("mon,1,x\ntue,2,y\n", options).schema;
  csv_stream stream(memory_source("tue,5,y\nmon,6,x\n"), options, schema);
  auto* block = stream.next(1);
  BOOST_REQUIRE(block != nullptr);
  BOOST_TEST(block->values[1] == 5.f);
  block = stream.next(1);
  BOOST_REQUIRE(block != nullptr);
  BOOST_TEST(block->values[1] == 6.f);
  BOOST_TEST(stream.next(1) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_mistake_is_found_when_it_is_reached) {
  auto schema = read(learned, filling()).schema;
  csv_stream stream(memory_source("day,n,is\nmon,1,x\nmon,2,x\nmon,abc,x\n"),
                    filling(), schema);
  BOOST_TEST(stream.next(2)->rows == 2u);
  BOOST_CHECK_EXCEPTION(stream.next(2), data_error, [](const data_error& e) {
    return starts_with(e.what(),
                       "x.csv:4: column 2 (n): 'abc' is not a number");
  });
}

BOOST_AUTO_TEST_CASE(a_file_whose_rows_are_all_dropped_is_refused) {
  auto schema = read(learned, filling()).schema;
  auto options = filling();
  options.missing = missing_policy::drop;
  csv_stream stream(memory_source("day,n,is\nmon,,x\nmon,?,x\n"), options,
                    schema);
  BOOST_CHECK_THROW(stream.next(10), data_error);
}

BOOST_AUTO_TEST_CASE(memory_does_not_grow_with_the_file) {
  auto schema = read(learned, filling()).schema;
  size_t row = 0;
  auto source = chunk_source([&]() -> std::string {
    if (row == 0) {
      ++row;
      return "day,n,is\n";
    }
    if (row > 3'000'000) // 40 MB of text, 24 MB of values
      return "";
    std::string text;
    for (int i = 0; i < 1000; ++i, ++row)
      text += "tue,12345,y\n";
    return text;
  });
  csv_stream stream(std::move(source), filling(), schema);
  stream.next(1000);
  auto before = resident_mib();
  size_t rows = 1000;
  while (auto* block = stream.next(1000))
    rows += block->rows;
  BOOST_TEST(rows == 3'000'000u);
  BOOST_TEST(resident_mib() - before < 4);
}

BOOST_AUTO_TEST_SUITE_END()
