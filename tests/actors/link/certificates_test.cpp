#include <actors/link/certificates.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sys/stat.h>
#include <tests/actors/link/folder.hpp>

using namespace actors::link;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

unsigned mode_of(const fs::path& file) {
  struct stat x {};

  ::stat(file.c_str(), &x);
  return x.st_mode & 0777;
}

std::string content_of(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

template <class T>
std::string problem_of(const outcome<T>& x) {
  auto why = std::get_if<problem>(&x);
  return why == nullptr ? "no problem" : why->text;
}

struct fixture : folder {
  fs::path ca = path / "ca";

  certificate_files issue(const std::string& node,
                          issue_options with = {}) const {
    with.authority = with.authority.empty() ? ca : with.authority;
    with.to = with.to.empty() ? ca : with.to;
    with.node = node;
    auto made = issue_certificate(with);
    BOOST_TEST_REQUIRE(problem_of(made) == "no problem");
    return std::get<issued>(made).files;
  }

  void authority(const std::string& cluster = "blue") const {
    auto made = make_authority({.directory = ca, .cluster = cluster});
    BOOST_TEST_REQUIRE(problem_of(made) == "no problem");
  }
};

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != text.npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(link_certificates, fixture)

BOOST_AUTO_TEST_CASE(an_issued_certificate_speaks_for_its_node_and_cluster) {
  authority();
  auto who = check_files(issue("alpha"));
  BOOST_TEST_REQUIRE(problem_of(who) == "no problem");
  BOOST_TEST((std::get<node_identity>(who) == node_identity{"blue", "alpha"}));
}

BOOST_AUTO_TEST_CASE(private_keys_are_for_their_owner_alone) {
  authority();
  auto files = issue("alpha", {.to = path / "alpha"});
  BOOST_TEST(mode_of(ca) == 0700u);
  BOOST_TEST(mode_of(ca / "ca.key") == 0600u);
  BOOST_TEST(mode_of(files.key) == 0600u);
  BOOST_TEST(mode_of(files.certificate) == 0644u);
  BOOST_TEST(content_of(files.authority) == content_of(ca / "ca.pem"));
}

BOOST_AUTO_TEST_CASE(what_exists_is_only_replaced_by_force) {
  authority();
  auto files = issue("alpha");
  auto before = content_of(ca / "ca.key");
  auto again = make_authority({.directory = ca, .cluster = "red"});
  BOOST_TEST(contains(problem_of(again), "ca.pem exists already; --force"));
  BOOST_TEST(content_of(ca / "ca.key") == before);
  auto key = content_of(files.key);
  auto second = issue_certificate({.authority = ca, .to = ca, .node = "alpha"});
  BOOST_TEST(contains(problem_of(second), "exists already; --force"));
  BOOST_TEST(content_of(files.key) == key);
  issue("alpha", {.force = true});
  BOOST_TEST(content_of(files.key) != key);
  BOOST_TEST(problem_of(check_files(files)) == "no problem");
}

BOOST_AUTO_TEST_CASE(a_lone_key_is_not_replaced_either) {
  authority();
  std::ofstream{ca / "alpha.key"} << "precious";
  auto made = issue_certificate({.authority = ca, .to = ca, .node = "alpha"});
  BOOST_TEST(contains(problem_of(made), "alpha.key exists already"));
  BOOST_TEST(content_of(ca / "alpha.key") == "precious");
  BOOST_TEST(!fs::exists(ca / "alpha.pem"));
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_authority_is_refused) {
  authority();
  auto files = issue("alpha");
  BOOST_TEST_REQUIRE(problem_of(make_authority({.directory = path / "other"}))
                     == "no problem");
  files.authority = path / "other" / "ca.pem";
  BOOST_TEST(contains(problem_of(check_files(files)), "issuer certificate"));
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  authority();
  auto files = issue("alpha", {.valid_for = std::chrono::days{-1}});
  BOOST_TEST(contains(problem_of(check_files(files)), "expired"));
}

BOOST_AUTO_TEST_CASE(a_certificate_ends_with_its_authority) {
  auto made = make_authority(
    {.directory = ca, .cluster = "blue", .valid_for = std::chrono::days{10}});
  BOOST_TEST_REQUIRE(problem_of(made) == "no problem");
  auto node = issue_certificate({.authority = ca, .to = ca, .node = "alpha"});
  BOOST_TEST_REQUIRE(problem_of(node) == "no problem");
  auto left = std::get<issued>(node).until - std::chrono::system_clock::now();
  BOOST_TEST((left > 239h && left <= 240h));
}

BOOST_AUTO_TEST_CASE(key_and_certificate_have_to_belong_together) {
  authority();
  auto alpha = issue("alpha");
  alpha.key = issue("beta").key;
  BOOST_TEST(contains(problem_of(check_files(alpha)), "is not the key of"));
}

BOOST_AUTO_TEST_CASE(the_authority_is_no_node) {
  authority();
  certificate_files files{ca / "ca.pem", ca / "ca.key", ca / "ca.pem"};
  BOOST_TEST(problem_of(check_files(files)) != "no problem");
}

BOOST_AUTO_TEST_CASE(unreadable_files_are_named) {
  certificate_files none{path / "a.pem", path / "a.key", path / "ca.pem"};
  auto text = problem_of(check_files(none));
  BOOST_TEST(contains(text, "a.pem"));
  BOOST_TEST(contains(text, "No such file"));
  std::ofstream{path / "a.pem"} << "hello";
  BOOST_TEST(contains(problem_of(check_files(none)), "no certificate as PEM"));
  auto node = issue_certificate({.authority = ca, .to = ca, .node = "alpha"});
  BOOST_TEST(contains(problem_of(node), "lepton ca init"));
}

BOOST_AUTO_TEST_CASE(names_that_could_mean_something_else_are_refused) {
  authority();
  for (auto name : {"", "-a", "a-", "A", "a/b", "a.b", "..", "a\n", "ca"}) {
    auto made = issue_certificate({.authority = ca, .to = ca, .node = name});
    BOOST_TEST(contains(problem_of(made), "name"), name);
  }
  for (auto host : {"", "a b", "x,URI:lepton://blue/beta", "x\n"}) {
    auto made = issue_certificate(
      {.authority = ca, .to = ca, .node = "alpha", .hosts = {host}});
    BOOST_TEST(contains(problem_of(made), "neither a host name"), host);
  }
  BOOST_TEST(!fs::exists(ca / "alpha.key"));
}

BOOST_AUTO_TEST_SUITE_END()
