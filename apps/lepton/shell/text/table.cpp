#include <shell/text/table.hpp>
#include <shell/text/utf8.hpp>

#include <algorithm>
#include <ostream>

namespace lepton_shell {

cell::cell(std::string_view value, tone t) : text(printable(value)), colour(t) {
  // nop
}

table::table(std::vector<std::string> headings) {
  for (auto& heading : headings) {
    right_.push_back(heading.starts_with('>'));
    headings_.emplace_back(right_.back() ? heading.substr(1) : heading,
                           tone::dim);
  }
}

void table::add(std::vector<cell> row) {
  row.resize(headings_.size());
  rows_.push_back(std::move(row));
}

std::string table::line(const std::vector<cell>& row,
                        const style& look,
                        const std::vector<size_t>& widths) const {
  std::string text;
  size_t used = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    auto last = i + 1 == row.size();
    auto value = row[i].text;
    if (last && cut_last_ && look.terminal)
      value = shorten(value, std::max(look.columns, used + 10) - used);
    auto blanks =
      std::string(widths[i] - std::min(widths[i], width(value)), ' ');
    auto painted = look.paint(row[i].colour, value);
    if (right_[i])
      text += blanks + painted;
    else
      text += painted + (last ? std::string{} : blanks);
    text += last ? "" : "  ";
    used += widths[i] + 2;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

void table::print(std::ostream& out,
                  const style& look,
                  std::string_view nothing) const {
  if (rows_.empty()) {
    out << look.paint(tone::dim, nothing) << '\n';
    return;
  }
  std::vector<size_t> widths;
  for (auto& heading : headings_)
    widths.push_back(width(heading.text));
  for (auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i].text));
  }
  out << line(headings_, look, widths) << '\n';
  for (auto& row : rows_)
    out << line(row, look, widths) << '\n';
}

} // namespace lepton_shell
