#include <models/data/idx_reader.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

#include "support.hpp"

using namespace models;
using namespace data_tests;

namespace {

std::string word(uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16),
          static_cast<char>(n >> 8), static_cast<char>(n)};
}

std::string idx(std::initializer_list<uint32_t> dimensions,
                const std::string& elements,
                char type = 8) {
  std::string file{0, 0, type, static_cast<char>(dimensions.size())};
  for (auto d : dimensions)
    file += word(d);
  return file + elements;
}

const std::string two_images = idx({2, 2, 3},
                                   std::string("\0\1\2\3\4\5"
                                               "\6\7\x8\x9\xA\xFF",
                                               12));
const std::string two_labels = idx({2}, std::string("\7\0", 2));

table read(const std::string& images,
           const std::string& labels,
           uint32_t classes = 0,
           const table_schema* known = nullptr) {
  idx_options options;
  options.images = "i.idx";
  options.labels = "l.idx";
  options.classes = classes;
  options.max_cells = 1000;
  return read_idx(memory_source(images),
                  labels.empty() ? byte_source{} : memory_source(labels),
                  options, known);
}

std::string refusal(const std::string& images,
                    const std::string& labels,
                    uint32_t classes = 0,
                    const table_schema* known = nullptr) {
  try {
    read(images, labels, classes, known);
  } catch (const data_error& e) {
    return e.what();
  }
  return "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(idx_reader)

BOOST_AUTO_TEST_CASE(images_and_labels_become_a_table) {
  for (const auto& t : {read(two_images, two_labels),
                        read(gzip(two_images), gzip(two_labels))}) {
    BOOST_TEST(t.rows == 2u);
    BOOST_TEST(t.schema.columns.size() == 6u);
    BOOST_TEST(t.schema.image[0] == 2u);
    BOOST_TEST(t.schema.image[1] == 3u);
    BOOST_TEST(t.values
                 == (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255}),
               boost::test_tools::per_element());
    BOOST_TEST(t.schema.classes == (std::vector<std::string>{"0", "7"}),
               boost::test_tools::per_element());
    BOOST_TEST(t.labels == (std::vector<int32_t>{1, 0}),
               boost::test_tools::per_element());
    BOOST_TEST(t.report.rows_read == 2u);
    BOOST_TEST(t.report.labels_path == "l.idx");
  }
}

BOOST_AUTO_TEST_CASE(images_alone_have_no_labels) {
  auto t = read(two_images, "");
  BOOST_TEST(t.labels.empty());
  BOOST_TEST(t.schema.classes.empty());
}

BOOST_AUTO_TEST_CASE(counts_that_differ_name_both_files) {
  BOOST_TEST(refusal(two_images, idx({3}, "\1\2\3"))
             == "i.idx and l.idx do not match: 2 images, 3 labels");
}

BOOST_AUTO_TEST_CASE(exchanged_files_are_recognised) {
  BOOST_TEST(refusal(two_labels, two_images)
             == "i.idx: rank 1, expected images of rank 3; are images and "
                "labels exchanged?");
}

BOOST_AUTO_TEST_CASE(each_bad_image_file_is_refused) {
  auto message = [](const std::string& images) {
    return refusal(images, two_labels);
  };
  BOOST_TEST(starts_with(message(""), "i.idx: not an IDX file"));
  BOOST_TEST(starts_with(message("P5 28 28"), "i.idx: not an IDX file"));
  BOOST_TEST(starts_with(message(two_images.substr(0, 10)),
                         "i.idx: not an IDX file: it ends after 10 bytes"));
  BOOST_TEST(
    starts_with(message(idx({2, 2, 3}, "", 13)), "i.idx: elements of type 13"));
  BOOST_TEST(starts_with(message(two_images.substr(0, 20)),
                         "i.idx: ends after 4 of 12 elements"));
  BOOST_TEST(starts_with(message(two_images + "x"),
                         "i.idx: bytes after the last of 12"));
  BOOST_TEST(starts_with(message(idx({0, 2, 3}, "")), "i.idx: no images"));
  BOOST_TEST(
    starts_with(message(idx({2, 0, 3}, "")), "i.idx: images of 0 x 3 pixels"));
}

BOOST_AUTO_TEST_CASE(a_header_that_claims_too_much_allocates_nothing) {
  BOOST_TEST(starts_with(
    refusal(idx({0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF}, ""), two_labels),
    "i.idx: 4294967295 images of 4294967295 x"));
  BOOST_TEST(starts_with(refusal(idx({200, 2, 3}, ""), two_labels),
                         "i.idx: 200 images of 2 x 3 pixels, more than"));
}

BOOST_AUTO_TEST_CASE(each_bad_label_file_is_refused) {
  auto message = [](const std::string& labels) {
    return refusal(two_images, labels);
  };
  BOOST_TEST(starts_with(message(idx({2}, "\1")), "l.idx: ends after 1 of 2"));
  BOOST_TEST(
    starts_with(message(two_labels + "x"), "l.idx: bytes after the last of 2"));
  BOOST_TEST(
    starts_with(message(idx({2}, "\1\1")), "l.idx: all 2 labels are 1"));
}

BOOST_AUTO_TEST_CASE(the_number_of_classes_has_to_be_as_stated) {
  BOOST_TEST(refusal(two_images, two_labels, 2) == "");
  BOOST_TEST(refusal(two_images, two_labels, 3)
             == "l.idx: 2 classes where --classes says 3");
  BOOST_CHECK_THROW(read(two_images, two_labels, 1), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(a_models_image_size_and_classes_are_kept) {
  auto schema = read(two_images, two_labels).schema;
  auto t = read(two_images, idx({2}, "\7\7"), 0, &schema);
  BOOST_TEST(t.labels == (std::vector<int32_t>{1, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(refusal(two_images, idx({2}, "\7\3"), 0, &schema)
             == "l.idx: label 3 is not a class of the model");
  BOOST_TEST(starts_with(refusal(idx({1, 1, 2}, "ab"), "", 0, &schema),
                         "i.idx: images of 1 x 2 pixels do not fit the model"));
}

BOOST_AUTO_TEST_SUITE_END()
