#include <actors/link/send_queue.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

using namespace actors::link;

namespace {

constexpr uint64_t no_end = uint64_t{1} << 40; // of credit

/// One letter a frame: c(ontrol), a(ctors: CAF) or b(ulk).
std::string order_of(std::string_view bytes) {
  std::string order;
  while (!bytes.empty()) {
    order += " cab"[static_cast<size_t>(bytes[1])];
    bytes.remove_prefix(frame_header_size + read_u32(bytes.data() + 4));
  }
  return order;
}

std::string next(send_queue& queue, size_t enough = 1) {
  std::string out;
  queue.fill(out, enough);
  return order_of(out);
}

const auto accepted = send_outcome::accepted;
const auto full = send_outcome::full;

} // namespace

BOOST_AUTO_TEST_SUITE(link_send_queue)

BOOST_AUTO_TEST_CASE(control_goes_before_caf_and_caf_before_bulk) {
  send_queue queue{{}, no_end};
  queue.push_bulk(std::string(10, 'b'));
  queue.push_caf(std::string(10, 'a'));
  queue.push_control(control_kind::ping, "12345678");
  BOOST_TEST(next(queue, 1000) == "cab");
  BOOST_TEST(!queue.ready());
  BOOST_TEST(next(queue, 1000).empty());
}

BOOST_AUTO_TEST_CASE(a_heartbeat_waits_for_one_piece_of_bulk_at_most) {
  send_queue queue{{}, no_end};
  queue.push_bulk(std::string(3 * max_piece - 4, 'b'));
  BOOST_TEST(next(queue) == "b");
  queue.push_control(control_kind::ping, "12345678");
  BOOST_TEST(next(queue) == "c");
  BOOST_TEST(next(queue, 1u << 20) == "bb");
}

BOOST_AUTO_TEST_CASE(bulk_moves_although_caf_never_ends) {
  send_queue queue{{}, no_end};
  queue.push_bulk(std::string(2 * max_piece, 'b'));
  std::string order;
  for (auto i = 0; i < 40; ++i) {
    queue.push_caf("x");
    order += next(queue);
  }
  auto share = std::string(send_queue::caf_share, 'a') + "b";
  BOOST_TEST(order.starts_with(share + share));
}

BOOST_AUTO_TEST_CASE(
  what_finds_no_room_is_refused_and_told_when_there_is_room) {
  send_queue queue{{.bulk = 100}, no_end};
  BOOST_TEST((queue.push_bulk(std::string(60, 'x')) == accepted));
  BOOST_TEST((queue.push_bulk(std::string(40, 'x')) == accepted));
  BOOST_TEST((queue.push_bulk("x") == full));
  BOOST_TEST(!queue.relieved(channel::bulk));
  BOOST_TEST(queue.counts(channel::bulk).waiting == 100u);
  BOOST_TEST(queue.counts(channel::bulk).refused == 1u);
  next(queue);
  BOOST_TEST(queue.relieved(channel::bulk));
  BOOST_TEST(!queue.relieved(channel::bulk));
  BOOST_TEST((queue.push_bulk("x") == accepted));
}

BOOST_AUTO_TEST_CASE(a_full_channel_does_not_fill_the_others) {
  send_queue queue{{.control = 32, .caf = 10, .bulk = 10}, no_end};
  BOOST_TEST((queue.push_bulk(std::string(10, 'x')) == accepted));
  BOOST_TEST((queue.push_bulk("x") == full));
  BOOST_TEST((queue.push_caf(std::string(10, 'x')) == accepted));
  BOOST_TEST((queue.push_caf("x") == full));
  BOOST_TEST((queue.push_control(control_kind::pong, "12345678") == accepted));
  BOOST_TEST((queue.push_control(control_kind::pong, "12345678") == accepted));
  BOOST_TEST((queue.push_control(control_kind::pong, "12345678") == full));
}

BOOST_AUTO_TEST_CASE(empty_control_frames_have_a_bound_too) {
  send_queue queue{{.control = 80}};
  for (auto i = 0; i < 10; ++i)
    BOOST_TEST((queue.push_control(control_kind::message, "") == accepted));
  BOOST_TEST((queue.push_control(control_kind::message, "") == full));
}

BOOST_AUTO_TEST_CASE(a_message_beyond_the_bound_passes_when_nothing_waits) {
  send_queue queue{{.bulk = 100}, no_end};
  BOOST_TEST((queue.push_bulk(std::string(1000, 'x')) == accepted));
  BOOST_TEST((queue.push_bulk("x") == full));
  BOOST_TEST((queue.push_bulk(std::string(max_bulk_message + 1, 'x'))
              == send_outcome::too_large));
  BOOST_TEST((queue.push_bulk("") == send_outcome::too_large));
  BOOST_TEST((queue.push_control(control_kind::message,
                                 std::string(max_control_payload + 1, 'x'))
              == send_outcome::too_large));
}

BOOST_AUTO_TEST_CASE(bulk_waits_for_credit_and_nothing_else_does) {
  send_queue queue{{}, 5};
  queue.push_bulk("1234567");
  BOOST_TEST(next(queue, 1000) == "b");
  BOOST_TEST(!queue.ready());
  queue.push_caf("x");
  queue.push_control(control_kind::ping, "12345678");
  BOOST_TEST(next(queue, 1000) == "ca");
  queue.add_credit(1);
  BOOST_TEST(next(queue, 1000) == "b");
  queue.add_credit(100);
  BOOST_TEST(next(queue, 1000) == "b");
  BOOST_TEST(queue.credit() == 99u);
  BOOST_TEST(queue.counts(channel::bulk).waiting == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_pushed_is_what_the_decoder_gives) {
  auto seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random{seed};
    std::uniform_int_distribution<size_t> size(1, 3 * max_piece);
    send_queue queue{{.bulk = 1u << 30}, 0};
    std::vector<std::string> sent;
    std::vector<std::string> got;
    std::string caf_sent;
    std::string caf_got;
    frame_sink sink{[](control_kind, std::string_view) {},
                    [&](std::string_view x) { caf_got += x; },
                    [&](std::string x) { got.push_back(std::move(x)); }};
    frame_decoder decoder;
    decoder.open();
    for (auto i = 0; i < 50; ++i) {
      sent.emplace_back(size(random), static_cast<char>('a' + i % 26));
      queue.push_bulk(sent.back());
      auto piece = std::string(size(random) / 10 + 1, static_cast<char>(i));
      if (queue.push_caf(piece) == accepted)
        caf_sent += piece;
      queue.push_control(control_kind::ping, "12345678");
      queue.add_credit(size(random));
      std::string out;
      queue.fill(out, size(random));
      BOOST_REQUIRE((decoder.feed(out, sink) == frame_error::none));
    }
    queue.add_credit(no_end);
    std::string out;
    queue.fill(out, 1u << 30);
    BOOST_REQUIRE((decoder.feed(out, sink) == frame_error::none));
    BOOST_TEST((got == sent));
    BOOST_TEST((caf_got == caf_sent));
    BOOST_TEST(decoder.held() == 0u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
