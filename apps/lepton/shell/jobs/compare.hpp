#pragma once

#include <shell/core/context.hpp>
#include <shell/jobs/measures.hpp>

#include <optional>
#include <string>
#include <vector>

/// Models beside each other. The comparison is a pure function of their cards.

namespace lepton_shell {

/// A row of texts, one for each model, empty where there is none.
struct compared_fact {
  std::string name;
  std::vector<std::string> values;
  bool differs = false;
};

/// A row of figures, NaN where there is none.
struct compared_measure {
  std::string name;
  measure meaning;
  std::vector<double> values;
  std::optional<size_t> best; ///< the only best one of at least two
};

struct comparison {
  std::vector<std::string> models;   ///< NAME@VERSION
  std::vector<compared_fact> facts;  ///< kind, data, ...
  std::vector<compared_fact> params; ///< those that differ
  std::vector<compared_measure> measures;
  bool same_rows = false;       ///< the figures are of the same rows
  std::optional<size_t> better; ///< the model that is clearly the best
  std::string verdict;          ///< one or two sentences
};

/// Compares at least two models.
/// @param cards as `GET /models/NAME` answers
/// @param rows_of_all how many rows all figures are of, if they were just
///        measured on one file; else the cards tell which rows they were
comparison compare(const std::vector<json>& cards,
                   std::optional<double> rows_of_all = std::nullopt);

/// The comparison as one document.
json to_json(const comparison& all);

void print_comparison(context& c, const comparison& all);

} // namespace lepton_shell
