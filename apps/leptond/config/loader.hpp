#pragma once

#include <leptond/config/load.hpp>
#include <leptond/config/toml_reader.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace leptond {

/// Collects a configuration from its sources and every error on the way.
/// Used once, by `load_config`.
class config_loader {
public:
  /// @param file what errors call the file
  explicit config_loader(std::string file);

  void read_file(std::string_view text);

  /// @param setting `section.key=value`
  void read_setting(std::string_view setting);

  /// Checks what concerns several keys, then gives the outcome.
  result<loaded_config> finish();

private:
  std::string place(text_place at) const;
  void accept(const std::string& path,
              const raw_value& raw,
              const std::string& where);
  void check_listeners();
  void check_workers();
  void check_limits();
  void check_quorum();
  void check_backoff();
  /// Fills in the defaults that depend on other keys.
  void complete();
  void collect_notices();
  bool is_set(const std::string& path) const;
  bool any_set(std::string_view prefix) const;
  /// An error about a key, at the place where it was set last.
  void blame(const std::string& path, const std::string& problem);

  std::string file_;
  loaded_config loaded_;
  std::vector<std::string> errors_;
  std::map<std::string, std::string> places_; ///< of the keys that were set
};

} // namespace leptond
