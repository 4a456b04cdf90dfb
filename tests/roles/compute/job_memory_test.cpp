#include <models/core/error.hpp>
#include <roles/compute/job_memory.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>

#include "tests/roles/temp_dir.hpp"

using namespace roles;

namespace {

constexpr uint64_t mib = 1 << 20;

/// A machine of which 1000 MiB are available.
struct machine {
  machine() {
    write("proc/meminfo", "MemTotal: 4096000 kB\nMemFree: 1 kB\n"
                          "MemAvailable:    1024000 kB\n");
  }

  void write(const std::string& file, const std::string& text) {
    auto path = dir.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path} << text;
  }

  void version_2() {
    write("proc/self/cgroup", "0::/a/b\n");
    write("proc/self/mountinfo",
          "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  }

  uint64_t available() const { return available_memory(dir.path()) / mib; }

  roles_test::temp_dir dir;
};

std::string mibs(uint64_t n) {
  return std::to_string(n * mib) + "\n";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(job_memory, machine)

BOOST_AUTO_TEST_CASE(without_groups_it_is_what_the_kernel_calls_available) {
  BOOST_TEST(available() == 1000u);
  version_2(); // a group without limit
  write("sys/fs/cgroup/a/b/memory.max", "max\n");
  write("sys/fs/cgroup/a/b/memory.current", mibs(5000));
  BOOST_TEST(available() == 1000u);
}

BOOST_AUTO_TEST_CASE(a_limit_anywhere_above_counts_without_cached_files) {
  version_2();
  write("sys/fs/cgroup/a/memory.max", mibs(700));
  write("sys/fs/cgroup/a/memory.current", mibs(500));
  write("sys/fs/cgroup/a/memory.stat", "anon 7\ninactive_file 104857600\n");
  BOOST_TEST(available() == 300u);
  write("sys/fs/cgroup/a/b/memory.max", mibs(200));
  write("sys/fs/cgroup/a/b/memory.current", mibs(450));
  BOOST_TEST(available() == 0u);
}

BOOST_AUTO_TEST_CASE(groups_of_version_1_count_as_well) {
  write("proc/self/cgroup", "5:devices:/x\n4:memory:/x/y\n0::/\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", mibs(80));
  write("sys/fs/cgroup/memory/x/memory.usage_in_bytes", mibs(30));
  BOOST_TEST(available() == 50u);
}

BOOST_AUTO_TEST_CASE(a_machine_that_tells_nothing_sets_no_limit) {
  roles_test::temp_dir empty;
  BOOST_TEST(available_memory(empty.path()) == UINT64_MAX);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused_with_both_figures) {
  require_memory(1e6, "the job", "less needs less");
  try {
    require_memory(1e18, "the job", "less needs less");
    BOOST_ERROR("accepted");
  } catch (const models::data_error& e) {
    std::string text = e.what();
    BOOST_TEST_MESSAGE(text);
    BOOST_TEST(text.starts_with("the job needs about 931322574.6 GiB of "));
    BOOST_TEST(text.find(" are available: less needs less")
               != std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()
