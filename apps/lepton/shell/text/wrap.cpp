#include <shell/text/utf8.hpp>
#include <shell/text/wrap.hpp>

namespace lepton_shell {

std::vector<std::string> wrapped(std::string_view text, size_t columns) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    auto end = text.find(' ');
    auto word = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty())
      continue;
    if (lines.empty() || width(lines.back()) + 1 + width(word) > columns)
      lines.emplace_back(word);
    else
      lines.back() += " " + std::string(word);
  }
  return lines;
}

} // namespace lepton_shell
