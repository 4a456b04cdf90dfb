#include <boost/test/unit_test.hpp>

#include <fstream>
#include <random>
#include <tests/actors/link/nodes.hpp>

using namespace link_test;
using namespace std::chrono_literals;

namespace {

/// Whether memory that was freed is given back: not under ASan.
#if defined(__SANITIZE_ADDRESS__)
constexpr auto keeps_freed_memory = true;
#else
constexpr auto keeps_freed_memory = false;
#endif

/// Memory of this process, bytes.
size_t memory() {
  std::ifstream file{"/proc/self/statm"};
  size_t total = 0;
  size_t resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

struct fixture {
  authority ca;
  authority other{"other"};

  link_options options(const std::string& name) {
    return {.cluster = "blue", .node = name, .tls = ca.issue(name)};
  }

  /// Says hello with these files and returns once it has been refused.
  void attack(node& target,
              const certificate_files* files,
              const std::string& first) {
    raw_peer peer{target.port()};
    if (peer.secure(files, ca.ca / "ca.pem")) {
      peer.send(first);
      peer.receive();
    }
  }
};

link_options plain(const std::string& name) {
  return {.cluster = "blue", .node = name};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(link_bad_peers, fixture)

BOOST_AUTO_TEST_CASE(without_a_certificate_nobody_gets_in) {
  node alpha{options("alpha")};
  attack(alpha, nullptr, hello_frame("beta"));
  alpha.expect("log link: refused", "did not return a certificate");
  BOOST_TEST(alpha.count("up") == 0u);
}

BOOST_AUTO_TEST_CASE(a_certificate_of_another_authority_is_refused) {
  node alpha{options("alpha")};
  auto files = other.issue("beta");
  attack(alpha, &files, hello_frame("beta"));
  alpha.expect("log link: refused", "certificate");
  // and the other way: who dials a node of another authority
  node beta{{.cluster = "blue", .node = "beta", .tls = files}};
  auto made = beta.dial(alpha.port());
  BOOST_TEST(contains(problem_of(made), "certificate"));
  beta.expect("log link: no link", "certificate");
  BOOST_TEST(alpha.count("up") == 0u);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  node alpha{options("alpha")};
  auto files = ca.issue("beta", std::chrono::days{-1});
  attack(alpha, &files, hello_frame("beta"));
  alpha.expect("log link: refused", "expired");
}

BOOST_AUTO_TEST_CASE(another_nodes_name_is_refused_and_told) {
  node alpha{options("alpha")};
  auto files = ca.issue("beta");
  raw_peer peer{alpha.port()};
  BOOST_TEST_REQUIRE(peer.secure(&files, ca.ca / "ca.pem"));
  peer.send(hello_frame("gamma"));
  BOOST_TEST(contains(peer.receive(), "the certificate of \"beta\""));
  alpha.expect("log link: refused", "the certificate of \"beta\"");
  BOOST_TEST(alpha.count("up") == 0u);
}

BOOST_AUTO_TEST_CASE(the_authority_itself_is_no_node) {
  node alpha{options("alpha")};
  certificate_files files{ca.ca / "ca.pem", ca.ca / "ca.key", {}};
  attack(alpha, &files, hello_frame("beta"));
  alpha.expect("log link: refused", "certificate");
}

BOOST_AUTO_TEST_CASE(wrong_cluster_and_version_are_told) {
  node alpha{plain("alpha")};
  for (auto& [first, why] :
       {std::pair{hello_frame("beta", "red"), "of the cluster \"red\""},
        std::pair{hello_frame("beta", "blue", 9), "protocol version 9"},
        std::pair{hello_frame("alpha"), "dialled itself"}}) {
    raw_peer peer{alpha.port()};
    peer.send(first);
    BOOST_TEST(contains(peer.receive(), why));
    alpha.expect("log link: refused", why);
  }
}

BOOST_AUTO_TEST_CASE(garbage_ends_the_connection_with_a_line) {
  auto seed = std::random_device{}();
  BOOST_TEST_CONTEXT("seed " << seed) {
    std::mt19937 random{seed};
    for (auto tls : {false, true}) {
      node alpha{tls ? options("alpha") : plain("alpha")};
      for (size_t i = 1; i <= 20; ++i) {
        std::string noise(random() % 2000 + 1, '\0');
        for (auto& c : noise)
          c = static_cast<char>(random());
        noise[0] = 'x';
        raw_peer peer{alpha.port()};
        peer.send(noise);
        peer.receive();
        BOOST_TEST_REQUIRE(
          alpha.until([&] { return alpha.count("log link: refused") == i; }));
      }
      node beta{tls ? options("beta") : plain("beta")};
      BOOST_TEST(problem_of(beta.dial(alpha.port())) == "no problem");
    }
  }
}

BOOST_AUTO_TEST_CASE(who_says_nothing_or_half_is_closed_in_time) {
  for (auto tls : {false, true}) {
    auto hasty = tls ? options("alpha") : plain("alpha");
    hasty.handshake_within = 100ms;
    node alpha{hasty};
    raw_peer silent{alpha.port()};
    raw_peer half{alpha.port()};
    half.send(hello_frame("beta").substr(0, 12));
    raw_peer slow{alpha.port()};
    if (tls)
      slow.secure(nullptr, ca.ca / "ca.pem");
    silent.receive();
    half.receive();
    BOOST_TEST(
      alpha.until([&] { return alpha.count("log link: refused") >= 2; }));
    alpha.expect("log link: refused", "within 100 ms");
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_never_answers_does_not_hold_the_dialler) {
  auto hasty = plain("alpha");
  hasty.handshake_within = 100ms;
  node alpha{hasty};
  node beta{options("beta")}; // speaks TLS: a plain hello is garbage to it
  BOOST_TEST(problem_of(alpha.dial(beta.port())) != "no problem");
}

BOOST_AUTO_TEST_CASE(huge_lengths_and_frames_out_of_turn_are_refused) {
  node alpha{plain("alpha")};
  std::string huge;
  append_header(huge, channel::control, 1, 0xffffffff);
  std::string early;
  append_header(early, channel::caf, 0, 4);
  auto twice = hello_frame("beta") + hello_frame("beta");
  auto early_message =
    control_frame(control_kind::message, "x") + hello_frame("beta");
  std::string long_bulk;
  append_header(long_bulk, channel::bulk, 1, 0xffffffff);
  auto bad_pong = control_frame(control_kind::pong, "123");
  for (auto& bytes :
       {huge, early, twice, early_message, hello_frame("beta") + long_bulk,
        hello_frame("beta") + bad_pong}) {
    raw_peer peer{alpha.port()};
    peer.send(bytes);
    peer.receive();
  }
  alpha.expect("log link: refused", "a length beyond");
  alpha.expect("log link: refused", "not open yet");
  alpha.expect("log link: refused", "before it said");
  alpha.expect("log link: down", "said twice");
  alpha.expect("log link: down", "a length beyond");
  alpha.expect("log link: down", "malformed control");
  BOOST_TEST(alpha.count("up") == alpha.count("down"));
}

BOOST_AUTO_TEST_CASE(bulk_beyond_the_credit_ends_the_link) {
  node alpha{plain("alpha"), false};
  raw_peer peer{alpha.port()};
  peer.send(hello_frame("beta"));
  send_queue queue{{.bulk = size_t{1} << 30}, uint64_t{1} << 40};
  std::string bytes;
  for (auto i = 0; i < 5; ++i)
    queue.push_bulk(std::string(max_bulk_message, 'x'));
  queue.fill(bytes, size_t{1} << 30);
  peer.send(bytes);
  alpha.expect("down beta: more bulk than it has credit for");
}

BOOST_AUTO_TEST_CASE(a_peer_that_reads_nothing_costs_bounded_memory) {
  node alpha{plain("alpha")};
  raw_peer peer{alpha.port()};
  peer.send(hello_frame("beta"));
  alpha.expect("up beta");
  auto link = alpha.link("beta");
  auto before = memory();
  auto refused = size_t{0};
  for (auto i = 0; i < 2000; ++i) { // 2 GB of bulk, as much of CAF's
    refused +=
      link->send_bulk(std::string(1u << 20, 'x')) == send_outcome::full;
    refused += link->send_caf(std::string(1u << 20, 'x')) == send_outcome::full;
    refused += link->send_control(std::string(1000, 'x')) == send_outcome::full;
  }
  BOOST_TEST(refused > 3000u);
  BOOST_TEST((keeps_freed_memory || memory() < before + (64u << 20)));
  auto counts = link->counters().sent;
  BOOST_TEST(counts[0].waiting <= send_limits{}.control);
  BOOST_TEST(counts[1].waiting <= send_limits{}.caf);
  BOOST_TEST(counts[2].waiting <= send_limits{}.bulk);
  link->drop("enough");
  alpha.expect("down beta: enough");
}

BOOST_AUTO_TEST_CASE(a_flood_of_connections_is_bounded_and_passes) {
  auto small = plain("alpha");
  small.max_strangers = 8;
  node alpha{small};
  {
    std::vector<std::unique_ptr<raw_peer>> crowd;
    for (auto i = 0; i < 40; ++i)
      crowd.push_back(std::make_unique<raw_peer>(alpha.port()));
    alpha.expect("log link: refused", "too many connections");
  }
  node beta{plain("beta")};
  BOOST_TEST(alpha.until(
    [&] { return problem_of(beta.dial(alpha.port())) == "no problem"; }));
}

BOOST_AUTO_TEST_CASE(a_flood_of_refusals_does_not_flood_the_log) {
  node alpha{plain("alpha")};
  for (auto i = 0; i < 300; ++i) {
    raw_peer peer{alpha.port()};
    peer.send("x");
    peer.receive();
  }
  BOOST_TEST(alpha.count("log") < 300u);
}

BOOST_AUTO_TEST_SUITE_END()
