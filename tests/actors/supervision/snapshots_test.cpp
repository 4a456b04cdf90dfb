#include <actors/snapshot/disk_snapshot_store.hpp>
#include <actors/snapshot/snapshot_format.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <random>
#include <thread>
#include <unistd.h>

#include "tests/actors/supervision/virtual_system.hpp"

using namespace supervision_tests;
namespace fs = std::filesystem;

namespace {

/// A counter whose total outlives it; throws when it is restored to 13.
caf::behavior keeper(caf::stateful_actor<counter_state>* self) {
  return {
    [=](add_a, int64_t x) { return self->state.total += x; },
    [](boom_a) -> int64_t { throw std::runtime_error{"the keeper broke"}; },
    [=](actors::snapshot_atom) { return std::to_string(self->state.total); },
    [=](actors::restore_atom, const std::string& bytes) {
      self->state.total = std::stoll(bytes);
      if (self->state.total == 13)
        throw std::runtime_error{"bad luck"};
    },
  };
}

struct world : virtual_system {
  actors::child_spec keeper_child() {
    auto spec = actors::actor_child("a", keeper);
    spec.snapshots.store = store;
    return spec;
  }

  void begin(const actors::child_spec& spec) {
    start(spec_of({spec}, actors::strategy::one_for_one, 10));
    a = handle("a");
  }

  void crash() {
    caf::anon_send(a, boom_a::value);
    run();
  }

  std::string kept() {
    auto x = store->newest("top/a");
    return x ? x->bytes : "nothing";
  }

  size_t count(const std::string& kind) const {
    return static_cast<size_t>(std::count_if(
      events.begin(), events.end(), [&](auto& e) { return e.kind == kind; }));
  }

  std::shared_ptr<actors::snapshot_store> store =
    std::make_shared<actors::memory_snapshot_store>();
  caf::actor a;
};

/// A directory of its own, removed at the end.
struct disk {
  disk() {
    auto name = (fs::temp_directory_path() / "snapshots-XXXXXX").string();
    directory = ::mkdtemp(name.data());
  }

  ~disk() { fs::remove_all(directory); }

  std::vector<fs::path> files(const actors::disk_snapshot_store& store,
                              const std::string& key) {
    std::vector<fs::path> result;
    for (auto& x : fs::directory_iterator{store.folder_of(key)})
      result.push_back(x.path());
    std::sort(result.begin(), result.end());
    return result;
  }

  fs::path directory;
};

void spoil(const fs::path& file, size_t at) {
  std::fstream f{file, std::ios::in | std::ios::out | std::ios::binary};
  f.seekg(static_cast<std::streamoff>(at));
  auto c = static_cast<char>(f.get() ^ 1);
  f.seekp(static_cast<std::streamoff>(at));
  f.put(c);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(snapshots, world)

BOOST_AUTO_TEST_CASE(state_survives_a_crash_as_of_the_last_snapshot) {
  auto spec = keeper_child();
  spec.snapshots.every = 10s;
  begin(spec);
  add(a, 5);
  advance(10s);
  add(a, 100); // after it
  BOOST_TEST(kept() == "5");
  crash();
  BOOST_TEST(add(a, 1) == 6);
}

BOOST_AUTO_TEST_CASE(without_a_snapshot_it_starts_with_nothing) {
  auto spec = keeper_child();
  spec.snapshots.every = 10s;
  begin(spec);
  add(a, 5);
  crash();
  BOOST_TEST(add(a, 1) == 1);
}

BOOST_AUTO_TEST_CASE(snapshots_come_after_so_many_messages) {
  auto spec = keeper_child();
  spec.snapshots.after_messages = 3;
  begin(spec);
  add(a, 1);
  add(a, 1);
  BOOST_TEST(kept() == "nothing");
  add(a, 1);
  BOOST_TEST(kept() == "3");
  crash(); // the next one counts anew
  add(a, 1);
  add(a, 1);
  BOOST_TEST(kept() == "3");
  add(a, 1);
  BOOST_TEST(kept() == "6");
}

BOOST_AUTO_TEST_CASE(snapshot_is_of_the_nth_message_whatever_waits_behind) {
  auto spec = keeper_child();
  spec.snapshots.after_messages = 3;
  begin(spec);
  for (int64_t x : {1, 10, 100, 1000, 10'000})
    caf::anon_send(a, add_a::value, x);
  caf::anon_send(a, boom_a::value); // all in its mailbox at once
  run();
  BOOST_TEST(kept() == "111");
  BOOST_TEST(add(a, 0) == 111);
}

BOOST_AUTO_TEST_CASE(only_messages_from_outside_count) {
  auto spec = actors::actor_child(
    "a", [](caf::stateful_actor<counter_state>* self) -> caf::behavior {
      auto plain = keeper(self);
      return caf::message_handler{[=](add_a, int64_t x) {
                                    self->state.total += x;
                                    self->send(self, leave_a::value);
                                    return self->state.total;
                                  },
                                  [](leave_a) {}}
        .or_else(plain.as_behavior_impl());
    });
  spec.snapshots.store = store;
  spec.snapshots.after_messages = 2;
  begin(spec);
  add(a, 1);
  BOOST_TEST(kept() == "nothing"); // it has told itself something since
  add(a, 1);
  BOOST_TEST(kept() == "2");
}

BOOST_AUTO_TEST_CASE(child_that_cannot_tell_its_state_is_said_and_goes_on) {
  auto spec = actors::actor_child("a", counter);
  spec.snapshots.store = store;
  spec.snapshots.after_messages = 1;
  begin(spec);
  BOOST_TEST(add(a, 1) == 1);
  BOOST_TEST(add(a, 1) == 2);
  BOOST_TEST(count("snapshot_failed") == 2u);
  BOOST_TEST(child("a").restarts == 0u);
}

BOOST_AUTO_TEST_CASE(child_that_is_stopped_leaves_its_state) {
  begin(keeper_child());
  add(a, 7);
  request(actors::child_verb::terminate, "a");
  BOOST_TEST(kept() == "7");
  request(actors::child_verb::restart, "a");
  BOOST_TEST(add(a, 1) == 8);
  stop();
  BOOST_TEST(kept() == "8");
}

BOOST_AUTO_TEST_CASE(restored_before_messages_that_waited) {
  auto spec = keeper_child();
  spec.snapshots.after_messages = 1;
  spec.while_down = actors::hold(10);
  spec.poison_after = 1;
  begin(spec);
  add(a, 5);
  caf::anon_send(a, boom_a::value);
  auto answer = driver->request(a, caf::infinite, add_a::value, int64_t{1});
  BOOST_TEST(collect<int64_t>(std::move(answer)).value_or(0) == 6);
}

BOOST_AUTO_TEST_CASE(restarts_with_a_bad_snapshot_end_at_the_older_one) {
  begin(keeper_child());
  add(a, 4);
  store->save("top/a", "4");
  store->save("top/a", "13");
  crash();
  BOOST_TEST(count("snapshot_set_aside") == 1u);
  BOOST_TEST(add(a, 1) == 5);
  BOOST_TEST(child("a").restarts == 4u); // three of them failed
}

BOOST_AUTO_TEST_CASE(child_without_a_restore_handler_is_told_of_it) {
  store->save("top/a", "4");
  auto spec = counter_child("a");
  spec.snapshots.store = store;
  spec.snapshots.tries = 1;
  start(spec_of({counter_child("first")}));
  auto reply = start_child(spec);
  BOOST_TEST((reply.result == actors::op_result::start_failed));
  BOOST_TEST(reply.text.find("no restore handler") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(thread_child_keeps_its_state) {
  caf::actor_system_config cfg;
  actors::add_supervision_errors(cfg);
  caf::actor_system real{cfg};
  auto spec = keeper_child();
  spec.runs_on = actors::carrier::thread;
  spec.when = actors::restart::permanent;
  auto top = actors::spawn_supervisor(real, "top", spec_of({spec}), runtime);
  BOOST_REQUIRE(top);
  {
    auto it = actors::which_children(real, *top)->at(0).handle;
    caf::scoped_actor self{real};
    self->request(it, caf::infinite, add_a::value, int64_t{9})
      .receive([](int64_t) {}, [](caf::error&) { BOOST_ERROR("no answer"); });
    BOOST_TEST(!actors::terminate_child(real, *top, "a"));
    BOOST_TEST(kept() == "9");
    BOOST_REQUIRE(actors::restart_child(real, *top, "a"));
    self->request(it, caf::infinite, add_a::value, int64_t{1})
      .receive([](int64_t x) { BOOST_TEST(x == 10); },
               [](caf::error&) { BOOST_ERROR("no answer"); });
  }
  actors::stop_supervisor(real, *top);
}

BOOST_AUTO_TEST_SUITE_END()

// -- the stores ---------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(snapshot_stores, disk)

BOOST_AUTO_TEST_CASE(both_stores_keep_the_newest_and_forget_the_oldest) {
  std::vector<std::shared_ptr<actors::snapshot_store>> stores{
    std::make_shared<actors::memory_snapshot_store>(2),
    std::make_shared<actors::disk_snapshot_store>(directory, 2)};
  for (auto& store : stores) {
    BOOST_TEST(!store->newest("a/b"));
    for (int i = 1; i <= 5; ++i) {
      store->save("a/b", std::to_string(i));
      BOOST_TEST(store->newest("a/b")->bytes == std::to_string(i));
      store->flush();
      BOOST_TEST(store->newest("a/b")->bytes == std::to_string(i));
    }
    store->set_aside("a/b", store->newest("a/b")->number);
    BOOST_TEST(store->newest("a/b")->bytes == "4");
    store->set_aside("a/b", store->newest("a/b")->number);
    BOOST_TEST(!store->newest("a/b"));
    BOOST_TEST(!store->newest("a/c"));
  }
}

BOOST_AUTO_TEST_CASE(disk_store_goes_on_where_an_earlier_one_left_off) {
  uint64_t number = 0;
  {
    actors::disk_snapshot_store store{directory};
    store.save("k", "one");
    number = store.newest("k")->number;
  }
  actors::disk_snapshot_store store{directory};
  BOOST_TEST(store.newest("k")->bytes == "one");
  store.save("k", "two");
  BOOST_TEST(store.newest("k")->number == number + 1);
}

BOOST_AUTO_TEST_CASE(what_was_set_aside_on_its_way_to_the_disk_is_not_offered) {
  actors::disk_snapshot_store store{directory};
  for (int i = 0; i < 200; ++i) {
    store.save("k", "x");
    auto number = store.newest("k")->number;
    store.set_aside("k", number);
    auto now = store.newest("k");
    BOOST_TEST((!now || now->number != number));
  }
  store.flush();
  BOOST_TEST(!store.newest("k"));
}

BOOST_AUTO_TEST_CASE(broken_file_gives_way_to_the_one_before) {
  std::vector<std::string> problems;
  actors::disk_snapshot_store store{
    directory, 3, [&](const std::string& x) { problems.push_back(x); }};
  for (auto text : {"one", "two", "three"}) {
    store.save("k", text);
    store.flush();
  }
  auto all = files(store, "k");
  BOOST_REQUIRE(all.size() == 3u);
  spoil(all[2], 33);
  BOOST_TEST(store.newest("k")->bytes == "two");
  BOOST_TEST(problems.size() == 1u);
  fs::resize_file(files(store, "k")[1], 20);
  BOOST_TEST(store.newest("k")->bytes == "one");
  BOOST_TEST(files(store, "k").size() == 3u); // for people to look at
}

BOOST_AUTO_TEST_CASE(half_written_file_is_never_seen) {
  actors::disk_snapshot_store store{directory};
  store.save("k", "one");
  store.flush();
  std::ofstream{store.folder_of("k") / "00000000000000000002.snapshot.new"}
    << "LPSNAP";
  BOOST_TEST(store.newest("k")->bytes == "one");
}

BOOST_AUTO_TEST_CASE(keys_are_told_apart_whatever_characters_they_have) {
  actors::disk_snapshot_store store{directory};
  const std::vector<std::string> keys{"a/b", "a%2fb", "a_b", "../x", ".",
                                      "..",  "",      "ä",   "a b"};
  for (auto& key : keys)
    store.save(key, "of " + key);
  store.flush();
  for (auto& key : keys) {
    BOOST_TEST(store.newest(key)->bytes == "of " + key);
    BOOST_TEST(store.folder_of(key).parent_path() == directory);
  }
}

BOOST_AUTO_TEST_CASE(disk_that_cannot_be_written_is_told_and_survived) {
  std::mutex mutex;
  std::string problem;
  actors::disk_snapshot_store store{directory, 2, [&](const std::string& x) {
                                      std::lock_guard guard{mutex};
                                      problem = x;
                                    }};
  std::ofstream{store.folder_of("k")} << "in the way";
  store.save("k", "one");
  store.flush();
  std::lock_guard guard{mutex};
  BOOST_TEST(problem.find("no snapshot of k") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(format_reads_what_it_wrote_and_nothing_else) {
  auto seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random{seed};
  for (size_t size : {size_t{0}, size_t{1}, size_t{1000}}) {
    std::string content(size, '\0');
    for (auto& c : content)
      c = static_cast<char>(random());
    auto file = actors::encode_snapshot(7, content);
    auto back = actors::decode_snapshot(file);
    BOOST_REQUIRE(back);
    BOOST_TEST((back->number == 7u && back->bytes == content));
    for (size_t i = 0; i < file.size(); ++i) {
      auto bad = file;
      bad[i] = static_cast<char>(bad[i] ^ (1 << random() % 8));
      BOOST_TEST(!actors::decode_snapshot(bad), "byte " << i);
      BOOST_TEST(!actors::decode_snapshot(file.substr(0, i)));
    }
    BOOST_TEST(!actors::decode_snapshot(file + "x"));
  }
}

BOOST_AUTO_TEST_SUITE_END()
