#include <models/data/idx_reader.hpp>
#include <models/data/pipeline.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

using floats = std::vector<float>;
using rows_t = std::vector<uint32_t>;

const std::string text = "day,n,c,l\n"
                         "tue,1,5,x\n"
                         "mon,3,5,y\n"
                         "tue,5,5,x\n"
                         "wed,1000,6,y\n";

table gaps(missing_policy policy) {
  table_options options;
  options.missing = policy;
  return read("d,n,l\nb,1,x\na,,y\n,2,x\nb,6,y\na,2,y\nc,100,x\n", options);
}

rows_t all_rows(const table& t) {
  rows_t rows(t.rows);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

floats row_of(const dataset& d, size_t row) {
  auto first = d.features.begin() + static_cast<long>(row * d.inputs);
  return {first, first + static_cast<long>(d.inputs)};
}

/// What `pipeline_from_json` refuses after `from` has become `to`.
std::string
refusal_of(std::string json, const std::string& from, const std::string& to) {
  auto at = json.find(from);
  BOOST_REQUIRE_MESSAGE(at != std::string::npos, from << " in " << json);
  json.replace(at, from.size(), to);
  try {
    pipeline_from_json(json);
  } catch (const data_error& e) {
    return e.what();
  }
  return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(pipelines)

BOOST_AUTO_TEST_CASE(numbers_are_standardised_by_the_training_rows_only) {
  auto t = read(text);
  auto p = fit_pipeline(t, rows_t{0, 1, 2}, scaling::standard);
  auto d = p.transform(t);
  auto deviation = std::sqrt(8.f / 3);
  BOOST_TEST(d.inputs == 5u);
  BOOST_TEST(
    d.feature_names
      == (std::vector<std::string>{"day=mon", "day=tue", "day=wed", "n", "c"}),
    boost::test_tools::per_element());
  BOOST_TEST(row_of(d, 0) == (floats{0, 1, 0, -2 / deviation, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(row_of(d, 3) == (floats{0, 0, 1, 997 / deviation, 1}),
             boost::test_tools::per_element()); // constant: deviation 1
  BOOST_TEST(d.labels == (std::vector<int32_t>{0, 1, 0, 1}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(some_rows_come_in_the_order_asked_for) {
  auto t = read(text);
  auto p = fit_pipeline(t, all_rows(t), scaling::none);
  auto d = p.transform(t, rows_t{3, 0});
  BOOST_TEST(row_of(d, 0) == (floats{0, 0, 1, 1000, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(d.labels == (std::vector<int32_t>{1, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(d.lines == (std::vector<uint64_t>{5, 2}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(standardised_digits_have_mean_0_and_deviation_1) {
  auto t = read_csv(
    file_source(std::string(LEPTON_SOURCE_DIR) + "/models/data/digits.csv"),
    {});
  auto d = fit_pipeline(t, all_rows(t), scaling::standard).transform(t);
  for (size_t i = 0; i < d.inputs; ++i) {
    double sum = 0;
    double squares = 0;
    for (size_t row = 0; row < d.rows; ++row) {
      double x = d.features[row * d.inputs + i];
      sum += x;
      squares += x * x;
    }
    auto count = static_cast<double>(d.rows);
    BOOST_TEST(std::abs(sum / count) < 1e-6);
    auto variance = t.schema.columns[i].constant ? 0.0 : 1.0;
    BOOST_TEST(std::abs(squares / count - variance) < 1e-5);
  }
}

BOOST_AUTO_TEST_CASE(gaps_are_filled_as_the_policy_says) {
  rows_t train{0, 1, 2, 3, 4};
  for (auto [policy, value] : {std::pair{missing_policy::mean, 2.75f},
                               {missing_policy::median, 2.f},
                               {missing_policy::mode, 2.f}}) {
    auto t = gaps(policy);
    auto p = fit_pipeline(t, train, scaling::none, policy);
    auto d = p.transform(t);
    BOOST_TEST(row_of(d, 1) == (floats{1, 0, 0, value}),
               boost::test_tools::per_element());
    BOOST_TEST(row_of(d, 2) == (floats{1, 0, 0, 2}), // a, of equals the first
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(the_median_of_an_even_count_is_the_middle) {
  auto t = gaps(missing_policy::median);
  auto p =
    fit_pipeline(t, rows_t{0, 3, 5, 1}, scaling::none, missing_policy::median);
  BOOST_TEST(p.fill[1] == 6.f);
  p = fit_pipeline(t, rows_t{0, 3}, scaling::none, missing_policy::median);
  BOOST_TEST(p.fill[1] == 3.5f);
}

BOOST_AUTO_TEST_CASE(extreme_values_stay_finite) {
  auto t = read("a,b,l\n3e38,1e-45,x\n-3e38,3e-45,y\n3e38,1e-45,x\n");
  auto d = fit_pipeline(t, all_rows(t), scaling::standard).transform(t);
  for (auto x : d.features)
    BOOST_TEST(std::isfinite(x));
}

BOOST_AUTO_TEST_CASE(a_value_beyond_float_once_scaled_is_refused) {
  auto t = read("a,l\n1e-20,x\n2e-20,y\n3e38,x\n");
  auto p = fit_pipeline(t, rows_t{0, 1}, scaling::standard);
  BOOST_CHECK_EXCEPTION(p.transform(t), data_error, [](const data_error& e) {
    return starts_with(e.what(), "x.csv:4: column a: a value too large");
  });
}

BOOST_AUTO_TEST_CASE(images_are_divided_by_255) {
  std::string images{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2};
  images += std::string("\xFF\x33", 2);
  auto t = read_idx(memory_source(images), {}, {});
  auto p = fit_pipeline(t, all_rows(t), scaling::divide255);
  BOOST_TEST(p.transform(t).features == (floats{1, 0.2f}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(json_brings_it_back_to_the_bit) {
  for (auto scale : {scaling::none, scaling::standard, scaling::divide255,
                     scaling::minmax, scaling::robust, scaling::largest}) {
    auto t = gaps(missing_policy::mean);
    auto p = fit_pipeline(t, rows_t{0, 1, 2, 3}, scale, missing_policy::mean);
    auto q = pipeline_from_json(to_json(p));
    BOOST_TEST(to_json(q) == to_json(p));
    BOOST_TEST((q.schema.layout == p.schema.layout));
    BOOST_TEST((q.steps.missing == p.steps.missing));
    BOOST_TEST(q.transform(t).features == p.transform(t).features,
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(json_that_does_not_fit_is_refused_by_field) {
  auto t = gaps(missing_policy::mean);
  auto json = to_json(
    fit_pipeline(t, all_rows(t), scaling::standard, missing_policy::mean));
  BOOST_TEST(pipeline_from_json(json).inputs() == 4u);
  const std::vector<std::array<std::string, 3>> cases{
    {"{", "", "pipeline: not JSON"},
    {R"("version":2)", R"("version":1)", "pipeline: version 1; this build"},
    {R"("version":2)", R"("version":"2")", "pipeline: field 'version'"},
    {R"("version":2)", R"("version":2,"extra":0)",
     "pipeline: it has an unknown field 'extra'"},
    {R"("scale":"standard")", R"("scale":"magic")",
     "pipeline: field 'scale': scale: 'magic' is none of"},
    {R"("missing":"mean")", R"("missing":3)",
     "pipeline: field 'missing' has the wrong type"},
    {R"("divisor":[1.0)", R"("divisor":[0.0)",
     "pipeline: field 'divisor' holds a value"},
    {R"("divisor":[1.0)", R"("divisor":[-1.0)",
     "pipeline: field 'divisor' holds a value"},
    {R"("divisor":[1.0)", R"("divisor":[1e999)", "pipeline: not JSON"},
    {R"("divisor":[1.0)", R"("divisor":[1e300)",
     "pipeline: field 'divisor' holds more"},
    {R"("divisor":[1.0)", R"("divisor":[1.0,1.0)",
     "pipeline: field 'divisor' is no array"},
    {R"("shift":[0.0)", R"("shift":["a")",
     "pipeline: field 'shift' holds more"},
    {R"(["a","b","c"])", R"(["a","a","c"])",
     "pipeline: column 'd': categories"},
    {R"(["a","b","c"])", R"(["b","a","c"])",
     "pipeline: column 'd': categories"},
    {R"("fill":0.0)", R"("fill":7.0)", "pipeline: column 'd': fill is not"},
    {R"("fill":0.0)", R"("fill":true)", "pipeline: field 'fill' is no number"},
    {R"("kind":"text")", R"("kind":"number")",
     "pipeline: column 'd': a number"},
    {R"("name":"d")", R"("name":"n")", "pipeline: names of columns are not"},
    {R"("role":"label")", R"("role":"feature")", "pipeline: the layout does"},
    {R"(["x","y"])", R"(["x","x"])", "pipeline: classes are not unique"},
    {R"("image":[0,0])", R"("image":[2,2])", "pipeline: field 'image' does"},
    {R"("image":[0,0])", R"("image":[-1,0])", "pipeline: field 'image' does"},
    {R"("named":true)", R"("named":"yes")", "pipeline: field 'named' has"},
  };
  for (const auto& [from, to, message] : cases) {
    auto refusal = refusal_of(json, from, to);
    BOOST_TEST(starts_with(refusal, message),
               to << ": \"" << refusal << "\", expected \"" << message << '"');
  }
}

BOOST_AUTO_TEST_CASE(a_row_by_hand_is_encoded_as_in_the_file) {
  auto t = read(text);
  auto p = fit_pipeline(t, all_rows(t), scaling::standard);
  auto expected = row_of(p.transform(t), 1);
  BOOST_TEST(p.transform_row(std::vector<cell>{"mon", "3", 5.0}) == expected,
             boost::test_tools::per_element());
  auto refusal = [&](std::vector<cell> row) -> std::string {
    try {
      p.transform_row(row);
    } catch (const data_error& e) {
      return e.what();
    }
    return "";
  };
  BOOST_TEST(refusal({"mon", 3.0}) == "2 values where the model needs 3");
  BOOST_TEST(refusal({"sun", 3.0, 5.0})
             == "value 1 (day): 'sun' is a category that the model has not "
                "seen");
  BOOST_TEST(refusal({"mon", "abc", 5.0})
             == "value 2 (n): 'abc' is not a number");
  BOOST_TEST(refusal({"mon", "", 5.0}) == "value 2 (n): is missing");
  BOOST_TEST(starts_with(refusal({"mon", 1e300, 5.0}), "value 2 (n): "));
  BOOST_TEST(starts_with(refusal({"mon", NAN, 5.0}), "value 2 (n): "));
  BOOST_TEST(starts_with(refusal({1.0, 1.0, 5.0}), "value 1 (day): "));
}

BOOST_AUTO_TEST_CASE(rows_of_numbers_are_encoded_as_in_the_file) {
  auto t = read("a,b,l\n1,2,x\n3,5,y\n");
  auto p = fit_pipeline(t, all_rows(t), scaling::standard);
  floats out(4);
  p.transform_numbers(t.values, 2, out);
  BOOST_TEST(out == p.transform(t).features, boost::test_tools::per_element());
  BOOST_CHECK_THROW(p.transform_numbers(t.values, 1, out),
                    std::invalid_argument);
  floats gap{1, NAN, 3, 4};
  BOOST_CHECK_THROW(p.transform_numbers(gap, 2, out), data_error);
  floats infinite{1, std::numeric_limits<float>::infinity(), 3, 4};
  BOOST_CHECK_THROW(p.transform_numbers(infinite, 2, out), data_error);
}

BOOST_AUTO_TEST_CASE(other_tables_and_rows_are_refused) {
  auto t = read(text);
  auto p = fit_pipeline(t, all_rows(t), scaling::none);
  BOOST_CHECK_THROW(p.transform(read("a,l\n1,x\n2,y\n")),
                    std::invalid_argument);
  BOOST_CHECK_THROW(p.transform(t, rows_t{4}), std::invalid_argument);
  BOOST_CHECK_THROW(fit_pipeline(t, rows_t{}, scaling::none),
                    std::invalid_argument);
  BOOST_CHECK_THROW(fit_pipeline(t, rows_t{4}, scaling::none),
                    std::invalid_argument);
  BOOST_CHECK_THROW(p.transform(read("day,n,c,l\nsat,1,5,x\ntue,1,5,y\n")),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_later_file_is_read_as_the_training_file_was) {
  auto t = read(text);
  auto p = pipeline_from_json(
    to_json(fit_pipeline(t, all_rows(t), scaling::standard)));
  auto later = read("l,c,n,day\ny,5,3,mon\n", {}, &p.schema);
  BOOST_TEST(row_of(p.transform(later), 0) == row_of(p.transform(t), 1),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
