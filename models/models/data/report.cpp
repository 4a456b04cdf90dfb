#include <models/data/table.hpp>

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

} // namespace

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
