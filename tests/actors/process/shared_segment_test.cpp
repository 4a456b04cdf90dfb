#include <actors/process/control_channel.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/actors/process/harness.hpp"

using namespace process_tests;
using namespace std::chrono_literals;
using actors::segment_ptr;
using actors::shared_segment;

namespace {

segment_ptr make(size_t bytes = 4096) {
  auto result = shared_segment::create(bytes, "test");
  if (!result)
    throw std::runtime_error(actors::process_error_text(result.error()));
  return *result;
}

/// Both ends of a control line in one process.
struct line {
  line() {
    auto pair = actors::make_socket_pair(SOCK_SEQPACKET);
    down = std::make_shared<actors::unique_fd>(std::move(pair->first));
    up = std::move(pair->second);
  }

  std::shared_ptr<actors::unique_fd> down;
  actors::unique_fd up;
};

} // namespace

BOOST_AUTO_TEST_SUITE(shared_segments)

BOOST_AUTO_TEST_CASE(new_segment_is_zero_and_of_fixed_size) {
  auto x = make(10'000);
  BOOST_TEST(x->size() == 10'000u);
  BOOST_TEST(std::all_of(x->data(), x->data() + x->size(),
                         [](std::byte b) { return b == std::byte{0}; }));
  BOOST_TEST(::ftruncate(x->fd(), 1) == -1);
  BOOST_TEST(::ftruncate(x->fd(), 1 << 20) == -1);
  BOOST_TEST(x->id() != make()->id());
}

BOOST_AUTO_TEST_CASE(impossible_sizes_are_refused) {
  BOOST_TEST(!shared_segment::create(0, "nothing"));
  BOOST_TEST(!shared_segment::create(SIZE_MAX, "all"));
  BOOST_TEST(!shared_segment::create(size_t{1} << 60, "too much"));
}

BOOST_AUTO_TEST_CASE(received_descriptor_is_checked_before_it_is_mapped) {
  auto x = make();
  auto copy = [&] { return actors::unique_fd{::dup(x->fd())}; };
  BOOST_TEST(shared_segment::map(copy(), 1, 4096).engaged());
  BOOST_TEST(!shared_segment::map(copy(), 1, 8192));
  BOOST_TEST(!shared_segment::map(copy(), 1, 0));
  actors::unique_fd unsealed{::memfd_create("test", MFD_CLOEXEC)};
  BOOST_REQUIRE(::ftruncate(unsealed.get(), 4096) == 0);
  BOOST_TEST(!shared_segment::map(std::move(unsealed), 1, 4096));
  BOOST_TEST(!shared_segment::map(actors::unique_fd{}, 1, 4096));
}

BOOST_AUTO_TEST_CASE(segments_are_attached_in_any_order) {
  line both;
  actors::channel_sink sink{both.down};
  actors::channel_source source{both.up.get()};
  auto a = make(4096), b = make(8192), c = make(100);
  for (auto& x : {a, b, c})
    BOOST_TEST(!sink.offer(x));
  for (auto& x : {c, a, b}) {
    auto got = source.attach(x->id(), 10s);
    BOOST_REQUIRE(got.engaged());
    BOOST_TEST((*got)->size() == x->size());
    (*got)->data()[0] = std::byte{42};
    BOOST_TEST((x->data()[0] == std::byte{42}));
  }
}

BOOST_AUTO_TEST_CASE(segment_that_was_never_offered_is_an_error) {
  line both;
  actors::channel_source source{both.up.get()};
  auto result = source.attach(77, 1ms);
  BOOST_REQUIRE(!result);
  BOOST_TEST(actors::process_error_text(result.error())
             == "segment 77 did not arrive");
}

BOOST_AUTO_TEST_CASE(worker_that_takes_nothing_is_an_error_not_a_wait) {
  line both;
  actors::channel_sink sink{both.down};
  auto x = make();
  caf::error refused;
  for (int i = 0; i < 100'000 && !refused; ++i)
    refused = sink.offer(x);
  BOOST_TEST((refused == actors::process_errc::segment_failed));
}

BOOST_AUTO_TEST_CASE(worker_that_attaches_nothing_holds_a_bounded_number) {
  line both;
  actors::channel_sink sink{both.down};
  actors::channel_source source{both.up.get()};
  for (size_t i = 0; i < source.max_pending; ++i) {
    BOOST_REQUIRE(!sink.offer(make()));
    BOOST_REQUIRE(actors::process_error_text(source.attach(0, 0ms).error())
                  == "segment 0 did not arrive");
  }
  BOOST_REQUIRE(!sink.offer(make()));
  BOOST_TEST(actors::process_error_text(source.attach(0, 0ms).error())
             == "too many segments that nobody attaches");
}

BOOST_AUTO_TEST_CASE(either_end_learns_that_the_other_has_gone) {
  line both;
  actors::channel_sink sink{both.down};
  both.up.reset();
  BOOST_TEST((sink.offer(make()) == actors::process_errc::segment_failed));
  line again;
  actors::channel_source source{again.up.get()};
  again.down.reset();
  BOOST_TEST(!source.attach(1, 10s));
}

BOOST_AUTO_TEST_CASE(garbage_on_the_line_is_an_error) {
  line both;
  actors::channel_source source{both.up.get()};
  BOOST_REQUIRE(::send(both.down->get(), "hello", 5, 0) == 5);
  BOOST_TEST(actors::process_error_text(source.attach(1, 10s).error())
             == "malformed record on the memory channel");
  caf::error reason;
  BOOST_REQUIRE(::send(both.up.get(), "hello", 5, 0) == 5);
  BOOST_TEST((actors::receive_words(both.down->get(), reason)
              == actors::control_state::nothing));
}

BOOST_AUTO_TEST_CASE(word_that_all_is_well_comes_before_the_last_ones) {
  line both;
  actors::send_healthy(both.up.get());
  actors::send_last_words(both.up.get(), caf::none, "");
  for (auto expected :
       {actors::control_state::healthy, actors::control_state::last_words,
        actors::control_state::nothing}) {
    caf::error reason;
    BOOST_TEST((actors::receive_words(both.down->get(), reason) == expected));
  }
}

BOOST_AUTO_TEST_CASE(last_words_keep_code_category_and_text) {
  line both;
  auto hear = [&both] {
    caf::error reason = caf::sec::none;
    BOOST_TEST((actors::receive_words(both.down->get(), reason)
                == actors::control_state::last_words));
    return reason;
  };
  actors::send_last_words(both.up.get(), caf::none, "");
  BOOST_TEST(!hear());
  actors::send_last_words(both.up.get(), caf::sec::runtime_error, "why");
  auto heard = hear();
  BOOST_TEST((heard == caf::sec::runtime_error));
  BOOST_TEST(actors::process_error_text(heard) == "why");
  actors::send_last_words(both.up.get(), caf::sec::runtime_error,
                          std::string(100'000, 'x'));
  BOOST_TEST(actors::process_error_text(hear()).size() == 8192u);
}

BOOST_AUTO_TEST_CASE(in_process_registry_finds_what_is_still_held) {
  auto& registry = *actors::local_segments();
  auto x = make();
  BOOST_TEST(!registry.offer(x));
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((registry.attach(x->id(), 0ms)->get() == x.get()));
  auto id = x->id();
  x.reset();
  BOOST_TEST(!registry.attach(id, 0ms));
}

BOOST_AUTO_TEST_CASE(worker_process_writes_what_its_owner_reads) {
  node here;
  probe x{here};
  x.start_worker("subject");
  auto running = x.running();
  auto a = make(1 << 20), b = make(4096);
  std::fill_n(a->data(), a->size(), std::byte{7});
  BOOST_REQUIRE(!running.memory->offer(b));
  BOOST_REQUIRE(!running.memory->offer(a));
  BOOST_TEST(x.ask("increment", std::to_string(a->id())) == "7");
  BOOST_TEST(x.ask("increment", std::to_string(b->id())) == "0");
  BOOST_TEST(std::all_of(a->data(), a->data() + a->size(),
                         [](std::byte v) { return v == std::byte{8}; }));
  x.child().kill();
  x.ended();
  BOOST_TEST(
    (running.memory->offer(a) == actors::process_errc::segment_failed));
}

BOOST_AUTO_TEST_SUITE_END()
