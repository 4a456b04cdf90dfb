#include <models/core/error.hpp>
#include <models/data/csv_reader.hpp>
#include <models/data/csv_summary.hpp>

#include <algorithm>
#include <cmath>

namespace models {

namespace {

constexpr size_t block_rows = 4096;

/// Mean and spread of values that pass by.
class moments {
public:
  void add(double x) {
    ++count_;
    auto before = x - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (x - mean_);
    least_ = count_ == 1 ? x : std::min(least_, x);
    largest_ = count_ == 1 ? x : std::max(largest_, x);
  }

  void write(column_summary& to) const {
    if (count_ == 0)
      return;
    to.least = least_;
    to.largest = largest_;
    to.mean = mean_;
    to.deviation = std::sqrt(squares_ / static_cast<double>(count_));
  }

private:
  uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
  double least_ = 0;
  double largest_ = 0;
};

void add_block(const table& block,
               std::vector<moments>& columns,
               csv_summary& summary) {
  auto width = columns.size();
  for (size_t row = 0; row < block.rows; ++row)
    for (size_t i = 0; i < width; ++i)
      if (auto x = block.values[row * width + i]; x == x)
        columns[i].add(x);
  for (auto label : block.labels)
    ++summary.class_rows[static_cast<size_t>(label)];
}

} // namespace

csv_summary summarise_csv(const std::function<byte_source()>& open,
                          const table_options& options) {
  data_report scanned;
  auto schema = scan_csv(open(), options, scanned);
  csv_summary summary;
  summary.classes = schema.classes;
  summary.class_rows.assign(schema.classes.size(), 0);
  std::vector<moments> columns(schema.columns.size());
  csv_stream stream(open(), options, schema);
  while (auto* block = stream.next(block_rows))
    add_block(*block, columns, summary);
  auto report = stream.report();
  if (report.rows_read != scanned.rows_read)
    throw data_error(options.path + ": has changed while it was read");
  summary.rows_read = report.rows_read;
  summary.rows_dropped = report.rows_dropped;
  summary.notes = scanned.notes;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto& column = summary.columns.emplace_back();
    column.name = schema.columns[i].name;
    column.kind = schema.columns[i].kind;
    column.missing = report.columns[i].missing;
    column.categories = schema.columns[i].categories.size();
    if (column.kind == column_kind::number)
      columns[i].write(column);
  }
  return summary;
}

} // namespace models
