#pragma once

#include <shell/core/command.hpp>
#include <shell/core/context.hpp>

#include <string>
#include <vector>

namespace lepton_shell {

/// The flags that say how a data file is to be read, shared by `train`,
/// `evaluate` and `predict`.
std::vector<option> data_options();

/// Reads those flags into the API's `data.options`. Looks at no file.
/// @throws usage_error for a value out of range
json parse_data_options(const arguments& args);

/// Builds the API's `data`: a file that exists here is uploaded by content, any
/// other word is taken as a stored name.
/// @param typed the file or name as typed; it travels along
/// @param options from `parse_data_options`
/// @throws refusal when `typed` is neither
json resolve_data(context& c,
                  const std::string& typed,
                  const arguments& args,
                  json options);

} // namespace lepton_shell
