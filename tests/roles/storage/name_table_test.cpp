#include <models/io/sha256.hpp>
#include <roles/controller/sqlite_meta_store.hpp>
#include <roles/storage/name_table.hpp>

#include <boost/test/unit_test.hpp>

#include <thread>

#include "tests/roles/temp_dir.hpp"

using namespace roles;

namespace {

struct fixture {
  roles_test::temp_dir dir;
  std::unique_ptr<meta_store> store = open();
  name_table names{*store};

  std::unique_ptr<meta_store> open() {
    sqlite_meta_options options;
    options.directory = dir.path();
    return open_sqlite_meta_store(options);
  }

  named_blob put(const std::string& name, const std::string& content) {
    return names.put(name, models::sha256_hex(content), content.size(), 1000);
  }

  template <class F>
  bool refused(storage_errc code, F f) {
    try {
      f();
    } catch (const storage_error& e) {
      BOOST_TEST_MESSAGE(e.what());
      return e.code() == code;
    }
    return false;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(name_table_rules, fixture)

BOOST_AUTO_TEST_CASE(each_put_takes_the_next_version) {
  BOOST_TEST(put("data/train", "a").version == 1);
  BOOST_TEST(put("data/train", "b").version == 2);
  BOOST_TEST(put("data/test", "c").version == 1);
  auto newest = names.find("data/train");
  BOOST_TEST(newest.version == 2);
  BOOST_TEST(newest.sha256 == models::sha256_hex("b"));
  BOOST_TEST(newest.bytes == 1u);
  BOOST_TEST(newest.created_ms == 1000);
  BOOST_TEST(names.find("data/train@1").sha256 == models::sha256_hex("a"));
}

BOOST_AUTO_TEST_CASE(more_than_nine_versions_keep_their_order) {
  for (int i = 0; i < 12; ++i)
    put("x", std::to_string(i));
  BOOST_TEST(names.find("x").version == 12);
}

BOOST_AUTO_TEST_CASE(names_that_begin_alike_do_not_mix) {
  put("a", "1");
  put("a/b", "2");
  put("a-b", "3");
  put("aZ", "4");
  BOOST_TEST(names.find("a").sha256 == models::sha256_hex("1"));
  BOOST_TEST(names.remove("a") == 1u);
  BOOST_TEST(names.list("").size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_list_shows_the_newest_version_of_each_by_name) {
  for (auto* name : {"b", "a/x", "b", "Z", "a.x"})
    put(name, name);
  auto all = names.list("");
  BOOST_REQUIRE(all.size() == 4u);
  BOOST_TEST(all[0].name == "Z");
  BOOST_TEST(all[1].name == "a.x");
  BOOST_TEST(all[2].name == "a/x");
  BOOST_TEST(all[3].version == 2);
  BOOST_TEST(names.list("a").size() == 2u);
  BOOST_TEST(names.list("none").empty());
}

BOOST_AUTO_TEST_CASE(a_removed_version_number_is_not_used_again) {
  put("x", "1");
  put("x", "2");
  BOOST_TEST(names.remove("x@2") == 1u);
  BOOST_TEST(names.find("x").version == 1);
  BOOST_TEST(put("x", "3").version == 3);
  BOOST_TEST(names.remove("x") == 2u);
  BOOST_TEST(refused(storage_errc::not_found, [&] { names.find("x"); }));
  BOOST_TEST(put("x", "4").version == 4);
}

BOOST_AUTO_TEST_CASE(hundreds_of_versions_can_be_removed_at_once) {
  for (int i = 0; i < 300; ++i)
    put("x", "same");
  BOOST_TEST(names.remove("x") == 300u);
  BOOST_TEST(names.list("").empty());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_not_found) {
  put("x", "1");
  for (auto* name : {"y", "x@2", "xx"}) {
    BOOST_TEST(refused(storage_errc::not_found, [&] { names.find(name); }));
    BOOST_TEST(refused(storage_errc::not_found, [&] { names.remove(name); }));
  }
}

BOOST_AUTO_TEST_CASE(bad_names_are_refused_with_a_reason) {
  for (auto& name : std::vector<std::string>{
         "", "/a", "a/", "a//b", "..", "a/../b", "a b", "a\nb", "\xc3\xa4",
         "a*", std::string(201, 'a'), std::string("a\0b", 3)}) {
    BOOST_TEST(refused(storage_errc::invalid_name, [&] { put(name, "x"); }));
    BOOST_TEST(refused(storage_errc::invalid_name, [&] { names.find(name); }));
  }
  for (auto* name :
       {"a@", "a@0", "a@-1", "a@x", "a@1x", "a@1@2", "a@99999999999999999999"})
    BOOST_TEST(refused(storage_errc::invalid_name, [&] { names.find(name); }));
  BOOST_TEST(refused(storage_errc::invalid_name, [&] { put("a@1", "x"); }));
  BOOST_CHECK_NO_THROW(put(std::string(200, 'a'), "x"));
  BOOST_CHECK_NO_THROW(put("A-z_0.9/b", "x"));
}

BOOST_AUTO_TEST_CASE(blobs_are_those_of_every_version) {
  put("x", "1");
  put("x", "2");
  put("y", "2");
  auto blobs = names.blobs();
  BOOST_TEST(blobs.size() == 2u);
  names.remove("x@1");
  BOOST_TEST(!names.blobs().contains(models::sha256_hex("1")));
}

BOOST_AUTO_TEST_CASE(puts_of_one_name_at_once_all_get_their_own_version) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 10; ++i)
        put("x", "content");
    });
  for (auto& t : threads)
    t.join();
  BOOST_TEST(names.find("x").version == 40);
  BOOST_TEST(names.remove("x") == 40u);
}

BOOST_AUTO_TEST_CASE(a_foreign_record_is_corrupt_not_trusted) {
  for (auto* value :
       {"", "{}", "[1]", "{\"sha256\":\"../x\",\"bytes\":1,\"created_ms\":1}",
        "{\"sha256\":1,\"bytes\":1,\"created_ms\":1}"}) {
    store->apply({{}, {{"names/x@0000000001", value}}, {}});
    BOOST_TEST(refused(storage_errc::corrupt, [&] { names.find("x"); }));
  }
}

BOOST_AUTO_TEST_SUITE_END()
