#include <models/core/error.hpp>
#include <models/data/table_finish.hpp>
#include <models/data/tensor_table.hpp>
#include <models/data/text.hpp>
#include <models/io/safetensors.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

namespace models {

namespace {

using json = nlohmann::json;
using strings = std::vector<std::string>;

constexpr size_t no_column = static_cast<size_t>(-1);

template <class T>
T element(const tensor& x, size_t i) {
  T value{};
  std::memcpy(&value, x.bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

double number_at(const tensor& x, size_t i) {
  switch (x.type) {
  case dtype::f32:
    return double{element<float>(x, i)};
  case dtype::f64:
    return element<double>(x, i);
  case dtype::i32:
    return element<int32_t>(x, i);
  case dtype::i64:
    return static_cast<double>(element<int64_t>(x, i));
  default:
    return element<uint8_t>(x, i);
  }
}

class reader {
public:
  reader(std::string_view bytes,
         const table_options& options,
         const table_schema* known)
    : options_(options),
      known_(known),
      file_(read_safetensors(bytes, options.path)) {}

  table read() {
    open();
    name_columns();
    choose_columns();
    name_classes();
    for (size_t row = 0; row < rows_; ++row)
      add_row(row);
    if (table_.rows == 0)
      fail("no row is left: each has a missing value; choose another "
           "--missing, or --drop a column");
    finish();
    return std::move(table_);
  }

private:
  [[noreturn]] void fail(const std::string& text) const {
    throw data_error(options_.path + ": " + text);
  }

  [[noreturn]] void
  fail(size_t row, size_t column, const std::string& text) const {
    fail("row " + std::to_string(row + 1) + ": column "
         + std::to_string(column + 1) + " (" + names_[column] + "): " + text);
  }

  const tensor* find(const char* name) const {
    auto found = file_.tensors.find(name);
    return found == file_.tensors.end() ? nullptr : &found->second;
  }

  void open() {
    features_ = find("features");
    if (features_ == nullptr)
      fail("no tensor 'features'; is this a table?");
    if (features_->shape.size() != 2 || features_->shape[0] == 0
        || features_->shape[1] == 0)
      fail("tensor 'features' has the shape " + shape_text(features_->shape)
           + ", expected [rows, columns]");
    rows_ = features_->shape[0];
    width_ = features_->shape[1];
    if (rows_ * width_ > options_.max_cells) // its bytes are there
      fail("more than " + std::to_string(options_.max_cells)
           + " values; use fewer rows");
    if (options_.labels != label_need::none)
      labels_ = find("labels");
    if (options_.labels == label_need::required && labels_ == nullptr)
      fail("no tensor 'labels'");
    if (labels_ != nullptr
        && (labels_->shape != std::vector<uint64_t>{rows_}
            || labels_->type == dtype::f32 || labels_->type == dtype::f64))
      fail("tensor 'labels' is " + std::string(to_string(labels_->type))
           + shape_text(labels_->shape) + ", expected whole numbers, ["
           + std::to_string(rows_) + "]");
  }

  /// A metadata entry as JSON, null if it is not there.
  json entry(const char* name) const {
    auto found = file_.metadata.find(name);
    if (found == file_.metadata.end())
      return nullptr;
    auto value = json::parse(found->second, nullptr, false);
    if (value.is_discarded())
      fail(std::string("metadata '") + name + "' is not JSON");
    return value;
  }

  strings names_from(const json& list, const std::string& what) const {
    strings names;
    if (list.is_array())
      for (auto& x : list)
        if (x.is_string())
          names.push_back(x.get<std::string>());
    if (!list.is_array() || names.size() != list.size()
        || std::set<std::string>(names.begin(), names.end()).size()
             != names.size())
      fail("metadata '" + what + "' is no list of names, each once");
    return names;
  }

  void name_columns() {
    auto columns = entry("columns");
    named_ = !columns.is_null();
    if (named_)
      names_ = names_from(columns, "columns");
    else
      for (size_t i = 1; i <= width_; ++i)
        names_.push_back("column " + std::to_string(i));
    if (names_.size() != width_)
      fail("metadata 'columns' has " + std::to_string(names_.size())
           + " names, tensor 'features' " + std::to_string(width_)
           + " columns");
    words_.resize(width_);
    auto categories = entry("categories");
    if (categories.is_null())
      return;
    if (!categories.is_object())
      fail("metadata 'categories' is no object");
    for (auto& [name, list] : categories.items()) {
      auto found = std::find(names_.begin(), names_.end(), name);
      if (found == names_.end())
        fail("metadata 'categories': no column " + shown(name));
      words_[static_cast<size_t>(found - names_.begin())] =
        names_from(list, "categories." + name);
    }
  }

  size_t column_of(const std::string& name) const {
    auto found = std::find(names_.begin(), names_.end(), name);
    return found == names_.end() ? no_column
                                 : static_cast<size_t>(found - names_.begin());
  }

  /// Fills `from_`: the file's column of each feature.
  void choose_columns() {
    std::vector<bool> dropped(width_, false);
    for (const auto& name : options_.drop) {
      auto column = column_of(name);
      if (column == no_column)
        fail("no column " + shown(name) + " for --drop");
      dropped[column] = true;
    }
    auto by_name = known_ != nullptr && named_ && known_->named;
    for (size_t i = 0; by_name && i < known_->columns.size(); ++i) {
      from_.push_back(column_of(known_->columns[i].name));
      if (from_.back() == no_column || dropped[from_.back()])
        fail("no column " + shown(known_->columns[i].name)
             + ", which the model needs");
    }
    for (size_t i = 0; !by_name && i < width_; ++i)
      if (!dropped[i])
        from_.push_back(i);
    if (from_.empty())
      fail("no column is left");
    if (known_ != nullptr && from_.size() != known_->columns.size())
      fail(std::to_string(from_.size()) + " columns do not fit the model, "
           + "which has " + std::to_string(known_->columns.size()));
    known_ != nullptr ? translate_words() : make_schema(dropped);
  }

  void make_schema(const std::vector<bool>& dropped) {
    auto& schema = table_.schema;
    schema.named = named_;
    for (size_t i = 0; i < width_; ++i)
      schema.layout.push_back(
        {names_[i], dropped[i] ? column_role::dropped : column_role::feature});
    if (labels_ != nullptr)
      schema.layout.push_back(
        {column_of("label") == no_column ? "label" : "labels",
         column_role::label});
    for (auto i : from_) {
      auto& column = schema.columns.emplace_back();
      column.name = names_[i];
      column.categories = words_[i];
      std::sort(column.categories.begin(), column.categories.end());
      column.kind = words_[i].empty() ? column_kind::number : column_kind::text;
    }
    translate_words();
  }

  /// Fills `codes_`: what each category of the file is in the schema.
  void translate_words() {
    if (known_ != nullptr)
      table_.schema = *known_;
    codes_.resize(from_.size());
    for (size_t f = 0; f < from_.size(); ++f) {
      const auto& column = table_.schema.columns[f];
      const auto& words = words_[from_[f]];
      if ((column.kind == column_kind::text) == words.empty())
        fail("column " + shown(column.name)
             + (words.empty() ? " holds numbers, the model needs words"
                              : " holds words, the model needs numbers"));
      for (const auto& word : words)
        codes_[f].push_back(place_in(column.categories, word));
      table_.schema.columns[f].missing = 0;
    }
  }

  /// -1: not among them.
  static float place_in(const strings& words, const std::string& word) {
    auto found = std::find(words.begin(), words.end(), word);
    return found == words.end() ? -1.f
                                : static_cast<float>(found - words.begin());
  }

  // -- classes ---------------------------------------------------------------

  void name_classes() {
    auto classes = entry("classes");
    if (!classes.is_null())
      class_names_ = names_from(classes, "classes");
    if (labels_ == nullptr || known_ != nullptr)
      return;
    auto& own = table_.schema.classes;
    own = class_names_;
    if (classes.is_null())
      own = values_of_labels();
    if (own.size() < 2)
      fail("fewer than two classes; a classifier needs two or more");
    if (own.size() > 1000)
      fail("more than 1000 classes");
    if (options_.classes != 0 && own.size() != options_.classes)
      fail(std::to_string(own.size()) + " classes where --classes says "
           + std::to_string(options_.classes));
  }

  strings values_of_labels() const {
    std::set<int64_t> values;
    for (size_t row = 0; row < rows_ && values.size() <= 1000; ++row)
      values.insert(label_value(row));
    strings names;
    for (auto x : values)
      names.push_back(std::to_string(x));
    return names;
  }

  int64_t label_value(size_t row) const {
    if (labels_->type == dtype::i64)
      return element<int64_t>(*labels_, row);
    return static_cast<int64_t>(number_at(*labels_, row));
  }

  int32_t label_of(size_t row) {
    auto value = label_value(row);
    auto [found, fresh] = labels_seen_.try_emplace(value, -1);
    if (!fresh)
      return found->second;
    auto place =
      "row " + std::to_string(row + 1) + ": label " + std::to_string(value);
    if (!class_names_.empty()
        && (value < 0 || value >= static_cast<int64_t>(class_names_.size())))
      fail(place + " is none of the " + std::to_string(class_names_.size())
           + " classes");
    auto name = class_names_.empty() ? std::to_string(value)
                                     : class_names_[static_cast<size_t>(value)];
    auto number = place_in(table_.schema.classes, name);
    if (number < 0)
      fail(place + " (" + name + ") is not a class of the model");
    return found->second = static_cast<int32_t>(number);
  }

  // -- rows ------------------------------------------------------------------

  void add_row(size_t row) {
    ++table_.report.rows_read;
    auto start = table_.values.size();
    bool gap = false;
    for (size_t f = 0; f < from_.size(); ++f) {
      auto value = value_of(row, f);
      gap = gap || value != value;
      table_.values.push_back(value);
    }
    if (gap && options_.missing == missing_policy::drop) {
      ++table_.report.rows_dropped;
      table_.values.resize(start);
      return;
    }
    for (size_t f = 0; gap && f < from_.size(); ++f)
      table_.schema.columns[f].missing +=
        table_.values[start + f] != table_.values[start + f];
    if (labels_ != nullptr)
      table_.labels.push_back(label_of(row));
    ++table_.rows;
  }

  float value_of(size_t row, size_t feature) const {
    auto column = from_[feature];
    auto x = number_at(*features_, row * width_ + column);
    if (std::isnan(x)) {
      if (options_.missing == missing_policy::error)
        fail(row, column,
             "NaN means missing; choose --missing drop, mean, "
             "median or mode");
      return std::numeric_limits<float>::quiet_NaN();
    }
    if (!(std::abs(x) <= double{std::numeric_limits<float>::max()}))
      fail(row, column, "infinite or too large; expected up to 3.4e38");
    const auto& codes = codes_[feature];
    if (codes.empty())
      return static_cast<float>(x);
    if (x < 0 || x != std::floor(x) || x >= static_cast<double>(codes.size()))
      fail(row, column,
           "is no index of its " + std::to_string(codes.size())
             + " categories");
    auto code = codes[static_cast<size_t>(x)];
    if (code < 0)
      fail(row, column, "a category that the model has not seen");
    return code;
  }

  void finish() {
    if (known_ == nullptr)
      for (auto& column : table_.schema.columns)
        if (column.missing == table_.rows)
          fail("column " + shown(column.name)
               + ": no row has a value; leave it out by --drop");
    table_.report.path = options_.path;
    table_.report.missing = options_.missing;
    complete_report(table_);
  }

  const table_options& options_;
  const table_schema* known_;
  safetensors file_;
  const tensor* features_ = nullptr;
  const tensor* labels_ = nullptr;
  size_t rows_ = 0;
  size_t width_ = 0;
  bool named_ = false;
  strings names_;                         ///< of all columns
  std::vector<strings> words_;            ///< categories of all columns
  std::vector<size_t> from_;              ///< per feature: the file's column
  std::vector<std::vector<float>> codes_; ///< per feature and category
  strings class_names_;
  std::map<int64_t, int32_t> labels_seen_;
  table table_;
};

} // namespace

bool is_safetensors(std::string_view start) {
  if (start.size() < 9 || start[8] != '{')
    return false;
  return std::all_of(start.begin() + 3, start.begin() + 8,
                     [](char c) { return c == '\0'; });
}

table read_tensor_table(std::string_view bytes,
                        const table_options& options,
                        const table_schema* known) {
  check(options);
  return reader(bytes, options, known).read();
}

std::string write_tensor_table(const table& t) {
  auto columns = json::array();
  auto categories = json::object();
  for (const auto& column : t.schema.columns) {
    columns.push_back(column.name);
    if (column.kind == column_kind::text)
      categories[column.name] = column.categories;
  }
  std::map<std::string, std::string> metadata{{"columns", columns.dump()}};
  if (!categories.empty())
    metadata["categories"] = categories.dump();
  tensor_views tensors{
    {"features", view_of({t.rows, t.schema.columns.size()}, t.values)}};
  if (!t.labels.empty()) {
    metadata["classes"] = json(t.schema.classes).dump();
    tensors["labels"] = {
      dtype::i32, {t.rows}, std::as_bytes(std::span(t.labels))};
  }
  return write_safetensors(tensors, metadata);
}

} // namespace models
