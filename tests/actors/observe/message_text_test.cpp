#include <actors/observe/message_text.hpp>
#include <actors/supervision/error.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace actors;

namespace {

const std::vector<message_signature> counter{{"add", {"integer"}, "integer"},
                                             {"get", {}, "integer"}};
const std::vector<message_signature> every{
  {"int", {"integer"}, ""},        {"num", {"number"}, ""},
  {"txt", {"text"}, ""},           {"flag", {"bool"}, ""},
  {"list", {"list"}, ""},          {"map", {"map"}, ""},
  {"two", {"text", "integer"}, ""}};
const std::vector<message_signature> echo{{"", {"any"}, "any"}};

std::string error_of(std::string_view text,
                     const std::vector<message_signature>& known) {
  auto message = parse_message(text, known);
  BOOST_REQUIRE_MESSAGE(!message, "understood: " << text);
  BOOST_TEST((message.error() == sup_errc::bad_message));
  return text_of(message.error());
}

caf::message parsed(std::string_view text,
                    const std::vector<message_signature>& known) {
  auto message = parse_message(text, known);
  BOOST_REQUIRE_MESSAGE(
    message, text << ": " << (message ? "" : text_of(message.error())));
  return *message;
}

std::string echoed(std::string_view text) {
  return to_json(parsed(text, echo));
}

std::string brackets(size_t n) {
  return std::string(n, '[') + std::string(n, ']');
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(message_text)

BOOST_AUTO_TEST_CASE(verb_becomes_an_atom_and_parameters_get_their_types) {
  auto x = parsed("add -5", counter);
  BOOST_REQUIRE(x.size() == 2u);
  BOOST_TEST((x.get_as<caf::atom_value>(0) == caf::atom("add")));
  BOOST_TEST(x.get_as<int64_t>(1) == -5);
  BOOST_TEST(parsed("get", counter).size() == 1u);
  BOOST_TEST(parsed("num 2", every).get_as<real>(1).value == 2.0);
  BOOST_TEST(parsed("num 1e-3", every).get_as<real>(1).value == 1e-3);
  BOOST_TEST(parsed("txt word", every).get_as<std::string>(1) == "word");
  BOOST_TEST(parsed("txt \"a b\"", every).get_as<std::string>(1) == "a b");
  BOOST_TEST(parsed("flag true", every).get_as<bool>(1));
  BOOST_TEST(parsed("list [1, 2]", every).get_as<json_text>(1).text == "[1,2]");
  BOOST_TEST(parsed("map {\"a\": 1}", every).get_as<json_text>(1).text
             == "{\"a\":1}");
  BOOST_TEST(parsed("two \"x y\" 7", every).size() == 3u);
}

BOOST_AUTO_TEST_CASE(wrong_types_and_counts_are_named) {
  BOOST_TEST(contains(error_of("add five", counter),
                      "value 1 must be an integer, got the word five"));
  BOOST_TEST(contains(error_of("add 1.5", counter), "got the number 1.5"));
  BOOST_TEST(contains(error_of("add \"5\"", counter), "got the text"));
  BOOST_TEST(contains(error_of("add", counter), "takes 1 value, got 0"));
  BOOST_TEST(contains(error_of("get 1 2", counter), "takes 0 values, got 2"));
  BOOST_TEST(contains(error_of("sub 1", counter), "no such message: 'sub'"));
  for (auto text : {"int 9223372036854775808", "num true", "flag 1", "flag yes",
                    "list {}", "map []", "txt 5"})
    error_of(text, every);
}

BOOST_AUTO_TEST_CASE(every_refusal_lists_what_the_actor_understands) {
  for (auto text : {"", "  ", "sub", "add", "add x", "[", "add {\"a\":", "\""})
    BOOST_TEST(contains(error_of(text, counter),
                        "it understands add(integer) -> integer"),
               text);
  BOOST_TEST(contains(error_of("x", {}), "no messages from the shell"));
}

BOOST_AUTO_TEST_CASE(limits_of_integers_are_exact) {
  BOOST_TEST(parsed("add 9223372036854775807", counter).get_as<int64_t>(1)
             == INT64_MAX);
  BOOST_TEST(parsed("add -9223372036854775808", counter).get_as<int64_t>(1)
             == INT64_MIN);
  error_of("add -9223372036854775809", counter);
}

BOOST_AUTO_TEST_CASE(values_come_back_as_they_were_typed) {
  for (auto text : {"5", "-5", "1.5", "true", "null", "\"a b\"", "[1,[2,{}]]",
                    "{\"a\":[1,null]}", "\"\\\"[\\\\\""})
    BOOST_TEST(echoed(text) == text);
  BOOST_TEST(echoed("hello") == "\"hello\"");
  BOOST_TEST(echoed("  5  ") == "5");
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded_and_only_nesting_counts) {
  BOOST_TEST(echoed(brackets(64)) == brackets(64));
  BOOST_TEST(contains(error_of(brackets(65), echo), "nested more than 64"));
  error_of(std::string(1'000'000, '['), echo);
  std::string flat = "[[]";
  for (int i = 0; i < 1000; ++i)
    flat += ",[]";
  flat += "]";
  BOOST_TEST(echoed(flat) == flat);
  auto quoted = '"' + std::string(100, '[') + "\\\"" + "{\"";
  BOOST_TEST(echoed(quoted) == quoted);
}

BOOST_AUTO_TEST_CASE(replies_are_bare_or_a_list_or_null) {
  BOOST_TEST(to_json(caf::message{}) == "null");
  BOOST_TEST(to_json(caf::make_message(int64_t{5})) == "5");
  BOOST_TEST(to_json(caf::make_message(int64_t{5}, std::string{"x"}))
             == "[5,\"x\"]");
  BOOST_TEST(to_json(caf::make_message(real{0.5})) == "0.5");
  BOOST_TEST(to_json(caf::make_message(caf::atom("ok"))) == "\"ok\"");
}

BOOST_AUTO_TEST_CASE(no_text_crashes_or_is_sent_half_understood) {
  constexpr std::string_view letters = "[]{}\",:\\ 0159.-eEtrufalsn\xff\0a";
  for (unsigned seed = 1; seed <= 20'000; ++seed) {
    std::mt19937 dice{seed};
    std::string text;
    for (auto n = dice() % 24; n > 0; --n)
      text += letters[dice() % letters.size()];
    for (auto known : {&counter, &every, &echo}) {
      auto message = parse_message(text, *known);
      if (!message) {
        BOOST_TEST_REQUIRE(contains(text_of(message.error()), "understands"),
                           "seed " << seed);
        continue;
      }
      auto json = to_json(*message);
      BOOST_TEST_REQUIRE(!json.empty(), "seed " << seed);
      if (known == &echo) { // what comes back says the same again
        BOOST_TEST_REQUIRE(echoed(json) == json, "seed " << seed);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
