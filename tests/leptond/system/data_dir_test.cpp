#include <leptond/system/data_dir.hpp>

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace leptond;
namespace fs = std::filesystem;

namespace {

struct scratch {
  fs::path root =
    fs::temp_directory_path() / ("lepton_dir_" + std::to_string(::getpid()));

  scratch() { fs::create_directories(root); }

  ~scratch() { fs::remove_all(root); }

  std::string path(const std::string& name) const {
    return (root / name).string();
  }
};

bool has(const failure& why, std::string_view part) {
  return why.text().find(part) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(data_directory, scratch)

BOOST_AUTO_TEST_CASE(it_is_created_with_its_parents_for_the_owner_only) {
  const auto held = open_data_dir(path("a/b"), "alpha");
  BOOST_REQUIRE(held);
  BOOST_TEST(held.value().fresh());
  for (const auto* each : {"a", "a/b"}) {
    struct stat info = {};
    BOOST_REQUIRE(::stat(path(each).c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777) == 0700u);
  }
}

BOOST_AUTO_TEST_CASE(the_same_node_comes_back_after_letting_go) {
  { BOOST_REQUIRE(open_data_dir(path("a"), "alpha")); }
  const auto again = open_data_dir(path("a"), "alpha");
  BOOST_REQUIRE(again);
  BOOST_TEST(!again.value().fresh());
}

BOOST_AUTO_TEST_CASE(in_use_tells_by_which_process) {
  const auto held = open_data_dir(path("a"), "alpha");
  BOOST_REQUIRE(held);
  const auto second = open_data_dir(path("a"), "alpha");
  BOOST_REQUIRE(!second);
  BOOST_TEST(second.error().status == 3);
  BOOST_TEST(second.error().text()
             == "data directory " + path("a") + " is in use by process "
                  + std::to_string(::getpid())
                  + "; stop it or choose another node.data_dir\n");
}

BOOST_AUTO_TEST_CASE(a_killed_owner_does_not_keep_it) {
  int ready[2] = {};
  BOOST_REQUIRE(::pipe2(ready, O_CLOEXEC) == 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto held = open_data_dir(path("a"), "alpha");
    static_cast<void>(!::write(ready[1], held ? "y" : "n", 1));
    ::pause();
    ::_exit(0);
  }
  char answer = 0;
  BOOST_REQUIRE(::read(ready[0], &answer, 1) == 1);
  BOOST_TEST(answer == 'y');
  BOOST_TEST(!open_data_dir(path("a"), "alpha"));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  BOOST_TEST(static_cast<bool>(open_data_dir(path("a"), "alpha")));
}

BOOST_AUTO_TEST_CASE(another_nodes_directory_is_refused_and_left_alone) {
  { BOOST_REQUIRE(open_data_dir(path("a"), "alpha")); }
  const auto other = open_data_dir(path("a"), "beta");
  BOOST_REQUIRE(!other);
  BOOST_TEST(other.error().status == 3);
  BOOST_TEST(has(other.error(), "belongs to node alpha, this is node beta"));
  BOOST_TEST(static_cast<bool>(open_data_dir(path("a"), "alpha")));
}

BOOST_AUTO_TEST_CASE(a_damaged_identity_is_told_with_the_remedy) {
  { BOOST_REQUIRE(open_data_dir(path("a"), "alpha")); }
  for (const auto* text : {"", "{", "[]", "{\"node\": 3}", "\xff"}) {
    std::ofstream{path("a/node.json"), std::ios::trunc} << text;
    const auto held = open_data_dir(path("a"), "alpha");
    BOOST_REQUIRE(!held);
    BOOST_TEST(has(held.error(), "damaged node.json"), text);
  }
}

BOOST_AUTO_TEST_CASE(a_file_in_the_way_is_told) {
  std::ofstream{path("file")} << "x";
  for (const auto& bad : {path("file"), path("file/below")}) {
    const auto held = open_data_dir(bad, "alpha");
    BOOST_REQUIRE(!held);
    BOOST_TEST(has(held.error(), "cannot be created: Not a directory"));
  }
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_written_is_told) {
  fs::create_directories(path("ro"));
  fs::permissions(path("ro"), fs::perms::owner_read | fs::perms::owner_exec);
  if (::getuid() != 0) {
    const auto held = open_data_dir(path("ro"), "alpha");
    BOOST_REQUIRE(!held);
    BOOST_TEST(has(held.error(), "cannot be written"));
  }
  const auto proc = open_data_dir("/proc/self", "alpha"); // also for root
  BOOST_REQUIRE(!proc);
  BOOST_TEST(proc.error().status == 3);
  BOOST_TEST(has(proc.error(), "cannot be written"));
}

BOOST_AUTO_TEST_SUITE_END()
