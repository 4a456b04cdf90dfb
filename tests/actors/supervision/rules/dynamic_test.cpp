// Dynamic supervisors with actors as children, in CAF's deterministic
// scheduler: OTP's rules for simple_one_for_one by their numbers.

#include <actors/supervision/dynamic.hpp>

#include <boost/test/unit_test.hpp>

#include <set>
#include <tests/actors/supervision/virtual_system.hpp>

using namespace supervision_tests;
using actors::restart;

namespace {

using get_a = caf::atom_constant<caf::atom("get")>;
using token_ptr = std::shared_ptr<int>;

/// Adds to what it was started with; throws at `boom`.
caf::behavior account(caf::event_based_actor* self, int64_t start) {
  auto total = std::make_shared<int64_t>(start);
  return {
    [=](add_a, int64_t x) { return *total += x; },
    [](boom_a) -> int64_t { throw std::runtime_error{"the account broke"}; },
    [=](leave_a) { self->quit(); },
  };
}

class pool : public virtual_system {
public:
  explicit pool(actors::dynamic_spec spec) { start_pool(std::move(spec)); }

  explicit pool(restart when = restart::permanent) {
    start_pool(spec_with(when));
  }

  static actors::dynamic_spec spec_with(restart when) {
    actors::dynamic_spec spec;
    spec.max_restarts = 3;
    spec.child = actors::child_template("w", account);
    spec.child.when = when;
    return spec;
  }

  actors::child_reply start(caf::message args = caf::make_message(int64_t{0}),
                            std::string name = {}) {
    return *ask<actors::child_reply>(
      supervisor,
      actors::start_instance_request{std::move(args), std::move(name)});
  }

  actors::child_reply terminate(const caf::actor& x) {
    return *ask<actors::child_reply>(supervisor,
                                     actors::terminate_handle_request{x});
  }

  void crash(const caf::actor& x) {
    caf::anon_send(x, boom_a::value);
    run();
  }

  actors::child_counts counts() {
    return *ask<actors::child_counts>(supervisor,
                                      actors::count_children_request{});
  }

private:
  void start_pool(actors::dynamic_spec spec) {
    supervisor = sys.spawn<actors::supervisor_actor>(
      actors::position{"top", runtime, caf::actor{},
                       actors::acknowledgement{driver->address(), 0, 0}},
      std::make_shared<const actors::dynamic_spec>(std::move(spec)));
    driver->monitor(supervisor);
    run();
  }
};

caf::actor idle_actor(actors::start_context& ctx) {
  return ctx.system.spawn(
    [](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
}

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(token_ptr)

BOOST_AUTO_TEST_SUITE(rules_dynamic)

BOOST_AUTO_TEST_CASE(start_child_answers_with_a_handle_that_has_its_arguments) {
  pool p;
  auto a = p.start(caf::make_message(int64_t{10}));
  auto b = p.start(caf::make_message(int64_t{20}), "ada");
  BOOST_TEST((a.result == actors::op_result::ok));
  BOOST_TEST(p.add(a.child.handle, 1) == 11);
  BOOST_TEST(p.add(b.child.handle, 1) == 21);
  BOOST_TEST(p.states() == "w-1 running, ada running");
  BOOST_TEST(b.child.path == "top/ada");
}

BOOST_AUTO_TEST_CASE(arguments_of_other_types_are_a_failed_start) {
  pool p;
  auto x = p.start(caf::make_message(std::string{"ten"}));
  BOOST_TEST((x.result == actors::op_result::start_failed));
  BOOST_TEST(x.text.find("(\"ten\") are not those") != std::string::npos);
  BOOST_TEST(p.start(caf::message{}).text.find("are not those")
             != std::string::npos);
  BOOST_TEST(p.states() == "");
}

BOOST_AUTO_TEST_CASE(rule_09_an_ignored_child_leaves_nothing_and_is_ok) {
  auto spec = pool::spec_with(restart::permanent);
  spec.child.start = [](actors::start_context& ctx) {
    ctx.acknowledges = true;
    ctx.ack.ignored();
    return idle_actor(ctx);
  };
  pool p{spec};
  auto x = p.start();
  BOOST_TEST((x.result == actors::op_result::ignored));
  BOOST_TEST(!actors::error_of(x));
  BOOST_TEST(p.states() == "");
  BOOST_TEST(p.counts().workers == 0u);
}

BOOST_AUTO_TEST_CASE(rule_19_a_dynamic_supervisor_has_one_template) {
  // One by its type; it must be a good one.
  actors::dynamic_spec spec;
  BOOST_TEST(actors::text_of(actors::check(spec))
             == "a child has an empty id: give it a name");
  spec.child.id = "w";
  BOOST_TEST(actors::text_of(actors::check(spec))
             == "child 'w': an actor needs `start`");
  spec.child = actors::child_template("w", account);
  BOOST_TEST(!actors::check(spec));
  spec.how = actors::strategy::one_for_all;
  BOOST_TEST(actors::text_of(actors::check(spec)).find("how:") == 0u);
  spec.how = actors::strategy::one_for_one;
  spec.max_children = 0;
  BOOST_TEST(actors::text_of(actors::check(spec))
             == "max_children must be positive");
  spec.max_children = 1;
  spec.child.significant = true; // rule 21
  spec.child.when = restart::transient;
  spec.ends = actors::auto_shutdown::any_significant;
  BOOST_TEST(actors::text_of(actors::check(spec, "app/pool"))
             == "app/pool: a dynamic supervisor has no significant children: "
                "`ends` must be never, `significant` false");
  pool p;
  auto other = *p.ask<actors::child_reply>(
    p.supervisor,
    actors::start_child_request{
      std::make_shared<const actors::child_spec>(counter_child("c"))});
  BOOST_TEST((other.result == actors::op_result::unsupported));
}

BOOST_AUTO_TEST_CASE(rule_29_children_are_terminated_by_their_handle) {
  pool p;
  auto a = p.start().child.handle;
  auto b = p.start().child.handle;
  BOOST_TEST((p.terminate(a).result == actors::op_result::ok));
  BOOST_TEST(p.states() == "w-2 running");
  BOOST_TEST((p.terminate(a).result == actors::op_result::ok)); // dead: ok
  auto stranger = p.sys.spawn(account, int64_t{0});
  BOOST_TEST((p.terminate(stranger).result == actors::op_result::not_found));
  pool other;
  auto theirs = other.start().child.handle;
  BOOST_TEST((p.terminate(theirs).result == actors::op_result::not_found));
  caf::anon_send_exit(stranger, caf::exit_reason::kill);
  // By its id as well, which OTP has not; restart and delete are refused.
  using verb = actors::child_verb;
  BOOST_TEST(
    (p.request(verb::restart, "w-2").result == actors::op_result::unsupported));
  BOOST_TEST(
    (p.request(verb::remove, "w-2").result == actors::op_result::unsupported));
  BOOST_TEST(
    (p.request(verb::terminate, "w-2").result == actors::op_result::ok));
  BOOST_TEST(p.states() == "");
  BOOST_TEST(p.add(b, 1) == -1);
  BOOST_TEST((p.last_error == actors::sup_errc::gone));
}

BOOST_AUTO_TEST_CASE(rule_29_an_ordinary_supervisor_knows_no_handles) {
  virtual_system v;
  v.start(spec_of({counter_child("a")}));
  auto reply = *v.ask<actors::child_reply>(
    v.supervisor, actors::terminate_handle_request{v.handle("a")});
  BOOST_TEST((reply.result == actors::op_result::not_found));
  BOOST_TEST(v.states() == "a running");
}

BOOST_AUTO_TEST_CASE(rule_38_counts_at_two_thousand_and_after_a_massacre) {
  pool p{restart::temporary};
  std::vector<caf::actor> all;
  for (int i = 0; i < 2000; ++i)
    all.push_back(p.start().child.handle);
  BOOST_TEST(p.counts().active == 2000u);
  for (size_t i = 0; i < 1500; ++i)
    caf::anon_send_exit(all[i], caf::exit_reason::kill);
  p.run();
  auto n = p.counts();
  BOOST_TEST(n.specs == 1u);
  BOOST_TEST(n.active == 500u);
  BOOST_TEST(n.workers == 500u);
}

BOOST_AUTO_TEST_CASE(rule_44_arguments_of_temporary_children_are_not_kept) {
  for (auto when : {restart::temporary, restart::permanent}) {
    auto spec = pool::spec_with(when);
    spec.child.start = idle_actor; // keeps none itself
    pool p{spec};
    auto token = std::make_shared<int>(1);
    std::vector<caf::actor> all;
    for (int i = 0; i < 10; ++i)
      all.push_back(p.start(caf::make_message(token)).child.handle);
    auto kept = when == restart::temporary ? 0 : 10;
    BOOST_TEST(token.use_count() == 1 + kept);
    for (auto& x : all)
      p.terminate(x);
    BOOST_TEST(token.use_count() == 1);
  }
}

BOOST_AUTO_TEST_CASE(rule_48_a_restarted_child_has_its_own_arguments) {
  pool p;
  auto a = p.start(caf::make_message(int64_t{10})).child.handle;
  auto b = p.start(caf::make_message(int64_t{20})).child.handle;
  p.add(a, 5);
  p.add(b, 5);
  p.crash(b);
  BOOST_TEST(p.add(b, 0) == 20); // from its own start; the same handle
  BOOST_TEST(p.add(a, 0) == 15); // untouched
  BOOST_TEST(p.child("w-2").incarnation == 2u);
  BOOST_TEST(p.child("w-1").incarnation == 1u);
}

BOOST_AUTO_TEST_CASE(rule_49_a_restart_that_declines_removes_the_child) {
  auto spec = pool::spec_with(restart::permanent);
  spec.child.start = [](actors::start_context& ctx) {
    ctx.acknowledges = true;
    ctx.incarnation == 1 ? ctx.ack.started() : ctx.ack.ignored();
    return idle_actor(ctx);
  };
  pool p{spec};
  auto a = p.start().child.handle;
  p.start();
  caf::anon_send_exit(a, caf::exit_reason::kill);
  p.run();
  BOOST_TEST(p.states() == "w-2 running");
  BOOST_TEST(p.add(a, 1) == -1);
  BOOST_TEST((p.last_error == actors::sup_errc::gone));
}

BOOST_AUTO_TEST_CASE(rule_57_a_supervisor_answers_during_a_restart_loop) {
  auto spec = pool::spec_with(restart::permanent);
  auto broken = std::make_shared<bool>(false);
  spec.max_restarts = 1000;
  spec.child.delay = {1s, 1s};
  spec.child.start = [broken](actors::start_context& ctx) {
    if (*broken)
      throw std::runtime_error{"not today"};
    return idle_actor(ctx);
  };
  pool p{spec};
  auto a = p.start().child.handle;
  *broken = true;
  caf::anon_send_exit(a, caf::exit_reason::kill);
  p.run();
  BOOST_TEST(p.states() == "w-1 restarting");
  BOOST_TEST(p.counts().active == 0u);
  BOOST_TEST((p.start().result == actors::op_result::start_failed));
  for (int i = 0; i < 5; ++i)
    p.advance(1s);
  BOOST_TEST(p.states() == "w-1 restarting");
  *broken = false;
  p.advance(1s);
  BOOST_TEST(p.states() == "w-1 running");
}

BOOST_AUTO_TEST_CASE(rule_72_ten_thousand_stop_together_stragglers_are_killed) {
  auto spec = pool::spec_with(restart::permanent);
  auto count = std::make_shared<int>(0);
  spec.child.start = [count](actors::start_context& ctx) {
    auto deaf = ++*count % 1000 == 0;
    return ctx.system.spawn(
      [deaf](caf::event_based_actor* self) -> caf::behavior {
        if (deaf)
          self->set_exit_handler([](caf::scheduled_actor*, caf::exit_msg&) {});
        return {[](int) {}};
      });
  };
  pool p{spec};
  for (int i = 0; i < 10'000; ++i)
    p.start();
  p.events.clear();
  p.stop();
  BOOST_TEST(p.end() == "");
  BOOST_TEST(p.counts().active == 10u);
  p.advance(5s); // one grace for all
  BOOST_TEST(p.end() == "shutdown");
  // One event for those that obeyed and one for those that had to be killed.
  std::set<std::string> lines;
  for (auto& x : p.events)
    lines.insert(x.kind + " " + x.reason + ": " + x.text);
  BOOST_TEST((lines
              == std::set<std::string>{
                "child_stopped shutdown:  (9990 children)",
                "stop_failed killed: did not end within 5 s (10 children)"}));
}

BOOST_AUTO_TEST_CASE(rule_73_what_went_wrong_in_a_stop_is_one_event_a_reason) {
  auto spec = pool::spec_with(restart::permanent);
  spec.child.start = [](actors::start_context& ctx) {
    return ctx.system.spawn([](caf::event_based_actor* self) -> caf::behavior {
      actors::prepare_child(self);
      self->set_exit_handler([](caf::scheduled_actor*, caf::exit_msg&) {
        throw std::runtime_error{"cannot save"};
      });
      return {[](int) {}};
    });
  };
  pool p{spec};
  for (int i = 0; i < 7; ++i)
    p.start();
  p.events.clear();
  p.stop();
  BOOST_REQUIRE(p.events.size() == 1u);
  BOOST_TEST(actors::to_line(p.events[0])
             == "stop_failed top: crashed, cannot save (7 children), after 0 "
                "us, 3 restarts left");
}

BOOST_AUTO_TEST_CASE(rule_87_a_new_template_is_for_the_next_starts) {
  pool p;
  auto a = p.start(caf::make_message(int64_t{1})).child.handle;
  p.add(a, 5);
  auto spec = pool::spec_with(restart::permanent);
  spec.child = actors::child_template(
    "w", [](caf::event_based_actor*, int64_t start) -> caf::behavior {
      return {[=](add_a, int64_t x) { return 1000 + start + x; },
              [](boom_a) -> int64_t { throw std::runtime_error{"boom"}; }};
    });
  auto replace = [&](actors::dynamic_spec x) {
    return *p.ask<actors::child_reply>(
      p.supervisor,
      actors::replace_template_request{
        std::make_shared<const actors::dynamic_spec>(std::move(x))});
  };
  BOOST_TEST((replace(spec).result == actors::op_result::ok));
  BOOST_TEST(p.add(a, 0) == 6); // runs on as it was
  auto b = p.start(caf::make_message(int64_t{2})).child.handle;
  BOOST_TEST(p.add(b, 0) == 1002);
  p.crash(a);
  BOOST_TEST(p.add(a, 0) == 1001); // with its own arguments
  spec.child.start = nullptr;
  BOOST_TEST((replace(spec).result == actors::op_result::invalid));
  BOOST_TEST(p.states() == "w-1 running, w-2 running");
}

BOOST_AUTO_TEST_CASE(rule_87_a_new_template_lasts_over_restarts) {
  virtual_system v;
  v.start(
    spec_of({actors::dynamic_supervisor_child("pool", pool::spec_with({}))}));
  auto sub = v.handle("pool");
  actors::supervisor_changes changes;
  changes.max_restarts = 7;
  changes.max_children = 2;
  changes.pattern.grace = 1s;
  auto reply =
    v.ask<actors::child_reply>(sub, actors::change_supervisor_request{changes});
  BOOST_REQUIRE(reply);
  BOOST_TEST((reply->result == actors::op_result::ok));
  v.request(actors::child_verb::kill, "pool");
  auto now = v.ask<actors::found_template>(sub, actors::template_request{});
  BOOST_REQUIRE(now);
  BOOST_TEST(now->spec->max_restarts == 7u);
  BOOST_TEST(now->spec->max_children == 2u);
  BOOST_TEST((now->spec->child.grace == 1s));
  changes.pattern.grace = -1s;
  reply =
    v.ask<actors::child_reply>(sub, actors::change_supervisor_request{changes});
  BOOST_TEST((reply->result == actors::op_result::invalid));
}

BOOST_AUTO_TEST_CASE(a_bad_template_is_refused_before_anything_starts) {
  auto bad = pool::spec_with({});
  bad.child.grace = -1s;
  auto spec = spec_of(
    {counter_child("a"), actors::dynamic_supervisor_child("pool", bad)});
  auto error = actors::check(spec, "top");
  BOOST_TEST((error == actors::sup_errc::bad_spec));
  BOOST_TEST(actors::text_of(error)
             == "top/pool: child 'w': grace must not be negative");
}

BOOST_AUTO_TEST_CASE(rule_94_an_idle_supervisor_has_nothing_to_do) {
  pool p;
  p.start();
  virtual_system v;
  v.start(spec_of({counter_child("a")}));
  for (auto* x : {&p.scheduler, &v.scheduler}) {
    BOOST_TEST(!x->has_job());
    BOOST_TEST(!x->has_pending_timeout());
  }
}

BOOST_AUTO_TEST_CASE(no_child_more_than_max_children) {
  auto spec = pool::spec_with(restart::permanent);
  spec.max_children = 2;
  pool p{spec};
  p.start();
  auto b = p.start().child.handle;
  auto refused = p.start();
  BOOST_TEST((actors::error_of(refused) == actors::sup_errc::max_children));
  p.terminate(b);
  BOOST_TEST((p.start().result == actors::op_result::ok));
}

BOOST_AUTO_TEST_CASE(a_dynamic_supervisor_is_seen_in_the_tree) {
  virtual_system v;
  auto spec = pool::spec_with(restart::permanent);
  v.start(spec_of({actors::dynamic_supervisor_child("pool", spec)}));
  auto sub = v.handle("pool");
  v.ask<actors::child_reply>(
    sub, actors::start_instance_request{caf::make_message(int64_t{3}), {}});
  auto tree = *v.ask<actors::tree_node>(v.supervisor, actors::tree_request{});
  BOOST_REQUIRE(tree.children.size() == 1u);
  BOOST_TEST(tree.children[0].how == "dynamic");
  BOOST_REQUIRE(tree.children[0].children.size() == 1u);
  BOOST_TEST(tree.children[0].children[0].self.path == "top/pool/w-1");
  auto found =
    *v.ask<actors::found_child>(v.supervisor, actors::find_request{"pool/w-1"});
  BOOST_TEST((found.parent == sub));
  BOOST_TEST(v.add(found.child.handle, 1) == 4);
  // Its own end takes the children with it; it comes back with none (52).
  caf::anon_send_exit(sub, caf::exit_reason::kill);
  v.run();
  BOOST_TEST(v.child("pool").incarnation == 2u);
  BOOST_TEST(
    (*v.ask<actors::child_counts>(sub, actors::count_children_request{}))
      .workers
    == 0u);
  BOOST_TEST(v.add(found.child.handle, 1) == -1);
}

BOOST_AUTO_TEST_SUITE_END()
