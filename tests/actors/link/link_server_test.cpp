#include <boost/test/unit_test.hpp>

#include <tests/actors/link/nodes.hpp>

using namespace link_test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  authority ca;

  link_options options(const std::string& name, uint64_t incarnation = 1) {
    return {.cluster = "blue",
            .node = name,
            .incarnation = incarnation,
            .tls = ca.issue(name)};
  }

  static void join(node& from, node& to, const std::string& name = {}) {
    auto made = from.dial(to.port(), name);
    BOOST_TEST_REQUIRE(problem_of(made) == "no problem");
  }
};

link_options plain(const std::string& name, uint64_t incarnation = 1) {
  return {.cluster = "blue", .node = name, .incarnation = incarnation};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(links, fixture)

BOOST_AUTO_TEST_CASE(two_nodes_exchange_what_they_have_to_say) {
  node alpha{options("alpha", 5)};
  node beta{options("beta", 6)};
  join(beta, alpha, "alpha");
  alpha.expect("up beta 6");
  beta.expect("up alpha 5");
  BOOST_TEST(alpha.link("beta")->peer().encrypted);
  auto sent = alpha.link("beta")->send_control("gossip");
  BOOST_TEST((sent == send_outcome::accepted));
  beta.expect("control alpha: gossip");
  beta.link("alpha")->send_bulk(std::string(5'000'000, 'x'));
  alpha.expect("bulk beta: 5000000");
  alpha.until([&] { return alpha.link("beta")->counters().pongs > 0; });
  auto seen = alpha.link("beta")->counters();
  BOOST_TEST(seen.round_trip.count() > 0);
  BOOST_TEST(seen.bulk_in == 5'000'000u);
  BOOST_TEST(seen.bytes_in > 5'000'000u);
}

BOOST_AUTO_TEST_CASE(more_bulk_than_the_window_arrives_when_it_is_used) {
  node alpha{options("alpha")};
  node beta{options("beta")};
  join(beta, alpha);
  auto link = beta.link("alpha");
  constexpr auto pieces = 40; // of 4 MiB: five windows
  for (auto i = 0; i < pieces; ++i)
    BOOST_TEST_REQUIRE(beta.until([&] {
      return link->send_bulk(std::string(4u << 20, 'x'))
             == send_outcome::accepted;
    }));
  BOOST_TEST(alpha.until([&] { return alpha.count("bulk beta") == pieces; }));
  BOOST_TEST(beta.has_seen("relieved alpha 3"));
}

BOOST_AUTO_TEST_CASE(who_does_not_use_bulk_gets_no_more_and_heartbeats_go_on) {
  node alpha{options("alpha"), false};
  node beta{options("beta")};
  join(beta, alpha);
  auto link = beta.link("alpha");
  auto full = [&] {
    return link->send_bulk(std::string(4u << 20, 'x')) == send_outcome::full
           && link->counters().sent[2].frames * max_piece
                > 2 * max_bulk_message - max_piece;
  };
  BOOST_TEST_REQUIRE(beta.until(full));
  auto before = link->counters();
  BOOST_TEST(before.sent[2].waiting <= send_limits{}.bulk);
  BOOST_TEST(alpha.count("bulk beta") <= 2 * max_bulk_message >> 22);
  link->send_control("still here");
  alpha.expect("control beta: still here");
  BOOST_TEST(beta.until([&] { return link->counters().pongs > before.pongs; }));
}

BOOST_AUTO_TEST_CASE(a_dropped_link_is_down_at_once_on_both_sides) {
  node alpha{options("alpha")};
  node beta{options("beta")};
  join(beta, alpha);
  auto link = alpha.link("beta");
  link->drop("no longer wanted");
  alpha.expect("down beta: no longer wanted");
  beta.expect("down alpha");
  BOOST_TEST((link->send_control("x") == send_outcome::closed));
  BOOST_TEST((alpha.server().find("beta") == nullptr));
  join(beta, alpha);
  BOOST_TEST(alpha.until([&] { return alpha.count("up beta") == 2; }));
}

BOOST_AUTO_TEST_CASE(a_node_that_stops_is_down) {
  node alpha{options("alpha")};
  {
    node beta{options("beta")};
    join(beta, alpha);
  }
  alpha.expect("down beta");
}

BOOST_AUTO_TEST_CASE(a_newer_incarnation_replaces_the_link_of_the_older) {
  node alpha{options("alpha")};
  node first{options("beta", 1)};
  join(first, alpha);
  node second{options("beta", 2)};
  join(second, alpha);
  alpha.expect("down beta", "another link");
  alpha.expect("up beta 2");
  auto again = first.dial(alpha.port());
  BOOST_TEST(contains(problem_of(again), "newer incarnation"));
}

BOOST_AUTO_TEST_CASE(of_two_that_dial_each_other_one_link_remains) {
  for (auto round = 0; round < 20; ++round) {
    node alpha{plain("alpha")};
    node beta{plain("beta")};
    alpha.server().dial("127.0.0.1", beta.port(), "beta", nullptr);
    beta.server().dial("127.0.0.1", alpha.port(), "alpha", nullptr);
    auto settled = [&] {
      auto a = alpha.server().find("beta");
      auto b = beta.server().find("alpha");
      return a && b && a->peer().dialled && !b->peer().dialled;
    };
    BOOST_TEST_REQUIRE(alpha.until(settled));
    alpha.link("beta")->send_control("hi");
    beta.expect("control alpha: hi");
  }
}

BOOST_AUTO_TEST_CASE(plain_links_stay_on_this_machine) {
  auto open = plain("alpha");
  open.host = "0.0.0.0";
  auto refused = link_server::start(open, {});
  BOOST_TEST(contains(problem_of(refused), "needs certificates"));
  node alpha{plain("alpha")};
  auto dialled = alpha.dial(7500, "beta", "192.0.2.1");
  BOOST_TEST(contains(problem_of(dialled), "needs certificates"));
}

BOOST_AUTO_TEST_CASE(files_of_another_node_are_refused_at_the_start) {
  auto wrong = options("alpha");
  wrong.tls = ca.issue("beta");
  auto refused = link_server::start(wrong, {});
  BOOST_TEST(contains(problem_of(refused), "is for the node \"beta\""));
}

BOOST_AUTO_TEST_CASE(who_answers_under_another_name_is_refused) {
  node alpha{options("alpha")};
  node beta{options("beta")};
  auto made = beta.dial(alpha.port(), "gamma");
  BOOST_TEST(contains(problem_of(made), "where \"gamma\" was dialled"));
  alpha.expect("log link: refused", "where \"gamma\" was dialled");
  node other{plain("delta")};
  node self{plain("delta", 2)};
  BOOST_TEST(contains(problem_of(other.dial(self.port())), "in use"));
  BOOST_TEST(contains(problem_of(other.dial(other.port())), "itself"));
}

BOOST_AUTO_TEST_CASE(nobody_there_is_told_in_time) {
  auto hasty = plain("alpha");
  hasty.dial_within = 100ms;
  hasty.handshake_within = 100ms;
  node alpha{hasty};
  BOOST_TEST(contains(problem_of(alpha.dial(1)), "refused"));
  node silent{plain("beta")};
  auto port = silent.port();
  silent.stop();
  BOOST_TEST(contains(problem_of(alpha.dial(port)), "refused"));
}

BOOST_AUTO_TEST_CASE(new_handshakes_use_new_certificates_and_links_stay) {
  auto mine = options("alpha");
  node alpha{mine};
  node beta{options("beta")};
  join(beta, alpha);
  auto other = authority{"other"}; // a new authority for all
  auto swap = [&](const certificate_files& to, const std::string& name) {
    auto from = other.issue(name);
    for (auto [a, b] :
         {std::pair{from.certificate, to.certificate},
          std::pair{from.key, to.key}, std::pair{from.authority, to.authority}})
      std::filesystem::copy_file(
        a, b, std::filesystem::copy_options::overwrite_existing);
  };
  swap(*mine.tls, "alpha");
  BOOST_TEST(problem_of(alpha.server().reload()) == "no problem");
  alpha.link("beta")->send_control("still linked");
  beta.expect("control alpha: still linked");
  node old{options("gamma")};
  BOOST_TEST(problem_of(old.dial(alpha.port())) != "no problem");
  node fresh{{.cluster = "blue", .node = "delta", .tls = other.issue("delta")}};
  join(fresh, alpha);
  std::filesystem::remove(mine.tls->key);
  BOOST_TEST(contains(problem_of(alpha.server().reload()), "alpha.key"));
  node next{{.cluster = "blue", .node = "eta", .tls = other.issue("eta")}};
  join(next, alpha);
}

// -- faults on demand ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cut_withholds_and_mending_delivers) {
  node alpha{plain("alpha")};
  node beta{plain("beta")};
  join(beta, alpha);
  for (auto cut : {link_faults{.cut_in = true}, link_faults{.cut_out = true}}) {
    auto link = alpha.link("beta");
    link->inject(cut);
    auto in = cut.cut_in;
    auto before = link->counters();
    auto peer = beta.link("alpha");
    (in ? peer : link)->send_control(in ? "inward" : "outward");
    auto other_way = (in ? link : peer)->send_control("other way");
    BOOST_TEST((other_way == send_outcome::accepted));
    (in ? beta : alpha).expect("control", "other way");
    BOOST_TEST(
      !(in ? alpha : beta).has_seen("control", in ? "inward" : "outward"));
    if (in)
      BOOST_TEST(link->counters().pongs == before.pongs);
    link->inject({});
    (in ? alpha : beta).expect("control", in ? "inward" : "outward");
  }
}

BOOST_AUTO_TEST_CASE(a_link_cut_for_too_long_is_dropped) {
  auto watchful = plain("alpha");
  watchful.heartbeat = 20ms;
  watchful.silence = 200ms;
  node alpha{watchful};
  node beta{plain("beta")};
  join(beta, alpha);
  alpha.link("beta")->inject({.cut_in = true, .cut_out = true});
  alpha.expect("down beta: nothing came for 200 ms");
  beta.expect("down alpha");
}

BOOST_AUTO_TEST_CASE(delay_shows_in_the_round_trip_and_order_is_kept) {
  auto quick = plain("alpha");
  quick.heartbeat = 10ms;
  node alpha{quick};
  node beta{plain("beta")};
  join(beta, alpha);
  alpha.link("beta")->inject({.delay = 40ms});
  for (auto i = 0; i < 100; ++i)
    beta.link("alpha")->send_control(std::to_string(i));
  alpha.expect("control beta: 99");
  BOOST_TEST(alpha.count("control beta") == 100u);
  BOOST_TEST(alpha.until(
    [&] { return alpha.link("beta")->counters().round_trip >= 40ms; }));
}

BOOST_AUTO_TEST_CASE(lost_frames_are_control_messages_only) {
  node alpha{plain("alpha")};
  node beta{plain("beta")};
  join(beta, alpha);
  auto link = alpha.link("beta");
  link->inject({.control_loss = 1});
  for (auto i = 0; i < 10; ++i)
    link->send_control("lost");
  link->send_bulk("kept");
  beta.expect("bulk alpha: 4");
  link->inject({});
  link->send_control("heard");
  beta.expect("control alpha: heard");
  BOOST_TEST(!beta.has_seen("control alpha: lost"));
}

BOOST_AUTO_TEST_SUITE_END()
