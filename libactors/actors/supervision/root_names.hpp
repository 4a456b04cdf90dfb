#pragma once

#include <mutex>
#include <string>
#include <unordered_set>

namespace actors {

/// The paths of the roots that run, so that no two trees share one: paths are
/// what the shell, logs and events show. Thread safe.
class root_names {
public:
  /// @returns false if the name is taken
  bool claim(const std::string& path);

  void release(const std::string& path);

private:
  std::mutex mutex_;
  std::unordered_set<std::string> taken_;
};

} // namespace actors
