#include <boost/test/unit_test.hpp>

#include <cmath>
#include <fstream>
#include <sstream>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

const std::string source_dir = LEPTON_SOURCE_DIR;

std::vector<std::string> names_of(const table& t) {
  std::vector<std::string> names;
  for (const auto& column : t.schema.columns)
    names.push_back(column.name);
  return names;
}

using strings = std::vector<std::string>;
using floats = std::vector<float>;
using ints = std::vector<int32_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(csv_reader)

BOOST_AUTO_TEST_CASE(the_digits_are_read_whole) {
  table_options options;
  options.path = "digits.csv";
  auto t =
    read_csv(file_source(source_dir + "/models/data/digits.csv"), options);
  BOOST_TEST(t.rows == 1797u);
  BOOST_TEST(t.schema.columns.size() == 64u);
  BOOST_TEST(t.schema.classes
               == (strings{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.values[2] == 5.f);
  BOOST_TEST(t.values[3] == 13.f);
  BOOST_TEST(t.labels[0] == 0);
  BOOST_TEST(t.lines[0] == 2u);
  BOOST_TEST(t.lines.back() == 1798u);
  BOOST_TEST(t.report.duplicates == 0u);
  BOOST_TEST(t.schema.columns[0].constant);
  BOOST_TEST(!t.schema.columns[2].constant);
  uint64_t rows = 0;
  for (auto n : t.report.class_rows)
    rows += n;
  BOOST_TEST(rows == 1797u);
}

BOOST_AUTO_TEST_CASE(the_breast_cancer_table_is_read_whole) {
  auto t =
    read_csv(file_source(source_dir + "/models/data/breast_cancer.csv"), {});
  BOOST_TEST(t.rows == 569u);
  BOOST_TEST(t.schema.columns.size() == 30u);
  BOOST_TEST(t.schema.classes == (strings{"benign", "malignant"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.report.class_rows[1] == 212u);
  BOOST_TEST(t.values[0] == 17.99f);
}

BOOST_AUTO_TEST_CASE(line_ends_bom_blanks_and_empty_lines_are_accepted) {
  auto plain = read("a,b,label\n1,2,x\n3,4,y\n");
  for (auto text : {"a,b,label\r\n1,2,x\r\n3,4,y\r\n",
                    "\xEF\xBB\xBF"
                    "a,b,label\n1,2,x\n3,4,y",
                    " a ,\tb,label \n\n 1, 2\t,x\n  \n3 ,4, y \n\n",
                    "\n\na,b,label\n1,2,x\n\r\n3,4,y\r"}) {
    auto t = read(text);
    BOOST_TEST(names_of(t) == (strings{"a", "b"}),
               boost::test_tools::per_element());
    BOOST_TEST(t.values == plain.values, boost::test_tools::per_element());
    BOOST_TEST(t.labels == plain.labels, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(quotes_follow_rfc_4180) {
  auto t = read("\"a \"\"x\"\"\",\"b,c\",label\n"
                "\"1\",2, \"two\r\nlines\" \n"
                "3,\"4\",\" blank\"\n");
  BOOST_TEST(names_of(t) == (strings{"a \"x\"", "b,c"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.values == (floats{1, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(t.schema.classes == (strings{" blank", "two\r\nlines"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.lines == (std::vector<uint64_t>{2, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(numbers_are_read_to_the_nearest_float) {
  auto t = read("a,l\n0.1,x\n-1e-3,y\n+7,x\n.5,x\n5.,x\n12345678,x\n1e-60,x\n"
                "1e-999,x\n3.4028234e38,x\n0000012,x\n");
  BOOST_TEST(
    t.values
      == (floats{0.1f, -1e-3f, 7, 0.5f, 5, 12345678, 0, 0, 3.4028234e38f, 12}),
    boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_label_is_found_by_place_or_name) {
  const auto* text = "a,b,c\n1,2,3\n4,5,6\n";
  table_options options;
  options.label = "first";
  auto first = read(text, options);
  BOOST_TEST(first.values == (floats{2, 3, 5, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(first.schema.classes == (strings{"1", "4"}),
             boost::test_tools::per_element());
  options.label = "b";
  auto middle = read(text, options);
  BOOST_TEST(middle.values == (floats{1, 3, 4, 6}),
             boost::test_tools::per_element());
  BOOST_TEST((middle.schema.layout[1].role == column_role::label));
}

BOOST_AUTO_TEST_CASE(classes_are_sorted_by_value_if_all_are_integers) {
  auto numeric = read("a,l\n1,10\n2,9\n3,-1\n4,9\n");
  BOOST_TEST(numeric.schema.classes == (strings{"-1", "9", "10"}),
             boost::test_tools::per_element());
  BOOST_TEST(numeric.labels == (ints{2, 1, 0, 1}),
             boost::test_tools::per_element());
  auto mixed = read("a,l\n1,10\n2,9\n3,x\n");
  BOOST_TEST(mixed.schema.classes == (strings{"10", "9", "x"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_without_header_has_made_up_names) {
  table_options options;
  options.header = false;
  auto t = read("1,2,x\n3,4,y\n", options);
  BOOST_TEST(t.rows == 2u);
  BOOST_TEST(names_of(t) == (strings{"column 1", "column 2"}),
             boost::test_tools::per_element());
  BOOST_TEST(!t.schema.named);
}

BOOST_AUTO_TEST_CASE(a_header_of_numbers_is_remarked) {
  BOOST_TEST(read("1,2\n3,4\n5,6\n").report.notes.size() == 1u);
  BOOST_TEST(read("a,2\n3,4\n5,6\n").report.notes.empty());
}

BOOST_AUTO_TEST_CASE(other_delimiters_and_dropped_columns_work) {
  table_options options;
  options.delimiter = ';';
  options.drop = {"id"};
  auto t = read("id;a;l\nr-1;1,x;x\nr-2;2,y;y\n", options);
  BOOST_TEST(names_of(t) == (strings{"a"}), boost::test_tools::per_element());
  BOOST_TEST(t.schema.columns[0].categories == (strings{"1,x", "2,y"}),
             boost::test_tools::per_element());
  options.delimiter = '\t';
  BOOST_TEST(read("id\ta\tl\nr1\t 5\tx\nr2\t6\ty\n", options).values[0] == 5.f);
}

BOOST_AUTO_TEST_CASE(words_become_categories_in_sorted_order) {
  auto t = read("day,n,l\nTue,1,x\nMon,2,y\nTue,3,x\nWed,4,y\n");
  BOOST_TEST((t.schema.columns[0].kind == column_kind::text));
  BOOST_TEST(t.schema.columns[0].categories == (strings{"Mon", "Tue", "Wed"}),
             boost::test_tools::per_element());
  BOOST_TEST(t.values == (floats{1, 1, 0, 2, 1, 3, 2, 4}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_column_that_is_named_text_keeps_its_numbers_as_words) {
  table_options options;
  options.text = {"zip"};
  auto t = read("zip,n,l\n0123,1,x\n99,2,y\n0x1F,3,y\n", options);
  BOOST_TEST(t.schema.columns[0].categories == (strings{"0123", "0x1F", "99"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_hundred_words_make_a_column_text_and_fewer_do_not) {
  auto rows = [](int words) {
    std::string text = "a,l\n";
    for (int i = 0; i < words; ++i)
      text += "w,x\n";
    return text + "5,y\n";
  };
  BOOST_TEST((read(rows(100)).schema.columns[0].kind == column_kind::text));
  BOOST_TEST(starts_with(refusal(rows(99)),
                         "x.csv:2: column 1 (a): 'w' is not a number"));
}

BOOST_AUTO_TEST_CASE(missing_values_are_refused_with_their_place) {
  for (auto value : {"", "?", "-", "NA", "n/a", "NaN", "NULL", "None", "\"\""})
    BOOST_TEST(
      starts_with(refusal("a,b,l\n1,2,x\n3," + std::string(value) + ",y\n"),
                  "x.csv:3: column 2 (b): "),
      value);
  BOOST_TEST(starts_with(refusal("a,l\n1,x\n2,\n"), "x.csv:3: column 2 (l): "));
}

BOOST_AUTO_TEST_CASE(missing_values_are_kept_or_their_rows_dropped) {
  const auto* text = "a,b,l\n1,,x\n3,4,y\n?,6,x\n7,8,na\n9,1,x\n";
  table_options options;
  options.missing = missing_policy::mean;
  auto kept = read(text, options);
  BOOST_TEST(kept.rows == 4u);
  BOOST_TEST(kept.report.rows_read == 5u);
  BOOST_TEST(kept.report.rows_dropped == 1u); // the label is not guessed
  BOOST_TEST(std::isnan(kept.values[1]));
  BOOST_TEST(std::isnan(kept.values[4]));
  BOOST_TEST(kept.report.columns[0].missing == 1u);
  BOOST_TEST(kept.report.columns[1].missing == 1u);
  options.missing = missing_policy::drop;
  auto dropped = read(text, options);
  BOOST_TEST(dropped.values == (floats{3, 4, 9, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(dropped.report.rows_dropped == 3u);
  BOOST_TEST(dropped.lines == (std::vector<uint64_t>{3, 6}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_dropped_row_is_checked_but_leaves_no_category) {
  table_options options;
  options.missing = missing_policy::drop;
  auto t = read("d,n,l\nmon,1,x\nsun,,y\ntue,2,y\n", options);
  BOOST_TEST(t.schema.columns[0].categories == (strings{"mon", "tue"}),
             boost::test_tools::per_element());
  BOOST_TEST(starts_with(refusal("a,b,l\n1,2,x\nword,,y\n", options),
                         "x.csv:3: column 1 (a): 'word' is not a number"));
}

BOOST_AUTO_TEST_CASE(duplicate_rows_are_kept_and_reported) {
  auto t = read("a,b,l\n1,2,x\n3,4,y\n1,2,x\n1,2,y\n1.0,2,x\n");
  BOOST_TEST(t.rows == 5u);
  BOOST_TEST(t.report.duplicates == 2u);
  BOOST_TEST(t.report.duplicate_line == 4u);
  BOOST_TEST(t.report.duplicate_of_line == 2u);
  auto text = to_text(t.report);
  BOOST_TEST(text.find("duplicate rows, kept: 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_report_tells_what_was_done) {
  table_options options;
  options.missing = missing_policy::median;
  auto text = to_text(
    read("a,day,c,l\n1,mon,5,x\n,tue,5,y\n3,mon,5,y\n4,mon,5,\n", options)
      .report);
  BOOST_TEST(text
             == "x.csv: 4 rows, 3 columns\n"
                "rows dropped for missing values: 1\n"
                "column a: 1 missing value filled by median\n"
                "column day: text with 2 categories, one input for each\n"
                "constant columns (they teach nothing): 1: c\n"
                "classes: 2: x 1, y 2\n");
}

BOOST_AUTO_TEST_CASE(gzip_in_one_or_more_members_reads_as_plain) {
  std::string text = "a,l\n1,x\n2,y\n";
  auto plain = read(text);
  for (const auto& packed :
       {gzip(text), gzip(text.substr(0, 5)) + gzip(text.substr(5))})
    BOOST_TEST(read(packed).values == plain.values,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damaged_gzip_is_refused) {
  std::string text = "a,l\n";
  for (int i = 0; i < 5000; ++i)
    text += std::to_string(i) + (i % 2 == 0 ? ",x\n" : ",y\n");
  auto packed = gzip(text);
  auto cut = packed.substr(0, packed.size() / 2);
  auto no_sum = packed.substr(0, packed.size() - 4);
  auto flipped = packed;
  flipped[flipped.size() - 6] ^= 1; // the checksum
  BOOST_TEST(refusal(cut).find("cut off") != std::string::npos);
  BOOST_TEST(refusal(no_sum).find("cut off") != std::string::npos);
  BOOST_TEST(refusal(flipped).find("damaged gzip") != std::string::npos);
  BOOST_TEST(refusal(packed + "x").find("after the end") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_gzip_bomb_ends_at_its_limit) {
  auto bomb = gzip("a,l\n1,x\n" + std::string(64 << 20, '\n'));
  table_options options;
  options.max_bytes = 1 << 20;
  BOOST_TEST(bomb.size() < 100'000u);
  BOOST_TEST(
    starts_with(refusal(bomb, options), "x.csv: more than 1048576 bytes"));
  options.max_bytes = 1 << 30;
  options.max_cells = 3;
  BOOST_TEST(starts_with(refusal("a,l\n1,x\n2,y\n3,x\n4,y\n", options),
                         "x.csv:5: more than 3 values"));
}

BOOST_AUTO_TEST_CASE(chunks_of_any_size_read_as_one) {
  std::string text = "\xEF\xBB\xBF"
                     "a,b,l\r\n1,\"2\",x\r\n3,4,\"y\"\"\nz\"\r\n";
  auto whole = read(text);
  for (size_t size : {1u, 2u, 3u, 7u}) {
    for (const auto& bytes : {text, gzip(text)}) {
      size_t at = 0;
      auto next = [&] {
        auto part = bytes.substr(at, size);
        at += part.size();
        return part;
      };
      auto t = read_csv(chunk_source(next), {});
      BOOST_TEST(t.values == whole.values, boost::test_tools::per_element());
      BOOST_TEST(t.schema.classes == whole.schema.classes,
                 boost::test_tools::per_element());
    }
  }
  std::istringstream stream(text);
  BOOST_TEST(read_csv(stream_source(stream), {}).rows == 2u);
}

BOOST_AUTO_TEST_CASE(a_missing_file_and_a_directory_are_named) {
  BOOST_CHECK_EXCEPTION(file_source("/nonexistent/a.csv"), data_error,
                        [](const data_error& e) {
                          return std::string(e.what())
                                 == "/nonexistent/a.csv: cannot open it: No "
                                    "such file or directory";
                        });
  BOOST_CHECK_THROW(file_source("/"), data_error);
}

BOOST_AUTO_TEST_SUITE_END()
