// What a person, a script or a node can hand to the shell: a line becomes words
// that read back as themselves, flags are parsed, and no text reaches a
// terminal that could steer it.
#include <shell/core/errors.hpp>
#include <shell/core/parse.hpp>
#include <shell/repl/completion.hpp>
#include <shell/text/tokens.hpp>
#include <shell/text/utf8.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

using namespace lepton_shell;

void require(bool holds) {
  if (!holds)
    std::abort();
}

void parse(std::string_view line) {
  try {
    auto tokens = split_line(line);
    std::vector<std::string> words;
    for (auto& t : tokens) {
      require(t.begin < t.end && t.end <= line.size());
      words.push_back(t.text);
      auto again = split_line(escape_word(t.text));
      auto plain = t.text.find_first_of("\n\r\v\f") == std::string::npos;
      require(t.text.empty() || !plain
              || (again.size() == 1 && again[0].text == t.text));
    }
    if (words.empty())
      return;
    auto& which = required_command(words[0]);
    words.erase(words.begin());
    parse_arguments(which, words);
    if (which.verbatim && !words.empty())
      require(words_before_message(which, words) <= words.size());
  } catch (const usage_error&) {
  } catch (const bad_line&) {
  }
}

void show(std::string_view text) {
  auto line = printable(text);
  for (auto c : line)
    require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  require(width(shorten(line, 20)) <= 20);
  require(printable(line) == line);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  name_source none{
    [](hint) { return std::vector<std::string>{}; },
    [](const std::string&) { return std::vector<std::string>{}; }};
  parse(text);
  show(text);
  require(strip_comment(text).size() <= text.size());
  // the completion would list this machine's folders
  if (text.find('/') == std::string_view::npos)
    complete(text, none);
  return 0;
}
