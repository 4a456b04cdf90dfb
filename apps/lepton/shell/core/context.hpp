#pragma once

#include <shell/net/api.hpp>
#include <shell/text/style.hpp>

#include <iosfwd>
#include <string>

namespace lepton_shell {

enum class output_format : uint8_t { for_people, as_json };

/// What the global flags say.
struct settings {
  client_options client;
  output_format format = output_format::for_people;
  bool timeout_set = false; ///< `--timeout` was given
};

/// What a command works with. Lives as long as the command runs.
struct context {
  const settings& options;
  api_client& api;
  std::ostream& out;
  std::ostream& err;
  style look;     ///< of `out`
  style err_look; ///< of `err`
  bool interactive = false;
  bool finish = false; ///< `exit` was typed

  bool wants_json() const { return options.format == output_format::as_json; }

  /// Prints one JSON document.
  void print(const json& document);
};

} // namespace lepton_shell
