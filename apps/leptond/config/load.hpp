#pragma once

#include <leptond/config/node_config.hpp>
#include <leptond/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace leptond {

/// A configuration that may be run, and what its owner should know about it.
struct loaded_config {
  node_config config;
  std::vector<std::string> notices; ///< one line each, for the log
};

/// The values that hold when nothing is configured.
node_config default_config();

/// Reads a configuration file and puts `--set` on top of it.
/// @param file as the user named it; empty: the defaults
/// @param settings `section.key=value` each, later ones win
/// @returns the configuration, or every error found, each as
/// `FILE:line:col: key: what and what instead`, with status 2. Never throws on
/// bad input. Blocks for the read of one small file.
result<loaded_config> load_config(const std::string& file,
                                  const std::vector<std::string>& settings);

/// The same of a text already read; `name` stands for the file in errors.
result<loaded_config> parse_config(const std::string& name,
                                   std::string_view text,
                                   const std::vector<std::string>& settings);

} // namespace leptond
