#include <actors/observe/message_brief.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <thread>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
using actors::child_verb;

namespace {

using sleep_a = caf::atom_constant<caf::atom("sleep")>;

/// Notes what it handles; throws at a negative number, unless it has been
/// pardoned.
struct notes {
  std::vector<int64_t> seen;
  std::vector<uint64_t> crashes;
  bool pardon = false;
};

using notes_ptr = std::shared_ptr<notes>;

caf::behavior scribe(caf::event_based_actor* self, const notes_ptr& out) {
  return {
    [=](add_a, int64_t x) {
      if (x < 0 && !out->pardon) {
        out->crashes.push_back(self->id());
        throw std::runtime_error{"negative"};
      }
      out->seen.push_back(x);
      return x;
    },
    [=](leave_a) { self->quit(); },
  };
}

actors::child_spec scribe_child(const notes_ptr& out, uint32_t n = 100) {
  auto spec = actors::actor_child("a", scribe, out);
  spec.while_down = actors::hold(n);
  spec.delay = {10s, 10s, 1.0, 600s}; // the second restart in a row waits
  return spec;
}

struct world : virtual_system {
  world() : out{std::make_shared<notes>()} {}

  void begin(const actors::child_spec& spec) {
    start(spec_of({spec}, actors::strategy::one_for_one, 10));
    a = handle("a");
  }

  void tell(int64_t x) { caf::anon_send(a, add_a::value, x); }

  void tell_all(std::initializer_list<int64_t> xs) {
    for (auto x : xs)
      tell(x);
  }

  std::vector<actors::dead_letter> letters() {
    return runtime->dead_letters->since(0, 1000);
  }

  notes_ptr out;
  caf::actor a;
};

std::vector<int64_t> numbers(std::initializer_list<int64_t> xs) {
  return xs;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(messages_while_down, world)

// -- hold ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(held_messages_reach_the_next_incarnation_in_order) {
  auto spec = scribe_child(out);
  spec.poison_after = 1;
  begin(spec);
  tell(-1);
  run(); // restarted at once
  tell(-1);
  run(); // now it waits for 10 s
  BOOST_TEST(states() == "a restarting");
  tell_all({1, 2, 3});
  auto answer = driver->request(a, caf::infinite, add_a::value, int64_t{4});
  tell(5);
  run();
  BOOST_TEST(out->seen.empty());
  advance(10s);
  BOOST_TEST(out->seen == numbers({1, 2, 3, 4, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(collect<int64_t>(std::move(answer)).value_or(0) == 4);
}

BOOST_AUTO_TEST_CASE(mailbox_of_the_dead_goes_to_the_next_in_order) {
  auto spec = scribe_child(out);
  spec.poison_after = 1;
  begin(spec);
  tell_all({1, -1, 2, 3});
  auto answer = driver->request(a, caf::infinite, add_a::value, int64_t{4});
  tell(5);
  run();
  BOOST_TEST(out->seen == numbers({1, 2, 3, 4, 5}),
             boost::test_tools::per_element());
  BOOST_TEST(collect<int64_t>(std::move(answer)).value_or(0) == 4);
  BOOST_TEST(child("a").incarnation == 2);
}

BOOST_AUTO_TEST_CASE(killed_child_loses_no_message) {
  begin(scribe_child(out));
  tell_all({1, 2, 3});
  actors::kill_actor(a); // overtakes them
  tell(4);
  run();
  BOOST_TEST(out->seen == numbers({1, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(child("a").incarnation == 2);
}

BOOST_AUTO_TEST_CASE(message_of_a_crash_is_tried_again_and_its_asker_answered) {
  begin(scribe_child(out));
  auto answer = driver->request(a, caf::infinite, add_a::value, int64_t{-7});
  scheduler.run_once(); // it crashes
  out->pardon = true;
  BOOST_TEST(collect<int64_t>(std::move(answer)).value_or(0) == -7);
  BOOST_TEST(out->crashes.size() == 1u);
  BOOST_TEST(child("a").incarnation == 2);
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_bound_is_refused) {
  begin(scribe_child(out, 2));
  for (int i = 0; i < 2; ++i) {
    request(child_verb::kill, "a");
    run();
  }
  BOOST_TEST(states() == "a restarting");
  tell_all({1, 2});
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{3}));
  BOOST_TEST((last_error == actors::sup_errc::bad_state));
  BOOST_REQUIRE(letters().size() == 1u);
  BOOST_TEST(letters()[0].message == "add 3");
  BOOST_TEST(letters()[0].request);
  advance(10s);
  BOOST_TEST(out->seen == numbers({1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(mailbox_beyond_the_bound_keeps_its_oldest) {
  begin(scribe_child(out, 2));
  tell_all({1, 2, 3, 4});
  actors::kill_actor(a);
  run();
  BOOST_TEST(out->seen == numbers({1, 2}), boost::test_tools::per_element());
  BOOST_REQUIRE(letters().size() == 2u);
  BOOST_TEST(letters()[0].message == "add 3");
  BOOST_TEST(letters()[1].message == "add 4");
}

BOOST_AUTO_TEST_CASE(what_a_child_sent_to_itself_dies_with_it) {
  auto spec = actors::actor_child(
    "a",
    [](caf::event_based_actor* self, const notes_ptr& to) {
      return caf::behavior{[=](add_a, int64_t x) {
        to->seen.push_back(x);
        if (x == 1) {
          self->send(self, add_a::value, int64_t{100});
          throw std::runtime_error{"after sending"};
        }
      }};
    },
    out);
  spec.while_down = actors::hold(10);
  spec.poison_after = 1;
  begin(spec);
  tell_all({1, 2});
  run();
  BOOST_TEST(out->seen == numbers({1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(child_that_fails_to_start_keeps_its_messages) {
  auto starts = std::make_shared<int>(0);
  auto spec = actors::actor_child(
    "a",
    [=](caf::event_based_actor* self, const notes_ptr& to) {
      if (++*starts == 2)
        throw std::runtime_error{"no start"};
      return scribe(self, to);
    },
    out);
  spec.while_down = actors::hold(10);
  begin(spec);
  tell_all({1, 2});
  request(child_verb::kill, "a");
  tell(3);
  run();
  BOOST_TEST(*starts == 3);
  BOOST_TEST(out->seen == numbers({1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(siblings_that_are_restarted_together_keep_messages) {
  auto b = scribe_child(out);
  b.delay = {};
  auto first = counter_child("first");
  start(spec_of({first, b}, actors::strategy::one_for_all, 5));
  a = handle("a");
  caf::anon_send(handle("first"), boom_a::value);
  scheduler.run_once(); // `first` crashes
  tell_all({1, 2, 3});
  run();
  BOOST_TEST(child("a").incarnation == 2);
  BOOST_TEST(out->seen == numbers({1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(suspended_child_that_crashes_keeps_its_backlog) {
  auto spec = scribe_child(out);
  spec.poison_after = 1;
  begin(spec);
  tell(-1);
  tell(1);
  request(child_verb::suspend, "a"); // it crashes and is restarted meanwhile
  tell_all({2, 3});
  run();
  request(child_verb::resume, "a");
  run();
  BOOST_TEST(out->seen == numbers({1, 2, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(stopped_child_refuses_those_who_wait) {
  begin(scribe_child(out));
  for (int i = 0; i < 2; ++i) {
    request(child_verb::kill, "a");
    run();
  }
  auto waits = driver->request(a, caf::infinite, add_a::value, int64_t{1});
  run();
  request(child_verb::terminate, "a");
  BOOST_TEST(!collect<int64_t>(std::move(waits)));
  BOOST_TEST((last_error == actors::sup_errc::gone));
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{2}));
  BOOST_TEST((last_error == actors::sup_errc::restarting));
  request(child_verb::restart, "a");
  BOOST_TEST(ask<int64_t>(a, add_a::value, int64_t{3}).value_or(0) == 3);
}

// -- poison -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(poisonous_message_becomes_a_dead_letter) {
  auto spec = scribe_child(out);
  spec.delay = {};
  spec.poison_after = 3;
  begin(spec);
  tell(1);
  auto asked = driver->request(a, caf::infinite, add_a::value, int64_t{-2});
  tell(3);
  run();
  BOOST_TEST(out->crashes.size() == 3u);
  BOOST_TEST(child("a").incarnation == 4);
  BOOST_TEST(out->seen == numbers({1, 3}), boost::test_tools::per_element());
  BOOST_TEST(!collect<int64_t>(std::move(asked)));
  BOOST_TEST((last_error == actors::sup_errc::poisoned));
  BOOST_TEST(actors::text_of(last_error)
             == "this message crashed the actor 3 times in a row and is not "
                "tried again: negative");
  BOOST_REQUIRE(letters().size() == 1u);
  auto x = letters()[0];
  BOOST_TEST(x.path == "top/a");
  BOOST_TEST(x.incarnation == 3u);
  BOOST_TEST(x.message == "add -2");
  BOOST_TEST(x.reason == "crashed it 3 times in a row: negative");
  BOOST_TEST(x.crashes == 3u);
  BOOST_TEST(std::count_if(events.begin(), events.end(),
                           [](auto& e) {
                             return e.kind == "dead_letter" && e.path == "top/a"
                                    && e.message == "add -2";
                           })
             == 1);
}

BOOST_AUTO_TEST_CASE(success_between_two_crashes_clears_a_message) {
  auto spec = scribe_child(out);
  spec.delay = {};
  begin(spec); // poison_after is 2
  tell(-1);
  scheduler.run_once();
  out->pardon = true;
  run(); // the second time it passes
  out->pardon = false;
  for (int i = 0; i < 50; ++i) { // elements may get the same address again
    out->pardon = false;
    tell(-2);
    scheduler.run_once();
    BOOST_REQUIRE(out->crashes.size() == 2u + static_cast<size_t>(i));
    out->pardon = true;
    run();
    if (child("a").state != "running")
      break;
    advance(6s); // another window of restarts
  }
  BOOST_TEST(letters().empty());
}

BOOST_AUTO_TEST_CASE(poison_limit_of_zero_tries_for_ever) {
  auto spec = scribe_child(out);
  spec.delay = {};
  spec.poison_after = 0;
  begin(spec);
  tell(-1);
  run();
  BOOST_TEST(out->crashes.size() == 11u); // the budget of 10 ends it
  BOOST_TEST(end().empty());              // the first message is of its start
  BOOST_TEST(end() != "");
}

BOOST_AUTO_TEST_CASE(asker_of_poison_is_answered_though_a_promise_was_made) {
  auto spec = actors::actor_child("a", [](caf::event_based_actor* self) {
    return caf::behavior{[=](add_a, int64_t) -> caf::result<int64_t> {
      auto promise =
        self->make_response_promise<caf::typed_response_promise<int64_t>>();
      throw std::runtime_error{"promised too much"};
    }};
  });
  spec.while_down = actors::hold(10);
  begin(spec);
  BOOST_TEST(!ask<int64_t>(a, add_a::value, int64_t{1}));
  BOOST_TEST((last_error == actors::sup_errc::poisoned));
}

// -- the others ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(dropped_messages_are_not_answered) {
  auto spec = scribe_child(out);
  spec.while_down = actors::drop();
  begin(spec);
  for (int i = 0; i < 2; ++i) {
    request(child_verb::kill, "a");
    run();
  }
  driver->request(a, 60s, add_a::value, int64_t{1});
  tell(2);
  advance(10s);
  BOOST_TEST(out->seen.empty());
  auto answers = 0;
  driver->receive([&](caf::others_t) { ++answers; }, caf::after(0s) >> [] {});
  BOOST_TEST(answers == 0);
  BOOST_TEST(letters().empty());
  BOOST_TEST(ask<int64_t>(a, add_a::value, int64_t{3}).value_or(0) == 3);
}

BOOST_AUTO_TEST_CASE(crash_report_names_the_message_that_was_being_handled) {
  start(spec_of({counter_child("a")}));
  caf::anon_send(handle("a"), boom_a::value);
  run();
  auto i = std::find_if(events.begin(), events.end(),
                        [](auto& e) { return e.kind == "child_ended"; });
  BOOST_REQUIRE((i != events.end()));
  BOOST_TEST(i->message == "boom");
  BOOST_TEST(actors::to_line(*i).find("the counter broke, message: boom")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(message_in_a_report_is_bounded) {
  auto brief = actors::message_brief(
    caf::make_message(add_a::value, std::string(1'000'000, 'x'),
                      std::vector<float>(1'000'000)),
    50);
  BOOST_TEST(brief.size() <= 60u);
  BOOST_TEST(brief.substr(0, 6) == "add \"x");
  BOOST_TEST(actors::message_brief(
               caf::make_message(add_a::value, std::vector<float>(1'000'000)))
             == "add [1000000 floats]");
}

BOOST_AUTO_TEST_CASE(dead_letter_box_keeps_the_newest) {
  actors::dead_letter_box box{3};
  for (int i = 0; i < 5; ++i) {
    actors::dead_letter x;
    x.message = std::to_string(i);
    box.add(std::move(x));
  }
  BOOST_TEST(box.total() == 5u);
  auto all = box.since(0, 10);
  BOOST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all[0].message == "2");
  BOOST_TEST(box.since(all[1].id, 10).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

// -- many threads -------------------------------------------------------------

namespace {

using crash_a = caf::atom_constant<caf::atom("crash")>;

/// Every sender's numbers must arrive, each at least once, in order.
struct ledger {
  explicit ledger(size_t senders) : last(senders) {}

  std::vector<int64_t> last;
  std::atomic<int64_t> handled{0};
  std::atomic<int64_t> disorder{0};
};

caf::behavior accountant(caf::event_based_actor*, ledger* book) {
  return {
    [=](size_t from, int64_t number) {
      auto& last = book->last[from];
      if (number != last && number != last + 1)
        ++book->disorder;
      last = number;
      ++book->handled;
      return number;
    },
    [](crash_a) { throw std::runtime_error{"crash"}; },
  };
}

void senders_and_crashes(actors::carrier runs_on) {
  constexpr size_t senders = 3;
  constexpr int64_t each = 4'000;
  caf::actor_system_config cfg;
  cfg.set("scheduler.policy", caf::atom("sharing"))
    .set("scheduler.max-threads", size_t{2});
  actors::add_supervision_errors(cfg);
  caf::actor_system sys{cfg};
  ledger book{senders};
  auto runtime = std::make_shared<const actors::supervision_runtime>();
  actors::supervisor_spec spec;
  spec.max_restarts = 100'000;
  auto child = actors::actor_child("a", accountant, &book);
  child.runs_on = runs_on;
  child.while_down = actors::hold(100'000);
  child.poison_after = 1;
  spec.children = {child};
  auto top = actors::spawn_supervisor(sys, "top", spec, runtime);
  BOOST_REQUIRE(top);
  {
    auto a = actors::which_children(sys, *top)->at(0).handle;
    std::vector<std::thread> threads;
    for (size_t t = 0; t < senders; ++t)
      threads.emplace_back([&, t] {
        caf::scoped_actor self{sys};
        for (int64_t i = 1; i <= each; ++i) {
          if (i % 100 == 0)
            caf::anon_send(a, crash_a::value);
          caf::anon_send(a, t, i);
        }
        self->request(a, caf::infinite, t, each)
          .receive([&](int64_t x) { BOOST_TEST(x == each); },
                   [](caf::error& e) { BOOST_ERROR(actors::text_of(e)); });
      });
    for (auto& x : threads)
      x.join();
    BOOST_TEST(book.disorder == 0);
    BOOST_TEST(book.handled == senders * (each + 1));
    BOOST_TEST(actors::which_children(sys, *top)->at(0).restarts
               == senders * each / 100);
    BOOST_TEST(runtime->dead_letters->total() == senders * each / 100);
  }
  actors::stop_supervisor(sys, *top);
}

} // namespace

BOOST_AUTO_TEST_SUITE(messages_while_down_threads)

BOOST_AUTO_TEST_CASE(no_message_is_lost_or_overtaken_in_many_crashes) {
  senders_and_crashes(actors::carrier::actor);
}

BOOST_AUTO_TEST_CASE(nor_with_the_child_on_a_thread_of_its_own) {
  senders_and_crashes(actors::carrier::thread);
}

BOOST_AUTO_TEST_SUITE_END()
