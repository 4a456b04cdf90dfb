#include <leptond/config/keys.hpp>
#include <leptond/config/units.hpp>
#include <leptond/config/value.hpp>
#include <leptond/core/text.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

using namespace leptond;

namespace {

std::string read(const std::string& path) {
  std::ifstream in{LEPTON_SOURCE_DIR "/" + path};
  BOOST_REQUIRE_MESSAGE(in, path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// The row of docs/configuration.md that the table of keys asks for.
std::string documented(const key_info& key) {
  auto row = "| `" + std::string{key.path} + "` | " + expectation(key) + " | ";
  row += key.fallback.empty() ? "" : '`' + std::string{key.fallback} + '`';
  return row + " | " + std::string{key.help}
         + (key.effective ? "" : " *No effect yet.*") + " |";
}

/// `section.key` of every line of a file, also of those in comments.
std::vector<std::string> shown_keys(const std::string& text) {
  static const std::regex section{R"(^\[([a-z_.]+)\]$)"};
  static const std::regex key{R"(^(?:# )?([a-z_]+) = .*$)"};
  std::vector<std::string> keys;
  std::string where;
  std::smatch found;
  for (const auto& line : split(text, '\n')) {
    if (std::regex_match(line, found, section))
      where = found[1].str() + '.';
    else if (std::regex_match(line, found, key))
      keys.push_back(where + found[1].str());
  }
  return keys;
}

} // namespace

BOOST_AUTO_TEST_SUITE(config_keys)

BOOST_AUTO_TEST_CASE(every_default_passes_its_own_check) {
  for (const auto& key : leptond::config_keys()) {
    if (key.fallback.empty())
      continue;
    std::string problem;
    const auto raw = raw_from_text(key, key.fallback);
    BOOST_TEST(check_value(key, raw, problem).has_value(),
               key.path << ": " << problem);
  }
}

BOOST_AUTO_TEST_CASE(every_key_is_found_by_its_path_and_only_once) {
  std::set<std::string> seen;
  for (const auto& path : all_key_paths()) {
    BOOST_TEST(static_cast<bool>(find_key(path)), path);
    BOOST_TEST(seen.insert(path).second, path);
    BOOST_TEST(!is_section(path), path);
  }
  const auto found = find_key("supervision.compute.workers.within");
  BOOST_TEST(found.key->path == "supervision.PATH.within");
  BOOST_TEST(found.subtree == "compute.workers");
  BOOST_TEST(!find_key("supervision.within2"));
  BOOST_TEST(!find_key("supervision"));
  BOOST_TEST(!find_key(""));
}

BOOST_AUTO_TEST_CASE(the_documentation_has_every_key_as_the_table_has_it) {
  const auto text = read("docs/configuration.md");
  for (const auto& key : leptond::config_keys())
    BOOST_TEST(text.find(documented(key)) != std::string::npos,
               "docs/configuration.md needs the row:\n"
                 << documented(key));
}

BOOST_AUTO_TEST_CASE(the_shipped_configuration_shows_only_keys_that_exist) {
  const auto keys = shown_keys(read("config/single.toml"));
  BOOST_TEST(keys.size() > 15u);
  for (const auto& key : keys)
    BOOST_TEST(static_cast<bool>(find_key(key)), key);
}

BOOST_AUTO_TEST_CASE(durations_are_exact) {
  BOOST_TEST(parse_duration("250ms").value() == 250);
  BOOST_TEST(parse_duration("1.5s").value() == 1500);
  BOOST_TEST(parse_duration("2min").value() == 120'000);
  BOOST_TEST(parse_duration("1h").value() == 3'600'000);
  BOOST_TEST(parse_duration("0s").value() == 0);
  BOOST_TEST(parse_duration("0.001s").value() == 1);
  for (const auto* bad :
       {"", "1", "s", "1 s", "-1s", "+1s", "1.s", ".5s", "1.2.3s", "0.0001s",
        "1e3s", "1sec", "99999999999999999999s", "900000000000000000h", "1s ",
        "0x1s", "1.0000000000s"})
    BOOST_TEST(!parse_duration(bad), bad);
  for (const auto each : {0, 1, 999, 1000, 1500, 60'000, 90'000, 3'600'000})
    BOOST_TEST(parse_duration(duration_text(each)).value() == each);
}

BOOST_AUTO_TEST_CASE(sizes_are_exact) {
  BOOST_TEST(parse_size("1MiB").value() == 1048576);
  BOOST_TEST(parse_size("64KiB").value() == 65536);
  BOOST_TEST(parse_size("1.5GiB").value() == 1610612736);
  BOOST_TEST(parse_size("2kB").value() == 2000);
  BOOST_TEST(parse_size("7B").value() == 7);
  for (const auto* bad : {"", "1", "1mb", "1M", "0.3B", "9999999TiB", "-1B"})
    BOOST_TEST(!parse_size(bad), bad);
  for (const auto each : {0, 1, 1000, 1024, 65536, 1048576, 1048577})
    BOOST_TEST(parse_size(size_text(each)).value() == each);
}

BOOST_AUTO_TEST_CASE(utf8_is_checked_as_the_standard_says) {
  for (const auto* good : {"", "abc", "\xc2\x80", "\xe0\xa0\x80",
                           "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
    BOOST_TEST(!first_invalid_utf8(good), good);
  for (const auto* bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc2",
        "\xe2\x82", "\xff"})
    BOOST_TEST(first_invalid_utf8(bad).has_value());
  BOOST_TEST(first_invalid_utf8("ab\xff").value() == 2u);
}

BOOST_AUTO_TEST_CASE(quoted_text_stays_one_short_line) {
  BOOST_TEST(in_quotes("a\nb\x1b") == "\"a\\nb\\x1b\"");
  BOOST_TEST(in_quotes(std::string(100, 'x')).size() == 65u);
  BOOST_TEST(in_quotes("\xc3\xa9\xc3\xa9", 3) == "\"\xc3\xa9...\"");
}

BOOST_AUTO_TEST_CASE(swapped_letters_are_one_edit) {
  BOOST_TEST(edit_distance("", "abc") == 3u);
  BOOST_TEST(edit_distance("kitten", "sitting") == 3u);
  BOOST_TEST(edit_distance("workers", "wrokers") == 1u);
  BOOST_TEST(nearest("lgo", {"log", "api"}).value() == "log");
  BOOST_TEST(!nearest("foo", {"log", "api"}));
}

BOOST_AUTO_TEST_SUITE_END()
