#pragma once

#include <shell/core/context.hpp>

#include <string>
#include <vector>

namespace lepton_shell {

/// What was read from a data file and done to it, in words: a fact a line.
/// @param data the API's `metrics.data`, or `data` of an answer; null: nothing
std::vector<std::string> data_lines(const json& data);

/// Prints these lines under the name "data".
void print_data(context& c, const json& data);

} // namespace lepton_shell
