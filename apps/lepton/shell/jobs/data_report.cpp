#include <shell/jobs/data_report.hpp>
#include <shell/net/fields.hpp>
#include <shell/text/style.hpp>
#include <shell/text/utf8.hpp>

#include <ostream>

namespace lepton_shell {

namespace {

std::string counted(const std::string& n, const char* what) {
  return n + " " + what + (n == "1" ? "" : "s");
}

std::string rows_line(const json& data) {
  auto text = counted(count_of(data, "rows_read"), "row") + ", "
              + counted(count_of(data, "columns"), "column");
  std::string parts;
  for (auto part : {"train", "validation", "test"})
    if (auto n = count_of(data, part); !n.empty() && n != "0")
      parts += (parts.empty() ? ": " : ", ") + n + " " + part;
  return text + parts;
}

std::string dropped_line(const json& data) {
  auto n = count_of(data, "rows_dropped");
  return n.empty() || n == "0"
           ? ""
           : counted(n, "row") + " dropped for missing values";
}

std::string duplicates_line(const json& data) {
  auto n = count_of(data, "duplicates");
  if (n.empty() || n == "0")
    return "";
  auto text = counted(n, "duplicate row") + " kept";
  if (auto line = count_of(data, "duplicate_line"); !line.empty())
    text += ", the first: line " + line + " repeats line "
            + count_of(data, "duplicate_of_line");
  return text;
}

/// "day 7, protocol 6" of an object of numbers.
std::string pairs(const json& object) {
  std::string text;
  if (!object.is_object())
    return text;
  for (auto& [name, value] : object.items())
    text += (text.empty() ? "" : ", ") + name + " " + plain(value);
  return text;
}

} // namespace

std::vector<std::string> data_lines(const json& data) {
  std::vector<std::string> lines;
  if (!data.is_object())
    return lines;
  auto add = [&](const std::string& head, const std::string& text) {
    if (!text.empty())
      lines.push_back(head + text);
  };
  add("", rows_line(data));
  add("", dropped_line(data));
  add("", duplicates_line(data));
  add("missing values filled by " + text_of(data, "missing") + ": ",
      pairs(member(data, "filled")));
  add("constant, they teach nothing: ", joined(member(data, "constant"), ", "));
  add("categories of text: ", pairs(member(data, "text")));
  for (auto list : {"steps", "notes"})
    for (auto& x : texts_of(member(data, list)))
      lines.push_back(x);
  return lines;
}

void print_data(context& c, const json& data) {
  auto name = "data";
  for (auto& text : data_lines(data)) {
    c.out << "  " << c.look.paint(tone::dim, pad_right(name, 10)) << "  "
          << printable(text) << '\n';
    name = "";
  }
}

} // namespace lepton_shell
