#include <models/core/error.hpp>
#include <models/io/safetensors.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace models;

namespace {

std::string file(const std::string& header, const std::string& data = "") {
  std::string length;
  for (int i = 0; i < 8; ++i)
    length += static_cast<char>(header.size() >> 8 * i);
  return length + header + data;
}

std::string refusal(const std::string& bytes) {
  try {
    read_safetensors(bytes, "m");
  } catch (const data_error& e) {
    return e.what();
  }
  return "";
}

tensor_map sample() {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  tensor_map tensors;
  tensors["weights"] = make_tensor({2, 3}, values);
  tensors["empty"] = {dtype::i64, {0, 5}, {}};
  tensors["bytes"] = {dtype::u8, {3}, std::vector<std::byte>(3)};
  tensors["double"] = {dtype::f64, {}, std::vector<std::byte>(8)};
  tensors["ints"] = {dtype::i32, {1}, std::vector<std::byte>(4)};
  return tensors;
}

struct refused {
  const char* what;
  std::string bytes;
  const char* message;
};

const std::string four(4, 'x');
const std::string eight(8, 'x');

const std::vector<refused> cases{
  {"nothing", "", "m: not a safetensors file: only 0 bytes"},
  {"seven bytes", "1234567", "m: not a safetensors file: only 7 bytes"},
  {"huge header", std::string(8, '\xFF') + "{}",
   "m: not a safetensors file, or cut off: a header of 18446744073709551615"},
  {"cut header", file("{}").substr(0, 9),
   "m: not a safetensors file, or cut off: a header of 2 bytes in a file of 9"},
  {"no JSON", file("{"), "m: the header is not a JSON object"},
  {"array", file("[]"), "m: the header is not a JSON object"},
  {"leading blank", file(" {}"), "m: the header is not a JSON object"},
  {"two objects", file("{}{}"), "m: the header is not a JSON object"},
  {"deep", file("{\"a\":" + std::string(10'000, '[')),
   "m: the header is nested too deeply"},
  {"bytes without tensor", file("{}", "x"), "m: 1 bytes after the last tensor"},
  {"surplus byte",
   file(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", four + "x"),
   "m: 1 bytes after the last tensor"},
  {"short data",
   file(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})", "xxx"),
   "m: tensor 'a': data_offsets [0, 4] do not lie in the file's 3 bytes"},
  {"unknown type",
   file(R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", four),
   "m: tensor 'a': type 'F16' is none of"},
  {"shape and bytes",
   file(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", four),
   "m: tensor 'a': shape [2] of F32 needs 8 bytes, data_offsets give 4"},
  {"shape overflow",
   file(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],)"
        R"("data_offsets":[0,4]}})",
        four),
   "m: tensor 'a': shape [4294967296, 4294967296] is too large"},
  {"negative shape",
   file(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", four),
   "m: tensor 'a': shape holds more than natural numbers"},
  {"fraction",
   file(R"({"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}})", four),
   "m: tensor 'a': shape holds more than natural numbers"},
  {"reversed offsets",
   file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", four),
   "m: tensor 'a': data_offsets [4, 0]"},
  {"three offsets",
   file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}})", four),
   "m: tensor 'a': data_offsets [0, 4, 4]"},
  {"hole",
   file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight),
   "m: tensor 'a': leaves a hole before it at byte 0"},
  {"overlap",
   file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
        R"("b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}})",
        eight),
   "m: tensor 'b': overlaps another tensor at byte 3"},
  {"same bytes twice",
   file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
        R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
        four),
   "m: tensor 'b': overlaps"},
  {"doubled tensor",
   file(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
        R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})"),
   "m: the name 'a' occurs twice"},
  {"doubled field",
   file(R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],)"
        R"("data_offsets":[0,0]}})"),
   "m: the name 'dtype' occurs twice"},
  {"unknown field",
   file(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":1}})"),
   "m: tensor 'a': expected dtype, shape and data_offsets, and nothing"},
  {"missing field", file(R"({"a":{"dtype":"U8","shape":[0]}})"),
   "m: tensor 'a': expected dtype"},
  {"tensor is a number", file(R"({"a":1})"), "m: tensor 'a': expected dtype"},
  {"metadata not an object", file(R"({"__metadata__":1})"),
   "m: __metadata__ is not an object"},
  {"metadata not a string", file(R"({"__metadata__":{"a":1}})"),
   "m: __metadata__ 'a' is not a string"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(safetensors_files)

BOOST_AUTO_TEST_CASE(what_is_written_is_read_again) {
  auto tensors = sample();
  std::map<std::string, std::string> metadata{{"kind", "x"}, {"e", "\"\n"}};
  auto bytes = write_safetensors(views_of(tensors), metadata);
  auto result = read_safetensors(bytes);
  BOOST_TEST((result.tensors == tensors));
  BOOST_TEST((result.metadata == metadata));
  BOOST_TEST(write_safetensors(views_of(result.tensors), result.metadata)
             == bytes);
  BOOST_TEST(result.tensors["weights"].f32()[5] == 6.f);
  BOOST_CHECK_THROW(result.tensors["ints"].f32(), std::invalid_argument);
}

// The format's own layout, so that other programs can read it.
BOOST_AUTO_TEST_CASE(the_bytes_are_those_of_the_format) {
  tensor_map tensors;
  tensors["a"] = {dtype::u8, {2}, {std::byte{'h'}, std::byte{'i'}}};
  auto bytes = write_safetensors(views_of(tensors));
  std::string header =
    R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}})";
  header.append((8 - header.size() % 8) % 8, ' ');
  BOOST_TEST(bytes == file(header, "hi"));
}

BOOST_AUTO_TEST_CASE(elements_are_aligned_in_the_file) {
  auto bytes = write_safetensors(views_of(sample()));
  auto data = bytes.size() - (8 + 24 + 4 + 3);
  BOOST_TEST(data % 8 == 0u);
  BOOST_TEST(bytes.find(R"("double":{"dtype":"F64","shape":[],"data_offsets":)"
                        "[0,8]")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_without_tensors_is_valid) {
  BOOST_TEST(read_safetensors(write_safetensors({})).tensors.empty());
  BOOST_TEST(refusal(file("{}    ")) == "");
}

BOOST_AUTO_TEST_CASE(each_bad_file_is_refused) {
  for (const auto& c : cases) {
    auto message = refusal(c.bytes);
    BOOST_TEST(message.starts_with(c.message), c.what << ": \"" << message
                                                      << "\", expected \""
                                                      << c.message << '"');
  }
}

BOOST_AUTO_TEST_CASE(no_prefix_of_a_file_is_a_file) {
  auto bytes = write_safetensors(views_of(sample()), {{"a", "b"}});
  for (size_t size = 0; size < bytes.size(); ++size)
    BOOST_TEST(refusal(bytes.substr(0, size)) != "", size << " bytes");
}

BOOST_AUTO_TEST_CASE(tensors_that_cannot_be_written_are_refused) {
  auto write = [](const std::string& name, std::vector<uint64_t> shape) {
    static const std::vector<float> values{1, 2};
    tensor_views views;
    views[name] = {dtype::f32, std::move(shape),
                   std::as_bytes(std::span(values))};
    return write_safetensors(views);
  };
  BOOST_CHECK_THROW(write("w", {3}), std::invalid_argument);
  BOOST_CHECK_THROW(write("__metadata__", {2}), std::invalid_argument);
  BOOST_CHECK_THROW(write("\xFF", {2}), std::invalid_argument);
  BOOST_TEST(!write("w", {2}).empty());
}

BOOST_AUTO_TEST_SUITE_END()
