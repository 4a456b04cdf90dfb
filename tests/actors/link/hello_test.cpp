#include <actors/link/hello.hpp>

#include <boost/test/unit_test.hpp>

using namespace actors::link;

namespace {

const hello alpha{protocol_version, 7, 1000, "blue", "alpha"};
const hello beta{protocol_version, 3, 1000, "blue", "beta"};

std::string refusal(const hello& theirs,
                    std::optional<node_identity> shown = {},
                    const std::string& expected = {}) {
  return refuse_hello(alpha, theirs, shown, expected).value_or("welcome");
}

bool contains(const std::string& text, const std::string& what) {
  return text.find(what) != text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(link_hello)

BOOST_AUTO_TEST_CASE(a_hello_is_read_as_it_was_written) {
  BOOST_TEST((decode_hello(encode(alpha)) == alpha));
  BOOST_TEST(encode(alpha).size() <= max_hello);
  hello longest{1, 1, 1, std::string(63, 'a'), std::string(63, 'b')};
  BOOST_TEST(encode(longest).size() <= max_hello);
  BOOST_TEST((decode_hello(encode(longest)) == longest));
}

BOOST_AUTO_TEST_CASE(anything_else_is_no_hello) {
  auto whole = encode(alpha);
  for (size_t n = 0; n < whole.size(); ++n)
    BOOST_TEST(!decode_hello(whole.substr(0, n)));
  BOOST_TEST(!decode_hello(whole + "x"));
  for (auto name : {"", "A", "a b", "-a", "../x"}) {
    auto bad = alpha;
    bad.node = name;
    BOOST_TEST(!decode_hello(encode(bad)), name);
  }
}

BOOST_AUTO_TEST_CASE(a_later_version_is_known_by_what_it_says_first) {
  auto later = alpha;
  later.version = 258;
  auto read = decode_hello(encode(later) + "more");
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->version == 258);
}

BOOST_AUTO_TEST_CASE(strangers_are_refused_by_name_of_what_is_wrong) {
  BOOST_TEST(refusal(beta) == "welcome");
  BOOST_TEST(refusal(beta, node_identity{"blue", "beta"}, "beta") == "welcome");
  auto other = beta;
  other.version = 2;
  BOOST_TEST(refusal(other) == "protocol version 2, not 1");
  other = beta;
  other.cluster = "red";
  BOOST_TEST(contains(refusal(other), "cluster \"red\""));
  BOOST_TEST(contains(refusal(beta, node_identity{"blue", "gamma"}),
                      "certificate of \"gamma\""));
  BOOST_TEST(contains(refusal(beta, node_identity{"red", "beta"}),
                      "of the cluster \"red\""));
  BOOST_TEST(contains(refusal(beta, {}, "gamma"), "where \"gamma\""));
  BOOST_TEST(contains(refusal(alpha), "dialled itself"));
  other = alpha;
  other.incarnation = 8;
  BOOST_TEST(contains(refusal(other), "in use"));
}

BOOST_AUTO_TEST_CASE(a_newer_incarnation_takes_the_place_of_an_older_one) {
  for (auto ours : {true, false})
    for (auto theirs : {true, false}) {
      BOOST_TEST(replaces({2, ours}, {1, theirs}, "alpha", "beta"));
      BOOST_TEST(!replaces({1, ours}, {2, theirs}, "alpha", "beta"));
    }
}

BOOST_AUTO_TEST_CASE(of_two_links_dialled_at_once_both_nodes_keep_the_same) {
  // alpha's own against beta's, as each sees them
  BOOST_TEST(replaces({1, true}, {1, false}, "alpha", "beta"));
  BOOST_TEST(!replaces({1, false}, {1, true}, "alpha", "beta"));
  BOOST_TEST(replaces({1, false}, {1, true}, "beta", "alpha"));
  BOOST_TEST(!replaces({1, true}, {1, false}, "beta", "alpha"));
  // dialled again: the first is of no use to the dialler any more
  BOOST_TEST(replaces({1, true}, {1, true}, "beta", "alpha"));
  BOOST_TEST(replaces({1, false}, {1, false}, "alpha", "beta"));
}

BOOST_AUTO_TEST_SUITE_END()
