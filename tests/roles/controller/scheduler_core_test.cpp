#include <roles/controller/scheduler_core.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>

using namespace roles;

namespace {

std::string text(const std::vector<scheduler_action>& actions) {
  std::string out;
  for (auto& x : actions) {
    out += out.empty() ? "" : ", ";
    if (auto* a = std::get_if<action::admit>(&x))
      out += "admit " + a->job;
    else if (auto* g = std::get_if<action::grant>(&x))
      out += "grant " + g->worker + " to " + g->job;
    else if (auto* r = std::get_if<action::revoke>(&x))
      out += "revoke " + r->worker + " of " + r->job;
  }
  return out;
}

struct core_fixture {
  scheduler_core core;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(scheduler_core_rules, core_fixture)

BOOST_AUTO_TEST_CASE(as_many_jobs_are_admitted_as_there_are_workers_in_order) {
  core.worker_up("w1");
  core.worker_up("w2");
  BOOST_TEST(text(core.submit("b", 8)) == "admit b");
  BOOST_TEST(text(core.submit("a", 8)) == "admit a");
  BOOST_TEST(text(core.submit("c", 8)) == "");
  BOOST_TEST(core.queued() == 1u);
  BOOST_TEST(text(core.ended("b")) == "admit c");
}

BOOST_AUTO_TEST_CASE(one_job_is_admitted_while_no_worker_runs) {
  BOOST_TEST(text(core.submit("a", 8)) == "admit a");
  BOOST_TEST(text(core.submit("b", 8)) == "");
  BOOST_TEST(text(core.ready("a")) == "");
  BOOST_TEST(text(core.worker_up("w1")) == "grant w1 to a");
}

BOOST_AUTO_TEST_CASE(a_job_alone_gets_all_workers_that_it_has_use_for) {
  for (auto w : {"w1", "w2", "w3"})
    core.worker_up(w);
  core.submit("a", 2);
  BOOST_TEST(text(core.ready("a")) == "grant w1 to a, grant w2 to a");
  BOOST_TEST(core.job_of("w3") == "");
}

BOOST_AUTO_TEST_CASE(workers_wait_until_the_trainer_is_ready) {
  core.worker_up("w1");
  core.submit("a", 8);
  BOOST_TEST(core.job_of("w1") == "");
  BOOST_TEST(text(core.ready("a")) == "grant w1 to a");
}

BOOST_AUTO_TEST_CASE(a_second_job_gets_its_share_by_revoking_one_at_a_time) {
  for (auto w : {"w1", "w2", "w3", "w4"})
    core.worker_up(w);
  core.submit("a", 8);
  core.ready("a");
  core.submit("b", 8);
  BOOST_TEST(text(core.ready("b")) == "revoke w1 of a");
  BOOST_TEST(text(core.released("a", "w1")) == "grant w1 to b, revoke w2 of a");
  BOOST_TEST(text(core.released("a", "w2")) == "grant w2 to b");
}

BOOST_AUTO_TEST_CASE(the_workers_of_an_ended_job_go_to_the_others) {
  core.worker_up("w1");
  core.worker_up("w2");
  core.submit("a", 8);
  core.submit("b", 8);
  core.ready("a");
  core.ready("b");
  core.released("a", core.job_of("w1") == "a" ? "w1" : "w2");
  auto of_a = core.job_of("w1") == "a" ? "w1" : "w2";
  BOOST_TEST(text(core.ended("a")) == std::string{"grant "} + of_a + " to b");
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_revoked_and_dies_is_not_waited_for) {
  for (auto w : {"w1", "w2", "w3", "w4"})
    core.worker_up(w);
  core.submit("a", 8);
  core.ready("a");
  core.submit("b", 8);
  core.ready("b"); // revokes w1
  BOOST_TEST(text(core.worker_down("w1")) == "revoke w2 of a");
  BOOST_TEST(text(core.worker_up("w1")) == "grant w1 to b");
}

BOOST_AUTO_TEST_CASE(a_trainer_that_starts_again_gets_its_workers_anew) {
  core.worker_up("w1");
  core.worker_up("w2");
  core.submit("a", 8);
  core.ready("a");
  BOOST_TEST(text(core.ready("a")) == "grant w1 to a, grant w2 to a");
}

BOOST_AUTO_TEST_CASE(a_lost_trainer_is_started_again_before_younger_jobs) {
  core.worker_up("w1");
  core.submit("a", 8);
  core.submit("b", 8);
  core.ready("a");
  BOOST_TEST(text(core.trainer_lost("a")) == "admit a");
  BOOST_TEST(core.job_of("w1") == "");
  BOOST_TEST(text(core.ready("a")) == "grant w1 to a");
  BOOST_TEST(text(core.trainer_lost("nobody")) == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_known_changes_nothing) {
  BOOST_TEST(text(core.ready("x")) == "");
  BOOST_TEST(text(core.ended("x")) == "");
  BOOST_TEST(text(core.worker_down("x")) == "");
  BOOST_TEST(text(core.released("x", "y")) == "");
  BOOST_TEST(!core.knows("x"));
}

BOOST_AUTO_TEST_CASE(a_late_return_does_not_take_the_worker_of_another_job) {
  core.worker_up("w1");
  core.submit("a", 8);
  core.ready("a");
  core.submit("b", 8);
  core.ended("a");
  core.ready("b");
  BOOST_TEST(text(core.released("a", "w1")) == "");
  BOOST_TEST(core.job_of("w1") == "b");
}

BOOST_AUTO_TEST_SUITE_END()

namespace {

/// A world that obeys the core, with what must always hold of it.
struct world {
  scheduler_core core;
  std::set<std::string> up;
  std::map<std::string, size_t> jobs; // those not over: most workers
  std::set<std::string> admitted;
  std::set<std::string> ready;
  std::map<std::string, std::string> lent; // worker -> job
  std::set<std::string> revoked;

  void obey(const std::vector<scheduler_action>& actions) {
    for (auto& x : actions)
      std::visit([this](auto& y) { obey(y); }, x);
    check();
  }

  void obey(const action::admit& x) {
    BOOST_REQUIRE(jobs.contains(x.job));
    BOOST_REQUIRE(admitted.insert(x.job).second);
  }

  void obey(const action::grant& x) {
    BOOST_REQUIRE(ready.contains(x.job));
    BOOST_REQUIRE(up.contains(x.worker));
    BOOST_REQUIRE_MESSAGE(lent.emplace(x.worker, x.job).second,
                          x.worker << " is in two jobs");
  }

  void obey(const action::revoke& x) {
    BOOST_REQUIRE(lent.at(x.worker) == x.job);
    BOOST_REQUIRE(revoked.insert(x.worker).second);
  }

  size_t workers_of(const std::string& job) const {
    return static_cast<size_t>(std::count_if(
      lent.begin(), lent.end(), [&](auto& x) { return x.second == job; }));
  }

  void check() const {
    auto room = std::max<size_t>(up.size(), 1);
    BOOST_REQUIRE(admitted.size() == jobs.size() || admitted.size() >= room);
    auto idle = up.size() - lent.size();
    for (auto& job : ready) {
      BOOST_REQUIRE(workers_of(job) <= jobs.at(job));
      if (idle > 0)
        BOOST_REQUIRE_MESSAGE(workers_of(job) == jobs.at(job),
                              "a worker is idle and " << job << " wants one");
    }
    for (auto& worker : up) {
      auto i = lent.find(worker);
      BOOST_REQUIRE(core.job_of(worker) == (i == lent.end() ? "" : i->second));
    }
  }

  void forget_workers_of(const std::string& job) {
    std::erase_if(lent, [&](auto& x) {
      if (x.second == job)
        revoked.erase(x.first);
      return x.second == job;
    });
  }
};

template <class Set>
std::string pick(const Set& from, std::mt19937& dice) {
  if (from.empty())
    return {};
  auto i = from.begin();
  std::advance(i, dice() % from.size());
  if constexpr (std::is_same_v<typename Set::value_type, std::string>)
    return *i;
  else
    return i->first;
}

void one_event(world& w, std::mt19937& dice, int& last_job) {
  auto job = pick(w.jobs, dice);
  auto worker = "w" + std::to_string(dice() % 6);
  switch (dice() % 9) {
  case 0:
    w.up.insert(worker);
    return w.obey(w.core.worker_up(worker));
  case 1:
    w.up.erase(worker);
    w.lent.erase(worker);
    w.revoked.erase(worker);
    return w.obey(w.core.worker_down(worker));
  case 2:
  case 3: {
    auto name = "j" + std::to_string(++last_job);
    w.jobs[name] = 1 + dice() % 8;
    return w.obey(w.core.submit(name, w.jobs[name]));
  }
  case 4:
  case 5:
    job = pick(w.admitted, dice);
    if (job.empty())
      return;
    w.forget_workers_of(job);
    w.ready.insert(job);
    return w.obey(w.core.ready(job));
  case 6:
    if (job.empty())
      return;
    w.forget_workers_of(job);
    w.jobs.erase(job);
    w.admitted.erase(job);
    w.ready.erase(job);
    return w.obey(w.core.ended(job));
  case 7:
    if (w.revoked.empty())
      return;
    worker = pick(w.revoked, dice);
    job = w.lent.at(worker);
    w.lent.erase(worker);
    w.revoked.erase(worker);
    return w.obey(w.core.released(job, worker));
  default:
    job = pick(w.admitted, dice);
    if (job.empty())
      return;
    w.forget_workers_of(job);
    w.admitted.erase(job);
    w.ready.erase(job);
    return w.obey(w.core.trainer_lost(job));
  }
}

} // namespace

BOOST_AUTO_TEST_SUITE(scheduler_core_histories)

BOOST_AUTO_TEST_CASE(no_history_shares_a_worker_or_leaves_one_idle_in_vain) {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 dice{seed};
      world w;
      int last_job = 0;
      for (int i = 0; i < 200; ++i)
        one_event(w, dice, last_job);
    }
  }
}

BOOST_AUTO_TEST_CASE(revoking_ends_in_an_even_share) {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    std::mt19937 dice{seed};
    world w;
    int last_job = 0;
    for (int i = 0; i < 60; ++i)
      one_event(w, dice, last_job);
    for (auto& job : std::set<std::string>{w.admitted})
      if (!w.ready.contains(job)) {
        w.ready.insert(job);
        w.obey(w.core.ready(job));
      }
    for (int i = 0; !w.revoked.empty(); ++i) {
      BOOST_REQUIRE_MESSAGE(i < 100, "seed " << seed << " never settles");
      auto worker = *w.revoked.begin();
      auto job = w.lent.at(worker);
      w.lent.erase(worker);
      w.revoked.erase(worker);
      w.obey(w.core.released(job, worker));
    }
    for (auto& poor : w.ready)
      for (auto& rich : w.ready)
        if (w.workers_of(poor) < w.jobs.at(poor))
          BOOST_TEST(w.workers_of(rich) <= w.workers_of(poor) + 1,
                     "seed " << seed << ": " << rich << " has "
                             << w.workers_of(rich) << ", " << poor << " "
                             << w.workers_of(poor));
  }
}

BOOST_AUTO_TEST_SUITE_END()
