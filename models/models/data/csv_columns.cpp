#include <models/core/error.hpp>
#include <models/data/csv_columns.hpp>
#include <models/data/text.hpp>

#include <algorithm>
#include <unordered_map>

namespace models {

namespace {

constexpr auto nothing = csv_columns::nothing;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < 12; ++i)
    text += (i == 0 ? "" : ", ") + names[i];
  return text + (names.size() > 12 ? ", ..." : "");
}

/// Makes the plan step by step; one object per file.
class planner {
public:
  planner(std::vector<std::string> names,
          bool named,
          uint64_t line,
          const csv_place& place,
          const table_options& options)
    : names_(std::move(names)), line_(line), place_(place), options_(options) {
    plan_.named = named;
    for (size_t i = 0; i < names_.size(); ++i) {
      plan_.layout.push_back({names_[i], column_role::feature});
      if (!by_name_.emplace(names_[i], i).second)
        throw data_error(place_.at(line_, i) + "the name " + shown(names_[i])
                         + " is already that of column "
                         + std::to_string(by_name_[names_[i]] + 1)
                         + "; rename one, or use --no-header if this line "
                           "is data");
    }
    plan_.feature_of.assign(names_.size(), nothing);
  }

  /// The file decides.
  csv_columns plan_new() {
    drop_columns();
    auto by_name = options_.label != "first" && options_.label != "last";
    auto absent = options_.labels == label_need::optional && by_name
                  && !by_name_.contains(options_.label);
    if (options_.labels != label_need::none && !absent)
      set_label(own_label());
    for (size_t i = 0; i < names_.size(); ++i)
      if (plan_.layout[i].role == column_role::feature)
        add_feature(i);
    if (plan_.columns.empty())
      throw data_error(place_.at(line_) + "no feature is left beside the label"
                       + " and the dropped columns; is the delimiter '"
                       + options_.delimiter + "'?");
    mark_text_columns();
    return std::move(plan_);
  }

  /// A model's schema decides.
  csv_columns plan_known(const table_schema& known) {
    plan_.columns = known.columns;
    for (auto& column : plan_.columns) {
      column.missing = 0;
      column.constant = false;
    }
    plan_.named_text.assign(known.columns.size(), false);
    drop_columns();
    if (plan_.named && known.named)
      match_names(known);
    else
      match_positions(known);
    if (plan_.label == nothing && options_.labels == label_need::required)
      throw data_error(place_.at(line_)
                       + "no label column; name it with --label");
    return std::move(plan_);
  }

private:
  size_t find(const std::string& name, const char* option) const {
    auto found = by_name_.find(name);
    if (found != by_name_.end())
      return found->second;
    auto near = nearest(names_, name);
    throw data_error(place_.at(line_) + "no column " + shown(name) + " for "
                     + option + "; "
                     + (near.empty() ? "the columns are " + listed(names_)
                                     : "did you mean " + shown(near) + "?"));
  }

  void drop_columns() {
    for (const auto& name : options_.drop)
      plan_.layout[find(name, "--drop")].role = column_role::dropped;
  }

  /// The label's column by the options: first, last or a name.
  size_t own_label() const {
    if (options_.label == "first")
      return 0;
    if (options_.label == "last")
      return names_.size() - 1;
    return find(options_.label, "--label");
  }

  void set_label(size_t column) {
    if (plan_.layout[column].role == column_role::dropped)
      throw data_error(place_.at(line_, column)
                       + "is the label and in --drop; name another label with "
                         "--label");
    plan_.layout[column].role = column_role::label;
    plan_.label = column;
  }

  void add_feature(size_t column) {
    if (names_[column].empty())
      throw data_error(place_.at(line_, column)
                       + "has no name; give it one in the header");
    plan_.feature_of[column] = plan_.columns.size();
    plan_.columns.emplace_back().name = names_[column];
    plan_.named_text.push_back(false);
  }

  void mark_text_columns() {
    for (const auto& name : options_.text) {
      auto feature = plan_.feature_of[find(name, "--text")];
      if (feature == nothing)
        continue; // the label, which is text anyway, or dropped
      plan_.columns[feature].kind = column_kind::text;
      plan_.named_text[feature] = true;
    }
  }

  /// The label's name: asked for, or that of the schema.
  std::string known_label(const table_schema& known) const {
    if (options_.label != "last" && options_.label != "first")
      return names_[find(options_.label, "--label")];
    for (const auto& column : known.layout)
      if (column.role == column_role::label)
        return column.name;
    return "";
  }

  void match_names(const table_schema& known) {
    auto label = known_label(known);
    std::unordered_map<std::string_view, size_t> features;
    for (size_t i = 0; i < known.columns.size(); ++i)
      features.emplace(known.columns[i].name, i);
    std::vector<bool> found(known.columns.size(), false);
    for (size_t i = 0; i < names_.size(); ++i) {
      if (plan_.layout[i].role == column_role::dropped)
        continue;
      auto feature = features.find(names_[i]);
      if (feature != features.end()) {
        plan_.feature_of[i] = feature->second;
        found[feature->second] = true;
      } else if (names_[i] == label) {
        take_label(i);
      } else {
        plan_.layout[i].role = column_role::dropped;
        require_dropped(known, i);
      }
    }
    auto missing = std::find(found.begin(), found.end(), false);
    if (missing != found.end()) {
      auto index = static_cast<size_t>(missing - found.begin());
      throw data_error(
        place_.at(line_) + "no column " + shown(known.columns[index].name)
        + ", which the model needs; the columns are " + listed(names_));
    }
  }

  void take_label(size_t column) {
    if (options_.labels == label_need::none)
      plan_.layout[column].role = column_role::dropped;
    else
      set_label(column);
  }

  /// A column that the model does not use was dropped when it was trained, or
  /// is a mistake.
  void require_dropped(const table_schema& known, size_t column) const {
    for (const auto& c : known.layout)
      if (c.name == names_[column] && c.role != column_role::feature)
        return;
    throw data_error(place_.at(line_, column)
                     + "the model knows no such column; drop it with --drop "
                     + shown(names_[column]));
  }

  void match_positions(const table_schema& known) {
    std::vector<size_t> left; // columns that are not dropped
    for (size_t i = 0; i < names_.size(); ++i)
      if (plan_.layout[i].role != column_role::dropped)
        left.push_back(i);
    auto features = known.columns.size();
    if (left.size() == known.layout.size() && left.size() != features + 1)
      left = without_dropped(known, left);
    if (left.size() == features + 1)
      take_label(take_from(left, known));
    if (left.size() != features)
      throw data_error(place_.at(line_) + std::to_string(names_.size())
                       + " columns do not fit the model, which has "
                       + std::to_string(features)
                       + " features; give these alone, or these and the label");
    for (size_t i = 0; i < features; ++i)
      plan_.feature_of[left[i]] = i;
  }

  /// Leaves out what the model's own file had dropped at the same places.
  std::vector<size_t> without_dropped(const table_schema& known,
                                      const std::vector<size_t>& columns) {
    std::vector<size_t> result;
    for (size_t i = 0; i < columns.size(); ++i)
      if (known.layout[i].role == column_role::dropped)
        plan_.layout[columns[i]].role = column_role::dropped;
      else
        result.push_back(columns[i]);
    return result;
  }

  /// Takes the label's column out of `left`: asked for, else where the model's
  /// own file had it, else the last.
  size_t take_from(std::vector<size_t>& left, const table_schema& known) const {
    auto at = left.size() - 1;
    if (options_.label == "first") {
      at = 0;
    } else if (options_.label == "last") {
      size_t place = 0;
      for (const auto& column : known.layout) {
        if (column.role == column_role::label)
          at = place;
        place += column.role != column_role::dropped;
      }
    } else {
      auto column = find(options_.label, "--label");
      auto found = std::find(left.begin(), left.end(), column);
      if (found == left.end())
        return column; // dropped: set_label says so
      at = static_cast<size_t>(found - left.begin());
    }
    auto column = left[at];
    left.erase(left.begin() + static_cast<long>(at));
    return column;
  }

  csv_columns plan_;
  std::vector<std::string> names_;
  std::unordered_map<std::string, size_t> by_name_;
  uint64_t line_;
  const csv_place& place_;
  const table_options& options_;
};

} // namespace

csv_columns plan_columns(std::vector<std::string> names,
                         bool named,
                         uint64_t line,
                         const csv_place& place,
                         const table_options& options,
                         const table_schema* known) {
  planner p(std::move(names), named, line, place, options);
  return known == nullptr ? p.plan_new() : p.plan_known(*known);
}

} // namespace models
