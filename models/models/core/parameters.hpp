#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Parameters of a training kind as a table: the client parses its flags by it,
/// the server checks requests by it, the help text is printed from it. Plain
/// values, any thread.

namespace models {

/// What a parameter holds.
enum class parameter_type : uint8_t {
  integer,  ///< whole number
  real,     ///< finite number
  word,     ///< one of `parameter::words`
  integers, ///< list of whole numbers, 1 to `parameter::max_items` of them
  flag,     ///< true or false; on the command line there or not
  items,    ///< list of texts that `parameter::accepts`, 1 to `max_items`
};

/// One row of the table. Its flag is `--name` with `-` for `_`.
struct parameter {
  std::string_view name; ///< as in JSON, for example `test_split`
  parameter_type type = parameter_type::integer;
  std::string_view default_json; ///< for example `0.2`, `"relu"`, `[64]`
  std::string_view metavar;      ///< what the help calls the value
  std::string_view help;         ///< one line, no full stop
  double min = 0;                ///< least value, of each item for lists
  double max = 0;                ///< greatest value, inclusive
  bool above_min = false;        ///< the value must be greater than `min`
  bool below_max = false;        ///< the value must be less than `max`
  std::vector<std::string_view> words = {};
  size_t max_items = 16;
  bool (*accepts)(std::string_view) = nullptr; ///< of items; must not throw
  std::string_view range = {}; ///< of items: what each may be, in words
};

using parameter_table = std::span<const parameter>;

/// Returns the row called `name` (`test_split` or `test-split`), or nullptr.
const parameter* find_parameter(parameter_table table, std::string_view name);

/// Returns `--test-split` for `test_split`.
std::string flag_of(const parameter& row);

/// Returns the permitted values in words: `0 <= F < 1`, `relu, sigmoid, tanh`.
std::string range_of(const parameter& row);

/// Checks a JSON object against the table. Members may be missing.
/// @returns one message for each mistake, naming the parameter, its value and
/// what is permitted; none when all is well.
std::vector<std::string> check(parameter_table table,
                               const nlohmann::json& params);

/// Converts what was typed after a flag: `64,32`, `0.5`, `relu`; a flag is true
/// by being there, whatever the text.
/// @throws std::invalid_argument naming the flag, the text and the range
nlohmann::json parse_parameter(const parameter& row, std::string_view text);

/// Returns `params` with the default of every member that is missing.
/// @throws std::invalid_argument if `check` finds a mistake
nlohmann::json complete(parameter_table table, const nlohmann::json& params);

/// Returns the candidate nearest to `word` by edit distance, or nothing when
/// none is near (more than a third of its letters wrong).
std::string_view nearest(std::string_view word,
                         std::span<const std::string_view> candidates);

} // namespace models
