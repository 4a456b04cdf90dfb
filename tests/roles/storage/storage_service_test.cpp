#include <actors/supervision/error.hpp>
#include <models/io/sha256.hpp>
#include <roles/controller/sqlite_meta_store.hpp>
#include <roles/storage/storage_service.hpp>

#include <boost/test/unit_test.hpp>
#include <caf/all.hpp>

#include <random>

#include "tests/roles/temp_dir.hpp"

using namespace roles;
using namespace std::chrono_literals;

namespace {

std::string some_bytes(size_t n, uint64_t seed = 1) {
  std::mt19937_64 random(seed);
  std::string out(n, '\0');
  for (auto& c : out)
    c = static_cast<char>(random());
  return out;
}

struct config : caf::actor_system_config {
  config() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", size_t{2});
    add_storage_types(*this);
  }
};

/// One client of the service; answers or errors, never a hang.
struct client {
  client(caf::actor_system& system, caf::actor service)
    : self(system), store(std::move(service)) {}

  template <class R, class M>
  caf::expected<R> ask(M message) {
    caf::expected<R> out{caf::sec::runtime_error};
    self->request(store, 20s, std::move(message))
      .receive([&](R& r) { out = std::move(r); },
               [&](caf::error& e) { out = std::move(e); });
    return out;
  }

  uint64_t open() { return *ask<uint64_t>(put_open{}); }

  caf::expected<stored_entry> put(const std::string& name,
                                  const std::string& bytes,
                                  size_t part = 1'000'000) {
    auto token = open();
    for (size_t at = 0; at < bytes.size(); at += part) {
      auto ack = ask<uint64_t>(put_bytes{token, bytes.substr(at, part)});
      if (!ack)
        return ack.error();
    }
    return ask<stored_entry>(put_finish{token, name, ""});
  }

  caf::expected<std::string> get(get_open what) {
    auto opened = ask<get_opened>(std::move(what));
    if (!opened)
      return opened.error();
    std::string out;
    for (;;) {
      auto part = ask<std::string>(get_next{opened->token});
      if (!part || part->empty())
        return part ? caf::expected<std::string>{std::move(out)} : part;
      out += *part;
    }
  }

  caf::scoped_actor self;
  caf::actor store;
};

struct fixture {
  roles_test::temp_dir dir;
  std::unique_ptr<meta_store> meta = open_meta();
  storage_parts parts = make_parts();
  config cfg;
  caf::actor_system system{cfg};
  caf::actor service = system.spawn<caf::detached>(storage_service, parts);
  client me{system, service};

  ~fixture() { caf::anon_send_exit(service, caf::exit_reason::user_shutdown); }

  std::unique_ptr<meta_store> open_meta() {
    sqlite_meta_options options;
    options.directory = dir.path() / "meta";
    return open_sqlite_meta_store(options);
  }

  storage_parts make_parts() {
    chunk_store_options options;
    options.directory = dir.path() / "blobs";
    options.chunk_bytes = 64 * 1024;
    options.grace = 0s;
    storage_parts p;
    p.blobs = chunk_store::open(options);
    p.names = std::make_shared<name_table>(*meta);
    p.collect_every = 0s;
    p.now_ms = [] { return int64_t{42}; };
    return p;
  }

  /// Whether this is `code`, with a text for people.
  template <class R>
  bool refused(storage_errc code, const caf::expected<R>& answer) {
    if (answer)
      return false;
    BOOST_TEST_MESSAGE(actors::text_of(answer.error()));
    return answer.error() == code && !actors::text_of(answer.error()).empty();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(storage_service_rules, fixture)

BOOST_AUTO_TEST_CASE(what_was_put_under_a_name_comes_back) {
  auto bytes = some_bytes(300'000);
  auto entry = me.put("data/train", bytes, 70'000);
  BOOST_REQUIRE(entry);
  BOOST_TEST(entry->name == "data/train");
  BOOST_TEST(entry->version == 1);
  BOOST_TEST(entry->bytes == bytes.size());
  BOOST_TEST(entry->sha256 == models::sha256_hex(bytes));
  BOOST_TEST(entry->created_ms == 42);
  BOOST_TEST((*me.get({"data/train", ""}) == bytes));
  BOOST_TEST((*me.get({"data/train@1", ""}) == bytes));
  BOOST_TEST((*me.get({"", entry->sha256}) == bytes));
}

BOOST_AUTO_TEST_CASE(an_empty_file_is_a_file) {
  BOOST_REQUIRE(me.put("empty", ""));
  auto back = me.get({"empty", ""});
  BOOST_REQUIRE(back);
  BOOST_TEST(back->empty());
}

BOOST_AUTO_TEST_CASE(an_upload_without_a_name_is_a_blob) {
  auto entry = me.put("", "content");
  BOOST_REQUIRE(entry);
  BOOST_TEST(entry->version == 0);
  BOOST_TEST((me.ask<stored_entry>(stat_blob{entry->sha256})->bytes == 7u));
  BOOST_TEST(me.ask<std::vector<stored_entry>>(list_names{""})->empty());
}

BOOST_AUTO_TEST_CASE(names_can_be_listed_asked_for_and_removed) {
  me.put("a/1", "one");
  me.put("a/1", "two");
  me.put("b", "three");
  auto all = *me.ask<std::vector<stored_entry>>(list_names{""});
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].version == 2);
  BOOST_TEST(me.ask<std::vector<stored_entry>>(list_names{"b"})->size() == 1u);
  BOOST_TEST(me.ask<stored_entry>(stat_name{"a/1@1"})->bytes == 3u);
  BOOST_TEST(*me.ask<uint64_t>(remove_name{"a/1"}) == 2u);
  BOOST_TEST(
    refused(storage_errc::not_found, me.ask<stored_entry>(stat_name{"a/1"})));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_and_disturbs_nobody) {
  me.put("good", "good");
  BOOST_TEST(refused(storage_errc::not_found, me.get({"nope", ""})));
  BOOST_TEST(refused(storage_errc::not_found, me.get({"", "nope"})));
  BOOST_TEST(refused(storage_errc::not_found, me.get({"good@2", ""})));
  BOOST_TEST(refused(storage_errc::invalid_name, me.get({"../x", ""})));
  BOOST_TEST(refused(storage_errc::invalid_name, me.put("a b", "x")));
  BOOST_TEST(
    refused(storage_errc::bad_token, me.ask<uint64_t>(put_bytes{99, "x"})));
  BOOST_TEST(
    refused(storage_errc::bad_token, me.ask<std::string>(get_next{99})));
  BOOST_TEST(
    refused(storage_errc::bad_token, me.ask<stored_entry>(put_finish{99})));
  BOOST_TEST(
    refused(storage_errc::not_found,
            me.ask<stored_entry>(stat_blob{models::sha256_hex("absent")})));
  BOOST_TEST(
    refused(storage_errc::not_found, me.ask<uint64_t>(remove_name{"nope"})));
  BOOST_TEST((*me.get({"good", ""}) == "good"));
}

BOOST_AUTO_TEST_CASE(an_announced_hash_is_held_against_the_content) {
  auto token = me.open();
  me.ask<uint64_t>(put_bytes{token, "content"});
  BOOST_TEST(refused(
    storage_errc::hash_mismatch,
    me.ask<stored_entry>(put_finish{token, "x", models::sha256_hex("other")})));
  BOOST_TEST(
    refused(storage_errc::not_found, me.ask<stored_entry>(stat_name{"x"})));
  token = me.open();
  me.ask<uint64_t>(put_bytes{token, "content"});
  BOOST_TEST(
    (me.ask<stored_entry>(put_finish{token, "x", models::sha256_hex("content")})
       ->version
     == 1));
}

BOOST_AUTO_TEST_CASE(a_message_above_the_bound_ends_its_upload) {
  auto token = me.open();
  BOOST_TEST(refused(storage_errc::too_large,
                     me.ask<uint64_t>(put_bytes{
                       token, std::string(max_transfer_bytes + 1, 'x')})));
  BOOST_TEST(
    refused(storage_errc::bad_token, me.ask<uint64_t>(put_bytes{token, "x"})));
}

BOOST_AUTO_TEST_CASE(a_transfer_ends_once) {
  auto token = me.open();
  BOOST_TEST(*me.ask<uint64_t>(end_transfer{token}) == 1u);
  BOOST_TEST(*me.ask<uint64_t>(end_transfer{token}) == 0u);
  BOOST_TEST(
    refused(storage_errc::bad_token, me.ask<uint64_t>(put_bytes{token, "x"})));
  auto finished = me.open();
  me.ask<stored_entry>(put_finish{finished});
  BOOST_TEST(refused(storage_errc::bad_token,
                     me.ask<stored_entry>(put_finish{finished})));
}

BOOST_AUTO_TEST_CASE(a_transfer_belongs_to_the_actor_that_began_it) {
  client other{system, service};
  auto token = me.open();
  BOOST_TEST(refused(storage_errc::bad_token,
                     other.ask<uint64_t>(put_bytes{token, "x"})));
  BOOST_TEST(*other.ask<uint64_t>(end_transfer{token}) == 0u);
  BOOST_TEST(*me.ask<uint64_t>(put_bytes{token, "x"}) == 1u);
}

BOOST_AUTO_TEST_CASE(transfers_are_bounded_and_end_with_their_owner) {
  {
    client other{system, service};
    for (size_t i = 0; i < max_transfers; ++i)
      other.ask<uint64_t>(put_bytes{other.open(), "x"});
    BOOST_TEST(refused(storage_errc::busy, me.ask<uint64_t>(put_open{})));
  }
  // DOWN comes through the mailbox, so a question or two may be faster
  auto token = me.ask<uint64_t>(put_open{});
  for (int i = 0; i < 100'000 && !token; ++i)
    token = me.ask<uint64_t>(put_open{});
  BOOST_TEST(static_cast<bool>(token));
}

BOOST_AUTO_TEST_CASE(uploads_of_many_actors_do_not_mix) {
  std::vector<std::unique_ptr<client>> clients;
  std::vector<uint64_t> tokens;
  for (uint64_t i = 0; i < 8; ++i) {
    clients.push_back(std::make_unique<client>(system, service));
    tokens.push_back(clients.back()->open());
  }
  for (int part = 0; part < 5; ++part)
    for (uint64_t i = 0; i < 8; ++i)
      clients[i]->ask<uint64_t>(put_bytes{tokens[i], some_bytes(50'000, i)});
  for (uint64_t i = 0; i < 8; ++i) {
    std::string all;
    for (int part = 0; part < 5; ++part)
      all += some_bytes(50'000, i);
    auto entry = clients[i]->ask<stored_entry>(
      put_finish{tokens[i], "f" + std::to_string(i), ""});
    BOOST_TEST(entry->sha256 == models::sha256_hex(all));
  }
}

BOOST_AUTO_TEST_CASE(a_corrupt_chunk_ends_the_download_with_its_place) {
  auto bytes = some_bytes(200'000);
  auto entry = me.put("x", bytes);
  auto second = models::sha256_hex(bytes.substr(65536, 65536));
  roles_test::write_file(dir.path() / "blobs" / "chunks" / second.substr(0, 2)
                           / second,
                         std::string(65536, 'x'));
  auto answer = me.get({"x", ""});
  BOOST_REQUIRE(refused(storage_errc::corrupt, answer));
  BOOST_TEST(actors::text_of(answer.error()).find("chunk 2 of 4")
             != std::string::npos);
  BOOST_REQUIRE(me.put("y", bytes)); // the same content again repairs it
  BOOST_TEST((*me.get({"x", ""}) == bytes));
}

BOOST_AUTO_TEST_CASE(collecting_removes_what_no_name_refers_to) {
  me.put("x", "kept");
  auto loose = me.put("", "loose");
  auto named = me.put("y", "was named");
  me.ask<uint64_t>(remove_name{"y"});
  auto result = me.ask<blobs_collected>(collect_blobs{});
  BOOST_REQUIRE(result);
  BOOST_TEST(result->blobs == 2u);
  BOOST_TEST((*me.get({"x", ""}) == "kept"));
  BOOST_TEST(refused(storage_errc::not_found,
                     me.ask<stored_entry>(stat_blob{loose->sha256})));
}

BOOST_AUTO_TEST_CASE(what_others_refer_to_stays) {
  auto loose = me.put("", "a checkpoint");
  auto with_hook = parts;
  with_hook.references = [&] { return std::set<std::string>{loose->sha256}; };
  auto second = system.spawn<caf::detached>(storage_service, with_hook);
  client other{system, second};
  BOOST_TEST(other.ask<blobs_collected>(collect_blobs{})->blobs == 0u);
  caf::anon_send_exit(second, caf::exit_reason::user_shutdown);
  with_hook.references = []() -> std::set<std::string> {
    throw meta_error(meta_errc::io, "cannot tell");
  };
  auto third = system.spawn<caf::detached>(storage_service, with_hook);
  client blind{system, third};
  BOOST_TEST(refused(storage_errc::state_store,
                     blind.ask<blobs_collected>(collect_blobs{})));
  BOOST_TEST((*me.get({"", loose->sha256}) == "a checkpoint"));
  caf::anon_send_exit(third, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_new_incarnation_has_the_data_and_none_of_the_transfers) {
  me.put("x", "kept");
  auto token = me.open();
  caf::anon_send_exit(service, caf::exit_reason::kill);
  service = system.spawn<caf::detached>(storage_service, parts);
  client again{system, service};
  BOOST_TEST((*again.get({"x", ""}) == "kept"));
  BOOST_TEST(refused(storage_errc::bad_token,
                     again.ask<stored_entry>(put_finish{token, "y", ""})));
}

BOOST_AUTO_TEST_CASE(errors_render_as_words) {
  auto answer = me.get({"nope", ""});
  BOOST_TEST(system.render(answer.error())
             == "not found: no stored name 'nope'");
}

BOOST_AUTO_TEST_CASE(messages_survive_serialisation) {
  caf::binary_serializer::container_type buffer;
  put_finish in{7, "name", "hash"};
  caf::binary_serializer sink{system, buffer};
  BOOST_REQUIRE(!sink(in));
  put_finish out;
  caf::binary_deserializer source{system, buffer};
  BOOST_REQUIRE(!source(out));
  BOOST_TEST(out.token == 7u);
  BOOST_TEST(out.name == "name");
  BOOST_TEST(out.sha256 == "hash");
}

BOOST_AUTO_TEST_SUITE_END()
