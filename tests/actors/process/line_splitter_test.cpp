#include <actors/process/line_splitter.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using actors::line_splitter;
using actors::process_output;
using namespace std::chrono_literals;

namespace {

struct fixture {
  std::vector<std::string> lines;
  line_splitter::time_point now{1h};

  line_splitter::sink sink() {
    return [this](std::string_view x) { lines.emplace_back(x); };
  }

  void check(const std::vector<std::string>& expected) {
    BOOST_TEST(lines == expected, boost::test_tools::per_element());
    lines.clear();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(output_lines, fixture)

BOOST_AUTO_TEST_CASE(line_is_given_when_it_is_complete) {
  line_splitter x{process_output{}};
  x.feed("on", now, sink());
  check({});
  x.feed("e\ntwo\r\n\nthr", now, sink());
  check({"one", "two", ""});
  x.finish(now, sink());
  check({"thr"});
}

BOOST_AUTO_TEST_CASE(long_line_is_cut_and_the_next_is_whole) {
  line_splitter x{process_output{4, 100}};
  x.feed("abc", now, sink());
  x.feed("defg", now, sink());
  x.feed("hij\nklmn\n", now, sink());
  check({"abcd", "klmn"});
}

BOOST_AUTO_TEST_CASE(control_characters_cannot_forge_a_log) {
  line_splitter x{process_output{}};
  x.feed(std::string_view{"a\rb\x1b[2J\tc\0d\n", 12}, now, sink());
  check({"a?b?[2J\tc?d"});
}

BOOST_AUTO_TEST_CASE(excess_lines_are_dropped_and_counted) {
  line_splitter x{process_output{100, 2}};
  x.feed("1\n2\n3\n4\n5\n", now, sink());
  check({"1", "2"});
  x.feed("6\n", now + 500ms, sink());
  check({"(3 lines dropped)", "6"});
  x.feed("7\n", now + 500ms, sink());
  x.finish(now + 500ms, sink());
  check({"(1 lines dropped)"});
}

BOOST_AUTO_TEST_SUITE_END()
