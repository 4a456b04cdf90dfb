#include <boost/test/unit_test.hpp>

#include <vector>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

struct refused {
  const char* what;
  std::string text;
  const char* message; ///< how the error starts
};

const std::string nul("a,l\n1,x\n2\0,y\n", 14);

const std::vector<refused> cases{
  {"empty file", "", "x.csv:1: the file is empty"},
  {"empty lines only", "\n\r\n \n", "x.csv:3: the file is empty"},
  {"header only", "a,l\n", "x.csv:1: no rows after the header"},
  {"short row", "a,b,l\n1,2,x\n1,2\n",
   "x.csv:3: column 3 (l): missing, the row has 2 fields where the header has "
   "3"},
  {"long row", "a,b,l\n1,2,x\n1,2,3,y\n",
   "x.csv:3: column 4: the row has 4 fields where the header has 3"},
  {"word among numbers", "a,b,l\n1,2,x\n1,abc,y\n",
   "x.csv:3: column 2 (b): 'abc' is not a number"},
  {"number after words", "a,l\nabc,x\n5,y\n",
   "x.csv:2: column 1 (a): 'abc' is not a number"},
  {"blank inside a number", "a,l\n1,x\n1 2,y\n",
   "x.csv:3: column 1 (a): '1 2' is not a number"},
  {"thousands", "a;l\n", "x.csv:1: no feature is left"},
  {"infinity", "a,l\n1,x\ninf,y\n", "x.csv:3: column 1 (a): 'inf' is infinite"},
  {"infinity first", "a,l\n-Infinity,x\n1,y\n",
   "x.csv:2: column 1 (a): '-Infinity' is infinite"},
  {"signed nan", "a,l\n1,x\n-nan,y\n", "x.csv:3: column 1 (a): '-nan' is"},
  {"hexadecimal", "a,l\n0x1F,x\n1,y\n",
   "x.csv:2: column 1 (a): '0x1F' is infinite, hexadecimal"},
  {"hexadecimal only", "a,l\n0x1F,x\n0x2,y\n", "x.csv:2: column 1 (a): '0x1F'"},
  {"overflow", "a,l\n1,x\n1e39,y\n", "x.csv:3: column 1 (a): '1e39' is"},
  {"large overflow", "a,l\n1,x\n-1e999,y\n", "x.csv:3: column 1 (a): '-1e999'"},
  {"one class", "a,l\n1,x\n2,x\n",
   "x.csv:2: column 2 (l): all 2 rows have the class 'x'"},
  {"doubled name", "a,b,a,l\n1,2,3,x\n",
   "x.csv:1: column 3 (a): the name 'a' is already that of column 1"},
  {"no name", ",b,l\n1,2,x\n", "x.csv:1: column 1 (): has no name"},
  {"NUL", nul, "x.csv:3: column 1 (a): a NUL byte"},
  {"latin1", "a,l\n1,x\n2,\xE9\n",
   "x.csv:3: column 2 (l): text that is not UTF-8"},
  {"overlong UTF-8", "a,l\n1,\xC0\xAF\n", "x.csv:2: column 2 (l): text that"},
  {"surrogate", "a,l\n1,\xED\xA0\x80\n", "x.csv:2: column 2 (l): text that"},
  {"UTF-16", "\xFF\xFE\x61", "x.csv:1: the file is UTF-16"},
  {"carriage return", "a,l\r1,x\r2,y\r",
   "x.csv:1: column 2: a carriage return inside the line"},
  {"carriage return in a quoted line", "a,l\n\"1\",x\ry\n",
   "x.csv:2: column 2 (l): a carriage return inside the line"},
  {"open quote", "a,l\n1,\"x\n2,y\n",
   "x.csv:2: column 2 (l): a quote is opened and not closed"},
  {"quote inside", "a,l\n1,x\"y\n2,y\n",
   "x.csv:2: column 2 (l): a quote inside an unquoted field"},
  {"text after a quote", "a,l\n1,\"x\"y\n2,y\n",
   "x.csv:2: column 2 (l): text after the closing quote"},
  {"label alone", "l\nx\ny\n", "x.csv:1: no feature is left"},
};

std::string many_categories(int count, const char* column) {
  std::string text = column;
  for (int i = 0; i < count; ++i)
    text += "w" + std::to_string(i) + (i % 2 == 0 ? ",x\n" : ",y\n");
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(csv_refusals)

BOOST_AUTO_TEST_CASE(each_bad_file_is_refused_with_its_place) {
  for (const auto& c : cases) {
    auto message = refusal(c.text);
    BOOST_TEST(starts_with(message, c.message),
               c.what << ": \"" << message << "\" where \"" << c.message
                      << "\" is expected");
  }
}

BOOST_AUTO_TEST_CASE(a_line_over_its_limit_is_refused_and_one_at_it_is_not) {
  auto row = [](size_t length) {
    return "a,l\n1,x\n2," + std::string(length - 2, 'y') + "\n";
  };
  BOOST_TEST(refusal(row(65536)) == "");
  BOOST_TEST(starts_with(refusal(row(65537)),
                         "x.csv:3: the line is longer than 65536 bytes"));
  BOOST_TEST(starts_with(refusal(row(10'000'000)),
                         "x.csv:3: the line is longer than 65536 bytes"));
  table_options options;
  options.max_line = 70'000;
  BOOST_TEST(refusal(row(65537), options) == "");
  BOOST_TEST(starts_with(refusal("a,l\n1,\"" + std::string(70'000, 'x')),
                         "x.csv:2: column 2 (l): a quote is opened"));
}

BOOST_AUTO_TEST_CASE(a_thousand_categories_are_the_limit) {
  BOOST_TEST(refusal(many_categories(1000, "a,l\n")) == "");
  BOOST_TEST(
    starts_with(refusal(many_categories(1001, "a,l\n")),
                "x.csv:1002: column 1 (a): more than 1000 categories"));
  table_options options;
  options.label = "first";
  BOOST_TEST(starts_with(refusal(many_categories(1001, "l,a\n"), options),
                         "x.csv:1002: column 1 (l): more than 1000 classes"));
}

BOOST_AUTO_TEST_CASE(names_in_options_have_to_exist) {
  const auto* text = "alpha,beta,l\n1,2,x\n3,4,y\n";
  table_options options;
  options.label = "betta";
  BOOST_TEST(refusal(text, options)
             == "x.csv:1: no column 'betta' for --label; did you mean "
                "'beta'?");
  options.label = "something";
  BOOST_TEST(refusal(text, options)
             == "x.csv:1: no column 'something' for --label; the columns are "
                "alpha, beta, l");
  options.label = "last";
  options.drop = {"gamma"};
  BOOST_TEST(starts_with(refusal(text, options),
                         "x.csv:1: no column 'gamma' for --drop"));
  options.drop = {"l"};
  BOOST_TEST(starts_with(refusal(text, options),
                         "x.csv:1: column 3 (l): is the label and in --drop"));
  options.drop = {};
  options.text = {"delta"};
  BOOST_TEST(starts_with(refusal(text, options),
                         "x.csv:1: no column 'delta' for --text"));
}

BOOST_AUTO_TEST_CASE(a_column_without_any_value_is_refused) {
  table_options options;
  options.missing = missing_policy::mean;
  BOOST_TEST(starts_with(refusal("a,b,l\n1,,x\n2,NA,y\n", options),
                         "x.csv:1: column 2 (b): no row has a value"));
  options.missing = missing_policy::drop;
  BOOST_TEST(starts_with(refusal("a,b,l\n1,,x\n2,NA,y\n", options),
                         "x.csv:3: no row is left"));
}

BOOST_AUTO_TEST_CASE(the_number_of_classes_has_to_be_as_stated) {
  table_options options;
  options.classes = 3;
  BOOST_TEST(starts_with(refusal("a,l\n1,x\n2,y\n", options),
                         "x.csv:2: column 2 (l): 2 classes where --classes "
                         "says 3: 'x', 'y'"));
  options.classes = 2;
  BOOST_TEST(refusal("a,l\n1,x\n2,y\n", options) == "");
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused_before_any_read) {
  auto source = [](char*, size_t) -> size_t {
    BOOST_FAIL("read");
    return 0;
  };
  for (char delimiter : {'a', '5', '"', '\n', '.', '-', '\0', '\xE9'}) {
    table_options options;
    options.delimiter = delimiter;
    BOOST_CHECK_THROW(read_csv(source, options), std::invalid_argument);
  }
  table_options options;
  options.max_line = 0;
  BOOST_CHECK_THROW(read_csv(source, options), std::invalid_argument);
  options.max_line = 100;
  options.classes = 1;
  BOOST_CHECK_THROW(read_csv(source, options), std::invalid_argument);
  BOOST_CHECK_THROW(missing_policy_from("guess"), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(text_from_the_file_is_shown_without_its_control_bytes) {
  auto message = refusal("a,l\n1,x\n\x1b[31m" + std::string(100, 'z') + ",y\n");
  BOOST_TEST(message.find('\x1b') == std::string::npos);
  BOOST_TEST(message.size() < 200u);
}

BOOST_AUTO_TEST_SUITE_END()
