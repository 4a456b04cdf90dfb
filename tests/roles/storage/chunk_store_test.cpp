#include <models/io/sha256.hpp>
#include <roles/storage/chunk_store.hpp>

#include <boost/test/unit_test.hpp>

#include <random>
#include <sstream>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>

#include "tests/roles/killed_child.hpp"
#include "tests/roles/temp_dir.hpp"

using namespace roles;
using namespace roles_test;
namespace fs = std::filesystem;

namespace {

std::string random_bytes(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string out(n, '\0');
  for (auto& c : out)
    c = static_cast<char>(random());
  return out;
}

std::shared_ptr<chunk_store> open_at(const fs::path& directory,
                                     uint32_t chunk_bytes = 1000) {
  chunk_store_options options;
  options.directory = directory;
  options.chunk_bytes = chunk_bytes;
  options.grace = std::chrono::seconds{0};
  return chunk_store::open(options);
}

stored_blob store_bytes(chunk_store& store, std::string_view bytes) {
  auto writer = store.begin_blob();
  writer.append(bytes);
  return writer.finish();
}

std::string load(chunk_store& store, const std::string& sha256) {
  auto reader = store.open_blob(sha256);
  std::string out;
  for (auto part = reader.next(); !part.empty(); part = reader.next())
    out += part;
  return out;
}

std::vector<fs::path> files_below(const fs::path& directory) {
  std::vector<fs::path> out;
  for (auto& e : fs::recursive_directory_iterator(directory))
    if (e.is_regular_file() && e.path().filename() != "lock")
      out.push_back(e.path());
  return out;
}

std::set<std::string> none() {
  return {};
}

struct fixture {
  temp_dir dir;
  fs::path root = dir.path() / "data";
  std::shared_ptr<chunk_store> store = open_at(root);

  template <class F>
  std::string refusal(storage_errc code, F f) {
    try {
      f();
    } catch (const storage_error& e) {
      BOOST_TEST((e.code() == code), e.what());
      return e.what();
    }
    BOOST_ERROR("nothing was refused");
    return {};
  }
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(chunk_store_put, fixture)

BOOST_AUTO_TEST_CASE(a_blob_is_named_by_the_hash_of_its_content) {
  auto blob = store_bytes(*store, "abc");
  BOOST_TEST(
    blob.sha256
    == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(blob.bytes == 3u);
}

BOOST_AUTO_TEST_CASE(sizes_around_the_chunk_come_back_as_they_were) {
  for (size_t n : {0, 1, 999, 1000, 1001, 2000, 12345}) {
    auto bytes = random_bytes(n, n);
    auto blob = store_bytes(*store, bytes);
    BOOST_TEST(blob.sha256 == models::sha256_hex(bytes));
    BOOST_TEST(load(*store, blob.sha256) == bytes);
    BOOST_TEST(store->stat(blob.sha256)->bytes == n);
    BOOST_TEST(store->has(blob.sha256));
  }
}

BOOST_AUTO_TEST_CASE(it_does_not_matter_how_the_bytes_arrive) {
  auto bytes = random_bytes(7777, 1);
  std::mt19937 random(2);
  auto writer = store->begin_blob();
  for (size_t at = 0; at < bytes.size();) {
    auto n = std::min<size_t>(random() % 2500, bytes.size() - at);
    writer.append(std::string_view(bytes).substr(at, n));
    at += n;
  }
  BOOST_TEST(writer.bytes() == bytes.size());
  BOOST_TEST(writer.finish().sha256 == models::sha256_hex(bytes));
  BOOST_TEST(load(*store, models::sha256_hex(bytes)) == bytes);
}

BOOST_AUTO_TEST_CASE(chunks_are_plain_files_named_by_their_hash) {
  auto bytes = random_bytes(1500, 3);
  store_bytes(*store, bytes);
  auto first = models::sha256_hex(bytes.substr(0, 1000));
  BOOST_TEST(read_file(root / "chunks" / first.substr(0, 2) / first)
             == bytes.substr(0, 1000));
}

BOOST_AUTO_TEST_CASE(an_abandoned_upload_leaves_nothing) {
  {
    auto writer = store->begin_blob();
    writer.append(random_bytes(5500, 4));
  }
  BOOST_TEST(files_below(root).empty());
}

BOOST_AUTO_TEST_CASE(another_content_than_announced_is_refused) {
  auto writer = store->begin_blob();
  writer.append(random_bytes(2500, 5));
  auto expected = models::sha256_hex("something else");
  auto text =
    refusal(storage_errc::hash_mismatch, [&] { writer.finish(expected); });
  BOOST_TEST(contains(text, expected));
  BOOST_TEST(files_below(root / "blobs").empty());
  BOOST_TEST(files_below(root / "chunks").empty());
}

BOOST_AUTO_TEST_CASE(the_same_content_may_be_stored_twice_at_once) {
  auto bytes = random_bytes(50'000, 6);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] { store_bytes(*store, bytes); });
  for (auto& t : threads)
    t.join();
  BOOST_TEST(load(*store, models::sha256_hex(bytes)) == bytes);
  BOOST_TEST(files_below(root / "chunks").size() == 50u);
}

BOOST_AUTO_TEST_CASE(storing_again_repairs_a_damaged_chunk) {
  auto bytes = random_bytes(3000, 7);
  auto blob = store_bytes(*store, bytes);
  write_file(files_below(root / "chunks")[1], "short");
  BOOST_TEST(!store->has(blob.sha256));
  store_bytes(*store, bytes);
  BOOST_TEST(store->has(blob.sha256));
  BOOST_TEST(load(*store, blob.sha256) == bytes);
}

BOOST_AUTO_TEST_CASE(blobs_survive_reopening_and_leftovers_do_not) {
  auto blob = store_bytes(*store, random_bytes(2222, 8));
  blob.pin.reset();
  store.reset();
  write_file(root / "tmp" / "77", "left by a crash");
  store = open_at(root);
  BOOST_TEST(load(*store, blob.sha256) == random_bytes(2222, 8));
  BOOST_TEST(files_below(root / "tmp").empty());
}

BOOST_AUTO_TEST_CASE(a_chunk_size_out_of_range_is_refused) {
  BOOST_CHECK_THROW(open_at(dir.path() / "x", 0), std::invalid_argument);
  BOOST_CHECK_THROW(open_at(dir.path() / "x", (4u << 20) + 1),
                    std::invalid_argument);
}

BOOST_AUTO_TEST_CASE(only_the_owner_may_enter) {
  store_bytes(*store, "secret");

  struct stat info {};

  for (auto& path : {root, root / "chunks", root / "blobs", root / "tmp"}) {
    ::stat(path.c_str(), &info);
    BOOST_TEST((info.st_mode & 0777) == 0700u);
  }
  ::stat(files_below(root / "blobs")[0].c_str(), &info);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_second_opener_learns_which_process_holds_it) {
  auto text = refusal(storage_errc::in_use, [&] { open_at(root); });
  BOOST_TEST(contains(text, "in use by process " + std::to_string(getpid())));
}

BOOST_AUTO_TEST_CASE(a_program_started_by_us_does_not_hold_the_lock) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  auto child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], 1); // says that exec has happened, then outlives the store
    ::execl("/bin/sh", "sh", "-c", "echo; exec sleep 60", nullptr);
    ::_exit(9);
  }
  char c = 0;
  BOOST_TEST(::read(ends[0], &c, 1) == 1);
  store.reset();
  BOOST_CHECK_NO_THROW(open_at(root));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(chunk_store_damage, fixture)

BOOST_AUTO_TEST_CASE(unknown_and_malformed_hashes_are_not_there) {
  auto hash = models::sha256_hex("absent");
  BOOST_TEST(!store->has(hash));
  BOOST_TEST(!store->stat(hash));
  BOOST_TEST(!store->has("../../../etc/passwd"));
  refusal(storage_errc::not_found, [&] { store->open_blob(hash); });
  refusal(storage_errc::not_found, [&] { store->open_blob("../lock"); });
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_found_and_named_and_never_served) {
  auto bytes = random_bytes(3000, 9);
  auto blob = store_bytes(*store, bytes);
  auto second = models::sha256_hex(bytes.substr(1000, 1000));
  auto file = root / "chunks" / second.substr(0, 2) / second;
  auto content = read_file(file);
  content[500] ^= 1;
  write_file(file, content);
  auto reader = store->open_blob(blob.sha256);
  BOOST_TEST(reader.next() == bytes.substr(0, 1000));
  auto text = refusal(storage_errc::corrupt, [&] { reader.next(); });
  BOOST_TEST(contains(text, blob.sha256));
  BOOST_TEST(contains(text, "chunk 2 of 3"));
  BOOST_TEST(contains(text, file.string()));
  refusal(storage_errc::corrupt, [&] { reader.next(); });
}

BOOST_AUTO_TEST_CASE(a_short_a_long_and_a_missing_chunk_are_corrupt) {
  auto bytes = random_bytes(1000, 10);
  auto blob = store_bytes(*store, bytes);
  auto file = files_below(root / "chunks")[0];
  for (auto& content : {bytes.substr(0, 400), bytes + "x", std::string{}}) {
    write_file(file, content);
    refusal(storage_errc::corrupt, [&] { load(*store, blob.sha256); });
    BOOST_TEST(!store->has(blob.sha256));
  }
  fs::remove(file);
  auto text =
    refusal(storage_errc::corrupt, [&] { load(*store, blob.sha256); });
  BOOST_TEST(contains(text, "missing"));
  BOOST_TEST(!store->has(blob.sha256));
}

BOOST_AUTO_TEST_CASE(a_manifest_cut_anywhere_or_changed_anywhere_is_corrupt) {
  auto blob = store_bytes(*store, random_bytes(2500, 11));
  auto file = root / "blobs" / blob.sha256;
  auto good = read_file(file);
  for (size_t n = 0; n < good.size(); ++n) {
    write_file(file, good.substr(0, n));
    refusal(storage_errc::corrupt, [&] { store->open_blob(blob.sha256); });
    auto changed = good;
    changed[n] ^= 2;
    write_file(file, changed);
    refusal(storage_errc::corrupt, [&] { store->open_blob(blob.sha256); });
  }
  BOOST_TEST(!store->has(blob.sha256));
}

BOOST_AUTO_TEST_CASE(a_manifest_that_lies_about_sizes_is_corrupt) {
  auto with_check = [](std::string body) {
    return body + "check " + models::sha256_hex(body) + "\n";
  };
  auto chunk = "chunk " + models::sha256_hex("x") + " ";
  std::string head = "lepton-blob 1\nalgorithm sha256\n";
  BOOST_CHECK_NO_THROW(
    decode_manifest(with_check(head + "bytes 1\n" + chunk + "1\n"), "m"));
  for (const std::string& body : std::vector<std::string>{
         head + "bytes 2\n" + chunk + "1\n", head + "bytes 0\n" + chunk + "0\n",
         head + "bytes 99999999\n" + chunk + "99999999\n", head + "bytes -1\n",
         head, "lepton-blob 2\nbytes 0\n", head + "bytes 0\nrubbish\n",
         head + "bytes 0\nno end"})
    refusal(storage_errc::corrupt,
            [&] { decode_manifest(with_check(body), "m"); });
}

BOOST_AUTO_TEST_CASE(a_file_size_limit_is_reported_and_leaves_nothing) {
  store.reset();
  auto text = run_and_kill(
    [&](int fd) {
      auto mine = open_at(root, 1u << 20);
      rlimit limit{100'000, 100'000};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      ::signal(SIGXFSZ, SIG_IGN);
      try {
        store_bytes(*mine, random_bytes(3u << 20, 12));
      } catch (const storage_error& e) {
        acknowledge(fd, to_string(e.code()));
      }
      store_bytes(*mine, "small ones still work");
      acknowledge(fd, "stored");
    },
    99, 0);
  BOOST_TEST(text == "no space left\nstored\n");
  store = open_at(root);
  BOOST_TEST(files_below(root / "blobs").size() == 1u);
  BOOST_TEST(files_below(root / "chunks").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_and_a_read_only_disk_are_reported) {
  auto disk = dir.path() / "disk";
  fs::create_directory(disk);
  if (::mount("none", disk.c_str(), "tmpfs", 0, "size=4m") != 0) {
    BOOST_TEST_MESSAGE("skipped: cannot mount a file system here");
    return;
  }
  auto mine = open_at(disk / "data", 1u << 20);
  auto small = store_bytes(*mine, random_bytes(1u << 20, 13)).sha256;
  refusal(storage_errc::full,
          [&] { store_bytes(*mine, random_bytes(8u << 20, 14)); });
  BOOST_TEST(files_below(disk / "data" / "tmp").empty());
  BOOST_TEST(files_below(disk / "data" / "blobs").size() == 1u);
  BOOST_TEST(load(*mine, small) == random_bytes(1u << 20, 13));
  store_bytes(*mine, random_bytes(1u << 20, 15));
  mine.reset();
  BOOST_REQUIRE(
    ::mount("none", disk.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "size=4m")
    == 0);
  refusal(storage_errc::read_only, [&] { open_at(disk / "data"); });
  ::umount2(disk.c_str(), MNT_DETACH);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(chunk_store_removal, fixture)

BOOST_AUTO_TEST_CASE(only_what_nobody_refers_to_goes) {
  auto kept = store_bytes(*store, random_bytes(2500, 20)).sha256;
  auto gone = store_bytes(*store, random_bytes(2500, 21)).sha256;
  auto result =
    store->remove_unreferenced([&] { return std::set<std::string>{kept}; });
  BOOST_TEST(result.blobs == 1u);
  BOOST_TEST(result.chunks == 3u);
  BOOST_TEST(!store->has(gone));
  BOOST_TEST(load(*store, kept) == random_bytes(2500, 20));
}

BOOST_AUTO_TEST_CASE(chunks_shared_with_a_living_blob_stay) {
  auto bytes = random_bytes(3000, 22);
  auto kept = store_bytes(*store, bytes).sha256;
  store_bytes(*store, bytes.substr(0, 2000));
  auto result =
    store->remove_unreferenced([&] { return std::set<std::string>{kept}; });
  BOOST_TEST(result.blobs == 1u);
  BOOST_TEST(result.chunks == 0u);
  BOOST_TEST(load(*store, kept) == bytes);
}

BOOST_AUTO_TEST_CASE(a_pinned_blob_stays_until_its_pin_goes) {
  auto blob = store_bytes(*store, "pinned by its writer");
  BOOST_TEST(store->remove_unreferenced(none).blobs == 0u);
  blob.pin.reset();
  BOOST_TEST(store->remove_unreferenced(none).blobs == 1u);
  BOOST_TEST(!store->pin(blob.sha256));
}

BOOST_AUTO_TEST_CASE(a_blob_being_read_stays) {
  auto bytes = random_bytes(2500, 23);
  auto sha256 = store_bytes(*store, bytes).sha256;
  auto reader = std::make_unique<blob_reader>(store->open_blob(sha256));
  reader->next();
  BOOST_TEST(store->remove_unreferenced(none).blobs == 0u);
  BOOST_TEST(reader->next() == bytes.substr(1000, 1000));
  reader.reset();
  BOOST_TEST(store->remove_unreferenced(none).blobs == 1u);
}

BOOST_AUTO_TEST_CASE(a_blob_asked_for_while_references_are_collected_stays) {
  auto sha256 = store_bytes(*store, "about to be named").sha256;
  auto result = store->remove_unreferenced([&] {
    BOOST_TEST(store->has(sha256)); // a client that will name it now
    return std::set<std::string>{};
  });
  BOOST_TEST(result.blobs == 0u);
  BOOST_TEST(store->has(sha256));
}

BOOST_AUTO_TEST_CASE(grace_counts_from_opening_and_from_the_last_question) {
  std::chrono::steady_clock::time_point now{};
  chunk_store_options options;
  options.directory = dir.path() / "graceful";
  options.grace = std::chrono::seconds{10};
  options.now = [&now] { return now; };
  std::string sha256;
  sha256 = store_bytes(*chunk_store::open(options), "x").sha256;
  auto mine = chunk_store::open(options);
  now += std::chrono::seconds{9};
  BOOST_TEST(mine->remove_unreferenced(none).blobs == 0u);
  BOOST_TEST(mine->has(sha256));
  now += std::chrono::seconds{9};
  BOOST_TEST(mine->remove_unreferenced(none).blobs == 0u);
  now += std::chrono::seconds{1};
  BOOST_TEST(mine->remove_unreferenced(none).blobs == 1u);
}

BOOST_AUTO_TEST_CASE(a_forsaken_blob_has_no_grace_until_somebody_asks) {
  auto now = std::chrono::steady_clock::time_point{};
  chunk_store_options options;
  options.directory = dir.path() / "forsaken";
  options.grace = std::chrono::seconds{10};
  options.now = [&now] { return now; };
  auto graceful = chunk_store::open(options);
  auto needed = store_bytes(*graceful, "needed").sha256;
  auto asked = store_bytes(*graceful, "asked for").sha256;
  auto old = store_bytes(*graceful, "old").sha256;
  for (auto& blob : {needed, asked, old})
    graceful->forsake(blob);
  graceful->stat(asked);
  auto live = [&] { return std::set{needed}; };
  BOOST_TEST(graceful->remove_unreferenced(live).blobs == 1);
  BOOST_TEST(!graceful->has(old));
  BOOST_TEST(graceful->has(asked));
  BOOST_TEST(graceful->has(needed));
}

BOOST_AUTO_TEST_CASE(an_unreadable_manifest_keeps_every_chunk) {
  auto damaged = store_bytes(*store, random_bytes(1500, 24)).sha256;
  store_bytes(*store, random_bytes(1500, 25));
  write_file(root / "blobs" / damaged, "rubbish");
  auto result =
    store->remove_unreferenced([&] { return std::set<std::string>{damaged}; });
  BOOST_TEST(result.damaged == 1u);
  BOOST_TEST(result.blobs == 1u);
  BOOST_TEST(result.chunks == 0u);
  BOOST_TEST(files_below(root / "chunks").size() == 4u);
}

BOOST_AUTO_TEST_CASE(sweeping_all_the_time_never_hurts_writers) {
  std::atomic<bool> done{false};
  std::thread sweeper([&] {
    while (!done)
      store->remove_unreferenced(none);
  });
  std::vector<std::thread> writers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 3; ++t)
    writers.emplace_back([&, t] {
      // the same few contents, so that one writer's removal meets another
      for (int i = 0; i < 40; ++i) {
        auto bytes = random_bytes(2500, static_cast<uint64_t>((i + t) % 3));
        auto blob = store_bytes(*store, bytes);
        if (load(*store, blob.sha256) != bytes)
          ++wrong;
      }
    });
  for (auto& w : writers)
    w.join();
  done = true;
  sweeper.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(chunk_store_kill, fixture)

BOOST_AUTO_TEST_CASE(kill_9_in_the_middle_of_a_put_leaves_all_or_nothing) {
  constexpr unsigned seed = 4711;
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937 random(seed);
  store.reset();
  size_t acknowledged = 0;
  for (unsigned round = 0; round < 24; ++round) {
    auto text = run_and_kill(
      [&](int fd) {
        auto mine = open_at(root);
        for (unsigned i = 0;; ++i) {
          auto bytes = random_bytes(i * 700 % 9000, round * 1000 + i);
          acknowledge(fd, "begin " + models::sha256_hex(bytes));
          store_bytes(*mine, bytes);
          acknowledge(fd, "done " + models::sha256_hex(bytes));
        }
      },
      random() % 30, random() % 8000);
    store = open_at(root);
    std::istringstream lines(text);
    for (std::string word, hash; lines >> word >> hash;) {
      if (word == "done") {
        ++acknowledged;
        BOOST_REQUIRE_MESSAGE(store->has(hash), "lost " << hash);
      }
      if (store->stat(hash)) // whole, or not there
        BOOST_TEST(models::sha256_hex(load(*store, hash)) == hash);
    }
    BOOST_TEST(files_below(root / "tmp").empty());
    store.reset();
  }
  BOOST_TEST(acknowledged > 100u);
}

BOOST_AUTO_TEST_SUITE_END()
