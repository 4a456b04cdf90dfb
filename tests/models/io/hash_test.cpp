#include <models/io/sha256.hpp>
#include <models/io/tensor.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace models;

namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  auto part = std::as_bytes(std::span(text));
  return {part.begin(), part.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(hashes)

// FIPS 180-2, appendix B.
BOOST_AUTO_TEST_CASE(sha256_gives_the_known_answers) {
  BOOST_TEST(
    sha256_hex("abc")
    == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(
    sha256_hex("")
    == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  sha256 parts;
  parts.update("a");
  parts.update("bc");
  BOOST_TEST(parts.finish_hex() == sha256_hex("abc"));
}

// By hand, in a shell: { printf 'a\0F32\0\x02\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0';
// printf '\0\0\x80\x3f\0\0\0\xc0b\0U8\0\x03\0\0\0\0\0\0\0abc'; } | sha256sum
BOOST_AUTO_TEST_CASE(weights_are_hashed_by_name_type_shape_and_bytes) {
  const std::vector<float> values{1.f, -2.f};
  tensor_map tensors;
  tensors["b"] = {dtype::u8, {3}, bytes_of("abc")};
  tensors["a"] = make_tensor({2, 1}, values);
  BOOST_TEST(
    weights_sha256(tensors)
    == "ed07d69e3e166f528c41ea22b82e1f8d43502c9d1fcac6c8f779db0d1ab37f0f");
}

// printf 's\0I64\0\x07\0\0\0\0\0\0\0' | sha256sum
BOOST_AUTO_TEST_CASE(a_scalar_has_no_shape_to_hash) {
  tensor_map tensors;
  tensors["s"] = {dtype::i64, {}, bytes_of({"\7\0\0\0\0\0\0\0", 8})};
  BOOST_TEST(
    weights_sha256(tensors)
    == "585acac54307bb0087b91f3f5767fb16de1d099ae39cdb3b5f89f9022da776b8");
}

BOOST_AUTO_TEST_CASE(each_part_of_a_tensor_changes_the_hash) {
  const std::vector<float> values{1.f, -2.f};
  auto hash = [&](const char* name, std::vector<uint64_t> shape, dtype type) {
    tensor_views views;
    views[name] = {type, std::move(shape), std::as_bytes(std::span(values))};
    return weights_sha256(views);
  };
  auto reference = hash("w", {2}, dtype::f32);
  BOOST_TEST(hash("w", {2}, dtype::f32) == reference);
  BOOST_TEST(hash("v", {2}, dtype::f32) != reference);
  BOOST_TEST(hash("w", {1, 2}, dtype::f32) != reference);
  BOOST_TEST(hash("w", {2}, dtype::i32) != reference);
  BOOST_CHECK_THROW(hash("w", {3}, dtype::f32), std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_refused) {
  constexpr auto large = uint64_t{1} << 32;
  std::vector<uint64_t> shape{large, large};
  BOOST_CHECK_THROW(byte_size(dtype::f32, shape), std::invalid_argument);
  shape.push_back(0);
  BOOST_CHECK_THROW(byte_size(dtype::f32, shape), std::invalid_argument);
  BOOST_TEST(byte_size(dtype::f64, std::vector<uint64_t>{3, 0}) == 0u);
  BOOST_TEST(byte_size(dtype::f64, {}) == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
