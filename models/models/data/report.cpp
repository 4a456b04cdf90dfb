#include <models/data/pipeline.hpp>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

namespace models {

namespace {

void missing_lines(std::ostream& out, const data_report& report) {
  for (const auto& column : report.columns)
    if (column.missing > 0)
      out << "column " << column.name << ": " << column.missing
          << (column.missing == 1 ? " missing value" : " missing values")
          << " filled by " << to_string(report.missing) << "\n";
}

void column_lines(std::ostream& out, const data_report& report) {
  for (size_t i = 0; i < report.columns.size(); ++i) {
    const auto& column = report.columns[i];
    if (column.kind == column_kind::text)
      out << "column " << column.name << ": text with "
          << report.category_counts[i] << " categories, one input for each\n";
  }
  std::string names;
  size_t count = 0;
  for (const auto& column : report.columns)
    if (column.constant && ++count <= 10)
      names += (names.empty() ? "" : ", ") + column.name;
  if (count > 0)
    out << "constant columns (they teach nothing): " << count << ": " << names
        << (count > 10 ? ", ..." : "") << "\n";
}

void class_line(std::ostream& out, const data_report& report) {
  if (report.classes.empty())
    return;
  out << "classes: " << report.classes.size() << ":";
  for (size_t i = 0; i < report.classes.size() && i < 20; ++i)
    out << (i == 0 ? " " : ", ") << report.classes[i] << " "
        << report.class_rows[i];
  out << (report.classes.size() > 20 ? ", ...\n" : "\n");
}

constexpr size_t most_listed = 50;

nlohmann::json columns_json(const data_report& report) {
  auto filled = nlohmann::json::object();
  auto constant = nlohmann::json::array();
  auto text = nlohmann::json::object();
  for (size_t i = 0; i < report.columns.size(); ++i) {
    const auto& column = report.columns[i];
    if (column.missing > 0 && filled.size() < most_listed)
      filled[column.name] = column.missing;
    if (column.constant && constant.size() < most_listed)
      constant.push_back(column.name);
    if (column.kind == column_kind::text && text.size() < most_listed)
      text[column.name] = report.category_counts[i];
  }
  return {{"filled", filled}, {"constant", constant}, {"text", text}};
}

std::string counted(size_t n, const char* what) {
  return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
}

std::string scale_in_words(const pipeline& p) {
  size_t numbers = 0;
  for (const auto& column : p.schema.columns)
    numbers += column.kind == column_kind::number;
  auto columns = counted(numbers, "column");
  switch (numbers == 0 ? scaling::none : p.steps.scale) {
  case scaling::standard:
    return columns + " standardised";
  case scaling::minmax:
    return columns + " scaled to [0, 1] by their range";
  case scaling::robust:
    return columns + " scaled by median and quartiles";
  case scaling::largest: {
    size_t first = 0; // a number column: all have the same divisor
    while (p.schema.columns[first].kind != column_kind::number)
      ++first;
    char by[24];
    std::snprintf(by, sizeof(by), "%g", double{p.divisor[first]});
    return columns + " divided by their largest value, " + by;
  }
  case scaling::divide255:
    return columns + " divided by 255";
  default:
    return "";
  }
}

} // namespace

nlohmann::json to_json(const data_report& report) {
  nlohmann::json result{{"path", report.path},
                        {"rows_read", report.rows_read},
                        {"rows_dropped", report.rows_dropped},
                        {"columns", report.columns.size()}};
  if (report.compared)
    result["duplicates"] = report.duplicates;
  if (report.rows_dropped > 0 || report.missing != missing_policy::error)
    result["missing"] = to_string(report.missing);
  if (report.duplicate_line > 0) {
    result["duplicate_line"] = report.duplicate_line;
    result["duplicate_of_line"] = report.duplicate_of_line;
  }
  auto columns = columns_json(report);
  if (!report.notes.empty())
    columns["notes"] = report.notes;
  for (auto& [name, value] : columns.items())
    if (!value.empty())
      result[name] = value;
  return result;
}

std::vector<std::string> steps_in_words(const pipeline& p) {
  std::vector<std::string> lines;
  if (p.steps.deskew)
    lines.emplace_back("images deskewed");
  if (p.steps.center)
    lines.emplace_back("images centred");
  if (auto scale = scale_in_words(p); !scale.empty())
    lines.push_back(std::move(scale));
  size_t words = 0;
  for (const auto& column : p.schema.columns)
    words += column.kind == column_kind::text;
  if (words > 0)
    lines.push_back(
      counted(words, "text column") + " made "
      + std::to_string(p.encoded() - p.schema.columns.size() + words)
      + " inputs of zeros and ones");
  if (p.steps.pca > 0) {
    char share[16];
    std::snprintf(share, sizeof(share), "%.1f", p.projection.kept() * 100);
    lines.push_back("projected on "
                    + counted(p.projection.outputs, "principal component")
                    + ", which keep " + share + " % of the variance");
  }
  return lines;
}

std::string to_text(const data_report& report) {
  std::ostringstream out;
  out << report.path;
  if (!report.labels_path.empty())
    out << " with " << report.labels_path;
  out << ": " << report.rows_read << " rows, " << report.columns.size()
      << " columns\n";
  if (report.rows_dropped > 0)
    out << "rows dropped for missing values: " << report.rows_dropped << "\n";
  if (report.duplicates > 0) {
    out << "duplicate rows, kept: " << report.duplicates;
    if (report.duplicate_line > 0)
      out << " (the first: line " << report.duplicate_line << " repeats line "
          << report.duplicate_of_line << ")";
    out << "\n";
  }
  missing_lines(out, report);
  column_lines(out, report);
  class_line(out, report);
  for (const auto& note : report.notes)
    out << "note: " << note << "\n";
  return out.str();
}

} // namespace models
