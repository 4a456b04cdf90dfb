#include <models/data/csv_reader.hpp>
#include <models/data/idx_reader.hpp>
#include <models/data/image_steps.hpp>
#include <models/data/preparation.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "support.hpp"

// Reference values: tests/models/reference/preparation.py

using namespace models;
using namespace data_tests;

namespace {

using floats = std::vector<float>;

table shipped(const std::string& name) {
  return read_csv(
    file_source(std::string(LEPTON_SOURCE_DIR) + "/models/data/" + name), {});
}

std::vector<uint32_t> first_rows(uint32_t n) {
  std::vector<uint32_t> rows(n);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

/// Inputs of row 500 of breast_cancer.csv, fitted on the first 400.
floats cancer_row(const preparation& steps) {
  auto t = shipped("breast_cancer.csv");
  auto p = fit_pipeline(t, first_rows(400), steps);
  return p.transform(t, std::vector<uint32_t>{500}).features;
}

void check_close(const floats& values,
                 const std::vector<double>& expected,
                 double tolerance) {
  BOOST_REQUIRE(values.size() >= expected.size());
  for (size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST(std::abs(values[i] - expected[i])
                 < tolerance * std::max(1.0, std::abs(expected[i])),
               "value " << i << ": " << values[i] << ", expected "
                        << expected[i]);
}

floats digit(size_t row) {
  auto t = shipped("digits.csv");
  auto first = t.values.begin() + static_cast<long>(row * 64);
  return {first, first + 64};
}

floats rows_2_and_3(const floats& image) {
  return {image.begin() + 16, image.begin() + 32};
}

/// Two classes of images of 3 x 4 pixels, as the bytes of IDX files.
table small_images() {
  std::string images{0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 4};
  std::string labels{0, 0, 8, 1, 0, 0, 0, 4};
  for (int i = 0; i < 4; ++i) {
    std::string image(12, '\0');
    image[static_cast<size_t>(i)] = static_cast<char>(100);
    image[static_cast<size_t>(i) + 4] = static_cast<char>(50 + i);
    images += image;
    labels += static_cast<char>(i % 2);
  }
  return read_idx(memory_source(images), memory_source(labels), {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(preparation_steps)

BOOST_AUTO_TEST_CASE(scaling_is_that_of_scikit_learn) {
  check_close(cancer_row({scaling::standard}),
              {0.201124749, -0.537528666, 0.219685038, 0.0453495739,
               0.136380068, 0.539090648},
              1e-6);
  check_close(cancer_row({scaling::minmax}),
              {0.381418892, 0.237740955, 0.379655883, 0.231755476, 0.441902881,
               0.358935027},
              1e-6);
  check_close(cancer_row({scaling::robust}),
              {0.347581593, -0.329214605, 0.358683112, 0.332232433, 0.102003727,
               0.611657059},
              1e-6);
}

BOOST_AUTO_TEST_CASE(images_of_few_shades_are_divided_by_their_largest_value) {
  auto params = complete(preparation_parameters(), nlohmann::json::object());
  auto scale_of = [&](char brightest) {
    std::string images{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2};
    images += {brightest, 8};
    auto t = read_idx(memory_source(images), {}, {});
    return fit_pipeline(t, first_rows(1), preparation_from(params, t))
      .transform(t)
      .features;
  };
  BOOST_TEST(scale_of(16) == (floats{1, 0.5f}),
             boost::test_tools::per_element());
  BOOST_TEST(scale_of(64) == (floats{64 / 255.f, 8 / 255.f}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_constant_column_becomes_0_under_every_scaling) {
  auto t = read("a,b,l\n7,1,x\n7,2,y\n7,4,x\n");
  for (auto scale : {scaling::standard, scaling::minmax, scaling::robust}) {
    auto d = fit_pipeline(t, first_rows(3), scale).transform(t);
    for (size_t row = 0; row < 3; ++row)
      BOOST_TEST(d.features[row * 2] == 0.f);
  }
}

BOOST_AUTO_TEST_CASE(principal_components_are_those_of_scikit_learn) {
  auto t = shipped("breast_cancer.csv");
  preparation steps{scaling::standard};
  steps.pca = 5;
  auto p = fit_pipeline(t, first_rows(400), steps);
  BOOST_TEST(p.inputs() == 5u);
  BOOST_TEST(p.feature_names().back() == "component 5");
  check_close({p.projection.variance.begin(), p.projection.variance.end()},
              {13.4244219, 5.74936621, 3.02204551, 1.74018428, 1.59514533},
              1e-6);
  BOOST_TEST(std::abs(p.projection.kept() - 0.848911177) < 1e-6);
  check_close(
    p.transform(t, std::vector<uint32_t>{500}).features,
    {-0.888538035, -0.798398761, -0.377896836, -0.942583925, -1.07462631},
    1e-6);
}

BOOST_AUTO_TEST_CASE(all_components_keep_distances_between_rows) {
  auto t = shipped("breast_cancer.csv");
  preparation steps{scaling::standard};
  auto whole = fit_pipeline(t, first_rows(100), steps).transform(t);
  steps.pca = 30;
  auto turned = fit_pipeline(t, first_rows(100), steps).transform(t);
  auto distance = [](const dataset& d, size_t a, size_t b) {
    double sum = 0;
    for (size_t i = 0; i < d.inputs; ++i) {
      auto x = d.features[a * d.inputs + i] - d.features[b * d.inputs + i];
      sum += x * x;
    }
    return std::sqrt(sum);
  };
  for (size_t row = 1; row < t.rows; row += 50)
    BOOST_TEST(std::abs(distance(whole, 0, row) - distance(turned, 0, row))
               < 1e-4);
}

BOOST_AUTO_TEST_CASE(images_are_deskewed_as_by_scipys_affine_transform) {
  floats out(64);
  deskew(digit(1), {8, 8}, out);
  check_close(rows_2_and_3(out),
              {0, 0, 2.89291447, 14.5716579, 15.9643048, 6.35695177,
               0.214171064, 0, 0, 6.90974219, 14.8968482, 15.987106, 16,
               2.18051561, 0.0257879444, 0},
              1e-5);
  deskew(digit(1000), {8, 8}, out);
  check_close(rows_2_and_3(out),
              {0, 0, 0, 4.23767462, 12.7892358, 6.97308955, 0, 0, 0, 0, 0,
               6.30882874, 13.8676494, 7.39705172, 0.426470115, 0},
              1e-5);
}

BOOST_AUTO_TEST_CASE(images_are_centred_as_by_scipys_shift) {
  auto image = digit(1);
  floats moved(64);
  for (size_t y = 0; y < 8; ++y)
    for (size_t x = 0; x < 8; ++x)
      moved[(y + 2) % 8 * 8 + (x + 6) % 8] = image[y * 8 + x];
  floats out(64);
  center(moved, {8, 8}, out);
  check_close(rows_2_and_3(out),
              {0, 0, 0, 12, 13, 5, 0, 0, 0, 0, 0, 11, 16, 9, 0, 0}, 1e-6);
}

BOOST_AUTO_TEST_CASE(an_image_without_ink_stays_empty) {
  floats empty(12, 0.f);
  floats out(12, 7.f);
  deskew(empty, {3, 4}, out);
  BOOST_TEST(out == empty, boost::test_tools::per_element());
  out.assign(12, 7.f);
  center(empty, {3, 4}, out);
  BOOST_TEST(out == empty, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(image_steps_need_images) {
  auto t = read("a,b,l\n1,2,x\n3,4,y\n");
  preparation steps;
  steps.center = true;
  BOOST_CHECK_THROW(fit_pipeline(t, first_rows(2), steps),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(more_components_than_rows_or_inputs_are_refused) {
  auto t = read("a,b,c,l\n1,2,0,x\n3,4,1,y\n");
  preparation steps;
  for (uint32_t components : {3u, 4u}) {
    steps.pca = components;
    BOOST_CHECK_THROW(fit_pipeline(t, first_rows(2), steps),
                      std::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(every_step_survives_json_to_the_bit) {
  auto t = small_images();
  preparation steps{scaling::robust};
  steps.deskew = steps.center = true;
  steps.pca = 3;
  auto p = fit_pipeline(t, first_rows(4), steps);
  auto q = pipeline_from_json(to_json(p));
  BOOST_TEST(to_json(q) == to_json(p));
  BOOST_TEST(q.transform(t).features == p.transform(t).features,
             boost::test_tools::per_element());
  floats out(4 * 3);
  q.transform_numbers(t.values, 4, out);
  BOOST_TEST(out == p.transform(t).features, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(damaged_components_are_refused_by_field) {
  auto t = read("a,b,l\n1,2,x\n3,4,y\n4,7,y\n");
  preparation steps;
  steps.pca = 1;
  auto good =
    nlohmann::json::parse(to_json(fit_pipeline(t, first_rows(3), steps)));
  auto refusal_of = [&](const char* field, nlohmann::json value) {
    auto bad = good;
    bad["pca"][field] = std::move(value);
    try {
      pipeline_from_json(bad.dump());
    } catch (const data_error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  BOOST_TEST(refusal_of("outputs", 3).find("'outputs'") != std::string::npos);
  BOOST_TEST(refusal_of("outputs", -1).find("'outputs'") != std::string::npos);
  BOOST_TEST(refusal_of("outputs", 2).find("'components'")
             != std::string::npos);
  BOOST_TEST(refusal_of("mean", "AAAA").find("'mean'") != std::string::npos);
  BOOST_TEST(refusal_of("mean", std::string(24, '!')).find("'mean'")
             != std::string::npos);
  BOOST_TEST(refusal_of("total_variance", "x").find("'total_variance'")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_done_is_said_in_words) {
  auto t = read("day,n,c,l\ntue,1,5,x\nmon,3,5,y\ntue,5,5,x\n");
  preparation steps{scaling::robust};
  steps.pca = 2;
  auto lines = steps_in_words(fit_pipeline(t, first_rows(3), steps));
  BOOST_TEST(lines.size() == 3u);
  BOOST_TEST(lines[0] == "2 columns scaled by median and quartiles");
  BOOST_TEST(lines[1] == "1 text column made 2 inputs of zeros and ones");
  BOOST_TEST(lines[2].starts_with("projected on 2 principal components"));
  BOOST_TEST(lines[2].ends_with("% of the variance"));
}

BOOST_AUTO_TEST_CASE(the_report_is_kept_as_json) {
  table_options options;
  options.missing = missing_policy::median;
  auto t = read("d,n,c,l\na,1,5,x\nb,,5,y\na,1,5,x\na,2,5,\n", options);
  auto report = to_json(t.report);
  BOOST_TEST(report["rows_read"] == 4);
  BOOST_TEST(report["rows_dropped"] == 1); // its label is missing
  BOOST_TEST(report["duplicates"] == 1);
  BOOST_TEST(report["duplicate_line"] == 4);
  BOOST_TEST(report["duplicate_of_line"] == 2);
  BOOST_TEST(report["filled"].dump() == R"({"n":1})");
  BOOST_TEST(report["missing"] == "median");
  BOOST_TEST(report["constant"].dump() == R"(["c"])");
  BOOST_TEST(report["text"].dump() == R"({"d":2})");
}

BOOST_AUTO_TEST_SUITE_END()
