#pragma once

#include <leptond/core/result.hpp>

#include <string>

namespace leptond {

/// A node's hold on its data directory: while it lives no other process can
/// use the directory. The kernel lets go when the process ends, however.
class data_dir {
public:
  data_dir(data_dir&& other) noexcept;
  data_dir& operator=(data_dir&& other) noexcept;
  data_dir(const data_dir&) = delete;
  data_dir& operator=(const data_dir&) = delete;
  ~data_dir();

  /// As configured.
  const std::string& path() const noexcept { return path_; }

  /// Whether this start made the directory a node's, so it is empty.
  bool fresh() const noexcept { return fresh_; }

private:
  friend result<data_dir> open_data_dir(const std::string&, const std::string&);

  data_dir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_ = -1; ///< of `lock` in it, close-on-exec, under flock
  bool fresh_ = false;
};

/// Creates the directory (0700, with its parents), locks it (`lock`, with our
/// process id inside), tries to write, and checks in `node.json` that it is
/// this node's, or makes it so.
/// @returns the hold, or why the directory cannot be used, with status 3.
/// Waits up to 0.3 s for a lock that a killed process's child still has.
result<data_dir> open_data_dir(const std::string& path,
                               const std::string& node);

} // namespace leptond
