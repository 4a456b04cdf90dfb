#include <leptond/cli/command_line.hpp>

#include <boost/test/unit_test.hpp>

using namespace leptond;

namespace {

result<command_line> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "leptond");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

using action = command_line::action;

} // namespace

BOOST_AUTO_TEST_SUITE(command_line_of_leptond)

BOOST_AUTO_TEST_CASE(a_file_and_settings_run_a_node) {
  const auto line =
    parse({"--config", "a.toml", "--set", "a.b=c d", "--set", "x.y=-1"});
  BOOST_REQUIRE(line);
  BOOST_TEST((line.value().what == action::run));
  BOOST_TEST(line.value().config_file == "a.toml");
  BOOST_TEST(line.value().settings
             == (std::vector<std::string>{"a.b=c d", "x.y=-1"}));
}

BOOST_AUTO_TEST_CASE(lists_in_settings_are_left_to_the_configuration) {
  const auto line = parse({"--set", "node.roles=[\"a\", \"b\"]"});
  BOOST_REQUIRE(line);
  BOOST_TEST(line.value().settings.front() == "node.roles=[\"a\", \"b\"]");
}

BOOST_AUTO_TEST_CASE(help_and_version_are_printed) {
  const auto help = parse({"--help"});
  const auto version = parse({"--version"});
  BOOST_REQUIRE((help && version));
  BOOST_TEST((help.value().what == action::print));
  BOOST_TEST(help.value().text.find("--check-config") != std::string::npos);
  BOOST_TEST(version.value().text == "leptond " LEPTON_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(a_file_can_be_checked_only) {
  const auto line = parse({"--check-config", "a.toml"});
  BOOST_REQUIRE(line);
  BOOST_TEST((line.value().what == action::check_config));
  BOOST_TEST(line.value().config_file == "a.toml");
}

BOOST_AUTO_TEST_CASE(bad_usage_has_status_2_and_says_what) {
  const std::vector<std::vector<const char*>> wrong = {
    {},
    {"--bogus"},
    {"--config"},
    {"--config", ""},
    {"--config", "a", "--check-config", "b"},
    {"stray", "--config", "a"},
    {"--set"}};
  for (const auto& words : wrong) {
    const auto line = parse(words);
    BOOST_REQUIRE(!line);
    BOOST_TEST(line.error().status == 2);
    BOOST_TEST(line.error().lines.size() == 2u);
    BOOST_TEST(line.error().lines.front().starts_with("leptond: "));
  }
}

BOOST_AUTO_TEST_SUITE_END()
