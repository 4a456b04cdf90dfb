#include <shell/text/draw.hpp>
#include <shell/text/table.hpp>
#include <shell/text/tokens.hpp>
#include <shell/text/units.hpp>
#include <shell/text/utf8.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <limits>
#include <sstream>

using namespace lepton_shell;

namespace {

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> texts;
  for (auto& t : split_line(line))
    texts.push_back(t.text);
  return texts;
}

std::vector<std::string> list(std::initializer_list<const char*> items) {
  return {items.begin(), items.end()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(width_counts_columns_not_bytes) {
  BOOST_TEST(width("abc") == 3u);
  BOOST_TEST(width("ä├─") == 3u);
  BOOST_TEST(width("日本") == 4u);
  BOOST_TEST(width("e\u0301") == 1u); // a combining accent
  BOOST_TEST(width("\x1b[31mred\x1b[0m") == 3u);
  BOOST_TEST(width("\xff\xfe") == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_printable_can_steer_a_terminal) {
  BOOST_TEST(printable("a\x1b[2Jb\r\n\tc") == "a\\x1b[2Jb\\x0d\\n\\tc");
  BOOST_TEST(printable("\xff\xc3") == "\\xff\\xc3");
  BOOST_TEST(printable("\u202eevil") == "\\u202eevil");
  BOOST_TEST(printable("\u009b31m") == "\\x9b31m"); // CSI in one character
  BOOST_TEST(printable("naïve 日本") == "naïve 日本");
  // overlong form of '/', a surrogate
  BOOST_TEST(printable("\xc0\xaf") == "\\xc0\\xaf");
  BOOST_TEST(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");
}

BOOST_AUTO_TEST_CASE(truncation_keeps_characters_whole) {
  BOOST_TEST(shorten("abcdef", 6) == "abcdef");
  BOOST_TEST(shorten("abcdef", 4) == "abc…");
  BOOST_TEST(shorten("日本語", 4) == "日…");
  BOOST_TEST(shorten("abc", 0) == "");
}

BOOST_AUTO_TEST_CASE(columns_align_whatever_the_characters) {
  table t({"name", ">size"});
  t.add({"ä", "1"});
  t.add({"日本", "100"});
  t.add({"x\x1b[2J", "7"});
  std::ostringstream out;
  t.print(out, {}, "none");
  BOOST_TEST(out.str()
             == "name      size\n"
                "ä            1\n"
                "日本       100\n"
                "x\\x1b[2J     7\n");
}

BOOST_AUTO_TEST_CASE(an_empty_table_says_so) {
  table t({"name"});
  std::ostringstream out;
  t.print(out, {}, "no jobs yet");
  BOOST_TEST(out.str() == "no jobs yet\n");
}

BOOST_AUTO_TEST_CASE(the_last_column_is_cut_on_a_terminal_only) {
  table t({"a", "b"});
  t.cut_last();
  t.add({"1", std::string(100, 'x')});
  std::ostringstream file;
  t.print(file, {}, "");
  BOOST_TEST(file.str().find("…") == std::string::npos);
  std::ostringstream terminal;
  t.print(terminal, {.terminal = true, .columns = 40}, "");
  BOOST_TEST(terminal.str().find("xxx…\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(colours_do_not_shift_columns) {
  style colourful{.colour = true, .terminal = true, .columns = 80};
  table t({"state", "x"});
  t.add({{"running", tone::good}, "1"});
  std::ostringstream out;
  t.print(out, colourful, "");
  BOOST_TEST(out.str().find("\x1b[32mrunning\x1b[0m  1\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(units_read_well) {
  BOOST_TEST(bytes_text(0) == "0 B");
  BOOST_TEST(bytes_text(1023) == "1023 B");
  BOOST_TEST(bytes_text(1024) == "1.0 KiB");
  BOOST_TEST(bytes_text(1024 * 1024 - 1) == "1.0 MiB");
  BOOST_TEST(span_text(0.00034) == "340 µs");
  BOOST_TEST(span_text(0.0012) == "1.2 ms");
  BOOST_TEST(span_text(12.34) == "12.3 s");
  BOOST_TEST(span_text(59.97) == "1m 00s");
  BOOST_TEST(span_text(185) == "3m 05s");
  BOOST_TEST(span_text(7800) == "2h 10m");
  BOOST_TEST(span_text(442800) == "5d 03h");
  BOOST_TEST(span_text(-1) == "0 s");
  BOOST_TEST(span_text(NAN) == "?");
  BOOST_TEST(span_text(1e300) != "");
  BOOST_TEST(figure(0.97216) == "0.9722");
  BOOST_TEST(ago(100, 100.5) == "just now");
  BOOST_TEST(ago(0, 7300) == "2 h ago");
}

BOOST_AUTO_TEST_CASE(bars_fill_to_an_eighth) {
  BOOST_TEST(bar(0, 4) == "    ");
  BOOST_TEST(bar(1, 4) == "████");
  BOOST_TEST(bar(0.5, 4) == "██  ");
  BOOST_TEST(bar(0.53125, 4) == "██▏ ");
  BOOST_TEST(bar(7, 2) == "██");
  BOOST_TEST(bar(NAN, 2) == "  ");
}

BOOST_AUTO_TEST_CASE(a_confusion_matrix_shows_truth_down) {
  auto lines = confusion({{5, 1}, {0, 7}}, {"no", "yes"}, {});
  BOOST_REQUIRE(lines.size() == 3u);
  BOOST_TEST(lines[0] == "true \\ said  no yes");
  BOOST_TEST(lines[1] == "         no   5   1");
  BOOST_TEST(lines[2] == "        yes   ·   7");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tokens)

BOOST_AUTO_TEST_CASE(words_split_at_blanks_and_quotes_join) {
  BOOST_TEST(words("  put  a\tb ") == list({"put", "a", "b"}));
  BOOST_TEST(words("put 'a b' \"c d\"e") == list({"put", "a b", "c de"}));
  BOOST_TEST(words(R"(x "a\"b\\c\n" a\ b)")
             == list({"x", "a\"b\\c\\n", "a b"}));
  BOOST_TEST(words("x ''") == list({"x", ""}));
  BOOST_TEST(words("").empty());
}

BOOST_AUTO_TEST_CASE(a_hash_begins_a_comment_only_at_a_word) {
  BOOST_TEST(words("ls # all") == list({"ls"}));
  BOOST_TEST(words("ls a#b '#c'") == list({"ls", "a#b", "#c"}));
  BOOST_TEST(words("# only").empty());
}

BOOST_AUTO_TEST_CASE(an_open_quote_is_an_error) {
  BOOST_CHECK_THROW(words("put 'a"), bad_line);
  BOOST_CHECK_THROW(words("put \"a"), bad_line);
  BOOST_CHECK_THROW(words("put a\\"), bad_line);
  BOOST_TEST(split_leniently("put 'a").size() == 2u);
}

BOOST_AUTO_TEST_CASE(comments_of_messages_respect_json_strings) {
  BOOST_TEST(strip_comment(" add 5  # now 5") == "add 5");
  BOOST_TEST(strip_comment(R"({"a": "x # y"} # z)") == R"({"a": "x # y"})");
  BOOST_TEST(strip_comment(R"("\" # x" 1)") == R"("\" # x" 1)");
  BOOST_TEST(strip_comment("it's # c") == "it's");
}

BOOST_AUTO_TEST_SUITE_END()
