#include <actors/link/frame.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace actors::link;

namespace {

/// What a decoder gave, pieces of CAF joined.
struct receiver {
  std::vector<std::pair<control_kind, std::string>> control;
  std::string caf;
  std::vector<std::string> bulk;

  frame_sink sink() {
    return {[this](control_kind kind, std::string_view x) {
              control.emplace_back(kind, x);
            },
            [this](std::string_view x) { caf += x; },
            [this](std::string x) { bulk.push_back(std::move(x)); }};
  }
};

std::string frame(channel which, uint8_t kind, std::string_view payload) {
  std::string out;
  append_header(out, which, kind, payload.size());
  return out += payload;
}

std::string length_of(uint32_t n) {
  std::string out;
  append_u32(out, n);
  return out;
}

/// The error of a fresh, open decoder that is given `bytes` after each other.
frame_error error_of(const std::string& bytes) {
  receiver got;
  frame_decoder decoder;
  decoder.open();
  return decoder.feed(bytes, got.sink());
}

/// Frames of every sort, and what they say.
std::string stream_of_all() {
  return control_frame(control_kind::ping, "12345678")
         + frame(channel::caf, 0, "ab")
         + frame(channel::bulk, 1, length_of(5) + "he")
         + control_frame(control_kind::message, "")
         + frame(channel::bulk, 0, "llo") + frame(channel::caf, 0, "")
         + frame(channel::caf, 0, "cd") + frame(channel::bulk, 1, length_of(2))
         + frame(channel::bulk, 0, "") + frame(channel::bulk, 0, "ok");
}

void check_all(const receiver& got) {
  BOOST_REQUIRE_EQUAL(got.control.size(), 2u);
  BOOST_TEST((got.control[0].first == control_kind::ping));
  BOOST_TEST(got.control[0].second == "12345678");
  BOOST_TEST((got.control[1].first == control_kind::message));
  BOOST_TEST(got.control[1].second.empty());
  BOOST_TEST(got.caf == "abcd");
  BOOST_TEST(got.bulk == (std::vector<std::string>{"hello", "ok"}),
             boost::test_tools::per_element());
}

} // namespace

BOOST_AUTO_TEST_SUITE(link_frames)

BOOST_AUTO_TEST_CASE(frames_come_out_as_they_went_in) {
  receiver got;
  frame_decoder decoder;
  decoder.open();
  BOOST_TEST((decoder.feed(stream_of_all(), got.sink()) == frame_error::none));
  check_all(got);
  BOOST_TEST(decoder.held() == 0u);
}

BOOST_AUTO_TEST_CASE(any_split_of_the_bytes_gives_the_same_frames) {
  auto seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random{seed};
    auto bytes = stream_of_all();
    for (auto round = 0; round < 500; ++round) {
      receiver got;
      frame_decoder decoder;
      decoder.open();
      // round 0 gives single bytes
      std::uniform_int_distribution<size_t> length(1, round == 0 ? 1 : 20);
      for (size_t at = 0; at < bytes.size();) {
        auto piece = bytes.substr(at, length(random));
        BOOST_REQUIRE((decoder.feed(piece, got.sink()) == frame_error::none));
        at += piece.size();
      }
      check_all(got);
    }
  }
}

BOOST_AUTO_TEST_CASE(garbage_is_told_by_its_first_byte) {
  BOOST_TEST((error_of("G") == frame_error::no_frame));
  BOOST_TEST((error_of("GET / HTTP/1.1\r\n") == frame_error::no_frame));
  BOOST_TEST((error_of({"L\1\3\1\0\0\0\0", 8}) == frame_error::no_frame));
}

BOOST_AUTO_TEST_CASE(unknown_channels_and_kinds_are_refused) {
  BOOST_TEST(
    (error_of(frame(channel{0}, 0, {})) == frame_error::unknown_channel));
  BOOST_TEST(
    (error_of(frame(channel{4}, 0, {})) == frame_error::unknown_channel));
  BOOST_TEST(
    (error_of(frame(channel::control, 0, {})) == frame_error::unknown_kind));
  BOOST_TEST(
    (error_of(frame(channel::control, 7, {})) == frame_error::unknown_kind));
  BOOST_TEST(
    (error_of(frame(channel::caf, 1, "x")) == frame_error::unknown_kind));
  BOOST_TEST(
    (error_of(frame(channel::bulk, 2, "x")) == frame_error::unknown_kind));
}

BOOST_AUTO_TEST_CASE(a_huge_length_is_refused_with_its_header) {
  for (auto which : {channel::control, channel::caf, channel::bulk}) {
    std::string header;
    append_header(header, which, which == channel::bulk ? 1 : 0, 0xffffffff);
    if (which == channel::control)
      header[2] = 3;
    BOOST_TEST((error_of(header) == frame_error::too_long));
  }
  auto message = frame(channel::bulk, 1, length_of(max_bulk_message + 1));
  BOOST_TEST((error_of(message) == frame_error::too_long));
}

BOOST_AUTO_TEST_CASE(bulk_that_does_not_add_up_is_refused) {
  auto begin = frame(channel::bulk, 1, length_of(4) + "ab");
  BOOST_TEST(
    (error_of(frame(channel::bulk, 0, "x")) == frame_error::out_of_order));
  BOOST_TEST((error_of(begin + begin) == frame_error::out_of_order));
  BOOST_TEST((error_of(begin + frame(channel::bulk, 0, "cde"))
              == frame_error::too_long));
  BOOST_TEST((error_of(frame(channel::bulk, 1, length_of(1) + "ab"))
              == frame_error::too_long));
  BOOST_TEST((error_of(frame(channel::bulk, 1, length_of(0)))
              == frame_error::out_of_order));
  BOOST_TEST(
    (error_of(frame(channel::bulk, 1, "abc")) == frame_error::out_of_order));
}

BOOST_AUTO_TEST_CASE(before_it_is_open_only_short_control_frames_pass) {
  receiver got;
  auto feed = [&](const std::string& bytes) {
    return frame_decoder{16}.feed(bytes, got.sink());
  };
  BOOST_TEST(
    (feed(frame(channel::caf, 0, "x")) == frame_error::unknown_channel));
  BOOST_TEST((feed(frame(channel::bulk, 1, length_of(1) + "x"))
              == frame_error::unknown_channel));
  BOOST_TEST((feed(control_frame(control_kind::hello, std::string(17, 'x')))
              == frame_error::too_long));
  BOOST_TEST((feed(control_frame(control_kind::hello, std::string(16, 'x')))
              == frame_error::none));
}

BOOST_AUTO_TEST_CASE(an_error_stays) {
  receiver got;
  frame_decoder decoder;
  decoder.open();
  auto good = control_frame(control_kind::message, "x");
  BOOST_TEST((decoder.feed(good + "?", got.sink()) == frame_error::no_frame));
  BOOST_TEST((decoder.feed(good, got.sink()) == frame_error::no_frame));
  BOOST_TEST(got.control.size() == 1u);
}

BOOST_AUTO_TEST_CASE(half_frames_hold_no_more_than_has_come) {
  receiver got;
  frame_decoder decoder;
  decoder.open();
  auto begin = frame(channel::bulk, 1, length_of(max_bulk_message) + "ab");
  decoder.feed(begin + std::string{"L\3"}, got.sink());
  BOOST_TEST(decoder.held() == 4u);
  BOOST_TEST(got.bulk.empty());
}

BOOST_AUTO_TEST_SUITE_END()
