#pragma once

#include <roles/controller/meta_store.hpp>

#include <boost/test/unit_test.hpp>

#include <thread>

/// What every `meta_store` keeps to. An implementation derives a fixture from
/// `meta_backend` and says `META_STORE_CONFORMANCE(fixture)` inside a suite.

namespace roles_test {

class meta_backend {
public:
  virtual ~meta_backend() = default;
  virtual roles::meta_store& store() = 0;

  /// Closes the store and opens it again on the same data.
  virtual void reopen() = 0;

  /// Moves the clock of the leases.
  virtual void advance_ms(int64_t ms) = 0;
};

using roles::meta_compare;
using roles::meta_errc;
using roles::meta_error;
using roles::meta_event;
using roles::meta_txn;

inline roles::txn_result put(roles::meta_store& s,
                             std::string key,
                             std::string value,
                             int64_t lease = 0) {
  return s.apply({{}, {{std::move(key), std::move(value), lease}}, {}});
}

inline roles::txn_result erase(roles::meta_store& s, std::string key) {
  return s.apply({{}, {}, {std::move(key)}});
}

inline meta_compare changed_at(std::string key, roles::revision_t revision) {
  return {std::move(key), meta_compare::field::mod_revision, revision};
}

template <class F>
bool fails_with(meta_errc code, F f) {
  try {
    f();
  } catch (const meta_error& e) {
    return e.code() == code;
  }
  return false;
}

// -- records ------------------------------------------------------------------

inline void an_empty_store_is_at_revision_0(meta_backend& b) {
  BOOST_TEST(b.store().revision() == 0);
  BOOST_TEST(b.store().range("").records.empty());
  BOOST_TEST(!b.store().get("a"));
}

inline void a_put_can_be_read_with_its_revisions(meta_backend& b) {
  BOOST_TEST(put(b.store(), "a", "one").revision == 1);
  BOOST_TEST(put(b.store(), "a", "two").revision == 2);
  auto r = b.store().get("a");
  BOOST_REQUIRE(r);
  BOOST_TEST(r->value == "two");
  BOOST_TEST(r->create_revision == 1);
  BOOST_TEST(r->mod_revision == 2);
}

inline void values_keep_every_byte(meta_backend& b) {
  std::string value("\0\xff\n\"", 4);
  put(b.store(), "a", value);
  put(b.store(), "b", "");
  BOOST_TEST(b.store().get("a")->value == value);
  BOOST_TEST(b.store().get("b")->value.empty());
}

inline void a_range_is_sorted_and_ends_with_its_prefix(meta_backend& b) {
  for (auto* key : {"j/2", "j/1", "k", "j", "j/~", "i/9"})
    put(b.store(), key, key);
  auto found = b.store().range("j/");
  BOOST_REQUIRE(found.records.size() == 3u);
  BOOST_TEST(found.records[0].key == "j/1");
  BOOST_TEST(found.records[1].key == "j/2");
  BOOST_TEST(found.records[2].key == "j/~");
  BOOST_TEST(found.revision == b.store().revision());
}

inline void a_key_made_again_has_a_new_create_revision(meta_backend& b) {
  put(b.store(), "a", "1");
  erase(b.store(), "a");
  put(b.store(), "a", "2");
  BOOST_TEST(b.store().get("a")->create_revision == 3);
}

inline void records_and_revisions_survive_reopening(meta_backend& b) {
  put(b.store(), "a", "1");
  put(b.store(), "b", "2");
  erase(b.store(), "a");
  b.reopen();
  BOOST_TEST(b.store().revision() == 3);
  BOOST_TEST(!b.store().get("a"));
  BOOST_TEST(b.store().get("b")->mod_revision == 2);
  BOOST_TEST(put(b.store(), "c", "3").revision == 4);
}

// -- transactions -------------------------------------------------------------

inline void a_transaction_has_one_revision(meta_backend& b) {
  put(b.store(), "old", "x");
  auto r = b.store().apply({{}, {{"a", "1"}, {"b", "2"}}, {"old"}});
  BOOST_TEST(r.succeeded);
  BOOST_TEST(r.revision == 2);
  BOOST_TEST(b.store().get("a")->mod_revision == 2);
  BOOST_TEST(b.store().get("b")->mod_revision == 2);
  BOOST_TEST(!b.store().get("old"));
}

inline void a_failed_condition_changes_nothing(meta_backend& b) {
  put(b.store(), "a", "1");
  put(b.store(), "a", "2");
  auto r = b.store().apply({{changed_at("a", 1)}, {{"a", "3"}}, {"a2"}});
  BOOST_TEST(!r.succeeded);
  BOOST_TEST(r.revision == 2);
  BOOST_TEST(b.store().get("a")->value == "2");
}

inline void conditions_can_ask_for_absence(meta_backend& b) {
  meta_txn make{{changed_at("a", 0)}, {{"a", "1"}}, {}};
  BOOST_TEST(b.store().apply(make).succeeded);
  BOOST_TEST(!b.store().apply(make).succeeded);
}

inline void every_condition_must_hold(meta_backend& b) {
  put(b.store(), "a", "1");
  auto r = b.store().apply(
    {{changed_at("a", 1), changed_at("b", 7)}, {{"c", "1"}}, {}});
  BOOST_TEST(!r.succeeded);
  BOOST_TEST(!b.store().get("c"));
}

inline void nothing_written_means_no_new_revision(meta_backend& b) {
  put(b.store(), "a", "1");
  auto r = b.store().apply({{changed_at("a", 1)}, {}, {"absent"}});
  BOOST_TEST(r.succeeded);
  BOOST_TEST(r.revision == 1);
}

inline void one_of_many_competing_writers_wins(meta_backend& b) {
  std::vector<std::future<roles::txn_result>> all;
  for (int i = 0; i < 100; ++i)
    all.push_back(
      b.store().commit({{changed_at("a", 0)}, {{"a", std::to_string(i)}}, {}}));
  int won = 0;
  for (auto& f : all)
    won += f.get().succeeded;
  BOOST_TEST(won == 1);
  BOOST_TEST(b.store().revision() == 1);
}

inline void increments_from_many_threads_are_not_lost(meta_backend& b) {
  auto count = [&] {
    for (int i = 0; i < 25; ++i)
      for (;;) {
        auto r = b.store().get("n");
        auto n = r ? std::stoi(r->value) : 0;
        if (b.store()
              .apply({{changed_at("n", r ? r->mod_revision : 0)},
                      {{"n", std::to_string(n + 1)}},
                      {}})
              .succeeded)
          break;
      }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back(count);
  for (auto& t : threads)
    t.join();
  BOOST_TEST(b.store().get("n")->value == "100");
}

inline void bad_transactions_are_refused_as_invalid(meta_backend& b) {
  auto refused = [&](meta_txn txn) {
    return fails_with(meta_errc::invalid, [&] { b.store().apply(txn); });
  };
  BOOST_TEST(refused({{}, {{"", "x"}}, {}}));
  BOOST_TEST(refused({{}, {{"a b", "x"}}, {}}));
  BOOST_TEST(refused({{}, {{"\xc3\xa4", "x"}}, {}}));
  BOOST_TEST(refused({{}, {{std::string(513, 'a'), "x"}}, {}}));
  BOOST_TEST(refused({{}, {{"a", std::string((1 << 20) + 1, 'x')}}, {}}));
  BOOST_TEST(refused({{}, {{"a", "1"}, {"a", "2"}}, {}}));
  BOOST_TEST(refused({{}, {{"a", "1"}}, {"a"}}));
  BOOST_TEST(refused({{}, {{"a", "1", 4711}}, {}}));
  BOOST_TEST(refused({{}, {}, std::vector<std::string>(129, "k")}));
  BOOST_TEST(b.store().revision() == 0);
}

inline void
a_refused_transaction_does_not_harm_its_neighbours(meta_backend& b) {
  std::vector<std::future<roles::txn_result>> good;
  std::vector<std::future<roles::txn_result>> bad;
  for (int i = 0; i < 20; ++i) {
    good.push_back(
      b.store().commit({{}, {{"k" + std::to_string(i), "v"}}, {}}));
    bad.push_back(b.store().commit({{}, {{"bad", "v", 99}}, {}}));
  }
  for (auto& f : good)
    BOOST_TEST(f.get().succeeded);
  for (auto& f : bad)
    BOOST_CHECK_THROW(f.get(), meta_error);
  BOOST_TEST(b.store().range("k").records.size() == 20u);
  BOOST_TEST(b.store().revision() == 20);
}

// -- history ------------------------------------------------------------------

inline void changes_come_in_order_and_only_below_the_prefix(meta_backend& b) {
  put(b.store(), "j/1", "a");
  put(b.store(), "k", "x");
  put(b.store(), "j/1", "b");
  erase(b.store(), "j/1");
  auto c = b.store().events_since("j/", 0);
  BOOST_TEST(!c.compacted);
  BOOST_TEST(c.revision == 4);
  BOOST_REQUIRE(c.events.size() == 3u);
  BOOST_TEST(c.events[0].value == "a");
  BOOST_TEST(c.events[1].value == "b");
  BOOST_TEST(c.events[1].revision == 3);
  BOOST_CHECK(c.events[2].what == meta_event::kind::removed);
}

inline void
changes_after_a_range_miss_nothing_and_repeat_nothing(meta_backend& b) {
  put(b.store(), "a", "1");
  auto all = b.store().range("");
  put(b.store(), "b", "2");
  auto c = b.store().events_since("", all.revision);
  BOOST_REQUIRE(c.events.size() == 1u);
  BOOST_TEST(c.events[0].key == "b");
  BOOST_TEST(b.store().events_since("", c.revision).events.empty());
}

inline void a_limit_never_cuts_a_transaction(meta_backend& b) {
  for (int i = 0; i < 3; ++i)
    b.store().apply({{}, {{"a", "1"}, {"b", "2"}, {"c", "3"}}, {}});
  auto c = b.store().events_since("", 0, 4);
  BOOST_TEST(c.events.size() == 6u);
  BOOST_TEST(c.revision == 2);
  BOOST_TEST(b.store().events_since("", c.revision, 4).events.size() == 3u);
}

inline void a_compacted_history_says_so(meta_backend& b) {
  for (int i = 0; i < 5; ++i)
    put(b.store(), "a", std::to_string(i));
  b.store().compact(3);
  BOOST_TEST(b.store().events_since("", 2).compacted);
  BOOST_TEST(b.store().events_since("", 3).events.size() == 2u);
  BOOST_TEST(b.store().get("a")->value == "4");
  b.reopen();
  BOOST_TEST(b.store().events_since("", 2).compacted);
}

// -- leases and elections -----------------------------------------------------

inline void keys_go_with_their_lease(meta_backend& b) {
  auto lease = b.store().grant(1000);
  put(b.store(), "a", "1", lease);
  put(b.store(), "b", "1");
  b.advance_ms(999);
  b.store().expire_leases();
  BOOST_TEST(b.store().get("a").has_value());
  b.advance_ms(1);
  b.store().expire_leases();
  BOOST_TEST(!b.store().get("a"));
  BOOST_TEST(b.store().get("b").has_value());
  BOOST_TEST(!b.store().keep_alive(lease));
}

inline void a_lease_kept_alive_lasts(meta_backend& b) {
  auto lease = b.store().grant(1000);
  put(b.store(), "a", "1", lease);
  for (int i = 0; i < 5; ++i) {
    b.advance_ms(900);
    BOOST_TEST(b.store().keep_alive(lease));
  }
  b.store().expire_leases();
  BOOST_TEST(b.store().get("a").has_value());
}

inline void a_lease_that_is_over_cannot_be_kept_alive(meta_backend& b) {
  auto lease = b.store().grant(1000);
  b.advance_ms(1000);
  BOOST_TEST(!b.store().keep_alive(lease));
}

inline void a_transaction_never_sees_a_lease_that_is_over(meta_backend& b) {
  auto lease = b.store().grant(1000);
  put(b.store(), "a", "1", lease);
  b.advance_ms(1000);
  BOOST_TEST(
    b.store().apply({{changed_at("a", 0)}, {{"a", "2"}}, {}}).succeeded);
}

inline void a_put_without_the_lease_frees_the_key(meta_backend& b) {
  auto lease = b.store().grant(1000);
  put(b.store(), "a", "1", lease);
  put(b.store(), "a", "2");
  BOOST_TEST(b.store().revoke(lease));
  BOOST_TEST(b.store().get("a")->value == "2");
}

inline void a_revoked_lease_takes_its_keys_in_one_event(meta_backend& b) {
  auto lease = b.store().grant(1000);
  put(b.store(), "a", "1", lease);
  put(b.store(), "b", "1", lease);
  BOOST_TEST(b.store().revoke(lease));
  BOOST_TEST(!b.store().revoke(lease));
  auto c = b.store().events_since("", 2);
  BOOST_REQUIRE(c.events.size() == 2u);
  BOOST_TEST(c.events[0].revision == 3);
  BOOST_TEST(c.events[1].revision == 3);
}

inline void leases_have_their_full_time_after_reopening(meta_backend& b) {
  auto lease = b.store().grant(1000);
  put(b.store(), "a", "1", lease);
  b.advance_ms(900);
  b.reopen();
  b.advance_ms(900);
  BOOST_TEST(b.store().keep_alive(lease));
  b.advance_ms(1000);
  b.store().expire_leases();
  BOOST_TEST(!b.store().get("a"));
}

inline void lease_times_out_of_range_are_refused(meta_backend& b) {
  for (int64_t ttl : {int64_t{0}, int64_t{-5}, int64_t{86'400'001}})
    BOOST_TEST(fails_with(meta_errc::invalid, [&] { b.store().grant(ttl); }));
}

inline void only_one_candidate_leads(meta_backend& b) {
  auto mine = b.store().grant(1000);
  auto theirs = b.store().grant(1000);
  auto won = b.store().campaign("x", "me", mine);
  BOOST_REQUIRE(won);
  BOOST_TEST(!b.store().campaign("x", "they", theirs));
  BOOST_TEST(*b.store().leader("x") == "me");
  BOOST_TEST(b.store().resign(*won));
  BOOST_TEST(!b.store().resign(*won));
  BOOST_TEST(!b.store().leader("x"));
}

inline void tokens_grow_and_fence_the_old_leader_off(meta_backend& b) {
  auto first = b.store().campaign("x", "me", b.store().grant(1000));
  BOOST_REQUIRE(first);
  meta_txn order{{first->fence()}, {{"job", "mine"}}, {}};
  BOOST_TEST(b.store().apply(order).succeeded);
  b.advance_ms(1000);
  auto second = b.store().campaign("x", "they", b.store().grant(1000));
  BOOST_REQUIRE(second);
  BOOST_TEST(second->token > first->token);
  BOOST_TEST(!b.store().apply(order).succeeded);
  BOOST_TEST(!b.store().resign(*first));
  BOOST_TEST(*b.store().leader("x") == "they");
}

} // namespace roles_test

#define META_STORE_RULE(backend, rule)                                         \
  BOOST_FIXTURE_TEST_CASE(rule, backend) {                                     \
    roles_test::rule(*this);                                                   \
  }

#define META_STORE_CONFORMANCE(backend)                                        \
  META_STORE_RULE(backend, an_empty_store_is_at_revision_0)                    \
  META_STORE_RULE(backend, a_put_can_be_read_with_its_revisions)               \
  META_STORE_RULE(backend, values_keep_every_byte)                             \
  META_STORE_RULE(backend, a_range_is_sorted_and_ends_with_its_prefix)         \
  META_STORE_RULE(backend, a_key_made_again_has_a_new_create_revision)         \
  META_STORE_RULE(backend, records_and_revisions_survive_reopening)            \
  META_STORE_RULE(backend, a_transaction_has_one_revision)                     \
  META_STORE_RULE(backend, a_failed_condition_changes_nothing)                 \
  META_STORE_RULE(backend, conditions_can_ask_for_absence)                     \
  META_STORE_RULE(backend, every_condition_must_hold)                          \
  META_STORE_RULE(backend, nothing_written_means_no_new_revision)              \
  META_STORE_RULE(backend, one_of_many_competing_writers_wins)                 \
  META_STORE_RULE(backend, increments_from_many_threads_are_not_lost)          \
  META_STORE_RULE(backend, bad_transactions_are_refused_as_invalid)            \
  META_STORE_RULE(backend, a_refused_transaction_does_not_harm_its_neighbours) \
  META_STORE_RULE(backend, changes_come_in_order_and_only_below_the_prefix)    \
  META_STORE_RULE(backend,                                                     \
                  changes_after_a_range_miss_nothing_and_repeat_nothing)       \
  META_STORE_RULE(backend, a_limit_never_cuts_a_transaction)                   \
  META_STORE_RULE(backend, a_compacted_history_says_so)                        \
  META_STORE_RULE(backend, keys_go_with_their_lease)                           \
  META_STORE_RULE(backend, a_lease_kept_alive_lasts)                           \
  META_STORE_RULE(backend, a_lease_that_is_over_cannot_be_kept_alive)          \
  META_STORE_RULE(backend, a_transaction_never_sees_a_lease_that_is_over)      \
  META_STORE_RULE(backend, a_put_without_the_lease_frees_the_key)              \
  META_STORE_RULE(backend, a_revoked_lease_takes_its_keys_in_one_event)        \
  META_STORE_RULE(backend, leases_have_their_full_time_after_reopening)        \
  META_STORE_RULE(backend, lease_times_out_of_range_are_refused)               \
  META_STORE_RULE(backend, only_one_candidate_leads)                           \
  META_STORE_RULE(backend, tokens_grow_and_fence_the_old_leader_off)
