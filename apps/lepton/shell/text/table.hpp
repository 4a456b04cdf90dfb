#pragma once

#include <shell/text/style.hpp>

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace lepton_shell {

/// One field of a table. Its text is made harmless by the constructor.
struct cell {
  cell() = default;
  cell(std::string_view value, tone t = tone::plain);

  cell(const std::string& value, tone t = tone::plain)
    : cell(std::string_view(value), t) {}

  cell(const char* value, tone t = tone::plain)
    : cell(std::string_view(value), t) {}

  std::string text;
  tone colour = tone::plain;
};

/// Rows in aligned columns below a heading. Not thread-safe; cost linear in
/// the text.
class table {
public:
  /// Names the columns; a leading `>` aligns a column to the right.
  explicit table(std::vector<std::string> headings);

  /// Adds a row; missing cells are empty.
  /// @pre not more cells than columns
  void add(std::vector<cell> row);

  /// Lets the last column be cut so that lines fit a terminal.
  void cut_last() { cut_last_ = true; }

  /// Prints heading and rows, or `nothing` when there is none.
  void
  print(std::ostream& out, const style& look, std::string_view nothing) const;

private:
  std::string line(const std::vector<cell>& row,
                   const style& look,
                   const std::vector<size_t>& widths) const;

  std::vector<cell> headings_;
  std::vector<bool> right_;
  std::vector<std::vector<cell>> rows_;
  bool cut_last_ = false;
};

} // namespace lepton_shell
