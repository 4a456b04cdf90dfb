#include <models/core/error.hpp>
#include <models/data/csv_columns.hpp>
#include <models/data/csv_reader.hpp>
#include <models/data/csv_scanner.hpp>
#include <models/data/dictionary.hpp>
#include <models/data/simple_number.hpp>
#include <models/data/table_finish.hpp>
#include <models/data/targets.hpp>
#include <models/data/text.hpp>

#include <limits>
#include <optional>

namespace models {

namespace {

constexpr auto nothing = csv_columns::nothing;
constexpr uint32_t max_categories = 1000;
constexpr uint32_t deciding_values = 100;
constexpr size_t scanned_rows = 4096; ///< kept while a file is scanned
constexpr auto missing_value = std::numeric_limits<float>::quiet_NaN();

std::string made_up_name(size_t column) {
  std::string name = "column ";
  name += std::to_string(column);
  return name;
}

/// What is known of a feature while the rows are read.
struct feature_state {
  enum class kind : uint8_t { undecided, number, text };

  kind holds = kind::undecided;
  bool named_text = false;
  bool sealed = false; ///< only the words of the dictionary are allowed
  uint32_t seen = 0;   ///< values while undecided
  uint64_t missing = 0;
  uint64_t first_word_line = 0;
  std::string first_word;
  dictionary words;
};

/// Reads one file; lives for one call of `read_csv`.
class reader {
public:
  reader(byte_source source,
         const table_options& options,
         const table_schema* known)
    : options_(options),
      known_(known),
      scanner_(unpacked(std::move(source), options.path, options.max_bytes),
               options.path,
               options.delimiter,
               options.max_line) {}

  table read() {
    start();
    while (scanner_.next())
      add_row();
    check_rows(table_.rows);
    finish_columns();
    finish_labels();
    finish_schema();
    return std::move(table_);
  }

  /// Reads all rows and keeps but the last few.
  table_schema scan(data_report& report) {
    scanning_ = true;
    start();
    while (scanner_.next())
      add_row();
    check_rows(rows_kept_ + table_.rows);
    finish_columns();
    finish_labels();
    table_.schema.layout = std::move(plan_.layout);
    table_.schema.columns = std::move(plan_.columns);
    table_.schema.named = plan_.named;
    known_ = &table_.schema;
    report = this->report();
    for (size_t i = 0; i < table_.schema.columns.size(); ++i)
      report.columns[i].kind = table_.schema.columns[i].kind;
    return std::move(table_.schema);
  }

  /// Reads up to `rows` rows; nullptr at the end. For a known schema, which
  /// leaves nothing to be decided after the last row.
  const table* read_block(size_t rows) {
    table_.values.clear();
    table_.labels.clear();
    table_.lines.clear();
    table_.rows = 0;
    if (!started_) {
      table_.schema = *known_;
      started_ = true;
      start();
    }
    while (table_.rows < rows && scanner_.next())
      add_row();
    rows_kept_ += table_.rows;
    if (table_.rows > 0)
      return &table_;
    check_rows(rows_kept_);
    return nullptr;
  }

  data_report report() const {
    auto result = table_.report;
    result.path = options_.path;
    result.missing = options_.missing;
    result.compared = false;
    result.classes = known_->classes;
    for (size_t i = 0; i < features_.size(); ++i) {
      auto column = known_->columns[i];
      result.category_counts.push_back(
        static_cast<uint32_t>(column.categories.size()));
      column.categories.clear();
      column.constant = false;
      column.missing = features_[i].missing;
      result.columns.push_back(std::move(column));
    }
    return result;
  }

private:
  void check_rows(size_t kept) const {
    if (table_.report.rows_read == 0)
      fail("no rows" + std::string(options_.header ? " after the header" : "")
           + "; is this the right file?");
    if (kept == 0)
      fail("no row is left: each has a missing value; choose another "
           "--missing, or --drop a column");
  }

  [[noreturn]] void fail(const std::string& text) const {
    throw data_error(scanner_.place().at(std::max<uint64_t>(scanner_.line(), 1))
                     + text);
  }

  [[noreturn]] void fail(size_t column, const std::string& text) const {
    throw data_error(scanner_.place().at(scanner_.line(), column) + text);
  }

  // -- before the first row --------------------------------------------------

  void start() {
    if (!scanner_.next())
      fail("the file is empty");
    std::vector<std::string> names;
    for (const auto& field : scanner_.fields())
      if (options_.header)
        names.emplace_back(field.text);
      else
        names.push_back(made_up_name(names.size() + 1));
    scanner_.place().names(names);
    header_line_ = scanner_.line();
    if (options_.header)
      note_numbers_in_header();
    plan_ = plan_columns(names, options_.header, header_line_, scanner_.place(),
                         options_, known_);
    prepare_features();
    if (!options_.header)
      add_row();
  }

  void note_numbers_in_header() {
    float value = 0;
    for (const auto& field : scanner_.fields())
      if (parse_number(field.text, value) == number_form::not_one)
        return;
    table_.report.notes.emplace_back(
      "the first line holds numbers only and was taken as the header; if it "
      "is data, use --no-header");
  }

  void prepare_features() {
    features_.resize(plan_.columns.size());
    for (size_t i = 0; i < features_.size(); ++i) {
      auto& feature = features_[i];
      feature.named_text = plan_.named_text[i];
      if (known_ == nullptr && !feature.named_text)
        continue;
      feature.holds = plan_.columns[i].kind == column_kind::text
                        ? feature_state::kind::text
                        : feature_state::kind::number;
      feature.sealed = known_ != nullptr;
      feature.named_text |= feature.sealed;
      for (const auto& word : plan_.columns[i].categories)
        feature.words.add(word);
    }
    if (known_ != nullptr)
      for (const auto& name : known_->classes)
        classes_.add(name);
  }

  // -- rows ------------------------------------------------------------------

  void add_row() {
    const auto& fields = scanner_.fields();
    auto width = plan_.layout.size();
    if (fields.size() != width)
      ragged(fields.size());
    if (scanning_ && table_.rows == scanned_rows)
      forget_rows();
    ++table_.report.rows_read;
    auto keep = !is_dropped(fields);
    auto row = table_.values.size();
    if (keep && (table_.rows + 1) * features_.size() > options_.max_cells)
      fail("more than " + std::to_string(options_.max_cells)
           + " values; use fewer rows or --drop columns");
    grow(row + features_.size());
    for (size_t i = 0; i < width; ++i)
      if (auto f = plan_.feature_of[i]; f != nothing)
        if (auto& value = table_.values[row + f];
            fields[i].quoted || features_[f].holds != number
            || !parse_simple(fields[i].text, value))
          value = decode(i, features_[f], fields[i], keep);
    if (!keep) {
      ++table_.report.rows_dropped;
      table_.values.resize(row);
      return;
    }
    if (plan_.label != nothing)
      table_.labels.push_back(label_of(fields[plan_.label].text));
    table_.lines.push_back(scanner_.line());
    ++table_.rows;
  }

  void forget_rows() {
    rows_kept_ += table_.rows;
    table_.rows = 0;
    table_.values.clear();
    table_.labels.clear();
    table_.lines.clear();
  }

  /// Makes room for `size` values, fourfold: memory that is not touched costs
  /// nothing, moving what is there does.
  void grow(size_t size) {
    auto& values = table_.values;
    if (size > values.capacity())
      values.reserve(std::max<size_t>(
        size, std::min<uint64_t>(values.capacity() * 4, options_.max_cells)));
    values.resize(size);
  }

  [[noreturn]] void ragged(size_t count) const {
    auto width = plan_.layout.size();
    auto text = "the row has " + std::to_string(count)
                + (count == 1 ? " field" : " fields") + " where "
                + (options_.header ? "the header" : "the first row") + " has "
                + std::to_string(width);
    if (count < width)
      fail(count, "missing, " + text
                    + "; is a delimiter or a line break out "
                      "of place?");
    fail(width, text + "; put fields that hold the delimiter in quotes");
  }

  /// Whether the row is left out for a missing value; refuses one under
  /// `missing_policy::error`.
  bool is_dropped(const std::vector<csv_field>& fields) {
    if (plan_.label != nothing && is_missing(fields[plan_.label].text)) {
      if (options_.missing == missing_policy::error)
        refuse_missing(plan_.label, fields[plan_.label].text);
      return true;
    }
    if (options_.missing != missing_policy::drop)
      return false; // the rest is seen while decoding
    for (size_t i = 0; i < fields.size(); ++i)
      if (plan_.feature_of[i] != nothing && is_missing(fields[i].text))
        return true;
    return false;
  }

  [[noreturn]] void refuse_missing(size_t column, std::string_view text) const {
    fail(column, (text.empty() ? "empty" : shown(text) + " means missing")
                   + std::string("; fill it in, or choose --missing drop, "
                                 "mean, median or mode"));
  }

  float decode(size_t column,
               feature_state& feature,
               const csv_field& field,
               bool keep) {
    if (is_missing(field.text)) {
      if (options_.missing == missing_policy::error)
        refuse_missing(column, field.text);
      feature.missing += keep;
      return missing_value;
    }
    if (feature.holds == feature_state::kind::text && feature.named_text)
      return decode_word(column, feature, field.text, keep);
    float value = 0;
    auto form = parse_number(field.text, value);
    if (form == number_form::refused)
      fail(column, shown(field.text)
                     + " is infinite, hexadecimal or too large; expected a "
                       "decimal number up to 3.4e38, or --text for words");
    if (feature.holds == feature_state::kind::text)
      return decode_word(column, feature, field.text, keep);
    if (form == number_form::number)
      return decode_number(column, feature, value);
    if (feature.holds == number)
      refuse_word(scanner_.line(), column, field.text);
    if (feature.seen == 0) {
      feature.first_word = field.text;
      feature.first_word_line = scanner_.line();
    }
    if (++feature.seen == deciding_values)
      feature.holds = feature_state::kind::text;
    return decode_word(column, feature, field.text, keep);
  }

  float decode_number(size_t column, feature_state& feature, float value) {
    if (feature.seen > 0 && feature.holds == feature_state::kind::undecided)
      refuse_word(feature.first_word_line, column, feature.first_word);
    feature.holds = number;
    return value;
  }

  [[noreturn]] void
  refuse_word(uint64_t line, size_t column, std::string_view text) const {
    throw data_error(scanner_.place().at(line, column) + shown(text)
                     + " is not a number; put one there, or use --text "
                     + plan_.layout[column].name
                     + " if the column holds words");
  }

  float decode_word(size_t column,
                    feature_state& feature,
                    std::string_view text,
                    bool keep) {
    if (!keep)
      return 0; // a row that is left out neither adds a word nor needs one
    if (feature.sealed) {
      auto word = feature.words.find(text);
      if (word < 0)
        fail(column, shown(text)
                       + " is a category that the model has not "
                         "seen; it knows "
                       + some(feature.words.words()));
      return static_cast<float>(word);
    }
    auto word = feature.words.add(text);
    if (feature.words.size() > max_categories)
      fail(column, "more than 1000 categories; if these are names or "
                   "identifiers, leave the column out by --drop "
                     + plan_.layout[column].name);
    return static_cast<float>(word);
  }

  static std::string some(const std::vector<std::string>& words) {
    std::string text;
    for (size_t i = 0; i < words.size() && i < 10; ++i)
      text += (i == 0 ? "" : ", ") + shown(words[i]);
    return text + (words.size() > 10 ? ", ..." : "");
  }

  int32_t label_of(std::string_view text) {
    if (known_ != nullptr) {
      auto known = classes_.find(text);
      if (known < 0)
        fail(plan_.label, shown(text)
                            + " is not a class of the model; it "
                              "knows "
                            + some(classes_.words()));
      return known;
    }
    auto added = classes_.add(text);
    if (classes_.size() > max_categories)
      fail(plan_.label, "more than 1000 classes; name the column that holds "
                        "the class with --label");
    return added;
  }

  // -- after the last row ----------------------------------------------------

  void finish_columns() {
    for (size_t i = 0; i < plan_.layout.size(); ++i) {
      auto f = plan_.feature_of[i];
      if (f == nothing)
        continue;
      auto& feature = features_[f];
      auto& column = plan_.columns[f];
      column.missing = feature.missing;
      if (feature.sealed)
        continue;
      if (feature.missing == rows_kept_ + table_.rows)
        throw data_error(scanner_.place().at(header_line_, i)
                         + "no row has a value; leave it out by --drop "
                         + column.name);
      if (feature.holds == number)
        continue;
      column.kind = column_kind::text;
      sort_categories(f);
    }
  }

  void sort_categories(size_t f) {
    auto sorted = sort_words(features_[f].words.words(), false);
    plan_.columns[f].categories = std::move(sorted.words);
    for (size_t i = f; i < table_.values.size(); i += features_.size())
      if (auto& value = table_.values[i]; value == value) // not missing
        value =
          static_cast<float>(sorted.renumbered[static_cast<size_t>(value)]);
  }

  void finish_labels() {
    if (known_ != nullptr || plan_.label == nothing)
      return;
    auto sorted = sort_words(classes_.words(), true);
    for (auto& label : table_.labels)
      label = sorted.renumbered[static_cast<size_t>(label)];
    table_.schema.classes = std::move(sorted.words);
    check_classes();
  }

  void check_classes() const {
    const auto& classes = table_.schema.classes;
    auto where = scanner_.place().at(table_.lines.front(), plan_.label);
    if (classes.size() < 2 && options_.labels == label_need::required)
      throw data_error(where + "all " + std::to_string(table_.rows)
                       + " rows have the class " + shown(classes.front())
                       + "; a classifier needs two or more: is this the label "
                         "(--label)?");
    if (options_.classes != 0 && classes.size() != options_.classes)
      throw data_error(where + std::to_string(classes.size())
                       + " classes where --classes says "
                       + std::to_string(options_.classes) + ": "
                       + some(classes));
  }

  void finish_schema() {
    auto& schema = table_.schema;
    schema.layout = std::move(plan_.layout);
    schema.columns = std::move(plan_.columns);
    schema.named = plan_.named;
    if (known_ != nullptr) {
      schema = *known_;
      for (size_t i = 0; i < features_.size(); ++i)
        schema.columns[i].missing = features_[i].missing;
    }
    table_.report.path = options_.path;
    table_.report.missing = options_.missing;
    complete_report(table_);
  }

  static constexpr auto number = feature_state::kind::number;

  const table_options& options_;
  const table_schema* known_;
  csv_scanner scanner_;
  csv_columns plan_;
  uint64_t header_line_ = 1;
  std::vector<feature_state> features_;
  dictionary classes_;
  table table_;
  bool started_ = false;
  bool scanning_ = false;
  size_t rows_kept_ = 0; ///< of all blocks
};

/// A file whose answers are numbers: to the reader they are features.
table read_numbers(byte_source source,
                   table_options options,
                   const table_schema* known) {
  auto wanted = options.labels;
  options.labels = label_need::none;
  if (known != nullptr && wanted == label_need::optional)
    return reader(std::move(source), options, known).read();
  std::optional<table_schema> wider;
  if (known != nullptr)
    wider = with_targets(*known);
  auto t = reader(std::move(source), options, wider ? &*wider : nullptr).read();
  take_targets(t, known != nullptr ? target_names(*known)
                                   : named_targets(options.label, t.schema));
  return t;
}

} // namespace

table read_csv(byte_source source,
               const table_options& options,
               const table_schema* known) {
  check(options);
  if (known != nullptr
        ? has_targets(*known) && options.labels != label_need::none
        : options.labels == label_need::numbers)
    return read_numbers(std::move(source), options, known);
  return reader(std::move(source), options, known).read();
}

table_schema scan_csv(byte_source source,
                      const table_options& options,
                      data_report& report) {
  check(options);
  return reader(std::move(source), options, nullptr).scan(report);
}

struct csv_stream::state {
  state(byte_source source, const table_options& o, const table_schema& k)
    : options(o), known(k), rows(std::move(source), options, &known) {}

  table_options options;
  table_schema known;
  reader rows;
};

csv_stream::csv_stream(byte_source source,
                       const table_options& options,
                       const table_schema& known) {
  check(options);
  state_ = std::make_unique<state>(std::move(source), options, known);
}

csv_stream::csv_stream(csv_stream&&) noexcept = default;
csv_stream::~csv_stream() = default;

const table* csv_stream::next(size_t rows) {
  return state_->rows.read_block(rows);
}

data_report csv_stream::report() const {
  return state_->rows.report();
}

} // namespace models
