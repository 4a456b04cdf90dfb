#include <actors/process/progress_mark.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;

namespace {

/// As an actor in a handler that does not return: takes messages and answers
/// none. Other than that one it can be killed.
class mute : public caf::monitorable_actor {
public:
  explicit mute(caf::actor_config& cfg) : caf::monitorable_actor{cfg} {}

  const char* name() const override { return "mute"; }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (what->content().match_elements<caf::exit_msg>())
      cleanup(caf::exit_reason::kill, nullptr);
  }
};

struct world : virtual_system {
  actors::child_spec mute_child() {
    actors::child_spec spec;
    spec.id = "a";
    spec.liveness = 10s;
    spec.start = [this](actors::start_context& ctx) {
      mark = ctx.progress;
      caf::actor_config cfg;
      return caf::make_actor<mute, caf::actor>(
        ctx.system.next_actor_id(), ctx.system.node(), &ctx.system, cfg);
    };
    return spec;
  }

  void begin(const actors::child_spec& spec) {
    start(spec_of({spec}, actors::strategy::one_for_one, 100));
    events.clear();
  }

  size_t count(const std::string& kind) const {
    return static_cast<size_t>(std::count_if(
      events.begin(), events.end(), [&](auto& e) { return e.kind == kind; }));
  }

  void steps(int n, caf::timespan each) {
    for (int i = 0; i < n; ++i)
      advance(each);
  }

  actors::progress_mark mark; ///< of the newest incarnation
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(liveness, world)

BOOST_AUTO_TEST_CASE(idle_child_lives) {
  auto spec = counter_child("a");
  spec.liveness = 10s;
  begin(spec);
  steps(100, 5s);
  BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(child_that_answers_nothing_is_found_within_two_deadlines) {
  begin(mute_child());
  steps(3, 5s);
  BOOST_TEST(count("child_hung") == 0u);
  steps(1, 5s);
  BOOST_TEST(count("child_hung") == 1u);
  BOOST_TEST(child("a").incarnation == 2u);
  BOOST_TEST(child("a").last_exit.find("hung") == 0u);
}

BOOST_AUTO_TEST_CASE(own_progress_is_a_sign_of_life) {
  begin(mute_child());
  for (int i = 0; i < 50; ++i) {
    mark.advance();
    advance(5s);
  }
  BOOST_TEST(events.empty());
  steps(6, 5s);
  BOOST_TEST(count("child_hung") == 1u);
}

BOOST_AUTO_TEST_CASE(child_of_a_function_finds_its_mark) {
  auto spec = actors::actor_child("a", [this](caf::event_based_actor* self) {
    mark = actors::progress_of(self);
    return caf::behavior{[](int) {}};
  });
  begin(spec);
  mark.advance();
  BOOST_TEST(mark.value() == 0u); // it is not watched
  request(actors::child_verb::terminate, "a");
  request(actors::child_verb::remove, "a");
  spec.liveness = 10s;
  start_child(spec);
  mark.advance();
  BOOST_TEST(mark.value() == 1u);
}

BOOST_AUTO_TEST_CASE(work_that_began_after_the_question_is_seen) {
  begin(mute_child());
  advance(10s); // the question
  advance(1s);
  mark.advance();
  advance(7s);
  advance(2s); // the judgement
  BOOST_TEST(count("child_hung") == 0u);
}

BOOST_AUTO_TEST_CASE(supervisor_that_was_late_itself_accuses_nobody) {
  begin(mute_child());
  advance(10s);  // the question
  advance(100s); // ten times as long: nobody had the processor
  BOOST_TEST(count("child_hung") == 0u);
  steps(1, 10s); // now it is on time
  BOOST_TEST(count("child_hung") == 1u);
}

BOOST_AUTO_TEST_CASE(mark_is_seen_from_another_process) {
  auto page = actors::progress_mark::shared();
  BOOST_REQUIRE(page.fd() >= 0);
  BOOST_TEST(page.value() == 0u);
  auto fd = ::fcntl(page.fd(), F_DUPFD, 0);
  auto pid = ::fork();
  if (pid == 0) {
    auto mine = actors::progress_mark::from(fd);
    for (int i = 0; i < 1000; ++i)
      mine.advance();
    ::_exit(0);
  }
  ::close(fd);
  int status = 0;
  ::waitpid(pid, &status, 0);
  BOOST_TEST(page.value() == 1000u);
}

BOOST_AUTO_TEST_CASE(mark_from_something_else_does_nothing) {
  BOOST_TEST(actors::progress_mark::from(-1).value() == 0u);
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  auto page = actors::progress_mark::from(ends[0]);
  page.advance();
  BOOST_TEST(page.value() == 0u);
  ::close(ends[0]);
  ::close(ends[1]);
  actors::progress_mark none;
  none.advance();
  BOOST_TEST(none.value() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
